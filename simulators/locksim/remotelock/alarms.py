"""When a device has to be looked after next: at most one timer each, unless something sooner comes up.

What a device does by itself follows from its state and the time; the timer only sees to it that it shows at its time. One
that turns out to be too early looks, finds nothing to do, and sets the next.
"""

from __future__ import annotations

from collections.abc import Iterable

from locksim.engine.turn import Turn
from locksim.remotelock.bodies import DoorBody, Radio

__all__ = ["arm"]


def arm(turn: Turn, holder: Radio | DoorBody, device_id: str, instants: Iterable[int | None]) -> None:
    """Look after the device at the soonest of these instants. One that is past is now."""
    soonest = min((max(at, turn.now) for at in instants if at is not None), default=None)
    if soonest is not None and (holder.alarm is None or soonest < holder.alarm):
        holder.alarm = soonest
        turn.set_timer(soonest - turn.now, "look", device=device_id, at=soonest)
