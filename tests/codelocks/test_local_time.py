"""The wall clock of a lock, and the daylight saving of its zone as the wall clock shows it."""

from __future__ import annotations

import pytest

from locksim.codelocks import local_time
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
def test_the_daylight_saving_of_a_year(zone: str, year: int, expected: tuple[str, str, int] | None) -> None:
    found = local_time.daylight_saving(zone, year)
    assert (found and (iso(found.start), iso(found.end), found.shift)) == expected


@pytest.mark.parametrize(("month", "hour"), [("01", "07"), ("07", "08")])
def test_the_wall_clock_follows_daylight_saving(month: str, hour: str) -> None:
    wall = local_time.local(parse_iso(f"2026-{month}-15T12:00:00Z"), "America/New_York")
    assert iso(wall) == f"2026-{month}-15T{hour}:00:00Z"


@pytest.mark.parametrize("day", ["2026-01-15T00:00:00Z", "2026-07-15T00:00:00Z"])
def test_standard_offsets_do_not_change_with_the_season(day: str) -> None:
    assert local_time.standard_offset(parse_iso(day), "America/New_York") == -5 * HOUR
    assert local_time.standard_offset(parse_iso(day), "Asia/Kathmandu") == 5 * HOUR + 45 * MINUTE
