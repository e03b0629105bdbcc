"""Chapters *Access Exceptions* and *Schedules*.

What is in use cannot be deleted: without its schedule, an access would be valid around the clock.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from locksim.remotelock import hardware
from locksim.remotelock.account import DEVICE_SCHEDULES
from locksim.remotelock.catalog import ACTIONS
from locksim.remotelock.entities import AccessException, DateSpan, Schedule
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import Form, parse_date
from locksim.remotelock.physical import Week
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.schedules import DAYS

__all__ = [
    "TYPES",
    "create_exception",
    "create_schedule",
    "delete_exception",
    "delete_schedule",
    "is_week",
    "update_exception",
    "update_schedule",
]

TYPES = tuple(ACTIONS)
_TIME = re.compile(r"(([01][0-9]|2[0-3]):[0-5][0-9])(:00)?", re.ASCII)
_MIDNIGHT = ("24:00", "24:00:00")
"""The end of a day, as ISO 8601 writes it."""
_SHORT_WEEK = 4_096
"""Bytes of an encoded week that is kept with the answer whether it is one."""


# ---- exceptions


def create_exception(context: RequestContext, attributes: dict[str, Any]) -> AccessException:
    """Create an access exception. Raises Invalid."""
    values = _read_exception(context, attributes, creating=True)
    return context.collections.exceptions.save(AccessException(**context.new_fields("exception"), **values))


def update_exception(context: RequestContext, exception: AccessException, attributes: dict[str, Any]) -> None:
    """Change an access exception. `dates` is required (chapter *Update an access exception*). Raises Invalid."""
    if context.change(exception, _read_exception(context, attributes, creating=False)):
        context.collections.exceptions.save(exception)
        for schedule in context.collections.schedules.find("access_exception_id", exception.id):
            hardware.update_schedule(context.turn, context.state, context.account, schedule)


def delete_exception(context: RequestContext, exception: AccessException) -> None:
    """Delete an access exception. Raises Invalid if a schedule uses it."""
    if context.collections.schedules.exists("access_exception_id", exception.id):
        raise Invalid(
            (None, "Access exception cannot be deleted because it is in use"),
            sentence="an access schedule uses this exception; give the schedule another one first",
        )
    context.collections.exceptions.remove(exception.id)


def _read_exception(context: RequestContext, attributes: dict[str, Any], *, creating: bool) -> dict[str, Any]:
    form = Form(attributes, creating=creating)
    form.text("name", required=True)
    if "dates" not in attributes:
        form.add_error("dates", "is empty")
        form.accept(["dates"])
    else:
        form.items("dates", _span, required=True, empty=False)
    return form.values_or_errors(context.turn.near_miss)


def _span(value: Any) -> DateSpan | None:
    if not isinstance(value, dict):
        return None
    start, end = parse_date(value.get("start_date")), parse_date(value.get("end_date"))
    return None if start is None or end is None or end < start else DateSpan(start, end)


# ---- schedules


def create_schedule(context: RequestContext, kind: Any, attributes: dict[str, Any]) -> Schedule:
    """Create a schedule of this type. Raises Invalid."""
    values = _read_schedule(context, kind, attributes, creating=True)
    return context.collections.schedules.save(Schedule(**context.new_fields("schedule"), type=kind, **values))


def update_schedule(context: RequestContext, schedule: Schedule, attributes: dict[str, Any]) -> None:
    """Change a schedule. Raises Invalid."""
    if context.change(schedule, _read_schedule(context, schedule.type, attributes, creating=False)):
        context.collections.schedules.save(schedule)
        hardware.update_schedule(context.turn, context.state, context.account, schedule)


def delete_schedule(context: RequestContext, schedule: Schedule) -> None:
    """Delete a schedule. Raises Invalid if an access or a device uses it."""
    used = context.collections.accesses.exists("access_schedule_id", schedule.id)
    if used or any(context.collections.devices.exists(name, schedule.id) for name in DEVICE_SCHEDULES):
        raise Invalid(
            (None, "Schedule cannot be deleted because it is in use"),
            sentence="an access or a device uses this schedule; give it another one first",
        )
    context.collections.schedules.remove(schedule.id)


def _read_schedule(context: RequestContext, kind: str, attributes: dict[str, Any], *, creating: bool) -> dict[str, Any]:
    form = Form(attributes, creating=creating)
    form.text("name", required=True)
    for name in DAYS:
        form.items(name, _ENTRIES[kind])
    if kind == "access_schedule":
        form.relation("access_exception_id", context.account.exceptions.__contains__)
    return form.values_or_errors(context.turn.near_miss)


def is_week(kind: str, week: Week) -> bool:
    """Return whether this is the week of a schedule of this type, as it is stored."""
    encoded = msgspec.msgpack.encode(week)
    return _is_short_week(kind, encoded) if len(encoded) <= _SHORT_WEEK else _is_week(kind, encoded)


@lru_cache(maxsize=256)  # Few weeks differ, and a strict world checks all of them after each turn.
def _is_short_week(kind: str, encoded: bytes) -> bool:
    return _is_week(kind, encoded)


def _is_week(kind: str, encoded: bytes) -> bool:
    week, read = msgspec.msgpack.decode(encoded), _ENTRIES[kind]
    return week.keys() == set(DAYS) and all(read(entry) == entry for entries in week.values() for entry in entries)


def _time_of_day(entry: Any, name: str) -> str | None:
    value = entry.get(name) if isinstance(entry, dict) else None
    match = _TIME.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def _read_access_hours(entry: Any) -> dict[str, Any] | None:
    start, end = _time_of_day(entry, "start_time"), _time_of_day(entry, "end_time")
    if isinstance(entry, dict) and entry.get("end_time") in _MIDNIGHT:
        end = _MIDNIGHT[0]
    return None if start is None or end is None or end <= start else {"start_time": start, "end_time": end}


def _read_auto_lock(entry: Any) -> dict[str, Any] | None:
    time = _time_of_day(entry, "time")
    enable = entry.get("enable") if isinstance(entry, dict) else None
    return {"time": time, "enable": enable} if time is not None and isinstance(enable, bool) else None


def _action_reader(actions: tuple[str, ...]) -> Callable[[Any], dict[str, Any] | None]:
    def read(entry: Any) -> dict[str, Any] | None:
        time = _time_of_day(entry, "time")
        action = entry.get("action") if isinstance(entry, dict) else None
        return {"time": time, "action": action} if time is not None and action in actions else None

    return read


def _read_temperatures(entry: Any) -> dict[str, Any] | None:
    time = _time_of_day(entry, "time")
    values = [entry.get(name) for name in ("cool", "heat")] if isinstance(entry, dict) else []
    valid = all(isinstance(v, int | float) and not isinstance(v, bool) and -100 <= v <= 200 for v in values)
    return {"time": time, "cool": values[0], "heat": values[1]} if time is not None and valid else None


_ENTRIES: dict[str, Callable[[Any], dict[str, Any] | None]] = {
    "access_schedule": _read_access_hours,
    "auto_lock_schedule": _read_auto_lock,
    "lock_action_schedule": _action_reader(ACTIONS["lock_action_schedule"]),
    "power_plug_schedule": _action_reader(ACTIONS["power_plug_schedule"]),
    "thermostat_schedule": _read_temperatures,
}
