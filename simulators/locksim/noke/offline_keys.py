"""Who may open what, as the server has it: offline keys, fobs, quick clicks, settings, resets.

What cannot be done raises, and nothing has changed. What is changed here reaches
the lock by its next online unlock, and a fob by its next sync.
"""

from __future__ import annotations

from collections.abc import Sequence

from locksim.noke.errors import BadInput
from locksim.noke.messages import Keys
from locksim.noke.state import CODE, PLACES_MAX, UNLIMITED, Click, Credential, Database, FobRecord, LockRecord, Place
from locksim.noke.sync import replace_keys

__all__ = [
    "give_to_fob",
    "issue_click",
    "issue_key",
    "move",
    "reset",
    "revoke_click",
    "revoke_keys",
    "save_settings",
    "take_from_fob",
]


# ---- offline keys


def issue_key(lock: LockRecord, tracking_key: str, holder: str = "") -> Place:
    """A place of the lock for this tracking key and this holder; the same again, if there is one. Raises BadInput."""
    if not lock.family.keys:
        raise BadInput(f"lock {lock.mac} ({lock.family.name}) takes no offline keys")
    for place in lock.places:
        if place.valid and (place.tracking_key, place.holder) == (tracking_key, holder):
            return place
    place = _free_place(lock)
    place.tracking_key, place.holder = tracking_key, holder
    place.generation += 1
    place.since = place.generation
    place.step("issue")
    return place


def _free_place(lock: LockRecord) -> Place:
    for place in lock.places:
        if place.status == "free":
            return place
    if len(lock.places) >= PLACES_MAX:
        raise BadInput(
            f"lock {lock.mac} has no place left: it holds {PLACES_MAX} offline and fob keys together, and revoked ones "
            "until an online unlock was confirmed"
        )
    lock.places.append(Place(len(lock.places) + 1))
    return lock.places[-1]


def revoke_keys(lock: LockRecord, tracking_key: str | None) -> None:
    """Revoke what a phone holds for this tracking key; None: what all hold. Again is no error. Raises BadInput for none."""
    mine = [place for place in lock.places if place.status != "free" and not place.holder]
    chosen = [place for place in mine if tracking_key in (None, place.tracking_key)]
    if tracking_key is not None and not chosen:
        raise BadInput(f"lock {lock.mac} has no key for this tracking key; /keys/ displays those it has")
    for place in chosen:
        if place.valid:
            place.step("revoke")


# ---- fobs


def give_to_fob(fob: FobRecord, lock: LockRecord, tracking_key: str) -> Credential:
    """A credential of the fob for this lock; the same again, if there is one. Raises BadInput."""
    place = issue_key(lock, tracking_key, fob.mac)
    for held in fob.credentials:
        if (held.lock, held.place) == (lock.mac, place.number) and held.status != "revoke_pending":
            return held
    fob.credentials.append(Credential(lock.mac, tracking_key, place.number, place.generation))
    return fob.credentials[-1]


def take_from_fob(
    base: Database, fob: FobRecord, macs: Sequence[str] | None, tracking_keys: Sequence[str] | None
) -> None:
    """Revoke what fits both (None: any). The key is reset on the lock as well: its place is given up there.

    Again is no error. Raises BadInput when nothing fits.
    """
    fitting = [
        held
        for held in fob.credentials
        if (macs is None or held.lock in macs) and (tracking_keys is None or held.tracking_key in tracking_keys)
    ]
    if not fitting:
        raise BadInput(f"fob {fob.mac} has no lock that fits; /fobs/display/ lists those it has")
    for held in fitting:
        if held.status != "revoke_pending":
            held.status = "revoke_pending"
            base.lock(held.lock).place(held.place).step("revoke")


# ---- quick clicks


def issue_click(lock: LockRecord, code: str, uses: int) -> Click:
    """A new quick click, or new uses for one that there is. Raises BadInput."""
    if not lock.family.clicks:
        raise BadInput(f"lock {lock.mac} ({lock.family.name}) takes no quick clicks")
    if not CODE.fullmatch(code):
        raise BadInput("a code must have 3 to 24 characters, each 0 (short) or 1 (long)")
    if uses > UNLIMITED:
        raise BadInput("use count can't be greater than 255")
    if uses < 1:
        raise BadInput("use count can't be less than 1; 255 is unlimited")
    click = lock.click(code)
    if click is not None and click.revoked:
        raise BadInput("this code was revoked and may still be on the lock; it is free after a confirmed online unlock")
    if click is None:
        if len(lock.clicks) >= PLACES_MAX:
            raise BadInput(
                f"the lock holds {PLACES_MAX} quick clicks, and revoked ones until a confirmed online unlock"
            )
        click = Click(code, uses, uses, 0)
        lock.clicks.append(click)
    lock.versions += 1
    click.version, click.uses, click.start_uses, click.pending = lock.versions, uses, uses, True
    return click


def revoke_click(lock: LockRecord, code: str) -> Click:
    """Revoke a quick click. Again is no error. Raises BadInput for a code that the lock has not."""
    click = lock.click(code)
    if click is None:
        raise BadInput("the lock has no such code; /qc/display/ lists those it has")
    if not click.revoked:
        lock.versions += 1
        click.version, click.pending, click.revoked = lock.versions, False, True
    return click


# ---- settings, resets, moves


def save_settings(lock: LockRecord, *, explicit_lock: bool) -> None:
    """Keep the one setting that there is, for a lock that takes it."""
    lock.explicit_lock, lock.settings_pending = explicit_lock, True
    lock.settings += 1


def reset(base: Database, lock: LockRecord, keys: Keys) -> None:
    """A lock's limited keys are cleared: it must be set up again, and what its places hold changes. `keys`: its real ones."""
    replace_keys(lock, keys)
    lock.set_up, lock.offered = False, None
    for place in lock.places:
        if place.valid:
            place.generation += 1
            place.step("reset")
            held = _held_by(base, lock, place)
            if held is not None:
                held.generation, held.status = place.generation, "pending"


def _held_by(base: Database, lock: LockRecord, place: Place) -> Credential | None:
    fob = base.find_fob(place.holder)
    if fob is None:
        return None
    return next(
        (h for h in fob.credentials if (h.lock, h.place) == (lock.mac, place.number) and h.status != "revoke_pending"),
        None,
    )


def move(base: Database, target: Database, lock: LockRecord, keys: Keys) -> None:
    """To the other database. It must be set up there; what was issued for it is revoked, and fobs are told no more of it."""
    reset(base, lock, keys)
    for place in lock.places:
        if place.valid:
            place.step("revoke")
    for click in list(lock.clicks):
        revoke_click(lock, click.code)
    for fob in base.fobs:
        fob.credentials = [held for held in fob.credentials if held.lock != lock.mac]
    base.locks.remove(lock)
    target.locks.append(lock)
