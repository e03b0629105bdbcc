"""Schedules of five kinds, and access exceptions."""

from __future__ import annotations

from typing import Any

import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller

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
def test_days_that_are_not_sent_are_empty(desk: Caller, kind: str) -> None:
    entry, _ = ENTRIES[kind]
    made = desk.post("/schedules", kind, name="Week", mon=[entry], fri=[])
    assert (made.status, made.data["type"]) == (201, kind)
    days = {name: made.attributes[name] for name in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
    assert days == {name: [entry] if name == "mon" else [] for name in days}
    assert list(made.attributes) == ["name", *days, "created_at", "updated_at"]


@pytest.mark.rule("RL-R156")
@pytest.mark.parametrize("kind", ENTRIES)
def test_entries_are_of_their_kind(desk: Caller, kind: str) -> None:
    entry, wrong = ENTRIES[kind]
    for day in ([entry, one] for one in wrong):
        assert desk.post("/schedules", kind, name="Week", tue=day).wrong == {"tue": ["is invalid"]}
    odds: list[Any] = ["", None, {}, [[]], [None], ["08:00"]]
    for odd in odds:
        assert set(desk.post("/schedules", kind, name="Week", tue=odd).wrong) == {"tue"}


@pytest.mark.rule("RL-R157")
def test_a_schedule_keeps_its_type(desk: Caller) -> None:
    document = {"type": "access_schedule", "attributes": {"name": "Other"}}
    shown = desk.call("PUT", f"/schedules/{seed.NIGHT_LATCH}", document).data
    assert (shown["type"], shown["attributes"]["name"]) == ("auto_lock_schedule", "Other")


@pytest.mark.rule("RL-R158")
def test_an_exception_is_taken_by_access_schedules_and_never_shown(desk: Caller) -> None:
    made = desk.post("/schedules", "access_schedule", name="Week", access_exception_id=seed.STOCKTAKING)
    assert made.status == 201
    assert "access_exception_id" not in made.attributes
    assert desk.delete(f"/access_exceptions/{seed.STOCKTAKING}").status == 422
    assert desk.post("/schedules", "access_schedule", name="W", access_exception_id="x").wrong == {
        "access_exception_id": ["must exist"]
    }
    desk.put(f"/schedules/{made.data['id']}", access_exception_id=None)
    assert desk.delete(f"/access_exceptions/{seed.STOCKTAKING}").status == 204


@pytest.mark.rule("RL-R159")
@pytest.mark.parametrize(
    "schedule", [seed.OFFICE_HOURS, seed.NIGHT_LATCH, seed.OPENING_HOURS, seed.PLUG_HOURS, seed.HEATING]
)
def test_what_is_in_use_stays(desk: Caller, schedule: str) -> None:
    reply = desk.delete(f"/schedules/{schedule}")
    assert set(reply.wrong) == {None}
    assert reply.json["attributes"] == {}
    assert desk.get(f"/schedules/{schedule}").status == 200


@pytest.mark.rule("RL-R159")
def test_what_is_in_use_no_more_can_go(desk: Caller) -> None:
    desk.put(f"/devices/{seed.STORE_ROOM}", lock_action_schedule_id=None)
    desk.delete(f"/access_persons/{seed.VISITOR}/accesses/{seed.VISITOR_FRONT}")
    for schedule in (seed.SPARE_HOURS, seed.OPENING_HOURS, seed.OFFICE_HOURS):
        assert desk.delete(f"/schedules/{schedule}").status == 204


@pytest.mark.rule("RL-R157")
def test_a_schedules_type_is_required(desk: Caller) -> None:
    assert desk.post("/schedules", name="Week").wrong == {"type": ["is empty"]}
    assert desk.post("/schedules", "holiday_schedule", name="Week").wrong == {"type": ["is not included in the list"]}


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
def test_an_exceptions_dates_are_spans_of_days(desk: Caller, dates: Any) -> None:
    assert set(desk.post("/access_exceptions", name="Fair", dates=dates).wrong) == {"dates"}


@pytest.mark.rule("RL-R154")
def test_an_exception_must_say_its_dates_whenever_it_is_written(desk: Caller) -> None:
    path = f"/access_exceptions/{seed.HOLIDAYS}"
    assert desk.put(path, name="Fair").wrong == {"dates": ["is empty"]}
    dates = [{"start_date": "2026-05-01", "end_date": "2026-05-01"}]
    assert desk.put(path, dates=dates).attributes["dates"] == dates
