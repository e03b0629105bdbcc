"""How a client reports a server's answers: failures, partial failures, and the API versions they come in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.noke.exchanges import clicks_asked, error_code, failed, operation, version
from lockpact.noke.port import (
    CommandResult,
    CredentialError,
    CredentialStatus,
    ItemResult,
    NokeError,
    NotLive,
    Refused,
    Unavailable,
    UnknownLock,
)
from lockpact.noke.truth import NokeStep

__all__ = [
    "errors_say_what_happened", "failure_is_a_failure", "reports_each_item", "says_why_an_item_failed",
    "works_with_either_version",
]  # fmt: skip

SERVER_CALLS = (
    "locks", "unlock", "unshackle", "lock_up", "set_explicit_lock", "issue_keys", "revoke_keys", "keys", "issue_codes",
    "revoke_codes", "codes", "issue_fob", "revoke_fob", "sync_fob", "fob", "recover", "update_firmware", "activity",
)  # fmt: skip


def _reports_failure(result: Any) -> bool:
    """Return whether a result of any call says that something failed."""
    match result:
        case CommandResult(done=done, acknowledged=acknowledged):
            return not (done and acknowledged)
        case Mapping():
            return any(value is not CredentialStatus.GONE for value in result.values())
        case Sequence() if result and all(isinstance(item, ItemResult) for item in result):
            return not all(item.ok for item in result)
    return result is False


def _last_failures(s: NokeStep) -> list[Exchange]:
    """Return failures that no later request to the same operation repaired. (Few results can report a failed upload.)"""
    last = {operation(x): x for x in s.traffic if x.answered}
    return [x for name, x in last.items() if failed(x) and (name != "upload" or isinstance(s.result, CommandResult))]


@law(
    "NO-RESULT-1",
    "a failure with status 200 is reported as a failure",
    on=SERVER_CALLS,
    shown_by=("locks", "unlock", "revoke_keys", "issue_codes"),
    evidence="POST /lock/: result, either success or failure; NO-R11: failures come back with HTTP 200",
    mutants=("takes_http_for_success", "no_locks_on_a_failure", "failed_upload_is_fine", "failed_revoke_is_gone",
             "unknown_lock_succeeds", "a_lock_that_is_not_listed_is_refused"),
    needs="results",
)  # fmt: skip
def failure_is_a_failure(s: NokeStep) -> Judged:
    """Judge a step in which the server answered a failure: the HTTP status says only that the server was reached."""
    wrong = _last_failures(s)
    unknown = bool(s.given.get("unknown")) and bool(s.traffic.to("/*")) and "fault" not in s.given
    if not wrong and not unknown:
        return UNTRIGGERED
    what = operation(wrong[-1]) if wrong else "an unknown lock"
    reported = s.error is not None or _reports_failure(s.result)
    assert reported, f"the server failed at {what}, but the client returned {s.result!r}"
    if s.given.get("unknown") and s.error is not None and not _has_another_problem(s):
        # Some answers to a request with an unknown MAC are mere refusals. A list without the lock is not.
        fitting = UnknownLock | Refused if any(failed(x) for x in s.traffic) else UnknownLock
        assert isinstance(s.error, fitting), (
            f"this server has no such lock, but the client raised {type(s.error).__name__}"
        )
    return None


def _has_another_problem(s: NokeStep) -> bool:
    """Return whether the client may report another problem first: with its keys, or with the network."""
    return isinstance(s.error, CredentialError) or "fault" in s.given or s.given.get("phone") is not None


_RAISED_FOR: dict[int | None, tuple[type[NokeError], ...]] = {
    None: (Unavailable,),
    1: (Unavailable, Refused),
    2: (CredentialError,),
    5: (NotLive,),
    6: (CredentialError,),
    7: (UnknownLock,),
}
"""error_code (None: no usable answer came) → the port's errors for it."""


@law(
    "NO-ERROR-1",
    "an error says what the server's answer was: a wrong key, an unknown lock, a refusal, or no answer",
    on=SERVER_CALLS,
    shown_by=("locks", "issue_codes", "unlock", "set_explicit_lock"),
    evidence="POST /lock/: error_code, int value of the error thrown; NO-R12: the codes",
    mutants=("unavailable_is_refused", "unknown_is_unavailable", "not_live_is_unavailable", "unknown_is_refused"),
    needs="results",
)
def errors_say_what_happened(s: NokeStep) -> Judged:
    """Judge errors after a request that failed, and that nothing followed."""
    asked = [x for x in s.traffic if operation(x) != "upload"]
    if not isinstance(s.error, NokeError) or not asked or error_code(asked[-1]) == 0:
        return UNTRIGGERED
    code = error_code(asked[-1])
    wanted = _RAISED_FOR.get(code, (Refused,))
    assert isinstance(s.error, wanted), (
        f"/{operation(asked[-1])}/ {'was not answered' if code is None else f'failed with error_code {code}'}, but the client "
        f"raised {type(s.error).__name__}"
    )
    return None


