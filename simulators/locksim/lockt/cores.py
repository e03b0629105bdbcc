"""Make and run what a door's core and a bridge have of their own: a clock each, and the core's battery.

    system ──(while online)──► bridge's clock ──(with each card, and when kept events are sent)──► core's clock

A core judges cards and dates events by its own clock. After each card it speaks with its bridge, and takes the bridge's
time. The bridge's clock is exact while the bridge is online, and runs on by itself during an outage.
"""

from __future__ import annotations

from locksim.engine.physics import FULL, Charge
from locksim.engine.turn import Turn
from locksim.lockt.state import Battery, Door, State

__all__ = ["battery", "contact", "on_physics", "open_door"]

A_DAY = 1_370
"""Millionths that a day takes of a battery: it lasts about two years …"""
AN_OPENING = 25
"""… and 40,000 openings."""


def battery(turn: Turn, millionths: int = FULL, *, missing: bool = False) -> Battery:
    """Return a battery with this charge. Out of its core (`missing`) it keeps the charge."""
    return Battery(Charge(millionths, turn.now, 0 if missing else turn.drained(A_DAY)), missing)


def open_door(turn: Turn, state: State, door: Door) -> None:
    """Take one opening from the door's battery."""
    if door.battery is not None:
        state.keep_reported(door)
        door.battery.charge.use(turn.now, turn.drained(AN_OPENING))


def contact(turn: Turn, state: State, door: Door) -> None:
    """Set the clock of the door's core by its bridge's."""
    door.clock.set(turn.now, state.bridge(door.bridge).error_at(turn.now))


def on_physics(turn: Turn, state: State) -> None:
    """Give all devices their drift and drain."""
    for door in state.doors.values():
        door.clock.set(turn.now, door.clock.error_at(turn.now), turn.drift_of(str(door.id)))
        if door.battery is not None:
            state.keep_reported(door)
            door.battery = battery(turn, door.battery.charge.left(turn.now), missing=door.battery.missing)
    for bridge in state.bridges:
        bridge.clock.set(turn.now, bridge.error_at(turn.now), turn.drift_of(bridge.id))
