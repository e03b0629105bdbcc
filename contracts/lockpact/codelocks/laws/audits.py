"""Laws on reading audits."""

from __future__ import annotations

from lockpact.codelocks.truth import CodelocksStep, instant
from lockpact.core.law import UNTRIGGERED, Judged, law

__all__ = ["absence_proves_nothing", "reads_the_whole_audit"]


@law(
    "CL-AUDIT-1",
    "reads the whole audit over its pages, each entry once",
    on="audit",
    evidence="GET …/audit: page, perpage, pageorder",
    mutants=("first_page_only", "newest_first_shifts", "leaves_the_last_page", "pages_overlap", "the_latest_is_missing",
             "ignores_the_order"),
    needs="results",
)  # fmt: skip
def reads_the_whole_audit(s: CodelocksStep) -> Judged:
    """New entries may arrive while the client reads."""
    if s.error is not None:
        return UNTRIGGERED
    ids = [entry.id for entry in s.result]
    repeated = [entry_id for entry_id in ids if ids.count(entry_id) > 1]
    assert not repeated, f"the client returned entry {repeated[0]} twice"
    pages = [x.json for x in s.traffic.to("/u/1/k3connect/*/audit") if isinstance(x.json, list)]
    answered: set[int] = {entry["AuditEntryID"] for page in pages for entry in page if isinstance(entry, dict)}
    lost = sorted(answered - set(ids))
    assert not lost, f"the API answered entry {lost[0]}, and the client did not return it"
    orders = {x.param("pageorder") for x in s.traffic.to("/u/1/k3connect/*/audit")}
    for page in pages:
        numbers = [entry.get("AuditEntryID", 0) for entry in page]
        if orders == {"ascending"}:
            assert numbers == sorted(numbers), (
                "the request had pageorder=ascending, and the answer has the newest first"
            )
    if not s.truth_known:
        return None if ids else UNTRIGGERED
    expected = s.before.k3[s.arguments["lock"]].reported
    missing = sorted(set(expected) - set(ids))
    assert not missing, f"the server has {len(expected)} entries, and {missing[0]} is missing"
    invented = sorted(set(ids) - set(s.after.k3[s.arguments["lock"]].reported))
    assert not invented, f"the server has no entry {invented[0]}"
    return None


@law(
    "CL-AUDIT-2",
    "does not conclude from an empty audit that nobody entered",
    on="entered",
    evidence="GET …/audit: not real time; updated when the lock is synchronised, unlocked by Bluetooth or on a gateway",
    mutants=("says_that_nobody_entered", "never_reports_an_entry", "hides_openings"),
)
def absence_proves_nothing(s: CodelocksStep) -> Judged:
    """A lock that was opened by code reports that only at the next sync."""
    if s.error is not None or "fault" in s.given:
        return UNTRIGGERED
    since = instant(s.arguments["since"])
    openings = [reported for at, reported in s.before.k3[s.arguments["lock"]].openings if at >= since]
    if any(openings):
        assert s.result is True, "an opening is reported to the server, and the client did not return True"
        return None
    why = "but the lock was opened" if openings else "but an unreported opening is possible"
    assert s.result is not False, f"no opening is reported to the server, {why}; the client said that nobody entered"
    return None