BATCH_CALLS = ("issue_codes", "revoke_codes", "issue_keys", "revoke_keys", "issue_fob", "set_explicit_lock")


def _failed_items(x: Exchange) -> set[tuple[str, str]]:
    """Return (lock, name) of each item that failed by the answer; a name may be missing."""
    answer = x.json if isinstance(x.json, dict) else {}
    details = {
        (str(d.get("mac", "")), str(d.get("code", d.get("tracking_key", ""))))
        for d in answer.get("error_details") or ()
        if isinstance(d, dict)
    }
    data = answer.get("data")
    if operation(x) == "lock/settings" and isinstance(data, dict):
        for entry in data.get("locks", []):
            if not all(str(m).startswith("SUCCESS") for m in entry["messages"]):
                details.add((entry["mac"], ""))
    return details


@law(
    "NO-PART-1",
    "a partial success is reported item by item",
    on=BATCH_CALLS,
    evidence="POST /qc/issue/: error_details, when multiple are issued and some fail while others succeed; "
    "POST /lock/settings/: a list of messages for each lock",
    mutants=("mixed_is_success", "mixed_is_failure", "settings_messages_unread", "forgets_who_failed",
             "hides_error_details", "settings_always_succeed", "ends_at_the_first_failure",
             "one_key_is_all_keys_of_a_lock"),
    needs="results",
)  # fmt: skip
def reports_each_item(s: NokeStep) -> Judged:
    """Judge a batch of which some items failed: the caller must know which."""
    calls = [x for x in s.traffic if x.answered and operation(x) in _PART_OF[s.call]]
    failures = {one for x in calls for one in _failed_items(x)}
    if s.truth_known and "fault" not in s.given and not any(x.altered for x in calls):
        failures |= _truly_failed(s)
    if not calls or not failures or (failed(calls[-1]) and not _some_succeeded(s, calls)):
        return UNTRIGGERED
    assert not isinstance(s.error, NokeError), (
        f"some items of {s.call} failed and others succeeded, but the client only raised {type(s.error).__name__}"
    )
    if s.error is not None:
        return None
    items: Sequence[ItemResult] = s.result
    for item in items:
        succeeded = not failures & {(item.lock, item.name), (item.lock, "")}
        if succeeded and s.call in ("revoke_keys", "issue_codes"):
            continue  # The client declined it itself, or it was revoked already.
        assert item.ok == succeeded, (
            f"{item.name or 'the setting'} of {item.lock} {'succeeded' if succeeded else 'failed'}, but the client reported "
            f"{'ok' if item.ok else 'not ok'}"
        )
    reported = {(item.lock, item.name) for item in items}
    missing = [name for lock, name in failures if (lock, name) not in reported and name]
    assert not missing, f"{missing[0]} failed, but the client's result does not mention it"
    return None


def _some_succeeded(s: NokeStep, calls: Sequence[Exchange]) -> bool:
    """Return whether a request before the last one succeeded: a client may send one for each item."""
    return "fault" not in s.given and any(error_code(x) == 0 for x in calls[:-1])


_PART_OF = {
    "issue_codes": ("qc/issue", "qc"),
    "revoke_codes": ("qc/revoke", "qc"),
    "issue_keys": ("keys",),
    "revoke_keys": ("keys",),
    "issue_fob": ("fobs/issue",),
    "set_explicit_lock": ("lock/settings",),
}


def _truly_failed(s: NokeStep) -> set[tuple[str, str]]:
    """Return (lock, name) of the arguments that the server does not have afterwards."""
    arguments, locks = s.arguments, s.after.locks
    match s.call:
        case "issue_codes":
            lock = arguments["lock"]
            issued = locks[lock].issued_codes if lock in locks else {}
            sent = {click.get("code") for x in s.traffic for _, click in clicks_asked(x, "issue")}
            return {(lock, code) for code in arguments["codes"] if code in sent and code not in issued}
        case "revoke_codes":
            lock = arguments["lock"]
            before = s.before.locks[lock].issued_codes if lock in locks else {}
            return {(lock, code) for code in arguments["codes"] if code not in before}
        case "issue_keys":
            return {
                (lock, key)
                for lock in arguments["locks"]
                for key in arguments["tracking_keys"]
                if lock not in locks or key not in locks[lock].issued_keys
            }
        case "set_explicit_lock":
            return {(lock, "") for lock in arguments["locks"] if lock not in locks or not locks[lock].engages}
    return set()


