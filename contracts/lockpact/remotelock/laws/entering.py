"""Who can enter: a lock decides by what it has stored, whatever RemoteLock's API shows."""

from __future__ import annotations

from collections.abc import Iterator

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.remotelock.exchanges import SECOND, attributes, exchanges_with, unhindered
from lockpact.remotelock.truth import RemoteLockStep, Truth, truths

__all__ = [
    "counts_what_is_inherited",
    "create_answers_count_nothing",
    "revoked_still_enters",
    "tells_entries_from_refusals",
    "usable_when_synced",
]

ACCESS = r"/access_persons/[^/]+/accesses/[^/]+"


def _synced(truth: Truth, access: str) -> bool:
    """Return whether every lock that the access opens has stored it."""
    grant = truth.accesses.get(access)
    return grant is not None and all(access in truth.locks[lock].holds for lock in grant.locks)


@law(
    "RL-SYNC-1",
    "counts a granted access as usable only when it is synced",
    on="access",
    evidence="Get an access person's access: devices_count, devices_synced_count, devices_pending_sync_count",
    mutants=(
        "granted_is_usable",
        "one_lock_is_enough",
        "failed_counts_as_synced",
        "is_never_usable",
        "synced_at_once",
        "once_usable_always_usable",
    ),
    needs="results",
)
def usable_when_synced(s: RemoteLockStep) -> Judged:
    """A lock that has not stored the access does not open for the guest."""
    answers = [x for x in exchanges_with(s.traffic, "GET", ACCESS) if x.status == 200]
    if s.error is not None or s.result is None or not unhindered(s.traffic) or not (answers or s.truth_known):
        return UNTRIGGERED
    counts = attributes(answers[-1]) if answers else {}
    devices, synced = counts.get("devices_count"), counts.get("devices_synced_count")
    if s.result.usable:
        assert devices == synced, f"{synced} of {devices} locks have synced, and the client counts the access as usable"
        if s.truth_known and s.before.accesses.get(s.arguments["access"], None) is not None:
            assert any(_synced(truth, s.arguments["access"]) for truth in truths(s)), (
                "not every lock of this access has stored it, and the client counts it as usable"
            )
        return None
    assert not (isinstance(devices, int) and devices > 0 and devices == synced), (
        f"all {devices} locks have synced, and the client does not count the access as usable"
    )
    return None


@law(
    "RL-COUNT-1",
    "does not judge the sync by the answer to the create request",
    on="grant",
    evidence="Grant an access person access: the 201 has devices_count 0, a later GET 1",
    mutants=("nothing_pending_is_usable", "created_is_usable"),
    needs="truth",
)
def create_answers_count_nothing(s: RemoteLockStep) -> Judged:
    """Counts are computed after the answer: its zeros mean nothing."""
    if s.error is not None or s.result is None or s.result.id not in s.after.accesses:
        return UNTRIGGERED
    if not s.after.accesses[s.result.id].locks or any(_synced(truth, s.result.id) for truth in truths(s)):
        return UNTRIGGERED
    assert not s.result.usable, "the access is new, no lock has stored it, and the client counts it as usable"
    return None


@law(
    "RL-REVOKE-1",
    "knows that a lock still opens for a revoked person until it syncs",
    on=("revoke", "end", "may_enter"),
    evidence="Update a lock: wake_wifi controls what events cause the lock to sync with the cloud; until then it knows no better",
    mutants=(
        "revoked_is_gone",
        "ended_is_gone",
        "no_access_is_no_entry",
        "may_enter_for_ever",
        "connected_is_always_now",
        "the_same_second_is_later",
        "an_expired_guest_is_out",
        "the_first_end_counts",
        "one_access_is_all",
        "upcoming_guests_are_out",
        "ends_by_its_own_clock",
        "one_lock_for_all",
        "revoked_by_another_is_out",
        "once_out_always_out",
        "ends_before_it_is_asked",
        "forgets_what_it_revoked",
    ),
    needs="truth",
)
def revoked_still_enters(s: RemoteLockStep) -> Judged:
    """A lock decides by what it has stored."""
    if s.error is not None:
        return UNTRIGGERED
    person: str = s.arguments["person"]
    if s.call == "may_enter":
        lock: str = s.arguments["lock"]
        knew = [person in truth.locks[lock].knows for truth in truths(s) if lock in truth.locks]
        if not s.result:
            assert not knew or not all(knew), (
                "the lock still opens for this person, and the client says that it does not"
            )
            return None
        if not s.given.get("settled") or not knew or any(knew):
            return UNTRIGGERED
        raise AssertionError("the lock has synced and no longer opens for this person, and the client says that it may")
    knowing = {lock for lock, one in s.before.locks.items() if person in one.knows}
    ended = [a for id_, a in s.before.accesses.items() if a.person == person and s.arguments.get("access", id_) == id_]
    knowing &= set[str]().union(*(access.locks for access in ended), *_revoked_before(s))
    if not knowing or not s.result:
        return UNTRIGGERED
    still = [lock for lock in knowing if all(person in t.locks[lock].knows for t in truths(s) if lock in t.locks)]
    # A stay that has ended leaves its accesses behind, and none of them is a reason to open.
    wrong = [lock for lock in still if s.call == "end" or not _has_other_access(s.after, person, lock)]
    assert not wrong, f"{len(wrong)} locks still open for this person, and the client says that none does"
    return None


