"""Weekly schedules in a time zone: whether one is open now, its last step, its next step.

An access schedule's entry is open in [start_time, end_time). A step is run when its local time starts: `api.time_zones`
decides the hours that summer time skips or doubles.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from locksim.api import time_zones
from locksim.engine.timestamps import DAY
from locksim.remotelock.entities import Schedule
from locksim.remotelock.physical import Week

__all__ = ["DAYS", "is_open", "last_step", "next_step", "steps_between", "week_of"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The attributes of a schedule for the days, from Monday."""

_EIGHT_DAYS = 8 * DAY


def week_of(schedule: Schedule | None) -> Week | None:
    """Return the days of a schedule, as a device stores them."""
    return None if schedule is None else {day: list(getattr(schedule, day)) for day in DAYS}


def is_open(week: Week, days_off: Sequence[tuple[str, str]], zone: str, now: int) -> bool:
    """Return whether an access schedule is open at this time. `days_off` are (first, last) days, both included."""
    today = time_zones.local_time(now, zone).date()
    if any(first <= today.isoformat() <= last for first, last in days_off):
        return False
    return any(
        time_zones.start_of(_at(today, entry["start_time"]), zone)
        <= now
        < time_zones.end_of(_at(today, entry["end_time"]), zone)
        for entry in week[DAYS[today.weekday()]]
    )


def steps_between(week: Week | None, zone: str, after: int, until: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
    """Return the last steps in (after, until] as (time, entry), in their order: at most `limit`.

    The work depends on `limit` and on the week, not on how long ago `after` is.
    """
    if week is None or after >= until or (a_week := sum(map(len, week.values()))) == 0:
        return []
    after = max(after, until - (limit // a_week + 2) * 7 * DAY)
    return [step for step in _steps_near(week, zone, after, until) if after < step[0] <= until][-limit:]


def next_step(week: Week | None, zone: str, after: int) -> int | None:
    """Return the time of the first step after this time; None if there is none."""
    if week is None or not any(week.values()):
        return None
    return min(at for at, _ in _steps_near(week, zone, after, after + _EIGHT_DAYS) if at > after)


def last_step(week: Week | None, zone: str, now: int) -> dict[str, Any] | None:
    """Return the entry of the last step at or before this time; None if there is none."""
    if week is None or not any(week.values()):
        return None
    return [entry for at, entry in _steps_near(week, zone, now - _EIGHT_DAYS, now) if at <= now][-1]


def _steps_near(week: Week, zone: str, after: int, until: int) -> Iterator[tuple[int, dict[str, Any]]]:
    day, last = time_zones.local_time(after, zone).date() - timedelta(days=1), time_zones.local_time(until, zone).date()
    while day <= last:
        entries = sorted(week[DAYS[day.weekday()]], key=lambda entry: str(entry["time"]))
        yield from ((_step_time(day, entry["time"], zone), entry) for entry in entries)
        day += timedelta(days=1)


def _step_time(day: date, clock: str, zone: str) -> int:
    return time_zones.start_of(_at(day, clock), zone)


def _at(day: date, clock: str) -> datetime:
    """Return a local time; `24:00` is the midnight at the end of the day."""
    return datetime.combine(day, time()) + timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
