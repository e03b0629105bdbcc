"""Accesses: granted, inherited, given a schedule, revoked."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller

KINDS = [("lock", seed.ATTIC), ("acs_door", seed.YARD), ("door_group", seed.OUTDOORS), ("location", seed.QUAY)]


@pytest.mark.rule("RL-R110")
@pytest.mark.parametrize(("kind", "id"), KINDS)
def test_a_grant_is_answered_before_anything_is_counted(caller: Caller, kind: str, id: str) -> None:
    reply = caller.grant_access(seed.CLEANER, kind, id)
    assert reply.status == 201
    counts = {name: value for name, value in reply.attributes.items() if name.startswith("devices_")}
    assert list(counts) == [
        "devices_count",
        "devices_synced_count",
        "devices_pending_sync_count",
        "devices_failed_sync_count",
    ]
    assert set(counts.values()) == {0}


@pytest.mark.rule("RL-R110")
def test_counted_it_is_afterwards(caller: Caller) -> None:
    key = caller.grant_access(seed.CLEANER, "lock", seed.ATTIC).data["id"]
    assert caller.get(f"/access_persons/{seed.CLEANER}/accesses/{key}").attributes["devices_count"] == 1


@pytest.mark.rule("RL-R66")
def test_links_lead_to_person_accessible_and_schedule(caller: Caller) -> None:
    access = caller.grant_access(seed.VISITOR, "acs_door", seed.YARD, access_schedule_id=seed.SPARE_HOURS).data
    assert list(access["links"]) == ["self", "access_schedule", "access_person", "accessible"]
    for link in access["links"].values():
        assert caller.get(link.removeprefix("https://api.remotelock.com")).status == 200


@pytest.mark.rule("RL-R67")
def test_a_relation_that_is_unset_is_absent(caller: Caller) -> None:
    access = caller.grant_access(seed.VISITOR, "acs_door", seed.YARD).data
    assert "access_schedule_id" not in access["attributes"]
    assert "access_schedule" not in access["links"]


@pytest.mark.rule("RL-R113")
def test_times_of_day_are_completed_and_only_for_guests(caller: Caller) -> None:
    shown = caller.grant_access(
        seed.VISITOR, "lock", seed.ATTIC, guest_start_time="14:00", guest_end_time="09:30:15"
    ).attributes
    assert (shown["guest_start_time"], shown["guest_end_time"]) == ("14:00:00", "09:30:15")
    assert set(caller.grant_access(seed.CLEANER, "lock", seed.ATTIC, guest_start_time="14:00").errors) == {
        "guest_start_time"
    }
    for wrong in ("24:00", "14", "2 pm", "14:00:00Z", 14):
        assert set(caller.grant_access(seed.VISITOR, "acs_door", seed.YARD, guest_end_time=wrong).errors) == {
            "guest_end_time"
        }


@pytest.mark.rule("RL-R111")
@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({}, {"accessible_type", "accessible_id"}),
        ({"accessible_type": "resort_lock", "accessible_id": seed.CABIN}, {"accessible_type"}),
        ({"accessible_type": "lock", "accessible_id": seed.YARD}, {"accessible_id"}),
        ({"accessible_type": "acs_door", "accessible_id": seed.ATTIC}, {"accessible_id"}),
        ({"accessible_type": "lock", "accessible_id": seed.PLUG}, {"accessible_id"}),
        ({"accessible_type": "lock", "accessible_id": seed.MILL_DOOR}, {"accessible_id"}),
        ({"accessible_type": "location", "accessible_id": "nowhere"}, {"accessible_id"}),
        (
            {"accessible_type": "lock", "accessible_id": seed.ATTIC, "access_schedule_id": seed.NIGHT_LATCH},
            {"access_schedule_id"},
        ),
        (
            {"accessible_type": "lock", "accessible_id": seed.ATTIC, "access_schedule_id": "none"},
            {"access_schedule_id"},
        ),
    ],
)
def test_invalid_accesses_are_refused(caller: Caller, attributes: dict[str, str], wrong: set[str]) -> None:
    assert set(caller.post(f"/access_persons/{seed.CLEANER}/accesses", **attributes).errors) == wrong


@pytest.mark.rule("RL-R112")
def test_the_same_is_granted_once(caller: Caller) -> None:
    assert caller.grant_access(seed.CARETAKER, "lock", seed.FRONT_DOOR).errors == {
        "accessible_id": ["has already been taken"]
    }
    caller.delete(f"/access_persons/{seed.CARETAKER}/accesses/{seed.CARETAKER_FRONT}")
    assert caller.grant_access(seed.CARETAKER, "lock", seed.FRONT_DOOR).status == 201


@pytest.mark.rule("RL-R114")
def test_only_the_schedule_can_be_changed(caller: Caller) -> None:
    path = f"/access_persons/{seed.VISITOR}/accesses/{seed.VISITOR_FRONT}"
    before = caller.get(path).attributes
    caller.pass_time(5)
    after = caller.put(
        path, access_schedule_id=seed.SPARE_HOURS, guest_start_time="08:00", accessible_id=seed.ATTIC
    ).attributes
    waits = {"devices_synced_count": 0, "devices_pending_sync_count": 1}
    assert after | {"updated_at": ""} == before | waits | {"access_schedule_id": seed.SPARE_HOURS, "updated_at": ""}
    assert [miss for miss in caller.misses if "'guest_start_time' is ignored" in miss]
    assert "access_schedule_id" not in caller.put(path, access_schedule_id=None).attributes


@pytest.mark.rule("RL-R115")
def test_an_access_is_below_its_own_person_alone(caller: Caller) -> None:
    for method in ("GET", "PUT", "DELETE"):
        path = f"/access_persons/{seed.CLEANER}/accesses/{seed.CARETAKER_FRONT}"
        assert caller.call(method, path, {"attributes": {}} if method == "PUT" else None).status == 404
    assert caller.get("/access_persons/nobody/accesses").status == 404


@pytest.mark.rule("RL-R115")
def test_a_revoked_access_is_deleted(caller: Caller) -> None:
    path = f"/access_persons/{seed.CARETAKER}/accesses"
    assert caller.delete(f"{path}/{seed.CARETAKER_LOBBY}").status == 204
    assert seed.CARETAKER_LOBBY not in caller.get(path).ids
    assert caller.delete(f"{path}/{seed.CARETAKER_LOBBY}").status == 404


@pytest.mark.rule("RL-R116", "RL-R117")
def test_a_device_shows_the_accesses_that_it_inherits(caller: Caller) -> None:
    front = caller.get(f"/devices/{seed.FRONT_DOOR}/access_person_accesses").ids
    assert set(front) == {
        seed.CARETAKER_FRONT, seed.CARETAKER_INDOORS, seed.CARETAKER_HOUSE, seed.VISITOR_FRONT, seed.NEWCOMER_INDOORS
    }  # fmt: skip
    assert set(caller.get(f"/devices/{seed.GARAGE}/access_person_accesses").ids) == {seed.CARETAKER_HOUSE}
    lobby = caller.get(f"/acs/doors/{seed.LOBBY}/access_person_accesses").ids
    assert set(lobby) == {seed.CARETAKER_LOBBY, seed.CARETAKER_INDOORS, seed.CARETAKER_HOUSE, seed.NEWCOMER_INDOORS}
    assert caller.get(f"/devices/{seed.ATTIC}/access_person_accesses").data == []


@pytest.mark.rule("RL-R116")
def test_a_door_that_joins_a_group_inherits_its_accesses(caller: Caller) -> None:
    caller.post(f"/groups/{seed.INDOORS}/doors", door_id=seed.ATTIC, door_type="lock")
    assert set(caller.get(f"/devices/{seed.ATTIC}/access_person_accesses").ids) == {
        seed.CARETAKER_INDOORS,
        seed.NEWCOMER_INDOORS,
    }
