"""The tables of states and actions are the document's, and the motor sequences are consistent."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.timestamps import SECOND
from locksim.nuki.motor_sequences import (
    ACTION_NAMES,
    DONE,
    HELD_BY_HAND,
    KNOB_POSITIONS,
    MOTOR_STATES,
    MOVING,
    RESTING,
    SEQUENCES,
    STATE_NAMES,
    TRANSITIONS,
    LockAction,
    LockState,
)


@pytest.mark.rule("NK-R20")
def test_there_are_the_ten_documented_states(examples: Any) -> None:
    assert {str(int(state)): name for state, name in STATE_NAMES.items()} == examples["states"]
    assert set(STATE_NAMES) == set(LockState)


@pytest.mark.rule("NK-R21")
def test_there_are_the_five_documented_actions(examples: Any) -> None:
    assert {str(int(action)): name for action, name in ACTION_NAMES.items()} == examples["actions"]
    assert set(SEQUENCES) == set(DONE) == set(LockAction)


@pytest.mark.parametrize("action", LockAction)
def test_a_sequence_starts_the_motor_and_ends_at_rest(action: LockAction) -> None:
    sequence = SEQUENCES[action]
    assert sequence[0].motor
    assert all(phase.duration > 0 for phase in sequence[:-1])
    assert sequence[-1].duration == 0
    assert sequence[-1].state in RESTING
    assert DONE[action] in [phase.state for phase in sequence]


@pytest.mark.parametrize("action", [LockAction.UNLOCK, LockAction.LOCK, LockAction.UNLATCH])
def test_a_waiting_client_is_answered_well_before_the_five_seconds_that_real_clients_wait(action: LockAction) -> None:
    states = [phase.state for phase in SEQUENCES[action]]
    wait = sum(phase.duration for phase in SEQUENCES[action][: states.index(DONE[action])])
    assert wait <= 3 * SECOND


def test_the_motor_runs_in_every_moving_state_and_in_no_resting_one() -> None:
    assert MOVING <= MOTOR_STATES
    assert not MOVING & RESTING


def test_every_state_can_be_reached_and_left() -> None:
    assert set().union(*TRANSITIONS.values()) == set(LockState)
    assert all(TRANSITIONS.values())


@pytest.mark.rule("NK-R57")
def test_a_knob_turned_by_hand_is_at_rest_unless_it_holds_the_latch() -> None:
    assert set(KNOB_POSITIONS.values()) - RESTING == {LockState.UNLATCHED} == {HELD_BY_HAND[0].state}
    assert HELD_BY_HAND[-1].state in RESTING
