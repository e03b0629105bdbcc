"""The lock states, the lock actions, and the sequence of states that an action takes a lock through.

An action is a sequence of phases. The lock shows each phase's state for the phase's duration. `DONE` names the state in
which the action is done and its waiting caller is answered; the phases after it follow by timer. A lock leaves a resting
state when someone turns its knob or an action begins. Unlocking, locking and unlatching occur in sequences only.
`TRANSITIONS`, every change of state that a lock can make, is computed from the same tables.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from locksim.engine.timestamps import SECOND

__all__ = [
    "ACTION_NAMES",
    "DONE",
    "HELD_BY_HAND",
    "KNOB_POSITIONS",
    "MOTOR_STATES",
    "MOVING",
    "RESTING",
    "SEQUENCES",
    "STATE_NAMES",
    "TRANSITIONS",
    "LockAction",
    "LockState",
    "Phase",
]


class LockState(IntEnum):
    """The states of chapter *Lock states*."""

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
    """The actions of chapter *Lock actions*."""

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


class Phase(NamedTuple):
    """One phase of a motor sequence."""

    state: LockState
    """The state that the lock shows."""
    duration: int = 0
    """Microseconds until the next phase; 0 in the last one."""
    motor: bool = False
    """Whether the motor is running or holding the latch."""


_UNLOCK = (Phase(LockState.UNLOCKING, 2 * SECOND, motor=True),)
_LOCK = (Phase(LockState.LOCKING, 2 * SECOND, motor=True), Phase(LockState.LOCKED))
_UNLATCH = (Phase(LockState.UNLATCHING, 3 * SECOND, motor=True), Phase(LockState.UNLATCHED, 3 * SECOND, motor=True))
_GO = (Phase(LockState.LOCK_N_GO, 20 * SECOND), *_LOCK)

SEQUENCES: dict[LockAction, tuple[Phase, ...]] = {
    LockAction.UNLOCK: (*_UNLOCK, Phase(LockState.UNLOCKED)),
    LockAction.LOCK: _LOCK,
    LockAction.UNLATCH: (*_UNLATCH, Phase(LockState.UNLOCKED)),
    LockAction.LOCK_N_GO: (*_UNLOCK, *_GO),
    LockAction.LOCK_N_GO_UNLATCH: (*_UNLATCH, *_GO),
}

HELD_BY_HAND: tuple[Phase, ...] = (Phase(LockState.UNLATCHED, 3 * SECOND), Phase(LockState.UNLOCKED))
"""The sequence after someone has turned the knob as far as the latch: the latch springs back."""

DONE: dict[LockAction, LockState] = {
    LockAction.UNLOCK: LockState.UNLOCKED,
    LockAction.LOCK: LockState.LOCKED,
    LockAction.UNLATCH: LockState.UNLATCHED,
    LockAction.LOCK_N_GO: LockState.LOCK_N_GO,
    LockAction.LOCK_N_GO_UNLATCH: LockState.LOCK_N_GO,
}
"""The state in which an action is done; its waiting caller is answered then."""

KNOB_POSITIONS: dict[str, LockState] = {
    "locked": LockState.LOCKED,
    "unlocked": LockState.UNLOCKED,
    "unlatched": LockState.UNLATCHED,
    "undefined": LockState.UNDEFINED,
}
"""Where a person can leave the knob. `undefined` is a position between the marks."""

MOVING = frozenset({LockState.UNLOCKING, LockState.LOCKING, LockState.UNLATCHING})
"""States that occur in sequences only."""

RESTING = frozenset(LockState) - MOVING - {LockState.LOCK_N_GO, LockState.UNLATCHED}
"""States that a lock keeps until someone acts on it."""


def _transitions() -> dict[LockState, frozenset[LockState]]:
    found: dict[LockState, set[LockState]] = {state: set() for state in LockState}
    for sequence in (*SEQUENCES.values(), HELD_BY_HAND):
        for phase, following in pairwise(sequence):
            found[phase.state].add(following.state)
    first = {sequence[0].state for sequence in SEQUENCES.values()}
    for state in MOVING | {LockState.UNLATCHED}:
        found[state] |= {LockState.UNDEFINED}  # the batteries go flat while the motor runs
    for state in MOVING:
        found[state] |= {LockState.MOTOR_BLOCKED}
    for state in (RESTING | {LockState.LOCK_N_GO, LockState.UNLATCHED}) - {LockState.UNCALIBRATED}:
        found[state] |= first | set(KNOB_POSITIONS.values()) | {LockState.UNCALIBRATED}
    found[LockState.UNCALIBRATED] |= {LockState.UNLOCKED}
    return {state: frozenset(to) for state, to in found.items()}


TRANSITIONS: dict[LockState, frozenset[LockState]] = _transitions()
"""state → the states that can follow it, by motor, hand, jam, flat battery or calibration."""

MOTOR_STATES = frozenset(phase.state for sequence in SEQUENCES.values() for phase in sequence if phase.motor)
"""States in which the motor may be running or holding the latch."""
