"""The tables of states and actions are the document's, and the courses hold together."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.timestamps import SECOND
from locksim.nuki.motor_sequences import (
    ACTION_NAMES,
    BUSY,
    COURSES,
    DONE,
    KNOB,
    MOVING,
    NEXT,
    RESTING,
    STATE_NAMES,
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
    assert set(COURSES) == set(DONE) == set(LockAction)


@pytest.mark.parametrize("action", LockAction)
def test_a_course_moves_at_once_and_ends_at_rest(action: LockAction) -> None:
    course = COURSES[action]
    assert course[0].motor
    assert all(leg.lasts > 0 for leg in course[:-1])
    assert course[-1].lasts == 0
    assert course[-1].shows in RESTING
    assert DONE[action] in [leg.shows for leg in course]


@pytest.mark.parametrize("action", [LockAction.UNLOCK, LockAction.LOCK, LockAction.UNLATCH])
def test_a_waiting_client_is_answered_well_before_the_five_seconds_that_real_ones_wait(action: LockAction) -> None:
    shown = [leg.shows for leg in COURSES[action]]
    waits = sum(leg.lasts for leg in COURSES[action][: shown.index(DONE[action])])
    assert waits <= 3 * SECOND


def test_a_moving_state_always_has_the_motor_and_never_rests() -> None:
    assert MOVING <= BUSY
    assert not MOVING & RESTING


def test_every_state_can_be_reached_and_left() -> None:
    assert set().union(*NEXT.values()) == set(LockState)
    assert all(NEXT.values())


def test_a_hand_leaves_the_knob_at_rest() -> None:
    assert set(KNOB.values()) <= RESTING
