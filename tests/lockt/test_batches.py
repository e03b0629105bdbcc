"""A POST: up to 100 records, one batch at a time, processed whole or in part."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lockt.customer import Customer

ROOMS = [{"name": f"Room {number}"} for number in range(101)]
PARSE = "No data found or invalid JSON objects supplied. Could not parse input."
FAILED = "Validation errors found. Batch has failed. Details provided."
TAKEN = {"name": "Laundry"}


def names(customer: Customer) -> list[str]:
    return [door["name"] for door in customer.get("/door").data]


@pytest.mark.rule("LT-R20")
def test_a_hundred_records_are_accepted_and_one_more_is_refused_whole(customer: Customer) -> None:
    before = names(customer)
    reply = customer.post("/door", {"doors": ROOMS})
    assert reply.status == 400
    assert reply.json == {"result": ["Batch size exceeds maximum of 100 objects."], "errors": []}
    assert names(customer) == before
    assert customer.post("/door", {"doors": ROOMS[:100]}).data["inserted"] == 100


@pytest.mark.rule("LT-R173")
def test_a_put_may_have_more_than_a_hundred_records(customer: Customer) -> None:
    reply = customer.put("/fob", {"fobs": [{"id": 1652, "user_id": 1601}] * 101})
    assert (reply.status, reply.data["updated"]) == (200, 101)


@pytest.mark.rule("LT-R21")
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"doors":[]}', b'{"doors":{}}', b'{"doors":["a"]}', b'{"doors":[{},1]}',
     b'{"users":[{"name":"a"}]}', b"[" * 5000, b'{"doors":[{"name":"\\ud800"}]}'],
)  # fmt: skip
def test_a_body_that_cannot_be_parsed_is_refused_with_the_documents_text(customer: Customer, body: bytes) -> None:
    reply = customer.post("/door", body)
    assert (reply.status, reply.json) == (400, {"result": [PARSE], "errors": []})


@pytest.mark.rule("LT-R22")
@given(records=st.integers(1, 100))
def test_a_batch_takes_50_ms_a_record(records: int) -> None:
    customer = Customer()
    waiting = customer.begin("POST", "/door", {"doors": ROOMS[:records]})
    customer.pass_time(0.05 * records - 0.001)
    assert not waiting.answers
    assert len(customer.state.doors) == 5
    customer.pass_time(0.001)
    assert waiting.reply.data["inserted"] == records


@pytest.mark.rule("LT-R23")
@pytest.mark.rule("LT-R174")
@pytest.mark.rule("LT-R24")
@pytest.mark.parametrize("path", ["/door", "/user", "/uservalidate", "/fob", "/credential"])
def test_a_post_while_another_runs_is_refused_and_applies_nothing(customer: Customer, path: str) -> None:
    first = customer.begin("POST", "/door", {"doors": ROOMS[:2]})
    node = {"/uservalidate": "users"}.get(path, path.strip("/") + "s")
    second = customer.begin("POST", path, {node: [{"name": "Attic", "first_name": "A", "card_num": 77, "id": 1631}]})
    assert second.reply.status == 400
    assert second.reply.json["errors"] == []
    assert "overlapping" in second.reply.json["result"][0]
    customer.pass_time(0.1)
    assert first.reply.data["inserted"] == 2
    assert len(customer.state.users) == 5
    assert "Attic" not in names(customer)


@given(counts=st.lists(st.integers(1, 40), min_size=1, max_size=4))
def test_posts_one_after_another_are_never_refused_as_overlapping(counts: list[int]) -> None:
    customer = Customer()
    for number, count in enumerate(counts):
        rooms = [{"name": f"{number}/{room}"} for room in range(count)]
        assert customer.post("/door", {"doors": rooms}).data["inserted"] == count


@pytest.mark.rule("LT-R25")
def test_a_put_is_answered_at_once_and_does_not_overlap_with_posts(customer: Customer) -> None:
    first = customer.begin("POST", "/door", {"doors": ROOMS[:2]})
    assert customer.begin("PUT", "/fob", {"fobs": [{"id": 1652, "user_id": 1601}]}).reply.status == 200
    assert not first.answers


@pytest.mark.rule("LT-R26")
def test_without_limits_posts_may_overlap() -> None:
    customer = Customer(limits=False)
    both = [customer.begin("POST", "/door", {"doors": [room]}) for room in ROOMS[:2]]
    customer.pass_time(0.1)
    assert [one.reply.data["inserted"] for one in both] == [1, 1]


@pytest.mark.rule("LT-R27")
def test_a_batch_is_finished_even_if_its_caller_has_hung_up(customer: Customer) -> None:
    waiting = customer.begin("POST", "/door", {"doors": ROOMS[:3]})
    customer.leave(waiting)
    assert customer.begin("POST", "/door", {"doors": [ROOMS[5]]}).reply.status == 400
    customer.pass_time(1)
    assert not waiting.answers
    assert names(customer)[-3:] == ["Room 0", "Room 1", "Room 2"]


@pytest.mark.rule("LT-R28")
@pytest.mark.rule("LT-R175")
@pytest.mark.parametrize("value", [False, "false", "False", "FALSE"])
def test_options_are_booleans_or_the_texts_of_booleans(customer: Customer, value: Any) -> None:
    reply = customer.post("/door", {"doors": [TAKEN, ROOMS[0]], "options": {"validate_fails_batch": value}})
    assert reply.data["inserted"] == 1


@pytest.mark.rule("LT-R29")
def test_validate_fails_batch_defaults_to_true(customer: Customer) -> None:
    for options in (None, {}, {"validate_fails_batch": None}):
        assert customer.post("/door", {"doors": [TAKEN, ROOMS[0]], "options": options}).status == 400


@pytest.mark.rule("LT-R30")
@pytest.mark.parametrize(
    "options", [[], "true", {"validate_fails_batch": "yes"}, {"update_existing": 1}, {"replace_privileges": []}]
)
def test_invalid_options_cannot_be_parsed(customer: Customer, options: Any) -> None:
    assert customer.post("/door", {"doors": [ROOMS[0]], "options": options}).json["result"] == [PARSE]


@pytest.mark.rule("LT-R31")
@pytest.mark.rule("LT-R176")
def test_one_invalid_record_fails_the_whole_batch(customer: Customer) -> None:
    before = customer.world.core.vendors["lockt"].state, customer.get("/door").body
    reply = customer.post("/door", {"doors": [ROOMS[0], TAKEN, ROOMS[1]]})
    assert (reply.status, reply.json["result"]) == (400, [FAILED])
    assert reply.json["errors"] == [{"error": ["Door Name Already Exists: Laundry"], "input_data": TAKEN}]
    assert customer.get("/door").body == before[1]


@pytest.mark.rule("LT-R32")
@pytest.mark.rule("LT-R33")
def test_without_validate_fails_batch_valid_records_are_saved_and_errors_are_answered(customer: Customer) -> None:
    reply = customer.post("/door", {"doors": [ROOMS[0], TAKEN, ROOMS[1]], "options": {"validate_fails_batch": False}})
    assert reply.status == 200
    assert reply.json == {
        "data": {"submitted": 3, "inserted": 2, "updated": 0, "errors": 1},
        "result": ["Validation errors found. Details provided."],
        "errors": [{"error": ["Door Name Already Exists: Laundry"], "input_data": TAKEN}],
    }
    assert names(customer)[-2:] == ["Room 0", "Room 1"]


@pytest.mark.rule("LT-R34")
def test_when_all_records_fail_the_batch_fails_whatever_the_option_says(customer: Customer) -> None:
    reply = customer.post("/door", {"doors": [TAKEN, {}], "options": {"validate_fails_batch": False}})
    assert (reply.status, reply.json["result"], len(reply.json["errors"])) == (400, [FAILED], 2)


@pytest.mark.rule("LT-R35")
def test_a_failed_record_is_answered_with_all_its_errors_and_as_it_came(customer: Customer) -> None:
    given = {"name": "Fob", "card_num": "A1", "access_expires": "tomorrow", "colour": "red"}
    (error,) = customer.post("/fob", {"fobs": [given]}).json["errors"]
    assert error == {
        "error": ["Non-Numeric card_num found: A1", "Invalid access_expires found: tomorrow"],
        "input_data": given,
    }


@pytest.mark.rule("LT-R36")
def test_a_users_input_data_has_every_field_and_id_minus_one_if_none_came(customer: Customer, examples: Any) -> None:
    sample = examples["refusals"]["POST /user, one of errors"]
    given = {name: value for name, value in sample["input_data"].items() if name != "id"}
    given["accesslevels"] = [{"id": 508}]
    (error,) = customer.users(given).json["errors"]
    assert error["error"] == sample["error"]
    assert error["input_data"] == sample["input_data"] | {"accesslevels": [{"id": 508}]}
    assert list(error["input_data"]) == list(sample["input_data"])
    (bare,) = customer.users({"card_num": "x"}).json["errors"]
    assert list(bare["input_data"]) == list(sample["input_data"])


@pytest.mark.rule("LT-R37")
def test_the_counts_are_of_submitted_inserted_updated_and_failed_records(customer: Customer) -> None:
    reply = customer.users(
        {"id_num": "NEW", "first_name": "A"}, {"id_num": "RES-1001", "phone": "1"}, {"id_num": "X", "card_num": "?"},
        update_existing=True, validate_fails_batch=False,
    )  # fmt: skip
    assert list(reply.data.items()) == [("submitted", 3), ("inserted", 1), ("updated", 1), ("errors", 1)]


@pytest.mark.rule("LT-R38")
@pytest.mark.rule("LT-R39")
@pytest.mark.rule("LT-R176")
@pytest.mark.parametrize(
    ("failing", "what"), [("record", "enumerate dependant record"), ("template", "locate template")]
)
def test_a_batch_whose_instance_does_not_answer_is_terminated(customer: Customer, failing: str, what: str) -> None:
    waiting = customer.begin("POST", "/user", {"users": [{"first_name": "A"}]})
    customer.site.act(None, "instance", None, {"failing": failing})
    customer.pass_time(1)
    refusal = {"result": [f"Unable to {what}. Batch has been terminated and exception flagged."], "errors": []}
    assert (waiting.reply.status, waiting.reply.json) == (400, refusal)
    assert customer.put("/fob", {"fobs": [{"id": 1652, "user_id": 1601}]}).json == refusal
    assert len(customer.state.users) == 5


@pytest.mark.rule("LT-R40")
@pytest.mark.parametrize("path", ["/fob", "/credential"])
def test_fobs_and_credentials_take_the_options_too(customer: Customer, path: str) -> None:
    bodies: dict[str, Any] = {
        "/fob": {"fobs": [{"name": "F", "card_num": "1"}, {"name": "G", "card_num": "10001"}]},
        "/credential": {"credentials": [{"id": 1631}, {"id": 9}]},
    }
    assert customer.post(path, bodies[path]).status == 400
    reply = customer.post(path, bodies[path] | {"options": {"validate_fails_batch": "false"}})
    assert (reply.status, reply.data["errors"]) == (200, 1)


@pytest.mark.rule("LT-R41")
def test_a_record_is_checked_against_what_those_before_it_did(customer: Customer, examples: Any) -> None:
    body = examples["requests"]["POST /user"]
    for user in body["users"]:
        user["accesslevels"] = [{"id": 508}]
    reply = customer.post("/user", body)
    assert reply.data == {"submitted": 2, "inserted": 1, "updated": 0, "errors": 1}
    (error,) = reply.json["errors"]
    assert error["error"] == ["Card Number Already Exists: 8769"]
    assert error["input_data"]["first_name"] == "Dana"


def test_a_batch_fails_when_the_state_is_replaced_while_it_runs(customer: Customer) -> None:
    import msgspec

    waiting = customer.begin("POST", "/door", {"doors": [ROOMS[0]]})
    state = msgspec.to_builtins(customer.state, str_keys=True) | {"running": []}
    customer.world.control("load", vendor="lockt", state=state)
    customer.pass_time(1)
    assert waiting.reply.status == 500
    assert len(customer.state.doors) == 5


def test_what_one_record_gives_up_is_free_for_the_next(customer: Customer) -> None:
    """A card number and an e-mail address pass from one user to another in one batch."""
    reply = customer.users(
        {"id_num": "RES-1001", "card_num": "777", "email": "mary@example.org"},
        {"id_num": "NEW", "first_name": "A", "card_num": "10001", "email": "nigel89@example.com"},
        update_existing=True,
    )
    assert (reply.status, reply.data["inserted"], reply.data["updated"]) == (200, 1, 1)
    held = {one["card_num"]: one["user"][0]["name"] for one in customer.get("/credential").data}
    assert (held["777"], held["10001"]) == ("Giles, Mary", "A")
