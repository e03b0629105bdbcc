"""Failures that end: servers that come back, locks out of reach, and what is shown when all is calm again."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.noke.port import CredentialStatus, Unavailable, UnknownLock
from lockpact.noke.truth import NokeStep

__all__ = ["gives_up_in_time", "shows_the_truth_when_all_is_calm", "works_when_the_server_is_back"]

CALLS = (
    "locks", "keys", "codes", "fob", "activity", "unlock", "issue_keys", "revoke_keys", "issue_codes", "revoke_codes",
    "issue_fob", "set_explicit_lock",
)  # fmt: skip
LONGEST = 180.0
"""Seconds that a call may take when nothing is slow: a set-up's minute, twice, and some tries."""
MOST = 40
"""Requests that a call may send."""


@law(
    "NO-BACK-1",
    "a client works again by itself when the server is back",
    on=("made", *CALLS),
    shown_by=("locks", "unlock"),
    evidence="Overview: failures in any of these phases; Lock Setup/Sync: network instability",
    mutants=("reads_its_locks_at_start", "cannot_start_alone", "once_down_always_down"),
    needs="results",
    timed=True,
)
def works_when_the_server_is_back(s: NokeStep) -> Judged:
    """Judge constructions while the server is away, and calls after it."""
    if s.call == "made":
        if not s.given.get("away"):
            return UNTRIGGERED
        assert s.error is None, (
            f"the server was away for a while, and the client's constructor raised {type(s.error).__name__}"
        )
        return None
    if any(name in s.given for name in ("fault", "key", "phone", "unknown", "far")):
        return UNTRIGGERED
    if not any("fault" in e.given or "away" in e.given for e in s.earlier):
        return UNTRIGGERED
    if s.truth_known and any(mac not in s.before.locks for mac in _locks_named(s)):
        return UNTRIGGERED
    assert not isinstance(s.error, Unavailable | UnknownLock), (
        f"the server works again, but {s.call} raised {type(s.error).__name__}: {s.error}"
    )
    return None


def _locks_named(s: NokeStep) -> list[str]:
    lock = s.arguments.get("lock")
    return [lock] if lock is not None else list(s.arguments.get("locks", ()))


@law(
    "NO-BOUND-1",
    "a call ends soon, and sends few requests, also when the lock is out of reach or the server fails",
    on=(*CALLS, "unshackle", "lock_up", "offline_unlock", "revoke_fob", "sync_fob", "recover", "refresh"),
    shown_by=("unlock", "locks"),
    evidence="Overview: if there are failures in any of these phases, the full command process fails",
    mutants=("tries_for_a_while", "waits_for_reach"),
    needs="results",
    timed=True,
)
def gives_up_in_time(s: NokeStep) -> Judged:
    """Judge how long calls try. A person stands at the lock and waits for the result."""
    assert len(s.traffic) <= MOST, f"{s.call} sent {len(s.traffic)} requests; {MOST} are enough for any call"
    if "fault" in s.given:
        return UNTRIGGERED
    assert s.seconds <= LONGEST, f"{s.call} took {s.seconds:.0f} s, although no network was slow"
    return None


@law(
    "NO-CALM-1",
    "after a storm of failures and an online unlock, a client shows exactly what opens the lock",
    on=("codes", "keys", "fob"),
    evidence="Lock Setup/Sync: data must be synchronized between locks and the server, as part of the /unlock/ process",
    mutants=("one_failure_for_ever",),
    needs="truth",
    timed=True,
)
def shows_the_truth_when_all_is_calm(s: NokeStep) -> Judged:
    """Judge displays when nothing fails any more, and the locks were unlocked online."""
    if not s.given.get("calm"):
        return UNTRIGGERED
    assert s.error is None, f"nothing fails any more, but {s.call} raised {type(s.error).__name__}: {s.error}"
    if s.call == "fob":
        fob = s.before.fobs[s.arguments["fob"]]
        shown, opens = s.result, {lock for lock in fob.opens if s.before.locks[lock].synced}
    else:
        lock = s.before.locks[s.arguments["lock"]]
        if not lock.synced:
            return UNTRIGGERED
        shown = {code.code: code.status for code in s.result} if s.call == "codes" else s.result
        opens = set(lock.codes if s.call == "codes" else lock.keys)
    says = {name for name, status in shown.items() if status in (CredentialStatus.ACTIVE, CredentialStatus.REVOKED)}
    assert opens <= says, f"all is calm, and {min(opens - says)} opens the lock, but the client does not show it"
    if s.call != "fob":
        assert says <= opens, f"all is calm, and {min(says - opens)} does not open the lock, but the client says so"
    return None
