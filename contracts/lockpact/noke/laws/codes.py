"""Quick clicks: what a code may be, how it is written, and when it may be used anew."""

from __future__ import annotations

import re

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.noke.dialect import clicks_asked, error_code, operation
from lockpact.noke.port import Refused
from lockpact.noke.truth import NokeStep

__all__ = ["keeps_leading_zeros", "keeps_to_the_limits", "waits_till_a_code_is_gone"]

CODE = re.compile("[01]{3,24}")
PLACES = 100


def _fit(code: object, uses: object) -> bool:
    return isinstance(code, str) and bool(CODE.fullmatch(code)) and type(uses) is int and 1 <= uses <= 255


def _sends_what_can_be(t: Traffic) -> Judged:
    """Of conduct: no code and no use count that the document excludes."""
    asked = [(x, click) for x in t for _, click in clicks_asked(x, "issue")]
    if not asked:
        return UNTRIGGERED
    for x, click in asked:
        assert _fit(str(click.get("code")), click.get("uses")), (
            f"/{operation(x)}/ was asked for the code {click.get('code')!r} with {click.get('uses')!r} uses: a code is 3 to "
            "24 ones and zeros, and uses are 1 to 255"
        )
    return None


@law(
    "NO-LIMIT-1",
    "limits are met before the server must say so",
    on=("issue_codes", "revoke_keys"),
    evidence="Quick Clicks: between 3 to 24 characters; 1-254 uses or 255; each lock can hold up to 100 codes; "
    "vendor-rules: a revocation with neither macs nor tracking keys is refused, never all",
    mutants=("any_code_will_do", "any_uses_will_do", "fills_beyond_the_hundred", "revokes_everything",
             "long_codes_are_refused", "only_ninety_fit"),
    needs="results",
    conduct=_sends_what_can_be,
)  # fmt: skip
def keeps_to_the_limits(s: NokeStep) -> Judged:
    """The caller learns it at once, and nothing half done stays behind."""
    if s.call == "revoke_keys":
        if s.arguments["tracking_keys"] and s.arguments["locks"]:
            return UNTRIGGERED
        assert not s.traffic.to("/keys*"), "a revocation that names nobody was sent to /keys/"
        return None
    lock, codes = s.arguments["lock"], s.arguments["codes"]
    sent = {str(click.get("code")) for x in s.traffic for _, click in clicks_asked(x, "issue")}
    unfit = {code for code, uses in codes.items() if not _fit(code, uses)}
    assert not unfit & sent, (
        f"the code {min(unfit & sent)!r} with {codes[min(unfit & sent)]} uses was sent to the server"
    )
    room = PLACES
    if s.truth_known and lock in s.before.locks:
        book = s.before.locks[lock].booked_codes
        room = PLACES - len(book)
        new = sent - book.keys()
        assert len(new) <= room, f"{lock} has room for {room} quick clicks more, and {len(new)} were sent"
    if "fault" in s.given or "key" in s.given or "unknown" in s.given or any(x.altered for x in s.traffic):
        return None
    told = {item.name: item for item in s.result} if s.error is None else {}
    for code in unfit:
        declined = s.error is not None or (code in told and not told[code].ok)
        assert declined, f"the code {code!r} with {codes[code]} uses cannot be, and the client did not say so"
    if s.truth_known and lock in s.before.locks and s.before.locks[lock].takes_codes:
        for code in _possible(s, {code for code in codes if code not in unfit}, room):
            assert not isinstance(s.error, Refused), f"{code} keeps to every limit, there was room, and it was refused"
            assert code not in told or told[code].ok, (
                f"{code} keeps to every limit, there was room, and it was refused: {told[code].said}"
            )
    return None


def _possible(s: NokeStep, fit: set[str], room: int) -> set[str]:
    """Of these, the codes that nothing speaks against."""
    book = s.before.locks[s.arguments["lock"]].booked_codes
    if len(fit - book.keys()) > room:
        return set()
    return {code for code in fit if code not in book or not book[code].revoked}


