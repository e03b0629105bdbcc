"""Laws on NetCodes: the guest gets digits that open the lock's keypad during the stay."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lockpact.codelocks.port import Stay
from lockpact.codelocks.truth import CodelocksStep, LockTruth, lock_truth
from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange, Traffic

__all__ = ["asks_for_allowed_starts", "asks_for_the_locks_own_model", "begins_at_the_guests_hour", "ends_with_the_stay",
           "keeps_leading_zeros", "says_when_each_code_opens", "shows_no_code_that_is_none",
           "shows_the_same_code"]  # fmt: skip

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FIRST_DAY_ID = 12
LENGTHS = {"KL1060": (6, 12), "KL1060C2": (7, 12), "KL1060G3": (7, 12), "KL1550": (6,), "K3CONNECT": (6,)}
"""Lock model → possible lengths of its codes, in digits."""
KEYPAD = "GET …/netcode/{id}: the start time and the duration of the NetCode"


def netcodes(t: Traffic) -> Traffic:
    """Return the requests for NetCodes."""
    return t.to("/n/1/netcode/*")


def answered_code(x: Exchange) -> object:
    """Return the ActualNetcode of an answer; None for any other answer."""
    return x.json.get("ActualNetcode") if x.status == 200 and isinstance(x.json, dict) else None


def hours(stay: Stay) -> tuple[datetime, datetime]:
    """Return the full hours around a stay by the lock's clock, as UTC.

    A guest who arrives in an hour that comes twice may come in the first of the two. An hour that is skipped is the next one.
    """
    house, clock = ZoneInfo(stay.lock.zone), ZoneInfo(stay.lock.zone if stay.lock.k3 else "UTC")
    arrival, departure = (at.replace(tzinfo=house).astimezone(clock) for at in (stay.arrival, stay.departure))
    start, end = arrival.replace(minute=0).astimezone(UTC), departure.replace(minute=0).astimezone(UTC)
    return start, end + (HOUR if departure.minute else timedelta())


def shown_codes(s: CodelocksStep) -> tuple[LockTruth, list[str]] | None:
    """Return the lock of a `show` step and the digits; None without codes, or if the lock's clock is not set."""
    lock = lock_truth(s.after, s.arguments["stay"].lock)
    if s.error is not None or lock is None or not lock.running or "fault" in s.given:
        return None
    return lock, [str(code.digits) for code in s.result]


@law(
    "CL-DET-1",
    "shows the same code for the same booking, also after a restart",
    on="show",
    evidence="GET …/netcode/{id}: so long as the same parameters are supplied then the same NetCode will be returned",
    mutants=("counts_from_now", "another_way_after_a_restart", "codes_change_with_the_day"),
    needs="results",
)
def shows_the_same_code(s: CodelocksStep) -> Judged:
    """The guest may have written down the first one."""
    if s.error is not None:
        return UNTRIGGERED
    before = [e for e in s.earlier if e.call == "show" and e.error is None and e.arguments == s.arguments]
    if not before:
        return UNTRIGGERED
    first, now = [c.digits for c in before[0].result], [c.digits for c in s.result]
    assert first == now, f"booking {s.arguments['stay'].booking} was shown {first} first, and is shown {now} now"
    return None


@law(
    "CL-START-1",
    "requests allowed starts only",
    evidence="GET …/netcode/{id}: hour length codes must start on the hour, day length codes at midnight",
    mutants=("starts_at_the_minute", "days_from_the_hour_of_arrival", "rounds_the_local_hour"),
    needs="traffic",
)
def asks_for_allowed_starts(t: Traffic) -> Judged:
    """A server may refuse other starts, or silently round them down."""
    if not netcodes(t):
        return UNTRIGGERED
    for x in netcodes(t):
        start, duration = x.param("start") or "", x.param("duration") or ""
        hour, _, minute = start.partition(" ")[2].partition(":")
        assert minute == "00", f"the client requested start={start}, which is not on the hour"
        if duration.isdecimal() and int(duration) >= FIRST_DAY_ID:
            assert hour == "00", (
                f"the client requested start={start} with duration {duration}; durations in days start at midnight"
            )
    return None


