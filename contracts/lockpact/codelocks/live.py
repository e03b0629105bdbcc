"""Drive a live Codelocks server with the reference client. Nothing is changed there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lockpact.codelocks.port import Lock, Stay
from lockpact.core.pact import RequestFilter
from lockpact.driving.driver import Driver, LiveCalls

__all__ = ["drive"]

WRONG_KEY = "0" * 40
NETCODE, K3 = "/n/1/netcode/{id}", "/u/1/k3connect"


def _stay(booking: str, model: str, arrival: str, departure: str) -> Stay:
    lock = Lock(model, "202501010000", "123456", "Europe/London")
    return Stay(booking, lock, datetime.fromisoformat(arrival), datetime.fromisoformat(departure))


STAYS = (
    _stay("L1", "KL1060", "2026-07-01T15:00", "2026-07-04T11:00"),
    _stay("L2", "KL1060C2", "2026-01-07T15:00", "2026-01-08T09:00"),
)


def drive(driver: Driver, credentials: Mapping[str, Any], allows: RequestFilter, callback_url: str) -> dict[str, str]:
    """Make every call that is allowed. Nobody is invited, changed or deleted. Returns parameters with existing values."""
    do = LiveCalls(driver, allows)
    driver.make({**credentials, "api_key": WRONG_KEY}, {"key": "wrong"})
    do(K3, "list_locks", {"key": "wrong"})
    do("/u/1/init", "initialise", {"key": "wrong"}, model="KL1060")
    driver.make(credentials)
    for stay in (*STAYS, *STAYS):
        do(NETCODE, "show", stay=stay)
    driver.make(credentials)
    do(NETCODE, "show", stay=STAYS[0])
    for model in ("KL1060", "KL1060C2", "KL1550"):
        do("/u/1/init", "initialise", model=model)
    do("/u/1/init", "initialise_with", model="KL1060", master="87654321")
    locks = do(K3, "list_locks") or []
    for lock in locks:
        do("/u/1/k3connect/{id}/audit", "audit", lock=lock)
    existing = {"accesskey": str(credentials.get("access_key", ""))}
    return existing | ({"id": str(locks[0])} if locks else {})
