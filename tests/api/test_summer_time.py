"""Local times that summer time skips or doubles."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from locksim.api import time_zones
from locksim.engine.timestamps import moment
from tests.summer_time import SUMMER_TIME, Hour

PAGE = Path(__file__).parents[2] / "docs/summer_time.md"


@pytest.mark.parametrize("hour", SUMMER_TIME, ids=str)
def test_a_local_time_starts_and_ends_as_the_table_says(hour: Hour) -> None:
    assert moment(time_zones.start_of(hour.local, hour.zone)) == hour.starts
    assert moment(time_zones.end_of(hour.local, hour.zone)) == hour.ends


@pytest.mark.parametrize("hour", SUMMER_TIME, ids=str)
def test_the_table_names_what_the_clocks_do(hour: Hour) -> None:
    shown = [time_zones.local_time(at, hour.zone).replace(tzinfo=None) for at in _instants(hour)]
    assert (hour.local in shown, len(set(_instants(hour)))) == {
        "once": (True, 1),
        "skipped": (False, 1),
        "doubled": (True, 2),
    }[hour.kind]


def _instants(hour: Hour) -> list[int]:
    return [time_zones.start_of(hour.local, hour.zone), time_zones.end_of(hour.local, hour.zone)]


def test_the_page_shows_the_table() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("|")][2:]
    assert rows == [
        f"| {h.zone} | {_text(h.local)} | {COMES[h.kind]} | {_text(h.starts)} | {_text(h.ends)} |" for h in SUMMER_TIME
    ]


COMES = {"once": "once", "skipped": "never", "doubled": "twice"}


def _text(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
