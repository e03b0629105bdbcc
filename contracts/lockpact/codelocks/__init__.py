"""The Codelocks pact: the laws between the Codelocks Connect API, version 1, and its clients.

lockpact check codelocks --adapter my_adapter:MyAdapter
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.codelocks.laws import LAWS
from lockpact.codelocks.port import CodelocksError, CodelocksPort
from lockpact.codelocks.truth import truth_of
from lockpact.core.pact import LiveRules, Pact, Quota
from lockpact.simulators.operations import lazy_operations

__all__ = ["LAWS", "PACT"]


def _machine() -> type[Any]:
    from lockpact.codelocks.machine import CodelocksMachine  # imports Hypothesis, so only when a client is driven

    return CodelocksMachine


def _secrets(credentials: Mapping[str, Any]) -> list[str]:
    return [str(credentials[name]) for name in ("api_key", "access_key") if credentials.get(name)]


_DEPENDS: Sequence[int | str] = ["2xx", 400, 401, 403, 404]
"""The statuses of a well-formed request that depends on the account: on its locks, e-mails and keys, and on real dates."""

PACT = Pact(
    vendor="codelocks",
    title="Codelocks Connect",
    document="Codelocks Connect API, version 1",
    port=CodelocksPort,
    errors=CodelocksError,
    laws=LAWS,
    machine=_machine,
    reference="lockpact.codelocks.reference:Reference",
    truth=truth_of,
    secrets=_secrets,
    passing=("tertiary", "server_error"),
    callback_url="http://192.168.1.20:8000/codelocks",
    # The machine draws the days on which clocks change, for stays. Audits are of now: so some begin before the change.
    environments=(
        {},
        {"clock_drift": 3, "battery_drain": 1},
        {},
        {"clock_drift": 3, "battery_drain": 1},
        {},
        {"start": "2026-03-29T00:20:00Z"},
    ),
    live=LiveRules(
        operations=lazy_operations("codelocks"),
        per_second=2.0,
        # The smallest plan (chapter Usage). NetCode and utility calls are counted separately.
        quotas=(Quota(1000, "month"), Quota(100, "month", "GET /n/1/netcode/{id}")),
        named=frozenset({"lock"}),
        driver="lockpact.codelocks.live",
        auth=lambda credentials: {"key": {"api_key": str(credentials["api_key"])}},
        production=frozenset({"codelocks.io"}),
        expected={
            "GET /n/1/netcode/{id}": _DEPENDS,
            "GET /u/1/init": _DEPENDS,
            "GET /u/1/duration/{id}": _DEPENDS,
            "GET /u/1/k3connect": _DEPENDS,
            "GET /u/1/k3connect/account": _DEPENDS,
            "GET /u/1/k3connect/{id}": _DEPENDS,
            "GET /u/1/k3connect/{id}/clients": _DEPENDS,
            "GET /u/1/k3connect/{id}/audit": _DEPENDS,
            "POST /u/1/k3connect/{id}/client": _DEPENDS,
            "PUT /u/1/k3connect/{id}/client": _DEPENDS,
            "PATCH /u/1/k3connect/{id}/client": _DEPENDS,
            "DELETE /u/1/k3connect/{id}/client": _DEPENDS,
        },
    ),
    environment={
        "LOCKPACT_CODELOCKS_URL": lambda ready: str(ready["url"]),
        "LOCKPACT_CODELOCKS_API_KEY": lambda ready: str(ready["credentials"]["api_key"]),
        "LOCKPACT_CODELOCKS_ACCESS_KEY": lambda ready: str(ready["credentials"]["access_key"]),
    },
)
