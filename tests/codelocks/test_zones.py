"""Zones come from the tzdata package, and summer time is told as a wall clock shows it."""

from __future__ import annotations

import subprocess
import sys

import pytest

from locksim.codelocks import zones
from locksim.engine.timestamps import HOUR, MINUTE, iso, parse_iso


@pytest.mark.parametrize(
    ("zone", "year", "expected"),
    [
        ("Europe/London", 2026, ("2026-03-29T01:00:00Z", "2026-10-25T02:00:00Z", HOUR)),
        ("America/New_York", 2026, ("2026-03-08T02:00:00Z", "2026-11-01T02:00:00Z", HOUR)),
        ("Australia/Lord_Howe", 2026, ("2026-10-04T02:00:00Z", "2026-04-05T02:00:00Z", 30 * MINUTE)),
        ("Asia/Kathmandu", 2026, None),
        ("UTC", 2026, None),
        ("Europe/London", 1969, None),
    ],
)
def test_the_years_summer_time(zone: str, year: int, expected: tuple[str, str, int] | None) -> None:
    found = zones.summer(zone, year)
    assert (found and (iso(found.start), iso(found.end), found.shift)) == expected


def test_standard_offsets_do_not_change_with_the_season() -> None:
    for day in ("2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z"):
        assert zones.standard_offset(parse_iso(day), "America/New_York") == -5 * HOUR
        assert zones.standard_offset(parse_iso(day), "Asia/Kathmandu") == 5 * HOUR + 45 * MINUTE


def test_the_machines_own_zones_make_no_difference() -> None:
    program = (
        "from locksim.codelocks import zones; print(zones.known('Europe/London'), zones.local(0, 'Europe/London'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONTZPATH": "/nowhere", "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert said.stdout.split() == ["True", str(HOUR)]
    assert not zones.known("../UTC")
