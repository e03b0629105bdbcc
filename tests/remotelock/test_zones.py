"""Local times become instants; no hour is lost when clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.api.time_zones import is_known, load, local_time
from locksim.engine.timestamps import iso
from locksim.remotelock import zones

ZONES = st.sampled_from(
    ["America/Denver", "Europe/Lisbon", "UTC", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
)
LOCAL = st.datetimes(datetime(2015, 1, 1), datetime(2035, 1, 1)).map(lambda at: at.replace(microsecond=0, second=0))  # noqa: DTZ001 - local


@given(name=ZONES, at=LOCAL)
def test_a_time_that_exists_once_is_that_instant(name: str, at: datetime) -> None:
    there = at.replace(tzinfo=ZoneInfo(name))
    if there.utcoffset() == there.replace(fold=1).utcoffset():
        for instant in (zones.start_of(at.isoformat(), name), zones.end_of(at.isoformat(), name)):
            assert local_time(instant, name).replace(tzinfo=None) == at


@pytest.mark.rule("RL-R88")
@given(name=ZONES, at=LOCAL)
def test_a_start_is_never_after_the_end_of_the_same_time(name: str, at: datetime) -> None:
    start, end = zones.start_of(at.isoformat(), name), zones.end_of(at.isoformat(), name)
    assert start <= end
    assert local_time(start, name).replace(tzinfo=None) >= at


@given(name=ZONES, at=LOCAL, minutes=st.integers(1, 300))
def test_later_is_never_earlier_for_a_start(name: str, at: datetime, minutes: int) -> None:
    later = at + timedelta(minutes=minutes)
    start, then = zones.start_of(at.isoformat(), name), zones.start_of(later.isoformat(), name)
    assert start <= then


@pytest.mark.rule("RL-R88")
@pytest.mark.parametrize(
    ("local", "start", "end"),
    [
        ("2026-03-08T01:59:00", "2026-03-08T08:59:00Z", "2026-03-08T08:59:00Z"),
        ("2026-03-08T02:00:00", "2026-03-08T09:00:00Z", "2026-03-08T09:00:00Z"),
        ("2026-03-08T02:30:00", "2026-03-08T09:00:00Z", "2026-03-08T09:00:00Z"),
        ("2026-03-08T03:00:00", "2026-03-08T09:00:00Z", "2026-03-08T09:00:00Z"),
        ("2026-11-01T00:59:00", "2026-11-01T06:59:00Z", "2026-11-01T06:59:00Z"),
        ("2026-11-01T01:30:00", "2026-11-01T07:30:00Z", "2026-11-01T08:30:00Z"),
        ("2026-11-01T02:00:00", "2026-11-01T09:00:00Z", "2026-11-01T09:00:00Z"),
    ],
)
def test_the_hour_that_is_missing_is_the_jump_and_the_one_that_comes_twice_is_whole(
    local: str, start: str, end: str
) -> None:
    assert iso(zones.start_of(local, "America/Denver")) == start
    assert iso(zones.end_of(local, "America/Denver")) == end


def test_only_names_of_the_database_are_zones() -> None:
    for name in ("", "Denver", "../UTC", "/etc/passwd", "america/denver", "Europe"):
        assert not is_known(name)
        with pytest.raises(ValueError, match="no time zone"):
            load(name)
    assert is_known("America/Argentina/Buenos_Aires")
    assert str(load("America/Argentina/Buenos_Aires")) == "America/Argentina/Buenos_Aires"
