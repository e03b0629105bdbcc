"""Drive a live Core API server with the reference client, in an order that harms nothing.

No lock is near, so nothing is unlocked: calls that answer commands are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import RequestFilter
from lockpact.driving.driver import Driver, LiveCalls

__all__ = ["drive"]

UNKNOWN_MAC = "00:00:00:00:00:01"
"""A MAC that no lock has."""
WRONG = "no-key-of-it"
TRACKING_KEY = "lockpact"
CODE = "010011010011"


def drive(driver: Driver, credentials: Mapping[str, Any], allows: RequestFilter, callback_url: str) -> dict[str, str]:
    """Make every call that is allowed.

    Returns:
        Nothing to fill path parameters with: this API has none.
    """
    do = LiveCalls(driver, allows)
    known = keys_in(credentials)
    driver.make({**known, "api_key": WRONG}, {"key": "wrong"})
    do("POST /lock/", "locks", {"key": "wrong"})
    locks: Any = []
    for version in (None, "0.1.0", "1.0.0"):
        driver.make(known if version is None else {**known, "api_version": version})
        locks = do("POST /lock/", "locks") or []
        for lock in locks[:2]:
            do("POST /qc/display/", "codes", lock=lock.mac)
            do("POST /qc/issue/", "issue_codes", lock=lock.mac, codes={CODE: 255, "1": 5})
            do("POST /qc/display/", "codes", lock=lock.mac)
            do("POST /qc/revoke/", "revoke_codes", lock=lock.mac, codes=[CODE, "111000111"])
    for lock in locks[:2]:
        do("POST /activity/", "activity", lock=lock.mac)
        do("POST /keys/", "issue_keys", locks=[lock.mac, UNKNOWN_MAC], tracking_keys=[TRACKING_KEY])
        do("POST /keys/", "keys", lock=lock.mac)
        do("POST /keys/", "revoke_keys", locks=[lock.mac], tracking_keys=[TRACKING_KEY, "nobody"])
    do("POST /qc/issue/", "issue_codes", {"unknown": True}, lock=UNKNOWN_MAC, codes={CODE: 255})
    return {}


def keys_in(credentials: Mapping[str, Any]) -> dict[str, str]:
    """Return one server's keys; the sandbox's when the credentials are connection info of a simulator."""
    keys = credentials.get("sandbox", credentials)
    return {name: str(keys[name]) for name in ("api_key", "mobile_api_key") if keys.get(name)}
