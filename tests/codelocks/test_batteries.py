"""Batteries drain where the world's physics says so, to the warning, and to the end."""

from __future__ import annotations

import pytest

from locksim.codelocks.seed import ANNEXE, FRONT_GATE, HUGH, MAIN_DOOR, MARY
from locksim.engine.errors import Impossible, Refused
from tests.codelocks.caller import Caller

FLAT = {"opened": False, "reason": "batteries_flat"}


def level(api: Caller, lock: str) -> float:
    return float(api.device(lock).state["battery"])


def status(api: Caller, lock: str) -> tuple[str, str]:
    shown = api.k3connect(lock).json
    return shown["BatteryStatus"], shown["BatteryUpdated"]


@pytest.mark.rule("CL-R149")
@pytest.mark.parametrize("lock", [FRONT_GATE, MAIN_DOOR])
def test_without_drain_batteries_last_for_ever(api: Caller, lock: str) -> None:
    code = api.code(lock, "2026-01-05 08:00")
    assert api.opens(lock, code)
    api.advance_to("2036-01-05 08:00:00")
    assert level(api, lock) == 1


@pytest.mark.rule("CL-R149")
@pytest.mark.parametrize("lock", [FRONT_GATE, MAIN_DOOR])
def test_batteries_last_twenty_thousand_openings_or_three_years(lock: str) -> None:
    api = Caller(battery_drain=1)
    device, code = api.device(lock), api.code(lock, "2026-01-05 08:00")
    device.enter_netcode(code=code)
    assert level(api, lock) == 1 - 1 / 20_000
    device.enter_netcode(code="000000")
    assert level(api, lock) == round(1 - 1.1 / 20_000, 6)
    api.advance_to("2028-12-25 08:00:00")
    assert level(api, lock) > 0
    api.advance_to("2029-01-10 08:00:00")
    assert level(api, lock) == 0
    assert device.enter_netcode(code="000000") == FLAT


@pytest.mark.rule("CL-R149")
def test_a_factor_drains_faster_and_a_change_counts_from_then_on() -> None:
    api = Caller(battery_drain=100)
    api.advance_to("2026-01-06 08:00:00")
    assert level(api, FRONT_GATE) == 1 - 0.0913
    api.device(MAIN_DOOR).sync()
    assert level(api, MAIN_DOOR) == round(1 - 0.0913 - 0.001, 6)
    api.world.physics(battery_drain=0)
    api.advance_to("2027-01-06 08:00:00")
    assert level(api, FRONT_GATE) == 1 - 0.0913


@pytest.mark.rule("CL-R150")
def test_a_kitlock_shows_low_batteries_at_its_keypad(api: Caller) -> None:
    gate, code = api.device(FRONT_GATE), api.code(FRONT_GATE, "2026-01-05 08:00")
    gate.battery(level=0.2)
    assert gate.enter_netcode(code=code) == {"opened": True, "reason": "netcode"}
    gate.battery(level=0.19)
    assert gate.enter_netcode(code=code) == {"opened": True, "reason": "netcode", "battery_low": True}
    assert gate.enter_master() == {"opened": True, "reason": "master_code", "battery_low": True}


@pytest.mark.rule("CL-R150")
def test_a_k3connect_lock_reports_low_batteries_with_its_next_contact(api: Caller) -> None:
    door = api.device(MAIN_DOOR)
    door.battery(level=0.19)
    api.advance_to("2026-01-05 09:00:00")
    assert status(api, MAIN_DOOR) == ("FULL", "2026-01-04T08:00:00")
    door.sync()
    assert status(api, MAIN_DOOR) == ("LOW", "2026-01-05T09:00:00")
    door.replace_batteries()
    assert status(api, MAIN_DOOR)[0] == "LOW"
    door.unlock_by_phone(phone=MARY)
    assert status(api, MAIN_DOOR)[0] == "FULL"


@pytest.mark.rule("CL-R150")
def test_a_gateway_reports_low_batteries_at_once() -> None:
    api = Caller(battery_drain=100)
    door = api.device(MAIN_DOOR)
    door.gateway(on=True)
    api.advance_to("2026-01-14 02:00:00")
    assert status(api, MAIN_DOOR) == ("FULL", "2026-01-05T08:00:00")
    api.advance_to("2026-01-14 07:00:00")
    low, when = status(api, MAIN_DOOR)
    assert (low, when[:11]) == ("LOW", "2026-01-14T")
    api.advance_to("2026-02-14 08:00:00")
    assert (level(api, MAIN_DOOR), status(api, MAIN_DOOR)) == (0, (low, when))
    door.gateway(on=False)
    assert status(api, MAIN_DOOR) == (low, when)


