"""Run a lock's motor through a sequence.

    start ──► phase ──(its duration)──► next phase ──► … ──► last phase: at rest
                └─ jammed ─► motor blocked, at rest

The phases are in `motor_sequences.SEQUENCES`. One caller may wait for an action. The caller is answered in the phase
that `motor_sequences.DONE` names, or when the sequence ends before it. `phase_over` is the timer that moves a lock to
its next phase; a lock has at most one.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.inputs import Answer
from locksim.engine.timestamps import MINUTE
from locksim.engine.turn import Turn
from locksim.nuki import bluetooth, serialization
from locksim.nuki.errors import LockOffline, NukiError
from locksim.nuki.motor_sequences import MOVING, LockAction, LockState
from locksim.nuki.state import CRITICAL, Bridge, Lock, Movement, State

__all__ = ["A_DAY", "accepts", "answer_caller", "battery_fell", "notice_battery", "park_caller", "phase_over",
           "render_pending", "report_lost", "start", "stop", "turn_by_hand", "watch_battery"]  # fmt: skip

A_RUN = 500
"""What one movement of the motor takes from the batteries, in millionths, if they drain as assumed."""
A_DAY = 1_500
"""What a day takes: the lock listens for its bridge."""
AWAKE = 10 * MINUTE
"""How long a lock stays awake after an action, when drowsy locks are switched on."""


def accepts(turn: Turn, bridge: Bridge, lock: Lock) -> bool:
    """Return whether the lock takes an action now: it is calibrated, no other is in progress, and it is awake. Wake it up.

    A latch that is held after an unlatch is let go for the next action, which would be lost otherwise.
    """
    asleep = bridge.drowsy and turn.now > lock.awake_until
    lock.awake_until = turn.now + AWAKE
    return lock.state is not LockState.UNCALIBRATED and not lock.acting and not asleep


def start(turn: Turn, bridge: Bridge, lock: Lock, action: LockAction) -> None:
    """Start the motor. A relock that was still to come is cancelled."""
    stop(turn, lock)
    lock.movement = Movement(action, 0, 0)
    _enter_phase(turn, bridge, lock, lock.movement)


def turn_by_hand(turn: Turn, bridge: Bridge, lock: Lock, to: LockState) -> None:
    """Put the knob into a position. A latch springs back after 3 s."""
    stop(turn, lock)
    if to is LockState.UNLATCHED:
        lock.movement = Movement(None, 0, 0)
        _enter_phase(turn, bridge, lock, lock.movement)
    else:
        lock.state = to
        bluetooth.notice_change(turn, bridge, lock)


def park_caller(turn: Turn, lock: Lock) -> None:
    """Let this turn's caller wait until the action that has just started is done."""
    assert lock.movement is not None, "no action has started"
    lock.movement.pending_id = turn.park("lock_action")


def phase_over(turn: Turn, state: State, *, lock: int) -> None:
    """End a phase (timer). The timer of a state that was replaced finds no such lock, or no movement."""
    found = state.find_lock(lock)
    if found is not None and found[1].movement is not None:
        _end_phase(turn, *found, found[1].movement)


def _end_phase(turn: Turn, bridge: Bridge, lock: Lock, movement: Movement) -> None:
    if lock.state in MOVING:
        lock.charge.use(turn.now, turn.drained(A_RUN))
    if lock.jammed and lock.state in MOVING:
        answer_caller(turn, lock, serialization.render_action(success=False, critical=lock.critical(turn.now)))
        stop(turn, lock)
        lock.state = LockState.MOTOR_BLOCKED
        bluetooth.notice_change(turn, bridge, lock)
    else:
        movement.phase += 1
        _enter_phase(turn, bridge, lock, movement)
    notice_battery(turn, bridge, lock)


def _enter_phase(turn: Turn, bridge: Bridge, lock: Lock, movement: Movement) -> None:
    phase = lock.phase
    assert phase is not None, "the lock is not moving"
    lock.state = phase.state
    if movement.pending_id is not None and movement.done:
        bridge.write_log(turn.now, "HTTP-LockActionSuccess", lock)
        answer_caller(turn, lock, serialization.render_action(success=True, critical=lock.critical(turn.now)))
    if phase.duration:
        movement.timer = turn.set_timer(phase.duration, "phase_over", lock=lock.id)
    else:
        lock.movement = None
    bluetooth.notice_change(turn, bridge, lock)


def stop(turn: Turn, lock: Lock) -> None:
    """End the sequence where it is. A waiting caller must have been answered before."""
    if lock.movement is not None:
        turn.cancel_timer(lock.movement.timer)
        lock.movement = None


def answer_caller(turn: Turn, lock: Lock, value: dict[str, Any] | NukiError) -> None:
    """Answer the caller who waits for this lock, if there is one."""
    if lock.movement is not None and lock.movement.pending_id is not None:
        turn.resolve(lock.movement.pending_id, value)
        lock.movement.pending_id = None


def report_lost(turn: Turn, lock: Lock) -> None:
    """Answer the waiting caller that the bridge has lost contact with the lock. The motor may still be running."""
    answer_caller(
        turn, lock, LockOffline(f"Smart Lock {lock.id} went offline while its motor ran; read its state later")
    )


def notice_battery(turn: Turn, bridge: Bridge, lock: Lock) -> None:
    """Let a change of the batteries take effect: flat ones stop the motor, and the bridge learns of critical ones."""
    if not lock.charge.left(turn.now):
        report_lost(turn, lock)
        if lock.movement is not None:
            lock.state = LockState.UNDEFINED if lock.busy else LockState.UNLOCKED
            stop(turn, lock)
    bluetooth.notice_change(turn, bridge, lock)
    watch_battery(turn, lock)


def watch_battery(turn: Turn, lock: Lock) -> None:
    """Set the timer for when the batteries become critical or flat, if they drain by themselves."""
    if lock.battery_timer is not None:
        turn.cancel_timer(lock.battery_timer)
    falls = lock.charge.falls_to(0 if lock.critical(turn.now) else CRITICAL) if lock.charge.left(turn.now) else None
    lock.battery_timer = None if falls is None else turn.set_timer(falls - turn.now, "battery_fell", lock=lock.id)


def battery_fell(turn: Turn, state: State, *, lock: int) -> None:
    """Notice that batteries have become critical or flat (timer)."""
    found = state.find_lock(lock)
    if found is not None:
        notice_battery(turn, *found)


def render_pending(turn: Turn, _args: dict[str, Any], value: dict[str, Any] | NukiError) -> Answer:
    """Render the answer to a waiting /lockAction or /auth: a document, or an error."""
    if isinstance(value, NukiError):
        turn.near_miss(value.sentence)
        return serialization.refusal(turn.profile, value)
    return serialization.json_answer(turn.profile, value)
