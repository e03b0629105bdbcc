"""How events are rendered."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from locksim.remotelock.catalog import EVENT_ATTRIBUTES, EVENT_TYPES
from tests.remotelock.caller import Caller

HEAD = ["source", "status", "time_zone", "occurred_at", "created_at", "updated_at"]
TAIL = ["publisher_id", "publisher_type"]
ABOUT = ["associated_resource_id", "associated_resource_type"]


@pytest.mark.rule("RL-R190", "RL-R193")
def test_the_default_world_has_one_event_of_each_type_with_its_attributes(caller: Caller) -> None:
    events = {event["type"]: event for event in caller.get("/events").data}
    assert set(events) == {f"{kind}_event" for kind in EVENT_TYPES}
    for kind, output in EVENT_ATTRIBUTES.items():
        keys = list(events[f"{kind}_event"]["attributes"])
        assert keys[: -2 if ABOUT[0] not in keys else -4] == [*HEAD, *output], kind
        assert keys in ([*HEAD, *output, *TAIL], [*HEAD, *output, *TAIL, *ABOUT])


@pytest.mark.rule("RL-R190")
def test_the_latest_comes_first(caller: Caller) -> None:
    times = [event["attributes"]["occurred_at"] for event in caller.get("/events").data]
    assert times == sorted(times, reverse=True)


def test_somebody_unlocked_the_front_door(caller: Caller) -> None:
    event = caller.get(f"/events/{seed.UNLOCKED}").data
    assert event["type"] == "unlocked_event"
    assert (event["attributes"]["publisher_id"], event["attributes"]["publisher_type"]) == (seed.FRONT_DOOR, "lock")
    assert event["attributes"]["associated_resource_id"] == seed.CARETAKER
    assert list(event["links"]) == ["self", "publisher", "associated_resource"]


@pytest.mark.rule("RL-R191", "RL-R538")
def test_an_event_keeps_the_name_of_a_deleted_resource(caller: Caller) -> None:
    before = caller.get(f"/events/{seed.UNLOCKED}").data
    assert before["attributes"]["associated_resource_name"] is None
    caller.put(f"/access_persons/{seed.CARETAKER}", name="Renamed")
    caller.delete(f"/access_persons/{seed.CARETAKER}")
    after = caller.get(f"/events/{seed.UNLOCKED}").data
    assert after["attributes"] == before["attributes"] | {"associated_resource_name": "Renamed"}
    assert list(after["links"]) == ["self", "publisher"]


@pytest.mark.rule("RL-R192")
def test_when_its_publisher_is_deleted_an_event_stays(caller: Caller) -> None:
    count = caller.get("/events").json["meta"]["total_count"]
    caller.delete(f"/devices/{seed.FRONT_DOOR}")
    assert caller.get("/events").json["meta"]["total_count"] == count
    used = caller.get("/events", "type=access_person_used_event").data[0]
    assert (used["attributes"]["associated_resource_id"], used["attributes"]["associated_resource_name"]) == (
        seed.FRONT_DOOR, "Front door"
    )  # fmt: skip
    event = caller.get(f"/events/{seed.UNLOCKED}").data
    assert event["attributes"]["publisher_id"] == seed.FRONT_DOOR
    assert list(event["links"]) == ["self", "associated_resource"]


@pytest.mark.rule("RL-R191")
def test_a_deactivated_person_is_still_linked(caller: Caller) -> None:
    caller.put(f"/access_persons/{seed.CARETAKER}/deactivate")
    event = caller.get(f"/events/{seed.UNLOCKED}").data
    assert event["attributes"]["associated_resource_name"] is None
    assert "associated_resource" in event["links"]
