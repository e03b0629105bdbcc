"""Parse parameters and render answers: the names, timestamps and separators of both profiles.

A `parse_*` function gets the list of all values that the query has for a name, percent-decoded. A repeated parameter is
invalid. Each function raises the refusal that the bridge answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from locksim.engine.inputs import Answer
from locksim.engine.timestamps import DAY, SECOND, iso
from locksim.nuki.errors import BadRequest, LockOffline, NukiError, WrongMethod
from locksim.nuki.motor_sequences import STATE_NAMES, LockAction
from locksim.nuki.state import CALLBACK_MAX, CALLBACK_URL, HARDWARE, Bridge, KnownState, Lock, LogEntry

__all__ = [
    "JSON",
    "OBSERVED",
    "empty_answer",
    "encode",
    "json_answer",
    "parse_action",
    "parse_count",
    "parse_flag",
    "parse_id",
    "parse_slot",
    "parse_url",
    "refusal",
    "render_action",
    "render_callback",
    "render_callbacks",
    "render_discovery",
    "render_info",
    "render_list",
    "render_lock_state",
    "render_log",
    "render_token",
]

OBSERVED = "observed"
JSON = "application/json"

_DECIMAL = re.compile("0|[1-9][0-9]*", re.ASCII)
_LISTED_FOR = 30 * DAY
"""How long the discovery server lists a bridge after its last contact with it."""


# ---- parameters


def _single(values: Sequence[str]) -> str | None:
    """Return the value of a parameter that is given once; None when it is missing or repeated."""
    return values[0] if len(values) == 1 else None


def parse_flag(name: str, values: Sequence[str], default: bool | None = None) -> bool:
    """Parse 0 or 1. The parameter is required if there is no `default`. Raises BadRequest."""
    if not values and default is not None:
        return default
    if (value := _single(values)) not in ("0", "1"):
        raise BadRequest(f"{name} must be given once, as 0 or 1; write {name}=1")
    return value == "1"


def parse_action(values: Sequence[str]) -> LockAction:
    """Parse an action, 1 to 5 (chapter *Lock actions*). Raises BadRequest."""
    value = _single(values)
    if value not in ("1", "2", "3", "4", "5"):
        raise BadRequest("action must be given once, as a number from 1 (unlock) to 5 (lock 'n' go with unlatch)")
    return LockAction(int(value))


def parse_id(values: Sequence[str]) -> int | None:
    """Parse an id in plain decimals. Return None for a text that cannot be an id."""
    value = _single(values)
    return int(value) if value is not None and len(value) <= 10 and _DECIMAL.fullmatch(value) else None


def parse_slot(values: Sequence[str], taken: Sequence[int]) -> int:
    """Parse the id of a registered callback; `taken` are the registered ids. Raises BadRequest."""
    number = parse_id(values)
    if number is None or number not in taken:
        ids = ", ".join(map(str, taken)) or "none"
        raise BadRequest(f"id must be given once, as the id of a registered callback; the registered ids are: {ids}")
    return number


def parse_count(name: str, values: Sequence[str], default: int) -> int:
    """Parse a number of log entries, 0 or more. Raises BadRequest."""
    if not values:
        return default
    value = _single(values)
    if value is None or not _DECIMAL.fullmatch(value):
        raise BadRequest(f"{name} must be given once, as a whole number of 0 or more, or be left out")
    return int(value) if len(value) < 10 else 10**9  # more than any log has; int() refuses very long numbers


def parse_url(values: Sequence[str]) -> str:
    """Parse an http URL of at most 254 characters, counted after decoding. Raises BadRequest."""
    url = _single(values)
    if url is None:
        raise BadRequest("url must be given once")
    if len(url) > CALLBACK_MAX:
        raise BadRequest(f"url has {len(url)} characters after decoding; at most {CALLBACK_MAX} are allowed")
    if not re.fullmatch(CALLBACK_URL, url):
        raise BadRequest(
            "url must be an http URL (not https) with a host and without user, password or fragment; percent-encode all "
            "of it, as in url=http%3A%2F%2F192.168.0.20%3A8000%2Fnuki"
        )
    return url


# ---- answers


def encode(profile: str, document: Any) -> bytes:
    """Encode as JSON: compact, or with the separators `", "` and `": "` of later firmware."""
    if profile == OBSERVED:
        return json.dumps(document, ensure_ascii=False).encode()
    return msgspec.json.encode(document)


def json_answer(profile: str, document: Any) -> Answer:
    """Return a 200 with a JSON document."""
    return Answer(200, (("Content-Type", JSON),), encode(profile, document))


def empty_answer() -> Answer:
    """Return what the document calls "No response": a 200 with an empty body."""
    return Answer(200)


def refusal(profile: str, error: NukiError) -> Answer:
    """Return the answer for a refusal: its status, with an empty body or the text that later firmware sends.

    Later firmware answers 200 with `success` false for an offline lock (vendor-facts: developer forum 13423).
    """
    if profile == OBSERVED and isinstance(error, LockOffline):
        return json_answer(profile, {"success": False})
    allow = (("Allow", "GET"),) if isinstance(error, WrongMethod) else ()
    if profile == OBSERVED:
        return Answer(
            error.status, (("Content-Type", "text/plain"), *allow), f"HTTP {error.status} {error.reason}".encode()
        )
    return Answer(error.status, allow)


# ---- documents


def _timestamp(us: int, zone: str = "+00:00") -> str:
    """Return a time to the second, as `2016-10-03T06:49:00+00:00` (/list, /log) or with another zone."""
    return iso(us - us % SECOND).removesuffix("Z") + zone


def _state(profile: str, known: KnownState) -> dict[str, Any]:
    """Return the keys that /list, /lockState and callbacks share, in the profile's order."""
    name = STATE_NAMES[known.state]
    shown: dict[str, Any] = {"state": int(known.state), "stateName": name, "batteryCritical": known.battery_critical}
    if profile != OBSERVED:
        return shown
    return {"mode": 2} | shown | {
        "batteryCharging": False,
        "batteryChargeState": known.charge,
        "doorsensorState": 1,
        "doorsensorStateName": "deactivated",
    }  # fmt: skip


