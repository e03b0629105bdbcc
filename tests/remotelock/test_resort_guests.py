"""Resort guests: whole hours, and codes that cannot be revoked."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.remotelock import seed
from locksim.remotelock.entities import ResortLock
from tests.remotelock.caller import Caller, Reply


def guest(caller: Caller, **attributes: Any) -> Reply:
    given = {
        "resort_lock_id": seed.CABIN,
        "name": "Ann",
        "starts_at": "2026-02-01T13:59:59",
        "ends_at": "2026-02-03T16:00:00",
    }
    return caller.post("/resort_lock_guests", **(given | attributes))


@pytest.mark.rule("RL-R170")
def test_minutes_and_seconds_become_zeros(caller: Caller) -> None:
    shown = guest(caller, ends_at="2026-02-03T16:30:00Z").attributes
    assert (shown["starts_at"], shown["ends_at"]) == ("2026-02-01T13:00:00", "2026-02-03T16:00:00")
    assert guest(caller, ends_at="2026-02-01T13:59:59").errors == {"ends_at": ["must be after starts_at"]}


@pytest.mark.rule("RL-R171", "RL-R172")
def test_codes_have_ten_digits_and_twelve_for_a_single_entry(caller: Caller) -> None:
    made = [guest(caller).attributes["pin"] for _ in range(5)]
    assert {len(pin) for pin in made} == {10}
    assert len(set(made)) == 5
    single = guest(caller, one_time_access=True).attributes
    assert (len(single["pin"]), single["one_time_access"]) == (12, True)


@pytest.mark.rule("RL-R173")
@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"resort_lock_id": seed.FRONT_DOOR}, {"resort_lock_id"}),
        ({"resort_lock_id": None}, {"resort_lock_id"}),
        ({"name": ""}, {"name"}),
        ({"email": "x"}, {"email"}),
        ({"one_time_access": "yes"}, {"one_time_access"}),
        ({"starts_at": "", "ends_at": None}, {"starts_at", "ends_at"}),
    ],
)
def test_invalid_guests_are_refused(caller: Caller, attributes: dict[str, Any], wrong: set[str]) -> None:
    assert set(guest(caller, **attributes).errors) == wrong


@pytest.mark.rule("RL-R173")
def test_only_name_and_email_can_be_changed(caller: Caller) -> None:
    before = guest(caller).data
    path = f"/resort_lock_guests/{before['id']}"
    after = caller.put(path, name="Jo", email="jo@example.com", ends_at="2027-01-01T00:00:00", pin="1").attributes
    assert after == before["attributes"] | {"name": "Jo", "email": "jo@example.com"}


@pytest.mark.rule("RL-R174")
def test_deleting_a_guest_recalls_no_code(caller: Caller) -> None:
    made = guest(caller).data
    assert caller.delete(f"/resort_lock_guests/{made['id']}").status == 204
    cabin = caller.account.devices[seed.CABIN]
    assert isinstance(cabin, ResortLock)
    assert made["attributes"]["pin"] in {code.pin for code in cabin.physical.codes}


@pytest.mark.rule("RL-R175")
def test_the_preview_shows_the_code_in_groups_and_has_no_id(caller: Caller) -> None:
    pin = caller.get(f"/resort_lock_guests/{seed.CABIN_GUEST}").attributes["pin"]
    preview = caller.get(f"/resort_lock_guests/{seed.CABIN_GUEST}/email/preview").data
    assert list(preview) == ["type", "attributes", "links"]
    assert f"Access Code: {pin[:3]}-{pin[3:6]}-{pin[6:]}" in preview["attributes"]["body"]
    owner = caller.get("/user").attributes
    assert (preview["attributes"]["from_name"], preview["attributes"]["reply_to"]) == (owner["name"], owner["email"])


@pytest.mark.rule("RL-R175")
def test_names_are_text_in_the_mail(caller: Caller) -> None:
    made = guest(caller, name="<b>Ann</b>").data["id"]
    body = caller.get(f"/resort_lock_guests/{made}/email/preview").data["attributes"]["body"]
    assert "&lt;b&gt;Ann&lt;/b&gt;" in body
