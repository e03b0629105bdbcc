"""Clocks of cores and bridges, and batteries that drain."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from locksim.engine.errors import Impossible, Refused
from locksim.lockt import VENDOR
from locksim.lockt.seed import BRIDGE, FRONT_DOOR, LAUNDRY, SPARE_FOB, SUITE_12
from tests import fuzz, recovery
from tests.lockt.customer import Customer
from tests.lockt.hints import HINTS, PHYSICS, STATE

DAY = 86_400


def error(customer: Customer, device: int | str = FRONT_DOOR) -> float:
    """Return how many seconds the device's clock is ahead."""
    shown = datetime.fromisoformat(customer.site.hardware[str(device)].state["clock"]).timestamp()
    return round(shown - customer.world.core.now / 1_000_000, 3)


def act(customer: Customer, device: int | str, action: str, **args: Any) -> dict[str, Any]:
    return customer.site.hardware.act(str(device), action, **args)


# ---- clocks


@pytest.mark.rule("LT-R192")
@pytest.mark.rule("LT-R193")
def test_a_core_dates_its_events_by_its_own_clock(customer: Customer) -> None:
    assert act(customer, FRONT_DOOR, "clock", offset=-5400) == {"clock": "2026-01-05T06:30:00Z"}
    customer.show(FRONT_DOOR, 10001)
    event = customer.newest()
    assert event["hw_time"] == "2026-01-05T06:30:00.000Z"
    assert event["db_time"][:18] == "2026-01-05T08:00:0"


@pytest.mark.rule("LT-R193")
@pytest.mark.parametrize(
    ("offset", "card", "reason"),
    [(-1, 700, "Not Yet Effective"), (0, 700, ""), (3599, 700, ""), (3600, 700, "Expired"),
     (-3601, 10002, "Out Of Schedule"), (-3600, 10002, ""), (36_000, 10002, "Out Of Schedule")],
)  # fmt: skip
def test_a_core_judges_windows_and_schedules_by_its_own_clock(
    customer: Customer, offset: int, card: int, reason: str
) -> None:
    window = {"access_effective": "2026-01-05 08:00:00", "access_expires": "2026-01-05 09:00:00"}
    customer.users({"first_name": "A", "card_num": 700, "accesslevels": [{"id": 508}], **window})
    late = customer.world.core.now / 1_000_000 - 1_767_600_000  # the POST has taken some time since 08:00
    act(customer, FRONT_DOOR, "clock", offset=offset - late)
    assert customer.denied(FRONT_DOOR, card) == reason


@pytest.mark.rule("LT-R194")
def test_a_core_takes_its_bridges_time_after_a_card(customer: Customer) -> None:
    act(customer, FRONT_DOOR, "clock", offset=60, drift=24)
    customer.pass_time(DAY)
    assert error(customer) == 84
    customer.show(FRONT_DOOR, 1)
    assert (error(customer), error(customer, SUITE_12)) == (0, 0)
    customer.pass_time(DAY / 2)
    assert error(customer) == 12


@pytest.mark.rule("LT-R195")
def test_a_bridge_runs_on_by_itself_while_it_is_offline(customer: Customer) -> None:
    with pytest.raises(Impossible, match="off the network"):
        act(customer, BRIDGE, "clock")
    act(customer, BRIDGE, "network", on=False)
    act(customer, BRIDGE, "clock", offset=-10, drift=-5)
    customer.pass_time(2 * DAY)
    assert error(customer, BRIDGE) == -20
    customer.show(FRONT_DOOR, 1)
    assert (error(customer), error(customer, LAUNDRY)) == (-20, 0)
    act(customer, LAUNDRY, "clock", offset=7)
    assert act(customer, BRIDGE, "network", on=True)["delivered"] == 1
    assert (error(customer), error(customer, BRIDGE)) == (0, 0)
    assert error(customer, LAUNDRY) == 7, "it has had nothing to send"


@pytest.mark.rule("LT-R194")
def test_a_core_without_power_takes_its_bridges_time_with_a_new_battery(customer: Customer) -> None:
    for without in ({"missing": True}, {"level": 0}):
        act(customer, FRONT_DOOR, "clock", offset=60)
        act(customer, FRONT_DOOR, "battery", level=0.5)
        assert error(customer) == 60, "the battery was not out"
        act(customer, FRONT_DOOR, "battery", **without)
        customer.pass_time(60)
        act(customer, FRONT_DOOR, "battery")
        assert error(customer) == 0


