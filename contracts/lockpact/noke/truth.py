"""What is true of Nokē's servers, locks and fobs: read from the stand-in's state, told to laws in the document's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lockpact.step import Happening, Step

__all__ = ["BookedCode", "FobTruth", "LockTruth", "NokeStep", "Truth", "acts", "truth_of"]


@dataclass(frozen=True)
class BookedCode:
    """A quick click in the server's book."""

    pending: bool
    revoked: bool


@dataclass(frozen=True)
class LockTruth:
    """One lock: what it has in itself, and what its server has in its book."""

    database: str
    ready: bool
    """Set up: server and lock have the same keys, and the server knows."""
    stuck: bool
    in_step: bool
    """Nothing waits to be synchronized."""
    open: bool
    explicit: bool
    """It stays open until it is told."""
    updating: bool
    session: str
    """The one that it listens to; empty when it sleeps."""
    battery: int
    """Millivolts, in the lock itself."""
    codes: frozenset[str]
    """Quick clicks that open it."""
    keys: frozenset[str]
    """Tracking keys whose phones open it, with a key that they were issued."""
    booked_codes: Mapping[str, BookedCode]
    booked_keys: frozenset[str]
    """Tracking keys that the server's book has for phones, revoked ones not."""
    places: int
    """Offline and fob keys that occupy the lock's 100."""
    takes_keys: bool
    """It holds offline and fob keys."""
    takes_codes: bool
    unshackles: bool
    engages: bool
    """It can be told to lock, and to stay open until then."""


@dataclass(frozen=True)
class FobTruth:
    """One fob."""

    database: str
    opens: frozenset[str]
    """The locks that it opens now."""
    booked: frozenset[str]
    """The locks that the server's book gives it, revoked ones not."""


@dataclass(frozen=True)
class Truth:
    """Everything, by MAC address."""

    locks: Mapping[str, LockTruth]
    fobs: Mapping[str, FobTruth]


NokeStep = Step[Truth]


def acts(step: NokeStep, device: str, *names: str) -> Iterator[Happening]:
    """What was done with a lock or fob, up to the end of this step, oldest first."""
    for one in (*step.earlier, step):
        for happening in (*one.arranged, *one.happenings):
            if happening.device == device and happening.act in names:
                yield happening


def truth_of(site: Any) -> Truth:
    """The truth now. `site` is a stand-in's handle on its vendor (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    bodies = {body.mac: body for body in state.locks}
    locks, fobs = {}, {}
    for base in state.databases:
        for record in base.locks:
            locks[record.mac] = _lock(base.name, record, bodies[record.mac], now)
        for fob in base.fobs:
            holds = state.fob(fob.mac).holds
            fobs[fob.mac] = FobTruth(
                base.name,
                frozenset(lock for lock, key, _ in holds if any(held.key == key for held in bodies[lock].holds)),
                frozenset(one.lock for one in fob.credentials if one.status != "revoke_pending"),
            )
    return Truth(locks, fobs)


def _lock(database: str, record: Any, body: Any, now: int) -> LockTruth:
    held = {one.place: one.generation for one in body.holds}
    phones = [place for place in record.places if not place.holder]
    return LockTruth(
        database=database,
        ready=record.set_up,
        stuck=body.stuck,
        in_step=not record.flags,
        open=body.unlocked(now),
        explicit=body.explicit_lock,
        updating=body.updating(now),
        session=body.session if body.awake(now) else "",
        battery=body.internal_battery,
        codes=frozenset(body.clicks),
        keys=frozenset(place.tracking_key for place in phones if held.get(place.number, -1) >= place.since),
        booked_codes={click.code: BookedCode(click.pending, click.revoked) for click in record.clicks},
        booked_keys=frozenset(place.tracking_key for place in phones if place.valid),
        places=sum(place.status != "free" for place in record.places),
        takes_keys=record.family.keys,
        takes_codes=record.family.clicks,
        unshackles=record.family.shackle,
        engages=record.engages,
    )
