"""Variants keep to their sentence: what it does not speak of is as it was."""

from __future__ import annotations

from locksim.lockt.seed import MARY
from tests.lockt.customer import Customer


def planted(*ids: str) -> Customer:
    customer = Customer()
    customer.world.control("variants", ids=[f"lockt-{id_}" for id_ in ids])
    return customer


def test_posts_apart_by_a_second_are_taken_and_what_was_refused_does_not_count() -> None:
    customer = planted("posts-apart")
    assert customer.post("/door", {"doors": [{"name": "A"}]}).status == 200
    customer.pass_time(0.6)
    refused = customer.post("/door", {"doors": [{"name": "B"}]})
    assert (refused.status, refused.json["errors"]) == (400, [])
    assert customer.put("/fob", {"fobs": [{"id": 1652, "user_id": MARY}]}).status == 200
    assert customer.ask(customer.request("POST", "/door", {"doors": [{"name": "B"}]}, apikey="wrong")).status == 401
    customer.pass_time(0.4)
    assert customer.post("/door", {"doors": [{"name": "B"}]}).status == 200


def test_options_that_are_booleans_or_null_are_taken() -> None:
    customer = planted("options-are-booleans")
    record = {"id_num": "N-1", "first_name": "Toby"}
    for option, status in ((True, 200), (None, 200), ("true", 400), ("false", 400)):
        said = customer.post("/user", {"users": [record], "options": {"update_existing": option}})
        assert said.status == status, option
        customer.pass_time(1)


def test_what_is_said_of_an_option_counts_more_than_another_default() -> None:
    customer = planted("updates-unasked", "privileges-added")
    record = {"id_num": "RES-1001", "phone": "1"}
    assert customer.users(record, update_existing=False).data["updated"] == 0
    assert customer.users(record).data["updated"] == 1
    assert [level["name"] for level in customer.user(MARY)["accesslevels"]] == ["Residents"]
    assert customer.users(record, replace_privileges=True).data["updated"] == 1
    assert customer.user(MARY)["accesslevels"] == []


def test_a_record_that_counts_as_updated_is_ignored_all_the_same() -> None:
    customer = planted("ignored-is-updated")
    assert customer.users({"id_num": "RES-1001", "phone": "1"}).data == {
        "submitted": 1, "inserted": 0, "updated": 1, "errors": 0,
    }  # fmt: skip
    assert customer.user(MARY)["phone"] == "5550100"


def test_only_dates_without_a_zone_are_local() -> None:
    customer = planted("dates-are-local")
    dates = {"access_effective": "2026-12-31T21:00:00Z", "access_expires": "2026-12-31 21:00:00"}
    user = customer.user(customer.add(**dates))
    assert user["access_effective"] == "2026-12-31T21:00:00.000Z"
    assert user["access_expires"] == "2027-01-01T02:00:00.000Z"
    assert customer.users({"first_name": "Toby", "access_expires": "2026-02-31 21:00:00"}).status == 400


def test_a_cursor_that_is_no_number_is_refused_as_before() -> None:
    customer = planted("cursor-included")
    assert [event["id"] for event in customer.get("/events", id=864).data] == [865, 864]
    assert customer.get("/events", id="x").status == 400