@pytest.mark.rule("CL-R150")
def test_a_gateway_reports_new_batteries_at_once(api: Caller) -> None:
    door = api.device(MAIN_DOOR)
    door.gateway(on=True)
    door.battery(level=0.1)
    assert status(api, MAIN_DOOR)[0] == "LOW"
    door.replace_batteries()
    assert status(api, MAIN_DOOR)[0] == "FULL"


@pytest.mark.rule("CL-R150")
def test_a_lock_that_was_never_synced_has_no_known_batteries(api: Caller) -> None:
    api.device(ANNEXE).battery(level=0.1)
    assert status(api, ANNEXE) == ("UNKNOWN", "1970-01-01T00:00:00")


@pytest.mark.rule("CL-R151")
def test_a_kitlock_with_flat_batteries_opens_for_nobody(api: Caller) -> None:
    gate, code = api.device(FRONT_GATE), api.code(FRONT_GATE, "2026-01-05 08:00")
    gate.battery(level=0)
    assert [gate.enter_netcode(code=code), gate.enter_master()] == [FLAT, FLAT]
    assert gate.initialise()["initialised"] is False
    with pytest.raises(Impossible, match="are flat"):
        gate.set_clock()


@pytest.mark.rule("CL-R151")
def test_a_k3connect_lock_with_flat_batteries_opens_for_nobody_and_reports_nothing(api: Caller) -> None:
    door, code = api.device(MAIN_DOOR), api.code(MAIN_DOOR, "2026-01-05 08:00")
    door.battery(level=0)
    before = door.state["events"]
    assert [door.enter_netcode(code=code), door.unlock_by_phone(phone=MARY)] == [FLAT, FLAT]
    for contact in (door.sync, door.gateway):
        with pytest.raises(Impossible, match="are flat"):
            contact()
    assert (door.state["events"], status(api, MAIN_DOOR)[0]) == (before, "FULL")
    door.replace_batteries()
    assert api.opens(MAIN_DOOR, code)


@pytest.mark.rule("CL-R151")
def test_events_from_before_flat_batteries_are_reported_once_there_are_new_ones(api: Caller) -> None:
    annexe = api.device(ANNEXE)
    annexe.unlock_by_phone(phone=MARY)
    annexe.battery(level=0)
    annexe.replace_batteries()
    assert annexe.sync() == {"heard": 1}
    annexe.unlock_by_phone(phone=HUGH)


@pytest.mark.rule("CL-R152")
def test_flat_batteries_stop_the_clock_of_a_kitlock() -> None:
    api = Caller(battery_drain=1000)
    gate, code = api.device(FRONT_GATE), api.code(FRONT_GATE, "2026-01-07 08:00", 11)
    api.advance_to("2026-01-07 08:00:00")
    assert (gate.state["clock"], gate.state["battery"]) == (None, 0)
    gate.battery(level=1)
    assert gate.enter_netcode(code=code)["reason"] == "clock_not_set"
    gate.set_clock()
    assert gate.enter_netcode(code=code)["opened"]


@pytest.mark.rule("CL-R152")
def test_the_clock_of_a_k3connect_lock_goes_on_from_when_the_batteries_went_flat(api: Caller) -> None:
    door = api.device(MAIN_DOOR)
    door.battery(level=0)
    api.advance_to("2026-01-05 10:00:00")
    assert door.replace_batteries() == {"battery": 1, "clock": "2026-01-05T08:00:00"}
    api.advance_to("2026-01-05 11:00:00")
    assert door.state["drift"] == -7200
    door.sync()
    assert door.state["drift"] == 0


@pytest.mark.parametrize("lock", [FRONT_GATE, MAIN_DOOR])
@pytest.mark.parametrize("charge", [-0.1, 1.1])
def test_a_level_is_a_number_from_zero_to_one(api: Caller, lock: str, charge: float) -> None:
    with pytest.raises(Refused, match="invalid level"):
        api.device(lock).battery(level=charge)
