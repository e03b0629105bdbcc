"""Read request bodies and write answers: the envelope, field names, times.

Every answer is HTTP 200 with JSON, a failure too. Keys come in the order of the document's samples. `parse_*` functions
raise the error that the caller gets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from locksim.engine.inputs import Answer
from locksim.engine.timestamps import SECOND, iso, parse_iso
from locksim.noke.errors import BadInput, NokeError
from locksim.noke.state import Activity, Click, Credential, LockRecord

__all__ = [
    "DEFAULT_VERSION",
    "DESCRIPTIVE",
    "JSON",
    "ORIGINAL",
    "Envelope",
    "answer",
    "default_version",
    "failure",
    "parse_body",
    "parse_objects",
    "parse_received",
    "parse_session",
    "parse_settings",
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
]

JSON = "application/json"
OK = "Command successfully completed"

ORIGINAL, DEFAULT_VERSION, DESCRIPTIVE = "0.0.0", "0.1.0", "1.0.0"
"""The API versions. 1.0.0 has error_details for quick clicks."""

_SESSION = re.compile("[0-9A-Fa-f]{40}")
_TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)
_VERSION = re.compile(r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})", re.ASCII)
_LAST = int(datetime(9999, 1, 1, tzinfo=UTC).timestamp())


# ---- in


def parse_body(raw: bytes) -> dict[str, Any]:
    """Return the body's JSON object; an empty one for an empty body."""
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
    """Return a text. It is required without `default`. null counts as absent."""
    value = body.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        raise BadInput(f"{name} must be a text")
    return value


def parse_texts(body: Mapping[str, Any], name: str, *, one: bool = False) -> list[str] | None:
    """Return an array of texts without repetitions; None when it is absent, null or empty, which all mean "any".

    `one`: a text alone is taken, too.
    """
    value = body.get(name)
    if one and isinstance(value, str):
        return [value]
    if value is not None and not (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        raise BadInput(f"{name} must be an array of texts")
    return list(dict.fromkeys(value)) if value else None


def parse_objects(body: Mapping[str, Any], name: str, *, needed: bool = False) -> list[dict[str, Any]]:
    """Return an array of objects; [] when it is absent."""
    value = body.get(name)
    if value is None and not needed:
        return []
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value) or (needed and not value):
        raise BadInput(f"{name} must be an array of objects" + (", and not empty" if needed else ""))
    return value


