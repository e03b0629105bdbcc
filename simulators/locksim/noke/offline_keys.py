"""Change who may open a lock, on the server: offline keys, fobs, quick clicks, settings, resets.

A change reaches the lock by its next online unlock, and a fob by its next sync. A function that raises has changed
nothing.
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
    """Return a place of the lock for this tracking key and holder: the one that they have, or a new one. Raises BadInput."""
    if not lock.family.keys:
        raise BadInput(f"lock {lock.mac} ({lock.family.name}) takes no offline keys")
    for place in lock.places:
        if place.valid and (place.tracking_key, place.holder) == (tracking_key, holder):
            return place
    place = _free_place(lock)
    place.tracking_key, place.holder = tracking_key, holder
    place.generation += 1
    place.since = place.generation
    place.apply("issue")
    return place


def _free_place(lock: LockRecord) -> Place:
    for place in lock.places:
        if place.status == "free":
            return place
    if len(lock.places) >= PLACES_MAX:
        raise BadInput(
            f"lock {lock.mac} has no place left: it holds {PLACES_MAX} offline and fob keys together, with revoked ones "
            "until an online unlock was confirmed"
        )
    lock.places.append(Place(len(lock.places) + 1))
    return lock.places[-1]


def revoke_keys(lock: LockRecord, tracking_key: str | None) -> None:
    """Revoke the keys that phones hold for this tracking key; None: all keys of phones. A repetition is no error.

    Raises:
        BadInput: No phone has a key for this tracking key.
    """
    phones = [place for place in lock.places if place.status != "free" and not place.holder]
    chosen = [place for place in phones if tracking_key in (None, place.tracking_key)]
    if tracking_key is not None and not chosen:
        raise BadInput(f"lock {lock.mac} has no key for this tracking key; /keys/ shows the keys that it has")
    for place in chosen:
        if place.valid:
            place.apply("revoke")


# ---- fobs


def give_to_fob(fob: FobRecord, lock: LockRecord, tracking_key: str) -> Credential:
    """Return a credential of the fob for this lock: the one that it has, or a new one. Raises BadInput."""
    place = issue_key(lock, tracking_key, fob.mac)
    for held in fob.credentials:
        if (held.lock, held.place) == (lock.mac, place.number) and held.status != "revoke_pending":
            return held
    fob.credentials.append(Credential(lock.mac, tracking_key, place.number, place.generation))
    return fob.credentials[-1]


def take_from_fob(
    base: Database, fob: FobRecord, macs: Sequence[str] | None, tracking_keys: Sequence[str] | None
) -> None:
    """Revoke the credentials that fit both filters (None: any). Their places on the locks are given up, too.

    A repetition is no error. Raises BadInput when nothing fits.
    """
    fitting = [
        held
        for held in fob.credentials
        if (macs is None or held.lock in macs) and (tracking_keys is None or held.tracking_key in tracking_keys)
    ]
    if not fitting:
        raise BadInput(f"fob {fob.mac} has no lock that fits; /fobs/display/ lists the locks that it has")
    for held in fitting:
        if held.status != "revoke_pending":
            held.status = "revoke_pending"
            base.lock(held.lock).place(held.place).apply("revoke")


# ---- quick clicks


def issue_click(lock: LockRecord, code: str, uses: int) -> Click:
    """Issue a quick click, or give an existing one new uses. Raises BadInput."""
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
                f"the lock holds {PLACES_MAX} quick clicks, with revoked ones until a confirmed online unlock"
            )
        click = Click(code, uses, uses, 0)
        lock.clicks.append(click)
    lock.versions += 1
    click.version, click.uses, click.start_uses, click.pending = lock.versions, uses, uses, True
    return click


def revoke_click(lock: LockRecord, code: str) -> Click:
    """Revoke a quick click. A repetition is no error. Raises BadInput for an unknown code."""
    click = lock.click(code)
    if click is None:
        raise BadInput("the lock has no such code; /qc/display/ lists the codes that it has")
    if not click.revoked:
        lock.versions += 1
        click.version, click.pending, click.revoked = lock.versions, False, True
    return click


# ---- settings, resets, moves


def save_settings(lock: LockRecord, *, explicit_lock: bool) -> None:
    """Save the only setting of a lock that takes it."""
    lock.explicit_lock, lock.settings_pending = explicit_lock, True
    lock.settings += 1


def reset(base: Database, lock: LockRecord, keys: Keys) -> None:
    """Clear a lock's keys on the server: it must be set up again, and its offline keys get new values.

    `keys`: the keys that the lock itself has.
    """
    replace_keys(lock, keys)
    lock.set_up, lock.offered = False, None
    for place in lock.places:
        if place.valid:
            place.generation += 1
            place.apply("reset")
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
    """Move a lock to the other database. It must be set up there. Everything issued for it is revoked; fobs lose it."""
    reset(base, lock, keys)
    for place in lock.places:
        if place.valid:
            place.apply("revoke")
    for click in list(lock.clicks):
        revoke_click(lock, click.code)
    for fob in base.fobs:
        fob.credentials = [held for held in fob.credentials if held.lock != lock.mac]
    base.locks.remove(lock)
    target.locks.append(lock)
