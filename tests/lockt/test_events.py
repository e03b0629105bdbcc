"""Events: what a card at a door causes, the cache, and the cursor."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.timestamps import SECOND
from locksim.lockt.seed import ARCHIVE, BRIDGE, DENNIS, FRONT_DOOR, SUITE_12
from locksim.lockt.serialization import parse_date
from tests.lockt.customer import Customer


def ids(customer: Customer, **query: Any) -> list[int]:
    return [event["id"] for event in customer.get("/events", **query).data]


@pytest.mark.rule("LT-R100")
def test_the_newest_come_first(customer: Customer) -> None:
    shown = [customer.show(FRONT_DOOR, 10001)["event_id"] for _ in range(5)]
    customer.pass_time(120)
    assert ids(customer) == [*shown[::-1], 865, 864, 837]


@pytest.mark.rule("LT-R101")
@given(size=st.integers(1, 12), shown=st.integers(0, 15), after=st.none() | st.integers(830, 900))
def test_the_cache_keeps_its_size_and_dropped_events_are_gone(size: int, shown: int, after: int | None) -> None:
    customer = Customer()
    customer.site.support("event_cache", size=size)
    recorded = [837, 864, 865]
    for _ in range(shown):
        recorded.append(customer.show(FRONT_DOOR, 10001)["event_id"])
        customer.pass_time(7)
    kept = [number for number in recorded[-size:] if after is None or number > after]
    assert ids(customer, **({} if after is None else {"id": after})) == kept[::-1]
    customer.site.support("event_cache", size=5000)
    assert ids(customer) == recorded[-size:][::-1]


def test_the_cache_keeps_5000_by_default(customer: Customer) -> None:
    for number in range(5020):
        customer.show(FRONT_DOOR, number)
    customer.pass_time(120)
    assert len(ids(customer)) == 5000
    assert len(customer.state.events) <= 5020 + 3
    customer.show(FRONT_DOOR, 1)
    customer.pass_time(120)
    assert len(customer.state.events) == 5000 + 1


def test_an_event_in_transit_drops_no_other_before_it_arrives(customer: Customer) -> None:
    customer.site.support("event_cache", size=3)
    customer.show(FRONT_DOOR, 10001)
    assert ids(customer) == [865, 864, 837]
    customer.pass_time(10)
    assert ids(customer) == [866, 865, 864]


@pytest.mark.rule("LT-R102")
@given(cursor=st.integers(-3, 900))
def test_a_read_with_id_answers_the_events_after_it(cursor: int) -> None:
    customer = Customer()
    customer.show(FRONT_DOOR, 10001)
    customer.pass_time(120)
    assert ids(customer, id=cursor) == [number for number in ids(customer) if number > cursor]


@pytest.mark.rule("LT-R103")
@pytest.mark.rule("LT-R104")
def test_granted_and_denied_have_their_codes_and_only_the_denied_a_subcode(customer: Customer) -> None:
    customer.show(FRONT_DOOR, 10001)
    granted = customer.newest()
    assert (granted["code"], granted["code_text"]) == (48, "Access Granted")
    assert (granted["category"], granted["category_text"]) == (1, "Door Access Granted")
    assert not {"subcode", "subcode_text"} & set(granted)
    customer.site.hardware.act(str(FRONT_DOOR), "battery", missing=True)
    customer.show(FRONT_DOOR, 10001)
    denied = customer.newest()
    assert (denied["code"], denied["code_text"]) == (49, "Access Denied")
    assert (denied["subcode"], denied["subcode_text"]) == (104, "Battery Missing")
    assert (denied["category"], denied["category_text"]) == (2, "Door Access Denied")


@pytest.mark.rule("LT-R105")
def test_every_denial_has_a_subcode_of_its_own(customer: Customer) -> None:
    customer.add(card_num=1, enabled=False)
    customer.add(card_num=2, access_effective="2027-01-01 00:00:00")
    customer.add(card_num=3)
    shown = [
        customer.show(door, card)
        for door, card in (
            (ARCHIVE, 10002),
            (FRONT_DOOR, 9),
            (FRONT_DOOR, 1),
            (FRONT_DOOR, 2),
            (SUITE_12, 10005),
            (FRONT_DOOR, 3),
            (FRONT_DOOR, 10003),
        )
    ]
    assert [(one["subcode"], one["reason"]) for one in shown] == [
        (105, "Door Disabled"), (106, "Unknown Card"), (107, "User Disabled"), (108, "Not Yet Effective"), (109, "Expired"),
        (110, "No Access Level"), (111, "Out Of Schedule"),
    ]  # fmt: skip
    customer.pass_time(120)
    assert [(e["subcode"], e["subcode_text"]) for e in customer.get("/events", id=865).data[::-1]] == [
        (one["subcode"], one["reason"]) for one in shown
    ]


@pytest.mark.rule("LT-R106")
def test_the_devices_own_time_is_called_hw_time(customer: Customer) -> None:
    customer.pass_time(0.75)
    customer.show(FRONT_DOOR, 10001)
    event = customer.newest()
    assert event["hw_time"] == "2026-01-05T08:00:00.000Z"
    assert "event_time" not in event


@pytest.mark.rule("LT-R107")
@given(seed=st.integers(0, 1000), count=st.integers(1, 6))
def test_an_event_is_recorded_one_to_six_seconds_later_in_order(seed: int, count: int) -> None:
    customer = Customer(seed=seed)
    now = customer.world.core.now
    shown = [customer.show(FRONT_DOOR, 10001)["event_id"] for _ in range(count)]
    customer.pass_time(120)
    events = customer.get("/events", id=865).data[::-1]
    assert [event["id"] for event in events] == shown
    times = [parse_date(event["db_time"]) for event in events]
    assert all(SECOND <= (time or 0) - now <= 6 * SECOND for time in times)
    assert times == sorted(times, key=lambda time: time or 0)


@pytest.mark.rule("LT-R108")
def test_ids_ascend_with_gaps(customer: Customer) -> None:
    shown = [customer.show(FRONT_DOOR, 1)["event_id"] for _ in range(40)]
    steps = {after - before for before, after in itertools.pairwise(shown)}
    assert min(steps) == 1
    assert max(steps) > 1


@pytest.mark.rule("LT-R109")
def test_events_of_an_offline_bridge_arrive_later_under_newer_ids(customer: Customer) -> None:
    bridge = customer.site.hardware[BRIDGE]
    bridge.network(on=False)
    assert customer.show(FRONT_DOOR, 10001) == {
        "granted": True, "event_id": None, "code": 48, "subcode": None, "reason": "Access Granted",
    }  # fmt: skip
    customer.pass_time(3600)
    other = customer.show(SUITE_12, 10001)["event_id"]
    customer.pass_time(60)
    assert ids(customer)[:2] == [other, 865]
    assert bridge.network(on=True)["delivered"] == 1
    customer.pass_time(60)
    (late,) = customer.get("/events", id=other).data
    assert (late["hw_time"], late["device"]) == ("2026-01-05T08:00:00.000Z", "Core 1")
    assert late["db_time"] > "2026-01-05T09:01:01"


@pytest.mark.rule("LT-R110")
def test_an_event_names_the_schedule_that_refused_the_card(customer: Customer) -> None:
    customer.show(FRONT_DOOR, 10003)
    assert customer.newest()["schedule"] == "Weekend Mornings"
    customer.show(FRONT_DOOR, 10001)
    assert customer.newest()["schedule"] == ""


@pytest.mark.rule("LT-R111")
def test_events_and_doors_have_the_controllers_of_the_samples(customer: Customer) -> None:
    assert {event["controller"] for event in customer.get("/events").data} == {"Switch™ Bridge"}
    assert {door["controller"] for door in customer.get("/door").data} == {"BEST Switch™ API"}


@pytest.mark.rule("LT-R112")
def test_an_event_names_card_user_device_and_location(customer: Customer) -> None:
    customer.show(FRONT_DOOR, 10001)
    event = customer.newest()
    assert [event[name] for name in ("card_num", "user", "device", "location")] == [
        "10001",
        "Giles, Mary",
        "Core 1",
        "Main Hall",
    ]
    customer.show(FRONT_DOOR, "0815")
    assert [customer.newest()[name] for name in ("card_num", "user")] == ["0815", ""]
    customer.show(FRONT_DOOR, 20002)
    assert customer.newest()["user"] == "Spare Fob"


def test_an_event_keeps_the_name_that_its_user_had(customer: Customer) -> None:
    customer.users({"id": DENNIS, "last_name": "Parry"}, update_existing=True)
    assert {event["user"] for event in customer.get("/events").data} == {"Johnson, Dennis", "Giles, Mary"}
