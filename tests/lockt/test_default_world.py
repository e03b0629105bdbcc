"""What the default world promises, whatever its seed."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from locksim.inprocess.world import World
from locksim.lockt import VENDOR
from locksim.lockt.seed import ADELAIDE, ADMIN, ARCHIVE, DENNIS, FRONT_DOOR, KARL, LAUNDRY, MARY
from locksim.lockt.state import State
from tests.lockt.customer import Customer


@given(seed=st.integers(0, 2**63))
def test_a_new_user_gets_in_and_the_event_arrives_within_two_minutes(seed: int) -> None:
    customer = Customer(seed=seed)
    assert all(isinstance(value, str) and len(value) == 32 for value in customer.site.credentials.values())
    level, *_ = customer.get("/accesslevel").data
    door, *_ = level["doors"]
    assert door["id"] == customer.get("/door").data[0]["id"]
    customer.add(card_num="4711", accesslevels=[{"id": level["id"]}])
    result = customer.show(door["id"], "4711")
    assert result["granted"]
    assert customer.newest()["id"] == result["event_id"]


def test_its_users_doors_and_devices_are_the_documented_ones(customer: Customer) -> None:
    assert [user["id"] for user in customer.get("/user").data] == [MARY, KARL, ADELAIDE, DENNIS]
    assert customer.state.users[ADMIN].admin
    assert [door["id"] for door in customer.get("/doorstate").data if door.get("battery_level", 1) < 0.2] == [LAUNDRY]
    assert [door["id"] for door in customer.get("/door").data if not door["enabled"]] == [ARCHIVE]
    assert [device.kind for device in customer.world.core.devices("lockt")] == ["door"] * 5 + ["phone"] * 2 + [
        "bridge"
    ] * 2


def test_worlds_of_one_seed_are_alike_and_other_seeds_have_other_credentials() -> None:
    assert Customer(seed=3).site.credentials == Customer(seed=3).site.credentials
    assert len({Customer(seed=seed).site.credentials["apikey"] for seed in range(20)}) == 20


def test_a_reset_keeps_the_credentials_and_drops_running_batches(customer: Customer) -> None:
    was = customer.site.credentials
    customer.begin("POST", "/door", {"doors": [{"name": "Attic"}]})
    customer.world.reset()
    assert customer.site.credentials == was
    assert customer.begin("POST", "/door", {"doors": [{"name": "Attic"}]}).answers == []


def test_a_state_can_be_dumped_changed_and_loaded(customer: Customer) -> None:
    state = msgspec.to_builtins(customer.state, str_keys=True)
    state["doors"][str(FRONT_DOOR)]["name"] = "Haustür"
    loaded = World([VENDOR], seed=7, state={"lockt": state}).site("lockt").state
    assert isinstance(loaded, State)
    assert loaded.doors[FRONT_DOOR].name == "Haustür"
