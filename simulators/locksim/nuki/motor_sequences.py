"""What a Smart Lock can be, what it can be told, and the courses it then takes: the document's two lists, and tables.

An action is a course: legs that the lock shows one after another, each for its time. `DONE` says at which of them the
action is done and a waiting caller is answered; what comes after it comes by timer. Resting states change by hand or
when an action begins; the others (unlocking, locking, unlatching) only ever lie on a course. `NEXT`, all steps that a
lock can make, is read off the same tables.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from locksim.engine.timestamps import SECOND

__all__ = [
    "ACTION_NAMES",
    "BUSY",
    "COURSES",
    "DONE",
    "KNOB",
    "MOVING",
    "NEXT",
    "RESTING",
    "STATE_NAMES",
    "Leg",
    "LockAction",
    "LockState",
]


class LockState(IntEnum):
    """Chapter *Lock states*."""

    UNCALIBRATED = 0
    LOCKED = 1
    UNLOCKING = 2
    UNLOCKED = 3
    LOCKING = 4
    UNLATCHED = 5
    LOCK_N_GO = 6
    UNLATCHING = 7
    MOTOR_BLOCKED = 254
    UNDEFINED = 255


STATE_NAMES: dict[LockState, str] = {
    LockState.UNCALIBRATED: "uncalibrated",
    LockState.LOCKED: "locked",
    LockState.UNLOCKING: "unlocking",
    LockState.UNLOCKED: "unlocked",
    LockState.LOCKING: "locking",
    LockState.UNLATCHED: "unlatched",
    LockState.LOCK_N_GO: "unlocked (lock 'n' go)",
    LockState.UNLATCHING: "unlatching",
    LockState.MOTOR_BLOCKED: "motor blocked",
    LockState.UNDEFINED: "undefined",
}


class LockAction(IntEnum):
    """Chapter *Lock actions*."""

    UNLOCK = 1
    LOCK = 2
    UNLATCH = 3
    LOCK_N_GO = 4
    LOCK_N_GO_UNLATCH = 5


ACTION_NAMES: dict[LockAction, str] = {
    LockAction.UNLOCK: "unlock",
    LockAction.LOCK: "lock",
    LockAction.UNLATCH: "unlatch",
    LockAction.LOCK_N_GO: "lock 'n' go",
    LockAction.LOCK_N_GO_UNLATCH: "lock 'n' go with unlatch",
}


class Leg(NamedTuple):
    """A part of a course: the state that the lock shows, for how long (0: it stays), and whether the motor is at it."""

    shows: LockState
    lasts: int = 0
    motor: bool = False


_UNLOCK = (Leg(LockState.UNLOCKING, 2 * SECOND, motor=True),)
_LOCK = (Leg(LockState.LOCKING, 2 * SECOND, motor=True), Leg(LockState.LOCKED))
_UNLATCH = (Leg(LockState.UNLATCHING, 3 * SECOND, motor=True), Leg(LockState.UNLATCHED, 3 * SECOND, motor=True))
_GO = (Leg(LockState.LOCK_N_GO, 20 * SECOND), *_LOCK)

COURSES: dict[LockAction, tuple[Leg, ...]] = {
    LockAction.UNLOCK: (*_UNLOCK, Leg(LockState.UNLOCKED)),
    LockAction.LOCK: _LOCK,
    LockAction.UNLATCH: (*_UNLATCH, Leg(LockState.UNLOCKED)),
    LockAction.LOCK_N_GO: (*_UNLOCK, *_GO),
    LockAction.LOCK_N_GO_UNLATCH: (*_UNLATCH, *_GO),
}

DONE: dict[LockAction, LockState] = {
    LockAction.UNLOCK: LockState.UNLOCKED,
    LockAction.LOCK: LockState.LOCKED,
    LockAction.UNLATCH: LockState.UNLATCHED,
    LockAction.LOCK_N_GO: LockState.LOCK_N_GO,
    LockAction.LOCK_N_GO_UNLATCH: LockState.LOCK_N_GO,
}
"""The state in which an action is done; its waiting caller is answered there."""

KNOB: dict[str, LockState] = {
    "locked": LockState.LOCKED,
    "unlocked": LockState.UNLOCKED,
    "unlatched": LockState.UNLATCHED,
    "undefined": LockState.UNDEFINED,
}
"""Where a hand can leave the knob. `undefined` is between the marks."""

MOVING = frozenset({LockState.UNLOCKING, LockState.LOCKING, LockState.UNLATCHING})
"""States that only ever lie on a course."""

RESTING = frozenset(LockState) - MOVING - {LockState.LOCK_N_GO}
"""States in which a lock stays until somebody does something."""


def _steps() -> dict[LockState, frozenset[LockState]]:
    """Every step from one shown state to another."""
    steps: dict[LockState, set[LockState]] = {state: set() for state in LockState}
    for course in COURSES.values():
        for here, there in pairwise(course):
            steps[here.shows].add(there.shows)
    begins = {course[0].shows for course in COURSES.values()}
    for state in MOVING | {LockState.UNLATCHED}:
        steps[state] |= {LockState.UNDEFINED}  # the batteries die under the motor
    for state in MOVING:
        steps[state] |= {LockState.MOTOR_BLOCKED}
    for state in (RESTING | {LockState.LOCK_N_GO}) - {LockState.UNCALIBRATED}:
        steps[state] |= begins | set(KNOB.values()) | {LockState.UNCALIBRATED}
    steps[LockState.UNCALIBRATED] |= {LockState.UNLOCKED}
    return {state: frozenset(to) for state, to in steps.items()}


NEXT: dict[LockState, frozenset[LockState]] = _steps()
"""state → the states that can follow it, by motor, hand, jam, battery or calibration."""

BUSY = frozenset(leg.shows for course in COURSES.values() for leg in course if leg.motor)
"""States in which a course may have the motor (unlatched: while it holds the latch)."""
