"""The status of credentials that a client shows, compared with what really opens the lock."""

from __future__ import annotations

from lockpact.core.law import UNTRIGGERED, Judged, law
from lockpact.noke.exchanges import commands_of, error_code, operation
from lockpact.noke.port import CredentialStatus, OutOfReach
from lockpact.noke.truth import NokeStep, resets

__all__ = ["active_is_shown_as_active", "fob_needs_both", "fresh_keys_after_a_reset", "pending_is_not_active",
           "remembers_what_was_active", "revoked_counts_as_live", "unlocks_after_a_fob_revocation"]  # fmt: skip


def _revoked_by(s: NokeStep, lock: str) -> set[str]:
    """Return the tracking keys of a lock that the client has revoked and not issued again, by its results.

    The server does not list them, so a client that was started again may have forgotten them.
    """
    revoked: set[str] = set()
    for e in s.since_made:
        if e.call in ("issue_keys", "revoke_keys") and e.error is None:
            names = {item.name for item in e.result if item.ok and item.lock == lock}
            revoked = revoked | names if e.call == "revoke_keys" else revoked - names
    return revoked


@law(
    "NO-SYNC-1",
    "a pending credential is not shown as active",
    on=("codes", "keys", "locks"),
    evidence="Lock Setup/Sync: a code will not work on the lock until after the next online unlock; Revoke Keys: if keys are "
    "reset, offline keys no longer work until re-synced",
    mutants=("issued_codes_are_active", "issued_keys_are_active", "everything_is_synced", "asking_makes_active",
             "pending_is_never_shown", "flags_are_always_none", "knows_keys_by_name"),
    needs="truth",
)  # fmt: skip
def pending_is_not_active(s: NokeStep) -> Judged:
    """Judge displays of credentials that are not yet on the lock: they do not open it."""
    if s.error is not None:
        return UNTRIGGERED
    if s.call == "locks":
        waiting = [lock for lock in s.result if lock.mac in s.before.locks and not s.before.locks[lock.mac].synced]
        for lock in waiting:
            assert not lock.synced, f"{lock.mac} waits for its next online unlock, but the client shows it as synced"
        return None if waiting else UNTRIGGERED
    mac = s.arguments["lock"]
    if mac not in s.before.locks:
        return UNTRIGGERED
    truth = s.before.locks[mac]
    if s.call == "codes":
        shown, there = {code.code: code.status for code in s.result}, truth.codes
        pending = {code for code, issued in truth.issued_codes.items() if code not in there and not issued.revoked}
    else:
        shown, there = dict(s.result), truth.keys - truth.stale
        pending = set(truth.issued_keys - there)
    for name in pending & shown.keys():
        assert shown[name] is not CredentialStatus.ACTIVE, (
            f"{name} is not yet on {mac}, but the client shows it as active"
        )
    return None if pending else UNTRIGGERED


@law(
    "NO-ACTIVE-1",
    "once a lock is synced, what opens it is shown as active, and what is gone is not shown as opening",
    on=("codes", "keys", "fob"),
    evidence="POST /lock/: flags indicate if any data needs to be synced; POST /qc/display/: pending and revoked; "
    "POST /fobs/issue/: synced",
    mutants=("keys_are_never_active", "revoked_for_ever", "codes_are_never_active", "fobs_are_never_active"),
    needs="truth",
)
def active_is_shown_as_active(s: NokeStep) -> Judged:
    """Judge displays of credentials on locks that are synced, as the server knows: then nothing is pending or revoked."""
    if s.error is not None or (s.call == "fob" and s.arguments["fob"] not in s.before.fobs):
        return UNTRIGGERED
    locks = s.before.locks
    if s.call == "fob":
        fob = s.before.fobs[s.arguments["fob"]]
        shown = s.result
        active: set[str] = {lock for lock in fob.opens & fob.issued & fob.synced if locks[lock].synced}
        gone: set[str] = set()
    else:
        lock = locks.get(s.arguments["lock"])
        if lock is None or not lock.synced:
            return UNTRIGGERED
        shown = {code.code: code.status for code in s.result} if s.call == "codes" else s.result
        active = set(lock.issued_codes) & lock.codes if s.call == "codes" else set(lock.issued_keys & lock.keys)
        gone = set(shown) - (lock.codes if s.call == "codes" else lock.keys) - active
    for name in active & shown.keys():
        assert shown[name] is CredentialStatus.ACTIVE, (
            f"{name} opens the lock, and the server knows, but the client shows it as {shown[name].name.lower()}"
        )
    for name in gone:
        assert shown[name] is CredentialStatus.GONE, (
            f"{name} is gone from the lock, and the server knows, but the client shows it as {shown[name].name.lower()}"
        )
    return None if active or gone else UNTRIGGERED


