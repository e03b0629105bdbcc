"""What stands on the wire: the one envelope, field names, times.

Every answer is HTTP 200 with JSON, a failure too. Keys stand in the order of the document's samples. `parse_*` raises
the refusal that the caller gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from locksim.engine.inputs import Answer
from locksim.engine.timestamps import SECOND, iso, parse_iso
from locksim.noke.errors import BadInput, NokeError
from locksim.noke.state import Activity, Click, Credential, LockRecord

__all__ = [
    "DEFAULT_VERSION",
    "DESCRIPTIVE",
    "JSON",
    "answer",
    "failure",
    "parse_body",
    "parse_flag_map",
    "parse_objects",
    "parse_received",
    "parse_session",
    "parse_text",
    "parse_texts",
    "parse_time",
    "parse_version",
    "render_activity",
    "render_click",
    "render_credential",
    "render_key",
    "render_lock",
    "success",
    "versions",
]

JSON = "application/json"
OK = "Command successfully completed"

ORIGINAL, DEFAULT_VERSION, DESCRIPTIVE = "0.0.0", "0.1.0", "1.0.0"
"""The API's versions; 1.0.0 has error_details for quick clicks."""

_SESSION = re.compile("[0-9A-Fa-f]{40}")
_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})", re.ASCII)
_LAST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


# ---- in


def parse_body(raw: bytes) -> dict[str, Any]:
    """The body's JSON object; no body is an empty one."""
    if not raw.strip():
        return {}
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadInput("the body is no JSON; send an object, as {}") from None
    if not isinstance(body, dict):
        raise BadInput("the body must be a JSON object")
    return body


def parse_text(body: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """A text; without `default` it must be there. null is as good as nothing."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise BadInput(f"{name} must be a text")
    return value


def parse_texts(body: Mapping[str, Any], name: str, *, one: bool = False) -> list[str] | None:
    """An array of texts; None when it is absent, null or empty, which all mean: any. `one`: a bare text will do."""
    value = body.get(name)
    if one and isinstance(value, str):
        return [value]
    if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise BadInput(f"{name} must be an array of texts")
    return list(dict.fromkeys(value)) if value else None


def parse_objects(body: Mapping[str, Any], name: str, *, needed: bool = False) -> list[dict[str, Any]]:
    """An array of objects; [] when it is absent."""
    value = body.get(name)
    if value is None and not needed:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value) or (needed and not value):
        raise BadInput(f"{name} must be an array of objects" + (", and not empty" if needed else ""))
    return value


def parse_flag_map(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The map of settings, one at least."""
    value = body.get(name)
    if not isinstance(value, dict) or not value:
        raise BadInput(f"{name} must be an object with one setting at least")
    return value


def parse_session(body: Mapping[str, Any]) -> str:
    """40 hex digits, as the lock or fob gave them."""
    value = parse_text(body, "session")
    if not _SESSION.fullmatch(value):
        raise BadInput("session must be the 40 hex digits that were just read from the device")
    return value.lower()


def parse_time(body: Mapping[str, Any], name: str) -> int | None:
    """An instant as 2018-05-23T20:08:34Z; None when absent."""
    value = body.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str) and _TIME.fullmatch(value):
            return parse_iso(value)
    except ValueError:
        pass
    raise BadInput(f"{name} must be a time as 2018-05-23T20:08:34Z")


def parse_received(body: Mapping[str, Any]) -> int:
    """Whole seconds since 1970 → microseconds."""
    value = body.get("received_time")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LAST:
        raise BadInput("received_time must be whole seconds since 1970")
    return value * SECOND


def versions(*, changed: bool) -> str:
    """The default version of a server: 0.1.0, and 1.0.0 where the pre-release runs what comes next."""
    return DESCRIPTIVE if changed else DEFAULT_VERSION


def parse_version(body: Mapping[str, Any], default: str) -> str:
    """Which version answers a quick click call: the one asked for, or else the newest of its major number."""
    value = body.get("api_version")
    if value is None:
        return default
    match = _VERSION.fullmatch(value) if isinstance(value, str) else None
    newest = {"0": DEFAULT_VERSION, "1": DESCRIPTIVE}
    if match is None or match[1] not in newest:
        raise BadInput(f"api_version must be one of {ORIGINAL}, {DEFAULT_VERSION} and {DESCRIPTIVE}")
    return ORIGINAL if value == ORIGINAL else newest[match[1]]


