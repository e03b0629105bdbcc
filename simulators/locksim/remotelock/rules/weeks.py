"""Chapters *Access Exceptions* and *Schedules*.

What is in use is not deleted: without its schedule an access would hold around the clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from locksim.remotelock import sync
from locksim.remotelock.catalog import ACTIONS
from locksim.remotelock.entities import AccessException, DateSpan, Schedule
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import Form, day
from locksim.remotelock.serialization import day_attributes
from locksim.remotelock.state import SCHEDULES, Here

__all__ = [
    "TYPES",
    "create_exception",
    "create_schedule",
    "delete_exception",
    "delete_schedule",
    "update_exception",
    "update_schedule",
]

TYPES = tuple(ACTIONS)
_TIME = re.compile(r"(([01][0-9]|2[0-3]):[0-5][0-9])(:00)?", re.ASCII)


# ---- exceptions


def create_exception(here: Here, attributes: dict[str, Any]) -> AccessException:
    """Raises Invalid."""
    values = _read_exception(here, attributes, creating=True)
    return here.shelves.exceptions.keep(AccessException(**here.born("exception"), **values))


def update_exception(here: Here, exception: AccessException, attributes: dict[str, Any]) -> None:
    """`dates` is required here too (chapter *Update an access exception*). Raises Invalid."""
    if here.change(exception, _read_exception(here, attributes, creating=False)):
        here.shelves.exceptions.keep(exception)
        for schedule in here.shelves.schedules.of("access_exception_id", exception.id):
            sync.schedule_changed(here.turn, here.state, here.account, schedule)


def delete_exception(here: Here, exception: AccessException) -> None:
    """Raises Invalid while a schedule heeds it."""
    if here.shelves.schedules.any("access_exception_id", exception.id):
        raise Invalid(
            (None, "Access exception cannot be deleted because it is in use"),
            sentence="an access schedule heeds this exception; give it another one first",
        )
    here.shelves.exceptions.drop(exception.id)


def _read_exception(here: Here, attributes: dict[str, Any], *, creating: bool) -> dict[str, Any]:
    form = Form(attributes, creating=creating)
    form.text("name", required=True)
    if "dates" not in attributes:
        form.wrong("dates", "is empty")
        form.ignore(["dates"])
    else:
        form.items("dates", _span, required=True, empty=False)
    return form.done(here.turn.near_miss)


def _span(value: Any) -> DateSpan | None:
    if not isinstance(value, dict):
        return None
    start, end = day(value.get("start_date")), day(value.get("end_date"))
    return None if start is None or end is None or end < start else DateSpan(start, end)


# ---- schedules


def create_schedule(here: Here, kind: Any, attributes: dict[str, Any]) -> Schedule:
    """Raises Invalid."""
    values = _read_schedule(here, kind, attributes, creating=True)
    return here.shelves.schedules.keep(Schedule(**here.born("schedule"), type=kind, **values))


def update_schedule(here: Here, schedule: Schedule, attributes: dict[str, Any]) -> None:
    """Its type stays. Raises Invalid."""
    if here.change(schedule, _read_schedule(here, schedule.type, attributes, creating=False)):
        here.shelves.schedules.keep(schedule)
        sync.schedule_changed(here.turn, here.state, here.account, schedule)


def delete_schedule(here: Here, schedule: Schedule) -> None:
    """Raises Invalid while an access or a device follows it."""
    used = here.shelves.accesses.any("access_schedule_id", schedule.id)
    if used or any(here.shelves.devices.any(name, schedule.id) for name in SCHEDULES):
        raise Invalid(
            (None, "Schedule cannot be deleted because it is in use"),
            sentence="an access or a device follows this schedule; give it another one first",
        )
    here.shelves.schedules.drop(schedule.id)


def _read_schedule(here: Here, kind: str, attributes: dict[str, Any], *, creating: bool) -> dict[str, Any]:
    form = Form(attributes, creating=creating)
    form.text("name", required=True)
    for name in day_attributes():
        form.items(name, _ENTRIES[kind])
    if kind == "access_schedule":
        form.relation("access_exception_id", here.account.exceptions.__contains__)
    return form.done(here.turn.near_miss)


def _clock(entry: Any, name: str) -> str | None:
    value = entry.get(name) if isinstance(entry, dict) else None
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def _hours(entry: Any) -> dict[str, Any] | None:
    start, end = _clock(entry, "start_time"), _clock(entry, "end_time")
    return None if start is None or end is None or end <= start else {"start_time": start, "end_time": end}


def _switch(entry: Any) -> dict[str, Any] | None:
    time = _clock(entry, "time")
    enable = entry.get("enable") if isinstance(entry, dict) else None
    return {"time": time, "enable": enable} if time is not None and isinstance(enable, bool) else None


def _act(actions: tuple[str, ...]) -> Callable[[Any], dict[str, Any] | None]:
    def read(entry: Any) -> dict[str, Any] | None:
        time = _clock(entry, "time")
        action = entry.get("action") if isinstance(entry, dict) else None
        return {"time": time, "action": action} if time is not None and action in actions else None

    return read


def _warmth(entry: Any) -> dict[str, Any] | None:
    time = _clock(entry, "time")
    values = [entry.get(name) for name in ("cool", "heat")] if isinstance(entry, dict) else []
    right = all(isinstance(v, int | float) and not isinstance(v, bool) and -100 <= v <= 200 for v in values)
    return {"time": time, "cool": values[0], "heat": values[1]} if time is not None and right else None


_ENTRIES: dict[str, Callable[[Any], dict[str, Any] | None]] = {
    "access_schedule": _hours,
    "auto_lock_schedule": _switch,
    "lock_action_schedule": _act(ACTIONS["lock_action_schedule"]),
    "power_plug_schedule": _act(ACTIONS["power_plug_schedule"]),
    "thermostat_schedule": _warmth,
}
