"""The Lockt pact: what Lockt SecureAccess and its clients owe each other by the Cloud API Reference, version 1.0.

lockpact check lockt --adapter my_adapter:MyAdapter
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import LiveRules, Pact
from lockpact.lockt.laws import LAWS
from lockpact.lockt.port import LocktError, LocktPort
from lockpact.lockt.truth import truth_of
from lockpact.simulators.operations import lazy_operations, vendor_operations

__all__ = ["LAWS", "PACT"]


def _machine() -> type[Any]:
    from lockpact.lockt.machine import LocktMachine  # imports Hypothesis, so only when a client is driven

    return LocktMachine


def _secrets(credentials: Mapping[str, Any]) -> list[str]:
    return [str(credentials[name]) for name in ("apiuser", "apikey") if credentials.get(name)]


_WRITES = frozenset(row.id for row in vendor_operations("lockt") if row.effect != "read")

PACT = Pact(
    vendor="lockt",
    title="Lockt SecureAccess",
    document="Lockt SecureAccess Cloud API Reference, version 1.0",
    port=LocktPort,
    errors=LocktError,
    laws=LAWS,
    machine=_machine,
    reference="lockpact.lockt.reference:Reference",
    truth=truth_of,
    secrets=_secrets,
    passing=("unexpected",),
    callback_url="http://192.168.1.20:8000/lockt",
    live=LiveRules(
        operations=lazy_operations("lockt"),
        per_second=2.0,
        driver="lockpact.lockt.live",
        auth=lambda credentials: {name: {"api_key": str(credentials[name])} for name in ("apiuser", "apikey")},
        production=frozenset({"lockt.com"}),
        # Users, cards, doors and levels may exist or not: then a valid request is refused, as documented.
        expected={name: ["2xx", 400, 401] for name in _WRITES},
        in_part=_WRITES,
        headers={"Content-Type": "application/json"},
    ),
    environment={
        "LOCKPACT_LOCKT_URL": lambda ready: str(ready["url"]),
        "LOCKPACT_LOCKT_APIUSER": lambda ready: str(ready["credentials"]["apiuser"]),
        "LOCKPACT_LOCKT_APIKEY": lambda ready: str(ready["credentials"]["apikey"]),
    },
)
