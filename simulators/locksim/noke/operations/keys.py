"""/keys/: issue, revoke, display. What was issued for fobs is theirs, and shown by /fobs/display/."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, g

from locksim.engine.wsgi import this_turn
from locksim.noke import offline_keys, serialization, server
from locksim.noke.errors import BadInput
from locksim.noke.operations.door import Batch, Trouble, api, base, succeed
from locksim.noke.state import LockRecord, Place

__all__: list[str] = []


@api.post("/keys/")
def keys() -> Response:
    """Issue, then revoke, and show what these were about; with neither, display."""
    issues = [_parse_issue(item) for item in serialization.parse_objects(g.body, "issue")]
    revokes = [_parse_revoke(item) for item in serialization.parse_objects(g.body, "revoke")]
    display = _parse_display(g.body.get("display"))
    if not issues and not revokes:
        return succeed({"locks": _display(*display)}, error_details=[])
    batch, shown = Batch(), []
    for macs, tracking_keys in issues:
        for mac in macs:
            shown += _issue(batch, mac, tracking_keys)
    concerned = {mac for macs, named in revokes for mac in _revoke(batch, macs, named)}
    shown += [_render(lock, _issued(lock)) for lock in base().locks if lock.mac in concerned]
    return batch.answer({"locks": shown}, _detail)


def _parse_issue(item: dict[str, Any]) -> tuple[list[str], list[str]]:
    macs, tracking_keys = serialization.parse_texts(item, "macs"), serialization.parse_texts(item, "tracking_keys")
    if macs is None or tracking_keys is None:
        raise BadInput("each item of issue must have macs and tracking_keys, one of each at least")
    return macs, tracking_keys


def _parse_revoke(item: dict[str, Any]) -> tuple[list[str] | None, list[str] | None]:
    macs, tracking_keys = serialization.parse_texts(item, "macs"), serialization.parse_texts(item, "tracking_keys")
    if macs is None and tracking_keys is None:
        raise BadInput(
            "each item of revoke must have macs or tracking_keys, or both; nothing revokes all keys of all locks"
        )
    return macs, tracking_keys


def _issue(batch: Batch, mac: str, tracking_keys: list[str]) -> list[dict[str, Any]]:
    places = []
    for tracking_key in tracking_keys:
        with batch.item(mac, tracking_key, "issue"):
            places.append(offline_keys.issue_key(base().lock(mac), tracking_key))
    return [_render(base().lock(mac), places)] if places else []


def _revoke(batch: Batch, macs: list[str] | None, tracking_keys: list[str] | None) -> list[str]:
    """→ the MACs of the locks that this was about."""
    if tracking_keys is None:
        pairs: list[tuple[str, str | None]] = [(mac, None) for mac in macs or []]
    else:
        pairs = [(mac, key) for key in tracking_keys for mac in macs or _locks_with(key)]
    about = []
    for mac, key in pairs:
        with batch.item(mac, key or "", "revoke"):
            lock = base().lock(mac)
            offline_keys.revoke_keys(lock, key)
            about.append(lock.mac)
    return about


def _locks_with(tracking_key: str) -> list[str]:
    """The locks that a phone holds this for; with none, one that is none, so that the item fails."""
    return [lock.mac for lock in base().locks if any(p.tracking_key == tracking_key for p in _held(lock))] or [""]


def _parse_display(display: Any) -> tuple[list[str] | None, list[str] | None]:
    if display is not None and not isinstance(display, dict):
        raise BadInput("display must be an object, with macs or tracking_keys or neither")
    return serialization.parse_texts(display or {}, "macs"), serialization.parse_texts(display or {}, "tracking_keys")


def _display(macs: list[str] | None, tracking_keys: list[str] | None) -> list[dict[str, Any]]:
    wanted = None if macs is None else {mac.upper() for mac in macs}
    shown = []
    for lock in base().locks:
        places = [p for p in _issued(lock) if tracking_keys is None or p.tracking_key in tracking_keys]
        if places if wanted is None else lock.mac in wanted:
            shown.append(_render(lock, places))
    return shown


def _held(lock: LockRecord) -> list[Place]:
    return [place for place in lock.places if place.status != "free" and not place.holder]


def _issued(lock: LockRecord) -> list[Place]:
    return [place for place in lock.places if place.valid and not place.holder]


def _render(lock: LockRecord, places: Iterable[Place]) -> dict[str, Any]:
    state = this_turn().state
    rendered = [serialization.render_key(p.tracking_key, server.credentials_of(state, lock, p)) for p in places]
    return {"mac": lock.mac, "keys": rendered}


def _detail(trouble: Trouble) -> dict[str, Any]:
    return {
        "mac": trouble.mac,
        "tracking_key": trouble.what,
        "msg": trouble.error.sentence,
        "action": trouble.action,
        "error_code": trouble.error.code,
    }
