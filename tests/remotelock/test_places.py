"""Account and locations."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R150")
def test_the_accounts_times_of_day_are_completed(desk: Caller) -> None:
    shown = desk.put(
        "/account", name="Harbour", default_guest_start_time="15:30", default_guest_end_time="02:15:00"
    ).attributes
    assert (shown["name"], shown["default_guest_start_time"], shown["default_guest_end_time"]) == (
        "Harbour",
        "15:30:00",
        "02:15:00",
    )
    assert set(desk.put("/account", name="", default_guest_start_time=None, default_guest_end_time="25:00").wrong) == {
        "name", "default_guest_start_time", "default_guest_end_time"
    }  # fmt: skip


@pytest.mark.rule("RL-R150")
def test_the_accounts_link_to_its_owner_is_the_user(desk: Caller) -> None:
    assert desk.get("/account").data["links"]["primary_owner"] == "https://api.remotelock.com/user"


@pytest.mark.rule("RL-R151", "RL-R537")
def test_a_location_needs_a_name_and_a_zone(desk: Caller) -> None:
    assert set(desk.post("/locations", city="Denver").wrong) == {"name", "time_zone"}
    made = desk.post("/locations", name="HQ", time_zone="America/Denver")
    assert (made.status, made.attributes["address2"]) == (201, None)


@pytest.mark.rule("RL-R152")
def test_the_second_line_of_an_address_comes_in_either_spelling(desk: Caller) -> None:
    for name in ("address2", "address_2"):
        made = desk.post("/locations", name="HQ", time_zone="UTC", **{name: "Suite 4"})
        assert made.attributes["address2"] == "Suite 4"
    assert desk.misses == []


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
def test_what_a_location_cannot_be(desk: Caller, attributes: dict[str, object], wrong: str) -> None:
    assert set(desk.put(f"/locations/{seed.QUAY}", **attributes).wrong) == {wrong}


@pytest.mark.rule("RL-R151")
def test_every_country_of_the_list_is_accepted(desk: Caller) -> None:
    for country in ("US", "GB", "PT", "ZW", "AQ"):
        assert desk.put(f"/locations/{seed.QUAY}", country=country).attributes["country"] == country


@pytest.mark.rule("RL-R47")
def test_what_is_optional_can_be_unset(desk: Caller) -> None:
    assert desk.put(f"/locations/{seed.HARBOUR_HOUSE}", phone=None, city="").attributes["city"] is None


@pytest.mark.rule("RL-R41", "RL-R153")
def test_a_location_with_devices_stays(desk: Caller) -> None:
    refused = desk.delete(f"/locations/{seed.QUAY}")
    assert set(refused.wrong) == {None}
    desk.put(f"/devices/{seed.ATTIC}", location_id=seed.BOATHOUSE)
    assert desk.delete(f"/locations/{seed.QUAY}").status == 204
    assert desk.delete(f"/locations/{seed.BOATHOUSE}").status == 422


@pytest.mark.rule("RL-R153")
def test_with_a_location_go_the_accesses_to_it(desk: Caller) -> None:
    access = desk.let(seed.CLEANER, "location", seed.BOATHOUSE).data["id"]
    assert desk.delete(f"/locations/{seed.BOATHOUSE}").status == 204
    assert desk.get(f"/access_persons/{seed.CLEANER}/accesses/{access}").status == 404
    assert desk.get(f"/locations/{seed.BOATHOUSE}").status == 404
