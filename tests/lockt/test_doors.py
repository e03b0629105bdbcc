"""Doors, their batteries, schedules and access levels; credentials and phones; fobs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.errors import Impossible, Refused, Unknown
from locksim.lockt.seed import (
    ADELAIDE,
    ADMIN,
    ARCHIVE,
    BOILER_ROOM,
    BRIDGE,
    CARDHOLDER,
    DENNIS,
    FRONT_DOOR,
    LAUNDRY,
    MARY,
    NIGHT_FOB,
    PHONE,
    SECOND_PHONE,
    SPARE_FOB,
    SUITE_12,
    VISITOR_FOB,
)  # fmt: skip
from tests.lockt.customer import Customer


def level_of(customer: Customer, door: int) -> Any:
    return next(one for one in customer.get("/doorstate").data if one["id"] == door).get("battery_level")


# ---- doors


@pytest.mark.rule("LT-R120")
def test_a_door_is_shown_with_type_location_and_controller(customer: Customer) -> None:
    first, *_, last = customer.get("/door").data
    assert list(first) == ["id", "type", "name", "location", "enabled", "controller"]
    assert (first["type"], first["location"], first["enabled"]) == ("Access Controlled Door", "Main Hall", True)
    assert (last["id"], last["enabled"]) == (ARCHIVE, False)


@pytest.mark.rule("LT-R121")
@pytest.mark.parametrize("record", [{}, {"name": ""}, {"name": " "}, {"name": ["a"]}, {"name": "Laundry"}])
def test_a_doors_name_is_required_and_unique(customer: Customer, record: dict[str, Any]) -> None:
    assert customer.post("/door", {"doors": [record]}).status == 400


def test_of_two_new_doors_with_one_name_only_one_is_inserted(customer: Customer) -> None:
    reply = customer.post("/door", {"doors": [{"name": "Attic"}] * 2, "options": {"validate_fails_batch": False}})
    assert (reply.data["inserted"], reply.data["errors"]) == (1, 1)


@pytest.mark.rule("LT-R122")
def test_a_new_door_is_enabled_and_on_no_access_level(customer: Customer) -> None:
    customer.post("/door", {"doors": [{"name": "Attic"}]})
    door = customer.get("/door").data[-1]
    assert (door["name"], door["enabled"], door["location"]) == ("Attic", True, "")
    assert level_of(customer, door["id"]) == 1
    assert customer.denied(door["id"], 10001) == "No Access Level"
    assert customer.newest()["device"] == "Core 6"


@pytest.mark.rule("LT-R123")
def test_a_new_door_counts_as_inserted_and_not_as_updated(customer: Customer) -> None:
    reply = customer.post("/door", {"doors": [{"name": "Attic"}]})
    assert reply.data == {"submitted": 1, "inserted": 1, "updated": 0, "errors": 0}


# ---- batteries


@pytest.mark.rule("LT-R124")
@pytest.mark.rule("LT-R184")
@given(level=st.floats(0, 1))
def test_a_battery_level_is_from_0_to_1_with_two_decimals(level: float) -> None:
    customer = Customer()
    customer.site.hardware.act(str(FRONT_DOOR), "battery", level=level)
    shown = level_of(customer, FRONT_DOOR)
    assert 0 <= level - shown < 0.0100001 or abs(level - shown) < 1e-6
    assert shown == round(shown, 2)


@pytest.mark.rule("LT-R125")
def test_a_wired_door_has_no_battery_level(customer: Customer) -> None:
    assert list(customer.get("/doorstate").data[3]) == ["id", "name"]
    with pytest.raises(Impossible, match="wired"):
        customer.site.hardware.act(str(BOILER_ROOM), "battery", level=0.5)


@pytest.mark.rule("LT-R126")
def test_a_battery_drains_with_time_and_with_openings() -> None:
    customer = Customer(battery_drain=1)
    for _ in range(400):
        customer.show(FRONT_DOOR, 10001)
    assert level_of(customer, FRONT_DOOR) == 0.93
    assert level_of(customer, SUITE_12) == 1
    customer.pass_time(86_400 * 365)
    assert level_of(customer, SUITE_12) == 0.49
    customer.pass_time(86_400 * 365 * 3)
    assert level_of(customer, SUITE_12) == 0
    assert customer.site.hardware.act(str(SUITE_12), "battery") == {"battery": 1.0, "missing": False}


def test_a_refused_card_does_not_drain_the_battery(customer: Customer) -> None:
    was = customer.site.hardware[str(FRONT_DOOR)].state
    customer.show(FRONT_DOOR, 1)
    assert customer.site.hardware[str(FRONT_DOOR)].state == was


@pytest.mark.rule("LT-R165")
def test_a_door_with_an_empty_or_missing_battery_opens_for_nobody(customer: Customer) -> None:
    front = customer.site.hardware[str(FRONT_DOOR)]
    for args in ({"level": 0}, {"missing": True}):
        front.battery(**args)
        assert customer.denied(FRONT_DOOR, 10001) == "Battery Missing"
        assert level_of(customer, FRONT_DOOR) == 0
        front.battery()
    front.battery(level=0.5)
    front.battery(missing=True)
    assert front.battery(missing=False)["battery"] == 0.5
    with pytest.raises(Refused):
        front.battery(level=1.5)


@pytest.mark.rule("LT-R185")
def test_a_battery_level_stays_what_it_was_while_the_bridge_is_offline() -> None:
    customer = Customer(battery_drain=1)
    front, bridge = customer.site.hardware[str(FRONT_DOOR)], customer.site.hardware[BRIDGE]
    front.battery(level=0.5)
    bridge.network(on=False)
    assert level_of(customer, FRONT_DOOR) == 0.5
    front.battery(level=0.9)
    bridge.network(on=False)
    front.battery(missing=True)
    customer.pass_time(86_400 * 100)
    assert level_of(customer, FRONT_DOOR) == 0.5
    assert front.state["missing"] is True
    bridge.network(on=True)
    assert level_of(customer, FRONT_DOOR) == 0
    front.battery(level=0.7)
    bridge.network(on=False)
    bridge.network(on=True)
    front.battery(level=0.3)
    bridge.network(on=False)
    front.battery()
    assert level_of(customer, FRONT_DOOR) == 0.3
    assert level_of(customer, SUITE_12) == 0.86, "the other bridge is online"


@pytest.mark.rule("LT-R185")
def test_openings_do_not_drain_the_reported_battery_while_the_bridge_is_offline() -> None:
    customer = Customer(battery_drain=1)
    customer.site.hardware.act(str(FRONT_DOOR), "battery")
    customer.site.hardware.act(BRIDGE, "network", on=False)
    customer.post("/door", {"doors": [{"name": "Attic"}]})
    for _ in range(500):
        customer.show(FRONT_DOOR, 10001)
    assert level_of(customer, FRONT_DOOR) == 1
    assert level_of(customer, customer.get("/door").data[-1]["id"]) == 1
    customer.site.hardware.act(BRIDGE, "network", on=True)
    assert level_of(customer, FRONT_DOOR) == 0.98


# ---- schedules and access levels


@pytest.mark.rule("LT-R127")
def test_a_schedule_has_a_bit_a_day_from_monday_and_start_and_stop(customer: Customer) -> None:
    _, workdays, weekend = customer.get("/schedule").data
    assert list(workdays) == ["id", "name", *(f"d{day}" for day in range(7)), "start", "stop"]
    assert [workdays[f"d{day}"] for day in range(7)] == [1, 1, 1, 1, 1, 0, 0]
    assert [weekend[f"d{day}"] for day in range(7)] == [0, 0, 0, 0, 0, 1, 1]
    assert (workdays["start"], workdays["stop"]) == ("07:00:00", "17:59:59")


@pytest.mark.rule("LT-R128")
@pytest.mark.rule("LT-R130")
@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-01-05T06:59:59.999Z", False), ("2026-01-05T07:00:00Z", True), ("2026-01-05T17:59:59Z", True),
        ("2026-01-05T17:59:59.999Z", True), ("2026-01-05T18:00:00Z", False), ("2026-01-09T12:00:00Z", True),
        ("2026-01-10T12:00:00Z", False), ("2026-01-11T12:00:00Z", False),
    ],
)  # fmt: skip
def test_a_schedule_is_in_utc_and_includes_its_last_second(at: str, opens: bool) -> None:
    assert Customer(start=at).show(FRONT_DOOR, 10002)["granted"] is opens


@pytest.mark.rule("LT-R130")
@pytest.mark.parametrize(
    ("at", "opens"),
    [("2026-01-05T11:59:59Z", False), ("2026-01-05T12:00:00Z", True), ("2026-01-05T22:59:59Z", True),
     ("2026-01-05T23:00:00Z", False), ("2026-07-06T11:00:00Z", True), ("2026-07-06T22:00:00Z", False),
     ("2026-01-10T03:00:00Z", False), ("2026-01-12T00:00:00Z", False)],
)  # fmt: skip
def test_a_schedule_is_in_the_instances_time_zone_with_its_summer_time(at: str, opens: bool) -> None:
    customer = Customer(start=at)
    customer.site.support("time_zone", name="America/New_York")
    assert customer.show(FRONT_DOOR, 10002)["granted"] is opens


def test_an_unknown_time_zone_is_refused(customer: Customer) -> None:
    with pytest.raises(Refused, match="Europe/London"):
        customer.site.support("time_zone", name="Mars/Base")
    assert customer.site.support("time_zone") == {"time_zone": "UTC"}


@pytest.mark.rule("LT-R129")
def test_an_access_level_without_doors_has_no_key_doors(customer: Customer) -> None:
    *_, last = customer.get("/accesslevel").data
    assert last == {"id": CARDHOLDER, "name": "Cardholder"}
    assert customer.get("/accesslevel").data[0]["doors"] == [
        {"id": FRONT_DOOR, "name": "Front Door"}, {"id": LAUNDRY, "name": "Laundry"},
    ]  # fmt: skip


# ---- credentials and phones


@pytest.mark.rule("LT-R90")
def test_a_credential_is_shown_with_its_holder_in_an_array(customer: Customer) -> None:
    first, *_ = customer.get("/credential").data
    assert list(first) == ["id", "card_num", "credential_key", "claim_status", "user"]
    assert first["user"] == [{"id": MARY, "name": "Giles, Mary"}]


@pytest.mark.rule("LT-R91")
@pytest.mark.rule("LT-R92")
def test_the_summary_counts_the_claimed_and_the_unclaimed(customer: Customer) -> None:
    def counted() -> list[tuple[str, int]]:
        return [(one["claim_status"], one["count"]) for one in customer.get("/credentialsummary").data]

    assert counted() == [("Claimed", 2), ("Unclaimed", 3)]
    customer.site.hardware.act(PHONE, "claim")
    assert counted() == [("Claimed", 3), ("Unclaimed", 2)]
    assert [one["claim_status"] for one in customer.get("/credential").data].count("Claimed") == 3


@pytest.mark.rule("LT-R93")
def test_a_reissued_credential_has_a_new_key_and_must_be_claimed_again(customer: Customer) -> None:
    (was, *_) = customer.get("/credential").data
    assert customer.site.hardware.act(str(FRONT_DOOR), "present_credential", phone=PHONE)["granted"]
    for named in ({"id": was["id"]}, {"card_num": "10001"}):
        reply = customer.post("/credential", {"credentials": [named]})
        assert reply.data == {"submitted": 1, "inserted": 0, "updated": 1, "errors": 0}
        (now, *_) = customer.get("/credential").data
        assert (now["claim_status"], now["card_num"]) == ("Unclaimed", "10001")
        assert now["credential_key"] != was["credential_key"]
        assert not customer.site.hardware.act(str(FRONT_DOOR), "present_credential", phone=PHONE)["granted"]
        was = now
    assert customer.site.hardware.act(PHONE, "claim", credential_key=was["credential_key"])["claimed"]
    (error,) = customer.post("/credential", {"credentials": [{"id": 9}]}).json["errors"]
    assert error == {"error": ["Credential Not Found: 9"], "input_data": {"id": 9}}


@pytest.mark.rule("LT-R183")
def test_credentials_of_administrators_are_not_listed_counted_or_reissued(customer: Customer) -> None:
    (hidden,) = customer.state.users[ADMIN].credentials
    was = customer.state.credentials[hidden]
    listed = customer.get("/credential").data
    assert hidden not in [one["id"] for one in listed]
    assert {one["user"][0]["id"] for one in listed} <= {user["id"] for user in customer.get("/user").data}
    assert sum(one["count"] for one in customer.get("/credentialsummary").data) == len(listed) == 5
    for named, message in (({"id": hidden}, str(hidden)), ({"card_num": was.card_num}, was.card_num)):
        (error,) = customer.post("/credential", {"credentials": [named]}).json["errors"]
        assert error["error"] == [f"Credential Not Found: {message}"]
    assert customer.state.credentials[hidden] == was


@pytest.mark.rule("LT-R94")
def test_fobs_are_not_among_the_credentials(customer: Customer) -> None:
    cards = {one["card_num"] for one in customer.get("/credential").data}
    assert cards == {"10001", "10002", "10003", "10004", "10005"}
    assert not cards & {fob["card_num"] for fob in customer.get("/fob").data}


@pytest.mark.rule("LT-R95")
def test_the_next_card_number_is_one_more_than_the_highest(customer: Customer) -> None:
    assert customer.get("/nextcardnum").data == [{"card_num": "20003"}]
    customer.add(card_num="30000")
    (number,) = customer.get("/nextcardnum").data
    customer.add(**number)
    assert customer.get("/nextcardnum").data == [{"card_num": "30002"}]


@pytest.mark.rule("LT-R96")
@pytest.mark.rule("LT-R182")
def test_a_user_may_hold_several_credentials_and_shows_the_first(customer: Customer) -> None:
    held = [one["card_num"] for one in customer.get("/credential").data if one["user"][0]["id"] == ADELAIDE]
    assert held == ["10003", "10004"]
    assert customer.user(ADELAIDE)["card_num"] == "10003"


@pytest.mark.rule("LT-R97")
def test_a_registration_key_has_the_form_of_the_samples(customer: Customer) -> None:
    customer.add(card_num=1)
    keys = [one["credential_key"] for one in customer.get("/credential").data]
    assert len(keys) == 6
    assert all(re.fullmatch("[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", key) for key in keys)
    assert len(set(keys)) == len(keys)


@pytest.mark.rule("LT-R164")
def test_a_key_can_be_claimed_once(customer: Customer) -> None:
    key = customer.get("/credential").data[1]["credential_key"]
    phone = customer.site.hardware[PHONE]
    assert phone.claim(credential_key=key) == {"claimed": True, "card_num": "10002", "reason": ""}
    assert customer.site.hardware[SECOND_PHONE].claim(credential_key=key)["claimed"] is False
    assert phone.claim(credential_key="AAAA-BBBB-CCCC-DDDD")["claimed"] is False
    assert phone.state["credentials"] == ["10001", "10002"]


@pytest.mark.rule("LT-R163")
def test_a_phone_presents_only_what_it_has_claimed(customer: Customer) -> None:
    front = customer.site.hardware[str(FRONT_DOOR)]
    assert front.present_credential(phone=PHONE)["granted"] is True
    assert front.present_credential(card_num=10001)["granted"] is True
    unclaimed = front.present_credential(card_num="10002")
    assert (unclaimed["granted"], unclaimed["event_id"], unclaimed["reason"]) == (False, None, "Not Claimed")
    assert front.present_credential(phone=SECOND_PHONE, card_num="10001")["granted"] is False
    with pytest.raises(Unknown, match="phone-1, phone-2"):
        front.present_credential(phone="phone-9")


@pytest.mark.rule("LT-R166")
def test_a_card_opens_whether_or_not_a_phone_has_claimed_its_credential(customer: Customer) -> None:
    assert customer.show(FRONT_DOOR, "10002")["granted"]
    assert customer.show(FRONT_DOOR, 10001)["granted"]


# ---- fobs


@pytest.mark.rule("LT-R140")
def test_a_fob_is_shown_in_the_form_of_the_user_sample(customer: Customer, examples: Any) -> None:
    visitor, spare, _ = customer.get("/fob").data
    assert list(visitor) == list(examples["answers"]["GET /fob"]["data"][0])
    assert [level["name"] for level in visitor["accesslevels"]] == ["Residents"]
    assert (spare["accesslevels"], spare["credential_key"]) == ([], "")


@pytest.mark.rule("LT-R141")
@pytest.mark.rule("LT-R149")
def test_a_new_fob_has_no_user_and_opens_nothing(customer: Customer, examples: Any) -> None:
    reply = customer.post("/fob", examples["requests"]["POST /fob"])
    assert reply.json == examples["answers"]["POST /fob"]
    fob = customer.get("/fob").data[-1]
    assert (fob["id_num"], fob["card_num"], fob["access_expires"]) == ("ABC123", "5599", "2022-05-25T08:00:00.000Z")
    assert customer.denied(FRONT_DOOR, 20002) == "No Access Level"


@pytest.mark.rule("LT-R189")
@pytest.mark.rule("LT-R190")
def test_a_fob_without_a_user_opens_what_its_own_levels_open_with_any_card(customer: Customer) -> None:
    night = customer.get("/fob").data[2]
    assert (night["id"], night["card_num"]) == (NIGHT_FOB, "19001")
    assert [level["name"] for level in night["accesslevels"]] == ["Residents"]
    for card in ("19001", "19002"):
        assert customer.denied(LAUNDRY, card) == ""
        assert customer.denied(SUITE_12, card) == "No Access Level"
    assert customer.newest()["user"] == "Night Watch Fob"
    (error,) = customer.users({"first_name": "A", "card_num": "19002"}).json["errors"]
    assert error["error"] == ["Card Number Already Exists: 19002"]


@pytest.mark.rule("LT-R191")
def test_a_fob_shows_its_key_which_a_phone_cannot_claim(customer: Customer) -> None:
    customer.post("/fob", {"fobs": [{"name": "F", "card_num": 7}]})
    visitor, spare, night, new = (fob["credential_key"] for fob in customer.get("/fob").data)
    assert (visitor, spare, new) == ("", "", "")
    assert re.fullmatch("[A-Z0-9]{4}(-[A-Z0-9]{4}){3}", night)
    assert customer.site.hardware.act(PHONE, "claim", credential_key=night) == {
        "claimed": False, "card_num": "", "reason": "the registration key belongs to a fob",
    }  # fmt: skip


@pytest.mark.rule("LT-R188")
def test_the_own_levels_of_a_fob_end_when_it_is_reassigned(customer: Customer) -> None:
    assert customer.put("/fob", {"fobs": [{"id": NIGHT_FOB, "user_id": DENNIS}]}).status == 200
    assert [level["name"] for level in customer.get("/fob").data[2]["accesslevels"]] == ["Guests"]
    customer.users({"id": DENNIS, "access_expires": "", "accesslevels": [{"id": 512}]}, update_existing=True)
    assert customer.denied(LAUNDRY, "19002") == "No Access Level"
    assert customer.denied(SUITE_12, "19002") == ""


@pytest.mark.rule("LT-R142")
@pytest.mark.rule("LT-R144")
@pytest.mark.rule("LT-R188")
def test_a_reassigned_fob_opens_only_what_its_new_user_may_open(customer: Customer) -> None:
    assert customer.denied(LAUNDRY, 20001) == ""
    number = customer.add(accesslevels=[{"id": 512}])
    assert customer.put("/fob", {"fobs": [{"id": str(VISITOR_FOB), "user_id": str(number)}]}).status == 200
    assert customer.denied(LAUNDRY, 20001) == "No Access Level"
    assert customer.denied(SUITE_12, 20001) == ""
    assert customer.newest()["user"] == "Peters, Toby"
    assert [level["id"] for level in customer.get("/fob").data[0]["accesslevels"]] == [512]


@pytest.mark.rule("LT-R143")
def test_a_reassignment_counts_as_updated(customer: Customer) -> None:
    reply = customer.put("/fob", {"fobs": [{"id": SPARE_FOB, "user_id": MARY}]})
    assert reply.data == {"submitted": 1, "inserted": 0, "updated": 1, "errors": 0}


@pytest.mark.rule("LT-R145")
def test_dates_in_the_record_replace_the_fobs_own_and_absent_ones_stay(customer: Customer) -> None:
    def window() -> list[str]:
        fob = customer.get("/fob").data[1]
        return [fob["access_effective"], fob["access_expires"]]

    given = {"id": SPARE_FOB, "user_id": MARY}
    dates = {"access_effective": "2026-01-01 00:00:00", "access_expires": "2026-02-01T00:00:00.000Z"}
    customer.put("/fob", {"fobs": [given | dates]})
    assert window() == ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]
    customer.put("/fob", {"fobs": [given]})
    assert window() == ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]
    customer.put("/fob", {"fobs": [given | {"access_expires": ""}]})
    assert window() == ["2026-01-01T00:00:00.000Z", ""]


@pytest.mark.rule("LT-R146")
@pytest.mark.parametrize(
    ("record", "expected"),
    [({"id": 1, "user_id": MARY}, ["Fob Not Found: 1"]), ({"id": SPARE_FOB, "user_id": 1622}, ["User Not Found: 1622"]),
     ({"id": "", "user_id": "-1"}, ["Invalid id found: "]),
     ({"id": -1, "user_id": "-1"}, ["Fob Not Found: -1", "User Not Found: -1"]),
     ({"id": "x", "user_id": "1601"}, ["Invalid id found: x"])],
)  # fmt: skip
def test_an_unknown_fob_or_user_is_an_error(customer: Customer, record: dict[str, Any], expected: list[str]) -> None:
    (error,) = customer.put("/fob", {"fobs": [record]}).json["errors"]
    assert error == {"error": expected, "input_data": record}


@pytest.mark.rule("LT-R187")
@pytest.mark.parametrize(
    ("record", "expected"),
    [({}, ["id is required", "user_id is required"]), ({"id": SPARE_FOB}, ["user_id is required"]),
     ({"id": None, "user_id": 1}, ["id is required", "User Not Found: 1"])],
)  # fmt: skip
def test_a_reassignment_without_ids_is_an_error_that_says_so(
    customer: Customer, record: dict[str, Any], expected: list[str]
) -> None:
    (error,) = customer.put("/fob", {"fobs": [record]}).json["errors"]
    assert error == {"error": expected, "input_data": record}


def last_activity(customer: Customer) -> list[str]:
    return [fob["last_activity"] for fob in customer.get("/fobcheck").data]


@pytest.mark.rule("LT-R147")
def test_fobcheck_answers_when_each_fob_was_last_shown_to_a_door(customer: Customer) -> None:
    assert last_activity(customer) == ["", "", ""]
    customer.pass_time(60)
    customer.show(FRONT_DOOR, 20001)
    customer.pass_time(10)
    visitor, *_ = customer.get("/fobcheck").data
    assert list(visitor) == ["id", "id_num", "name", "card_num", "last_activity"]
    assert last_activity(customer) == ["2026-01-05T08:01:00.000Z", "", ""]


@pytest.mark.rule("LT-R186")
def test_the_last_activity_of_a_fob_is_known_when_its_event_is(customer: Customer) -> None:
    customer.show(FRONT_DOOR, 20001)
    assert customer.get("/events", id=865).data == []
    assert last_activity(customer)[0] == ""
    customer.pass_time(10)
    assert last_activity(customer)[0] == "2026-01-05T08:00:00.000Z"
    customer.site.hardware.act(BRIDGE, "network", on=False)
    customer.show(FRONT_DOOR, 20001)
    customer.pass_time(3600)
    assert last_activity(customer)[0] == "2026-01-05T08:00:00.000Z"
    customer.show(SUITE_12, 20001)
    customer.pass_time(10)
    assert last_activity(customer)[0] == "2026-01-05T09:00:10.000Z", "the other bridge is online"
    customer.site.hardware.act(BRIDGE, "network", on=True)
    customer.pass_time(10)
    assert customer.get("/events").data[0]["hw_time"] == "2026-01-05T08:00:10.000Z"
    assert last_activity(customer)[0] == "2026-01-05T09:00:10.000Z", "an older use came later"


@pytest.mark.rule("LT-R186")
@given(gaps=st.lists(st.sampled_from([0, 0.4, 1, 2.5, 7]), max_size=12))
def test_the_last_activity_is_the_latest_among_the_recorded_events(gaps: list[float]) -> None:
    customer = Customer()
    for gap in gaps:
        customer.show(FRONT_DOOR, 20001)
        customer.pass_time(gap)
        times = [event["hw_time"] for event in customer.get("/events", id=865).data]
        assert last_activity(customer)[0] == max(times, default="")
    assert len(customer.state.fobs[VISITOR_FOB].uses) <= 8


@pytest.mark.rule("LT-R148")
def test_a_fob_is_limited_by_its_own_window_and_its_users(customer: Customer) -> None:
    customer.put("/fob", {"fobs": [{"id": VISITOR_FOB, "user_id": MARY, "access_expires": "2026-01-05 09:00:00"}]})
    assert customer.denied(FRONT_DOOR, 20001) == ""
    customer.users(
        {"id": MARY, "access_expires": "2026-01-05 08:30:00", "accesslevels": [{"id": 508}]}, update_existing=True
    )
    customer.pass_time(1800)
    assert customer.denied(FRONT_DOOR, 20001) == "Expired"
    customer.users({"id": MARY, "access_expires": "", "accesslevels": [{"id": 508}]}, update_existing=True)
    assert customer.denied(FRONT_DOOR, 20001) == ""
    customer.pass_time(1800)
    assert customer.denied(FRONT_DOOR, 20001) == "Expired"


@pytest.mark.rule("LT-R150")
@pytest.mark.parametrize(
    ("record", "expected"),
    [({"name": "F", "card_num": "10001"}, "Card Number Already Exists: 10001"),
     ({"name": "F", "card_num": "1", "id_num": "FOB-1"}, "id_num Already Exists: FOB-1"),
     ({"name": "F"}, "card_num is required"), ({"card_num": "1"}, "Fob Name is required")],
)  # fmt: skip
def test_a_fob_needs_a_name_and_a_unique_card_number(customer: Customer, record: dict[str, Any], expected: str) -> None:
    (error,) = customer.post("/fob", {"fobs": [record]}).json["errors"]
    assert error["error"] == [expected]


def test_the_bridge_reports_what_it_delivers(customer: Customer) -> None:
    bridge = customer.site.hardware[BRIDGE]
    assert bridge.network()["online"] is False
    assert bridge.state == {"online": False, "held": 0, "clock": "2026-01-05T08:00:00Z"}
    assert bridge.network()["online"] is True


def test_support_actions_refuse_invalid_arguments(customer: Customer) -> None:
    with pytest.raises(Refused):
        customer.site.support("event_cache", size=0)
    with pytest.raises(Unknown):
        customer.site.support("door", door=1)
    assert customer.site.support("door", door=ARCHIVE, enabled=True) == {"door": ARCHIVE, "enabled": True}
    assert customer.denied(ARCHIVE, 10002) == ""
