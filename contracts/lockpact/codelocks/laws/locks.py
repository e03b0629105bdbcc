"""Laws on the account's K3Connect locks: the list, and the state of their batteries."""

from __future__ import annotations

from lockpact.codelocks.truth import CodelocksStep
from lockpact.core.law import UNTRIGGERED, Judged, law

__all__ = ["lists_every_lock", "passes_the_battery_warning_on"]


@law(
    "CL-LIST-1",
    "lists the account's locks by their ids, each once, whatever one of them looks like",
    on="list_locks",
    evidence="GET …/k3connect: list all K3Connect locks; LockId",
    mutants=("keeps_the_first_list", "lists_names", "lists_the_first", "lists_in_capitals", "one_odd_lock_spoils_all",
             "hides_a_lock", "drops_leading_zeros_of_ids", "no_locks_once_no_locks_always",
             "lists_one_of_each_name"),
    needs="results",
)  # fmt: skip
def lists_every_lock(s: CodelocksStep) -> Judged:
    """A lock with an unknown model, or without a name, must hide no other."""
    lists = s.traffic.to("/u/1/k3connect").answered(200)
    answers = [x.json for x in lists if isinstance(x.json, list)]
    if not answers and s.error is not None:
        return UNTRIGGERED
    assert s.error is None, f"the API listed the locks, and the client raised {type(s.error).__name__}"
    if answers:
        expected = sorted(str(lock["LockId"]) for lock in answers[-1])
        complete = not s.truth_known or any(x.altered for x in lists) or expected == sorted(s.after.k3)
        assert complete, f"the account has the locks {sorted(s.after.k3)}, and the API lists {expected}"
    elif s.truth_known:
        expected = sorted(s.after.k3)
    else:
        return UNTRIGGERED
    assert sorted(map(str, s.result)) == expected, f"the account has the locks {expected}, the client lists {s.result}"
    return None


@law(
    "CL-BATT-2",
    "passes on whether a lock has reported low batteries, and that new ones are in",
    on="battery_low",
    evidence="GET …/k3connect/{id}: BatteryStatus",
    mutants=("unknown_is_low", "unknown_is_full", "the_warning_stays", "never_warns"),
)
def passes_the_battery_warning_on(s: CodelocksStep) -> Judged:
    """A lock that was never synced has reported nothing yet."""
    if s.error is not None:
        return UNTRIGGERED
    expected = s.before.k3[s.arguments["lock"]].battery_low
    if expected != s.after.k3[s.arguments["lock"]].battery_low:
        return UNTRIGGERED
    assert s.result is expected, f"expected {expected}, the client returned {s.result!r}"
    return None
