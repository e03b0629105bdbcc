"""The states that a lock shows during an action, and for how long."""

from __future__ import annotations

import pytest

from locksim.nuki.seed import FRONT_DOOR, GARDEN_DOOR, WORKSHOP
from tests.nuki.caller import Caller

UNLOCK, LOCK, UNLATCH, LOCK_N_GO, LOCK_N_GO_UNLATCH = range(1, 6)

ACTIONS = [
    pytest.param(UNLOCK, [(2, 2), (None, 3)], 2, id="unlock", marks=pytest.mark.rule("NK-R22")),
    pytest.param(LOCK, [(2, 4), (None, 1)], 2, id="lock", marks=pytest.mark.rule("NK-R22")),
    pytest.param(UNLATCH, [(3, 7), (3, 5), (None, 3)], 3, id="unlatch", marks=pytest.mark.rule("NK-R23")),
    pytest.param(
        LOCK_N_GO, [(2, 2), (20, 6), (2, 4), (None, 1)], 2, id="lock 'n' go", marks=pytest.mark.rule("NK-R24")
    ),
    pytest.param(
        LOCK_N_GO_UNLATCH,
        [(3, 7), (3, 5), (20, 6), (2, 4), (None, 1)],
        6,
        id="lock 'n' go with unlatch",
        marks=pytest.mark.rule("NK-R25"),
    ),
]


@pytest.mark.parametrize(("action", "phases", "_waits"), ACTIONS)
@pytest.mark.parametrize("lock", [FRONT_DOOR, GARDEN_DOOR])
def test_the_lock_shows_each_phase_for_its_duration(
    bridge: Caller, lock: int, action: int, phases: list[tuple[float | None, int]], _waits: float
) -> None:
    assert bridge.act(lock, action, noWait=1)["success"] is True
    for lasts, shows in phases:
        assert bridge.truth(lock) == bridge.known(lock) == shows
        if lasts is not None:
            bridge.pass_time(lasts - 0.000001)
            assert bridge.truth(lock) == shows
            bridge.pass_time(0.000001)
    bridge.pass_time(3600)
    assert bridge.truth(lock) == phases[-1][1], "it stays in the last state of its sequence"


@pytest.mark.parametrize(("action", "_phases", "waits"), ACTIONS)
def test_a_waiting_caller_is_answered_when_it_is_done(
    bridge: Caller, action: int, _phases: list[tuple[float | None, int]], waits: float
) -> None:
    waiting = bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=action)
    bridge.pass_time(waits - 0.000001)
    assert not waiting.answered()
    bridge.pass_time(0.000001)
    assert waiting.reply.json == {"success": True, "batteryCritical": False}


@pytest.mark.rule("NK-R26")
@pytest.mark.parametrize(
    ("action", "after", "ends"),
    [(UNLATCH, 0, 3), (UNLATCH, 2, 3), (LOCK_N_GO_UNLATCH, 4, 1), (LOCK_N_GO, 23, 1)],
    ids=["at once", "unlatching", "held but not done", "relocking"],
)
def test_until_an_action_is_done_another_one_does_not_succeed_and_is_not_queued(
    bridge: Caller, action: int, after: float, ends: int
) -> None:
    bridge.act(FRONT_DOOR, action, noWait=1)
    bridge.pass_time(after)
    assert bridge.act(FRONT_DOOR, UNLOCK) == {"success": False, "batteryCritical": False}
    bridge.pass_time(60)
    assert bridge.truth(FRONT_DOOR) == ends