@law(
    "NO-QC-1",
    "codes keep their leading zeros",
    on=("issue_codes", "revoke_codes", "codes"),
    evidence="Quick Clicks: codes are represented as a string of 1's and 0's, long and short presses",
    mutants=("codes_are_numbers", "sends_numbers", "revokes_numbers", "shows_numbers", "strips_leading_zeros"),
    needs="results",
)
def keeps_leading_zeros(s: NokeStep) -> Judged:
    """0010 and 10 are two codes, and a short press is a press."""
    if s.call == "codes":
        shown = [x for x in s.traffic.to("/qc*") if error_code(x) == 0]
        if s.error is not None or not shown:
            return UNTRIGGERED
        entries = [e for e in shown[-1].json.get("data") or () if e["mac"] == s.arguments["lock"]]
        told = {code.code for code in s.result}
        if not any(click["code"].startswith("0") for entry in entries for click in entry["quick_clicks"]):
            return UNTRIGGERED
        for entry in entries:
            for click in entry["quick_clicks"]:
                assert click["code"] in told, (
                    f"the lock's code is {click['code']!r}, and the client shows {sorted(told, key=str)}"
                )
        return None
    action = s.call.partition("_")[0]
    sent = [click.get("code") for x in s.traffic for _, click in clicks_asked(x, action)]
    if not any(code.startswith("0") for code in s.arguments["codes"]) or not sent:
        return UNTRIGGERED
    for code in sent:
        assert code in s.arguments["codes"], f"{code!r} was sent, and the codes were {', '.join(s.arguments['codes'])}"
    if s.truth_known and s.error is None and action == "issue" and not any(x.altered for x in s.traffic):
        book = s.after.locks[s.arguments["lock"]].booked_codes if s.arguments["lock"] in s.after.locks else {}
        for item in s.result:
            assert not item.ok or item.name in book, f"{item.name!r} was issued, and the server has {sorted(book)}"
    return None


def _waits_for_the_lock(t: Traffic) -> Judged:
    """Of conduct: what a display showed as revoked is not issued before another display no longer shows it."""
    revoked: set[tuple[str, str]] = set()
    seen = False
    for x in t:
        for lock, click in clicks_asked(x, "issue"):
            assert (lock, str(click.get("code"))) not in revoked, (
                f"{click.get('code')} of {lock} was revoked and is still on the lock, and it was issued again"
            )
        if operation(x) in ("qc/display", "qc") and error_code(x) == 0:
            for entry in x.json.get("data") or ():
                revoked = {one for one in revoked if one[0] != entry["mac"]}
                revoked |= {(entry["mac"], click["code"]) for click in entry["quick_clicks"] if click.get("revoked")}
            seen = seen or bool(revoked)
    return None if seen else UNTRIGGERED


@law(
    "NO-SLOT-1",
    "a code is issued anew only when it is gone from the lock",
    on="issue_codes",
    evidence="Quick Clicks: codes can only be reused once they have been removed from a lock",
    mutants=("reissues_at_once", "reissues_what_it_revoked", "places_are_never_freed"),
    needs="truth",
    conduct=_waits_for_the_lock,
)
def waits_till_a_code_is_gone(s: NokeStep) -> Judged:
    """Or the lock gets told to forget what it was just taught."""
    lock, codes = s.arguments["lock"], s.arguments["codes"]
    if lock not in s.before.locks:
        return UNTRIGGERED
    truth = s.before.locks[lock]
    leaving = {code for code in codes if code in truth.booked_codes and truth.booked_codes[code].revoked}
    again = {code for code in codes if (lock, code) in _revoked_earlier(s)}
    if not leaving and not again:
        return UNTRIGGERED
    sent = {str(click.get("code")) for x in s.traffic for _, click in clicks_asked(x, "issue")}
    held = leaving & truth.codes if truth.in_step else leaving
    assert not held & sent, f"{min(held & sent)} was revoked and is on the lock still, and it was issued again"
    if "fault" in s.given or "key" in s.given or s.error is not None:
        return None
    stuck = [c for c in leaving if c not in truth.codes and _unlocked_since_revoke(s)]
    assert not stuck, f"{stuck[0]} is gone from the lock, which was acknowledged, and its place is still taken"
    return None


def _revoked_earlier(s: NokeStep) -> set[tuple[str, str]]:
    return {
        (e.arguments["lock"], item.name)
        for e in s.earlier
        if e.call == "revoke_codes" and e.error is None
        for item in e.result
        if item.ok
    }


def _unlocked_since_revoke(s: NokeStep) -> bool:
    """Whether the lock was opened, acknowledged, after the last revocation there."""
    for earlier in reversed(s.earlier):
        if earlier.arguments.get("lock") != s.arguments["lock"]:
            continue
        if earlier.call == "revoke_codes":
            return False
        if earlier.call == "unlock" and earlier.error is None and earlier.result.done and earlier.result.acknowledged:
            return True
    return False
