"""The Nokē pact: what a Core API server and its clients owe each other, with phones, locks and fobs.

lockpact check noke --adapter my_adapter:MyAdapter
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from lockpact.core.pact import LiveRules, Pact
from lockpact.noke.laws import LAWS
from lockpact.noke.live import keys_in
from lockpact.noke.port import NokeError, NokePort, Radio
from lockpact.noke.radio import SimulatedRadio
from lockpact.noke.truth import truth_of
from lockpact.simulators.operations import lazy_operations

__all__ = ["LAWS", "PACT"]


def _machine() -> type[Any]:
    from lockpact.noke.machine import NokeMachine  # imports Hypothesis, so only when a client is driven

    return NokeMachine


def _secrets(credentials: Mapping[str, Any]) -> list[str]:
    return list(_keys(credentials))


def _keys(credentials: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of one server, or of several."""
    for name, value in credentials.items():
        if isinstance(value, Mapping):
            yield from _keys(value)
        elif name in ("api_key", "mobile_api_key") and value:
            yield str(value)


def _keys_of(server: str, credentials: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the keys of a server, which are its database's. Keys from a file stand alone."""
    keys: Mapping[str, Any] = credentials.get(server.removesuffix("-pre-release"), credentials)
    return keys


def _auth(credentials: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    keys = keys_in(credentials)
    return {
        "api_key": {"bearer": keys.get("api_key", "")},
        "mobile_api_key": {"bearer": keys.get("mobile_api_key", "")},
    }


def _refused(status: int, body: bytes) -> bool:
    """Return whether an answer with status 200 says that the call failed."""
    try:
        document = json.loads(body)
    except ValueError:
        return False
    return status == 200 and isinstance(document, dict) and document.get("result") == "failure"


PACT = Pact(
    vendor="noke",
    title="Nokē Core",
    document="Nokē Core API",
    port=NokePort,
    errors=NokeError,
    laws=LAWS,
    machine=_machine,
    reference="lockpact.noke.reference:Reference",
    truth=truth_of,
    secrets=_secrets,
    passing=("failure", "unavailable"),
    callback_url="",
    nearby=SimulatedRadio,
    objects={"nearby": Radio},
    live=LiveRules(
        operations=lazy_operations("noke"),
        per_second=2.0,
        driver="lockpact.noke.live",
        auth=_auth,
        keys=_keys_of,
        pre_release={live: f"{live}-pre-release" for live in ("sandbox", "production")},
        named=frozenset({"lock"}),
        refused=_refused,
        production=frozenset({"coreapi-beta.appspot.com", "pre-release-dot-coreapi-beta.appspot.com"}),
    ),
    environment={
        "LOCKPACT_NOKE_URL": lambda ready: str(ready["url"]),
        "LOCKPACT_NOKE_API_KEY": lambda ready: str(ready["credentials"]["sandbox"]["api_key"]),
        "LOCKPACT_NOKE_MOBILE_API_KEY": lambda ready: str(ready["credentials"]["sandbox"]["mobile_api_key"]),
    },
)
