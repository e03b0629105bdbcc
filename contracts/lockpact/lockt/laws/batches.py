"""Laws about sending many records: in blocks, one after another, each once, and a receipt for every one."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.lockt.laws.exchanges import (
    errors_of,
    is_lost,
    is_overlapping,
    option,
    reasons_of,
    records_of,
    sent_to,
    writes,
)
from lockpact.lockt.laws.records import KEY, alike_before, count_of, keys_of
from lockpact.lockt.port import Receipt, Status
from lockpact.lockt.truth import LocktStep

__all__ = ["accounts_for_every_record", "blocks_of_at_most_100", "finishes_without_duplicates", "never_two_posts_at_a_time",
           "reports_each_failure", "states_every_option"]  # fmt: skip

BLOCK = 100
WRITES = ("save_users", "create_doors", "create_fobs")
OPTIONS = ("update_existing", "validate_fails_batch", "replace_privileges")


def _receipts(s: LocktStep) -> list[Receipt]:
    """Return the receipts in the client's result."""
    result = s.result if isinstance(s.result, Sequence) else []
    return [one for one in result if isinstance(one, Receipt)]


def _blocks(t: Traffic) -> Judged:
    """Judge the traffic alone: no POST has more than 100 records."""
    sent = [x for x in writes(t) if records_of(x)]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        assert len(records_of(x)) <= BLOCK, f"a POST may have {BLOCK} records; the client sent {len(records_of(x))}"
    return None


@law(
    "LT-BATCH-1",
    "sends any number of records in blocks of at most 100, each record once",
    on=WRITES,
    evidence="Expected Outputs: POST operations are limited to 100 records per call; larger batches need blocks of 100",
    mutants=("sends_all_at_once", "drops_the_last_block", "blocks_overlap", "one_more_than_fits", "limit_is_fifty",
             "saves_only_ninety"),
    needs="results",
    conduct=_blocks,
)  # fmt: skip
def blocks_of_at_most_100(s: LocktStep) -> Judged:
    """The vendor refuses a block that is too large. People in a forgotten block cannot get in."""
    keys = keys_of(s)
    sent = [record for x in writes(s.traffic) if not is_overlapping(x) for record in records_of(x)]
    down = s.truth_known and s.before.instance_down
    if not keys or "fault" in s.given or s.given.get("credentials") == "wrong" or down:
        return UNTRIGGERED
    for x in writes(s.traffic):
        assert len(records_of(x)) <= BLOCK, f"a POST may have {BLOCK} records; the client sent {len(records_of(x))}"
    if s.error is not None:
        refused = [x for x in writes(s.traffic) if x.answered and x.status != 200 and not is_overlapping(x)]
        assert not refused, (
            f"the vendor refused {len(records_of(refused[-1]))} records in one POST: {reasons_of(refused[-1])}"
        )
        return None
    times: dict[str, int] = {}
    for record in sent:
        key = str(record.get(KEY[s.call], ""))
        times[key] = times.get(key, 0) + 1
    twice = [key for key, count in times.items() if count > 1]
    assert not twice, (
        f"{len(twice)} records were sent more than once, though no answer was lost: {', '.join(twice[:3])}"
    )
    for key, receipt in zip(keys, _receipts(s), strict=False) if s.truth_known else ():
        assert receipt.status is not Status.SAVED or count_of(s.after, s.call, key), (
            f"the client says that {key} is saved; the vendor does not have it ({sum(times.values())} of {len(keys)} "
            "records were sent)"
        )
    return None


def _one_at_a_time(t: Traffic) -> Judged:
    """Judge the traffic alone: a POST begins when the previous one has been answered or given up."""
    sent = sorted(writes(t), key=lambda x: x.began)
    if len(sent) < 2:
        return UNTRIGGERED
    for first, then in pairwise(sent):
        assert then.began >= first.ended, "a POST was sent while another had not been answered yet"
    return None


@law(
    "LT-BATCH-2",
    "sends one POST at a time; sends one that was refused as overlapping again later",
    on=WRITES,
    evidence="Expected Outputs: rate limiting prevents simultaneous and overlapping POST operations",
    mutants=(
        "posts_in_parallel",
        "impatient_with_itself",
        "overlapping_is_final",
        "overlaps_with_itself",
        "waits_two_seconds_for_others",
    ),
    needs="results",
    conduct=_one_at_a_time,
)
def never_two_posts_at_a_time(s: LocktStep) -> Judged:
    """The vendor refuses the second of two POSTs, and another client of the customer may have sent the first."""
    sent = sorted(writes(s.traffic), key=lambda x: x.began)
    for first, then in pairwise(sent):
        assert then.began >= first.ended, "a POST was sent while another had not been answered yet"
    refused = [x for x in sent if is_overlapping(x)]
    temporary = s.given.get("fault") == "overlapping" and s.given.get("times") == 1
    authorized = s.given.get("credentials") != "wrong"
    if refused and authorized and (temporary or "fault" not in s.given):
        assert s.error is None and not _blames(s, refused[-1]), (  # noqa: PT018 - one sentence says both
            "a POST was refused once because it overlapped another; the client gave up its records"
        )
    return None if len(sent) > 1 or refused else UNTRIGGERED


