"""Users: how they are read, matched, created and changed."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.timestamps import moment
from locksim.lockt.seed import ADELAIDE, ADMIN, CARDHOLDER, FRONT_DOOR, GUESTS, LAUNDRY, MARY, RESIDENTS, STAFF
from locksim.lockt.serialization import parse_date, stamp
from tests.lockt.customer import Customer

SINGLE = [
    "id", "id_num", "last_name", "first_name", "card_num", "credential_key", "email", "phone", "access_effective",
    "access_expires", "enabled",
]  # fmt: skip


@pytest.mark.rule("LT-R50")
def test_all_card_holders_are_listed_and_no_administrator(customer: Customer) -> None:
    ids = [user["id"] for user in customer.get("/user").data]
    assert ids == [number for number, user in customer.state.users.items() if not user.admin]
    assert ADMIN not in ids
    assert customer.get("/user", id=ADMIN).data == []
    assert customer.get("/user", idnum="ADM-1").data == []


@pytest.mark.rule("LT-R51")
def test_a_user_is_read_by_id(customer: Customer) -> None:
    assert [user["first_name"] for user in customer.get("/user", id=MARY).data] == ["Mary"]


@pytest.mark.rule("LT-R52")
def test_a_user_is_read_by_id_number(customer: Customer) -> None:
    assert [user["id"] for user in customer.get("/user", idnum="RES-1001").data] == [MARY]


@pytest.mark.rule("LT-R53")
@pytest.mark.parametrize(
    "query", [{"id": 1}, {"id": -1}, {"id": "9" * 400}, {"idnum": "nobody"}, {"idnum": "res-1001"}]
)
def test_an_unknown_user_is_an_empty_list(customer: Customer, query: dict[str, Any]) -> None:
    assert customer.get("/user", **query).data == []


@pytest.mark.rule("LT-R54")
def test_both_parameters_together_must_both_match(customer: Customer) -> None:
    assert len(customer.get("/user", id=MARY, idnum="RES-1001").data) == 1
    assert customer.get("/user", id=MARY, idnum="STF-2001").data == []


@pytest.mark.rule("LT-R55")
def test_single_reads_have_no_access_levels(customer: Customer) -> None:
    for query in ({"id": MARY}, {"idnum": "RES-1001"}):
        (user,) = customer.get("/user", **query).data
        assert list(user) == SINGLE


@pytest.mark.rule("LT-R56")
def test_the_list_shows_users_with_their_access_levels_and_no_fobs(customer: Customer) -> None:
    users = customer.get("/user").data
    assert [list(user) for user in users] == [[*SINGLE, "accesslevels"]] * len(users)
    assert not {user["card_num"] for user in users} & {fob["card_num"] for fob in customer.get("/fob").data}


@pytest.mark.rule("LT-R57")
def test_an_access_level_of_a_user_has_its_doors_if_there_are_any(customer: Customer) -> None:
    customer.users(
        {"id_num": "RES-1001", "accesslevels": [{"id": RESIDENTS}, {"id": CARDHOLDER}]}, update_existing=True
    )
    assert customer.user(MARY)["accesslevels"] == [
        {
            "id": RESIDENTS,
            "name": "Residents",
            "doors": [{"id": FRONT_DOOR, "name": "Front Door"}, {"id": LAUNDRY, "name": "Laundry"}],
        },
        {"id": CARDHOLDER, "name": "Cardholder"},
    ]


@pytest.mark.rule("LT-R59")
@pytest.mark.rule("LT-R60")
@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("2022-01-24 00:00:00", "2022-01-24T00:00:00.000Z"),
        ("2022-05-05T09:00:00.000Z", "2022-05-05T09:00:00.000Z"),
        ("2022-05-05T09:00:00.125Z", "2022-05-05T09:00:00.125Z"),
        ("", ""),
    ],
)
def test_dates_are_accepted_in_two_forms_in_utc_and_answered_in_one(customer: Customer, given: str, shown: str) -> None:
    number = customer.add(access_effective=given, access_expires=given)
    user = customer.user(number)
    assert (user["access_effective"], user["access_expires"]) == (shown, shown)


@given(us=st.integers(-62_135_596_800_000, 253_402_300_799_999).map(lambda ms: ms * 1000))
def test_every_time_survives_a_round_trip(us: int) -> None:
    assert parse_date(stamp(us)) == us
    assert parse_date(stamp(us)[:19].replace("T", " ")) == us - moment(us).microsecond


@pytest.mark.rule("LT-R61")
@pytest.mark.parametrize(
    "value",
    ["2022-01-24", "24.01.2022 00:00:00", "2022-01-24T00:00:00", "2022-01-24 00:00:00Z", "2022-13-01 00:00:00",
     "2022-02-30 10:00:00", "2022-01-24T00:00:00Z", "2022-01-24T00:00:00.123456Z", "2022-01-24 24:00:00",
     "2022-01-24T00:00:00+01:00", " ", 0, True, ["2022-01-24 00:00:00"]],
)  # fmt: skip
def test_other_forms_and_dates_that_do_not_exist_are_invalid(customer: Customer, value: Any) -> None:
    (error,) = customer.users({"first_name": "A", "access_expires": value}).json["errors"]
    assert len(error["error"]) == 1
    assert error["error"][0].startswith("Invalid access_expires found: ")


@pytest.mark.rule("LT-R180")
def test_a_window_that_ends_before_it_begins_is_saved_and_never_opens(customer: Customer) -> None:
    window = {"access_effective": "2026-01-05 10:00:00", "access_expires": "2026-01-05 09:00:00"}
    user = customer.user(customer.add(card_num=7, accesslevels=[{"id": RESIDENTS}], **window))
    assert (user["access_effective"], user["access_expires"]) == (
        "2026-01-05T10:00:00.000Z",
        "2026-01-05T09:00:00.000Z",
    )
    reasons = []
    for _ in range(3):
        reasons.append(customer.denied(FRONT_DOOR, 7))
        customer.pass_time(3600)
    assert reasons == ["Not Yet Effective", "Not Yet Effective", "Expired"]


@pytest.mark.rule("LT-R62")
@pytest.mark.rule("LT-R177")
@pytest.mark.parametrize("match", [{"id_num": "RES-1001"}, {"email": "nigel89@example.com"}])
def test_without_update_existing_a_match_is_ignored_and_counts_as_submitted_only(
    customer: Customer, match: dict[str, Any]
) -> None:
    before = customer.user(MARY)
    reply = customer.users(match | {"phone": "999"})
    assert reply.data == {"submitted": 1, "inserted": 0, "updated": 0, "errors": 0}
    assert customer.user(MARY) == before
    assert "ignored" in customer.misses[-1]


@pytest.mark.rule("LT-R178")
@pytest.mark.parametrize(
    "match",
    [{"id": MARY}, {"id_num": "RES-1001", "email": "pflegermaria@example.com"}, {"id_num": "ADM-1"}, {"id": ADMIN},
     {"email": "victoria37@example.com"}, {"id_num": "ADM-1", "email": "nigel89@example.com"}],
)  # fmt: skip
def test_without_update_existing_every_match_is_ignored(customer: Customer, match: dict[str, Any]) -> None:
    before = customer.get("/user").body, customer.state.users[ADMIN]
    reply = customer.users(match | {"phone": "999", "card_num": "?"})
    assert (reply.status, reply.data) == (200, {"submitted": 1, "inserted": 0, "updated": 0, "errors": 0})
    assert (customer.get("/user").body, customer.state.users[ADMIN]) == before


@pytest.mark.rule("LT-R63")
def test_an_ignored_record_is_not_validated(customer: Customer) -> None:
    assert customer.users({"id_num": "RES-1001", "card_num": "?"}).status == 200
    assert customer.users({"id_num": "RES-1001", "card_num": "?"}, update_existing=True).status == 400


@pytest.mark.rule("LT-R64")
def test_a_record_matches_by_id_num_then_by_email_and_two_users_are_an_error(customer: Customer) -> None:
    moved = {"id_num": "RES-1001", "email": "mary@example.org"}
    assert customer.users(moved, update_existing=True).data["updated"] == 1
    assert customer.user(MARY)["email"] == "mary@example.org"
    renumbered = {"id_num": "RES-9", "email": "mary@example.org"}
    assert customer.users(renumbered, update_existing=True).data["updated"] == 1
    assert customer.user(MARY)["id_num"] == "RES-9"
    both = {"id_num": "RES-9", "email": "pflegermaria@example.com"}
    (error,) = customer.users(both, update_existing=True).json["errors"]
    assert error["error"] == ["id_num and email belong to different users: RES-9, pflegermaria@example.com"]


@pytest.mark.rule("LT-R65")
def test_an_id_counts_only_without_id_num_and_email_and_must_then_exist(customer: Customer) -> None:
    assert customer.users({"id": MARY, "phone": "1"}, update_existing=True).data["updated"] == 1
    assert (
        customer.users({"id": MARY, "id_num": "N-1", "first_name": "New"}, update_existing=True).data["inserted"] == 1
    )
    assert customer.user(MARY)["first_name"] == "Mary"
    (error,) = customer.users({"id": 77, "phone": "1"}, update_existing=True).json["errors"]
    assert error["error"] == ["User Not Found: 77"]
    for number, message in ((0, "User Not Found: 0"), ("x", "Invalid id found: x")):
        (error,) = customer.users({"id": number, "first_name": "New"}).json["errors"]
        assert error["error"] == [message]
    assert customer.users({"id": -1, "first_name": "New"}).data["inserted"] == 1


@pytest.mark.rule("LT-R66")
def test_emails_are_compared_without_case_and_id_numbers_with_it(customer: Customer) -> None:
    assert customer.users({"email": "NIGEL89@Example.COM"}).data["inserted"] == 0
    assert customer.users({"id_num": "res-1001", "first_name": "A"}).data["inserted"] == 1


@pytest.mark.rule("LT-R67")
def test_an_update_keeps_absent_fields_and_empties_empty_ones(customer: Customer) -> None:
    before = customer.user(MARY)
    levels = [{"id": RESIDENTS}]
    customer.users({"id_num": "RES-1001", "phone": None, "accesslevels": levels}, update_existing=True)
    assert customer.user(MARY) == before
    customer.users({"id_num": "RES-1001", "phone": "", "card_num": "", "accesslevels": levels}, update_existing=True)
    assert customer.user(MARY) == before | {"phone": ""}


@pytest.mark.rule("LT-R68")
@pytest.mark.parametrize("levels", [{}, {"accesslevels": []}, {"accesslevels": None}])
def test_replacing_privileges_without_levels_removes_all(customer: Customer, levels: dict[str, Any]) -> None:
    (echo,) = customer.get("/user", id=MARY).data
    assert customer.users(echo | levels, update_existing=True).data["updated"] == 1
    assert customer.user(MARY)["accesslevels"] == []
    assert customer.denied(FRONT_DOOR, 10001) == "No Access Level"


@pytest.mark.rule("LT-R69")
def test_privileges_are_added_if_they_are_not_replaced(customer: Customer) -> None:
    def levels() -> list[int]:
        return [level["id"] for level in customer.user(MARY)["accesslevels"]]

    given = {"id_num": "RES-1001", "accesslevels": [{"id": STAFF}, {"id": STAFF}, {"id": RESIDENTS}]}
    customer.users(given, update_existing=True, replace_privileges=False)
    assert levels() == [RESIDENTS, STAFF]
    customer.users({"id_num": "RES-1001"}, update_existing=True, replace_privileges="false")
    assert levels() == [RESIDENTS, STAFF]
    customer.users({"id_num": "RES-1001", "accesslevels": [{"id": GUESTS}]}, update_existing=True)
    assert levels() == [GUESTS]


@pytest.mark.rule("LT-R70")
@pytest.mark.parametrize("card", ["A8914", "12 3", "-1", -1, 1.5, True, "١٢", [1]])
def test_a_card_number_that_is_not_numeric_is_an_error(customer: Customer, card: Any) -> None:
    (error,) = customer.users({"first_name": "A", "card_num": card}).json["errors"]
    assert error["error"][0].startswith("Non-Numeric card_num found: ")


@pytest.mark.rule("LT-R71")
@pytest.mark.parametrize("email", ["rgreswell0@@@@gravatar.com", "nobody", "@b.c", "a@b", "a b@c.d", "a@b.c."])
def test_an_invalid_email_address_is_an_error(customer: Customer, email: str) -> None:
    (error,) = customer.users({"first_name": "A", "email": email}).json["errors"]
    assert error["error"] == [f"Invalid email address found: {email}"]


@pytest.mark.rule("LT-R72")
@pytest.mark.parametrize("card", ["10001", 10001, "20001", "10006"])
def test_a_card_number_belongs_to_one_credential_or_fob(customer: Customer, card: Any) -> None:
    (error,) = customer.users({"first_name": "A", "card_num": card}).json["errors"]
    assert error["error"] == [f"Card Number Already Exists: {card}"]
    assert customer.users({"id_num": "RES-1001", "card_num": 10001}, update_existing=True).data["updated"] == 1


@pytest.mark.rule("LT-R73")
@pytest.mark.rule("LT-R179")
def test_card_numbers_have_up_to_18_digits_and_may_be_numbers(customer: Customer) -> None:
    assert customer.user(customer.add(card_num=5599))["card_num"] == "5599"
    assert customer.user(customer.add(card_num="9" * 18))["card_num"] == "9" * 18
    (error,) = customer.users({"first_name": "A", "card_num": "9" * 19}).json["errors"]
    assert error["error"] == [f"Invalid card_num found: {'9' * 19}"]


@pytest.mark.rule("LT-R74")
@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ([{"id": 9}], "Access Level Not Found: 9"),
        ([{"id": "508"}, {"id": "x"}], "Invalid accesslevels found: "),
        ([508], "Invalid accesslevels found: "),
        ({"id": 508}, "Invalid accesslevels found: "),
        ("508", "Invalid accesslevels found: "),
    ],
)
def test_unknown_access_levels_are_errors(customer: Customer, levels: Any, expected: str) -> None:
    (error,) = customer.users({"first_name": "A", "accesslevels": levels}).json["errors"]
    assert error["error"][0].startswith(expected)


@pytest.mark.rule("LT-R75")
def test_a_new_user_needs_a_name(customer: Customer) -> None:
    (error,) = customer.users({"id_num": "N-1", "first_name": "", "last_name": ""}).json["errors"]
    assert error["error"] == ["Name is required: first_name, last_name"]


@pytest.mark.rule("LT-R76")
def test_another_card_number_makes_another_credential_and_the_old_one_opens_nothing(customer: Customer) -> None:
    (was,) = [c for c in customer.get("/credential").data if c["card_num"] == "10003"]
    change = {"id_num": "CLN-3001", "card_num": "777", "accesslevels": [{"id": RESIDENTS}]}
    assert customer.users(change, update_existing=True).data["updated"] == 1
    held = [c for c in customer.get("/credential").data if c["user"][0]["id"] == ADELAIDE]
    assert [(c["card_num"], c["claim_status"]) for c in held] == [("10004", "Unclaimed"), ("777", "Unclaimed")]
    assert was["credential_key"] not in [c["credential_key"] for c in held]
    assert customer.user(ADELAIDE)["card_num"] == "777"
    assert [customer.denied(FRONT_DOOR, card) for card in (10003, 777, 10004)] == ["Unknown Card", "", ""]


@pytest.mark.rule("LT-R77")
def test_the_system_makes_registration_keys(customer: Customer) -> None:
    number = customer.add(card_num="4", credential_key="AAAA-BBBB-1111-2222")
    assert customer.user(number)["credential_key"] not in ("", "AAAA-BBBB-1111-2222")
    assert customer.user(customer.add())["credential_key"] == ""


@pytest.mark.rule("LT-R78")
def test_a_pin_is_accepted_and_never_answered(customer: Customer) -> None:
    number = customer.add(pin="0986", enabled=False)
    assert customer.state.users[number].pin == "0986"
    assert "0986" not in str(customer.get("/user").data)
    assert customer.user(number)["enabled"] is False
    assert customer.user(customer.add())["enabled"] is True


@pytest.mark.rule("LT-R79")
@pytest.mark.parametrize("match", [{"id_num": "ADM-1"}, {"email": "victoria37@example.com"}, {"id": ADMIN}])
def test_an_administrator_cannot_be_changed(customer: Customer, match: dict[str, Any]) -> None:
    before = customer.state.users[ADMIN]
    (error,) = customer.users(match | {"enabled": False}, update_existing=True).json["errors"]
    assert error["error"][0].startswith("Administrative users cannot be updated: ")
    assert customer.state.users[ADMIN] == before


@pytest.mark.rule("LT-R80")
@pytest.mark.parametrize(("value", "shown"), [("true", True), ("False", False), (True, True), (False, False)])
def test_enabled_is_a_boolean_or_the_text_of_one(customer: Customer, value: Any, shown: bool) -> None:
    assert customer.user(customer.add(enabled=value))["enabled"] is shown
    (error,) = customer.users({"first_name": "A", "enabled": "yes"}).json["errors"]
    assert error["error"] == ["Invalid enabled found: yes"]


@pytest.mark.rule("LT-R81")
@pytest.mark.rule("LT-R82")
def test_validation_answers_as_saving_would_and_commits_nothing(customer: Customer) -> None:
    records = [
        {"id_num": "N-1", "first_name": "A", "card_num": "5"},
        {"id_num": "RES-1001", "card_num": "6"},
        {"card_num": "?"},
    ]
    for options in ({}, {"validate_fails_batch": False}, {"update_existing": True, "validate_fails_batch": False}):
        body = {"users": records, "options": options}
        before = customer.get("/user").body, customer.get("/credential").body
        validated = customer.post("/uservalidate", body)
        assert (customer.get("/user").body, customer.get("/credential").body) == before
        saved = Customer().post("/user", body)
        assert (validated.status, validated.body) == (saved.status, saved.body)


@pytest.mark.rule("LT-R83")
def test_the_system_makes_ids_with_gaps(customer: Customer) -> None:
    customer.users(*({"id": 7000 + n, "id_num": f"N-{n}", "first_name": "A"} for n in range(30)))
    ids = sorted(customer.state.users)[5:]
    steps = {after - before for before, after in itertools.pairwise(ids)}
    assert max(ids) < 7000
    assert 1 in steps
    assert steps - {1}


@pytest.mark.rule("LT-R84")
@pytest.mark.parametrize("value", [None, "", 123])
def test_a_text_may_be_missing_empty_or_a_number(customer: Customer, value: Any) -> None:
    number = customer.add(phone=value, email=None if value == 123 else value)
    assert customer.user(number)["phone"] == {None: "", "": "", 123: "123"}[value]
    (error,) = customer.users({"first_name": "A", "phone": ["1"]}).json["errors"]
    assert error["error"] == ['Invalid phone found: ["1"]']


@pytest.mark.rule("LT-R181")
@pytest.mark.parametrize(
    ("path", "node", "record"),
    [("/user", "users", {"first_name": "A"}), ("/door", "doors", {"name": "Attic"}),
     ("/fob", "fobs", {"name": "F", "card_num": "1"})],
)  # fmt: skip
def test_unknown_fields_of_a_record_are_ignored_and_echoed(
    customer: Customer, path: str, node: str, record: dict[str, Any]
) -> None:
    reply = customer.post(path, {node: [record | {"location": "Cellar"}]})
    assert reply.data["inserted"] == 1
    assert "Cellar" not in customer.get(path).body.decode()
    wrong = {"name": "Attic", "card_num": "?", "location": "Cellar"}
    (error,) = customer.post(path, {node: [wrong]}).json["errors"]
    assert error["input_data"]["location"] == "Cellar"


@pytest.mark.rule("LT-R85")
def test_the_documented_recipes_create_a_user_and_end_access(customer: Customer) -> None:
    level = next(one["id"] for one in customer.get("/accesslevel").data if one["name"] == "Guests")
    number = customer.add(id_num="GST-1", card_num="8769", accesslevels=[{"id": level}])
    assert customer.denied(FRONT_DOOR, 8769) == ""
    (read,) = customer.get("/user", id=number).data
    ended = read | {"access_expires": "2026-01-05 08:00:00"}
    assert customer.users(ended).data["updated"] == 0
    assert customer.denied(FRONT_DOOR, 8769) == ""
    assert customer.users(ended | {"accesslevels": [{"id": level}]}, update_existing=True).data["updated"] == 1
    assert customer.denied(FRONT_DOOR, 8769) == "Expired"
    assert [one["id"] for one in customer.user(number)["accesslevels"]] == [level]
