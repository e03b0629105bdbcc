"""NetCodes: that the guest gets the right digits for the right hours. The keypad is the judge."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lockpact.codelocks.port import Stay
from lockpact.codelocks.truth import CodelocksStep, Door, door_of
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic

__all__ = ["asks_for_allowed_starts", "asks_for_the_locks_own_model", "begins_at_the_guests_hour", "ends_with_the_stay",
           "keeps_leading_zeros", "shows_the_same_code"]  # fmt: skip

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FIRST_DAY_ID = 12
LENGTHS = {"KL1060": (6, 12), "KL1060C2": (7, 12), "KL1060G3": (7, 12), "KL1550": (6,), "K3CONNECT": (6,)}
"""Digits of a lock model's codes."""
KEYPAD = "GET …/netcode/{id}: the start time and the duration of the NetCode"


def netcodes(t: Traffic) -> Traffic:
    """The requests for NetCodes."""
    return t.to("/n/1/netcode/*")


def said(x: Exchange) -> object:
    """The ActualNetcode of an answer; None where there is none."""
    return x.json.get("ActualNetcode") if x.status == 200 and isinstance(x.json, dict) else None


def hours(stay: Stay) -> tuple[datetime, datetime]:
    """The full hours around a stay."""
    zone = ZoneInfo(stay.lock.zone)
    first = stay.arrival.replace(minute=0, tzinfo=zone).astimezone(UTC)
    whole = stay.departure.replace(minute=0, tzinfo=zone).astimezone(UTC)
    return first, whole + (HOUR if stay.departure.minute else timedelta())


def shown_at(s: CodelocksStep) -> tuple[Door, list[str]] | None:
    """The door that a step's codes are for, and their digits; None when no codes were shown for a door that goes."""
    door = door_of(s.after, s.arguments["stay"].lock)
    if s.error is not None or door is None or not door.running or "fault" in s.given:
        return None
    return door, [str(code.digits) for code in s.result]


@law(
    "CL-DET-1",
    "the same booking shows the same code, across restarts",
    on="show",
    evidence="GET …/netcode/{id}: so long as the same parameters are supplied then the same NetCode will be returned",
    mutants=("counts_from_now", "another_way_after_a_restart", "codes_change_with_the_day"),
    needs="results",
)
def shows_the_same_code(s: CodelocksStep) -> Judged:
    """A guest has the code on paper."""
    if s.error is not None:
        return UNTRIGGERED
    before = [e for e in s.earlier if e.call == "show" and e.error is None and e.arguments == s.arguments]
    if not before:
        return UNTRIGGERED
    then, now = [c.digits for c in before[0].result], [c.digits for c in s.result]
    assert then == now, f"booking {s.arguments['stay'].booking} was shown {then} before, and is shown {now} now"
    return None


@law(
    "CL-START-1",
    "asks for allowed starts only",
    evidence="GET …/netcode/{id}: hour length codes must start on the hour, day length codes at midnight",
    mutants=("starts_at_the_minute", "days_from_the_hour_of_arrival"),
    needs="traffic",
)
def asks_for_allowed_starts(t: Traffic) -> Judged:
    """A server may refuse other starts, or silently go back to the hour."""
    if not netcodes(t):
        return UNTRIGGERED
    for x in netcodes(t):
        start, duration = x.param("start") or "", x.param("duration") or ""
        hour, _, minute = start.partition(" ")[2].partition(":")
        assert minute == "00", f"start={start} was asked for, which is not on the hour"
        if duration.isdecimal() and int(duration) >= FIRST_DAY_ID:
            assert hour == "00", (
                f"start={start} was asked for with duration {duration}, which are days: they start at midnight"
            )
    return None


