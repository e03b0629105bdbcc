"""Convert local times as texts to µs, UTC, and know the codes of countries. `api.time_zones` decides summer time."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from importlib import resources

from locksim.api import time_zones

__all__ = ["country_codes", "end_of", "start_of"]


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Return the two-letter codes of ISO 3166-1, from the tz database's own table."""
    lines = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8").splitlines()
    return frozenset(line.split("\t")[0] for line in lines if line and not line.startswith("#"))


def start_of(text: str, name: str) -> int:
    """Return when something starts at a local time (`2018-09-10T00:00:00`), as µs, UTC."""
    return time_zones.start_of(datetime.fromisoformat(text), name)


def end_of(text: str, name: str) -> int:
    """Return when something ends at a local time, as µs, UTC."""
    return time_zones.end_of(datetime.fromisoformat(text), name)
