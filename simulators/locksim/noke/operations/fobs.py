"""Chapter *Fobs*: /fobs/issue/, /fobs/revoke/, /fobs/display/ and /fobs/sync/."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from locksim.api.context import Arguments
from locksim.engine.inputs import Answer
from locksim.noke import offline_keys, serialization, sync
from locksim.noke.errors import BadInput
from locksim.noke.operations.batch import Batch, FailedItem
from locksim.noke.operations.locks import MAC, SESSION
from locksim.noke.operations.request import NokeOperation, Request, field, succeed
from locksim.noke.serialization import parse_objects, parse_text, parse_texts
from locksim.noke.state import Credential, FobRecord

__all__ = ["OPERATIONS"]


def issue_to_fob(context: Request, arguments: Arguments) -> Answer:
    """Give a fob credentials for locks, and show the credentials of this call."""
    fob, batch, given = context.database.fob(arguments["fob_mac"]), Batch(context), []
    for mac, tracking_key in arguments["locks"]:
        with batch.item(mac, tracking_key, "issue"):
            given.append(offline_keys.give_to_fob(fob, context.database.lock(mac), tracking_key))
    return batch.answer([_render(context, fob, given)] if given else [], lambda failed: _detail(fob.mac, failed))


def revoke_from_fob(context: Request, arguments: Arguments) -> Answer:
    """Revoke credentials of a fob, and show all that it has."""
    macs, tracking_keys = arguments["lock_macs"], arguments["tracking_keys"]
    if macs is None and tracking_keys is None:
        raise BadInput("lock_macs or tracking_keys must be given; nothing revokes all locks of a fob")
    fob, macs = context.database.fob(arguments["fob_mac"]), None if macs is None else [mac.upper() for mac in macs]
    offline_keys.take_from_fob(context.database, fob, macs, tracking_keys)
    return succeed(context, data=[_render(context, fob, fob.credentials)], error_details=[])


def display_fobs(context: Request, arguments: Arguments) -> Answer:
    """Show the credentials of the fobs named, or of all fobs."""
    macs, batch, shown = arguments["fob_macs"], Batch(context), []
    for mac in [fob.mac for fob in context.database.fobs] if macs is None else macs:
        with batch.item(mac, "", "display"):
            fob = context.database.fob(mac)
            shown.append(_render(context, fob, fob.credentials))
    return batch.answer(shown, lambda failed: _detail(failed.mac, failed._replace(mac="")))


def sync_fob(context: Request, arguments: Arguments) -> Answer:
    """Answer commands that make a fob hold its credentials, and nothing else."""
    fob = context.database.fob(arguments["mac"])
    commands = sync.command_fob(context.state, context.database, fob, arguments["session"])
    return succeed(context, data={"commands": commands}, error_details=[])


def _render(context: Request, fob: FobRecord, credentials: Iterable[Credential]) -> dict[str, Any]:
    shown = []
    for held in credentials:
        lock = context.database.lock(held.lock)
        values = sync.credentials_of(context.state, lock, lock.place(held.place))
        shown.append(serialization.render_credential(held, values))
    return {"fob": fob.mac, "locks": shown}


def _detail(fob: str, failed: FailedItem) -> dict[str, Any]:
    return {
        "fob": fob,
        "mac": failed.mac,
        "tracking_key": failed.name,
        "msg": failed.error.sentence,
        "action": failed.action,
        "error_code": failed.error.code,
    }


def _parse_locks(fields: dict[str, Any], name: str) -> list[tuple[str, str]]:
    """Return (MAC, tracking key) of each item."""
    items = parse_objects(fields, name, needed=True)
    return [(parse_text(item, "mac"), parse_text(item, "tracking_key", "")) for item in items]


_FOB = field("fob_mac", parse_text, required=True)

OPERATIONS = (
    NokeOperation(
        "POST",
        "/fobs/issue/",
        issue_to_fob,
        "destructive",
        "POST /fobs/issue/",
        parameters=(_FOB, field("locks", _parse_locks, required=True)),
    ),
    NokeOperation(
        "POST",
        "/fobs/revoke/",
        revoke_from_fob,
        "destructive",
        "POST /fobs/revoke/",
        parameters=(
            _FOB,
            field("lock_macs", lambda fields, name: parse_texts(fields, name, one=True)),
            field("tracking_keys", parse_texts),
        ),
    ),
    NokeOperation(
        "POST",
        "/fobs/display/",
        display_fobs,
        "read",
        "POST /fobs/display/",
        parameters=(field("fob_macs", parse_texts),),
    ),
    NokeOperation(
        "POST",
        "/fobs/sync/",
        sync_fob,
        "destructive",
        "POST /fobs/sync/",
        parameters=(MAC, SESSION),
        request="fobs/display",
    ),
)
