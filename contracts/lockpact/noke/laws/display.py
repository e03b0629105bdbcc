"""What a client shows: all that the server answered, the times of events, and the battery percentage."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.noke.exchanges import error_code, operation, percent
from lockpact.noke.port import CredentialStatus, Event
from lockpact.noke.truth import NokeStep, actions_on

__all__ = ["percent_by_the_formula", "ranges_are_ranges", "shows_all_and_only_that"]

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


_SHOWN_FROM = {
    "locks": ("lock",),
    "keys": ("keys",),
    "codes": ("qc/display", "qc"),
    "fob": ("fobs/display",),
    "activity": ("activity",),
}
"""Call → the operations with what it shows."""
_NOT_ANSWERED = (CredentialStatus.REVOKED, CredentialStatus.GONE)
"""The statuses of keys that the server no longer lists."""


@law(
    "NO-SHOW-1",
    "a client shows what the server answered in this call: all of it, unchanged, and nothing else",
    on=tuple(_SHOWN_FROM),
    evidence="POST /lock/: array of locks; View All Issued Keys; POST /qc/display/: uses, the number of times remaining, and "
    "start_uses, the total number; POST /fobs/display/; POST /activity/: action type of the log",
    mutants=("hides_new_locks", "drops_the_last_lock", "all_locks_are_ready", "no_lock_is_synced", "lists_once",
             "old_list_on_a_failure", "nothing_when_cut", "keys_of_all_locks", "uses_are_start_uses",
             "start_uses_are_uses", "hides_used_up_codes", "fob_hides_pending", "fob_hides_revoked",
             "hides_failed_unlocks", "failed_is_unlocked", "drops_event_keys", "activity_of_all_locks",
             "asks_for_unlocks_only", "activity_since_its_start", "shows_its_own_keys_only"),
    needs="results",
)  # fmt: skip
def shows_all_and_only_that(s: NokeStep) -> Judged:
    """Judge what is shown. A call that was not answered has nothing to show."""
    if s.error is not None:
        return UNTRIGGERED
    last = [x for x in s.traffic if operation(x) in _SHOWN_FROM[s.call]]
    assert last, f"{s.call} returned something without asking the server"
    assert last[-1].answered, f"{s.call} returned something, but the server's answer was lost"
    if error_code(last[-1]) != 0:
        return UNTRIGGERED  # NO-RESULT-1 judges it.
    data = last[-1].json.get("data")
    shown, answered = _PARTS[s.call](s, data)
    for one in answered:
        assert one in shown, f"the server answered {one}, but the client does not show it"
    for one in shown:
        assert one in answered, f"the client shows {one}, but the server did not answer it"
    assert len(shown) == len(answered), (
        f"the client shows {len(shown)} items of {s.call}, the server answered {len(answered)}"
    )
    total = s.given.get("total")
    assert total is None or len(shown) == total, (
        f"the server has {total} items of {s.call}, the client shows {len(shown)}"
    )
    return None


Parts = tuple[list[Any], list[Any]]


def _locks_shown(s: NokeStep, data: Any) -> Parts:
    answered = [(x["mac"], x["status"] == "ready", x["flags"] in ("none", [])) for x in data["locks"]]
    return [(lock.mac, lock.ready, lock.synced) for lock in s.result], answered


def _keys_shown(s: NokeStep, data: Any) -> Parts:
    lock = s.arguments["lock"]
    answered = [key["tracking_key"] for x in data["locks"] if x["mac"] == lock for key in x["keys"]]
    return [name for name, status in s.result.items() if name in answered or status not in _NOT_ANSWERED], answered


def _codes_shown(s: NokeStep, data: Any) -> Parts:
    clicks = [click for x in data or () if x["mac"] == s.arguments["lock"] for click in x["quick_clicks"]]
    answered = [(click["code"], click["uses"], click["start_uses"]) for click in clicks]
    return [(code.code, code.uses, code.start_uses) for code in s.result], answered


def _fob_shown(s: NokeStep, data: Any) -> Parts:
    answered = {lock["mac"] for x in data or () if x["fob"] == s.arguments["fob"] for lock in x["locks"]}
    return [lock for lock, status in s.result.items() if lock in answered or status not in _NOT_ANSWERED], [*answered]


def _activity_shown(s: NokeStep, data: Any) -> Parts:
    answered = [(x["action"], x["tracking_key"]) for x in data["activity"] if x["lock_mac"] == s.arguments["lock"]]
    return [(event.action, event.tracking_key) for event in s.result], answered


_PARTS: dict[str, Callable[[NokeStep, Any], Parts]] = {
    "locks": _locks_shown,
    "keys": _keys_shown,
    "codes": _codes_shown,
    "fob": _fob_shown,
    "activity": _activity_shown,
}
"""Call → what the client shows and what the server answered, in comparable parts."""


@law(
    "NO-ACT-1",
    "ranges are shown as ranges",
    on="activity",
    evidence="POST /activity/: if the exact time is not known (offline unlock or quick-click) the range tells the earliest "
    "and latest; recorded_time, when the log was received by the mobile device",
    mutants=(
        "recorded_is_the_time",
        "earliest_is_exact",
        "middle_of_the_range",
        "ranges_collapse",
        "naive_times",
        "ends_when_recorded",
    ),
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
    mutants=(
        "battery_below_zero",
        "battery_over_a_hundred",
        "battery_in_volts",
        "scale_from_zero",
        "answers_volts",
        "shows_the_other_battery",
    ),
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
