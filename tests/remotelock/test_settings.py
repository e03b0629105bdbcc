"""The settings that a device accepts are those of its model's capabilities."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.remotelock import seed
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import MODELS, Model
from tests.remotelock.caller import Caller

LOCKS = [model for model in MODELS.values() if model.type == "lock" and model.number != "August"]
LISTS: dict[str, tuple[str, list[Any]]] = {
    "heartbeat_interval": ("heartbeat_intervals", [0, 10, 20, 300, 1200, 14400, 43200]),
    "auto_lock_timeout": ("auto_lock_timeouts", [0, 4, 5, 20, 21]),
    "wake_wifi": ("wake_wifi", ["user_action", "heartbeat_interval", "user_action_except_manual", "never"]),
    "power_source": ("power_sources", ["hardwire", "alkaline_battery", "lithium_battery", "battery"]),
}
"""attribute → the capability that lists its values, and some values."""
SWITCHES = {
    "muted": ("mute", True),
    "auto_lock": ("auto_lock_enable", False),
    "programming_code": ("programming_code", "987654"),
    "auto_lock_schedule_id": ("auto_lock_schedule", seed.NIGHT_LATCH),
    "lock_action_schedule_id": ("lock_action_schedule", seed.OPENING_HOURS),
}


def lock_of(caller: Caller, model: Model) -> str:
    attributes = {"name": "New", "serial_number": "S-1", "model_id": model.id, "location_id": seed.QUAY}
    return str(caller.post("/devices", **attributes).data["id"])


@pytest.mark.rule("RL-R135")
@pytest.mark.parametrize("model", LOCKS, ids=lambda model: model.number)
def test_a_lock_takes_the_values_that_its_model_lists(caller: Caller, model: Model) -> None:
    path = f"/devices/{lock_of(caller, model)}"
    for attribute, (capability, values) in LISTS.items():
        for value in values:
            reply = caller.put(path, **{attribute: value})
            if value in model.capabilities[capability]:
                assert reply.attributes[attribute] == value
            else:
                assert set(reply.errors) == {attribute}


@pytest.mark.rule("RL-R136")
@pytest.mark.parametrize("model", LOCKS, ids=lambda model: model.number)
def test_a_lock_has_the_settings_that_its_model_has(caller: Caller, model: Model) -> None:
    path = f"/devices/{lock_of(caller, model)}"
    for attribute, (capability, value) in SWITCHES.items():
        reply = caller.put(path, **{attribute: value})
        if model.capabilities[capability]:
            assert reply.attributes[attribute] == value
        else:
            assert reply.errors == {attribute: ["is not supported by this model"]}


@pytest.mark.rule("RL-R136")
@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("heartbeat_interval", "1200"), ("heartbeat_interval", True), ("heartbeat_interval", 1200.0), ("muted", "true"),
        ("auto_lock", None), ("auto_lock_timeout", None), ("programming_code", "12"), ("wake_wifi", ["user_action"]),
        ("default_guest_start_time", "noon"), ("location_id", None), ("location_id", "x"), ("name", ""),
        ("lock_action_schedule_id", seed.NIGHT_LATCH), ("auto_lock_schedule_id", 7),
    ],
)  # fmt: skip
def test_values_of_another_kind_are_refused(caller: Caller, attribute: str, value: Any) -> None:
    before = caller.get(f"/devices/{seed.FRONT_DOOR}").data
    assert set(caller.put(f"/devices/{seed.FRONT_DOOR}", **{attribute: value}).errors) == {attribute}
    assert caller.get(f"/devices/{seed.FRONT_DOOR}").data == before


@pytest.mark.rule("RL-R46")
def test_nothing_changes_when_anything_is_wrong(caller: Caller) -> None:
    before = caller.get(f"/devices/{seed.FRONT_DOOR}").data
    assert caller.put(f"/devices/{seed.FRONT_DOOR}", name="New", muted=True, auto_lock_timeout=4).status == 422
    assert caller.get(f"/devices/{seed.FRONT_DOOR}").data == before


@pytest.mark.rule("RL-R67")
def test_relations_come_and_go(caller: Caller) -> None:
    path = f"/devices/{seed.FRONT_DOOR}"
    shown = caller.put(path, lock_action_schedule_id=seed.OPENING_HOURS, auto_lock_schedule_id=seed.NIGHT_LATCH).data
    assert list(shown["links"]) == ["self", "model", "location", "auto_lock_schedule", "lock_action_schedule"]
    shown = caller.put(path, lock_action_schedule_id=None, auto_lock_schedule_id=None).data
    assert list(shown["links"]) == ["self", "model", "location"]
    assert not {"lock_action_schedule_id", "auto_lock_schedule_id"} & shown["attributes"].keys()


@pytest.mark.rule("RL-R137")
def test_local_pins_can_only_be_removed(caller: Caller) -> None:
    path = f"/devices/{seed.FRONT_DOOR}"
    lock = caller.site.hardware[seed.FRONT_DOOR]
    for pin in ("1111", "2222", "3333"):
        lock.program_pin(code="604218", pin=pin)
    lock.heartbeat()
    assert caller.get(path).attributes["local_pins"] == ["3719", "1111", "2222", "3333"]
    assert set(caller.put(path, local_pins=["1111", "4444"]).errors) == {"local_pins"}
    assert caller.put(path, local_pins=["3333", "1111"]).attributes["local_pins"] == ["1111", "3333"]
    assert set(caller.put(path, local_pins=["2222"]).errors) == {"local_pins"}
    odds: list[Any] = ["1111", [1111], [None], {}]
    for odd in odds:
        assert set(caller.put(path, local_pins=odd).errors) == {"local_pins"}
    assert caller.put(path, local_pins=[]).attributes["local_pins"] == []


@pytest.mark.rule("RL-R138")
@pytest.mark.parametrize(
    ("attribute", "good", "bad"),
    [
        ("target_mode", "heat", "cold"), ("fan_mode", "auto_circulate", "off"), ("hold", True, "yes"),
        ("energy_saver", False, 1), ("target_temperature", 71.5, "71"), ("heartbeat_interval", 60, 61),
    ],
)  # fmt: skip
def test_a_thermostat_accepts_the_modes_of_its_model(caller: Caller, attribute: str, good: Any, bad: Any) -> None:
    path = f"/devices/{seed.THERMOSTAT}"
    assert caller.put(path, **{attribute: good}).attributes[attribute] == good
    assert set(caller.put(path, **{attribute: bad}).errors) == {attribute}


@pytest.mark.rule("RL-R139")
def test_a_thermostats_target_is_desired(caller: Caller) -> None:
    assert (
        caller.put(f"/devices/{seed.THERMOSTAT}", target_temperature=70).attributes["desired_target_temperature"]
        == 70.0
    )


@pytest.mark.rule("RL-R140")
def test_plugs_and_thermostats_keep_their_serial_numbers(caller: Caller) -> None:
    for device in (seed.PLUG, seed.THERMOSTAT):
        before = caller.get(f"/devices/{device}").attributes["serial_number"]
        assert caller.put(f"/devices/{device}", serial_number="X").attributes["serial_number"] == before


@pytest.mark.rule("RL-R141")
def test_a_resort_lock_takes_name_place_serial_number_and_times(caller: Caller) -> None:
    given = {"name": "Hut", "location_id": seed.QUAY, "serial_number": "R", "default_guest_start_time": "10:00:00"}
    shown = caller.put(f"/devices/{seed.CABIN}", **given, default_guest_end_time=None).attributes
    assert {name: shown[name] for name in given} == given


@pytest.mark.rule("RL-R552")
@pytest.mark.parametrize(("degrees", "status"), [(-100, 200), (200, 200), (200.5, 422), (-101, 422)])
def test_a_target_temperature_has_limits(caller: Caller, degrees: float, status: int) -> None:
    assert caller.put(f"/devices/{seed.THERMOSTAT}", target_temperature=degrees).status == status


@pytest.mark.rule("RL-R552")
@pytest.mark.parametrize(("code", "status"), [("1234", 200), ("1" * 10, 200), ("123", 422), ("1" * 11, 422)])
def test_a_programming_code_has_four_to_ten_digits(caller: Caller, code: str, status: int) -> None:
    assert caller.put(f"/devices/{seed.FRONT_DOOR}", programming_code=code).status == status


@pytest.mark.rule("RL-R558")
def test_guest_deferrable_is_a_capability_without_an_effect(caller: Caller) -> None:
    """GARAGE's model has it, FRONT_DOOR's has not; both take the same access."""
    models = {item["id"]: item["attributes"]["capabilities"] for item in caller.get("/models").data}
    for lock, deferrable in ((seed.GARAGE, True), (seed.FRONT_DOOR, False)):
        assert models[caller.get(f"/devices/{lock}").attributes["model_id"]]["guest_deferrable"] is deferrable
        assert caller.grant_access(seed.NEWCOMER, "lock", lock).status == 201


@pytest.mark.rule("RL-R555")
def test_default_guest_times(caller: Caller) -> None:
    shown = caller.get("/account").attributes
    assert (shown["default_guest_start_time"], shown["default_guest_end_time"]) == ("16:00:00", "11:00:00")
    new = Account(id="", created_at=0, updated_at=0, name="", primary_owner_id="", owner_role_id="")
    assert (new.default_guest_start_time, new.default_guest_end_time) == ("11:00:00", "23:00:00")