def _revoked_before(s: RemoteLockStep) -> Iterator[frozenset[str]]:
    """Return the locks of the person's accesses that the client has revoked before the end of the stay."""
    for e in s.since_made if s.call == "end" else ():
        if e.call == "revoke" and e.error is None and e.arguments["person"] == s.arguments["person"]:
            access = e.before.accesses.get(e.arguments["access"])
            if access is not None:
                yield access.locks


@law(
    "RL-EVENT-1",
    "tells who was let in from who was refused",
    on="entries",
    evidence="Get all events: access_denied_event and unlocked_event, status, method, occurred_at, associated_resource_id",
    mutants=("any_event_is_entry", "refused_are_left_out", "entered_when_reported", "entries_of_all_locks",
             "entries_on_one_page", "entered_by_nobody", "a_knob_is_an_entry", "forgets_cards", "entries_are_cached",
             "whom_it_knows_is_let_in", "entries_after_the_newest", "entries_of_a_day", "entries_of_two_pages",
             "an_entry_a_second", "entries_move_between_pages"),
)  # fmt: skip
def tells_entries_from_refusals(s: RemoteLockStep) -> Judged:
    """A report of break-ins that lists guests, or a list of guests with burglars, is worse than none."""
    before, after = ({i: e for i, e in t.entries.items() if e.lock == s.arguments["lock"]} for t in (s.before, s.after))
    if s.error is not None or not unhindered(s.traffic):
        return UNTRIGGERED
    shown = {entry.id: entry for entry in s.result}
    # Who comes while the client reads may be shown or not.
    assert before.keys() <= shown.keys() <= after.keys(), (
        f"{len(before)} persons came to the lock with a PIN or a card, and the client shows {len(shown)}"
        + (f", of whom {len(shown.keys() - after.keys())} are none" if shown.keys() - after.keys() else "")
    )
    assert len(shown) == len(s.result), "the client shows an entry twice"
    for id_, entry in shown.items():
        word = {True: "let in", False: "refused"}
        has = after[id_]
        assert entry.granted is has.granted, (
            f"{id_} was {word[has.granted]}, and the client shows {word[entry.granted]}"
        )
        assert entry.person == has.person, f"{id_} was {has.person}, and the client shows {entry.person}"
        assert int(entry.at.timestamp()) == has.at // SECOND, f"{id_} happened at another time than {entry.at}"
    return None


def _has_other_access(truth: Truth, person: str, lock: str) -> bool:
    """Return whether the person has another access to this lock."""
    return any(access.person == person and lock in access.locks for access in truth.accesses.values())


@law(
    "RL-INHERIT-1",
    "includes access by location and group",
    on="who",
    evidence="Access person accesses of a lock: the sample lists an access to the lock's location next to one to the lock",
    mutants=(
        "direct_access_only",
        "forgets_groups",
        "who_is_on_one_page",
        "who_are_accesses",
        "who_is_listed_twice",
        "who_is_cached",
        "who_moves_between_pages",
        "a_lock_tells_direct_access_only",
    ),
    needs="truth",
)
def counts_what_is_inherited(s: RemoteLockStep) -> Judged:
    """An access to a location or a group opens all its locks."""
    lock: str = s.arguments["lock"]
    if s.error is not None or lock not in s.before.locks or not unhindered(s.traffic):
        return UNTRIGGERED
    all_of_them = [{a.person for a in truth.accesses.values() if lock in a.locks} for truth in truths(s)]
    missing = set.intersection(*all_of_them) - set(s.result or ())
    assert not missing, f"{len(missing)} persons have access to this lock, and the client leaves them out"
    assert set(s.result or ()) <= set.union(*all_of_them), "the client lists persons who have no access to this lock"
    assert len(s.result) == len(set(s.result)), "the client lists a person twice who has two accesses to this lock"
    return None