def parse_settings(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the map of settings. It has at least one."""
    value = body.get(name)
    if not isinstance(value, dict) or not value:
        raise BadInput(f"{name} must be an object with one setting at least")
    return value


def parse_session(body: Mapping[str, Any], name: str) -> str:
    """Return a lock's or fob's session: 40 lower-case hex digits."""
    value = parse_text(body, name)
    if not _SESSION.fullmatch(value):
        raise BadInput("session must be the 40 hex digits that were just read from the device")
    return value.lower()


def parse_time(body: Mapping[str, Any], name: str) -> int | None:
    """Return a time such as 2018-05-23T20:08:34Z in microseconds; None when it is absent."""
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
    """Return received_time, whole seconds since 1970, in microseconds."""
    value = body.get("received_time")
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _LAST:
        raise BadInput("received_time must be whole seconds since 1970")
    return value * SECOND


def default_version(*, changed: bool) -> str:
    """Return a server's default API version: 0.1.0, or 1.0.0 on a pre-release server that runs the changed behaviour."""
    return DESCRIPTIVE if changed else DEFAULT_VERSION


def parse_version(body: Mapping[str, Any], default: str) -> str:
    """Return the API version that answers a quick click call: the one asked for, or the newest of its major number."""
    value = body.get("api_version")
    if value is None:
        return default
    match = _VERSION.fullmatch(value) if isinstance(value, str) else None
    newest = {"0": DEFAULT_VERSION, "1": DESCRIPTIVE}
    if match is None or match[1] not in newest:
        raise BadInput(f"api_version must be one of {ORIGINAL}, {DEFAULT_VERSION} and {DESCRIPTIVE}")
    return ORIGINAL if value == ORIGINAL else newest[match[1]]


# ---- out: the envelope


class Envelope(NamedTuple):
    """What surrounds every answer's data."""

    request: str
    """The name of the call."""
    version: str
    """The API version of the answer."""
    default: str
    """The server's default version."""
    shown: bool = True
    """Whether the answer has `api_version` at all: /fwupdate/ has none (chapter *POST /fwupdate/*)."""


def answer(document: Mapping[str, Any], status: int = 200) -> Answer:
    """Return a compact JSON answer."""
    return Answer(status, (("Content-Type", JSON),), msgspec.json.encode(document))


def success(envelope: Envelope, **more: Any) -> dict[str, Any]:
    """Return a success. `more`: error_details, data and token, as the call has them."""
    return _wrap({"result": "success", "message": OK, "error_code": 0}, envelope, more)


def failure(envelope: Envelope, error: NokeError, **more: Any) -> dict[str, Any]:
    """Return a failure. `more`: error_details and data of what failed in part."""
    return _wrap({"result": "failure", "message": error.sentence, "error_code": error.code}, envelope, more)


def _wrap(document: dict[str, Any], envelope: Envelope, more: Mapping[str, Any]) -> dict[str, Any]:
    original = envelope.version == ORIGINAL
    for name in ("error_details", "data", "token"):
        if name in more and not (original and name == "error_details"):
            document[name] = more[name]
    document["request"] = envelope.request
    if envelope.shown and not original:
        document["api_version"] = _describe_versions(envelope)
    return document


def _describe_versions(envelope: Envelope) -> dict[str, Any]:
    changes = {
        ORIGINAL: "",
        DEFAULT_VERSION: "Added ErrorDetails field in response which can hold details about multiple errors and is "
        "particularly useful when a request has multiple parts that can succeed or fail independently. Added API "
        "versioning. For qc/issue and qc/revoke added successes to Data field.",
        DESCRIPTIVE: "error codes/messages from quick click calls changing to be more descriptive and more standardized",
    }
    status = {ORIGINAL: "deprecated", DEFAULT_VERSION: "active", DESCRIPTIVE: "active"} | {envelope.default: "default"}
    return {
        "response": envelope.version,
        "available": {name: {"changes": changes[name], "status": status[name]} for name in changes},
        "default": envelope.default,
    }


# ---- out: data


def _format_time(us: int) -> str:
    return iso(us - us % SECOND)


def render_lock(lock: LockRecord) -> dict[str, Any]:
    """Return a lock as /lock/ shows it."""
    return {
        "mac": lock.mac,
        "created_by": lock.created_by,
        "created_date": _format_time(lock.created_at),
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
    """Return an offline key as /keys/ shows it. `credentials`: (offline_key, unlock_command)."""
    return {"tracking_key": tracking_key, "offline_key": credentials[0], "unlock_command": credentials[1]}


def render_click(click: Click, *, revoked: bool = True) -> dict[str, Any]:
    """Return a quick click as /qc/… shows it; /qc/issue/ leaves out `revoked`."""
    shown: dict[str, Any] = {"code": click.code, "pending": click.pending}
    if revoked:
        shown["revoked"] = click.revoked
    return shown | {"uses": click.uses, "start_uses": click.start_uses}


def render_credential(held: Credential, credentials: tuple[str, str]) -> dict[str, str]:
    """Return a fob's credential as /fobs/… shows it. `credentials`: (offline_key, unlock_command)."""
    return {"mac": held.lock} | render_key(held.tracking_key, credentials) | {"status": held.status}


def render_activity(lines: Iterable[Activity]) -> list[dict[str, str]]:
    """Return activity as /activity/ shows it."""
    return [
        {
            "lock_mac": line.lock,
            "action": line.action,
            "recorded_time": _format_time(line.recorded),
            "range_date_start": _format_time(line.start),
            "range_date_end": _format_time(line.end),
            "tracking_key": line.tracking_key,
        }
        for line in lines
    ]