def test_each_clock_has_a_drift_of_its_own_which_the_tester_can_change_later() -> None:
    customer = Customer(clock_drift=10)
    customer.post("/door", {"doors": [{"name": "Attic"}]})
    act(customer, BRIDGE, "network", on=False)
    customer.pass_time(100 * DAY)
    devices = [*map(str, customer.state.doors), BRIDGE]
    errors = [error(customer, device) for device in devices]
    assert len(set(errors)) == len(errors)
    assert all(0 < abs(one) <= 1000 for one in errors)
    customer.world.control("physics", clock_drift=0)
    customer.pass_time(100 * DAY)
    assert [error(customer, device) for device in devices] == errors
    assert error(customer, "bridge-2") == 0, "it is online"


def test_without_drift_and_drain_clocks_are_exact_and_batteries_full(customer: Customer) -> None:
    act(customer, SUITE_12, "battery")
    customer.pass_time(3650 * DAY)
    customer.show(SUITE_12, 10003)
    assert error(customer, SUITE_12) == 0
    assert customer.site.hardware[str(SUITE_12)].state["battery"] == 1


@pytest.mark.parametrize("args", [{"offset": 366 * DAY}, {"drift": 3601}, {"offset": float("nan")}, {"drift": -1e9}])
def test_a_clock_action_refuses_what_is_out_of_bounds(customer: Customer, args: dict[str, float]) -> None:
    act(customer, BRIDGE, "network", on=False)
    for device in (FRONT_DOOR, BRIDGE):
        with pytest.raises(Refused):
            act(customer, device, "clock", **args)


@pytest.mark.rule("LT-R196")
def test_fobs_cards_and_phones_are_judged_by_the_cores_clock_and_need_no_power(customer: Customer) -> None:
    fob = {"id": SPARE_FOB, "user_id": 1601, "access_expires": "2026-01-05 09:00:00"}
    customer.put("/fob", {"fobs": [fob]})
    customer.world.control("physics", battery_drain=10_000)
    customer.pass_time(1800)
    act(customer, FRONT_DOOR, "battery")
    assert customer.denied(FRONT_DOOR, 20002) == ""
    act(customer, FRONT_DOOR, "clock", offset=1800)
    assert customer.denied(FRONT_DOOR, 20002) == "Expired"
    assert {device.kind for device in customer.world.core.devices("lockt")} == {"door", "phone", "bridge"}


# ---- batteries


@pytest.mark.rule("LT-R126")
def test_a_drained_core_opens_for_nobody_until_it_has_a_new_battery() -> None:
    customer = Customer(battery_drain=1)
    act(customer, FRONT_DOOR, "battery")
    customer.pass_time(729 * DAY)
    assert customer.denied(FRONT_DOOR, 10001) == ""
    customer.pass_time(2 * DAY)
    assert customer.denied(FRONT_DOOR, 10001) == "Battery Missing"
    event = customer.newest()
    assert (event["subcode"], event["subcode_text"]) == (104, "Battery Missing")
    act(customer, FRONT_DOOR, "battery")
    assert customer.denied(FRONT_DOOR, 10001) == ""


@pytest.mark.rule("LT-R197")
def test_a_battery_out_of_its_core_keeps_its_charge() -> None:
    customer = Customer(battery_drain=10)
    act(customer, FRONT_DOOR, "battery", level=0.5)
    act(customer, FRONT_DOOR, "battery", missing=True)
    customer.pass_time(30 * DAY)
    customer.world.control("physics", battery_drain=100)
    customer.pass_time(DAY)
    assert act(customer, FRONT_DOOR, "battery", missing=False)["battery"] == 0.5
    customer.pass_time(DAY)
    assert customer.site.hardware[str(FRONT_DOOR)].state["battery"] == 0.363


def test_a_change_of_the_physics_keeps_what_the_system_knows_during_an_outage() -> None:
    customer = Customer(battery_drain=1)
    act(customer, FRONT_DOOR, "battery", level=0.8)
    act(customer, BRIDGE, "network", on=False)
    customer.pass_time(100 * DAY)
    customer.world.control("physics", battery_drain=2)
    customer.pass_time(100 * DAY)
    (front, *_) = customer.get("/doorstate").data
    assert front["battery_level"] == 0.8
    act(customer, BRIDGE, "network", on=True)
    assert customer.get("/doorstate").data[0]["battery_level"] == 0.38


# ---- walks


@pytest.mark.fuzz
def test_a_walk_with_drift_and_drain_replays_to_the_same_bytes() -> None:
    recovery.check_replays(VENDOR, HINTS, examples=max(3, fuzz.EXAMPLES // 20), state=STATE, **PHYSICS)
