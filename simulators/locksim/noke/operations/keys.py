"""Chapter *POST /keys/*: issue, revoke and display offline keys. Keys of fobs belong to /fobs/…."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from locksim.api.context import Arguments
from locksim.engine.inputs import Answer
from locksim.noke import offline_keys, serialization, sync
from locksim.noke.errors import BadInput
from locksim.noke.operations.batch import Batch, FailedItem
from locksim.noke.operations.request import NokeOperation, Request, field, succeed
from locksim.noke.serialization import parse_objects, parse_texts
from locksim.noke.state import LockRecord, Place

__all__ = ["OPERATIONS"]


class _Selection(NamedTuple):
    """Locks and tracking keys that a request names; None: any."""

    macs: list[str] | None
    tracking_keys: list[str] | None


def keys(context: Request, arguments: Arguments) -> Answer:
    """Issue, then revoke, and show the locks concerned; with neither, display."""
    issues, revokes = arguments["issue"], arguments["revoke"]
    if not issues and not revokes:
        return succeed(context, data={"locks": _display(context, arguments["display"])}, error_details=[])
    batch, shown = Batch(context), []
    for macs, tracking_keys in issues:
        for mac in macs:
            shown += _issue(context, batch, mac, tracking_keys)
    concerned = {mac for selection in revokes for mac in _revoke(context, batch, selection)}
    shown += [_render(context, lock, _issued(lock)) for lock in context.database.in_order(concerned)]
    return batch.answer({"locks": shown}, _detail)


def _issue(context: Request, batch: Batch, mac: str, tracking_keys: list[str]) -> list[dict[str, Any]]:
    places = []
    for tracking_key in tracking_keys:
        with batch.item(mac, tracking_key, "issue"):
            places.append(offline_keys.issue_key(context.database.lock(mac), tracking_key))
    return [_render(context, context.database.lock(mac), places)] if places else []


def _revoke(context: Request, batch: Batch, selection: _Selection) -> list[str]:
    """Revoke what is selected, and return the MACs of the locks concerned."""
    concerned = []
    for mac, key in _pairs(context, selection):
        with batch.item(mac or "", key or "", "revoke"):
            if mac is None:
                raise BadInput("no lock has a key for this tracking key; /keys/ shows the keys that there are")
            lock = context.database.lock(mac)
            offline_keys.revoke_keys(lock, key)
            concerned.append(lock.mac)
    return concerned


def _pairs(context: Request, selection: _Selection) -> list[tuple[str | None, str | None]]:
    """Return (MAC, tracking key) of each item to revoke.

    The MAC is None when no lock has the tracking key. The tracking key is None for all keys of the lock.
    """
    macs, tracking_keys = selection
    if tracking_keys is None:
        return [(mac, None) for mac in macs or []]
    pairs: list[tuple[str | None, str | None]] = []
    for key in tracking_keys:
        named = macs or _locks_with(context, key)
        pairs += [(mac, key) for mac in named] or [(None, key)]
    return pairs


def _locks_with(context: Request, tracking_key: str) -> list[str]:
    """Return the locks that phones hold a key of for this tracking key."""
    locks = context.database.locks
    return [lock.mac for lock in locks if any(p.tracking_key == tracking_key for p in _held(lock))]


def _display(context: Request, selection: _Selection) -> list[dict[str, Any]]:
    macs, tracking_keys = selection
    wanted = None if macs is None else {mac.upper() for mac in macs}
    shown = []
    for lock in context.database.locks:
        places = [p for p in _issued(lock) if tracking_keys is None or p.tracking_key in tracking_keys]
        if places if wanted is None else lock.mac in wanted:
            shown.append(_render(context, lock, places))
    return shown


def _held(lock: LockRecord) -> list[Place]:
    return [place for place in lock.places if place.status != "free" and not place.holder]


def _issued(lock: LockRecord) -> list[Place]:
    return [place for place in lock.places if place.valid and not place.holder]


def _render(context: Request, lock: LockRecord, places: Iterable[Place]) -> dict[str, Any]:
    rendered = [serialization.render_key(p.tracking_key, sync.credentials_of(context.state, lock, p)) for p in places]
    return {"mac": lock.mac, "keys": rendered}


def _detail(failed: FailedItem) -> dict[str, Any]:
    return {
        "mac": failed.mac,
        "tracking_key": failed.name,
        "msg": failed.error.sentence,
        "action": failed.action,
        "error_code": failed.error.code,
    }


# ---- parameters


def _parse_issues(fields: dict[str, Any], name: str) -> list[tuple[list[str], list[str]]]:
    return [_parse_issue(item) for item in parse_objects(fields, name)]


def _parse_issue(item: dict[str, Any]) -> tuple[list[str], list[str]]:
    macs, tracking_keys = _parse_selection(item)
    if macs is None or tracking_keys is None:
        raise BadInput("each item of issue must have macs and tracking_keys, one of each at least")
    return macs, tracking_keys


def _parse_revokes(fields: dict[str, Any], name: str) -> list[_Selection]:
    return [_parse_revoke(item) for item in parse_objects(fields, name)]


def _parse_revoke(item: dict[str, Any]) -> _Selection:
    selection = _parse_selection(item)
    if selection == (None, None):
        raise BadInput(
            "each item of revoke must have macs or tracking_keys, or both; nothing revokes all keys of all locks"
        )
    return selection


def _parse_display(fields: dict[str, Any], name: str) -> _Selection:
    display = fields.get(name)
    if display is not None and not isinstance(display, dict):
        raise BadInput("display must be an object, with macs or tracking_keys or neither")
    return _parse_selection(display or {})


def _parse_selection(item: dict[str, Any]) -> _Selection:
    return _Selection(parse_texts(item, "macs"), parse_texts(item, "tracking_keys"))


OPERATIONS = (
    NokeOperation(
        "POST",
        "/keys/",
        keys,
        "destructive",
        "POST /keys/",
        parameters=(field("issue", _parse_issues), field("revoke", _parse_revokes), field("display", _parse_display)),
    ),
)
