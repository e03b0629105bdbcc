"""A lock's own wall clock, and the daylight saving of its zone.

Local times are microseconds too, counted as if the wall clock showed UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from locksim.api import time_zones
from locksim.engine.timestamps import DAY, FIRST, LAST, MINUTE, moment

__all__ = ["DaylightSaving", "daylight_saving", "includes", "local", "standard_offset"]

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class DaylightSaving(NamedTuple):
    """The daylight saving of one year: when it starts and ends, by the wall clock before each change, and the shift."""

    start: int
    end: int
    shift: int


def local(us: int, zone: str) -> int:
    """Return what a wall clock of the zone shows at an instant."""
    return us + _offset(zone, us)


def includes(start: int, end: int, now: int, zone: str) -> bool:
    """Return whether an instant is in [start, end), which are local times of the zone."""
    starts, ends = (moment(max(FIRST, min(us, LAST))).replace(tzinfo=None) for us in (start, end))
    return time_zones.start_of(starts, zone) <= now < time_zones.end_of(ends, zone)


def standard_offset(us: int, zone: str) -> int:
    """Return the zone's offset without daylight saving, in microseconds east of Greenwich."""
    at = time_zones.local_time(us, zone)
    return ((at.utcoffset() or timedelta()) - (at.dst() or timedelta())) // _MICROSECOND


@lru_cache(maxsize=64)  # each answer about a lock asks for it, and finding it looks at every day of the year
def daylight_saving(zone: str, year: int) -> DaylightSaving | None:
    """Return the zone's daylight saving in this year; None where the clocks do not change twice."""
    first, last = ((datetime(y, 1, 1, tzinfo=UTC) - _EPOCH) // _MICROSECOND for y in (year, year + 1))
    changes = [change for us in range(first, last, DAY) if (change := _change(zone, us, us + DAY)) is not None]
    forward = [(us, shift) for us, shift in changes if shift > 0]
    back = [(us, shift) for us, shift in changes if shift < 0]
    if len(forward) != 1 or len(back) != 1:
        return None
    (start, shift), (end, _) = forward[0], back[0]
    return DaylightSaving(local(start - MINUTE, zone) + MINUTE, local(end - MINUTE, zone) + MINUTE, shift)


def _offset(zone: str, us: int) -> int:
    return (time_zones.local_time(us, zone).utcoffset() or timedelta()) // _MICROSECOND


def _change(zone: str, low: int, high: int) -> tuple[int, int] | None:
    """Return the instant in (low, high] at which the offset changes, and by how much."""
    before, after = _offset(zone, low), _offset(zone, high)
    return None if before == after else (time_zones.change_between(low, high, zone), after - before)
