"""Time zones come from the tzdata package, by their exact names."""

from __future__ import annotations

import subprocess
import sys

import pytest

from locksim.api import time_zones
from locksim.engine.timestamps import parse_iso


def test_a_zone_is_loaded_once() -> None:
    assert time_zones.load("Europe/London") is time_zones.load("Europe/London")
    assert time_zones.load.cache_info().maxsize is not None


def test_local_time_follows_daylight_saving() -> None:
    winter, summer = (
        time_zones.local_time(parse_iso(f"2026-{month}-15T12:00:00Z"), "America/New_York") for month in ("01", "07")
    )
    assert (winter.isoformat(), summer.isoformat()) == ("2026-01-15T07:00:00-05:00", "2026-07-15T08:00:00-04:00")


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "europe/london", "../UTC", "/etc/passwd", "UTC+1", "zone.tab"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    assert not time_zones.is_known(name)
    with pytest.raises(ValueError, match="no time zone"):
        time_zones.load(name)


def test_the_zones_of_the_machine_make_no_difference() -> None:
    program = "from locksim.api import time_zones; print(time_zones.local_time(0, 'Europe/London').isoformat())"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONTZPATH": "/nowhere", "TZ": "Asia/Tokyo"},
        capture_output=True,
        check=True,
        text=True,
    )
    assert done.stdout.strip() == "1970-01-01T01:00:00+01:00"