def _shown_as_active(s: NokeStep, lock: str) -> set[str]:
    """Return the keys that this client has shown as active on a lock, without those that it revoked or that were reset since."""
    active: set[str] = set()
    for e in (*s.since_made, s):
        if any(resets(event, lock) for event in (*e.events_before, *e.events)):
            active.clear()
        if e is s or e.error is not None:
            continue
        if e.call == "keys" and e.arguments["lock"] == lock:
            active |= {name for name, status in e.result.items() if status is CredentialStatus.ACTIVE}
        elif e.call == "revoke_keys" and lock in e.arguments["locks"]:
            active -= set(e.arguments["tracking_keys"])
    return active


@law(
    "NO-ACTIVE-2",
    "a key that was shown as active is not shown as pending later, while it opens the lock and nothing has changed it",
    on="keys",
    evidence="POST /lock/: flags indicate if any data needs to be synced, and not which; View All Issued Keys; port: pending, "
    "it does not open",
    mutants=("all_wait_for_one",),
    needs="truth",
)
def remembers_what_was_active(s: NokeStep) -> Judged:
    """Judge displays while a lock waits for another change. The server does not say what waits, so the client must know."""
    mac = s.arguments["lock"]
    if s.error is not None or mac not in s.before.locks:
        return UNTRIGGERED
    truth = s.before.locks[mac]
    known = _shown_as_active(s, mac) & (truth.keys - truth.stale) & truth.issued_keys
    for name in known:
        assert s.result.get(name) is not CredentialStatus.PENDING, (
            f"{name} opens {mac} and was shown as active before, but now the client shows it as pending"
        )
    return None if known else UNTRIGGERED


@law(
    "NO-REVOKE-1",
    "a revoked key or code is shown as still opening until an online unlock",
    on=("codes", "keys"),
    evidence="Revoke Keys: the revoked offline keys will still work on the lock until the lock is synced with the server",
    mutants=("revoked_keys_are_gone", "revoked_codes_are_gone", "gone_when_asked", "hides_revoked_codes",
             "revoked_keys_stay_on_the_lock", "forgets_revoked_on_a_failure", "any_unlock_ends_all_revocations"),
    needs="truth",
)  # fmt: skip
def revoked_counts_as_live(s: NokeStep) -> Judged:
    """Judge displays of revoked credentials that still open the lock."""
    if s.error is not None or s.arguments["lock"] not in s.before.locks:
        return UNTRIGGERED
    mac = s.arguments["lock"]
    truth = s.before.locks[mac]
    if s.call == "codes":
        live = {code for code, issued in truth.issued_codes.items() if issued.revoked and code in truth.codes}
        shown = {code.code: code.status for code in s.result}
    else:
        live = (_revoked_by(s, mac) & truth.keys) - truth.issued_keys  # a lost answer may have issued it again
        shown = dict(s.result)
    for name in live:
        assert shown.get(name, CredentialStatus.GONE) in (CredentialStatus.REVOKED, CredentialStatus.ACTIVE), (
            f"{name} was revoked and still opens {mac}, but the client shows it as "
            f"{shown[name].name.lower() if name in shown else 'gone'}"
        )
        assert shown[name] is CredentialStatus.REVOKED, (
            f"{name} was revoked, but the client shows it as active on {mac}"
        )
    return None if live else UNTRIGGERED


