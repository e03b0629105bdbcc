"""Local times and instants. Zones come from the `tzdata` package, never from the machine.

A local time that does not exist (clocks go forward) moves forward by the gap, as Rails' zones do: 02:30 becomes 03:30.
One that comes twice (clocks go back) is the first of the two for a start, the second for an end: nobody loses an hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

__all__ = ["end_of", "known", "local", "start_of", "zone"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("ascii").split())


def known(name: str) -> bool:
    """Whether the tz database has a zone of this name."""
    return name in _names()


@lru_cache(maxsize=128)
def zone(name: str) -> ZoneInfo:
    """The zone of this name; it must be `known`."""
    if not known(name):
        raise ValueError(f"the tz database has no zone {name!r}")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def start_of(text: str, name: str) -> int:
    """The instant (µs, UTC) at which this local time (`2018-09-10T00:00:00`) begins something in this zone."""
    return _instant(text, name, 0)


def end_of(text: str, name: str) -> int:
    """The instant at which it ends something there."""
    return _instant(text, name, 1)


@lru_cache(maxsize=4096)  # statuses ask for the same few again and again
def _instant(text: str, name: str, fold: int) -> int:
    there = zone(name)
    wall = datetime.fromisoformat(text).replace(tzinfo=there)
    if wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset():
        once = wall.replace(fold=fold)
        exists = once.astimezone(UTC).astimezone(there).replace(tzinfo=None) == wall.replace(tzinfo=None)
        wall = once if exists else wall.replace(fold=0)
    return (wall - _EPOCH) // _US


def local(us: int, name: str) -> datetime:
    """What the clocks of this zone show at this instant (aware)."""
    return (_EPOCH + timedelta(microseconds=us)).astimezone(zone(name))
