"""Registering, replacing and deregistering devices."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.remotelock import seed
from locksim.remotelock.catalog import MODELS, model_of
from tests.remotelock.caller import Caller, Reply
from tests.remotelock.keeper import Keeper


def register(caller: Caller, model: str, **attributes: Any) -> Reply:
    given = {"name": "New", "serial_number": "S-1", "model_id": model_of(model).id, "location_id": seed.QUAY}
    return caller.post("/devices", **(given | attributes))


@pytest.mark.rule("RL-R130")
@pytest.mark.parametrize("model", [model.number for model in MODELS.values()])
def test_a_device_is_of_its_models_type_if_that_can_be_registered(caller: Caller, model: str) -> None:
    reply = register(caller, model)
    if model == "August":
        assert reply.errors == {"model_id": ["cannot be registered"]}
        return
    assert (reply.status, reply.data["type"]) == (201, model_of(model).type)
    assert caller.get(f"/devices/{reply.data['id']}").data["type"] == model_of(model).type


@pytest.mark.rule("RL-R132")
def test_a_lock_that_has_not_connected_says_nothing_of_itself(caller: Caller) -> None:
    for shown in (register(caller, "LS-6i").attributes, caller.get(f"/devices/{seed.BARE_LOCK}").attributes):
        assert (shown["connected_at"], shown["programming_code"], shown["local_pins"]) == (None, None, None)
        assert (shown["connected"], shown["alive"], shown["heartbeat_interval"], shown["power_level"]) == (
            False,
            False,
            0,
            0,
        )


@pytest.mark.rule("RL-R131")
def test_missing_and_invalid_attributes_are_errors(caller: Caller) -> None:
    assert set(caller.call("POST", "/devices", {"attributes": {}}).errors) == {
        "name",
        "serial_number",
        "model_id",
        "location_id",
    }
    wrong = {"model_id": "LS-6i", "location_id": "here", "name": "", "serial_number": None}
    assert set(register(caller, "LS-6i", **wrong).errors) == set(wrong)
    assert set(register(caller, "LS-6i", location_id=seed.MILL).errors) == {"location_id"}


@pytest.mark.rule("RL-R535")
def test_a_serial_number_is_registered_once_in_the_world(caller: Caller) -> None:
    for serial in ("AC000W006113208", "AC000W006450077"):
        assert register(caller, "LS-6i", serial_number=serial).errors == {"serial_number": ["has already been taken"]}
    caller.delete(f"/devices/{seed.FRONT_DOOR}")
    assert register(caller, "LS-6i", serial_number="AC000W006113208").status == 201


@pytest.mark.rule("RL-R42", "RL-R44")
def test_without_a_subscription_nothing_is_registered(caller: Caller) -> None:
    caller.site.support("subscription")
    reply = register(caller, "LS-6i")
    assert (reply.status, reply.json) == (
        403, {"message": "Please create a subscription", "type": "billing_subscription_required"}
    )  # fmt: skip
    caller.site.support("subscription", active=True)
    assert register(caller, "LS-6i").status == 201


@pytest.mark.rule("RL-R133")
def test_each_type_takes_its_own_extras(caller: Caller) -> None:
    plug = register(caller, "LS-P50i", serial_number="1", heartbeat_interval=60, power_plug_schedule_id=seed.PLUG_HOURS)
    assert plug.attributes["power_plug_schedule_id"] == seed.PLUG_HOURS
    assert plug.attributes["heartbeat_interval"] == 60
    warm = register(caller, "LS-60i", serial_number="2", thermostat_schedule_id=seed.HEATING)
    assert warm.data["links"]["thermostat_schedule"].endswith(seed.HEATING)
    cabin = register(caller, "RL-2000", serial_number="3", default_guest_start_time="11:30")
    assert cabin.attributes["default_guest_start_time"] == "11:30:00"
    assert register(caller, "LS-P50i", serial_number="4", heartbeat_interval=61).errors
    assert register(caller, "LS-P50i", serial_number="4", power_plug_schedule_id=seed.HEATING).errors


@pytest.mark.rule("RL-R134")
@pytest.mark.parametrize("device", [seed.THERMOSTAT, seed.PLUG, seed.GARAGE])
def test_a_device_that_cannot_be_replaced_has_the_restricted_action(caller: Caller, device: str) -> None:
    assert caller.get(f"/devices/{device}").data["meta"] == {"restricted_actions": ["replace"]}


@pytest.mark.rule("RL-R134")
@pytest.mark.parametrize("device", [seed.FRONT_DOOR, seed.CABIN, seed.LOBBY])
def test_other_devices_have_no_restricted_actions(caller: Caller, device: str) -> None:
    assert "meta" not in caller.get(f"/devices/{device}").data


@pytest.mark.rule("RL-R134")
def test_a_replaceable_lock_gets_another_serial_number_and_the_others_do_not(caller: Caller) -> None:
    assert caller.put(f"/devices/{seed.FRONT_DOOR}", serial_number="NEW-1").attributes["serial_number"] == "NEW-1"
    refused = caller.put(f"/devices/{seed.GARAGE}", serial_number="NEW-2")
    assert (refused.status, list(refused.json)) == (403, ["message", "type"])
    assert caller.put(f"/devices/{seed.GARAGE}", serial_number="20F85E3A10C7", name="Same").status == 200


@pytest.mark.rule("RL-R146")
def test_with_a_device_go_its_accesses_places_guests_and_listeners(caller: Caller) -> None:
    listens = {"publisher_type": "lock", "publisher_id": seed.FRONT_DOOR, "events": [{"event_type": "reset"}]}
    hears = {"subscriber_type": "email_notification_subscriber", "subscriber_id": seed.MAILED}
    subscription = caller.post("/notification_subscriptions", **listens, **hears).data["id"]
    assert caller.delete(f"/devices/{seed.FRONT_DOOR}").status == 204
    assert caller.get(f"/devices/{seed.FRONT_DOOR}").status == 404
    assert seed.CARETAKER_FRONT not in caller.get(f"/access_persons/{seed.CARETAKER}/accesses").ids
    assert [door["attributes"]["door_id"] for door in caller.get(f"/groups/{seed.INDOORS}/doors").data] == [seed.LOBBY]
    assert caller.get(f"/notification_subscriptions/{subscription}").status == 404
    assert caller.delete(f"/devices/{seed.CABIN}").status == 204
    assert caller.get("/resort_lock_guests").data == []


@pytest.mark.rule("RL-R147", "RL-R536")
def test_doors_are_shown_among_devices_but_live_elsewhere(caller: Caller) -> None:
    door = caller.get(f"/devices/{seed.LOBBY}").data
    assert door["links"]["self"].endswith(f"/acs/doors/{seed.LOBBY}")
    assert caller.put(f"/devices/{seed.LOBBY}", name="X").status == 404
    assert caller.delete(f"/devices/{seed.LOBBY}").status == 404
    assert caller.get(f"/acs/doors/{seed.FRONT_DOOR}").status == 404


@pytest.mark.rule("RL-R518")
def test_a_replaced_lock_is_another_lock(keeper: Keeper) -> None:
    """Its battery is new, and it has no grants until its first contact."""
    front = keeper.device(seed.FRONT_DOOR)
    front.battery(level=50)
    front.heartbeat()
    shown = keeper.change(f"/devices/{seed.FRONT_DOOR}", serial_number="NEW-1")["attributes"]
    assert (shown["serial_number"], shown["connected_at"], shown["power_level"]) == ("NEW-1", None, 0)
    assert not front.enter_pin(pin="4071")["granted"]
    keeper.pass_time(130)
    assert keeper.read(f"/devices/{seed.FRONT_DOOR}")["attributes"]["power_level"] > 90
    assert front.enter_pin(pin="4071")["granted"]


@pytest.mark.rule("RL-R519")
def test_a_lock_that_is_registered_again_is_as_it_was(keeper: Keeper) -> None:
    """It opens by its old grants until its first contact."""
    keeper.device(seed.FRONT_DOOR).battery(level=50)
    known = keeper.read(f"/devices/{seed.FRONT_DOOR}")["attributes"]
    keeper.remove(f"/devices/{seed.FRONT_DOOR}")
    given = {name: known[name] for name in ("serial_number", "model_id", "location_id")}
    back = keeper.make("/devices", name="Back", **given)
    assert back["attributes"]["connected_at"] is None
    lock = keeper.device(back["id"])
    assert lock.enter_pin(pin="3719")["granted"]
    assert lock.enter_pin(pin="7195")["reason"] is not None
    keeper.pass_time(130)
    assert keeper.read(f"/devices/{back['id']}")["attributes"]["power_level"] == 50
