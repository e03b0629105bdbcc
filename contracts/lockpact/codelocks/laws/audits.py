"""Laws on reading audits."""

from __future__ import annotations

from lockpact.codelocks.truth import CodelocksStep, instant
from lockpact.core.law import UNTRIGGERED, Judged, law

__all__ = [
    "absence_proves_nothing",
    "passes_entries_on_unchanged",
    "reads_the_whole_audit",
    "takes_no_refusal_for_an_entry",
]

MINUTE = 60_000_000


@law(
    "CL-AUDIT-1",
    "reads the whole audit over its pages, each entry once",
    on="audit",
    evidence="GET …/audit: page, perpage, pageorder",
    mutants=("first_page_only", "newest_first_shifts", "leaves_the_last_page", "pages_overlap", "the_latest_is_missing",
             "ignores_the_order", "audit_only_once", "empty_once_empty_always", "drops_what_repeats"),
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
    if not s.truth_known or any(x.altered for x in s.traffic):
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
    mutants=("says_that_nobody_entered", "never_reports_an_entry", "oldest_fifty_only", "entered_by_code_only",
             "reads_dates_as_utc", "hides_openings", "reads_dates_by_todays_offset",
             "looks_at_the_newest_entry_only", "since_in_its_own_zone"),
)  # fmt: skip
def absence_proves_nothing(s: CodelocksStep) -> Judged:
    """A lock that was opened by code reports that only at the next sync."""
    if s.error is not None or "fault" in s.given:
        return UNTRIGGERED
    since = instant(s.arguments["since"]) + _margin(s)
    openings = [reported for at, reported in s.before.k3[s.arguments["lock"]].openings if at >= since]
    if any(openings):
        assert s.result is True, "an opening is reported to the server, and the client did not return True"
        return None
    why = "but the lock was opened" if openings else "but an unreported opening is possible"
    assert s.result is not False, f"no opening is reported to the server, {why}; the client said that nobody entered"
    return None


def _margin(s: CodelocksStep) -> int:
    """Return how far the times of an audit may be off: a lock's clock may drift until its next contact."""
    return 0 if s.before.k3[s.arguments["lock"]].exact else MINUTE


@law(
    "CL-ENTRY-1",
    "reports an entry only for an opening, and only for one since then",
    on="entered",
    evidence="GET …/audit: EntryType, DateEntered",
    mutants=("any_event_is_entry", "any_time_is_since", "since_the_hour", "since_the_minute"),
)
def takes_no_refusal_for_an_entry(s: CodelocksStep) -> Judged:
    """A wrong code and a refused phone are in the audit, too."""
    if s.error is not None:
        return UNTRIGGERED
    since = instant(s.arguments["since"]) // 1_000_000 * 1_000_000 - _margin(s)
    if any(reported and at >= since for at, reported in s.before.k3[s.arguments["lock"]].openings):
        return UNTRIGGERED
    assert s.result is not True, "no opening since then is reported to the server, and the client returned True"
    return None


@law(
    "CL-AUDIT-3",
    "passes each entry of an audit on as it is: what was refused as refused",
    on="audit",
    evidence="GET …/audit: AuditEntryID, EntryType, EntryText",
    mutants=("audit_mixes_fields", "audit_says_opened", "audit_in_ascii"),
)
def passes_entries_on_unchanged(s: CodelocksStep) -> Judged:
    """Somebody reads it to learn who was let in."""
    if s.error is not None:
        return UNTRIGGERED
    known = {entry.id: entry for entry in s.after.k3[s.arguments["lock"]].entries}
    for entry in s.result:
        expected = known.get(entry.id)
        assert expected is None or entry == expected, f"the server has {expected}, and the client returned {entry}"
    return None if s.result else UNTRIGGERED
