"""Chapter *Locks*: /lock/, /unlock/, /unshackle/, /engagelock/ and /lock/settings/."""

from __future__ import annotations

from typing import Any

from locksim.api.context import Arguments
from locksim.engine.inputs import Answer
from locksim.noke import offline_keys, serialization, sync
from locksim.noke.errors import BadInput
from locksim.noke.messages import Do
from locksim.noke.operations.request import PRE_RELEASE_ONLY, NokeOperation, Request, field, succeed
from locksim.noke.serialization import parse_text, parse_texts
from locksim.noke.state import LockRecord

__all__ = ["MAC", "OPERATIONS", "SESSION", "answer_commands"]

MAC = field("mac", parse_text, required=True)
SESSION = field("session", serialization.parse_session, required=True)
_TRACKING_KEY = field("tracking_key", lambda fields, name: parse_text(fields, name, ""))
_COMMAND = (MAC, SESSION, _TRACKING_KEY)


def list_locks(context: Request, arguments: Arguments) -> Answer:
    """List the locks that fit either array, or all locks when there is none."""
    macs, serials = arguments["macs"], arguments["serials"]
    wanted = None if macs is None else {mac.upper() for mac in macs}
    locks = [
        lock
        for lock in context.database.locks
        if (wanted is None and serials is None)
        or (wanted is not None and lock.mac in wanted)
        or (serials is not None and lock.serial in serials)
    ]
    return succeed(context, data={"locks": [serialization.render_lock(lock) for lock in locks]})


def unlock(context: Request, arguments: Arguments) -> Answer:
    """Answer commands that set a lock up, sync it and unlock it."""
    return answer_commands(context, context.database.lock(arguments["mac"]), "unlock", arguments)


def unshackle(context: Request, arguments: Arguments) -> Answer:
    """Answer commands that unlock a lock and let its shackle come out."""
    lock = context.database.lock(arguments["mac"])
    if not lock.family.shackle:
        raise BadInput(f"lock {lock.mac} ({lock.family.name}) has no shackle")
    return answer_commands(context, lock, "unshackle", arguments)


def engage(context: Request, arguments: Arguments) -> Answer:
    """Answer commands that engage a lock with explicit-lock."""
    lock = context.database.lock(arguments["mac"])
    if not lock.engages:
        raise BadInput(
            f"lock {lock.mac} engages by itself; only HD locks with firmware 4.25 or higher take /engagelock/"
        )
    return answer_commands(context, lock, "engage", arguments)


def answer_commands(context: Request, lock: LockRecord, do: Do, arguments: Arguments) -> Answer:
    """Answer the commands that let a lock do this, with their token."""
    commands = sync.command_lock(
        context.turn, context.database, lock, arguments["session"], do, arguments.get("tracking_key", "")
    )
    token = context.turn.random("token", lock.mac, lock.orders)[:20].hex()
    return succeed(context, data={"commands": commands}, token=token)


def save_settings(context: Request, arguments: Arguments) -> Answer:
    """Save the settings of each lock. Its errors stand in `messages`; error_code is 0 all the same."""
    settings = arguments["settings"]
    locks = [{"mac": mac, "messages": _save(context, mac, settings)} for mac in arguments["macs"]]
    return succeed(context, data={"locks": locks})


def _save(context: Request, mac: str, settings: dict[str, Any]) -> list[str]:
    lock = context.database.find(mac)
    if lock is None:
        return [f"ERROR: no such lock: {mac[:40]}", f"ERROR: failed saving lock settings on {mac[:40]}"]
    messages, failed = [], False
    for name, value in settings.items():
        if name != "explicit-lock":
            messages.append(f"ERROR: unknown setting: {name[:40]}")
            failed = True
        elif not isinstance(value, bool):
            messages.append(f"ERROR: setting must be true or false: {name}")
            failed = True
        else:
            messages.append(f"SUCCESS: assigned setting: {name}")
    # As in the document's sample, a lock that does not take the setting fails when it is saved.
    if failed or not lock.engages:
        return [*messages, f"ERROR: failed saving lock settings on {lock.mac}"]
    offline_keys.save_settings(lock, explicit_lock=settings["explicit-lock"])
    return [*messages, "SUCCESS: saved settings"]


def _parse_macs(fields: dict[str, Any], name: str) -> list[str]:
    macs = parse_texts(fields, name)
    if macs is None:
        raise BadInput(f"{name} must name one lock at least")
    return macs


OPERATIONS = (
    NokeOperation(
        "POST",
        "/lock/",
        list_locks,
        "read",
        "POST /lock/",
        parameters=(field("macs", parse_texts), field("serials", parse_texts)),
    ),
    NokeOperation("POST", "/unlock/", unlock, "destructive", "POST /unlock/", parameters=_COMMAND),
    NokeOperation("POST", "/unshackle/", unshackle, "destructive", "POST /unshackle/", parameters=_COMMAND),
    NokeOperation(
        "POST",
        "/engagelock/",
        engage,
        "destructive",
        "POST /engagelock/",
        parameters=_COMMAND,
        tags=PRE_RELEASE_ONLY,
        request="unlock",
    ),
    NokeOperation(
        "POST",
        "/lock/settings/",
        save_settings,
        "destructive",
        "POST /lock/settings/",
        parameters=(
            field("settings", serialization.parse_settings, required=True),
            field("macs", _parse_macs, required=True),
        ),
        tags=PRE_RELEASE_ONLY,
    ),
)
