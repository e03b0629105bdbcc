"""Who gets in: RemoteLock's word is one thing, what the lock has learnt another."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.remotelock.exchanges import about, attributes, unhindered
from lockpact.remotelock.truth import RemoteLockStep, Truth, truths

__all__ = ["counts_what_is_inherited", "create_answers_count_nothing", "revoked_still_enters", "usable_when_synced"]

ACCESS = r"/access_persons/[^/]+/accesses/[^/]+"


def _synced(truth: Truth, access: str) -> bool:
    """Whether every lock behind a grant has learnt of it."""
    grant = truth.accesses.get(access)
    return grant is not None and all(access in truth.locks[lock].holds for lock in grant.locks)


@law(
    "RL-SYNC-1",
    "a granted access counts as usable only when synced",
    on="access",
    evidence="Get an access person's access: devices_count, devices_synced_count, devices_pending_sync_count",
    mutants=("granted_is_usable", "one_lock_is_enough", "failed_counts_as_synced", "is_never_usable", "synced_at_once"),
    needs="results",
)
def usable_when_synced(s: RemoteLockStep) -> Judged:
    """The guest stands before a door whose lock has not heard of the grant."""
    said = [x for x in about(s.traffic, "GET", ACCESS) if x.status == 200]
    if s.error is not None or s.result is None or not said or not unhindered(s.traffic):
        return UNTRIGGERED
    counts = attributes(said[-1])
    devices, synced = counts.get("devices_count"), counts.get("devices_synced_count")
    if s.result.usable:
        assert devices == synced, f"{synced} of {devices} locks have synced, and the client takes the access for usable"
        if s.truth_known and s.before.accesses.get(s.arguments["access"], None) is not None:
            assert any(_synced(truth, s.arguments["access"]) for truth in truths(s)), (
                "not every lock behind this access knows the person, and the client takes it for usable"
            )
        return None
    assert not (isinstance(devices, int) and devices > 0 and devices == synced), (
        f"all {devices} locks have synced, and the client does not take the access for usable"
    )
    return None


@law(
    "RL-COUNT-1",
    "does not judge sync by the create answer",
    on="grant",
    evidence="Grant an access person access: the 201 has devices_count 0, a later GET 1",
    mutants=("nothing_pending_is_usable", "created_is_usable"),
    needs="truth",
)
def create_answers_count_nothing(s: RemoteLockStep) -> Judged:
    """Counts are computed after the answer: none pending means nothing yet."""
    if s.error is not None or s.result is None or s.result.id not in s.after.accesses:
        return UNTRIGGERED
    if not s.after.accesses[s.result.id].locks or any(_synced(truth, s.result.id) for truth in truths(s)):
        return UNTRIGGERED
    assert not s.result.usable, "the grant is new, no lock has learnt of it, and the client takes it for usable"
    return None


@law(
    "RL-REVOKE-1",
    "what is revoked, deactivated or deleted still enters until locks sync",
    on=("revoke", "end", "may_enter"),
    evidence="Update a lock: wake_wifi controls what events cause the lock to sync with the cloud; until then it knows no better",
    mutants=(
        "revoked_is_gone",
        "ended_is_gone",
        "no_access_is_no_entry",
        "may_enter_for_ever",
        "connected_is_always_now",
    ),
    needs="truth",
)
def revoked_still_enters(s: RemoteLockStep) -> Judged:
    """The lock opens to whom it knows."""
    if s.error is not None:
        return UNTRIGGERED
    person: str = s.arguments["person"]
    if s.call == "may_enter":
        lock: str = s.arguments["lock"]
        knew = [person in truth.locks[lock].knows for truth in truths(s) if lock in truth.locks]
        if not s.result:
            assert not knew or not all(knew), "the lock knows this person still, and the client says that nobody enters"
            return None
        if not s.given.get("settled") or not knew or any(knew):
            return UNTRIGGERED
        raise AssertionError(
            "the lock has synced and knows nothing of the person, and the client fears still that it opens"
        )
    behind = {lock for lock, one in s.before.locks.items() if person in one.knows}
    if s.call == "revoke":
        grant = s.before.accesses.get(s.arguments["access"])
        behind &= grant.locks if grant is not None else set()
    if not behind or not s.result:
        return UNTRIGGERED
    still = [lock for lock in behind if all(person in t.locks[lock].knows for t in truths(s) if lock in t.locks)]
    left = [lock for lock in still if not _otherwise(s.after, person, lock)]
    assert not left, f"{len(left)} locks know this person still, and the client says that all have forgotten"
    return None


def _otherwise(truth: Truth, person: str, lock: str) -> bool:
    """Whether the person has another grant to this lock, and is known there by right."""
    return any(a.person == person and lock in a.locks for a in truth.accesses.values())


@law(
    "RL-INHERIT-1",
    "counts location and group access",
    on="who",
    evidence="Access person accesses of a lock: the sample lists an access to the lock's location beside one to the lock",
    mutants=("direct_access_only", "forgets_groups", "a_lock_tells_direct_access_only"),
    needs="truth",
)
def counts_what_is_inherited(s: RemoteLockStep) -> Judged:
    """A key to the house is a key to the room."""
    lock: str = s.arguments["lock"]
    if s.error is not None or lock not in s.before.locks or not unhindered(s.traffic):
        return UNTRIGGERED
    with_access = {a.person for a in s.before.accesses.values() if lock in a.locks}
    after = {a.person for a in s.after.accesses.values() if lock in a.locks}
    direct = {a.person for a in s.before.accesses.values() if a.id == lock}
    if with_access == direct or with_access != after:
        return UNTRIGGERED
    missing = with_access - set(s.result or ())
    assert not missing, f"{len(missing)} persons have access by location or group, and the client leaves them out"
    assert set(s.result or ()) <= with_access, "the client tells of persons who have no access to this lock"
    return None
