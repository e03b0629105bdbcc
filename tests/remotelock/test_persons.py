"""Access persons: created, shown, changed, deactivated, deleted."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller

KEYS = [
    "name", "email", "phone", "pin", "card_number", "department", "status", "rental_source", "created_at", "updated_at",
]  # fmt: skip


@pytest.mark.rule("RL-R66", "RL-R80")
def test_a_user_has_no_times_and_a_guest_has(caller: Caller) -> None:
    user = caller.post("/access_persons", "access_user", name="Ann", pin="1234", department="Kitchen", card_number="77")
    guest = caller.guest("2026-02-01T16:00:00", "2026-02-03T11:00:00", pin="1235", generate_pin=False)
    assert (user.status, list(user.attributes)) == (201, KEYS)
    assert (guest.status, list(guest.attributes)) == (201, [*KEYS, "starts_at", "ends_at"])
    assert list(user.data) == ["type", "attributes", "id", "links"]


@pytest.mark.rule("RL-R86")
def test_the_list_shows_current_and_upcoming_ones_unless_asked(caller: Caller) -> None:
    assert caller.get("/access_persons").ids == [seed.CARETAKER, seed.CLEANER, seed.VISITOR, seed.NEWCOMER]
    assert caller.get("/access_persons", "attributes[status]=expired").ids == [seed.DEPARTED]
    both = "attributes[status][]=deactivated&attributes[status][]=expired"
    assert caller.get("/access_persons", both).ids == [seed.FORMER, seed.DEPARTED]
    assert caller.get("/access_persons", "attributes[status]=retired").data == []
    assert caller.get("/access_persons", f"id[]={seed.FORMER}").data == []


@pytest.mark.rule("RL-R86")
def test_each_is_found_by_its_id_whatever_its_status(caller: Caller) -> None:
    for key, status in ((seed.FORMER, "deactivated"), (seed.DEPARTED, "expired"), (seed.NEWCOMER, "upcoming")):
        assert caller.status(key) == status


@pytest.mark.rule("RL-R93")
def test_only_sent_attributes_change(caller: Caller) -> None:
    before = caller.get(f"/access_persons/{seed.CARETAKER}").attributes
    caller.pass_time(60)
    after = caller.put(f"/access_persons/{seed.CARETAKER}", name="House Owner", pin="2345").attributes
    assert after == before | {"name": "House Owner", "pin": "2345", "updated_at": "2026-01-05T08:01:00Z"}
    assert caller.put(f"/access_persons/{seed.CARETAKER}", name="House Owner").attributes == after


@pytest.mark.rule("RL-R44", "RL-R94")
@pytest.mark.parametrize("person", [seed.FORMER, seed.DEPARTED])
def test_an_expired_or_deactivated_person_cannot_be_changed(caller: Caller, person: str) -> None:
    path = f"/access_persons/{person}"
    assert caller.get(path).data["meta"] == {"restricted_actions": ["update"]}
    reply = caller.put(path, name="Back")
    assert (reply.status, list(reply.json)) == (403, ["message", "type"])
    assert caller.grant_access(person, "lock", seed.ATTIC).status == 403


@pytest.mark.rule("RL-R94")
def test_a_present_person_has_no_meta(caller: Caller) -> None:
    assert all("meta" not in person for person in caller.get("/access_persons").data)


@pytest.mark.rule("RL-R95", "RL-R532")
def test_a_deactivated_person_stays_on_record(caller: Caller) -> None:
    reply = caller.put(f"/access_persons/{seed.VISITOR}/deactivate")
    assert (reply.status, reply.attributes["status"]) == (200, "deactivated")
    assert seed.VISITOR not in caller.get("/access_persons").ids
    assert seed.VISITOR in caller.get("/access_persons", "attributes[status]=deactivated").ids
    assert caller.put(f"/access_persons/{seed.VISITOR}/deactivate").status == 200


@pytest.mark.rule("RL-R96")
def test_a_deleted_person_is_gone_with_all_accesses(caller: Caller) -> None:
    assert caller.delete(f"/access_persons/{seed.CARETAKER}").status == 204
    for path in ("", "/accesses", f"/accesses/{seed.CARETAKER_FRONT}"):
        assert caller.get(f"/access_persons/{seed.CARETAKER}{path}").status == 404
    assert seed.CARETAKER not in caller.get("/access_persons").ids
    assert {access.person_id for access in caller.account.accesses.values()} == {seed.VISITOR, seed.NEWCOMER}


@pytest.mark.rule("RL-R97")
@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (None, "is empty"),
        ("", "is empty"),
        ("access_robot", "is not included in the list"),
        (3, "is not included in the list"),
    ],
)
def test_the_type_must_be_one_of_two(caller: Caller, kind: object, message: str) -> None:
    document = {"type": kind, "attributes": {"name": "X", "pin": "1234"}}
    assert caller.call("POST", "/access_persons", document).errors == {"type": [message]}


@pytest.mark.rule("RL-R40")
def test_all_errors_are_reported_together(caller: Caller) -> None:
    reply = caller.post("/access_persons", "access_guest", name="", email="nowhere", starts_at="soon")
    assert reply.errors == {
        "name": ["is empty"],
        "email": ["is invalid"],
        "starts_at": ["is not an ISO 8601 timestamp"],
        "ends_at": ["is empty"],
        "pin": ["is empty"],
    }
    assert len(caller.account.persons) == 6


@pytest.mark.rule("RL-R41")
def test_support_limits_the_number_of_users(caller: Caller) -> None:
    caller.site.support("subuser_limit", limit=3)
    assert caller.person().status == 201
    refused = caller.person()
    assert refused.errors == {None: ["Subuser creation limit reached, please upgrade your account."]}
    assert caller.guest("2026-02-01", "2026-02-02").status == 201
    caller.put(f"/access_persons/{seed.CLEANER}/deactivate")
    assert caller.person().status == 201
    caller.site.support("subuser_limit", limit=None)
    assert caller.person().status == 201


@pytest.mark.rule("RL-R47")
def test_a_name_of_spaces_is_empty(caller: Caller) -> None:
    for name in (" ", "\t\n", "\u2003"):
        assert caller.person(name=name).errors == {"name": ["is empty"]}
    assert caller.person(department=" ").attributes["department"] is None


@pytest.mark.rule("RL-R552")
@pytest.mark.parametrize(
    ("attributes", "wrong"),
    [
        ({"name": "x" * 255}, None),
        ({"name": "x" * 256}, "name"),
        ({"card_number": "1" * 32}, None),
        ({"card_number": "1" * 33}, "card_number"),
        ({"card_number": ""}, "pin"),
    ],
)
def test_values_have_limits(caller: Caller, attributes: dict[str, str], wrong: str | None) -> None:
    given = {"name": "Somebody", "card_number": "77", "pin": None} | attributes
    reply = caller.post("/access_persons", "access_user", **given)
    assert (reply.status, set() if wrong is None else set(reply.errors)) == (
        (201, set()) if wrong is None else (422, {wrong})
    )


@pytest.mark.rule("RL-R552")
@pytest.mark.parametrize(("days", "status"), [(0, 200), (365, 200), (366, 422), (-1, 422), (1.5, 422)])
def test_days_before_has_limits(caller: Caller, days: float, status: int) -> None:
    assert caller.post(f"/access_persons/{seed.NEWCOMER}/email/notify", days_before=days).status == status


@pytest.mark.rule("RL-R553")
@pytest.mark.parametrize("value", ["true", 1, 0, None, []])
def test_a_boolean_is_a_json_boolean(caller: Caller, value: object) -> None:
    given = {"name": "Somebody", "generate_pin": value}
    assert "generate_pin" in caller.post("/access_persons", "access_user", **given).errors
    assert set(caller.put(f"/devices/{seed.FRONT_DOOR}", muted=value).errors) == {"muted"}


@pytest.mark.rule("RL-R554")
def test_a_guest_with_a_past_end_is_expired_at_once(caller: Caller) -> None:
    guest = caller.guest("2025-01-01T10:00", "2025-01-02T10:00")
    assert (guest.status, guest.attributes["status"]) == (201, "expired")
    assert guest.data["meta"] == {"restricted_actions": ["update"]}
