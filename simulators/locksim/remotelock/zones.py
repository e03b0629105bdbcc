"""Convert between local times and µs, UTC. Zones come from the `tzdata` package, never from the machine.

A local time that does not exist (clocks go forward) moves forward by the gap, as in Rails: 02:30 becomes 03:30. A local
time that occurs twice (clocks go back) is the first one for a start and the second one for an end.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib import resources

from locksim.api.time_zones import load, local_time

__all__ = ["country_codes", "end_of", "run_time", "start_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Return the two-letter codes of ISO 3166-1, from the tz database's own table."""
    lines = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line.split("\t")[0] for line in lines if line and not line.startswith("#"))


def start_of(text: str, name: str) -> int:
    """Return a local time (`2018-09-10T00:00:00`) that starts something, as µs, UTC."""
    return _instant(text, name, 0)


def run_time(text: str, name: str) -> int:
    """Return when a scheduled local time is reached, as µs, UTC.

    A local time that does not exist is reached when the clocks jump past it: 02:30 at 03:00. So steps keep their order.
    """
    after = _instant(text, name, 0)
    wall = datetime.fromisoformat(text)
    shown = local_time(after, name).replace(tzinfo=None)
    if shown != wall:
        # The zone's clocks jump by `shown - wall`; the jump is at most that long before `after`.
        low, high = after - (shown - wall) // _US, after
        offset = local_time(high, name).utcoffset()
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if local_time(middle, name).utcoffset() == offset else (middle, high)
        return high
    return after


def end_of(text: str, name: str) -> int:
    """Return a local time that ends something, as µs, UTC."""
    return _instant(text, name, 1)


@lru_cache(maxsize=4096)  # statuses are computed from a few times, again and again
def _instant(text: str, name: str, fold: int) -> int:
    tz = load(name)
    wall = datetime.fromisoformat(text).replace(tzinfo=tz)
    if wall.replace(fold=0).utcoffset() != wall.replace(fold=1).utcoffset():
        chosen = wall.replace(fold=fold)
        exists = chosen.astimezone(UTC).astimezone(tz).replace(tzinfo=None) == wall.replace(tzinfo=None)
        wall = chosen if exists else wall.replace(fold=0)
    return (wall - _EPOCH) // _US
