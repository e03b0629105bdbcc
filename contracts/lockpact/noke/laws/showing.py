"""What is shown of what a lock tells: when something happened, and how much is left in its battery."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.noke.dialect import error_code, percent
from lockpact.noke.port import Event
from lockpact.noke.truth import NokeStep, acts

__all__ = ["percent_by_the_formula", "ranges_are_ranges"]

SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _entries(s: NokeStep, path: str, *keys: str) -> list[dict[str, Any]] | None:
    """What the step's last whole answer of a path holds at `data.key`."""
    asked: list[Exchange] = [x for x in s.traffic.to(path) if error_code(x) == 0]
    if s.error is not None or not asked:
        return None
    found: Any = asked[-1].json["data"]
    for key in keys:
        found = found[key]
    return list(found)


@law(
    "NO-ACT-1",
    "ranges are shown as ranges",
    on="activity",
    evidence="POST /activity/: if the exact time is not known (offline unlock or quick-click) the range tells the earliest "
    "and latest; recorded_time, when the log was received by the mobile device",
    mutants=("recorded_is_the_time", "earliest_is_exact", "middle_of_the_range", "ranges_collapse"),
    needs="results",
)
def ranges_are_ranges(s: NokeStep) -> Judged:
    """Who was in the house at nine is not told by a phone that came by at ten."""
    entries = _entries(s, "/activity*", "activity")
    if entries is None or not entries:
        return UNTRIGGERED
    told = sorted(_span(e) for e in s.result if e.lock == s.arguments["lock"])
    said = sorted(
        (e["action"], datetime.fromisoformat(e["range_date_start"]), datetime.fromisoformat(e["range_date_end"]))
        for e in entries
        if e["lock_mac"] == s.arguments["lock"]
    )
    for one in said:
        assert one in told, (
            f"{one[0]} happened from {one[1]:%H:%M:%S} to {one[2]:%H:%M:%S}, and the client shows another time"
        )
    for at in _known(s):
        assert any(a.startswith("unlock") and start - SECOND <= at <= end + SECOND for a, start, end in said), (
            f"{s.arguments['lock']} was opened without a network at {at:%H:%M:%S}, and nothing that is told can have been that"
        )
    return None if said else UNTRIGGERED


def _span(event: Event) -> tuple[str, datetime, datetime]:
    return event.action, event.earliest, event.latest


def _known(s: NokeStep) -> list[datetime]:
    """When the lock was opened without a network, where the server has heard of everything since."""
    if not s.truth_known or not s.given.get("heard"):
        return []
    opened = [h for h in acts(s, s.arguments["lock"], "offline_unlock", "quick_click") if h.result.get("unlocked")]
    return [EPOCH + timedelta(microseconds=h.at) for h in opened]


@law(
    "NO-BATT-1",
    "the battery's percentage stays between 0 and 100, by the document's formula",
    on="locks",
    evidence="Battery Levels: 100 from 3000 mV on, else (mV - 2800) / 200 * 100; the formula is negative below 2800",
    mutants=("battery_below_zero", "battery_over_a_hundred", "battery_in_volts", "scale_from_zero", "tells_volts"),
    needs="results",
)
def percent_by_the_formula(s: NokeStep) -> Judged:
    """The scale ends where a lock still has to be reached for a new battery."""
    entries = _entries(s, "/lock*", "locks")
    if entries is None or not entries:
        return UNTRIGGERED
    told = {lock.mac: lock.battery_percent for lock in s.result}
    for entry in entries:
        mac, millivolts = entry["mac"], entry["internal_battery"]
        if s.given.get("battery_of") == mac:
            millivolts = s.given["battery"]
        if mac not in told:
            continue
        assert abs(told[mac] - percent(int(millivolts))) <= 1, (
            f"{mac} has {millivolts} mV, which is {percent(int(millivolts))} %, and the client shows {told[mac]}"
        )
    return None
