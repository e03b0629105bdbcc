"""Weekly schedules in a zone: whether one is open now, what its last step was, when its next one is.

A step at a local time that does not exist (clocks go forward) is taken as the clocks jump past it; one at a time that comes
twice, the first time. An access schedule's entry is open in [start_time, end_time).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from locksim.remotelock import zones
from locksim.remotelock.bodies import Week
from locksim.remotelock.entities import Schedule

__all__ = ["DAYS", "is_open", "last_step", "next_step", "steps_between", "week_of"]

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def week_of(schedule: Schedule | None) -> Week | None:
    """The days of a schedule, as a device keeps them."""
    return None if schedule is None else {day: list(getattr(schedule, day)) for day in DAYS}


def is_open(week: Week, days_off: Sequence[tuple[str, str]], zone: str, now: int) -> bool:
    """Whether an access schedule opens at this instant. `days_off`: first and last days, both included."""
    here = zones.local(now, zone)
    today, clock = here.date(), here.strftime("%H:%M")
    if any(first <= today.isoformat() <= last for first, last in days_off):
        return False
    return any(entry["start_time"] <= clock < entry["end_time"] for entry in week[DAYS[today.weekday()]])


def steps_between(week: Week | None, zone: str, after: int, until: int) -> list[tuple[int, dict[str, Any]]]:
    """The steps in (after, until], in their order."""
    if week is None or not any(week.values()):
        return []
    return [step for step in _around(week, zone, after, until) if after < step[0] <= until]


def next_step(week: Week | None, zone: str, after: int) -> int | None:
    """When the first step after this instant is."""
    if week is None or not any(week.values()):
        return None
    eight_days = 8 * 24 * 3600 * 1_000_000
    return min(at for at, _ in _around(week, zone, after, after + eight_days) if at > after)


def last_step(week: Week | None, zone: str, now: int) -> dict[str, Any] | None:
    """The entry of the last step at or before this instant."""
    if week is None or not any(week.values()):
        return None
    eight_days = 8 * 24 * 3600 * 1_000_000
    return max((step for step in _around(week, zone, now - eight_days, now) if step[0] <= now), key=lambda s: s[0])[1]


def _around(week: Week, zone: str, after: int, until: int) -> Iterator[tuple[int, dict[str, Any]]]:
    day, last = zones.local(after, zone).date() - timedelta(days=1), zones.local(until, zone).date()
    while day <= last:
        found = ((_at(day, entry["time"], zone), entry) for entry in week[DAYS[day.weekday()]])
        yield from sorted(found, key=lambda step: step[0])
        day += timedelta(days=1)


def _at(day: date, clock: str, zone: str) -> int:
    return zones.start_of(f"{day.isoformat()}T{clock}:00", zone)
