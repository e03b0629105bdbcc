"""Account and locations."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R150")
def test_the_accounts_times_of_day_are_completed(caller: Caller) -> None:
    shown = caller.put(
        "/account", name="Harbour", default_guest_start_time="15:30", default_guest_end_time="02:15:00"
    ).attributes
    assert (shown["name"], shown["default_guest_start_time"], shown["default_guest_end_time"]) == (
        "Harbour",
        "15:30:00",
        "02:15:00",
    )
    assert set(caller.put("/account", name="", default_guest_start_time=None, default_guest_end_time="25:00").errors) == {
        "name", "default_guest_start_time", "default_guest_end_time"
    }  # fmt: skip


@pytest.mark.rule("RL-R150")
def test_the_accounts_link_to_its_owner_is_the_user(caller: Caller) -> None:
    assert caller.get("/account").data["links"]["primary_owner"] == "https://api.remotelock.com/user"


@pytest.mark.rule("RL-R151", "RL-R537")
def test_a_location_needs_a_name_and_a_zone(caller: Caller) -> None:
    assert set(caller.post("/locations", city="Denver").errors) == {"name", "time_zone"}
    made = caller.post("/locations", name="HQ", time_zone="America/Denver")
    assert (made.status, made.attributes["address2"]) == (201, None)


@pytest.mark.rule("RL-R152")
def test_the_second_line_of_an_address_comes_in_either_spelling(caller: Caller) -> None:
    for name in ("address2", "address_2"):
        made = caller.post("/locations", name="HQ", time_zone="UTC", **{name: "Suite 4"})
        assert made.attributes["address2"] == "Suite 4"
    assert caller.misses == []


@pytest.mark.rule("RL-R151")
@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"time_zone": "Denver"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": 7}, "time_zone"),
        ({"country": "USA"}, "country"),
        ({"country": "us"}, "country"),
        ({"country": "UK"}, "country"),
        ({"country": "XX"}, "country"),
        ({"country": "ZB"}, "country"),
        ({"name": None}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"city": ["Denver"]}, "city"),
    ],
)
def test_invalid_locations_are_refused(caller: Caller, attributes: dict[str, object], wrong: str) -> None:
    assert set(caller.put(f"/locations/{seed.QUAY}", **attributes).errors) == {wrong}


@pytest.mark.rule("RL-R151")
def test_every_country_of_the_list_is_accepted(caller: Caller) -> None:
    for country in ("US", "GB", "PT", "ZW", "AQ"):
        assert caller.put(f"/locations/{seed.QUAY}", country=country).attributes["country"] == country


@pytest.mark.rule("RL-R47")
def test_optional_attributes_can_be_unset(caller: Caller) -> None:
    assert caller.put(f"/locations/{seed.HARBOUR_HOUSE}", phone=None, city="").attributes["city"] is None


@pytest.mark.rule("RL-R41", "RL-R153")
def test_a_location_with_devices_stays(caller: Caller) -> None:
    refused = caller.delete(f"/locations/{seed.QUAY}")
    assert set(refused.errors) == {None}
    caller.put(f"/devices/{seed.ATTIC}", location_id=seed.BOATHOUSE)
    assert caller.delete(f"/locations/{seed.QUAY}").status == 204
    assert caller.delete(f"/locations/{seed.BOATHOUSE}").status == 422


@pytest.mark.rule("RL-R153")
def test_with_a_location_go_the_accesses_to_it(caller: Caller) -> None:
    access = caller.grant_access(seed.CLEANER, "location", seed.BOATHOUSE).data["id"]
    assert caller.delete(f"/locations/{seed.BOATHOUSE}").status == 204
    assert caller.get(f"/access_persons/{seed.CLEANER}/accesses/{access}").status == 404
    assert caller.get(f"/locations/{seed.BOATHOUSE}").status == 404
