"""Clocks that drift and batteries that drain. Both are off by default."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from locksim.engine.timestamps import DAY, SECOND
from locksim.nuki import VENDOR
from locksim.nuki.motor import A_DAY, A_RUN
from locksim.nuki.seed import CELLAR_DOOR, FRONT_DOOR, GARDEN_DOOR
from tests import fuzz, recovery
from tests.nuki.caller import Caller
from tests.nuki.hints import HINTS


def bridge_time(bridge: Caller) -> str:
    shown: str = bridge.get("/info").json["currentTime"]
    return shown


# ---- clocks


@pytest.mark.rule("NK-R114")
def test_without_the_server_a_bridge_drifts_by_its_own_share_of_the_worlds_drift() -> None:
    bridge = Caller("observed", clock_drift=5)
    bridge.site.support("add_bridge")
    drifts = [one.clock.drift for one in bridge.state.bridges]
    assert len(set(drifts)) == 2
    assert all(0 < abs(drift) <= 5 * SECOND for drift in drifts)
    bridge.pass_time(10 * 86_400)
    assert bridge_time(bridge) == "2026-01-15T08:00:00+00:00", "it is connected"
    bridge.bridge.network(on=False)
    bridge.pass_time(30 * 86_400)
    off = 30 * drifts[0] // SECOND
    assert off != 0
    assert bridge_time(bridge) == f"2026-02-14T0{8 if off > 0 else 7}:{off // 60 % 60:02d}:{off % 60:02d}+00:00"
    bridge.bridge.network(on=True)
    assert bridge_time(bridge) == "2026-02-14T08:00:00+00:00"


@pytest.mark.rule("NK-R114")
def test_a_change_of_the_physics_changes_the_drift_and_not_the_time(bridge: Caller) -> None:
    bridge.bridge.network(on=False)
    bridge.bridge.clock(offset=90, drift=100)
    bridge.pass_time(86_400)
    before = bridge_time(bridge)
    bridge.world.physics(clock_drift=10)
    assert bridge_time(bridge) == before == "2026-01-06T08:03:10Z"
    assert abs(bridge.state.bridges[0].clock.drift) <= 10 * SECOND
    bridge.world.physics(clock_drift=0)
    bridge.pass_time(86_400)
    assert bridge_time(bridge) == "2026-01-07T08:03:10Z"


@pytest.mark.rule("NK-R117")
def test_the_window_lasts_thirty_true_seconds_by_any_clock() -> None:
    bridge = Caller(clock_drift=3600)
    bridge.bridge.network(on=False)
    waiting = bridge.begin("/auth")
    bridge.pass_time(29.9)
    assert not waiting.answered()
    bridge.pass_time(0.1)
    assert waiting.reply.json == {"success": False}
    assert bridge.get("/info").json["uptime"] == 3 * 86_400 + 30


# ---- batteries


def level(bridge: Caller, lock: int = FRONT_DOOR) -> int:
    found = next(one for _, one in bridge.state.locks() if one.id == lock)
    return found.charge.left(bridge.world.core.now)


@pytest.mark.rule("NK-R210")
def test_by_default_no_battery_drains_in_ten_years(bridge: Caller) -> None:
    bridge.act(FRONT_DOOR, 1)
    bridge.pass_time(3650 * 86_400)
    assert bridge.lock(FRONT_DOOR).state["charge"] == 100
    assert bridge.lock(GARDEN_DOOR).state["charge"] == 20


@pytest.mark.rule("NK-R211")
@pytest.mark.parametrize(("action", "runs"), [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2)])
def test_an_action_takes_what_its_movements_take(action: int, runs: int) -> None:
    bridge = Caller(battery_drain=1)
    bridge.act(FRONT_DOOR, action)
    bridge.pass_time(60)
    spent = 1_000_000 - level(bridge)
    assert spent - runs * A_RUN in (0, 1), "besides, a minute takes one or two millionths"


@pytest.mark.rule("NK-R211")
def test_a_turn_by_hand_takes_nothing() -> None:
    bridge = Caller(battery_drain=1)
    bridge.lock(FRONT_DOOR).turn()
    assert level(bridge) == 1_000_000


@pytest.mark.rule("NK-R211")
def test_batteries_last_half_a_year_at_eight_actions_a_day() -> None:
    assert 180 <= 1_000_000 / (A_DAY + 8 * A_RUN) <= 185


@pytest.mark.rule("NK-R212")
@pytest.mark.rule("NK-R214")
def test_batteries_become_critical_and_flat_by_themselves() -> None:
    bridge = Caller("observed", battery_drain=100)
    bridge.register("http://receiver.test/")
    to_critical = 800_000 * DAY // (100 * A_DAY) / SECOND
    bridge.pass_time(to_critical - 1)
    last = bridge.listed(FRONT_DOOR)["lastKnownState"]
    assert (last["batteryCritical"], last["batteryChargeState"]) == (False, 100)
    assert bridge.get("/lockState", nukiId=FRONT_DOOR).json["batteryChargeState"] == 21
    bridge.pass_time(1)
    last = bridge.listed(FRONT_DOOR)["lastKnownState"]
    assert (last["batteryCritical"], last["batteryChargeState"]) == (True, 20)
    assert last["timestamp"] == "2026-01-10T16:00:00+00:00", "known at once"
    bridge.pass_time(to_critical / 4 - 1)
    assert bridge.get("/lockState", nukiId=FRONT_DOOR).json["batteryChargeState"] == 1
    bridge.pass_time(1)
    assert bridge.get("/lockState", nukiId=FRONT_DOOR).json == {"success": False}
    assert FRONT_DOOR not in [one["nukiId"] for one in bridge.get("/info").json["scanResults"]]
    assert bridge.received == [], "no lock has changed its state"
    bridge.lock(FRONT_DOOR).battery(level="full")
    assert bridge.act(FRONT_DOOR, 1)["success"] is True


@pytest.mark.rule("NK-R84")
def test_a_motor_whose_batteries_die_leaves_its_caller_and_its_bolt() -> None:
    bridge = Caller(battery_drain=10_000)
    bridge.lock(FRONT_DOOR).battery(percent=1)
    bridge.pass_time(56.5)  # at this drain a hundredth lasts 57.6 s
    waiting = bridge.begin("/lockAction", nukiId=FRONT_DOOR, action=1)
    bridge.pass_time(2)
    assert bridge.lock(FRONT_DOOR).state["battery"] == "flat"
    assert waiting.reply.status == 503
    assert bridge.truth(FRONT_DOOR) == 255
    bridge.lock(FRONT_DOOR).battery(level="full")
    assert bridge.known(FRONT_DOOR) == 255


@pytest.mark.rule("NK-R84")
@pytest.mark.rule("NK-R213")
def test_the_last_movement_of_a_motor_is_made() -> None:
    bridge = Caller(battery_drain=10_000)
    bridge.pass_time(0.5)
    bridge.world.physics(battery_drain=100)
    bridge.lock(FRONT_DOOR).battery(percent=4)
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=4).status == 200
    assert bridge.truth(FRONT_DOOR) == 3, "no charge is left for the relock"
    assert bridge.lock(FRONT_DOOR).state["battery"] == "flat"


def test_an_unpaired_lock_drains_too_and_cannot_be_paired_when_flat() -> None:
    bridge = Caller(battery_drain=1000)
    bridge.pass_time(86_400)
    assert bridge.lock(CELLAR_DOOR).state["battery"] == "flat"


def test_a_loaded_world_goes_on_draining(bridge: Caller) -> None:
    bridge.world.physics(battery_drain=100)
    bridge.pass_time(86_400)
    copy = Caller(state=msgspec.to_builtins(bridge.state))
    copy.world.clock.advance(86_400)
    copy.pass_time(6 * 86_400)
    assert copy.lock(FRONT_DOOR).state["battery"] == "flat"
    assert copy.get("/lockState", nukiId=FRONT_DOOR).status == 503


@pytest.mark.rule("NK-R212")
def test_the_batteries_of_an_added_bridge_and_lock_become_critical_by_themselves() -> None:
    bridge = Caller(battery_drain=100)
    app = bridge.site.support
    lock = int(app("add_lock", bridge=app("add_bridge")["bridge"])["device"])
    second = Caller(world=bridge.world, place="bridge-2")
    bridge.pass_time(800_000 * DAY // (100 * A_DAY) / SECOND)
    listed = second.get("/list").json
    assert lock in [one["nukiId"] for one in listed]
    assert all(one["lastKnownState"]["batteryCritical"] for one in listed)


def test_a_world_of_ten_years_takes_few_turns() -> None:
    bridge = Caller(clock_drift=5, battery_drain=1)
    before = len(bridge.world.core.journal)
    bridge.pass_time(3650 * 86_400)
    assert len(bridge.world.core.journal) - before <= 2 * 4 + 1


@pytest.mark.parametrize("percent", [0, 1, 20, 21, 100])
def test_a_tester_can_set_an_exact_charge(bridge: Caller, percent: int) -> None:
    shown: dict[str, Any] = bridge.lock(FRONT_DOOR).battery(percent=percent)
    assert shown["batteryCritical"] == (percent <= 20)
    assert bridge.lock(FRONT_DOOR).state["charge"] == percent


# ---- walks


@pytest.mark.fuzz
@pytest.mark.parametrize("profile", ["documented", "observed"])
def test_a_walk_with_drift_and_drain_replays_to_the_same_bytes(profile: str) -> None:
    """`make fuzz` makes 100 walks, CI a few."""
    physics = {"clock_drift": 30, "battery_drain": 500}
    recovery.check_replays(VENDOR, HINTS, examples=max(3, fuzz.EXAMPLES // 20), profile=profile, **physics)
