"""Bolts: commands, knobs, auto-lock, schedules. A 200 shows the expected state; an event shows the real one."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.keeper import Keeper

FRONT = seed.FRONT_DOOR


def bolt(keeper: Keeper, key: str = FRONT) -> str:
    return str(keeper.device(key).state["bolt"])


def shown(keeper: Keeper, key: str = FRONT) -> str:
    return str(keeper.read(f"/devices/{key}")["attributes"]["state"])


@pytest.mark.rule("RL-R240")
def test_the_api_answers_at_once_and_a_sleeping_lock_executes_at_its_heartbeat(keeper: Keeper) -> None:
    assert keeper.change(f"/devices/{FRONT}/unlock")["attributes"]["state"] == "unlocked"
    keeper.pass_time(17 * 60 - 1)
    assert (bolt(keeper), keeper.events("unlocked")) == ("locked", [])
    keeper.pass_time(1)
    assert bolt(keeper) == "unlocked"
    (output,) = keeper.events("unlocked")
    assert output["attributes"]["source"] == "network"
    assert "associated_resource_id" not in output["attributes"]


@pytest.mark.rule("RL-R241")
def test_a_connected_lock_executes_a_command_within_two_seconds(keeper: Keeper) -> None:
    keeper.device(FRONT).heartbeat()
    keeper.pass_time(29)
    keeper.change(f"/devices/{FRONT}/unlock")
    assert bolt(keeper) == "locked"
    keeper.pass_time(2)
    assert bolt(keeper) == "unlocked"


@pytest.mark.rule("RL-R242")
def test_a_lock_that_has_never_connected_shows_the_expected_state_and_does_nothing(keeper: Keeper) -> None:
    assert keeper.change(f"/devices/{seed.BARE_LOCK}/unlock")["attributes"]["state"] == "unlocked"
    keeper.pass_time(86_400)
    assert (shown(keeper, seed.BARE_LOCK), bolt(keeper, seed.BARE_LOCK)) == ("unlocked", "locked")


@pytest.mark.rule("RL-R243")
def test_at_a_contact_the_shown_state_becomes_the_true_one(keeper: Keeper) -> None:
    keeper.device(FRONT).network(on=False)
    keeper.change(f"/devices/{FRONT}/unlock")
    keeper.change(f"/devices/{FRONT}/lock")
    keeper.device(FRONT).turn(to="unlocked")
    assert (shown(keeper), bolt(keeper)) == ("locked", "unlocked")
    keeper.pass_time(5)
    keeper.device(FRONT).network(on=True)
    assert shown(keeper) == bolt(keeper) == "locked"
    assert keeper.reported("locked", "unlocked") == ["unlocked", "locked"]


@pytest.mark.rule("RL-R510")
def test_a_lock_executes_only_the_last_command(keeper: Keeper) -> None:
    keeper.change(f"/devices/{FRONT}/unlock")
    keeper.change(f"/devices/{FRONT}/lock")
    keeper.device(FRONT).heartbeat()
    assert keeper.reported("locked", "unlocked") == ["locked"]
    assert shown(keeper) == bolt(keeper) == "locked"


@pytest.mark.rule("RL-R511")
@pytest.mark.parametrize(("hours", "expected"), [(23, "unlocked"), (25, "locked")])
def test_a_command_that_a_lock_has_not_received_for_a_day_is_dropped(keeper: Keeper, hours: int, expected: str) -> None:
    keeper.device(FRONT).network(on=False)
    keeper.change(f"/devices/{FRONT}/unlock")
    keeper.pass_time(hours * 3600)
    keeper.device(FRONT).network(on=True)
    assert shown(keeper) == bolt(keeper) == expected


@pytest.mark.rule("RL-R512")
def test_a_step_in_the_skipped_hour_is_run_when_the_clocks_jump(keeper: Keeper) -> None:
    """New York, 8 March 2026: 02:00 is followed by 03:00, which is 07:00 UTC. Steps keep their order."""
    steps = [{"time": "02:30", "action": "unlock"}, {"time": "03:15", "action": "lock"}]
    schedule = keeper.make("/schedules", "lock_action_schedule", name="Night", sun=steps)
    keeper.until("2026-03-08T05:00:00Z")
    keeper.change(f"/devices/{FRONT}", lock_action_schedule_id=schedule["id"])
    keeper.device(FRONT).heartbeat()
    keeper.until("2026-03-08T06:59:59Z")
    assert bolt(keeper) == "locked"
    keeper.until("2026-03-08T07:00:00Z")
    assert bolt(keeper) == "unlocked"
    keeper.until("2026-03-08T07:15:00Z")
    assert bolt(keeper) == "locked"


@pytest.mark.rule("RL-R513")
def test_a_lock_without_heartbeats_is_lost_after_a_day_and_comes_back_when_it_is_used(keeper: Keeper) -> None:
    keeper.change(f"/devices/{FRONT}", heartbeat_interval=0)
    keeper.device(FRONT).heartbeat()
    keeper.pass_time(86_399)
    assert keeper.events("connectivity") == []
    keeper.pass_time(2)
    assert [event["attributes"]["status"] for event in keeper.events("connectivity")] == ["failed"]
    keeper.device(FRONT).turn()
    assert [event["attributes"]["status"] for event in keeper.events("connectivity")] == ["succeeded", "failed"]


@pytest.mark.rule("RL-R244")
def test_an_unlocked_lock_locks_itself_after_its_timeout(keeper: Keeper) -> None:
    keeper.device(FRONT).enter_pin(pin="4071")
    keeper.pass_time(19)
    assert bolt(keeper) == "unlocked"
    keeper.pass_time(1)
    assert bolt(keeper) == "locked"
    (output,) = keeper.events("locked")
    attributes = output["attributes"]
    assert (attributes["source"], attributes["method"]) == ("device", "auto_lock")
    assert "associated_resource_id" not in attributes


@pytest.mark.rule("RL-R245")
def test_without_auto_lock_it_stays_open(keeper: Keeper) -> None:
    keeper.change(f"/devices/{FRONT}", auto_lock=False)
    keeper.device(FRONT).heartbeat()
    keeper.device(FRONT).enter_pin(pin="4071")
    keeper.pass_time(3600)
    assert bolt(keeper) == "unlocked"


@pytest.mark.rule("RL-R246", "RL-R541")
def test_an_auto_lock_schedule_says_when_auto_lock_holds(keeper: Keeper) -> None:
    """ATTIC follows NIGHT_LATCH in Lisbon: off at 09:00, on at 17:00."""
    keeper.until("2026-01-05T12:00:00Z")
    keeper.device(seed.ATTIC).enter_pin(pin="3719")
    keeper.until("2026-01-05T17:00:00Z")
    assert bolt(keeper, seed.ATTIC) == "unlocked"
    keeper.pass_time(20)
    assert bolt(keeper, seed.ATTIC) == "locked"
    keeper.device(seed.ATTIC).enter_pin(pin="3719")
    keeper.pass_time(20)
    assert bolt(keeper, seed.ATTIC) == "locked"


@pytest.mark.rule("RL-R247", "RL-R542")
def test_a_lock_action_schedule_moves_the_bolt_and_auto_lock_leaves_it(keeper: Keeper) -> None:
    """STORE_ROOM follows OPENING_HOURS in New York: unlocked at 08:00, locked at 18:00, on workdays."""
    keeper.until("2026-01-05T13:00:00Z")
    assert bolt(keeper, seed.STORE_ROOM) == "unlocked"
    keeper.until("2026-01-05T22:59:59Z")
    assert bolt(keeper, seed.STORE_ROOM) == "unlocked"
    keeper.until("2026-01-05T23:00:00Z")
    assert bolt(keeper, seed.STORE_ROOM) == "locked"
    keeper.pass_time(1200)
    output = [event["attributes"] for event in keeper.events("unlocked", "locked")]
    assert [(one["method"], one["source"], one["occurred_at"][11:]) for one in output] == [
        ("schedule", "device", "23:00:00Z"),
        ("schedule", "device", "13:00:00Z"),
    ]
    keeper.until("2026-01-10T20:00:00Z")
    assert len(keeper.events("unlocked")) == 5


@pytest.mark.rule("RL-R248")
def test_a_schedule_is_followed_as_the_lock_last_heard_of_it(keeper: Keeper) -> None:
    keeper.device(seed.STORE_ROOM).network(on=False)
    keeper.change(f"/schedules/{seed.OPENING_HOURS}", mon=[{"time": "09:00", "action": "unlock"}])
    keeper.until("2026-01-05T13:00:00Z")
    assert bolt(keeper, seed.STORE_ROOM) == "unlocked"


@pytest.mark.rule("RL-R249")
def test_a_turn_of_the_knob_is_reported_and_wakes_the_lock(keeper: Keeper) -> None:
    done = keeper.device(FRONT).turn()
    assert done["bolt"] == bolt(keeper) == "unlocked"
    output = keeper.read(f"/events/{done['event_id']}")["attributes"]
    assert (output["source"], output["method"]) == ("user", "manual")
    keeper.device(FRONT).turn(to="locked")
    keeper.pass_time(60)
    assert len(keeper.events("locked")) == 1
