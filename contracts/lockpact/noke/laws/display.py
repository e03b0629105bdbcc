"""What a client shows: the times of events, and the battery percentage."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.noke.exchanges import error_code, percent
from lockpact.noke.port import Event
from lockpact.noke.truth import NokeStep, actions_on

__all__ = ["percent_by_the_formula", "ranges_are_ranges"]

SECOND = timedelta(seconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _entries(s: NokeStep, path: str, *keys: str) -> list[dict[str, Any]] | None:
    """Return what the step's last successful answer of a path has at `data.key…`; None when there is none."""
    answers: list[Exchange] = [x for x in s.traffic.to(path) if error_code(x) == 0]
    if s.error is not None or not answers:
        return None
    found: Any = answers[-1].json["data"]
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
    """Judge the times of events: recorded_time is not the time of an event."""
    entries = _entries(s, "/activity*", "activity")
    if entries is None or not entries:
        return UNTRIGGERED
    displayed = sorted(_span(e) for e in s.result if e.lock == s.arguments["lock"])
    answered = sorted(
        (e["action"], datetime.fromisoformat(e["range_date_start"]), datetime.fromisoformat(e["range_date_end"]))
        for e in entries
        if e["lock_mac"] == s.arguments["lock"]
    )
    for one in answered:
        assert one in displayed, (
            f"{one[0]} happened between {one[1]:%H:%M:%S} and {one[2]:%H:%M:%S}, but the client shows another time"
        )
    for at in _known(s):
        assert any(a.startswith("unlock") and start - SECOND <= at <= end + SECOND for a, start, end in answered), (
            f"{s.arguments['lock']} was opened without a network at {at:%H:%M:%S}, but no event's range includes that time"
        )
    return None if answered else UNTRIGGERED


def _span(event: Event) -> tuple[str, datetime, datetime]:
    return event.action, event.earliest, event.latest


def _known(s: NokeStep) -> list[datetime]:
    """Return when the lock was opened without a network, if all its reports since then were uploaded."""
    if not s.truth_known or not s.given.get("reported"):
        return []
    opened = [
        h for h in actions_on(s, s.arguments["lock"], "offline_unlock", "quick_click") if h.result.get("unlocked")
    ]
    return [EPOCH + timedelta(microseconds=h.at) for h in opened]


@law(
    "NO-BATT-1",
    "the battery percentage follows the document's formula and stays between 0 and 100",
    on="locks",
    evidence="Battery Levels: 100 from 3000 mV on, else (mV - 2800) / 200 * 100; the formula is negative below 2800",
    mutants=("battery_below_zero", "battery_over_a_hundred", "battery_in_volts", "scale_from_zero", "answers_volts"),
    needs="results",
)
def percent_by_the_formula(s: NokeStep) -> Judged:
    """Judge battery percentages. The formula alone is negative below 2800 mV."""
    entries = _entries(s, "/lock*", "locks")
    if entries is None or not entries:
        return UNTRIGGERED
    displayed = {lock.mac: lock.battery_percent for lock in s.result}
    for entry in entries:
        mac, millivolts = entry["mac"], entry["internal_battery"]
        if s.given.get("battery_of") == mac:
            millivolts = s.given["battery"]
        if mac not in displayed:
            continue
        assert abs(displayed[mac] - percent(int(millivolts))) <= 1, (
            f"{mac} has {millivolts} mV, which is {percent(int(millivolts))} %, but the client shows {displayed[mac]} %"
        )
    return None
