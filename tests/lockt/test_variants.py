"""A variant changes only what its sentence says."""

from __future__ import annotations

from locksim.lockt.seed import MARY
from tests.lockt.customer import Customer


def with_variants(*ids: str) -> Customer:
    customer = Customer()
    customer.world.control("variants", ids=[f"lockt-{id_}" for id_ in ids])
    return customer


def test_posts_a_second_apart_are_accepted_and_refused_ones_do_not_count() -> None:
    customer = with_variants("posts-apart")
    assert customer.post("/door", {"doors": [{"name": "A"}]}).status == 200
    customer.pass_time(0.6)
    refused = customer.post("/door", {"doors": [{"name": "B"}]})
    assert (refused.status, refused.json["errors"]) == (400, [])
    assert customer.put("/fob", {"fobs": [{"id": 1652, "user_id": MARY}]}).status == 200
    assert customer.ask(customer.request("POST", "/door", {"doors": [{"name": "B"}]}, apikey="wrong")).status == 401
    customer.pass_time(0.4)
    assert customer.post("/door", {"doors": [{"name": "B"}]}).status == 200


def test_options_that_are_booleans_or_null_are_accepted() -> None:
    customer = with_variants("options-are-booleans")
    record = {"id_num": "N-1", "first_name": "Toby"}
    for option, status in ((True, 200), (None, 200), ("true", 400), ("false", 400)):
        reply = customer.post("/user", {"users": [record], "options": {"update_existing": option}})
        assert reply.status == status, option
        customer.pass_time(1)


def test_an_explicit_option_overrides_a_changed_default() -> None:
    customer = with_variants("updates-unasked", "privileges-added")
    record = {"id_num": "RES-1001", "phone": "1"}
    assert customer.users(record, update_existing=False).data["updated"] == 0
    assert customer.users(record).data["updated"] == 1
    assert [level["name"] for level in customer.user(MARY)["accesslevels"]] == ["Residents"]
    assert customer.users(record, replace_privileges=True).data["updated"] == 1
    assert customer.user(MARY)["accesslevels"] == []


def test_an_ignored_record_that_counts_as_updated_changes_nothing() -> None:
    customer = with_variants("ignored-is-updated")
    assert customer.users({"id_num": "RES-1001", "phone": "1"}).data == {
        "submitted": 1, "inserted": 0, "updated": 1, "errors": 0,
    }  # fmt: skip
    assert customer.user(MARY)["phone"] == "5550100"


def test_only_dates_without_a_zone_are_local() -> None:
    customer = with_variants("dates-are-local")
    dates = {"access_effective": "2026-12-31T21:00:00.000Z", "access_expires": "2026-12-31 21:00:00"}
    user = customer.user(customer.add(**dates))
    assert user["access_effective"] == "2026-12-31T21:00:00.000Z"
    assert user["access_expires"] == "2027-01-01T02:00:00.000Z"
    assert customer.users({"first_name": "Toby", "access_expires": "2026-02-31 21:00:00"}).status == 400


def test_a_cursor_that_is_not_a_number_is_refused_as_before() -> None:
    customer = with_variants("cursor-included")
    assert [event["id"] for event in customer.get("/events", id=864).data] == [865, 864]
    assert customer.get("/events", id="x").status == 400
