"""Convert between local times and instants. Zones come from the `tzdata` package, never from the machine.

Summer time, decided once for every vendor (`docs/summer_time.md`): a local time that the clocks skip is reached when they
jump. Of a local time that occurs twice, the first is a start and the second an end. So nobody loses granted time.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from locksim.engine.timestamps import moment

__all__ = ["change_between", "end_of", "is_known", "load", "local_time", "start_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


def is_known(name: str) -> bool:
    """Return whether the tz database has a zone of exactly this name."""
    return name in _names()


@lru_cache(maxsize=128)  # a world has few zones; a caller may name all 600
def load(name: str) -> ZoneInfo:
    """Return the zone of this name.

    Raises:
        ValueError: The tz database has no zone of this name.
    """
    if not is_known(name):  # also keeps path separators of unknown names away from the file system
        raise ValueError(f"the tz database has no time zone {name[:60]!r}; names look like Europe/London")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as data:
        return ZoneInfo.from_file(data, key=name)


def local_time(us: int, name: str) -> datetime:
    """Return what the clocks of this zone show at an instant (µs, UTC), as an aware datetime.

    Raises:
        ValueError: The tz database has no zone of this name.
    """
    return moment(us).astimezone(load(name))


def start_of(local: datetime, name: str) -> int:
    """Return when something starts that is to start at a local time of this zone, as µs, UTC.

    Raises:
        ValueError: The tz database has no zone of this name.
    """
    return _first_and_last(local, name)[0]


def end_of(local: datetime, name: str) -> int:
    """Return when something ends that is to end at a local time of this zone, as µs, UTC.

    Raises:
        ValueError: The tz database has no zone of this name.
    """
    return _first_and_last(local, name)[1]


def change_between(low: int, high: int, name: str) -> int:
    """Return when in (low, high] (µs, UTC) the zone's clocks change, which they must do once."""
    before = local_time(low, name).utcoffset()
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if local_time(middle, name).utcoffset() == before else (low, middle)
    return high


@lru_cache(maxsize=4096)  # statuses are computed from a few times, again and again
def _first_and_last(local: datetime, name: str) -> tuple[int, int]:
    """Return the first and the last time at which the zone's clocks reach a local time."""
    first, last = ((local.replace(tzinfo=load(name), fold=fold) - _EPOCH) // _US for fold in (0, 1))
    if first > last:  # the clocks skip it: `first` is by the offset before the change, `last` by the one after it
        first = last = change_between(last, first, name)
    return first, last


@cache
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
