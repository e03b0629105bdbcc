"""Plugs, thermostats, ACS doors and resort locks."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.engine.errors import Impossible
from locksim.remotelock import seed
from tests.remotelock.keeper import Keeper


def shown(keeper: Keeper, key: str) -> dict[str, Any]:
    output: dict[str, Any] = keeper.read(f"/devices/{key}")["attributes"]
    return output


# ---- plugs


@pytest.mark.rule("RL-R270", "RL-R544")
def test_a_plug_switches_at_once_and_reports_its_relay(keeper: Keeper) -> None:
    assert keeper.change(f"/devices/{seed.PLUG}/power_off")["attributes"]["on"] is False
    assert keeper.change(f"/devices/{seed.PLUG}/power_off")["attributes"]["on"] is False
    keeper.pass_time(1)
    keeper.device(seed.PLUG).press()
    assert shown(keeper, seed.PLUG)["on"] is True
    output = keeper.events("relay_enabled", "relay_disabled")
    assert [(one["type"], one["attributes"]["source"]) for one in output] == [
        ("relay_enabled_event", "user"),
        ("relay_disabled_event", "network"),
    ]


@pytest.mark.rule("RL-R271")
def test_a_plug_follows_its_schedule(keeper: Keeper) -> None:
    """PLUG_HOURS in New York: on at 08:00, off at 18:00, on workdays; it is on when the world begins."""
    keeper.until("2026-01-06T12:59:59Z")
    assert shown(keeper, seed.PLUG)["on"] is False
    keeper.pass_time(1)
    assert shown(keeper, seed.PLUG)["on"] is True
    output = [(one["type"], one["attributes"]["source"]) for one in keeper.events("relay_enabled", "relay_disabled")]
    assert output == [("relay_enabled_event", "device"), ("relay_disabled_event", "device")]


@pytest.mark.rule("RL-R272")
def test_an_offline_plug_shows_the_expected_state_and_switches_when_it_is_back(keeper: Keeper) -> None:
    plug = keeper.device(seed.PLUG)
    plug.network(on=False)
    assert keeper.change(f"/devices/{seed.PLUG}/power_off")["attributes"]["on"] is False
    assert plug.state["on"]
    keeper.pass_time(2 * 3600)
    assert not shown(keeper, seed.PLUG)["alive"]
    plug.network(on=True)
    assert not plug.state["on"]
    assert [one["attributes"]["status"] for one in keeper.events("connectivity")] == ["succeeded", "failed"]
    assert len(keeper.events("relay_disabled")) == 1


@pytest.mark.rule("RL-R273")
def test_a_plugs_measurements_are_shown(keeper: Keeper) -> None:
    keeper.device(seed.PLUG).measure(power=12.5, occupied=False)
    assert (shown(keeper, seed.PLUG)["power"], shown(keeper, seed.PLUG)["occupied"]) == (12.5, False)


# ---- thermostats


@pytest.mark.rule("RL-R274")
def test_a_thermostat_reports_changed_measurements(keeper: Keeper) -> None:
    hall = keeper.device(seed.THERMOSTAT)
    hall.measure(temperature=71.5, humidity=45)
    hall.measure(temperature=71.5, humidity=51)
    output = keeper.events("temperature_changed", "humidity_changed")
    assert {
        (one["type"], one["attributes"].get("temperature", one["attributes"].get("humidity"))) for one in output
    } == {
        ("temperature_changed_event", 71.5),
        ("humidity_changed_event", 51),
    }
    assert len(output) == 2
    # It was cooling down to 75.5; in `auto` it heats what is colder.
    assert shown(keeper, seed.THERMOSTAT)["current_mode"] == "heat"


@pytest.mark.rule("RL-R275", "RL-R545")
@pytest.mark.parametrize("hold", [False, True])
def test_a_thermostat_follows_its_schedule_unless_it_is_held(keeper: Keeper, hold: bool) -> None:
    """HEATING in New York, at 08:00: cool 60, heat 70."""
    keeper.change(f"/devices/{seed.THERMOSTAT}", hold=hold)
    keeper.until("2026-01-05T13:00:00Z")
    output = shown(keeper, seed.THERMOSTAT)
    assert output["scheduled_target_temperature"] == 60.0
    assert output["target_temperature"] == (75.5 if hold else 60.0)


@pytest.mark.rule("RL-R276")
def test_an_offline_thermostat_reports_when_it_is_back(keeper: Keeper) -> None:
    hall = keeper.device(seed.THERMOSTAT)
    hall.network(on=False)
    hall.measure(temperature=80)
    assert shown(keeper, seed.THERMOSTAT)["temperature"] == 77.0
    hall.network(on=True)
    assert shown(keeper, seed.THERMOSTAT)["temperature"] == 80.0
    assert len(keeper.events("temperature_changed")) == 1


@pytest.mark.rule("RL-R277", "RL-R546")
def test_a_thermostat_reports_a_low_battery(keeper: Keeper) -> None:
    with pytest.raises(Impossible):
        keeper.device(seed.THERMOSTAT).battery(level=10)
    model = next(one["id"] for one in keeper.everything("/models") if one["attributes"]["number"] == "LS-60i")
    given = {"name": "Attic", "serial_number": "60", "model_id": model, "location_id": seed.QUAY}
    thermostat = keeper.make("/devices", **given)["id"]
    assert shown(keeper, thermostat)["power_source"] == "hardwire"
    for level in (20, 10, 100, 20):
        keeper.device(thermostat).battery(level=level)
    assert [one["attributes"]["power_level"] for one in keeper.events("power_level_low")] == [20, 20]
    assert (shown(keeper, thermostat)["power_source"], shown(keeper, thermostat)["power_level"]) == ("battery", 20)


@pytest.mark.rule("RL-R516")
def test_a_new_plug_and_a_new_thermostat_measure_what_their_samples_show(keeper: Keeper) -> None:
    models = {one["attributes"]["number"]: one["id"] for one in keeper.everything("/models")}
    given = {"name": "New", "location_id": seed.QUAY}
    plug = keeper.make("/devices", serial_number="1", model_id=models["LS-P100mi"], **given)["attributes"]
    assert (plug["on"], plug["voltage"], plug["occupied"]) == (True, 120.0, True)
    warm = keeper.make("/devices", serial_number="2", model_id=models["LS-90i"], **given)["attributes"]
    assert (warm["temperature"], warm["target_temperature"], warm["humidity"]) == (77.0, 75.5, 45)
    assert (warm["current_mode"], warm["target_mode"], warm["fan_mode"]) == ("cool", "auto", "auto")


# ---- doors


@pytest.mark.rule("RL-R280")
def test_a_door_executes_a_command_at_once(keeper: Keeper) -> None:
    assert keeper.change(f"/acs/doors/{seed.LOBBY}/unlock")["attributes"]["state"] == "unlocked"
    assert keeper.device(seed.LOBBY).state["bolt"] == "unlocked"
    keeper.change(f"/acs/doors/{seed.LOBBY}/lock")
    assert keeper.reported("locked", "unlocked") == ["unlocked", "locked"]


@pytest.mark.rule("RL-R281")
def test_a_temporary_unlock_ends_by_itself(keeper: Keeper) -> None:
    keeper.change(f"/acs/doors/{seed.LOBBY}/temporary_unlock")
    keeper.pass_time(4.9)
    assert keeper.read(f"/acs/doors/{seed.LOBBY}")["attributes"]["state"] == "unlocked"
    keeper.pass_time(0.1)
    assert keeper.read(f"/acs/doors/{seed.LOBBY}")["attributes"]["state"] == "locked"
    assert keeper.reported("locked", "unlocked") == ["unlocked", "locked"]


@pytest.mark.rule("RL-R282", "RL-R547")
def test_an_offline_door_executes_a_command_when_it_is_back(keeper: Keeper) -> None:
    yard = keeper.device(seed.YARD)
    assert keeper.change(f"/acs/doors/{seed.YARD}/lock")["attributes"]["state"] == "locked"
    assert (yard.state["bolt"], keeper.events()) == ("unlocked", [])
    yard.network(on=True)
    assert yard.state["bolt"] == "locked"
    assert keeper.reported("locked") == ["locked"]


@pytest.mark.rule("RL-R283")
def test_a_controller_reports_what_happens_at_its_door(keeper: Keeper) -> None:
    lobby = keeper.device(seed.LOBBY)
    assert lobby.open()["open"]
    assert not lobby.close()["open"]
    lobby.request_exit()
    lobby.open()
    keeper.pass_time(29)
    assert keeper.events("acs_door_held_open") == []
    keeper.pass_time(1)
    assert len(keeper.events("acs_door_held_open")) == 1
    lobby.close()
    lobby.hold_open()
    keeper.pass_time(60)
    assert sorted(set(keeper.reported())) == [
        "acs_door_closed",
        "acs_door_held_open",
        "acs_door_opened",
        "acs_requested_to_exit",
    ]
    assert len(keeper.events("acs_door_held_open")) == 2


@pytest.mark.rule("RL-R284")
def test_a_door_opens_for_persons_with_access_in_the_account(keeper: Keeper) -> None:
    lobby = keeper.device(seed.LOBBY)
    assert lobby.enter_pin(pin="4071")["granted"]
    assert not lobby.enter_pin(pin="2846")["granted"]
    assert not lobby.present_card()["granted"]
    keeper.pass_time(5)
    assert keeper.read(f"/acs/doors/{seed.LOBBY}")["attributes"]["state"] == "locked"
    output = keeper.reported("unlocked", "access_denied", "access_person_used")
    assert sorted(output) == ["access_denied", "access_denied", "access_person_used", "unlocked"]
    lobby.network(on=False)
    assert lobby.enter_pin(pin="4071")["reason"] == "no_controller"


# ---- resort locks


def cabin_guest(keeper: Keeper, **more: Any) -> dict[str, Any]:
    """From 04:00 to 09:00 in New York today."""
    given = {"starts_at": "2026-01-05T04:00:00", "ends_at": "2026-01-05T09:00:00"} | more
    output: dict[str, Any] = keeper.make("/resort_lock_guests", resort_lock_id=seed.CABIN, name="Piet", **given)
    return output


@pytest.mark.rule("RL-R290")
def test_a_resort_code_opens_within_its_hours_without_an_event(keeper: Keeper) -> None:
    pin, cabin = cabin_guest(keeper)["attributes"]["pin"], keeper.device(seed.CABIN)
    tries = []
    for moment in ("08:59:59", "09:00:00", "13:59:59", "14:00:00"):
        keeper.until(f"2026-01-05T{moment}Z")
        tries.append(cabin.enter_pin(pin=pin)["granted"])
    assert tries == [False, True, True, False]
    assert keeper.events("unlocked", "access_denied", "access_person_used") == [
        one for one in keeper.events("unlocked") if one["attributes"]["publisher_id"] == seed.STORE_ROOM
    ]


@pytest.mark.rule("RL-R291")
def test_one_time_access_is_one_entry(keeper: Keeper) -> None:
    pin = cabin_guest(keeper, one_time_access=True)["attributes"]["pin"]
    keeper.until("2026-01-05T10:00:00Z")
    assert [keeper.device(seed.CABIN).enter_pin(pin=pin)["granted"] for _ in range(2)] == [True, False]


@pytest.mark.rule("RL-R292", "RL-R548")
def test_a_deleted_guests_code_still_opens(keeper: Keeper) -> None:
    guest = cabin_guest(keeper)
    keeper.remove(f"/resort_lock_guests/{guest['id']}")
    keeper.until("2026-01-05T10:00:00Z")
    assert keeper.device(seed.CABIN).enter_pin(pin=guest["attributes"]["pin"])["granted"]


@pytest.mark.rule("RL-R293", "RL-R549")
def test_guests_make_codes_of_their_own(keeper: Keeper) -> None:
    pin, cabin = cabin_guest(keeper)["attributes"]["pin"], keeper.device(seed.CABIN)
    assert not cabin.program_code(pin=pin, code="4711")["programmed"]
    keeper.until("2026-01-05T10:00:00Z")
    assert cabin.program_code(pin=pin, code="4711")["programmed"]
    assert cabin.enter_pin(pin=4711)["granted"]
    keeper.until("2026-01-05T14:00:00Z")
    assert not cabin.enter_pin(pin=4711)["granted"]


@pytest.mark.rule("RL-R517")
@pytest.mark.parametrize("how", ["temporary_unlock", "pin"])
def test_a_door_that_is_held_unlocked_stays_unlocked(keeper: Keeper, how: str) -> None:
    keeper.change(f"/acs/doors/{seed.LOBBY}/unlock")
    if how == "pin":
        assert keeper.device(seed.LOBBY).enter_pin(pin="4071")["granted"]
    else:
        keeper.change(f"/acs/doors/{seed.LOBBY}/temporary_unlock")
    keeper.pass_time(60)
    assert keeper.read(f"/acs/doors/{seed.LOBBY}")["attributes"]["state"] == "unlocked"


@pytest.mark.rule("RL-R511")
def test_an_offline_plug_forgets_a_command_after_a_day(keeper: Keeper) -> None:
    plug = keeper.device(seed.PLUG)
    keeper.change(f"/devices/{seed.PLUG}", power_plug_schedule_id=None)
    plug.network(on=False)
    keeper.change(f"/devices/{seed.PLUG}/power_off")
    keeper.pass_time(90_000)
    plug.network(on=True)
    assert shown(keeper, seed.PLUG)["on"] is True
