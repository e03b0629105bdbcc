"""The default world. Names and numbers are invented for this project.

    sandbox      GATE, CABINET set up · CRATE new · VISITORS_FOB, COURIERS_FOB
    production   YARD, UNIT_12, BOAT_SHED, LOADING_DOCK, SIDE_DOOR, LOBBY set up · TRAILER new · ALICES_FOB, BOBS_FOB

GATE and YARD are HD padlocks, listed first on their servers. UNIT_12 and CABINET are Nokē ONEs, BOAT_SHED and CRATE are
Ions, LOADING_DOCK is a Volt, SIDE_DOOR a NokēPad and LOBBY a Screen. TRAILER is an HD padlock whose firmware is too old
for explicit-lock.
"""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any, Literal

from locksim.engine.physics import DeviceClock
from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn
from locksim.noke.battery import FULL_MILLIVOLTS, Battery
from locksim.noke.crypto import DEFAULT_KEY, derive
from locksim.noke.state import PRODUCTION, SANDBOX, Database, FobBody, FobRecord, LockBody, LockRecord, State
from locksim.noke.sync import keys_of

__all__ = [
    "ALICES_FOB",
    "BOAT_SHED",
    "BOBS_FOB",
    "CABINET",
    "COURIERS_FOB",
    "CRATE",
    "GATE",
    "LOADING_DOCK",
    "LOBBY",
    "SIDE_DOOR",
    "TRAILER",
    "UNIT_12",
    "VISITORS_FOB",
    "YARD",
    "credentials",
    "default_world",
]

GATE, CABINET, CRATE = "C4:1E:07:5A:10:01", "C4:1E:07:5A:10:02", "C4:1E:07:5A:10:03"
VISITORS_FOB, COURIERS_FOB = "F0:B5:07:5A:10:01", "F0:B5:07:5A:10:02"

YARD, UNIT_12, BOAT_SHED = "C4:1E:07:5A:20:01", "C4:1E:07:5A:20:02", "C4:1E:07:5A:20:03"
LOADING_DOCK, SIDE_DOOR, LOBBY = "C4:1E:07:5A:20:04", "C4:1E:07:5A:20:05", "C4:1E:07:5A:20:06"
TRAILER = "C4:1E:07:5A:20:07"
ALICES_FOB, BOBS_FOB = "F0:B5:07:5A:20:01", "F0:B5:07:5A:20:02"

_LOCKS: dict[str, tuple[tuple[str, str, str, str, str], ...]] = {
    SANDBOX: (
        (GATE, "3p", "4.30", "410-772-9031", "Mary Giles"),
        (CABINET, "1A", "3.8", "410-772-9032", "Mary Giles"),
        (CRATE, "2A", "2.10", "410-772-9033", "Mary Giles"),
    ),
    PRODUCTION: (
        (YARD, "3p", "4.30", "520-118-4701", "Dennis Johnson"),
        (UNIT_12, "1A", "3.8", "520-118-4702", "Dennis Johnson"),
        (BOAT_SHED, "2A", "2.10", "520-118-4703", "Dennis Johnson"),
        (LOADING_DOCK, "3E", "5.2", "520-118-4704", "Hugh Taylor-Matthews"),
        (SIDE_DOOR, "3K", "1.6", "520-118-4705", "Hugh Taylor-Matthews"),
        (LOBBY, "4K", "1.1", "520-118-4706", "Hugh Taylor-Matthews"),
        (TRAILER, "3p", "4.12", "520-118-4707", "Dennis Johnson"),
    ),
}
_NEW = (CRATE, TRAILER)
_FOBS = {SANDBOX: (VISITORS_FOB, COURIERS_FOB), PRODUCTION: (ALICES_FOB, BOBS_FOB)}


def default_world(turn: Turn) -> State:
    """Return the state of a new world: nothing is issued, and nothing has happened."""
    state = State(turn.random("secret").hex(), [], [], [])
    _add(turn, state, "sandbox")
    _add(turn, state, "production")
    return state


def credentials(state: State) -> dict[str, Any]:
    """Return each live server's API keys, which are valid on its pre-release server, too, for the connection info."""
    return {base.name: {"api_key": base.api_key, "mobile_api_key": base.mobile_api_key} for base in state.databases}


def _add(turn: Turn, state: State, name: Literal["sandbox", "production"]) -> None:
    """Add a database with its locks and fobs."""
    base = Database(name, _api_key(turn, name, "NOKE_PRIVATE"), _api_key(turn, name, "NOKE_MOBILE"))
    state.databases.append(base)
    for days, (mac, hw, fw, serial, by) in enumerate(_LOCKS[name]):
        registered = turn.now - (90 - days) * DAY
        _add_lock(turn, state, base, mac, (serial, hw, fw, by, registered), new=mac in _NEW)
    for mac in _FOBS[name]:
        key = DEFAULT_KEY if name == SANDBOX else derive(state.secret, mac, "fob")
        base.fobs.append(FobRecord(mac, key))
        state.fobs.append(FobBody(mac, key, Battery.of(turn, FULL_MILLIVOLTS), _clock(turn, mac)))


def another_lock(turn: Turn, state: State, base: Database, registered_by: str) -> LockRecord:
    """Add a padlock that is set up, with a MAC and a serial number of its own."""
    number = len(state.locks)
    mac = f"C4:1E:07:5B:{number >> 8 & 255:02X}:{number & 255:02X}"
    about = (f"630-{number:05}", "3p", "4.30", registered_by, turn.now)
    return _add_lock(turn, state, base, mac, about, new=False)


def _add_lock(
    turn: Turn, state: State, base: Database, mac: str, about: tuple[str, str, str, str, int], *, new: bool
) -> LockRecord:
    """Add a lock to a database, and its body to the world. A new one is not set up yet.

    `about` is its serial number, hardware, firmware, who registered it, and when.
    """
    keys = keys_of(state, base, mac, 0 if new else 1)
    body = LockBody(mac, about[2], keys, Battery.of(turn, 2975), clock=_clock(turn, mac))
    record = LockRecord(mac, *about, keys, contact_at=about[-1])
    if new:
        record.set_up, record.setup_count, record.setups = False, 0, 0
    else:
        record.internal_battery = body.battery.shows(turn.now)
    base.locks.append(record)
    state.locks.append(body)
    return record


def _clock(turn: Turn, mac: str) -> DeviceClock:
    return DeviceClock(since=turn.now, drift=turn.drift_of(mac))


def _api_key(turn: Turn, server: str, alg: str) -> str:
    """Return an API key in the vendor's form: two JSON objects in base64 and 40 hex digits (NO-R07)."""
    head = {"alg": alg, "typ": "JWT"}
    body = {"alg": alg, "company_uuid": turn.random("company", server).uuid(), "iss": "locksim"}
    parts = [b64encode(json.dumps(part, separators=(",", ":")).encode()).decode().rstrip("=") for part in (head, body)]
    return ".".join((*parts, turn.random("api_key", server, alg)[:20].hex()))