def _messages(x: Exchange) -> Iterator[tuple[str, str, str]]:
    """Yield (lock, name, message) of each item that failed by the answer."""
    answer = x.json if isinstance(x.json, dict) else {}
    for d in answer.get("error_details") or ():
        if isinstance(d, dict):
            yield str(d.get("mac", "")), str(d.get("code", d.get("tracking_key", ""))), str(d.get("msg", ""))
    data = answer.get("data")
    if operation(x) == "lock/settings" and isinstance(data, dict):
        for entry in data.get("locks", []):
            yield from ((entry["mac"], "", str(m)) for m in entry["messages"] if not str(m).startswith("SUCCESS"))


@law(
    "NO-REASON-1",
    "a failed item says why it failed: in the server's words, if it gave any",
    on=BATCH_CALLS,
    evidence="POST /qc/issue/: msg, the failure message; POST /lock/settings/: a list of messages (successes and failures)",
    mutants=("codes_fail_without_a_reason", "keys_fail_without_a_reason", "settings_fail_without_a_reason",
             "fobs_fail_without_a_reason", "one_reason_for_all"),
    needs="results",
)  # fmt: skip
def says_why_an_item_failed(s: NokeStep) -> Judged:
    """Judge the reasons of failed items: without one, nobody knows what to correct."""
    items = s.result if s.error is None and isinstance(s.result, Sequence) else ()
    wrong = [item for item in items if isinstance(item, ItemResult) and not item.ok]
    if not wrong:
        return UNTRIGGERED
    said = [one for x in s.traffic if x.answered and operation(x) in _PART_OF[s.call] for one in _messages(x)]
    for item in wrong:
        what = item.name or "the setting"
        assert item.reason, f"{what} of {item.lock} failed, but the client gives no reason"
        for lock, name, message in said:
            same = lock == item.lock and name in (item.name, "")
            assert not same or message in item.reason, (
                f"the server says why {what} of {item.lock} failed: {message!r}; the client says {item.reason!r}"
            )
    return None


@law(
    "NO-VERS-1",
    "clients ask for the version that they are set up for, and understand answers of versions 0.1.0 and 1.0.0",
    on=("issue_codes", "revoke_codes", "codes"),
    evidence="API Version Request: enabled on quick click requests; POST /qc/issue/: error_details added in 0.1.0, but "
    "not used till 1.0.0; data added in 0.1.0",
    mutants=("needs_error_details", "older_mixed_is_failure", "older_mixed_is_success", "goes_by_the_message",
             "ignores_the_version_asked", "asks_for_the_newest_version", "asks_for_no_version"),
    needs="results",
)  # fmt: skip
def works_with_either_version(s: NokeStep) -> Judged:
    """Judge quick click calls in either version: the default is 0.1.0, and a pre-release server may change it."""
    calls = [x for x in s.traffic if x.answered and x.status == 200 and operation(x).startswith("qc/")]
    changes = [x for x in calls if operation(x) in ("qc/issue", "qc/revoke")]
    if not calls or "key" in s.given or "unknown" in s.given or "fault" in s.given:
        return UNTRIGGERED
    wanted = calls[-1].sent.get("api_version") if isinstance(calls[-1].sent, dict) else None
    answered = version(calls[-1])
    assert wanted is None or answered.split(".")[0] == str(wanted).split(".")[0], (
        f"version {wanted} was asked for, but the server answered in version {answered}"
    )
    assert not s.truth_known or wanted == s.given.get("version"), (
        f"the client is set up for {_named(s.given.get('version'))}, but asked for {_named(wanted)}"
    )
    assert s.error is None or isinstance(s.error, NokeError), (
        f"the server answered in version {answered}, and the client raised {type(s.error).__name__}"
    )
    if not changes or s.call == "codes":
        return None
    succeeded, failures = _split_codes(changes[-1])
    if not succeeded:
        return None
    assert s.error is None, (
        f"in version {answered} some quick clicks succeeded, but the client only raised {type(s.error).__name__}"
    )
    for item in s.result:
        if item.name in succeeded or item.name in failures:
            assert item.ok == (item.name in succeeded), (
                f"by the answer in version {answered}, {item.name} {'succeeded' if item.name in succeeded else 'failed'}, "
                f"but the client reported {'ok' if item.ok else 'not ok'}"
            )
    return None


def _named(wanted: object) -> str:
    return "no version in particular" if wanted is None else f"version {wanted}"


def _split_codes(x: Exchange) -> tuple[set[str], set[str]]:
    """Return the codes that succeeded and those that failed, by an answer of any version."""
    sent = {str(click.get("code")) for _, click in clicks_asked(x, operation(x).partition("/")[2])}
    answer = x.json if isinstance(x.json, dict) else {}
    named = {str(d.get("code")) for d in answer.get("error_details") or () if isinstance(d, dict)}
    if named:
        return sent - named, named
    if not failed(x):
        return sent, set()
    data = answer.get("data") or ()
    succeeded = {str(click["code"]) for entry in data for click in entry["quick_clicks"]} & sent
    return succeeded, sent - succeeded
