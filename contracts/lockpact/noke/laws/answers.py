"""What a server says, and what of it reaches the caller: failures, parts of them, and the versions they come in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Exchange
from lockpact.noke.dialect import clicks_asked, failed, operation, version
from lockpact.noke.port import CredentialError, Item, NokeError, Opened, Refused, Standing, UnknownLock
from lockpact.noke.truth import NokeStep

__all__ = ["failure_is_a_failure", "tells_item_by_item", "works_with_either_version"]

ASKING = (
    "locks", "unlock", "unshackle", "lock_up", "set_explicit_lock", "issue_keys", "revoke_keys", "keys", "issue_codes",
    "revoke_codes", "codes", "issue_fob", "revoke_fob", "sync_fob", "fob", "recover", "update_firmware", "activity",
)  # fmt: skip


def _tells_failure(result: Any) -> bool:
    """Whether a result, of whatever method, says that not everything went well."""
    match result:
        case Opened(done=done, acknowledged=acknowledged):
            return not (done and acknowledged)
        case Mapping():
            return any(value is not Standing.GONE for value in result.values())
        case Sequence() if result and all(isinstance(item, Item) for item in result):
            return not all(item.ok for item in result)
    return result is False


def _last_failures(s: NokeStep) -> list[Exchange]:
    """Failures that no later request to the same operation made good. (Few results can tell of a phone's upload.)"""
    last = {operation(x): x for x in s.traffic if x.answered}
    return [x for name, x in last.items() if failed(x) and (name != "upload" or isinstance(s.result, Opened))]


@law(
    "NO-RESULT-1",
    "a failure in a 200 is a failure",
    on=ASKING,
    shown_by=("locks", "unlock", "revoke_keys", "issue_codes"),
    evidence="POST /lock/: result, either success or failure; vendor-facts: failures come back as HTTP 200",
    mutants=("takes_http_for_success", "no_locks_on_a_failure", "failed_upload_is_fine", "failed_revoke_is_gone",
             "unknown_lock_succeeds"),
    needs="results",
)  # fmt: skip
def failure_is_a_failure(s: NokeStep) -> Judged:
    """The HTTP status says only that the server was reached."""
    wrong = _last_failures(s)
    unknown = bool(s.given.get("unknown")) and bool(s.traffic.to("/*")) and "fault" not in s.given
    if not wrong and not unknown:
        return UNTRIGGERED
    what = operation(wrong[-1]) if wrong else "a lock that this server has not"
    told = s.error is not None or _tells_failure(s.result)
    assert told, f"the server failed at {what}, and the client answered {s.result!r}"
    if s.given.get("unknown") and s.error is not None and not _something_else_is_wrong(s):
        assert isinstance(s.error, UnknownLock | Refused), (
            f"this server has no such lock, and the client said {type(s.error).__name__}"
        )
    return None


def _something_else_is_wrong(s: NokeStep) -> bool:
    """Whether the client may say something else first: of its keys, or of the network."""
    return isinstance(s.error, CredentialError) or "fault" in s.given or s.given.get("phone") is not None


PARTS = ("issue_codes", "revoke_codes", "issue_keys", "revoke_keys", "issue_fob", "set_explicit_lock")


def _said_wrong(x: Exchange) -> set[tuple[str, str]]:
    """(lock, name) of each part that the answer says failed; a name may be missing."""
    said = x.json if isinstance(x.json, dict) else {}
    details = {
        (str(d.get("mac", "")), str(d.get("code", d.get("tracking_key", ""))))
        for d in said.get("error_details") or ()
        if isinstance(d, dict)
    }
    data = said.get("data")
    if operation(x) == "lock/settings" and isinstance(data, dict):
        for entry in data.get("locks", []):
            if not all(str(m).startswith("SUCCESS") for m in entry["messages"]):
                details.add((entry["mac"], ""))
    return details


@law(
    "NO-PART-1",
    "partial success is told item by item",
    on=PARTS,
    evidence="POST /qc/issue/: error_details, when multiple are issued and some fail while others succeed; "
    "POST /lock/settings/: a list of messages for each lock",
    mutants=("mixed_is_success", "mixed_is_failure", "settings_messages_unread", "forgets_who_failed",
             "hides_error_details", "settings_always_succeed"),
    needs="results",
)  # fmt: skip
def tells_item_by_item(s: NokeStep) -> Judged:
    """Somebody stands before the one lock of five that did not take the code."""
    asked = [x for x in s.traffic if x.answered and operation(x) in _PART_OF[s.call]]
    wrong = {one for x in asked for one in _said_wrong(x)}
    if s.truth_known and "fault" not in s.given and not any(x.altered for x in asked):
        wrong |= _truly_wrong(s)
    if not asked or failed(asked[-1]) or not wrong:
        return UNTRIGGERED
    assert not isinstance(s.error, NokeError), (
        f"parts of {s.call} failed and others succeeded, and the client said only {type(s.error).__name__}"
    )
    if s.error is not None:
        return None
    items: Sequence[Item] = s.result
    for item in items:
        should = not wrong & {(item.lock, item.name), (item.lock, "")}
        if should and s.call in ("revoke_keys", "issue_codes"):
            continue  # what the client itself declined, or found revoked already
        assert item.ok == should, (
            f"{item.name or 'the setting'} of {item.lock} {'succeeded' if should else 'failed'}, and the client said "
            f"{'ok' if item.ok else 'not ok'}"
        )
    told = {(item.lock, item.name) for item in items}
    missing = [name for lock, name in wrong if (lock, name) not in told and name]
    assert not missing, f"{missing[0]} failed, and the client's result does not mention it"
    return None


_PART_OF = {
    "issue_codes": ("qc/issue", "qc"),
    "revoke_codes": ("qc/revoke", "qc"),
    "issue_keys": ("keys",),
    "revoke_keys": ("keys",),
    "issue_fob": ("fobs/issue",),
    "set_explicit_lock": ("lock/settings",),
}


def _truly_wrong(s: NokeStep) -> set[tuple[str, str]]:
    """What of the arguments the server's book does not show afterwards."""
    arguments, locks = s.arguments, s.after.locks
    match s.call:
        case "issue_codes":
            lock = arguments["lock"]
            book = locks[lock].booked_codes if lock in locks else {}
            sent = {click.get("code") for x in s.traffic for _, click in clicks_asked(x, "issue")}
            return {(lock, code) for code in arguments["codes"] if code in sent and code not in book}
        case "revoke_codes":
            lock = arguments["lock"]
            before = s.before.locks[lock].booked_codes if lock in locks else {}
            return {(lock, code) for code in arguments["codes"] if code not in before}
        case "issue_keys":
            return {
                (lock, key)
                for lock in arguments["locks"]
                for key in arguments["tracking_keys"]
                if lock not in locks or key not in locks[lock].booked_keys
            }
        case "set_explicit_lock":
            return {(lock, "") for lock in arguments["locks"] if lock not in locks or not locks[lock].engages}
    return set()


@law(
    "NO-VERS-1",
    "works with 0.1.0 and 1.0.0 answers",
    on=("issue_codes", "revoke_codes", "codes"),
    evidence="API Version Request: enabled on quick click requests; POST /qc/issue/: error_details added in 0.1.0, but "
    "not used till 1.0.0; data added in 0.1.0",
    mutants=("needs_error_details", "older_mixed_is_failure", "older_mixed_is_success", "goes_by_the_message",
             "ignores_the_version_asked"),
    needs="results",
)  # fmt: skip
def works_with_either_version(s: NokeStep) -> Judged:
    """The default is 0.1.0, and pre-release servers may change it any day."""
    asked = [x for x in s.traffic if x.answered and x.status == 200 and operation(x).startswith("qc/")]
    clicks = [x for x in asked if operation(x) in ("qc/issue", "qc/revoke")]
    if not asked or "key" in s.given or "unknown" in s.given or "fault" in s.given:
        return UNTRIGGERED
    wants = asked[-1].sent.get("api_version") if isinstance(asked[-1].sent, dict) else None
    said = version(asked[-1])
    assert wants is None or said.split(".")[0] == str(wants).split(".")[0], (
        f"version {wants} was asked for, and the server answered in {said}"
    )
    assert s.error is None or isinstance(s.error, NokeError), (
        f"the server answered in version {said}, and the client raised {type(s.error).__name__}"
    )
    if not clicks or s.call == "codes":
        return None
    well, wrong = _parts(clicks[-1])
    if not well:
        return None
    assert s.error is None, (
        f"in version {said} some quick clicks went well, and the client said only {type(s.error).__name__}"
    )
    for item in s.result:
        if item.name in well or item.name in wrong:
            assert item.ok == (item.name in well), (
                f"in version {said} the answer says that {item.name} {'went well' if item.name in well else 'failed'}, "
                f"and the client said {'ok' if item.ok else 'not ok'}"
            )
    return None


def _parts(x: Exchange) -> tuple[set[str], set[str]]:
    """The codes that went well and those that failed, by the answer in whatever version."""
    sent = {str(click.get("code")) for _, click in clicks_asked(x, operation(x).partition("/")[2])}
    said = x.json if isinstance(x.json, dict) else {}
    named = {str(d.get("code")) for d in said.get("error_details") or () if isinstance(d, dict)}
    if named:
        return sent - named, named
    if not failed(x):
        return sent, set()
    data = said.get("data") or ()
    well = {str(click["code"]) for entry in data for click in entry["quick_clicks"]} & sent
    return well, sent - well
