"""Drive the reference client against a live Nuki bridge, in an order that does no harm."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lockpact.driving.driver import Driver
from lockpact.nuki.port import Action

__all__ = ["drive"]

UNKNOWN_LOCK = 1
"""A nukiId that no lock has."""
WRONG = "not-the-token"


def drive(
    driver: Driver, credentials: Mapping[str, Any], may: Callable[[str], bool], callback_url: str
) -> dict[str, str]:
    """Make every call that may be sent. Return the parameters that name an existing lock.

    /auth waits for a person, and /discover/bridges is on another server: they are never called.
    """

    def do(path: str, call: str, given: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
        return driver.do(call, given or {}, arguments).result if may(path) else None

    driver.make({"token": WRONG}, {"token": "wrong"})
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
