"""What goes over the wire: parameters in, JSON out; names, timestamps and separators of both profiles.

Parameters come as the list of all values that the query has for a name, percent-decoded; a name that comes twice is
never taken. Every `parse_*` raises the refusal that the bridge answers, with its sentence for the journal.
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
from locksim.nuki.motor_sequences import STATE_NAMES, LockAction, LockState
from locksim.nuki.state import CALLBACK_MAX, CALLBACK_URL, HARDWARE, Bridge, Known, Lock, LogEntry, State

__all__ = [
    "JSON",
    "OBSERVED",
    "answer",
    "parse_action",
    "parse_count",
    "parse_flag",
    "parse_id",
    "parse_slot",
    "parse_url",
    "refusal",
    "render_action",
    "render_callbacks",
    "render_discovery",
    "render_info",
    "render_list",
    "render_lock_state",
    "render_log",
    "render_news",
    "render_token",
    "silence",
]

OBSERVED = "observed"
JSON = "application/json"

_DECIMAL = re.compile("0|[1-9][0-9]*", re.ASCII)
_SEEN_FOR = 30 * DAY
_CHARGE = {"full": 100, "critical": 20, "flat": 0}


# ---- in


def _one(values: Sequence[str]) -> str | None:
    """The value of a parameter that comes once; None when it is absent or repeated."""
    return values[0] if len(values) == 1 else None


def parse_flag(name: str, values: Sequence[str], default: bool | None = None) -> bool:
    """0 or 1. Without `default` it must be there."""
    if not values and default is not None:
        return default
    if (value := _one(values)) not in ("0", "1"):
        raise BadRequest(f"{name} must be 0 or 1, once; write {name}=1")
    return value == "1"


def parse_action(values: Sequence[str]) -> LockAction:
    """1 to 5 (chapter *Lock actions*)."""
    value = _one(values)
    if value not in ("1", "2", "3", "4", "5"):
        raise BadRequest("action must be a number from 1 (unlock) to 5 (lock 'n' go with unlatch), once")
    return LockAction(int(value))


def parse_id(values: Sequence[str]) -> int | None:
    """A nukiId in plain decimals; None for what cannot be the id of any lock."""
    value = _one(values)
    return int(value) if value is not None and len(value) <= 10 and _DECIMAL.fullmatch(value) else None


def parse_slot(values: Sequence[str], taken: Sequence[int]) -> int:
    """The id of a registered callback."""
    number = parse_id(values)
    if number is None or number not in taken:
        ids = ", ".join(map(str, taken)) or "none"
        raise BadRequest(f"id must be that of a registered callback, once; /callback/list has: {ids}")
    return number


def parse_count(name: str, values: Sequence[str], default: int) -> int:
    """A number of log entries, zero or more. Beyond any log's length all numbers are one."""
    if not values:
        return default
    value = _one(values)
    if value is None or not _DECIMAL.fullmatch(value):
        raise BadRequest(f"{name} must be a whole number of 0 or more, once; it may be left out")
    return int(value) if len(value) < 10 else 10**9


def parse_url(values: Sequence[str]) -> str:
    """An http URL of at most 254 characters after decoding."""
    url = _one(values)
    if url is None:
        raise BadRequest("url must be given, once")
    if len(url) > CALLBACK_MAX:
        raise BadRequest(f"url has {len(url)} characters after decoding; the bridge takes at most {CALLBACK_MAX}")
    if not re.fullmatch(CALLBACK_URL, url):
        raise BadRequest(
            "url must be http:// (no https) with a host, without name, password or fragment, and percent-encoded whole "
            "as a parameter; write url=http%3A%2F%2F192.168.0.20%3A8000%2Fnuki"
        )
    return url


# ---- out: answers


def encode(profile: str, document: Any) -> bytes:
    """JSON: compact as documented samples leave open, with `", "` and `": "` as later firmware was seen to write."""
    if profile == OBSERVED:
        return json.dumps(document, ensure_ascii=False).encode()
    return msgspec.json.encode(document)


def answer(profile: str, document: Any) -> Answer:
    """200 with JSON."""
    return Answer(200, (("Content-Type", JSON),), encode(profile, document))


def silence() -> Answer:
    """What the document calls "no response": 200 and an empty body."""
    return Answer(200)


def refusal(profile: str, error: NukiError) -> Answer:
    """The error's status; its body is empty, or the text that later firmware was seen to send.

    Later firmware calls a lock out of reach a failure, not an error (vendor-facts: developer forum 13423).
    """
    if profile == OBSERVED and isinstance(error, LockOffline):
        return answer(profile, {"success": False})
    allow = (("Allow", "GET"),) if isinstance(error, WrongMethod) else ()
    if profile == OBSERVED:
        return Answer(
            error.status, (("Content-Type", "text/plain"), *allow), f"HTTP {error.status} {error.reason}".encode()
        )
    return Answer(error.status, allow)


# ---- out: documents


