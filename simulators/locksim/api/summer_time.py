"""Find the days around a change to summer time, for recipes that show what it does."""

from __future__ import annotations

from datetime import datetime, timedelta

from locksim.api.time_zones import change_between, local_time
from locksim.engine.timestamps import DAY, HOUR

__all__ = ["day_before_summer", "next_summer"]

_A_YEAR = 400


def next_summer(now: int, zone: str) -> int | None:
    """Return when the zone's clocks next go forward, as µs, UTC; None if they do not within the next year."""
    for low in range(now, now + _A_YEAR * DAY, DAY):
        before, after = (local_time(at, zone).utcoffset() or timedelta() for at in (low, low + DAY))
        if after > before:
            return change_between(low, low + DAY, zone)
    return None


def day_before_summer(now: int, zone: str, hour: int) -> datetime:
    """Return the next local day in the zone's winter on which it is not yet this hour, at midnight."""
    at = now
    while True:
        here = local_time(at, zone)
        if not here.dst() and here.hour < hour:
            return here.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        at += HOUR
