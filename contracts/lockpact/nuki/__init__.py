"""The Nuki pact: what a Nuki bridge and its clients owe each other, by the Bridge API v1.6.

lockpact check nuki --adapter my_adapter:MyAdapter
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import ENVIRONMENTS, LiveRules, Pact
from lockpact.nuki.laws import LAWS
from lockpact.nuki.port import NukiError, NukiPort
from lockpact.nuki.truth import truth_of
from lockpact.simulators.operations import lazy_operations

__all__ = ["LAWS", "PACT"]


def _machine() -> type[Any]:
    from lockpact.nuki.machine import NukiMachine  # imports Hypothesis, so only when a client is driven

    return NukiMachine


def _secrets(credentials: Mapping[str, Any]) -> list[str]:
    return [str(credentials["token"])] if credentials.get("token") else []


PACT = Pact(
    vendor="nuki",
    title="Nuki Bridge",
    document="Nuki Bridge API v1.6 (19.06.2017)",
    port=NukiPort,
    errors=NukiError,
    laws=LAWS,
    machine=_machine,
    reference="lockpact.nuki.reference:Reference",
    truth=truth_of,
    secrets=_secrets,
    passing=("unavailable", "failure"),
    environments=(
        *ENVIRONMENTS[:3],
        {"profile": "observed", "clock_drift": 3},
        {},
        {"profile": "observed", "start": "2026-10-24T22:00:00Z", "battery_drain": 1},
    ),
    callback_url="http://192.168.1.20:8000/nuki",
    live=LiveRules(
        operations=lazy_operations("nuki"),
        per_second=2.0,
        driver="lockpact.nuki.live",
        auth=lambda credentials: {"token": {"api_key": str(credentials["token"])}},
        production=frozenset({"nuki.io"}),
        # The id of a free callback slot is a valid request, and refused.
        expected={"GET /callback/remove": ["2xx", 400, 401]},
    ),
    environment={
        "LOCKPACT_NUKI_URL": lambda ready: str(ready["url"]),
        "LOCKPACT_NUKI_TOKEN": lambda ready: str(ready["credentials"]["token"]),
    },
)
