"""Time zones, from the `tzdata` package alone: what the machine has installed makes no difference.

Local times are microseconds too, counted as if the wall clock were UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple
from zoneinfo import ZoneInfo

from locksim.engine.timestamps import HOUR, MINUTE, moment

__all__ = ["Summer", "known", "local", "standard_offset", "summer"]

_US = timedelta(microseconds=1)


class Summer(NamedTuple):
    """Daylight saving in one year: when its hour comes and goes, by the wall clock before each, and how much it is."""

    start: int
    end: int
    shift: int


@cache
def _names() -> frozenset[str]:
    return frozenset(files("tzdata").joinpath("zones").read_text("utf-8").split())


def known(name: str) -> bool:
    """Whether the zone list has this name."""
    return name in _names()


@lru_cache(maxsize=32)
def _zone(name: str) -> ZoneInfo:
    with files("tzdata.zoneinfo").joinpath(*name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def _offset(name: str, us: int) -> int:
    shift = moment(us).astimezone(_zone(name)).utcoffset()
    return 0 if shift is None else shift // _US


def local(us: int, name: str) -> int:
    """What a wall clock of that zone shows at an instant."""
    return us + _offset(name, us)


def standard_offset(us: int, name: str) -> int:
    """The zone's offset without daylight saving, microseconds east of Greenwich."""
    at = moment(us).astimezone(_zone(name))
    return ((at.utcoffset() or timedelta()) - (at.dst() or timedelta())) // _US


@lru_cache(maxsize=64)
def summer(name: str, year: int) -> Summer | None:
    """The year's daylight saving; None where there is none."""
    began, over = ((datetime(y, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // _US for y in (year, year + 1))
    changes = [_change(name, us, us + 24 * HOUR) for us in range(began, over, 24 * HOUR)]
    there = [change for change in changes if change is not None]
    forward = [(us, shift) for us, shift in there if shift > 0]
    back = [(us, shift) for us, shift in there if shift < 0]
    if len(forward) != 1 or len(back) != 1:
        return None
    (start, shift), (end, _) = forward[0], back[0]
    return Summer(local(start - MINUTE, name) + MINUTE, local(end - MINUTE, name) + MINUTE, shift)


def _change(name: str, low: int, high: int) -> tuple[int, int] | None:
    """The instant in (low, high] at which the offset changes, to the minute, and by how much."""
    was, becomes = _offset(name, low), _offset(name, high)
    if was == becomes:
        return None
    while high - low > MINUTE:
        middle = (low + high) // 2 // MINUTE * MINUTE
        low, high = (middle, high) if _offset(name, middle) == was else (low, middle)
    return high, becomes - was
