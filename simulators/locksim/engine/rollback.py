"""Undoing: what a world does about a turn that failed, and about turns that could not be kept.

Rollback and recovery are one thing: the latest checkpoint, and the entries behind it run once more (`rebuild`). A turn that
failed is not run again; what it left behind is done again instead, since a defect need not strike twice in the same way.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from locksim.engine import wsgi
from locksim.engine.inputs import CONNECTION_RESET, Answer, Command, DeliveryOutcome, DeviceAction, Input, Request, Tick
from locksim.engine.journal import Entry
from locksim.engine.state import WorldSnapshot

if TYPE_CHECKING:
    from locksim.engine.world import WorldCore

__all__ = ["broken", "fail", "once_more", "rebuild", "sentence"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""Where an object lay in memory is no part of a world's history."""


def rebuild(world: WorldCore) -> None:
    """As it was after the last entry: the latest checkpoint, and the entries behind it once more."""
    journal = world.journal
    image = WorldSnapshot.decode(journal.latest)
    world._put(image)
    world.snapshots = image.snapshots
    last, journal.last = journal.last, journal.latest_n
    for was in journal.tail:
        once_more(world, was.input, None)  # none of them failed: behind a failure there is a checkpoint
        journal.last = was.n
    journal.last = last


def once_more(world: WorldCore, given: Input, failed: str | None) -> Entry:
    """The entry behind the journal's last, run once more as the turn that it was: one that `failed`, or not. It is not
    journaled. Raises what the stand-in raises."""
    return world._run(given) if failed is None else fail(world, given, failed)


def sentence(why: Exception) -> str:
    """How a stand-in failed."""
    return _ADDRESS.sub("", f"{type(why).__name__}: {why}")


def fail(world: WorldCore, given: Input, how: str) -> Entry:
    """The entry of a turn that failed, in a world that is as it was before."""
    entry = world._entry = Entry(world.journal.last + 1, given.at, given, failed=how)
    entry.resolved = [(pending_id, CONNECTION_RESET) for pending_id in _leave_behind(world, given)]
    if isinstance(given, Request):
        entry.answer = broken(world, given.vendor)
    elif isinstance(given, DeviceAction | Command):
        entry.refused = (500, f"the stand-in failed ({how}); the world is as it was before")
    return entry


def broken(world: WorldCore, vendor: str) -> Answer:
    """The vendor's own 5xx."""
    turn = world.begin_turn(vendor)
    return wsgi.finished(world.vendor(vendor).internal_error(turn), world.now)


def _leave_behind(world: WorldCore, given: Input) -> list[int]:
    """What a turn that failed leaves behind: its time, and its timer, plan or outcome gone. → whom it hangs up."""
    world._w.now = given.at
    vendor = None
    match given:
        case Tick(timer=int(number)):
            timer = world.scheduler.take(number)
            vendor = timer.vendor if timer is not None else None
        case DeviceAction():
            world.scheduler.forget(given.planned)
            vendor = given.vendor
        case Command():
            world.scheduler.forget(given.planned)
        case DeliveryOutcome():
            world.outgoing.settle(given)
    return world.pending.lost(vendor)