@pytest.mark.rule("NK-R54")
def test_an_action_after_a_successful_unlatch_is_not_lost(bridge: Caller) -> None:
    assert bridge.act(FRONT_DOOR, UNLATCH)["success"] is True
    assert bridge.act(FRONT_DOOR, LOCK)["success"] is True
    assert bridge.site.clock.iso == "2026-01-05T08:00:05Z"
    bridge.pass_time(60)
    assert bridge.truth(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R27")
@pytest.mark.parametrize(("action", "ends"), [(UNLOCK, 3), (LOCK, 1)])
def test_an_action_cancels_the_relock(bridge: Caller, action: int, ends: int) -> None:
    bridge.act(FRONT_DOOR, LOCK_N_GO)
    bridge.pass_time(19)
    assert bridge.act(FRONT_DOOR, action)["success"] is True
    bridge.register("http://receiver.test/")
    bridge.pass_time(60)
    assert bridge.truth(FRONT_DOOR) == ends
    assert bridge.reported_states(FRONT_DOOR) == []


@pytest.mark.rule("NK-R27")
def test_an_action_just_before_the_relock_takes_its_full_time(bridge: Caller) -> None:
    bridge.act(FRONT_DOOR, LOCK_N_GO)
    bridge.pass_time(19)
    bridge.act(FRONT_DOOR, UNLOCK, noWait=1)
    bridge.pass_time(1.9)
    assert bridge.truth(FRONT_DOOR) == 2
    bridge.pass_time(0.1)
    assert bridge.truth(FRONT_DOOR) == 3


@pytest.mark.rule("NK-R27")
def test_turning_the_knob_cancels_the_relock_too(bridge: Caller) -> None:
    bridge.act(FRONT_DOOR, LOCK_N_GO)
    bridge.lock(FRONT_DOOR).turn(to="unlocked")
    bridge.pass_time(60)
    assert bridge.truth(FRONT_DOOR) == 3


@pytest.mark.rule("NK-R28")
def test_a_jam_blocks_the_motor_until_it_is_removed(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).jam()
    assert bridge.act(FRONT_DOOR, UNLOCK) == {"success": False, "batteryCritical": False}
    assert bridge.known(FRONT_DOOR) == 254
    assert bridge.act(FRONT_DOOR, LOCK)["success"] is False
    bridge.lock(FRONT_DOOR).jam(on=False)
    assert bridge.truth(FRONT_DOOR) == 254
    assert bridge.act(FRONT_DOOR, LOCK)["success"] is True
    assert bridge.known(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R28")
def test_without_waiting_a_jam_shows_in_the_state_alone(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).jam()
    assert bridge.act(FRONT_DOOR, UNLOCK, noWait=1)["success"] is True
    bridge.pass_time(2)
    assert bridge.get("/lockState", nukiId=FRONT_DOOR).json["stateName"] == "motor blocked"


@pytest.mark.rule("NK-R28")
def test_the_relock_of_lock_n_go_can_meet_a_jam(bridge: Caller) -> None:
    assert bridge.act(FRONT_DOOR, LOCK_N_GO)["success"] is True
    bridge.lock(FRONT_DOOR).jam()
    bridge.pass_time(30)
    assert bridge.known(FRONT_DOOR) == 254


@pytest.mark.rule("NK-R28")
def test_a_jam_stops_the_motor_only(bridge: Caller) -> None:
    bridge.act(FRONT_DOOR, LOCK_N_GO_UNLATCH, noWait=1)
    bridge.pass_time(3)
    bridge.lock(FRONT_DOOR).jam()
    bridge.pass_time(3)
    assert bridge.truth(FRONT_DOOR) == 6, "the latch springs back by itself"
    bridge.pass_time(20)
    assert bridge.truth(FRONT_DOOR) == 4, "and the motor has to try before it meets the jam"
    bridge.pass_time(2)
    assert bridge.truth(FRONT_DOOR) == 254


@pytest.mark.rule("NK-R29")
@pytest.mark.parametrize("action", range(1, 6))
def test_an_uncalibrated_lock_does_nothing(bridge: Caller, action: int) -> None:
    assert bridge.act(WORKSHOP, action) == {"success": False, "batteryCritical": False}
    bridge.lock(WORKSHOP).turn(to="locked")
    bridge.pass_time(60)
    assert bridge.known(WORKSHOP) == 0
    bridge.lock(WORKSHOP).calibrate()
    assert bridge.known(WORKSHOP) == 3
    assert bridge.act(WORKSHOP, action)["success"] is True


@pytest.mark.rule("NK-R29")
def test_a_lock_can_lose_its_calibration(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).calibrate(calibrated=False)
    assert bridge.known(FRONT_DOOR) == 0


@pytest.mark.rule("NK-R84")
def test_batteries_that_go_flat_while_the_motor_runs_leave_the_state_undefined(bridge: Caller) -> None:
    waiting = bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=UNLOCK)
    bridge.pass_time(1)
    bridge.lock(FRONT_DOOR).battery(level="flat")
    assert waiting.reply.status == 503
    assert bridge.truth(FRONT_DOOR) == 255
    assert bridge.known(FRONT_DOOR) == 2, "the bridge has not heard of it yet"
    bridge.lock(FRONT_DOOR).battery(level="full")
    assert bridge.known(FRONT_DOOR) == 255
    bridge.pass_time(60)
    assert bridge.known(FRONT_DOOR) == 255


@pytest.mark.rule("NK-R84")
def test_batteries_that_go_flat_before_the_relock_leave_the_lock_open(bridge: Caller) -> None:
    bridge.act(FRONT_DOOR, LOCK_N_GO)
    bridge.lock(FRONT_DOOR).battery(level="flat")
    bridge.pass_time(60)
    assert bridge.truth(FRONT_DOOR) == 3


@pytest.mark.rule("NK-R85")
def test_a_locked_lock_accepts_the_lock_action(bridge: Caller) -> None:
    assert bridge.act(FRONT_DOOR, LOCK)["success"] is True
    assert bridge.site.clock.iso == "2026-01-05T08:00:02Z"
    assert bridge.truth(FRONT_DOOR) == 1
