"""Quick clicks: valid codes and uses, leading zeros, and when a code may be issued again."""

from __future__ import annotations

import re

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.core.traffic import Traffic
from lockpact.noke.exchanges import clicks_asked, error_code, operation
from lockpact.noke.port import Refused
from lockpact.noke.truth import NokeStep

__all__ = ["keeps_leading_zeros", "keeps_to_the_limits", "waits_till_a_code_is_gone"]

CODE = re.compile("[01]{3,24}")
CODES_MAX = 100


def _valid(code: object, uses: object) -> bool:
    return isinstance(code, str) and bool(CODE.fullmatch(code)) and type(uses) is int and 1 <= uses <= 255


def _sends_valid_codes(t: Traffic) -> Judged:
    """Judge conduct: every code and number of uses that is sent is valid."""
    issued = [(x, click) for x in t for _, click in clicks_asked(x, "issue")]
    if not issued:
        return UNTRIGGERED
    for x, click in issued:
        assert _valid(str(click.get("code")), click.get("uses")), (
            f"/{operation(x)}/ was sent the code {click.get('code')!r} with {click.get('uses')!r} uses: a code must be 3 to "
            "24 ones and zeros, and uses must be 1 to 255"
        )
    return None


@law(
    "NO-LIMIT-1",
    "clients check the limits before they send a request",
    on=("issue_codes", "revoke_keys"),
    evidence="Quick Clicks: between 3 to 24 characters; 1-254 uses or 255; each lock can hold up to 100 codes; "
    "NO-R62: a revocation with neither macs nor tracking keys is refused, never all",
    mutants=("any_code_will_do", "any_uses_will_do", "fills_beyond_the_hundred", "revokes_everything",
             "long_codes_are_refused", "only_ninety_fit", "a_full_lock_takes_nothing"),
    needs="results",
    conduct=_sends_valid_codes,
)  # fmt: skip
def keeps_to_the_limits(s: NokeStep) -> Judged:
    """Judge requests beyond a limit: the client must refuse them itself, and valid ones must succeed."""
    if s.call == "revoke_keys":
        if s.arguments["tracking_keys"] and s.arguments["locks"]:
            return UNTRIGGERED
        assert not s.traffic.to("/keys*"), "a revocation without a tracking key or lock was sent to /keys/"
        return None
    lock, codes = s.arguments["lock"], s.arguments["codes"]
    sent = {str(click.get("code")) for x in s.traffic for _, click in clicks_asked(x, "issue")}
    invalid = {code for code, uses in codes.items() if not _valid(code, uses)}
    assert not invalid & sent, (
        f"the invalid code {min(invalid & sent)!r} with {codes[min(invalid & sent)]} uses was sent to the server"
    )
    room = CODES_MAX
    if s.truth_known and lock in s.before.locks:
        issued = s.before.locks[lock].issued_codes
        room = CODES_MAX - len(issued)
        new = sent - issued.keys()
        assert len(new) <= room, f"{lock} has room for {room} more quick clicks, but {len(new)} were sent"
    if "fault" in s.given or "key" in s.given or "unknown" in s.given or any(x.altered for x in s.traffic):
        return None
    results = {item.name: item for item in s.result} if s.error is None else {}
    for code in invalid:
        declined = s.error is not None or (code in results and not results[code].ok)
        assert declined, f"the code {code!r} with {codes[code]} uses is invalid, but the client did not report it"
    if s.truth_known and lock in s.before.locks and s.before.locks[lock].takes_codes:
        for code in _possible(s, {code for code in codes if code not in invalid}, room):
            assert not isinstance(s.error, Refused), f"{code} is valid and the lock had room, but it was refused"
            assert code not in results or results[code].ok, (
                f"{code} is valid and the lock had room, but it was refused: {results[code].reason}"
            )
    return None


def _possible(s: NokeStep, valid: set[str], room: int) -> set[str]:
    """Return those of the valid codes that the server must take."""
    issued = s.before.locks[s.arguments["lock"]].issued_codes
    if len(valid - issued.keys()) > room:
        return set()
    return {code for code in valid if code not in issued or not issued[code].revoked}


