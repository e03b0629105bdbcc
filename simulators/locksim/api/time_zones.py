"""Load time zones from the `tzdata` package. The zones that the machine has installed make no difference."""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from locksim.engine.timestamps import moment

__all__ = ["is_known", "load", "local_time"]


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


@cache
def _names() -> frozenset[str]:
    return frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split())
