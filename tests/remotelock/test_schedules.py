"""Schedules of five kinds, and access exceptions."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.remotelock import seed
from locksim.remotelock.physical import Week
from locksim.remotelock.rules.schedules import is_week
from locksim.remotelock.schedules import DAYS
from tests.remotelock.caller import Caller
from tests.remotelock.keeper import Keeper

ENTRIES: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "access_schedule": (
        {"start_time": "08:00", "end_time": "12:00"},
        [
            {"start_time": "12:00", "end_time": "08:00"},
            {"start_time": "8:00", "end_time": "12:00"},
            {"time": "08:00"},
            {},
        ],
    ),
    "auto_lock_schedule": (
        {"time": "08:00", "enable": False},
        [{"time": "08:00"}, {"time": "08:00", "enable": "false"}, {"time": "25:00", "enable": True}],
    ),
    "lock_action_schedule": (
        {"time": "08:00", "action": "unlock"},
        [{"time": "08:00", "action": "on"}, {"action": "lock"}],
    ),
    "power_plug_schedule": (
        {"time": "08:00", "action": "off"},
        [{"time": "08:00", "action": "lock"}, {"time": "08:00"}],
    ),
    "thermostat_schedule": (
        {"time": "08:00", "cool": 40, "heat": 80},
        [{"time": "08:00", "cool": 40}, {"time": "08:00", "cool": "1", "heat": 2}],
    ),
}
"""kind → an entry as the document has it, and what is none."""


@pytest.mark.rule("RL-R155")
@pytest.mark.parametrize("kind", ENTRIES)
def test_days_that_are_not_sent_are_empty(caller: Caller, kind: str) -> None:
    entry, _ = ENTRIES[kind]
    made = caller.post("/schedules", kind, name="Week", mon=[entry], fri=[])
    assert (made.status, made.data["type"]) == (201, kind)
    days = {name: made.attributes[name] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    assert days == {name: [entry] if name == "mon" else [] for name in days}
    assert list(made.attributes) == ["name", *days, "created_at", "updated_at"]


@pytest.mark.rule("RL-R156")
@pytest.mark.parametrize("kind", ENTRIES)
def test_entries_are_of_their_kind(caller: Caller, kind: str) -> None:
    entry, wrong = ENTRIES[kind]
    for day in ([entry, one] for one in wrong):
        assert caller.post("/schedules", kind, name="Week", tue=day).errors == {"tue": ["is invalid"]}
    odds: list[Any] = ["", None, {}, [[]], [None], ["08:00"]]
    for odd in odds:
        assert set(caller.post("/schedules", kind, name="Week", tue=odd).errors) == {"tue"}


@pytest.mark.rule("RL-R157")
def test_a_schedule_keeps_its_type(caller: Caller) -> None:
    document = {"type": "access_schedule", "attributes": {"name": "Other"}}
    shown = caller.call("PUT", f"/schedules/{seed.NIGHT_LATCH}", document).data
    assert (shown["type"], shown["attributes"]["name"]) == ("auto_lock_schedule", "Other")


@pytest.mark.rule("RL-R158")
def test_an_exception_is_taken_by_access_schedules_and_never_shown(caller: Caller) -> None:
    made = caller.post("/schedules", "access_schedule", name="Week", access_exception_id=seed.STOCKTAKING)
    assert made.status == 201
    assert "access_exception_id" not in made.attributes
    assert caller.delete(f"/access_exceptions/{seed.STOCKTAKING}").status == 422
    assert caller.post("/schedules", "access_schedule", name="W", access_exception_id="x").errors == {
        "access_exception_id": ["must exist"]
    }
    caller.put(f"/schedules/{made.data['id']}", access_exception_id=None)
    assert caller.delete(f"/access_exceptions/{seed.STOCKTAKING}").status == 204


@pytest.mark.rule("RL-R159")
@pytest.mark.parametrize(
    "schedule", [seed.OFFICE_HOURS, seed.NIGHT_LATCH, seed.OPENING_HOURS, seed.PLUG_HOURS, seed.HEATING]
)
def test_a_schedule_in_use_cannot_be_deleted(caller: Caller, schedule: str) -> None:
    reply = caller.delete(f"/schedules/{schedule}")
    assert set(reply.errors) == {None}
    assert reply.json["attributes"] == {}
    assert caller.get(f"/schedules/{schedule}").status == 200


@pytest.mark.rule("RL-R159")
def test_an_unused_schedule_can_be_deleted(caller: Caller) -> None:
    caller.put(f"/devices/{seed.STORE_ROOM}", lock_action_schedule_id=None)
    caller.delete(f"/access_persons/{seed.VISITOR}/accesses/{seed.VISITOR_FRONT}")
    for schedule in (seed.SPARE_HOURS, seed.OPENING_HOURS, seed.OFFICE_HOURS):
        assert caller.delete(f"/schedules/{schedule}").status == 204


@pytest.mark.rule("RL-R157")
def test_a_schedules_type_is_required(caller: Caller) -> None:
    assert caller.post("/schedules", name="Week").errors == {"type": ["is empty"]}
    assert caller.post("/schedules", "holiday_schedule", name="Week").errors == {
        "type": ["is not included in the list"]
    }


@pytest.mark.rule("RL-R154")
@pytest.mark.parametrize(
    "dates",
    [
        [],
        None,
        "2026-01-01",
        [{"start_date": "2026-01-02", "end_date": "2026-01-01"}],
        [{"start_date": "2026-01-02"}],
        [{"start_date": "2026-02-30", "end_date": "2026-03-01"}],
        [{"start_date": "2026-1-2", "end_date": "2026-03-01"}],
    ],
)
def test_an_exceptions_dates_are_spans_of_days(caller: Caller, dates: Any) -> None:
    assert set(caller.post("/access_exceptions", name="Fair", dates=dates).errors) == {"dates"}


@pytest.mark.rule("RL-R154")
def test_an_exception_must_say_its_dates_whenever_it_is_written(caller: Caller) -> None:
    path = f"/access_exceptions/{seed.HOLIDAYS}"
    assert caller.put(path, name="Fair").errors == {"dates": ["is empty"]}
    dates = [{"start_date": "2026-05-01", "end_date": "2026-05-01"}]
    assert caller.put(path, dates=dates).attributes["dates"] == dates


@pytest.mark.rule("RL-R557")
def test_an_entry_must_end_after_it_starts(caller: Caller) -> None:
    for start, end in (("22:00", "06:00"), ("09:00", "09:00")):
        wrong = caller.post("/schedules", "access_schedule", name="Night", mon=[{"start_time": start, "end_time": end}])
        assert set(wrong.errors) == {"mon"}


@pytest.mark.rule("RL-R556")
@pytest.mark.parametrize(("clock", "granted"), [("21:59:59", False), ("22:00:00", True), ("23:59:59", True)])
def test_an_entry_may_last_until_midnight(keeper: Keeper, clock: str, granted: bool) -> None:
    """2026-01-05 is a Monday; New York is five hours behind UTC."""
    monday = [{"start_time": "22:00", "end_time": "24:00"}]
    schedule = keeper.make("/schedules", "access_schedule", name="Evening", mon=monday)
    assert schedule["attributes"]["mon"] == monday
    person = keeper.user("730915")
    keeper.admit(person, seed.FRONT_DOOR, access_schedule_id=schedule["id"])
    keeper.device(seed.FRONT_DOOR).heartbeat()
    hour = int(clock[:2]) + 5
    keeper.until(f"2026-01-0{5 + hour // 24}T{hour % 24:02}{clock[2:]}Z")
    assert keeper.device(seed.FRONT_DOOR).enter_pin(pin="730915")["granted"] is granted


@pytest.mark.rule("RL-R556")
def test_an_entry_is_closed_at_its_end(keeper: Keeper) -> None:
    """VISITOR may enter FRONT_DOOR from 09:00 to 17:00, New York time."""
    keeper.until("2026-01-05T21:59:59Z")
    assert keeper.device(seed.FRONT_DOOR).enter_pin(pin="7195")["granted"]
    keeper.until("2026-01-05T22:00:00Z")
    assert keeper.device(seed.FRONT_DOOR).enter_pin(pin="7195")["reason"] == "outside_schedule"


@pytest.mark.parametrize("entries", [1, 300], ids=["a short week, which is remembered", "a long one, which is not"])
def test_a_stored_week_is_a_week_only_if_all_its_entries_are(entries: int) -> None:
    week: Week = {day: [{"time": "08:00", "enable": True}] * entries for day in DAYS}
    assert is_week("auto_lock_schedule", week)
    assert not is_week("thermostat_schedule", week)
    week[DAYS[-1]] = [*week[DAYS[-1]], {"time": "8:00", "enable": True}]
    assert not is_week("auto_lock_schedule", week)