@law(
    "NO-QC-1",
    "codes keep their leading zeros",
    on=("issue_codes", "revoke_codes", "codes"),
    evidence="Quick Clicks: codes are represented as a string of 1's and 0's, long and short presses",
    mutants=("codes_are_numbers", "sends_numbers", "revokes_numbers", "shows_numbers", "strips_leading_zeros"),
    needs="results",
)
def keeps_leading_zeros(s: NokeStep) -> Judged:
    """Judge codes that begin with 0: 0010 and 10 are different codes."""
    if s.call == "codes":
        shown = [x for x in s.traffic.to("/qc*") if error_code(x) == 0]
        if s.error is not None or not shown:
            return UNTRIGGERED
        entries = [e for e in shown[-1].json.get("data") or () if e["mac"] == s.arguments["lock"]]
        displayed = {code.code for code in s.result}
        if not any(click["code"].startswith("0") for entry in entries for click in entry["quick_clicks"]):
            return UNTRIGGERED
        for entry in entries:
            for click in entry["quick_clicks"]:
                assert click["code"] in displayed, (
                    f"the lock's code is {click['code']!r}, but the client shows {sorted(displayed, key=str)}"
                )
        return None
    action = s.call.partition("_")[0]
    sent = [click.get("code") for x in s.traffic for _, click in clicks_asked(x, action)]
    if not any(code.startswith("0") for code in s.arguments["codes"]) or not sent:
        return UNTRIGGERED
    for code in sent:
        assert code in s.arguments["codes"], f"{code!r} was sent, but the codes were {', '.join(s.arguments['codes'])}"
    if s.truth_known and s.error is None and action == "issue" and not any(x.altered for x in s.traffic):
        issued = s.after.locks[s.arguments["lock"]].issued_codes if s.arguments["lock"] in s.after.locks else {}
        for item in s.result:
            assert not item.ok or item.name in issued, f"{item.name!r} was issued, but the server has {sorted(issued)}"
    return None


def _does_not_reissue_revoked_codes(t: Traffic) -> Judged:
    """Judge conduct: a code that a display showed as revoked is issued only after a display no longer shows it."""
    revoked: set[tuple[str, str]] = set()
    seen = False
    for x in t:
        for lock, click in clicks_asked(x, "issue"):
            assert (lock, str(click.get("code"))) not in revoked, (
                f"{click.get('code')} of {lock} was revoked and is still on the lock, but it was issued again"
            )
        if operation(x) in ("qc/display", "qc") and error_code(x) == 0:
            for entry in x.json.get("data") or ():
                revoked = {one for one in revoked if one[0] != entry["mac"]}
                revoked |= {(entry["mac"], click["code"]) for click in entry["quick_clicks"] if click.get("revoked")}
            seen = seen or bool(revoked)
    return None if seen else UNTRIGGERED


@law(
    "NO-SLOT-1",
    "a revoked code is issued again only after it is gone from the lock",
    on="issue_codes",
    evidence="Quick Clicks: codes can only be reused once they have been removed from a lock",
    mutants=("reissues_at_once", "reissues_what_it_revoked", "places_are_never_freed"),
    needs="truth",
    conduct=_does_not_reissue_revoked_codes,
)
def waits_till_a_code_is_gone(s: NokeStep) -> Judged:
    """Judge codes that are issued again after a revocation."""
    lock, codes = s.arguments["lock"], s.arguments["codes"]
    if lock not in s.before.locks:
        return UNTRIGGERED
    truth = s.before.locks[lock]
    leaving = {code for code in codes if code in truth.issued_codes and truth.issued_codes[code].revoked}
    again = {code for code in codes if (lock, code) in _revoked_earlier(s)}
    if not leaving and not again:
        return UNTRIGGERED
    sent = {str(click.get("code")) for x in s.traffic for _, click in clicks_asked(x, "issue")}
    held = leaving & truth.codes if truth.synced else leaving
    assert not held & sent, f"{min(held & sent)} was revoked and is still on the lock, but it was issued again"
    if "fault" in s.given or "key" in s.given or s.error is not None:
        return None
    stuck = [c for c in leaving if c not in truth.codes and _unlocked_since_revoke(s)]
    assert not stuck, f"{stuck[0]} is gone from the lock, and that was acknowledged, but the code is still blocked"
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
    """Return whether an acknowledged unlock came after the last revocation for this lock."""
    for earlier in reversed(s.earlier):
        if earlier.arguments.get("lock") != s.arguments["lock"]:
            continue
        if earlier.call == "revoke_codes":
            return False
        if earlier.call == "unlock" and earlier.error is None and earlier.result.done and earlier.result.acknowledged:
            return True
    return False