# ---- out: the envelope


def answer(document: Mapping[str, Any], status: int = 200) -> Answer:
    """JSON, compact."""
    return Answer(status, (("Content-Type", JSON),), msgspec.json.encode(document))


def success(request: str, version: str, default: str, **more: Any) -> dict[str, Any]:
    """`more`: error_details, data and token, as the call has them."""
    head = {"result": "success", "message": OK, "error_code": 0}
    return _envelope(head, request, version, default, **more)


def failure(request: str, error: NokeError, version: str, default: str, **more: Any) -> dict[str, Any]:
    """What was refused as a whole has no data; `more`: error_details and data of what was refused in part."""
    head = {"result": "failure", "message": error.sentence, "error_code": error.code}
    return _envelope(head, request, version, default, **more)


def _envelope(head: dict[str, Any], request: str, version: str, default: str, **more: Any) -> dict[str, Any]:
    for name in ("error_details", "data", "token"):
        if name in more and not (version == ORIGINAL and name == "error_details"):
            head[name] = more[name]
    head["request"] = request
    # /fwupdate/ alone answers without it (chapter *POST /fwupdate/*); 0.0.0 had no versions yet.
    if version != ORIGINAL and more.get("told", True):
        head["api_version"] = _about_versions(version, default)
    return head


def _about_versions(version: str, default: str) -> dict[str, Any]:
    changes = {
        ORIGINAL: "",
        DEFAULT_VERSION: "API versions; error_details in answers; qc/issue and qc/revoke tell in data what was done",
        DESCRIPTIVE: "quick click calls tell each error by itself, in error_details",
    }
    status = {ORIGINAL: "deprecated", DEFAULT_VERSION: "active", DESCRIPTIVE: "active"} | {default: "default"}
    return {
        "response": version,
        "available": {name: {"changes": changes[name], "status": status[name]} for name in changes},
        "default": default,
    }


# ---- out: what is in it


def _stamp(us: int) -> str:
    return iso(us - us % SECOND)


def render_lock(lock: LockRecord) -> dict[str, Any]:
    """/lock/."""
    return {
        "mac": lock.mac,
        "created_by": lock.created_by,
        "created_date": _stamp(lock.created_at),
        "setup_count": lock.setup_count,
        "hw_version": lock.hw_version,
        "fw_version": lock.fw_version,
        "serial": lock.serial,
        "internal_battery": lock.internal_battery,
        "external_battery": lock.external_battery,
        "status": "ready" if lock.set_up else "setup",
        "flags": lock.flags or "none",
        "settings": {"explicit-lock": lock.explicit_lock} if lock.engages else {},
    }


def render_key(tracking_key: str, credentials: tuple[str, str]) -> dict[str, str]:
    """/keys/."""
    return {"tracking_key": tracking_key, "offline_key": credentials[0], "unlock_command": credentials[1]}


def render_click(click: Click, *, revoked: bool = True) -> dict[str, Any]:
    """/qc/…; issue leaves out `revoked`."""
    shown: dict[str, Any] = {"code": click.code, "pending": click.pending}
    if revoked:
        shown["revoked"] = click.revoked
    return shown | {"uses": click.uses, "start_uses": click.start_uses}


def render_credential(held: Credential, credentials: tuple[str, str]) -> dict[str, str]:
    """/fobs/…."""
    return {"mac": held.lock} | render_key(held.tracking_key, credentials) | {"status": held.status}


def render_activity(lines: Iterable[Activity]) -> list[dict[str, str]]:
    """/activity/."""
    return [
        {
            "lock_mac": line.lock,
            "action": line.action,
            "recorded_time": _stamp(line.recorded),
            "range_date_start": _stamp(line.start),
            "range_date_end": _stamp(line.end),
            "tracking_key": line.tracking_key,
        }
        for line in lines
    ]