@law(
    "NO-FOBREV-1",
    "revoking a lock from a fob is followed by an online unlock; until then the fob is shown as opening",
    on="revoke_fob",
    evidence="Fobs: when revoking a lock from a fob you should also immediately re-sync the lock",
    mutants=("stops_at_the_fob_revoke", "revoked_fob_is_gone", "unlocks_before_it_revokes", "fob_keeps_its_place",
             "revoked_fob_for_ever", "a_far_lock_ends_it", "syncs_the_first_lock_only"),
    needs="truth",
)  # fmt: skip
def unlocks_after_a_fob_revocation(s: NokeStep) -> Judged:
    """Judge revocations of fobs: the fob opens the lock until the lock's next online unlock."""
    fob = s.arguments["fob"]
    asked = s.traffic.to("/fobs/revoke*")
    if fob not in s.before.fobs or not asked:
        return UNTRIGGERED
    if s.error is not None:
        assert error_code(asked[-1]) != 0 or not isinstance(s.error, OutOfReach), (
            f"the server has revoked the locks from the fob {fob}, but the client only raised OutOfReach: it does not say which "
            "of them the fob still opens"
        )
        return UNTRIGGERED
    after = s.after.fobs[fob]
    judged = False
    for lock in s.arguments["locks"]:
        displayed = s.result.get(lock)
        if lock not in s.before.fobs[fob].opens | after.opens:
            continue
        judged = True
        assert lock not in after.opens or displayed is CredentialStatus.REVOKED, (
            f"the fob {fob} still opens {lock}, but the client shows it as {displayed.name.lower() if displayed else 'gone'}"
        )
        near = lock not in s.given.get("far", ()) and "fault" not in s.given and "phone" not in s.given
        truth = s.before.locks[lock]
        if near and truth.ready and not truth.stuck:
            assert lock not in after.opens, (
                f"the phone could reach {lock}, but the fob {fob} still opens it after the revocation"
            )
            assert displayed is CredentialStatus.GONE or not s.after.locks[lock].synced, (
                f"the fob {fob} no longer opens {lock}, and the server knows, but the client shows it as revoked"
            )
    return None if judged else UNTRIGGERED


@law(
    "NO-RESET-1",
    "after a reset, offline keys are fetched again and fobs are synced",
    on=("recover", "offline_unlock"),
    evidence="Revoke Keys: if keys are reset, offline keys no longer work until re-synced; Fobs: until their fob is re-synced",
    mutants=("keeps_old_offline_keys", "forgets_the_fobs", "fetches_no_commands_after_a_reset",
             "old_values_after_a_reset", "recovers_one_fob", "recovers_the_first_person",
             "forgets_a_fob_that_failed", "recovers_only_a_lock_that_is_not_ready"),
    needs="truth",
)  # fmt: skip
def fresh_keys_after_a_reset(s: NokeStep) -> Judged:
    """Judge recoveries from a reset: keys of before the reset no longer open the lock."""
    if s.call == "offline_unlock":
        opened = [h for h in s.events if h.action == "offline_unlock"]
        recovered = next((e for e in reversed(s.earlier) if e.call == "recover"), None)
        if not s.given.get("recovered") or recovered is None or recovered.error is not None:
            return UNTRIGGERED
        assert opened, "the lock's keys were reset and fetched again, but the phone has no key for it"
        assert opened[-1].result.get("unlocked"), (
            f"the keys of {s.arguments['lock']} were reset and fetched again, but the phone's key does not open it"
        )
        return None
    if s.error is not None or not s.given.get("reset"):
        return UNTRIGGERED
    lock = s.arguments["lock"]
    unlocks = [x for x in s.traffic if operation(x) == "unlock" and commands_of(x)]
    assert unlocks or s.before.locks[lock].ready, (
        f"the keys of {lock} were reset, but it was not unlocked online, so it has not got its new keys"
    )
    for fob in s.arguments["fobs"]:
        if lock in s.after.fobs[fob].issued:
            assert lock in s.after.fobs[fob].opens, (
                f"the keys of {lock} were reset, but the fob {fob}, which the phone could reach, does not open it"
            )
    return None


@law(
    "NO-FOB-1",
    "a fob's credential is shown as active only after the fob's sync and the lock's online unlock",
    on="fob",
    evidence="POST /fobs/issue/: status, of the credentials on the fob; Fobs: the caveats that apply to offline keys also "
    "apply to fobs",
    mutants=("fobs_work_at_issue", "fobs_work_when_synced", "fobs_work_when_the_lock_knows", "fobs_are_synced_at_once"),
    needs="truth",
)
def fob_needs_both(s: NokeStep) -> Judged:
    """Judge displays of fobs: a credential opens only when both the fob and the lock have it."""
    fob = s.arguments["fob"]
    if s.error is not None or fob not in s.before.fobs:
        return UNTRIGGERED
    truth = s.before.fobs[fob]
    waiting = truth.issued - truth.opens
    for lock in waiting:
        assert s.result.get(lock) is not CredentialStatus.ACTIVE, (
            f"the fob {fob} does not open {lock} yet, but the client shows it as active"
        )
    live = {lock for lock in truth.opens - truth.issued if lock in s.result}
    for lock in live:
        assert s.result[lock] is CredentialStatus.REVOKED, (
            f"the fob {fob} was revoked and still opens {lock}, but the client shows it as {s.result[lock].name.lower()}"
        )
    return None if waiting or live else UNTRIGGERED
