"""Failures that end: servers that come back, locks out of reach, and what is shown when all is calm again."""

from __future__ import annotations

from collections.abc import Sequence

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.noke.exchanges import error_code
from lockpact.noke.port import CommandResult, CredentialStatus, ItemResult, Unavailable, UnknownLock
from lockpact.noke.truth import LockTruth, NokeStep

__all__ = [
    "gives_up_in_time", "shows_the_truth_when_all_is_calm", "works_when_nothing_hinders_it",
    "works_when_the_server_is_back",
]  # fmt: skip

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


HINDRANCES = ("fault", "key", "phone", "unknown", "far", "late")
PLACES = 100


def _unhindered(s: NokeStep) -> bool:
    """Return whether the call can succeed by the document: nothing fails, and what it names is there and fits."""
    if any(name in s.given for name in HINDRANCES) or any(x.altered or error_code(x) == 5 for x in s.traffic):
        return False
    a, fobs = s.arguments, s.before.fobs
    locks = [s.before.locks.get(mac) for mac in _locks_named(s)]
    there = [lock for lock in locks if lock is not None and not lock.stuck]
    if s.call == "set_explicit_lock":  # live servers do not have it yet; each lock has a result of its own
        return str(s.given.get("site")).endswith("pre-release") and any(lock.engages for lock in there)
    if len(there) < len(locks):
        return False
    match s.call:
        case "unshackle":
            return there[0].unshackles
        case "issue_keys" | "issue_fob":
            new = len(a["tracking_keys"]) if s.call == "issue_keys" else 1
            return all(lock.takes_keys and lock.places + new <= PLACES for lock in there)
        case "revoke_keys":
            named = bool(there and a["tracking_keys"])
            return named and all(lock.issued_keys.issuperset(a["tracking_keys"]) for lock in there)
        case "issue_codes":
            return False  # NO-LIMIT-1 judges it.
        case "revoke_codes":
            return all(_is_issued(there[0], code) for code in a["codes"])
        case "revoke_fob":
            return a["fob"] in fobs and fobs[a["fob"]].issued.issuperset(a["locks"])
        case "offline_unlock":
            return False  # NO-OFFLINE-1 judges it.
    return True


def _can(s: NokeStep, mac: str) -> bool:
    """Return whether the lock takes what the call is about."""
    lock = s.before.locks.get(mac)
    return lock is not None and (s.call != "set_explicit_lock" or lock.engages)


def _is_issued(lock: LockTruth, code: str) -> bool:
    return code in lock.issued_codes and not lock.issued_codes[code].revoked


@law(
    "NO-WORKS-1",
    "a call that nothing hinders succeeds, and says so",
    on=(
        "locks", "unlock", "unshackle", "lock_up", "set_explicit_lock", "issue_keys", "revoke_keys", "keys", "revoke_codes",
        "codes", "issue_fob", "revoke_fob", "sync_fob", "fob", "recover", "update_firmware", "activity", "refresh",
    ),
    shown_by=("unlock", "issue_fob", "set_explicit_lock", "update_firmware", "revoke_codes", "activity"),
    evidence="POST /lock/: result, either success or failure; Lock Setup/Sync: you can send unlock commands as often and as "
    "quickly as you wish",
    mutants=("names_a_fob_as_a_lock", "settings_are_texts", "asks_for_activity_by_text", "never_updates", "needs_two_taps",
             "revoked_is_not_ok", "one_firmware_for_all"),
    needs="truth",
)  # fmt: skip
def works_when_nothing_hinders_it(s: NokeStep) -> Judged:
    """Judge calls on a good day: a client that cannot do one of them has never done it."""
    if not _unhindered(s):
        return UNTRIGGERED
    assert s.error is None, f"nothing hindered the client, but {s.call} raised {type(s.error).__name__}: {s.error}"
    if isinstance(s.result, CommandResult):
        lock = s.before.locks.get(s.arguments.get("lock", ""))
        done = s.result.done and s.result.acknowledged
        assert done or (lock is not None and not lock.ready), (
            f"nothing hindered the client, but it reported {s.call} as {'not acknowledged' if s.result.done else 'not done'}"
        )
    elif s.call == "update_firmware":
        assert s.result or not s.before.locks[s.arguments["lock"]].ready, (
            "nothing hindered the client, but it reported that the lock did not take its firmware"
        )
    elif isinstance(s.result, Sequence):
        wrong = [item for item in s.result if isinstance(item, ItemResult) and not item.ok and _can(s, item.lock)]
        assert not wrong, f"nothing hindered the client, but it reported that {s.call} failed: {wrong[0]}"
    return None


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
    if {"fault", "late"} & s.given.keys():
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