def stamp(us: int, zone: str = "+00:00") -> str:
    """To the second: `2016-10-03T06:49:00+00:00` (/list, /log) or, with zone "Z", as in /info."""
    return iso(us - us % SECOND).removesuffix("Z") + zone


def _state(profile: str, state: LockState, *, critical: bool, charge: int) -> dict[str, Any]:
    """The keys that /list, /lockState and callbacks share, in the order of each profile."""
    shown: dict[str, Any] = {"state": int(state), "stateName": STATE_NAMES[state], "batteryCritical": critical}
    if profile != OBSERVED:
        return shown
    return {"mode": 2} | shown | {
        "batteryCharging": False,
        "batteryChargeState": charge,
        "doorsensorState": 1,
        "doorsensorStateName": "deactivated",
    }  # fmt: skip


def _known(profile: str, lock: Lock) -> dict[str, Any]:
    known = lock.known
    assert known is not None, "only paired locks are rendered"
    return _state(profile, known.state, critical=known.battery_critical, charge=_CHARGE[lock.battery])


def _listed(profile: str, lock: Lock) -> dict[str, Any]:
    known = lock.known
    assert known is not None, "only paired locks are listed"
    last = {"lastKnownState": _known(profile, lock) | {"timestamp": stamp(known.at)}}
    if profile != OBSERVED:
        return {"nukiId": lock.id, "name": lock.name} | last
    shown = {"deviceType": 0, "nukiId": lock.id, "name": lock.name, "firmwareVersion": lock.firmware}
    return shown | last if lock.read else shown


def render_list(profile: str, state: State) -> list[dict[str, Any]]:
    """/list: every paired lock with what was last known of it."""
    return [_listed(profile, lock) for lock in state.paired()]


def render_lock_state(profile: str, lock: Lock) -> dict[str, Any]:
    """/lockState: what was just read."""
    return _known(profile, lock) | {"success": True}


def render_action(*, success: bool, critical: bool) -> dict[str, Any]:
    """/lockAction, in the order of its sample."""
    return {"success": success, "batteryCritical": critical}


def render_token(profile: str, token: str) -> dict[str, Any]:
    """/auth, when the button was pressed."""
    return {"success": True, "token": token} if profile == OBSERVED else {"token": token, "success": True}


def render_news(profile: str, lock: Lock, known: Known) -> dict[str, Any]:
    """The body that a callback receives. Time and number are not in it: the document has none."""
    news = _state(profile, known.state, critical=known.battery_critical, charge=_CHARGE[lock.battery])
    return ({"deviceType": 0} if profile == OBSERVED else {}) | {"nukiId": lock.id} | news


def render_info(profile: str, state: State, now: int) -> dict[str, Any]:
    """/info; hardware and software bridge differ in `ids` and `versions`."""
    bridge = state.bridge
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
        "currentTime": stamp(now, "+00:00" if later else "Z"),
        **({"wlanConnected": bridge.wlan} if later else {}),
        "serverConnected": bridge.server_connected,
        "scanResults": [_scanned(lock, later=later) for lock in state.locks if lock.reachable],
    }


def _scanned(lock: Lock, *, later: bool) -> dict[str, Any]:
    if later:
        heard = {"deviceType": 0, "nukiId": lock.id, "name": f"Nuki_{lock.hex}", "rssi": lock.rssi}
    else:
        heard = {"nukiId": lock.id, "name": f"Nuki_{lock.id:08d}", "rsi": lock.rssi}
    return heard | {"paired": lock.paired}


def render_callbacks(bridge: Bridge) -> dict[str, Any]:
    """/callback/list."""
    return {"callbacks": [{"id": callback.id, "url": callback.url} for callback in bridge.callbacks]}


def render_log(profile: str, entries: Sequence[LogEntry]) -> list[dict[str, Any]]:
    """/log: the entries in the order given."""
    return [_logged(profile, entry) for entry in entries]


def _logged(profile: str, entry: LogEntry) -> dict[str, Any]:
    lock = {} if entry.lock is None else {"nukiId": f"{entry.lock:08X}"}
    if profile == OBSERVED:
        return {"timestamp": stamp(entry.at)} | lock | {"type": entry.type} | entry.about
    return {"timestamp": stamp(entry.at), "type": entry.type} | lock | entry.about


def render_discovery(bridge: Bridge, url: str, now: int) -> dict[str, Any]:
    """What the Nuki server tells callers from the bridge's own network. `url` is where the bridge is reached."""
    where = urlsplit(url)
    host = where.hostname or ""
    ip, port = "127.0.0.1" if host == "localhost" else host, where.port or 80
    entry = {"bridgeId": bridge.server_id, "ip": ip, "port": port} if bridge.auth_enabled else {
        "bridgeId": bridge.server_id, "ip": "0.0.0.0", "port": 0,  # noqa: S104 - the document's word for "not told"
    }  # fmt: skip
    gone = bridge.unseen_since is not None and now - bridge.unseen_since > _SEEN_FOR
    return {"bridges": [] if gone else [entry | {"dateUpdated": stamp(bridge.entry_changed, "Z")}], "errorCode": 0}