def _blames(s: LocktStep, refused: Any) -> bool:
    """Return whether a receipt gives this refusal as the reason of a failure."""
    return any(set(receipt.reasons) & set(reasons_of(refused)) for receipt in _receipts(s))


@law(
    "LT-PART-1",
    "reports every failed record with its reasons, and does not send the others again",
    on=WRITES,
    evidence="POST /user: with validate_fails_batch false, validation errors are returned and records passing are processed",
    mutants=("drops_the_errors", "failed_is_saved", "reasons_are_lost", "sends_all_again", "one_bad_record_fails_all",
             "only_the_first_error", "only_the_first_reason", "errors_by_position", "stops_at_a_failure",
             "errors_name_another",
             "partial_has_no_errors"),
    needs="truth",
)  # fmt: skip
def reports_each_failure(s: LocktStep) -> Judged:
    """Somebody must correct the failed records. The saved ones must not be saved twice."""
    answered = [x for x in writes(s.traffic) if x.answered and x.status in (200, 400)]
    failed = {str(echo.get(KEY[s.call], "")): reasons for x in answered for echo, reasons in errors_of(x)}
    bad = set(s.given.get("bad", ()))
    if s.error is not None or not answered or not (failed or bad) or "fault" in s.given:
        return UNTRIGGERED
    receipts, alike = {receipt.key: receipt for receipt in _receipts(s)}, alike_before(s)
    for key, reasons in failed.items():
        if key in keys_of(s):
            receipt = receipts.get(key)
            assert receipt is not None, f"{key} failed; the client has no receipt for it"
            assert receipt.status is Status.FAILED, f"{key} failed; the client says {receipt.status.value}"
            assert set(reasons) <= set(receipt.reasons), (
                f"{key} failed for {reasons}; the client says {receipt.reasons}"
            )
    for key in keys_of(s):
        receipt = receipts.get(key)
        before, after = count_of(s.before, s.call, key), count_of(s.after, s.call, key)
        assert receipt is None or receipt.status is not Status.FAILED or after <= before, (
            f"{key} was saved; the client says that it failed"
        )
        assert key not in bad or (receipt is not None and receipt.status is Status.FAILED), (
            f"{key} is invalid; the client does not say that it failed"
        )
        assert key in bad or key in alike or receipt is None or receipt.status is not Status.FAILED, (
            f"{key} is valid; the client says that it failed: {', '.join(receipt.reasons)}"
        )
    _check_no_resending(s)
    return None


def _check_no_resending(s: LocktStep) -> None:
    """Assert that no record which a 200 has saved is in a later POST of the call."""
    saved: set[str] = set()
    for x in writes(s.traffic):
        keys = {str(record.get(KEY[s.call], "")) for record in records_of(x)}
        again = keys & saved
        assert not again, f"{len(again)} records were saved and then sent again: {', '.join(sorted(again)[:3])}"
        if x.answered and x.status == 200:
            saved |= keys - {str(echo.get(KEY[s.call], "")) for echo, _ in errors_of(x)}


@law(
    "LT-IDEM-1",
    "finishes a batch whose answer was lost, without duplicates",
    on=WRITES,
    evidence="POST Requests (Write): only the answer says what was processed, and answers get lost",
    mutants=(
        "gives_up_what_was_lost",
        "lost_is_saved",
        "found_is_failed",
        "found_is_ignored",
        "inserts_duplicates",
        "later_blocks_lost_are_refused",
    ),
)
def finishes_without_duplicates(s: LocktStep) -> Judged:
    """The vendor may have processed a batch whose answer was lost. The client must look, or repeat what may be repeated."""
    lost = [x for x in writes(s.traffic) if is_lost(x)]
    if not lost or s.given.get("credentials") == "wrong" or s.before.instance_down:
        return UNTRIGGERED
    for key in keys_of(s):
        assert count_of(s.after, s.call, key) <= max(1, count_of(s.before, s.call, key)), f"the vendor has {key} twice"
    if s.error is not None:
        once = s.given.get("times") == 1
        assert not once, f"one answer was lost; the client gave up with {type(s.error).__name__}"
        return None
    bad = set(s.given.get("bad", ()))
    receipts = {receipt.key: receipt.status for receipt in _receipts(s)}
    for key in keys_of(s):
        before, after = count_of(s.before, s.call, key), count_of(s.after, s.call, key)
        status = receipts.get(key)
        assert status is not Status.SAVED or after, (
            f"an answer was lost; the vendor does not have {key}, and the client says saved"
        )
        created = after > before and key not in bad
        assert not created or status is Status.SAVED, (
            f"an answer was lost; the vendor has {key} now, and the client says {status.value if status else 'nothing'}"
        )
        assert after or key in bad, f"an answer was lost; the vendor does not have {key}, which is valid"
    return None


