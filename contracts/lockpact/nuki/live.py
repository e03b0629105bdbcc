"""Drive the reference client on a live Nuki bridge, in an order that does no harm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import RequestFilter
from lockpact.driving.driver import Driver, LiveCalls
from lockpact.nuki.port import Action

__all__ = ["drive"]

UNKNOWN_LOCK = 1
"""A nukiId that no lock has."""
WRONG_TOKEN = "wrong-token"  # noqa: S105 - no secret


def drive(driver: Driver, credentials: Mapping[str, Any], allows: RequestFilter, callback_url: str) -> dict[str, str]:
    """Make every call that is allowed. Returns parameters with the id of an existing lock.

    /auth waits for a person and /discover/bridges belongs to another server: neither is called.
    """
    do = LiveCalls(driver, allows)
    driver.make({"token": WRONG_TOKEN}, {"token": "wrong"})
    do("/list", "list_locks", {"token": "wrong"})
    do("/lockState", "lock_state", {"token": "wrong"}, lock=UNKNOWN_LOCK)
    driver.make(credentials)
    locks = do("/list", "list_locks") or []
    for lock in locks:
        do("/lockState", "lock_state", lock=lock.id)
        do("/lockState", "believed_state", lock=lock.id)
    do("/list", "refresh")
    do("/lockState", "lock_state", {"unknown": True}, lock=UNKNOWN_LOCK)
    for action, wait in ((Action.UNLOCK, True), (Action.LOCK, False), (Action.LOCK, True)):
        for lock in locks:
            do("/lockAction", "act", lock=lock.id, action=action, wait=wait)
            do("/lockAction", "lock_state", lock=lock.id)
    do("/lockAction", "act", {"unknown": True}, lock=UNKNOWN_LOCK, action=Action.LOCK, wait=True)
    do("/callback/add", "register_callback", url=callback_url)
    do("/callback/add", "register_callback", url=callback_url)
    do("/callback/remove", "unregister_callback", url=callback_url)
    return {"nukiId": str(locks[0].id)} if locks else {}