def _listed(profile: str, lock: Lock) -> dict[str, Any]:
    known = lock.known
    assert known is not None, "only paired locks are listed"
    last = {"lastKnownState": _state(profile, known) | {"timestamp": _timestamp(known.at)}}
    if profile != OBSERVED:
        return {"nukiId": lock.id, "name": lock.name} | last
    shown = {"deviceType": 0, "nukiId": lock.id, "name": lock.name, "firmwareVersion": lock.firmware}
    return shown | last if lock.was_read else shown


def render_list(profile: str, bridge: Bridge) -> list[dict[str, Any]]:
    """Return /list: every paired lock with its last known state."""
    return [_listed(profile, lock) for lock in bridge.paired()]


def render_lock_state(profile: str, lock: Lock) -> dict[str, Any]:
    """Return /lockState: the state that was just read."""
    assert lock.known is not None, "only paired locks are read"
    return _state(profile, lock.known) | {"success": True}


def render_action(*, success: bool, critical: bool) -> dict[str, Any]:
    """Return /lockAction, with the keys in the sample's order."""
    return {"success": success, "batteryCritical": critical}


def render_token(profile: str, token: str) -> dict[str, Any]:
    """Return /auth after the button was pressed."""
    return {"success": True, "token": token} if profile == OBSERVED else {"token": token, "success": True}


def render_callback(profile: str, lock: Lock, known: KnownState) -> dict[str, Any]:
    """Return the body of a callback. It has no time and no sequence number (chapter */callback*)."""
    return ({"deviceType": 0} if profile == OBSERVED else {}) | {"nukiId": lock.id} | _state(profile, known)


def render_info(profile: str, bridge: Bridge, now: int) -> dict[str, Any]:
    """Return /info. Hardware and software bridges differ in `ids` and `versions`."""
    ids, versions = {"serverId": bridge.server_id}, {"appVersion": bridge.app_version}
    if bridge.type == HARDWARE:
        ids = {"hardwareId": bridge.hardware_id} | ids
        versions = {"firmwareVersion": bridge.firmware, "wifiFirmwareVersion": bridge.wifi_firmware}
    later = profile == OBSERVED
    return {
        "bridgeType": bridge.type,
        "ids": ids,
        "versions": versions,
        "uptime": bridge.uptime(now),
        "currentTime": _timestamp(bridge.time(now), "+00:00" if later else "Z"),
        **({"wlanConnected": bridge.wlan} if later else {}),
        "serverConnected": bridge.server_connected,
        "scanResults": [_scanned(lock, later=later) for lock in bridge.locks if lock.reachable(now)],
    }


def _scanned(lock: Lock, *, later: bool) -> dict[str, Any]:
    if later:
        scanned = {"deviceType": 0, "nukiId": lock.id, "name": f"Nuki_{lock.hex}", "rssi": lock.rssi}
    else:
        scanned = {"nukiId": lock.id, "name": f"Nuki_{lock.id:08d}", "rsi": lock.rssi}
    return scanned | {"paired": lock.paired}


def render_callbacks(bridge: Bridge) -> dict[str, Any]:
    """Return /callback/list."""
    return {"callbacks": [{"id": callback.id, "url": callback.url} for callback in bridge.callbacks]}


def render_log(profile: str, entries: Sequence[LogEntry]) -> list[dict[str, Any]]:
    """Return /log: these entries, in this order."""
    return [_logged(profile, entry) for entry in entries]


def _logged(profile: str, entry: LogEntry) -> dict[str, Any]:
    lock = {} if entry.lock is None else {"nukiId": f"{entry.lock:08X}"}
    if profile == OBSERVED:
        return {"timestamp": _timestamp(entry.at)} | lock | {"type": entry.type} | entry.details
    return {"timestamp": _timestamp(entry.at), "type": entry.type} | lock | entry.details


def render_discovery(places: Sequence[tuple[Bridge, str]], now: int) -> dict[str, Any]:
    """Return /discover/bridges. `places` are the bridges of this world, with the URLs at which they are reached."""
    return {"bridges": [_bridge_entry(*place) for place in places if _is_published(place[0], now)], "errorCode": 0}


def _is_published(bridge: Bridge, now: int) -> bool:
    return bridge.unseen_since is None or now - bridge.unseen_since <= _LISTED_FOR


def _bridge_entry(bridge: Bridge, url: str) -> dict[str, Any]:
    address = urlsplit(url)
    host = address.hostname or ""
    ip, port = "127.0.0.1" if host == "localhost" else host, address.port or 80
    if not bridge.auth_enabled:
        ip, port = "0.0.0.0", 0  # noqa: S104 - the document's sign for an address that is not published
    changed = _timestamp(bridge.entry_changed, "Z")
    return {"bridgeId": bridge.server_id, "ip": ip, "port": port, "dateUpdated": changed}
