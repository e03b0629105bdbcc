"""Audits: what they show, and what they cannot."""

from __future__ import annotations

from lockpact.codelocks.truth import CodelocksStep, instant
from lockpact.core.law import UNTRIGGERED, Judged, law

__all__ = ["absence_proves_nothing", "reads_the_whole_audit"]


@law(
    "CL-AUDIT-1",
    "reads the audit whole, each entry once, over pages",
    on="audit",
    evidence="GET …/audit: page, perpage, pageorder",
    mutants=("first_page_only", "newest_first_shifts", "leaves_the_last_page", "pages_overlap", "the_latest_is_missing",
             "ignores_the_order"),
    needs="results",
)  # fmt: skip
def reads_the_whole_audit(s: CodelocksStep) -> Judged:
    """While somebody reads, somebody else comes in."""
    if s.error is not None:
        return UNTRIGGERED
    ids = [entry.id for entry in s.result]
    twice = [one for one in ids if ids.count(one) > 1]
    assert not twice, f"entry {twice[0]} came twice"
    pages = [x.json for x in s.traffic.to("/u/1/k3connect/*/audit") if isinstance(x.json, list)]
    seen: set[int] = {entry["AuditEntryID"] for page in pages for entry in page if isinstance(entry, dict)}
    lost = sorted(seen - set(ids))
    assert not lost, f"the API told of entry {lost[0]}, and the client does not"
    ordered = {x.param("pageorder") for x in s.traffic.to("/u/1/k3connect/*/audit")}
    for page in pages:
        numbers = [entry.get("AuditEntryID", 0) for entry in page]
        if ordered == {"ascending"}:
            assert numbers == sorted(numbers), "pageorder=ascending was asked for, and the newest came first"
    if not s.truth_known:
        return None if ids else UNTRIGGERED
    missing = sorted(set(s.before.k3[s.arguments["lock"]].heard) - set(ids))
    assert not missing, (
        f"the server knew of {len(s.before.k3[s.arguments['lock']].heard)} entries, and {missing[0]} is missing"
    )
    made_up = sorted(set(ids) - set(s.after.k3[s.arguments["lock"]].heard))
    assert not made_up, f"entry {made_up[0]} is none"
    return None


@law(
    "CL-AUDIT-2",
    "absence in the audit proves nothing",
    on="entered",
    evidence="GET …/audit: not real time; updated when the lock is synchronised, unlocked by Bluetooth or on a gateway",
    mutants=("says_that_nobody_entered", "never_tells_who_entered", "hides_what_it_heard"),
)
def absence_proves_nothing(s: CodelocksStep) -> Judged:
    """The door may have opened ten times to a code, and no phone came by since."""
    if s.error is not None or "fault" in s.given:
        return UNTRIGGERED
    since = instant(s.arguments["since"])
    openings = [heard for at, heard in s.before.k3[s.arguments["lock"]].openings if at >= since]
    if any(openings):
        assert s.result is True, "the server has heard that the door was opened, and the client does not say so"
        return None
    how = "and it was opened" if openings else "which no audit can tell"
    assert s.result is not False, f"the server has heard of no opening, {how}; the client said that nobody entered"
    return None
