"""/fobs/issue/, /fobs/revoke/, /fobs/display/ and /fobs/sync/."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Response, g

from locksim.engine.wsgi import this_turn
from locksim.noke import offline_keys, serialization, server
from locksim.noke.errors import BadInput
from locksim.noke.operations.door import Batch, Trouble, api, base, succeed
from locksim.noke.state import Credential, FobRecord

__all__: list[str] = []


@api.post("/fobs/issue/")
def issue_to_fob() -> Response:
    """Locks that the fob shall open; the answer has those of this call."""
    mac = serialization.parse_text(g.body, "fob_mac")
    items = [
        (serialization.parse_text(item, "mac"), serialization.parse_text(item, "tracking_key", ""))
        for item in serialization.parse_objects(g.body, "locks", needed=True)
    ]
    fob, batch, given = base().fob(mac), Batch(), []
    for lock_mac, tracking_key in items:
        with batch.item(lock_mac, tracking_key, "issue"):
            given.append(offline_keys.give_to_fob(fob, base().lock(lock_mac), tracking_key))
    return batch.answer([_render(fob, given)] if given else [], lambda trouble: _detail(fob.mac, trouble))


@api.post("/fobs/revoke/")
def revoke_from_fob() -> Response:
    """Locks that it shall open no more; the answer has all that it is given."""
    mac = serialization.parse_text(g.body, "fob_mac")
    macs, tracking_keys = (
        serialization.parse_texts(g.body, "lock_macs", one=True),
        serialization.parse_texts(g.body, "tracking_keys"),
    )
    if macs is None and tracking_keys is None:
        raise BadInput("lock_macs or tracking_keys must be given; nothing revokes all locks of a fob")
    fob = base().fob(mac)
    offline_keys.take_from_fob(base(), fob, None if macs is None else [mac.upper() for mac in macs], tracking_keys)
    return succeed([_render(fob, fob.credentials)], error_details=[])


@api.post("/fobs/display/")
def display_fobs() -> Response:
    """What each fob is given; of the fobs named, or of all."""
    macs, batch, shown = serialization.parse_texts(g.body, "fob_macs"), Batch(), []
    for mac in [fob.mac for fob in base().fobs] if macs is None else macs:
        with batch.item(mac, "", "display"):
            fob = base().fob(mac)
            shown.append(_render(fob, fob.credentials))
    return batch.answer(shown, lambda trouble: _detail(trouble.mac, trouble._replace(mac="")))


@api.post("/fobs/sync/")
def sync_fob() -> Response:
    """The commands that make the fob hold just that."""
    mac, session = serialization.parse_text(g.body, "mac"), serialization.parse_session(g.body)
    fob = base().fob(mac)
    return succeed({"commands": server.sync_fob(this_turn().state, base(), fob, session)}, error_details=[])


def _render(fob: FobRecord, credentials: Iterable[Credential]) -> dict[str, Any]:
    state, shown = this_turn().state, []
    for held in credentials:
        lock = base().lock(held.lock)
        shown.append(serialization.render_credential(held, server.credentials_of(state, lock, lock.place(held.place))))
    return {"fob": fob.mac, "locks": shown}


def _detail(fob: str, trouble: Trouble) -> dict[str, Any]:
    return {
        "fob": fob,
        "mac": trouble.mac,
        "tracking_key": trouble.what,
        "msg": trouble.error.sentence,
        "action": trouble.action,
        "error_code": trouble.error.code,
    }
