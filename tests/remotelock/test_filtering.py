"""Filters: by ids, types, attributes, associations; brackets raw or encoded; unknown parameters are ignored."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R55")
def test_by_ids(caller: Caller) -> None:
    wanted = f"id[]={seed.FRONT_DOOR}&id[]={seed.PLUG}&id[]=never"
    assert set(caller.get("/devices", wanted).ids) == {seed.FRONT_DOOR, seed.PLUG}
    assert caller.get("/devices", f"id={seed.PLUG}").ids == [seed.PLUG]
    assert caller.get("/devices", f"{wanted}&type=lock").ids == [seed.FRONT_DOOR]
    assert caller.get("/devices", f"{wanted}&sort=-name").ids == [seed.PLUG, seed.FRONT_DOOR]


@pytest.mark.rule("RL-R56")
def test_by_one_type_and_by_several(caller: Caller) -> None:
    types = {item["id"]: item["type"] for item in caller.get("/devices").data}
    for kind in ("lock", "power_plug", "thermostat", "resort_lock", "acs_door"):
        assert caller.get("/devices", f"type={kind}").ids == [key for key, its in types.items() if its == kind]
    both = caller.get("/devices", "type[]=lock&type[]=acs_door").ids
    assert both == [key for key, its in types.items() if its in ("lock", "acs_door")]


@pytest.mark.rule("RL-R57")
@pytest.mark.parametrize(
    ("spelt", "kind"),
    [
        ("Lock", "lock"),
        ("PowerPlug", "power_plug"),
        ("ResortLock", "resort_lock"),
        ("ACS::Door", "acs_door"),
        ("ACS/Door", "acs_door"),
    ],
)
def test_types_may_be_spelt_as_classes(caller: Caller, spelt: str, kind: str) -> None:
    assert caller.get("/devices", {"type": spelt}).ids == caller.get("/devices", {"type": kind}).ids
    assert caller.get("/devices", {"type": kind}).ids


@pytest.mark.rule("RL-R56")
def test_an_unknown_type_matches_nothing(caller: Caller) -> None:
    assert caller.get("/devices", "type=camera").data == []
    assert caller.get("/devices", "type[]=camera&type[]=power_plug").ids == [seed.PLUG]


@pytest.mark.rule("RL-R58")
def test_by_association(caller: Caller) -> None:
    assert caller.get("/devices", f"attributes[location_id]={seed.QUAY}").ids == [seed.ATTIC]
    both = f"attributes[location_id][]={seed.QUAY}&attributes[location_id][]={seed.BOATHOUSE}"
    assert caller.get("/devices", both).ids == [seed.ATTIC]
    assert caller.get("/devices", f"attributes[location_id]={seed.QUAY}&type=acs_door").data == []


@pytest.mark.rule("RL-R59")
@pytest.mark.parametrize(
    "query",
    ["type[]=lock&type[]=acs_door", "type%5B%5D=lock&type%5B%5D=acs_door", "type%5b%5d=lock&type[]=acs_door"],
)
def test_brackets_come_raw_or_encoded(caller: Caller, query: str) -> None:
    assert caller.get("/devices", query).ids == caller.get("/devices", "type[]=lock&type[]=acs_door").ids
    encoded = quote("attributes[location_id]", safe="")
    assert caller.get("/devices", f"{encoded}={seed.QUAY}").ids == [seed.ATTIC]


@pytest.mark.rule("RL-R59")
@pytest.mark.parametrize(
    "query", ["colour=red", "attributes[colour]=red", "attributes=red", "id[a]=1", "%ff%fe=%00", "a[b][c]=1", "="]
)
def test_unknown_parameters_are_ignored_and_reported_in_the_journal(caller: Caller, query: str) -> None:
    assert caller.get("/devices", query).ids == caller.get("/devices").ids
    assert any("is ignored" in miss for miss in caller.misses)


def test_a_collection_of_one_type_knows_no_type_filter(caller: Caller) -> None:
    assert caller.get("/locations", "type=nonsense").ids == caller.get("/locations").ids


@pytest.mark.rule("RL-R194")
def test_events_by_type_with_or_without_their_ending(caller: Caller) -> None:
    assert caller.get("/events", "type=unlocked_event").ids == [seed.UNLOCKED]
    assert caller.get("/events", "type=unlocked").ids == [seed.UNLOCKED]
    assert len(caller.get("/events", "type[]=locked_event&type[]=unlocked_event").ids) == 2


@pytest.mark.rule("RL-R58")
def test_events_of_one_publisher(caller: Caller) -> None:
    events = caller.get("/events", f"attributes[publisher_id]={seed.LOBBY}").data
    assert {event["attributes"]["publisher_id"] for event in events} == {seed.LOBBY}
    assert len(events) == 4


@pytest.mark.rule("RL-R117")
def test_accesses_by_the_persons_type(caller: Caller) -> None:
    path = f"/devices/{seed.FRONT_DOOR}/access_person_accesses"
    users = caller.get(path, "attributes[access_person_type]=access_user").data
    guests = caller.get(path, "attributes[access_person_type]=AccessGuest").data
    assert {one["attributes"]["access_person_id"] for one in users} == {seed.CARETAKER}
    assert {one["attributes"]["access_person_id"] for one in guests} == {seed.VISITOR, seed.NEWCOMER}


@pytest.mark.rule("RL-R120")
def test_doors_of_a_group_by_type(caller: Caller) -> None:
    path = f"/groups/{seed.INDOORS}/doors"
    for kind, door in (("lock", seed.FRONT_DOOR), ("Lock", seed.FRONT_DOOR), ("ACS::Door", seed.LOBBY)):
        found = caller.get(path, {"attributes[door_type]": kind}).data
        assert [one["attributes"]["door_id"] for one in found] == [door]
