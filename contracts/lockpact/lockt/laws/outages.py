"""Laws about bad days: answers that do not come, a vendor that is away, one odd record, and a storm of faults."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.lockt.laws.exchanges import is_lost, reasons_of
from lockpact.lockt.laws.records import count_of, keys_of, unhindered
from lockpact.lockt.port import CredentialError, News, Status
from lockpact.lockt.truth import LocktStep

__all__ = ["a_failed_list_is_no_list", "ends_as_asked", "gives_up_in_time", "one_odd_record", "works_again"]

READS = ("users", "user", "fobs", "next_card_num", "read_events", "credentials", "schedules")
CALLS = (*READS, "save_users", "end_access", "create_doors", "create_fobs", "assign_fob")
FAILURES = 20
"""Requests of one call that may fail before the client gives up."""
GIVES_UP = 900
"""Seconds after which a call has given up."""


def _has_data(x: Exchange) -> bool:
    return not is_lost(x) and x.status == 200 and isinstance(x.json, dict) and isinstance(x.json.get("data"), list)


@law(
    "LT-LIST-1",
    "raises an error if a list failed, was cut or has no data, instead of returning less",
    on=READS,
    evidence="GET Requests (Read): data is the array of objects; Response Codes: 400, 401, 404 and 50X are no lists",
    mutants=("failed_list_is_empty", "failed_user_is_nobody", "failed_fobs_are_none", "no_events_came", "missing_data_is_empty",
             "failed_credentials_are_none", "failed_schedules_are_old", "missing_is_empty"),
    needs="results",
)  # fmt: skip
def a_failed_list_is_no_list(s: LocktStep) -> Judged:
    """A program that takes "no answer" for "nobody" removes everybody."""
    if not s.traffic or _has_data(s.traffic[-1]):
        return UNTRIGGERED
    last = s.traffic[-1]
    what = f"HTTP {last.status}" if last.answered and last.status != 200 else "no complete answer with data"
    assert s.error is not None, f"the last request got {what}; the client returned a result all the same"
    return None


@law(
    "LT-ODD-1",
    "returns all other records if one of a list is unlike the documented ones",
    on=("users", "fobs", "read_events"),
    evidence="Events: representations of actions within the system (two codes are documented); samples lack documented keys",
    mutants=("one_odd_user_spoils_all", "one_odd_fob_spoils_all", "one_odd_event_spoils_all"),
)
def one_odd_record(s: LocktStep) -> Judged:
    """One record must not make all doors, guests or entries disappear."""
    if s.given.get("altered") != "odd" or not any(x.altered for x in s.traffic) or "fault" in s.given:
        return UNTRIGGERED
    assert s.error is None, f"one record was unlike the others; the client raised {type(s.error).__name__}: {s.error}"
    if s.call == "read_events":
        since = s.given.get("seen") or 0
        expected = {event.id for event in s.after.events if event.id > since}
        returned = {event.id for event in s.result.events} if isinstance(s.result, News) else set()
    else:
        expected = {user.id for users in s.after.users.values() for user in users}
        expected = expected if s.call == "users" else {fob.id for fob in s.after.fobs.values()}
        returned = {one.id for one in s.result}
    missing = expected - returned
    assert len(missing) <= 1, f"one record was unlike the others; the client left out {len(missing)}"
    return None


@law(
    "LT-START-1",
    "works whenever nothing hinders it: after an outage too, without a restart, and if it was made during one",
    on=("made", *CALLS),
    evidence="Response Codes: 50X is unexpected; Expected Outputs: a communications error has occurred with your instance",
    mutants=("gives_up_at_birth", "needs_the_vendor_at_birth", "never_tries_again", "keeps_the_failure",
             "reads_without_a_content_type", "has_no_time_for_a_block", "sends_empty_batches", "away_for_good",
             "refused_for_good"),
)  # fmt: skip
def works_again(s: LocktStep) -> Judged:
    """Nobody is there at night to restart a program when the vendor is back."""
    if s.call == "made":
        refused = s.given.get("fault") == "unauthorized" and isinstance(s.error, CredentialError)
        assert s.error is None or not s.given.get("fault") or refused, (
            f"the client was made while the vendor was away, and raised {type(s.error).__name__}: then it is never there"
        )
        return None if s.given.get("fault") else UNTRIGGERED
    if not unhindered(s) or s.given.get("altered") not in (None, "dates") or not _exists(s):
        return UNTRIGGERED
    if s.call == "next_card_num" and not s.before.pending_release:
        return UNTRIGGERED
    assert s.error is None, f"nothing hindered the client; {s.call} raised {type(s.error).__name__}: {s.error}"
    return None


def _exists(s: LocktStep) -> bool:
    """Return whether the user and the fob that the call names exist."""
    user, fob = s.arguments.get("user"), s.arguments.get("fob")
    return (user is None or s.before.user(user) is not None) and (fob is None or s.before.fob(fob) is not None)


@law(
    "LT-RETRY-1",
    "gives up after a bounded number of tries while the vendor is away; sends nothing again that was refused for good",
    on=CALLS,
    evidence="Response Codes: 400 is an error in the request, 50X is unexpected; the vendor limits the rate of POSTs",
    mutants=("tries_for_hours", "tries_what_was_refused"),
    needs="results",
    timed=True,
)
def gives_up_in_time(s: LocktStep) -> Judged:
    """The caller must learn that it failed, and the vendor must not be flooded when it returns."""
    refused = [
        (x.method, x.target, x.body)
        for x in s.traffic
        if x.answered and x.status in (400, 404) and not _is_temporary(x)
    ]
    assert len(set(refused)) == len(refused), "a request that the vendor refused for good was sent again unchanged"
    failed = [x for x in s.traffic if is_lost(x)]
    if not failed:
        return None if refused else UNTRIGGERED
    assert len(failed) <= FAILURES, f"{len(failed)} requests of one call failed, and the client went on"
    assert s.seconds <= GIVES_UP or s.error is None, f"the client gave up only after {s.seconds:.0f} s"
    return None


def _is_temporary(x: Exchange) -> bool:
    return any("overlapping" in reason.lower() or "flagged" in reason for reason in reasons_of(x))


@law(
    "LT-CONV-1",
    "leaves what was asked for, once, when a call is repeated after a storm of faults",
    on=("save_users", "create_doors", "create_fobs", "assign_fob", "end_access"),
    shown_by=("save_users", "create_fobs"),
    evidence="POST Requests (Write): only the answer says what was processed; POST /user: matching by id_num and e-mail",
    mutants=("sends_the_rest_another_time", "believes_it_is_done"),
    timed=True,
)
def ends_as_asked(s: LocktStep) -> Judged:
    """However bad the night was: in the morning, what the client believes is what the doors do."""
    if not s.given.get("calm") or not unhindered(s) or not _exists(s):
        return UNTRIGGERED
    assert s.error is None, f"the storm is over; {s.call} raised {type(s.error).__name__}: {s.error}"
    if s.call in ("assign_fob", "end_access"):
        return None  # LT-FOB-1 and LT-DISABLE-1 compare
    receipts = {one.key: one for one in s.result}
    for key in keys_of(s):
        count = count_of(s.after, s.call, key)
        assert count == 1, f"the storm is over, and {key} was saved again; the vendor has it {count} times"
        assert receipts[key].status is not Status.FAILED or s.call != "save_users", (
            f"the vendor has {key}; after the storm the client says that it failed"
        )
    return None
