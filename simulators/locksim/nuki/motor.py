"""A lock's motor on its course.

    begin ──► leg ──(its time)──► next leg ──► … ──► last leg: at rest
                └─ jammed ─► motor blocked, at rest

The legs are `world.COURSES`. A caller may wait: it is answered at the leg that `world.DONE` names, or when the course
breaks off before. `leg_over` is the timer that moves a lock on; no lock has more than one.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.inputs import Answer
from locksim.engine.timestamps import MINUTE
from locksim.engine.turn import Turn
from locksim.nuki import radio, serialization
from locksim.nuki.errors import LockOffline, NukiError
from locksim.nuki.motor_sequences import DONE, MOVING, LockAction, LockState
from locksim.nuki.state import Lock, Run, State

__all__ = ["begin", "halt", "leg_over", "lose_contact", "obeys", "render_wait", "tell", "wait"]

PAUSE = 10 * MINUTE
"""A lock that was left alone for longer may miss the first action (only when support asks for drowsy locks)."""


def obeys(turn: Turn, state: State, lock: Lock) -> bool:
    """Whether the lock takes an action now: it is calibrated, its motor is free, and it is awake."""
    asleep = state.bridge.drowsy and turn.now > lock.awake_until
    lock.awake_until = turn.now + PAUSE
    return lock.state is not LockState.UNCALIBRATED and not lock.busy and not asleep


def begin(turn: Turn, state: State, lock: Lock, action: LockAction) -> None:
    """The motor starts. A relock that was still to come is forgotten."""
    halt(turn, lock)
    lock.run = Run(action, 0, 0)
    _enter(turn, state, lock, lock.run)


def wait(turn: Turn, lock: Lock) -> None:
    """The caller of this turn waits until the action that has just begun is done."""
    assert lock.run is not None, "nothing has begun"
    lock.run.pending_id = turn.park("lock_action")


def leg_over(turn: Turn, state: State, *, lock: int) -> None:
    """Timer: a leg has taken its time."""
    moved = state.lock(lock)
    if moved.run is None or moved.leg is None:
        return  # the state was loaded from elsewhere, and this timer was of the one before
    if moved.jammed and moved.leg.shows in MOVING:
        tell(turn, moved, serialization.render_action(success=False, critical=moved.battery_critical))
        halt(turn, moved)
        moved.state = LockState.MOTOR_BLOCKED
        radio.hear(turn, state, moved)
    else:
        moved.run.leg += 1
        _enter(turn, state, moved, moved.run)


def _enter(turn: Turn, state: State, lock: Lock, run: Run) -> None:
    """A leg begins."""
    leg = lock.leg
    assert leg is not None, "it runs"
    lock.state = leg.shows
    if run.pending_id is not None and leg.shows is DONE[run.action]:
        state.write(turn.now, "HTTP-LockActionSuccess", lock)
        tell(turn, lock, serialization.render_action(success=True, critical=lock.battery_critical))
    if leg.lasts:
        run.timer = turn.set_timer(leg.lasts, "leg_over", lock=lock.id)
    else:
        lock.run = None
    radio.hear(turn, state, lock)


def halt(turn: Turn, lock: Lock) -> None:
    """Break off: nothing more comes by itself. Whoever waits must have been told before."""
    if lock.run is not None:
        turn.cancel_timer(lock.run.timer)
        lock.run = None


def tell(turn: Turn, lock: Lock, value: dict[str, Any] | NukiError) -> None:
    """Answer the caller who waits for this lock, if any."""
    if lock.run is not None and lock.run.pending_id is not None:
        turn.resolve(lock.run.pending_id, value)
        lock.run.pending_id = None


def lose_contact(turn: Turn, lock: Lock) -> None:
    """The bridge can no longer ask the lock, though its motor may run on: who waits hears that it is offline."""
    tell(turn, lock, LockOffline(f"Smart Lock {lock.id} went out of reach while its motor ran; look again later"))


def render_wait(turn: Turn, _args: dict[str, Any], value: dict[str, Any] | NukiError) -> Answer:
    """The answer to a waiting /lockAction or /auth: a document, or the error that came instead."""
    if isinstance(value, NukiError):
        turn.near_miss(value.sentence)
        return serialization.refusal(turn.profile, value)
    return serialization.answer(turn.profile, value)
