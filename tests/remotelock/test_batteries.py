"""Batteries drain with time; the percentage depends on the power source that was set."""

from __future__ import annotations

import pytest

from locksim.engine.physics import Charge
from locksim.remotelock import seed
from locksim.remotelock.catalog import model_of
from locksim.remotelock.hardware import battery
from locksim.remotelock.physical import LockSettings, PhysicalLock
from tests.remotelock.keeper import Keeper

FRONT = seed.FRONT_DOOR
DAY = 86_400


def level(keeper: Keeper) -> int:
    return int(keeper.read(f"/devices/{FRONT}")["attributes"]["power_level"])


@pytest.fixture
def keeper() -> Keeper:
    """A keeper in a world whose batteries drain."""
    return Keeper(battery_drain=1)


@pytest.mark.rule("RL-R260")
@pytest.mark.parametrize(("kind", "days"), [("alkaline_battery", 500), ("lithium_battery", 1000)])
def test_an_unused_battery_lasts_500_days_and_a_lithium_one_twice_as_long(kind: str, days: int) -> None:
    lock = PhysicalLock(LockSettings(), charge=Charge(per_day=battery.PER_DAY[kind]), battery_type=kind)
    flat = days * DAY * 1_000_000
    levels = [battery.percent(battery.millivolts(lock, n * flat // 4), kind) for n in range(5)]
    assert levels == [100, 75, 50, 25, 0]
    assert (battery.has_power(lock, flat - 1), battery.has_power(lock, flat)) == (True, False)


@pytest.mark.rule("RL-R260")
def test_the_motor_takes_a_little_of_the_battery_and_a_hand_nothing(keeper: Keeper) -> None:
    door = keeper.device(FRONT)
    charge = keeper.physical(FRONT).charge
    before = charge.left(keeper.now)
    door.turn()
    assert charge.left(keeper.now) == before
    assert door.enter_pin(pin="4071")["granted"]
    assert before - charge.left(keeper.now) == 50


@pytest.mark.rule("RL-R260")
def test_without_drain_no_battery_loses_anything() -> None:
    keeper = Keeper()
    keeper.device(FRONT).enter_pin(pin="4071")
    keeper.pass_time(1000 * DAY)
    assert level(keeper) == 84


@pytest.mark.rule("RL-R261")
def test_a_low_battery_is_reported_once_at_a_heartbeat(keeper: Keeper) -> None:
    keeper.world.core.strict = False
    assert level(keeper) == 84
    keeper.pass_time(316 * DAY)
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


@pytest.mark.rule("RL-R559")
def test_the_cloud_shows_what_the_lock_reported_at_its_last_contact(keeper: Keeper) -> None:
    keeper.device(FRONT).battery(level=50)
    assert level(keeper) == 84
    keeper.device(FRONT).heartbeat()
    assert level(keeper) == 50


@pytest.mark.rule("RL-R564")
def test_a_thermostat_without_power_does_nothing_until_it_has_a_new_battery(keeper: Keeper) -> None:
    model = model_of("LS-60i").id
    given = {"model_id": model, "serial_number": "20F85E77B000", "location_id": seed.HARBOUR_HOUSE, "name": "Attic"}
    key = keeper.make("/devices", "thermostat", **given)["id"]
    thermostat = keeper.device(key)
    thermostat.battery(level=1)
    keeper.pass_time(6 * DAY)
    assert not thermostat.state["powered"]
    thermostat.measure(temperature=12.5)
    assert keeper.events("temperature_changed") == []
    assert not keeper.read(f"/devices/{key}")["attributes"]["alive"]
    lost = [event for event in keeper.events("connectivity") if event["attributes"]["publisher_id"] == key]
    assert [event["attributes"]["status"] for event in lost] == ["failed"]
    thermostat.battery(level=100)
    assert [event["attributes"]["temperature"] for event in keeper.events("temperature_changed")] == [12.5]
    assert keeper.read(f"/devices/{key}")["attributes"]["alive"]