@law(
    "CL-TZ-1",
    "a guest's local hour is the lock's hour, through both changes of the clocks",
    on="show",
    evidence="GET …/duration/{id}: ConvertToUTC, ApplyDST; GET …/init: always in UTC; GET …/k3connect: Timezone, DstStart",
    mutants=("local_time_to_kitlocks", "utc_to_wall_clocks", "winter_time_all_year", "reads_starts_as_local"),
)
def begins_at_the_guests_hour(s: CodelocksStep) -> Judged:
    """Who arrives in summer must not wait an hour before the door."""
    at = shown_at(s)
    if at is None:
        return UNTRIGGERED
    (door, codes), (first, _) = at, hours(s.arguments["stay"])
    guests = f"{s.arguments['stay'].arrival:%d %B, %H:%M}"
    assert any(door.opens(code, first) for code in codes), (
        f"the guest arrives {guests}, and no code opens the door then"
    )
    early = [code for code in codes if door.opens(code, first - MINUTE)]
    assert not early, f"the guest arrives {guests}, and {early[0]} opens the door a minute before that hour"
    return None


@law(
    "CL-END-1",
    "the code ends when the stay ends, and not before",
    on="show",
    evidence="GET …/netcode/{id}: the durations of the lock model; GET …/durations",
    mutants=("rounds_up_to_days", "one_duration_only", "counts_durations_from_one", "codes_end_an_hour_early",
             "codes_end_an_hour_late"),
)  # fmt: skip
def ends_with_the_stay(s: CodelocksStep) -> Judged:
    """Nobody is locked out in the night, and nobody comes back after the next guest has come."""
    at = shown_at(s)
    if at is None:
        return UNTRIGGERED
    (door, codes), (first, last) = at, hours(s.arguments["stay"])
    for when in _within(first, last):
        assert any(door.opens(code, when) for code in codes), (
            f"the stay lasts until {last:%d %B %H:%M} UTC, and at {when:%d %B %H:%M} UTC no code opens the door"
        )
    late = [code for code in codes if door.opens(code, last)]
    assert not late, f"the stay ends at {last:%d %B %H:%M} UTC, and {late[0]} still opens the door"
    return None


def _within(first: datetime, last: datetime) -> Iterator[datetime]:
    """The middle of each of the first and last 26 hours, and of a few between: where durations meet."""
    count = (last - first) // HOUR
    for n in range(count):
        if n < 26 or count - n <= 26 or n % 24 == 0:
            yield first + n * HOUR + timedelta(minutes=30)
    yield last - MINUTE


@law(
    "CL-CODE-1",
    "codes keep their leading zeros",
    on="show",
    evidence="GET …/netcode/{id}: ActualNetcode is a string; public notes: a model's codes have 6, 7 or 12 digits",
    mutants=("code_is_a_number", "pads_all_to_seven", "drops_leading_zeros", "code_as_a_number"),
    needs="results",
)
def keeps_leading_zeros(s: CodelocksStep) -> Judged:
    """One code in ten begins with a zero."""
    answers = [said(x) for x in netcodes(s.traffic).answered(200)]
    if not answers:
        return UNTRIGGERED
    model = s.arguments["stay"].lock.model
    for digits in answers:
        whole = isinstance(digits, str) and digits.isdecimal() and len(digits) in LENGTHS[model]
        assert whole, f"the API answered {digits!r}, which is no code of a {model}"
    if s.error is None:
        shown = [code.digits for code in s.result]
        lost = [digits for digits in answers if digits not in shown]
        assert not lost, f"the API answered {lost[0]!r}, and the client shows {shown}"
    return None


@law(
    "CL-MODEL-1",
    "a code is asked for the lock's own model",
    on="show",
    evidence="GET …/netcode/{id}: lockmodel, allowed values",
    mutants=("always_the_same_model", "models_are_one_to_the_server"),
    needs="results",
)
def asks_for_the_locks_own_model(s: CodelocksStep) -> Judged:
    """The same timecode gives other digits on another model."""
    lock, asked = s.arguments["stay"].lock, netcodes(s.traffic)
    if not asked:
        return UNTRIGGERED
    for x in asked:
        model = (x.param("lockmodel") or "").upper()
        assert model == lock.model, f"the lock is a {lock.model}, and the client asked for a {model}"
        assert x.path.rpartition("/")[2] == lock.id, f"lock {lock.id} was meant, and the client asked for {x.path}"
        digits = said(x)
        kept = digits is None or not isinstance(digits, str) or len(digits) in LENGTHS[model]
        assert kept, f"the lock is a {lock.model}, and the API answered {digits}"
    return None
