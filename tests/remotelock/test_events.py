"""Events as they are shown; what made them is the hardware's."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from locksim.remotelock.catalog import EVENT_ATTRIBUTES, EVENT_TYPES
from tests.remotelock.caller import Caller

HEAD = ["source", "status", "time_zone", "occurred_at", "created_at", "updated_at"]
TAIL = ["publisher_id", "publisher_type"]
ABOUT = ["associated_resource_id", "associated_resource_type"]


@pytest.mark.rule("RL-R190", "RL-R193")
def test_the_default_world_has_one_of_each_type_and_each_tells_what_it_tells(desk: Caller) -> None:
    events = {event["type"]: event for event in desk.get("/events").data}
    assert set(events) == {f"{kind}_event" for kind in EVENT_TYPES}
    for kind, told in EVENT_ATTRIBUTES.items():
        keys = list(events[f"{kind}_event"]["attributes"])
        assert keys[: -2 if ABOUT[0] not in keys else -4] == [*HEAD, *told], kind
        assert keys in ([*HEAD, *told, *TAIL], [*HEAD, *told, *TAIL, *ABOUT])


@pytest.mark.rule("RL-R190")
def test_the_latest_comes_first(desk: Caller) -> None:
    times = [event["attributes"]["occurred_at"] for event in desk.get("/events").data]
    assert times == sorted(times, reverse=True)


def test_somebody_unlocked_the_front_door(desk: Caller) -> None:
    event = desk.get(f"/events/{seed.UNLOCKED}").data
    assert event["type"] == "unlocked_event"
    assert (event["attributes"]["publisher_id"], event["attributes"]["publisher_type"]) == (seed.FRONT_DOOR, "lock")
    assert event["attributes"]["associated_resource_id"] == seed.CARETAKER
    assert list(event["links"]) == ["self", "publisher", "associated_resource"]


@pytest.mark.rule("RL-R191", "RL-R538")
def test_when_what_it_is_about_is_deleted_an_event_keeps_its_name(desk: Caller) -> None:
    before = desk.get(f"/events/{seed.UNLOCKED}").data
    assert before["attributes"]["associated_resource_name"] is None
    desk.put(f"/access_persons/{seed.CARETAKER}", name="Renamed")
    desk.delete(f"/access_persons/{seed.CARETAKER}")
    after = desk.get(f"/events/{seed.UNLOCKED}").data
    assert after["attributes"] == before["attributes"] | {"associated_resource_name": "Renamed"}
    assert list(after["links"]) == ["self", "publisher"]


@pytest.mark.rule("RL-R192")
def test_when_its_publisher_is_deleted_an_event_stays(desk: Caller) -> None:
    count = desk.get("/events").json["meta"]["total_count"]
    desk.delete(f"/devices/{seed.FRONT_DOOR}")
    assert desk.get("/events").json["meta"]["total_count"] == count
    used = desk.get("/events", "type=access_person_used_event").data[0]
    assert (used["attributes"]["associated_resource_id"], used["attributes"]["associated_resource_name"]) == (
        seed.FRONT_DOOR, "Front door"
    )  # fmt: skip
    event = desk.get(f"/events/{seed.UNLOCKED}").data
    assert event["attributes"]["publisher_id"] == seed.FRONT_DOOR
    assert list(event["links"]) == ["self", "associated_resource"]


@pytest.mark.rule("RL-R191")
def test_who_is_deactivated_is_still_linked(desk: Caller) -> None:
    desk.put(f"/access_persons/{seed.CARETAKER}/deactivate")
    event = desk.get(f"/events/{seed.UNLOCKED}").data
    assert event["attributes"]["associated_resource_name"] is None
    assert "associated_resource" in event["links"]
