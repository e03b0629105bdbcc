"""Batteries drain with time; the percentage depends on the power source that was set."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from locksim.remotelock.hardware import battery
from locksim.remotelock.physical import LockSettings, PhysicalLock
from tests.remotelock.keeper import Keeper

FRONT = seed.FRONT_DOOR
DAY = 86_400


def level(keeper: Keeper) -> int:
    return int(keeper.read(f"/devices/{FRONT}")["attributes"]["power_level"])


@pytest.mark.rule("RL-R260")
def test_alkaline_batteries_last_a_year_and_lithium_two(keeper: Keeper) -> None:
    lock = PhysicalLock(LockSettings(), millivolts=6_000, measured_at=0)
    year = 365 * DAY * 1_000_000
    assert [battery.percent(battery.millivolts(lock, n * year // 4), "alkaline_battery") for n in range(5)] == [
        100,
        75,
        50,
        25,
        0,
    ]
    assert (battery.has_power(lock, year - 1), battery.has_power(lock, year)) == (True, False)
    lock.battery_type, lock.millivolts = "lithium_battery", 7_200
    assert (battery.has_power(lock, 2 * year - 1), battery.has_power(lock, 2 * year)) == (True, False)


@pytest.mark.rule("RL-R261")
def test_a_low_battery_is_reported_once_at_a_heartbeat(keeper: Keeper) -> None:
    keeper.world.core.strict = False
    assert level(keeper) == 84
    keeper.pass_time(231 * DAY)
    assert level(keeper) == 20
    (output,) = [one for one in keeper.events("power_level_low") if one["attributes"]["publisher_id"] == FRONT]
    assert output["attributes"]["power_level"] == 20


@pytest.mark.rule("RL-R262")
def test_with_the_wrong_power_source_the_percentage_is_wrong(keeper: Keeper) -> None:
    keeper.change(f"/devices/{FRONT}", power_source="lithium_battery")
    assert level(keeper) < 30
    keeper.device(FRONT).heartbeat()
    assert keeper.events("power_level_low") == []
    keeper.device(FRONT).battery(level=60)
    keeper.device(FRONT).heartbeat()
    (output,) = keeper.events("power_level_low")
    assert output["attributes"]["power_level"] == 0


@pytest.mark.rule("RL-R263", "RL-R543")
def test_a_new_battery_is_reported_at_once_and_a_low_one_again(keeper: Keeper) -> None:
    door = keeper.device(FRONT)
    door.battery(level=12)
    assert keeper.events("power_level_low") == []
    door.heartbeat()
    done = door.battery(level=100)
    assert keeper.read(f"/events/{done['event_id']}")["attributes"]["power_level"] == 100
    door.battery(level=8)
    door.heartbeat()
    door.heartbeat()
    assert keeper.reported("power_level_low", "battery_replaced") == [
        "power_level_low",
        "battery_replaced",
        "power_level_low",
    ]


@pytest.mark.rule("RL-R264")
def test_a_flat_lock_takes_no_pin_does_not_notice_its_knob_and_is_lost(keeper: Keeper) -> None:
    door = keeper.device(FRONT)
    door.battery(level=0)
    assert door.enter_pin(pin="4071") == {"granted": False, "event_id": None, "reason": "no_power"}
    assert door.turn() == {"bolt": "unlocked", "event_id": None}
    keeper.pass_time(3600)
    assert door.state["bolt"] == "unlocked"
    assert not keeper.read(f"/devices/{FRONT}")["attributes"]["alive"]
    assert [event["attributes"]["status"] for event in keeper.events("connectivity")] == ["failed"]
    door.battery(level=100)
    assert keeper.read(f"/devices/{FRONT}")["attributes"]["connected"]
    assert door.enter_pin(pin="4071")["granted"]