@law(
    "CL-TZ-1",
    "converts the guest's local time to the lock's time, also when the clocks change",
    on="show",
    evidence="GET …/duration/{id}: ConvertToUTC, ApplyDST; GET …/init: always in UTC; GET …/k3connect: Timezone, DstStart",
    mutants=("local_time_to_kitlocks", "utc_to_wall_clocks", "winter_time_all_year", "offset_of_the_first_hour",
             "twelve_hour_clock", "reads_starts_as_local", "arrives_in_the_second_hour",
             "rounds_the_arrival"),
)  # fmt: skip
def begins_at_the_guests_hour(s: CodelocksStep) -> Judged:
    """A guest who arrives in summer must not wait an hour for the code to work."""
    shown = shown_codes(s)
    if shown is None:
        return UNTRIGGERED
    (lock, codes), (start, _) = shown, hours(s.arguments["stay"])
    arrival = f"{s.arguments['stay'].arrival:%d %B, %H:%M}"
    assert any(lock.opens(code, start) for code in codes), (
        f"the guest arrives {arrival}, and no code opens the lock then"
    )
    other, _ = hours(replace(s.arguments["stay"], arrival=s.arguments["stay"].arrival.replace(fold=1)))
    # Of an hour that is skipped, the hour before it is as good.
    early = [code for code in codes if lock.opens(code, min(start, other) - MINUTE)]
    assert not early, f"the guest arrives {arrival}, and {early[0]} opens the lock a minute before that hour"
    return None


@law(
    "CL-END-1",
    "shows codes that end with the stay, not before and not after",
    on="show",
    evidence="GET …/netcode/{id}: the durations of the lock model; GET …/durations",
    mutants=("rounds_up_to_days", "one_duration_only", "counts_durations_from_one", "day_ids_by_a_wrong_offset",
             "ends_by_the_length_on_the_wall_clock", "caches_by_booking",
             "caches_by_arrival", "caches_codes_without_the_duration", "codes_end_an_hour_early", "a_month_at_most",
             "codes_end_an_hour_late", "caches_codes_without_the_identifier", "caches_codes_by_the_timecode"),
)  # fmt: skip
def ends_with_the_stay(s: CodelocksStep) -> Judged:
    """A short code locks the guest out; a long one lets the guest into the next stay."""
    shown = shown_codes(s)
    if shown is None:
        return UNTRIGGERED
    if _was_judged_before(s):
        return None
    (lock, codes), (start, end) = shown, hours(s.arguments["stay"])
    for when in _sample_times(start, end):
        assert any(lock.opens(code, when) for code in codes), (
            f"the stay lasts until {end:%d %B %H:%M} UTC, and at {when:%d %B %H:%M} UTC no code opens the lock"
        )
    late = [code for code in codes if lock.opens(code, end)]
    assert not late, f"the stay ends at {end:%d %B %H:%M} UTC, and {late[0]} still opens the lock"
    return None


def _was_judged_before(s: CodelocksStep) -> bool:
    """Return whether the same codes were shown for the same stay before: computing when they open takes long."""
    return any(
        e.call == "show" and e.arguments == s.arguments and e.result == s.result and shown_codes(e) is not None
        for e in s.earlier
    )


def _sample_times(start: datetime, end: datetime) -> Iterator[datetime]:
    """Yield the middle of each of the first and last 26 hours, where durations meet, and of a few hours between."""
    count = (end - start) // HOUR
    for n in range(count):
        if n < 26 or count - n <= 26 or n % 24 == 0:
            yield start + n * HOUR + timedelta(minutes=30)
    yield end - MINUTE


@law(
    "CL-SHOWN-1",
    "says of each code when it opens the lock, in the order of these times",
    on="show",
    evidence="GET …/netcode/{id}: start, the start time of the NetCode; duration",
    mutants=("codes_in_any_order", "says_the_wrong_end", "labels_utc_as_local", "gives_times_no_zone", "shows_a_code_twice",
             "ends_by_elapsed_time"),
)  # fmt: skip
def says_when_each_code_opens(s: CodelocksStep) -> Judged:
    """The guest reads when to type which code."""
    shown = shown_codes(s)
    if shown is None:
        return UNTRIGGERED
    (lock, _), zone = shown, ZoneInfo(shown[0].zone)
    for code in s.result:
        zoned = code.start.tzinfo is not None and code.end.tzinfo is not None
        assert zoned, f"the times of {code.digits} have no zone"
        for when, opens in (
            (code.start - MINUTE, False),
            (code.start, True),
            (code.end - MINUTE, True),
            (code.end, False),
        ):
            if not _clocks_change_near(when, zone):
                assert lock.opens(str(code.digits), when) is opens, (
                    f"the client says that {code!r} is valid, and at {when} the lock "
                    f"{'does not open' if opens else 'opens'}"
                )
    starts = [code.start for code in s.result]
    assert starts == sorted(set(starts)), f"the codes are not shown each once, in the order of their times: {s.result}"
    return None


