"""/lock/, /lock/settings/, and what answers commands for a lock: /unlock/, /unshackle/, /engagelock/, /fwupdate/."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, g

from locksim.engine.wsgi import this_turn
from locksim.noke import offline_keys, serialization, server
from locksim.noke.errors import BadInput
from locksim.noke.messages import Do
from locksim.noke.operations.door import api, base, succeed
from locksim.noke.state import LockRecord

__all__: list[str] = []


@api.post("/lock/")
def list_locks() -> Response:
    """/lock/: those that fit either array; without any, all."""
    macs, serials = serialization.parse_texts(g.body, "macs"), serialization.parse_texts(g.body, "serials")
    wanted = None if macs is None else {mac.upper() for mac in macs}
    locks = [
        lock
        for lock in base().locks
        if (wanted is None and serials is None)
        or (wanted is not None and lock.mac in wanted)
        or (serials is not None and lock.serial in serials)
    ]
    return succeed({"locks": [serialization.render_lock(lock) for lock in locks]})


@api.post("/unlock/")
def unlock() -> Response:
    """/unlock/: set-up, sync and unlock in one."""
    return _command("unlock", _may_all)


@api.post("/unshackle/")
def unshackle() -> Response:
    """/unshackle/: the same, and the shackle comes out."""
    return _command("unshackle", _may_unshackle)


@api.post("/engagelock/")
def engage() -> Response:
    """/engagelock/: for a lock that was told to stay open."""
    return _command("engage", _may_engage)


@api.post("/fwupdate/")
def update_firmware() -> Response:
    """/fwupdate/: into update mode."""
    return _command("firmware", _may_all)


def _command(do: Do, may: Callable[[LockRecord], None]) -> Response:
    mac, session = serialization.parse_text(g.body, "mac"), serialization.parse_session(g.body)
    tracking_key = "" if do == "firmware" else serialization.parse_text(g.body, "tracking_key", "")
    lock = base().lock(mac)
    may(lock)
    turn = this_turn()
    commands = server.command(turn, base(), lock, session, do, tracking_key)
    token = turn.random("token", lock.mac, lock.orders)[:20].hex()
    return succeed({"commands": commands}, token=token)


def _may_all(_lock: LockRecord) -> None:
    """Every lock unlocks and updates."""


def _may_unshackle(lock: LockRecord) -> None:
    if not lock.family.shackle:
        raise BadInput(f"lock {lock.mac} ({lock.family.name}) has no shackle")


def _may_engage(lock: LockRecord) -> None:
    if not lock.engages:
        raise BadInput(f"lock {lock.mac} engages by itself; HD locks with firmware 4.25 or higher can be told to")


@api.post("/lock/settings/")
def save_settings() -> Response:
    """/lock/settings/: its errors stand in `messages`, and error_code is 0 all the same."""
    settings, macs = serialization.parse_flag_map(g.body, "settings"), serialization.parse_texts(g.body, "macs")
    if macs is None:
        raise BadInput("macs must name one lock at least")
    return succeed({"locks": [{"mac": mac, "messages": _save(mac, settings)} for mac in macs]})


def _save(mac: str, settings: dict[str, Any]) -> list[str]:
    lock = base().find(mac)
    if lock is None:
        return [f"ERROR: no such lock: {mac[:40]}", f"ERROR: failed saving lock settings on {mac[:40]}"]
    said, well = [], True
    for name, value in settings.items():
        if name != "explicit-lock":
            said.append(f"ERROR: unknown setting: {name[:40]}")
        elif not lock.engages:
            said.append(f"ERROR: setting not supported: {name}")
        elif not isinstance(value, bool):
            said.append(f"ERROR: setting must be true or false: {name}")
        else:
            said.append(f"SUCCESS: assigned setting: {name}")
            continue
        well = False
    if not well:
        return [*said, f"ERROR: failed saving lock settings on {lock.mac}"]
    offline_keys.save_settings(lock, explicit_lock=settings["explicit-lock"])
    return [*said, "SUCCESS: saved settings"]
