"""Door groups."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R118")
def test_a_group_is_of_one_type_and_has_a_name(caller: Caller) -> None:
    assert caller.post("/groups", "door_group", name="Warehouse").attributes["name"] == "Warehouse"
    assert caller.post("/groups", name="Warehouse").errors == {"type": ["is empty"]}
    assert caller.post("/groups", "window_group", name="W").errors == {"type": ["is not included in the list"]}
    assert caller.post("/groups", "door_group", name="").errors == {"name": ["is empty"]}
    assert caller.put(f"/groups/{seed.INDOORS}", name="Inner doors").attributes["name"] == "Inner doors"


@pytest.mark.rule("RL-R39", "RL-R119", "RL-R534")
@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"door_id": seed.ATTIC}, {"door_type"}),
        ({"door_type": "lock"}, {"door_id"}),
        ({"door_id": seed.ATTIC, "door_type": "acs_door"}, {"door_id"}),
        ({"door_id": seed.CABIN, "door_type": "resort_lock"}, {"door_type"}),
        ({"door_id": seed.CABIN, "door_type": "lock"}, {"door_id"}),
        ({"door_id": seed.MILL_DOOR, "door_type": "lock"}, {"door_id"}),
        ({"door_id": seed.FRONT_DOOR, "door_type": "lock"}, {"door_id"}),
    ],
)
def test_invalid_doors_are_not_added(caller: Caller, attributes: dict[str, str], wrong: set[str]) -> None:
    assert set(caller.post(f"/groups/{seed.INDOORS}/doors", **attributes).errors) == wrong


@pytest.mark.rule("RL-R119")
def test_a_door_may_be_in_several_groups_and_leaves_one_alone(caller: Caller) -> None:
    path = f"/groups/{seed.OUTDOORS}/doors"
    added = caller.post(path, door_id=seed.LOBBY, door_type="acs_door")
    assert (added.status, added.attributes["door_group_id"]) == (201, seed.OUTDOORS)
    place = added.data["id"]
    assert caller.get(f"/groups/{seed.INDOORS}/doors/{place}").status == 404
    assert caller.delete(f"/groups/{seed.INDOORS}/doors/{place}").status == 404
    assert caller.delete(f"{path}/{place}").status == 204
    assert len(caller.get(f"/groups/{seed.INDOORS}/doors").data) == 2


@pytest.mark.rule("RL-R121")
def test_with_a_group_go_its_places_and_the_accesses_to_it(caller: Caller) -> None:
    assert caller.delete(f"/groups/{seed.INDOORS}").status == 204
    assert caller.get(f"/groups/{seed.INDOORS}/doors").status == 404
    assert caller.get(f"/access_persons/{seed.NEWCOMER}/accesses").data == []
    assert caller.get(f"/devices/{seed.FRONT_DOOR}").status == 200
