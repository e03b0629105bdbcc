"""What opens a lock, and what the client says of it: truth is at the lock, and the server learns of it later."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.noke.dialect import commands_of, operation
from lockpact.noke.port import Standing
from lockpact.noke.truth import NokeStep

__all__ = ["fob_needs_both", "fresh_keys_after_a_reset", "pending_is_not_active", "revoked_counts_as_live",
           "shuts_a_fob_out"]  # fmt: skip


def _revoked_by(s: NokeStep, lock: str) -> set[str]:
    """Tracking keys of a lock that the client has revoked and not issued again, by what its results say."""
    revoked: set[str] = set()
    for e in s.earlier:
        if e.call in ("issue_keys", "revoke_keys") and e.error is None:
            names = {item.name for item in e.result if item.ok and item.lock == lock}
            revoked = revoked | names if e.call == "revoke_keys" else revoked - names
    return revoked


@law(
    "NO-SYNC-1",
    "what is pending is not shown as active",
    on=("codes", "keys", "locks"),
    evidence="Lock Setup/Sync: a code will not work on the lock until after the next online unlock",
    mutants=("issued_codes_are_active", "issued_keys_are_active", "everything_is_in_step", "asking_makes_active",
             "pending_is_never_told", "flags_are_always_none"),
    needs="truth",
)  # fmt: skip
def pending_is_not_active(s: NokeStep) -> Judged:
    """Somebody stands at the door with a code that the door has never heard of."""
    if s.error is not None:
        return UNTRIGGERED
    if s.call == "locks":
        waiting = [lock for lock in s.result if lock.mac in s.before.locks and not s.before.locks[lock.mac].in_step]
        for lock in waiting:
            assert not lock.in_step, f"{lock.mac} waits for its next online unlock, and the client shows it in step"
        return None if waiting else UNTRIGGERED
    mac = s.arguments["lock"]
    if mac not in s.before.locks:
        return UNTRIGGERED
    truth = s.before.locks[mac]
    if s.call == "codes":
        shown, there = {code.code: code.standing for code in s.result}, truth.codes
        pending = {code for code, book in truth.booked_codes.items() if code not in there and not book.revoked}
    else:
        shown, there = dict(s.result), truth.keys
        pending = set(truth.booked_keys - there)
    for name in pending & shown.keys():
        assert shown[name] is not Standing.ACTIVE, f"{name} is not on {mac} yet, and the client shows it as active"
    return None if pending else UNTRIGGERED


@law(
    "NO-REVOKE-1",
    "a revoked key or code counts as live until an online unlock",
    on=("codes", "keys"),
    evidence="Revoke Keys: the revoked offline keys will still work on the lock until the lock is synced with the server",
    mutants=("revoked_keys_are_gone", "revoked_codes_are_gone", "gone_when_asked", "hides_revoked_codes",
             "revoked_keys_stay_on_the_lock"),
    needs="truth",
)  # fmt: skip
def revoked_counts_as_live(s: NokeStep) -> Judged:
    """Whoever was shut out on the screen still opens the door."""
    if s.error is not None or s.arguments["lock"] not in s.before.locks:
        return UNTRIGGERED
    mac = s.arguments["lock"]
    truth = s.before.locks[mac]
    if s.call == "codes":
        live = {code for code, book in truth.booked_codes.items() if book.revoked and code in truth.codes}
        shown = {code.code: code.standing for code in s.result}
    else:
        live = _revoked_by(s, mac) & truth.keys
        shown = dict(s.result)
    for name in live:
        assert shown.get(name, Standing.GONE) in (Standing.REVOKED, Standing.ACTIVE), (
            f"{name} was revoked and still opens {mac}, and the client shows it as "
            f"{shown[name].name.lower() if name in shown else 'gone'}"
        )
        assert shown[name] is Standing.REVOKED, f"{name} was revoked, and the client shows it as active on {mac}"
    return None if live else UNTRIGGERED


@law(
    "NO-FOBREV-1",
    "a fob revoke is followed by an online unlock, and counts as live until then",
    on="revoke_fob",
    evidence="Fobs: when revoking a lock from a fob you should also immediately re-sync the lock",
    mutants=("stops_at_the_fob_revoke", "revoked_fob_is_gone", "unlocks_before_it_revokes", "fob_keeps_its_place"),
    needs="truth",
)
def shuts_a_fob_out(s: NokeStep) -> Judged:
    """Whoever has the fob need not come near a phone."""
    fob = s.arguments["fob"]
    if s.error is not None or fob not in s.before.fobs or not s.traffic.to("/fobs/revoke*"):
        return UNTRIGGERED
    after = s.after.fobs[fob]
    judged = False
    for lock in s.arguments["locks"]:
        standing = s.result.get(lock)
        if lock not in s.before.fobs[fob].opens | after.opens:
            continue
        judged = True
        assert lock not in after.opens or standing is Standing.REVOKED, (
            f"the fob {fob} still opens {lock}, and the client shows it as {standing.name.lower() if standing else 'gone'}"
        )
        near = not s.given.get("far") and "fault" not in s.given and "phone" not in s.given
        truth = s.before.locks[lock]
        if near and truth.ready and not truth.stuck:
            assert lock not in after.opens, (
                f"the phone stood at {lock}, and the fob {fob} still opens it after the revocation"
            )
    return None if judged else UNTRIGGERED


@law(
    "NO-RESET-1",
    "after a reset offline keys are fetched again and fobs are synced",
    on=("recover", "offline_unlock"),
    evidence="Revoke Keys: if keys are reset, offline keys no longer work until re-synced; Fobs: until their fob is re-synced",
    mutants=(
        "keeps_old_offline_keys",
        "forgets_the_fobs",
        "fetches_no_commands_after_a_reset",
        "old_values_after_a_reset",
    ),
    needs="truth",
)
def fresh_keys_after_a_reset(s: NokeStep) -> Judged:
    """Each holder has a key of before the reset, and none of them opens any more."""
    if s.call == "offline_unlock":
        opened = [h for h in s.events if h.action == "offline_unlock"]
        recovered = next((e for e in reversed(s.earlier) if e.call == "recover"), None)
        if not s.given.get("recovered") or recovered is None or recovered.error is not None:
            return UNTRIGGERED
        assert opened, "the lock's keys were reset and fetched again, and the phone has none to open it with"
        assert opened[-1].result.get("unlocked"), (
            f"the keys of {s.arguments['lock']} were reset and fetched again, and the phone's does not open it"
        )
        return None
    if s.error is not None or not s.given.get("reset"):
        return UNTRIGGERED
    lock = s.arguments["lock"]
    asked = [x for x in s.traffic if operation(x) == "unlock" and commands_of(x)]
    assert asked, f"the keys of {lock} were reset, and it was not unlocked online, so that it does not know yet"
    for fob in s.arguments["fobs"]:
        if lock in s.after.fobs[fob].booked:
            assert lock in s.after.fobs[fob].opens, (
                f"the keys of {lock} were reset, and the fob {fob}, which the phone stood at, does not open it"
            )
    return None


@law(
    "NO-FOB-1",
    "a fob's credentials count as working only after its sync and the lock's unlock",
    on="fob",
    evidence="POST /fobs/issue/: status, of the credentials on the fob; Fobs: the caveats that apply to offline keys also "
    "apply to fobs",
    mutants=("fobs_work_at_issue", "fobs_work_when_synced", "fobs_work_when_the_lock_knows", "fobs_are_synced_at_once"),
    needs="truth",
)
def fob_needs_both(s: NokeStep) -> Judged:
    """A fob is told by one phone, the lock by another, and only both together open."""
    fob = s.arguments["fob"]
    if s.error is not None or fob not in s.before.fobs:
        return UNTRIGGERED
    truth = s.before.fobs[fob]
    waiting = truth.booked - truth.opens
    for lock in waiting:
        assert s.result.get(lock) is not Standing.ACTIVE, (
            f"the fob {fob} does not open {lock} yet, and the client says that it does"
        )
    live = {lock for lock in truth.opens - truth.booked if lock in s.result}
    for lock in live:
        assert s.result[lock] is Standing.REVOKED, (
            f"the fob {fob} was revoked and still opens {lock}, and the client shows it as {s.result[lock].name.lower()}"
        )
    return None if waiting or live else UNTRIGGERED
