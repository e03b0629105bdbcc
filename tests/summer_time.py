"""The hours that summer time skips or doubles, and what is decided about them for every vendor.

`docs/summer_time.md` shows this table. The tests of Codelocks and RemoteLock run over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

__all__ = ["SUMMER_TIME", "Hour"]


@dataclass(frozen=True)
class Hour:
    """A local time around a change of the clocks. `starts` and `ends` are in UTC.

    What is to start at `local` starts at `starts`, and what is to end then ends at `ends`.
    """

    zone: str
    local: datetime
    kind: Literal["skipped", "doubled", "once"]
    starts: datetime
    ends: datetime

    def __str__(self) -> str:
        return f"{self.zone} {self.local:%Y-%m-%d %H:%M}"


def _hour(zone: str, local: str, kind: Literal["skipped", "doubled", "once"], starts: str, ends: str = "") -> Hour:
    return Hour(
        zone,
        datetime.fromisoformat(local),
        kind,
        datetime.fromisoformat(f"{starts}+00:00"),
        datetime.fromisoformat(f"{ends or starts}+00:00"),
    )


SUMMER_TIME = (
    _hour("Europe/London", "2026-03-29T00:59", "once", "2026-03-29T00:59"),
    _hour("Europe/London", "2026-03-29T01:00", "skipped", "2026-03-29T01:00"),
    _hour("Europe/London", "2026-03-29T01:30", "skipped", "2026-03-29T01:00"),
    _hour("Europe/London", "2026-03-29T02:00", "once", "2026-03-29T01:00"),
    _hour("Europe/London", "2026-10-25T00:59", "once", "2026-10-24T23:59"),
    _hour("Europe/London", "2026-10-25T01:00", "doubled", "2026-10-25T00:00", "2026-10-25T01:00"),
    _hour("Europe/London", "2026-10-25T01:30", "doubled", "2026-10-25T00:30", "2026-10-25T01:30"),
    _hour("Europe/London", "2026-10-25T02:00", "once", "2026-10-25T02:00"),
    _hour("America/New_York", "2026-03-08T02:30", "skipped", "2026-03-08T07:00"),
    _hour("America/New_York", "2026-03-08T03:00", "once", "2026-03-08T07:00"),
    _hour("America/New_York", "2026-11-01T01:00", "doubled", "2026-11-01T05:00", "2026-11-01T06:00"),
    _hour("Australia/Lord_Howe", "2026-10-04T02:00", "skipped", "2026-10-03T15:30"),
    _hour("Australia/Lord_Howe", "2026-10-04T02:15", "skipped", "2026-10-03T15:30"),
    _hour("Australia/Lord_Howe", "2026-04-05T01:45", "doubled", "2026-04-04T14:45", "2026-04-04T15:15"),
    _hour("Antarctica/Troll", "2026-03-29T02:00", "skipped", "2026-03-29T01:00"),
    _hour("Antarctica/Troll", "2026-10-25T02:00", "doubled", "2026-10-25T00:00", "2026-10-25T02:00"),
    _hour("Asia/Beirut", "2026-03-29T00:00", "skipped", "2026-03-28T22:00"),
    _hour("Asia/Beirut", "2026-10-24T23:00", "doubled", "2026-10-24T20:00", "2026-10-24T21:00"),
)
