"""The RemoteLock pact: what RemoteLock and its clients owe each other, by the API v1 of 2018.

lockpact check remotelock --adapter my_adapter:MyAdapter
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import ENVIRONMENTS, LiveRules, Pact
from lockpact.remotelock.laws import LAWS
from lockpact.remotelock.live import EXPECTED, sign_in
from lockpact.remotelock.port import RemoteLockError, RemoteLockPort, TokenStore
from lockpact.remotelock.truth import truth_of
from lockpact.simulators.operations import lazy_operations

__all__ = ["LAWS", "PACT"]


def _machine() -> type[Any]:
    from lockpact.remotelock.machine import RemoteLockMachine  # imports Hypothesis, so only when a client is driven

    return RemoteLockMachine


def _secrets(credentials: Mapping[str, Any]) -> list[str]:
    return [str(credentials[name]) for name in ("client_secret", "password", "token") if credentials.get(name)]


PACT = Pact(
    vendor="remotelock",
    title="RemoteLock",
    document="RemoteLock API v1 (2018-08-13)",
    port=RemoteLockPort,
    errors=RemoteLockError,
    laws=LAWS,
    machine=_machine,
    reference="lockpact.remotelock.reference:Reference",
    truth=truth_of,
    secrets=_secrets,
    passing=("unavailable", "rate_limited"),
    callback_url="https://integrator.example/hooks/remotelock",
    objects={"store": TokenStore},
    environments=ENVIRONMENTS[:2],  # the machine draws days around clock changes itself
    live=LiveRules(
        operations=lazy_operations("remotelock"),
        per_second=1.9,  # 120 a minute, and somebody else may be asking
        driver="lockpact.remotelock.live",
        sign_in=sign_in,
        auth=lambda credentials: {"token": {"bearer": str(credentials.get("token", ""))}},
        production=frozenset({"remotelock.com", "lockstate.com"}),
        expected=EXPECTED,
    ),
    environment={
        "LOCKPACT_REMOTELOCK_URL": lambda ready: str(ready["url"]),
        "LOCKPACT_REMOTELOCK_OAUTH_URL": lambda ready: str(ready["oauth_url"]),
        "LOCKPACT_REMOTELOCK_CLIENT_ID": lambda ready: str(ready["credentials"]["client_id"]),
        "LOCKPACT_REMOTELOCK_CLIENT_SECRET": lambda ready: str(ready["credentials"]["client_secret"]),
        "LOCKPACT_REMOTELOCK_REDIRECT_URI": lambda ready: str(ready["credentials"]["redirect_uri"]),
        "LOCKPACT_REMOTELOCK_EMAIL": lambda ready: str(ready["credentials"]["email"]),
        "LOCKPACT_REMOTELOCK_PASSWORD": lambda ready: str(ready["credentials"]["password"]),
    },
    world={"start": "2026-03-06T20:00:00Z", "requests": 300},
)
