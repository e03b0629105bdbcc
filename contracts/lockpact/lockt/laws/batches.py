"""Sending many records: in blocks, one after another, each once, and every one accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.lockt.laws.wire import errors_of, is_lost, option, reasons_of, records_of, to, writes
from lockpact.lockt.port import Receipt, Status
from lockpact.lockt.truth import LocktStep, Truth

__all__ = ["accounts_for_every_record", "blocks_of_at_most_100", "finishes_without_doubles", "never_two_posts_at_a_time",
           "says_what_it_means", "tells_each_failure"]  # fmt: skip

BLOCK = 100
WRITES = ("save_users", "create_doors", "create_fobs")
OPTIONS = ("update_existing", "validate_fails_batch", "replace_privileges")
KEY = {"save_users": "id_num", "create_doors": "name", "create_fobs": "card_num"}


def _keys(s: LocktStep) -> list[str]:
    """What the records of a call are known by."""
    if s.call == "create_doors":
        return list(s.arguments["names"])
    return [getattr(record, KEY[s.call]) for record in s.arguments["records"]]


def _there(truth: Truth, call: str, key: str) -> int:
    """How often the record is there."""
    if call == "create_doors":
        return truth.doors.count(key)
    return len(truth.users.get(key, ())) if call == "save_users" else int(key in truth.fobs)


def _receipts(s: LocktStep) -> list[Receipt]:
    """What the client answered, as far as it is receipts."""
    given = s.result if isinstance(s.result, Sequence) else []
    return [one for one in given if isinstance(one, Receipt)]


def _blocks(t: Traffic) -> Judged:
    """Of conduct: no POST has more than 100 records."""
    sent = [x for x in writes(t) if records_of(x)]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        assert len(records_of(x)) <= BLOCK, f"a POST may have {BLOCK} records, and the client sent {len(records_of(x))}"
    return None


@law(
    "LT-BATCH-1",
    "any number of records arrives in blocks of at most 100, each once",
    on=WRITES,
    evidence="Expected Outputs: POST operations are limited to 100 records per call; larger batches need blocks of 100",
    mutants=("sends_all_at_once", "drops_the_last_block", "blocks_overlap", "one_more_than_fits", "limit_is_fifty",
             "drops_what_is_beyond_ninety"),
    needs="results",
    conduct=_blocks,
)  # fmt: skip
def blocks_of_at_most_100(s: LocktStep) -> Judged:
    """A block too large is refused whole; one forgotten leaves people before a closed door."""
    keys = _keys(s)
    sent = [record for x in writes(s.traffic) for record in records_of(x)]
    down = s.truth_known and s.before.instance_down
    if not keys or "fault" in s.given or s.given.get("credentials") == "wrong" or down:
        return UNTRIGGERED
    for x in writes(s.traffic):
        assert len(records_of(x)) <= BLOCK, f"a POST may have {BLOCK} records, and the client sent {len(records_of(x))}"
    if s.error is not None:
        refused = [x for x in writes(s.traffic) if x.answered and x.status != 200]
        assert not refused, (
            f"{len(records_of(refused[-1]))} records in one POST were refused: {reasons_of(refused[-1])}"
        )
        return None
    times: dict[str, int] = {}
    for record in sent:
        key = str(record.get(KEY[s.call], ""))
        times[key] = times.get(key, 0) + 1
    twice = [key for key, count in times.items() if count > 1]
    assert not twice, f"{len(twice)} records were sent more than once, though nothing was lost: {', '.join(twice[:3])}"
    for key, receipt in zip(keys, _receipts(s), strict=False) if s.truth_known else ():
        assert receipt.status is not Status.SAVED or _there(s.after, s.call, key), (
            f"{key} is said to be saved, and is not there: {sum(times.values())} of {len(keys)} records were sent"
        )
    return None


def _one_at_a_time(t: Traffic) -> Judged:
    """Of conduct: a POST begins when the one before it has been answered, or given up."""
    sent = sorted(writes(t), key=lambda x: x.began)
    if len(sent) < 2:
        return UNTRIGGERED
    for first, then in pairwise(sent):
        assert then.began >= first.ended, "a POST was sent while another had not been answered yet"
    return None


@law(
    "LT-BATCH-2",
    "never two POSTs at a time; one that is refused as overlapping is sent again later",
    on=WRITES,
    evidence="Expected Outputs: rate limiting prevents simultaneous and overlapping POST operations",
    mutants=("posts_in_parallel", "impatient_with_itself", "overlapping_is_final", "overlaps_with_itself"),
    needs="results",
    conduct=_one_at_a_time,
)
def never_two_posts_at_a_time(s: LocktStep) -> Judged:
    """The second is refused, and whose it is nobody knows."""
    sent = sorted(writes(s.traffic), key=lambda x: x.began)
    for first, then in pairwise(sent):
        assert then.began >= first.ended, "a POST was sent while another had not been answered yet"
    refused = [x for x in sent if x.status == 400 and "overlapping" in " ".join(reasons_of(x)).lower()]
    passing = s.given.get("fault") == "overlapping" and s.given.get("times") == 1
    knows = s.given.get("credentials") != "wrong"
    if refused and knows and (passing or "fault" not in s.given):
        assert s.error is None and not _blames(s, refused[-1]), (  # noqa: PT018 - one sentence says both
            "a POST was refused because it overlapped another, once, and the client gave its records up"
        )
    return None if len(sent) > 1 or refused else UNTRIGGERED


def _blames(s: LocktStep, refused: Any) -> bool:
    """Whether a receipt says that a record failed for this reason."""
    return any(set(receipt.reasons) & set(reasons_of(refused)) for receipt in _receipts(s))


@law(
    "LT-PART-1",
    "every failed record reaches the caller with its reasons, and the others are not sent again",
    on=WRITES,
    evidence="POST /user: with validate_fails_batch false, validation errors are returned and records passing are processed",
    mutants=("drops_the_errors", "failed_is_saved", "reasons_are_lost", "sends_all_again", "one_bad_record_fails_all",
             "only_the_first_error", "errors_name_another", "partial_has_no_errors"),
    needs="truth",
)  # fmt: skip
def tells_each_failure(s: LocktStep) -> Judged:
    """Somebody must mend them; and who was saved must not be saved again."""
    answered = [x for x in writes(s.traffic) if x.answered and x.status in (200, 400)]
    failed = {str(echo.get(KEY[s.call], "")): reasons for x in answered for echo, reasons in errors_of(x)}
    bad = set(s.given.get("bad", ()))
    if s.error is not None or not answered or not (failed or bad) or "fault" in s.given:
        return UNTRIGGERED
    receipts = {receipt.key: receipt for receipt in _receipts(s)}
    for key, reasons in failed.items():
        if key in _keys(s):
            receipt = receipts.get(key)
            assert receipt is not None, f"{key} failed, and the client has no word of it"
            assert receipt.status is Status.FAILED, f"{key} failed, and the client says {receipt.status.value}"
            assert set(reasons) <= set(receipt.reasons), (
                f"{key} failed for {reasons}, and the client says {receipt.reasons}"
            )
    for key in _keys(s):
        receipt = receipts.get(key)
        was, there = _there(s.before, s.call, key), _there(s.after, s.call, key)
        assert receipt is None or receipt.status is not Status.FAILED or there <= was, (
            f"{key} was saved, and the client says that it failed"
        )
        assert key not in bad or (receipt is not None and receipt.status is Status.FAILED), (
            f"{key} cannot be saved, and the client does not say so"
        )
        assert key in bad or receipt is None or receipt.status is not Status.FAILED, (
            f"nothing is wrong with {key}, and the client says that it failed: {', '.join(receipt.reasons)}"
        )
    _no_record_again(s)
    return None


def _no_record_again(s: LocktStep) -> None:
    """What a 200 has taken is in no later POST of the call."""
    taken: set[str] = set()
    for x in writes(s.traffic):
        keys = {str(record.get(KEY[s.call], "")) for record in records_of(x)}
        again = keys & taken
        assert not again, f"{len(again)} records had been taken, and were sent again: {', '.join(sorted(again)[:3])}"
        if x.answered and x.status == 200:
            taken |= keys - {str(echo.get(KEY[s.call], "")) for echo, _ in errors_of(x)}


@law(
    "LT-IDEM-1",
    "a batch whose answer was lost is finished without doubles",
    on=WRITES,
    evidence="POST Requests (Write): the answer alone tells what was processed; and answers get lost",
    mutants=("gives_up_what_was_lost", "lost_is_saved", "found_is_failed", "found_is_ignored", "inserts_doubles"),
)
def finishes_without_doubles(s: LocktStep) -> Judged:
    """What was sent may have been taken; only a look, or sending what can be sent again, tells."""
    lost = [x for x in writes(s.traffic) if is_lost(x)]
    if not lost or s.given.get("credentials") == "wrong" or s.before.instance_down:
        return UNTRIGGERED
    for key in _keys(s):
        assert _there(s.after, s.call, key) <= max(1, _there(s.before, s.call, key)), f"{key} is there twice"
    if s.error is not None:
        once = s.given.get("times") == 1
        assert not once, f"one answer was lost, and the client gave up with {type(s.error).__name__}"
        return None
    bad = set(s.given.get("bad", ()))
    receipts = {receipt.key: receipt.status for receipt in _receipts(s)}
    for key in _keys(s):
        was, there = _there(s.before, s.call, key), _there(s.after, s.call, key)
        status = receipts.get(key)
        assert status is not Status.SAVED or there, f"an answer was lost; {key} is not there, and the client says saved"
        mine = there > was and key not in bad
        assert not mine or status is Status.SAVED, (
            f"an answer was lost; {key} is there since, and the client says {status.value if status else 'nothing'}"
        )
        assert there or key in bad, f"an answer was lost; {key} is not there, and nothing was wrong with it"
    return None


def _options_said(t: Traffic) -> Judged:
    """Of conduct: every POST of users says all three options."""
    sent = [x for x in to(t, "/user", "/uservalidate", method="POST") if records_of(x)]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        unsaid = [name for name in OPTIONS if option(x, name) is None]
        assert not unsaid, f"users were sent without {', '.join(unsaid)}, so that the vendor's default decides"
    return None


@law(
    "LT-OPT-1",
    "says what it means about the three options rather than trusting defaults",
    on="save_users",
    evidence="POST /user: update_existing defaults to false, validate_fails_batch and replace_privileges to true",
    mutants=("trusts_the_defaults", "says_two_of_three", "update_is_always_on", "replace_is_swapped",
             "update_is_never_heard", "replace_is_never_heard"),
    needs="results",
    conduct=_options_said,
)  # fmt: skip
def says_what_it_means(s: LocktStep) -> Judged:
    """One default creates nobody, one refuses everybody, one takes access away."""
    sent = [x for x in to(s.traffic, "/user", method="POST") if records_of(x)]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        unsaid = [name for name in OPTIONS if option(x, name) is None]
        assert not unsaid, f"users were sent without {', '.join(unsaid)}, so that the vendor's default decides"
        update, replace = s.arguments["update"], s.arguments["replace"]
        assert option(x, "update_existing") is update, f"update={update} was asked, and the client sent another"
        assert option(x, "replace_privileges") is replace, f"replace={replace} was asked, and the client sent another"
    if s.truth_known and s.error is None and "fault" not in s.given:
        _as_asked(s)
    return None


def _as_asked(s: LocktStep) -> None:
    """Who was there is as asked: untouched, or with these access levels."""
    receipts = {receipt.key: receipt.status for receipt in _receipts(s)}
    for record in s.arguments["records"]:
        was, now = s.before.users.get(record.id_num, ()), s.after.users.get(record.id_num, ())
        if len(was) != 1 or len(now) != 1:
            continue
        if not s.arguments["update"]:
            assert was == now, f"{record.id_num} was there, update=False was asked, and the user has changed"
        elif receipts.get(record.id_num) is Status.SAVED:
            added = () if s.arguments["replace"] else was[0].levels
            assert set(now[0].levels) == {*added, *record.levels}, (
                f"{record.id_num} has the access levels {now[0].levels}; asked were {record.levels}, and to "
                f"{'replace' if s.arguments['replace'] else 'add'}"
            )


@law(
    "LT-IGNORED-1",
    "accounts for every submitted record",
    on=WRITES,
    evidence="POST /user: with update_existing false, users with a matching id_num or e-mail are ignored, and no count tells",
    mutants=("zero_errors_is_all_saved", "ignored_are_forgotten", "ignored_is_failed", "drops_a_record_silently"),
)
def accounts_for_every_record(s: LocktStep) -> Judged:
    """Counts need not add up: what is ignored is in none of them but the first."""
    keys = _keys(s)
    if s.error is not None or not keys or "fault" in s.given:
        return UNTRIGGERED
    receipts = _receipts(s)
    assert [receipt.key for receipt in receipts] == keys, (
        f"{len(keys)} records were submitted, and the client tells of {len(receipts)}"
    )
    if s.call != "save_users":
        told = {receipt.key: receipt.status for receipt in receipts}
        for key in keys:
            there = _there(s.after, s.call, key) > 0
            assert there or told[key] is not Status.SAVED, f"{key} is not there, and the client says saved"
        return None
    emails = {user.email.lower() for users in s.before.users.values() for user in users if user.email}
    for record, receipt in zip(s.arguments["records"], receipts, strict=True):
        matched = record.id_num in s.before.users or record.email.lower() in emails
        ignored = matched and not s.arguments["update"]
        assert not ignored or receipt.status is Status.IGNORED, (
            f"{record.id_num} was there and update=False: the vendor ignores it, and the client says {receipt.status.value}"
        )
        assert ignored or receipt.status is not Status.IGNORED, (
            f"{record.id_num} was not ignored, and the client says so"
        )
        assert receipt.status is not Status.SAVED or record.id_num in s.after.users, (
            f"{record.id_num} is not there, and the client says saved"
        )
    return None