def _all_options(t: Traffic) -> Judged:
    """Judge the traffic alone: every POST of users has all three options."""
    sent = [x for x in sent_to(t, "/user", "/uservalidate", method="POST") if records_of(x)]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        missing = [name for name in OPTIONS if option(x, name) is None]
        assert not missing, f"users were sent without {', '.join(missing)}: the vendor's default decides"
    return None


@law(
    "LT-OPT-1",
    "sends all three options instead of relying on defaults",
    on="save_users",
    evidence="POST /user: update_existing defaults to false, validate_fails_batch and replace_privileges to true",
    mutants=("relies_on_defaults", "sends_two_of_three", "update_is_always_on", "replace_is_swapped",
             "update_is_always_off", "replace_is_always_off"),
    needs="results",
    conduct=_all_options,
)  # fmt: skip
def states_every_option(s: LocktStep) -> Judged:
    """The defaults change no existing user, refuse a batch for one invalid record, and delete access levels."""
    sent = [x for x in sent_to(s.traffic, "/user", method="POST") if records_of(x)]
    if not sent:
        return UNTRIGGERED
    for x in sent:
        missing = [name for name in OPTIONS if option(x, name) is None]
        assert not missing, f"users were sent without {', '.join(missing)}: the vendor's default decides"
        update, replace = s.arguments["update"], s.arguments["replace"]
        assert option(x, "update_existing") is update, f"update={update} was asked for; the client sent the opposite"
        assert option(x, "replace_privileges") is replace, (
            f"replace={replace} was asked for; the client sent the opposite"
        )
    if s.truth_known and s.error is None and "fault" not in s.given:
        _check_users(s)
    return None


def _check_users(s: LocktStep) -> None:
    """Assert that existing users are as asked: unchanged, or with the right access levels."""
    receipts = {receipt.key: receipt.status for receipt in _receipts(s)}
    for record in s.arguments["records"]:
        before, after = s.before.users.get(record.id_num, ()), s.after.users.get(record.id_num, ())
        if len(before) != 1 or len(after) != 1:
            continue
        if not s.arguments["update"]:
            assert before == after, f"{record.id_num} existed, update=False was asked for, and the user has changed"
        elif receipts.get(record.id_num) is Status.SAVED:
            kept = () if s.arguments["replace"] else before[0].levels
            assert set(after[0].levels) == {*kept, *record.levels}, (
                f"{record.id_num} has the access levels {after[0].levels}; the call was to "
                f"{'replace them by' if s.arguments['replace'] else 'add'} {record.levels}"
            )


@law(
    "LT-IGNORED-1",
    "returns the right receipt for every submitted record",
    on=WRITES,
    evidence="POST /user: with update_existing false, users with a matching id_num or e-mail are ignored, without a count",
    mutants=(
        "zero_errors_is_all_saved",
        "ignored_are_forgotten",
        "ignored_is_failed",
        "drops_a_record_silently",
        "remembers_who_exists",
        "never_adds_up",
        "failed_fobs_come_last",
    ),
)
def accounts_for_every_record(s: LocktStep) -> Judged:
    """The counts need not add up: ignored records count as submitted only.

    A record with the e-mail address of one before it in the same call is ignored, too. Whether a client calls that ignored or
    failed is its own choice.
    """
    keys = keys_of(s)
    if s.error is not None or not keys:
        return UNTRIGGERED
    receipts = _receipts(s)
    returned = [receipt.key for receipt in receipts]
    assert sorted(returned) == sorted(keys), (
        f"{len(keys)} records were submitted; the client has receipts for {len(receipts)}"
    )
    assert returned == keys, "the receipts are not in the order of the records"
    if s.call != "save_users":
        statuses = {receipt.key: receipt.status for receipt in receipts}
        for key in keys:
            exists = count_of(s.after, s.call, key) > 0
            assert exists or statuses[key] is not Status.SAVED, f"the vendor does not have {key}; the client says saved"
        return None
    emails = {user.email.lower() for users in s.before.users.values() for user in users if user.email}
    alike = alike_before(s)
    for record, receipt in zip(s.arguments["records"], receipts, strict=True):
        matched = record.id_num in s.before.users or record.email.lower() in emails
        ignored = matched and not s.arguments["update"]
        assert not ignored or receipt.status is Status.IGNORED, (
            f"{record.id_num} existed and update=False: the vendor ignores it; the client says {receipt.status.value}"
        )
        assert ignored or record.id_num in alike or receipt.status is not Status.IGNORED, (
            f"{record.id_num} was not ignored; the client says ignored"
        )
        assert receipt.status is not Status.SAVED or record.id_num in s.after.users, (
            f"the vendor does not have {record.id_num}; the client says saved"
        )
    return None