def _clocks_change_near(when: datetime, zone: ZoneInfo) -> bool:
    """Return whether the clocks change within two hours: a local time may then mean another instant, or none."""
    before, after = ((when + by).astimezone(zone).utcoffset() for by in (-2 * HOUR, 2 * HOUR))
    return before != after


@law(
    "CL-CODE-1",
    "keeps the leading zeros of codes",
    on="show",
    evidence="GET …/netcode/{id}: ActualNetcode is a string; public notes: a model's codes have 6, 7 or 12 digits",
    mutants=("code_is_a_number", "pads_all_to_seven", "formats_digits", "drops_leading_zeros", "code_as_a_number"),
    needs="results",
)
def keeps_leading_zeros(s: CodelocksStep) -> Judged:
    """One code in ten starts with a zero."""
    answers = [answered_code(x) for x in netcodes(s.traffic).answered(200) if not x.altered]
    if not answers:
        return UNTRIGGERED
    model = s.arguments["stay"].lock.model
    for digits in answers:
        valid = isinstance(digits, str) and digits.isdecimal() and len(digits) in LENGTHS[model]
        assert valid, f"the API answered {digits!r}, which is not a code of a {model}"
    if s.error is None:
        shown = [code.digits for code in s.result]
        lost = [digits for digits in answers if digits not in shown]
        assert not lost, f"the API answered {lost[0]!r}, and the client shows {shown}"
        known = {answered_code(x) for x in netcodes(s.all_traffic)}
        invented = [digits for digits in shown if digits not in known]
        assert not invented, f"the client shows {invented[0]!r}, which the API has not answered"
    return None


@law(
    "CL-CODE-2",
    "shows no code where the API has answered none",
    on="show",
    evidence="GET …/netcode/{id}: the value that we want out of the response is the ActualNetCode; public notes: a message "
    "in its place",
    mutants=("no_code_is_an_empty_one", "no_code_is_no_part"),
    needs="results",
)
def shows_no_code_that_is_none(s: CodelocksStep) -> Judged:
    """A guest with an empty code, or with the codes of a part of the stay, stands before a locked door."""
    requests = netcodes(s.traffic).answered(200)
    codes = {(x.path, tuple(sorted(x.query))) for x in requests if answered_code(x)}
    without = [x for x in requests if not answered_code(x) and (x.path, tuple(sorted(x.query))) not in codes]
    if not without:
        return UNTRIGGERED
    assert s.error is not None, (
        f"the API answered no code for start={without[0].param('start')}, and the client shows "
        f"{[code.digits for code in s.result]}"
    )
    return None


@law(
    "CL-MODEL-1",
    "requests codes for the lock's own model",
    on="show",
    evidence="GET …/netcode/{id}: lockmodel, allowed values",
    mutants=("always_the_same_model", "models_are_one_to_the_server", "newer_keypads_are_like_old_ones"),
    needs="results",
)
def asks_for_the_locks_own_model(s: CodelocksStep) -> Judged:
    """The same timecode has other digits on another model."""
    lock, requests = s.arguments["stay"].lock, netcodes(s.traffic)
    if not requests:
        return UNTRIGGERED
    for x in requests:
        model = (x.param("lockmodel") or "").upper()
        assert model == lock.model, f"the lock is a {lock.model}, and the client requested a code for a {model}"
        assert x.path.rpartition("/")[2] == lock.id, f"the stay is at lock {lock.id}, and the client requested {x.path}"
        digits = answered_code(x)
        fits = digits is None or not isinstance(digits, str) or len(digits) in LENGTHS[model]
        assert fits, f"the lock is a {lock.model}, and the API answered {digits}"
    return None
