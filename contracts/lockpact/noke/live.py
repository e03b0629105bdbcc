"""How a live Core API server is tried: what the reference client does there, in an order that harms nothing.

There are no locks near it, so nothing is unlocked: of the calls that answer commands none can be made whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lockpact.driving.driver import Driver

__all__ = ["drive"]

NOBODY = "00:00:00:00:00:01"
"""A MAC that no lock has."""
WRONG = "no-key-of-it"
TRACKING_KEY = "lockpact"
CODE = "010011010011"


def drive(
    driver: Driver, credentials: Mapping[str, Any], may: Callable[[str], bool], callback_url: str
) -> dict[str, str]:
    """Every call that may be sent. → nothing: what is asked stands in bodies, not in parameters."""

    def do(path: str, call: str, given: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
        return driver.do(call, given or {}, arguments).result if may(path) else None

    known = keys_in(credentials)
    driver.make({**known, "api_key": WRONG}, {"key": "wrong"})
    do("/lock/", "locks", {"key": "wrong"})
    locks: Any = []
    for version in (None, "0.1.0", "1.0.0"):
        driver.make(known if version is None else {**known, "api_version": version})
        locks = do("/lock/", "locks") or []
        for lock in locks[:2]:
            do("/qc/display/", "codes", lock=lock.mac)
            do("/qc/issue/", "issue_codes", lock=lock.mac, codes={CODE: 255, "1": 5})
            do("/qc/display/", "codes", lock=lock.mac)
            do("/qc/revoke/", "revoke_codes", lock=lock.mac, codes=[CODE, "111000111"])
    for lock in locks[:2]:
        do("/activity/", "activity", lock=lock.mac)
        do("/keys/", "issue_keys", locks=[lock.mac, NOBODY], tracking_keys=[TRACKING_KEY])
        do("/keys/", "keys", lock=lock.mac)
        do("/keys/", "revoke_keys", locks=[lock.mac], tracking_keys=[TRACKING_KEY, "nobody"])
    do("/qc/issue/", "issue_codes", {"unknown": True}, lock=NOBODY, codes={CODE: 255})
    return {}


def keys_in(credentials: Mapping[str, Any]) -> dict[str, str]:
    """One server's keys: of a stand-in's ready document those of its sandbox."""
    mine = credentials.get("sandbox", credentials)
    return {name: str(mine[name]) for name in ("api_key", "mobile_api_key") if mine.get(name)}
