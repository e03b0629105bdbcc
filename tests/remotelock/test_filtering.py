"""Filters: by ids, types, attributes, associations; brackets raw or encoded; what is not known is ignored."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R55")
def test_by_ids(desk: Caller) -> None:
    wanted = f"id[]={seed.FRONT_DOOR}&id[]={seed.PLUG}&id[]=never"
    assert set(desk.get("/devices", wanted).ids) == {seed.FRONT_DOOR, seed.PLUG}
    assert desk.get("/devices", f"id={seed.PLUG}").ids == [seed.PLUG]
    assert desk.get("/devices", f"{wanted}&type=lock").ids == [seed.FRONT_DOOR]
    assert desk.get("/devices", f"{wanted}&sort=-name").ids == [seed.PLUG, seed.FRONT_DOOR]


@pytest.mark.rule("RL-R56")
def test_by_one_type_and_by_several(desk: Caller) -> None:
    types = {item["id"]: item["type"] for item in desk.get("/devices").data}
    for kind in ("lock", "power_plug", "thermostat", "resort_lock", "acs_door"):
        assert desk.get("/devices", f"type={kind}").ids == [key for key, its in types.items() if its == kind]
    both = desk.get("/devices", "type[]=lock&type[]=acs_door").ids
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
def test_types_may_be_spelt_as_classes(desk: Caller, spelt: str, kind: str) -> None:
    assert desk.get("/devices", {"type": spelt}).ids == desk.get("/devices", {"type": kind}).ids
    assert desk.get("/devices", {"type": kind}).ids


@pytest.mark.rule("RL-R56")
def test_an_unknown_type_matches_nothing(desk: Caller) -> None:
    assert desk.get("/devices", "type=camera").data == []
    assert desk.get("/devices", "type[]=camera&type[]=power_plug").ids == [seed.PLUG]


@pytest.mark.rule("RL-R58")
def test_by_association(desk: Caller) -> None:
    assert desk.get("/devices", f"attributes[location_id]={seed.QUAY}").ids == [seed.ATTIC]
    both = f"attributes[location_id][]={seed.QUAY}&attributes[location_id][]={seed.BOATHOUSE}"
    assert desk.get("/devices", both).ids == [seed.ATTIC]
    assert desk.get("/devices", f"attributes[location_id]={seed.QUAY}&type=acs_door").data == []


@pytest.mark.rule("RL-R59")
@pytest.mark.parametrize(
    "query",
    ["type[]=lock&type[]=acs_door", "type%5B%5D=lock&type%5B%5D=acs_door", "type%5b%5d=lock&type[]=acs_door"],
)
def test_brackets_come_raw_or_encoded(desk: Caller, query: str) -> None:
    assert desk.get("/devices", query).ids == desk.get("/devices", "type[]=lock&type[]=acs_door").ids
    encoded = quote("attributes[location_id]", safe="")
    assert desk.get("/devices", f"{encoded}={seed.QUAY}").ids == [seed.ATTIC]


@pytest.mark.rule("RL-R59")
@pytest.mark.parametrize(
    "query", ["colour=red", "attributes[colour]=red", "attributes=red", "id[a]=1", "%ff%fe=%00", "a[b][c]=1", "="]
)
def test_what_it_does_not_know_it_ignores_and_the_journal_says_so(desk: Caller, query: str) -> None:
    assert desk.get("/devices", query).ids == desk.get("/devices").ids
    assert any("is ignored" in miss for miss in desk.misses)


def test_a_collection_of_one_type_knows_no_type_filter(desk: Caller) -> None:
    assert desk.get("/locations", "type=nonsense").ids == desk.get("/locations").ids


@pytest.mark.rule("RL-R194")
def test_events_by_type_with_or_without_their_ending(desk: Caller) -> None:
    assert desk.get("/events", "type=unlocked_event").ids == [seed.UNLOCKED]
    assert desk.get("/events", "type=unlocked").ids == [seed.UNLOCKED]
    assert len(desk.get("/events", "type[]=locked_event&type[]=unlocked_event").ids) == 2


@pytest.mark.rule("RL-R58")
def test_events_of_one_publisher(desk: Caller) -> None:
    events = desk.get("/events", f"attributes[publisher_id]={seed.LOBBY}").data
    assert {event["attributes"]["publisher_id"] for event in events} == {seed.LOBBY}
    assert len(events) == 4


@pytest.mark.rule("RL-R117")
def test_accesses_by_the_persons_type(desk: Caller) -> None:
    path = f"/devices/{seed.FRONT_DOOR}/access_person_accesses"
    users = desk.get(path, "attributes[access_person_type]=access_user").data
    guests = desk.get(path, "attributes[access_person_type]=AccessGuest").data
    assert {one["attributes"]["access_person_id"] for one in users} == {seed.CARETAKER}
    assert {one["attributes"]["access_person_id"] for one in guests} == {seed.VISITOR, seed.NEWCOMER}


@pytest.mark.rule("RL-R120")
def test_doors_of_a_group_by_type(desk: Caller) -> None:
    path = f"/groups/{seed.INDOORS}/doors"
    for kind, door in (("lock", seed.FRONT_DOOR), ("Lock", seed.FRONT_DOOR), ("ACS::Door", seed.LOBBY)):
        found = desk.get(path, {"attributes[door_type]": kind}).data
        assert [one["attributes"]["door_id"] for one in found] == [door]
