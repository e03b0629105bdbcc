"""What is true of Nokē's servers, locks and fobs: read from the stand-in's state, told to laws in the document's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from lockpact.core.step import EnvironmentEvent, Step

__all__ = ["BookedCode", "FobTruth", "LockTruth", "NokeStep", "Truth", "acts", "truth_of"]


class BookedCode(NamedTuple):
    """A quick click in the server's book."""

    pending: bool
    revoked: bool


class LockTruth(NamedTuple):
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

NONE: frozenset[str] = frozenset()
NO_CODES: Mapping[str, BookedCode] = {}


def acts(step: NokeStep, device: str, *names: str) -> Iterator[EnvironmentEvent]:
    """What was done with a lock or fob, up to the end of this step, oldest first."""
    for one in (*step.earlier, step):
        for event in (*one.events_before, *one.events):
            if event.device == device and event.action in names:
                yield event


def truth_of(site: Any) -> Truth:
    """The truth now. `site` is a stand-in's handle on its vendor (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    bodies = {body.mac: body for body in state.locks}
    held = {fob.mac: fob.holds for fob in state.fobs}
    return Truth(
        {lock.mac: _lock(base.name, lock, bodies[lock.mac], now) for base in state.databases for lock in base.locks},
        {fob.mac: _fob(base.name, fob, held[fob.mac], bodies) for base in state.databases for fob in base.fobs},
    )


def _fob(database: str, record: Any, holds: list[tuple[str, str, str]], locks: Mapping[str, Any]) -> FobTruth:
    opens = (lock for lock, key, _ in holds if any(held.key == key for held in locks[lock].holds))
    booked = (one.lock for one in record.credentials if one.status != "revoke_pending")
    return FobTruth(database, frozenset(opens) if holds else NONE, frozenset(booked) if record.credentials else NONE)


def _lock(database: str, record: Any, body: Any, now: int) -> LockTruth:
    """Asked after every turn of a world, so nothing is made of what is empty."""
    takes_keys, takes_codes, unshackles, engages = _can(record.hw_version, record.fw_version, record)
    keys = booked = NONE
    places = 0
    if record.places:
        held = {one.place: one.generation for one in body.holds}
        phones = [place for place in record.places if not place.holder]
        keys = frozenset(place.tracking_key for place in phones if held.get(place.number, -1) >= place.since)
        booked = frozenset(place.tracking_key for place in phones if place.valid)
        places = sum(place.status != "free" for place in record.places)
    return LockTruth(
        database=database,
        ready=record.set_up,
        stuck=body.stuck,
        in_step=not record.flags,
        open=body.open and body.unlocked(now),
        explicit=body.explicit_lock,
        updating=body.updating(now),
        session=body.session if body.session and body.awake(now) else "",
        battery=body.internal_battery,
        codes=frozenset(body.clicks) if body.clicks else NONE,
        keys=keys,
        booked_codes={c.code: BookedCode(c.pending, c.revoked) for c in record.clicks} if record.clicks else NO_CODES,
        booked_keys=booked,
        places=places,
        takes_keys=takes_keys,
        takes_codes=takes_codes,
        unshackles=unshackles,
        engages=engages,
    )


_FAMILIES: dict[tuple[str, str], tuple[bool, bool, bool, bool]] = {}


def _can(hardware: str, firmware: str, record: Any) -> tuple[bool, bool, bool, bool]:
    """What a lock of this family and firmware can do."""
    found = _FAMILIES.get((hardware, firmware))
    if found is None:
        family = record.family
        found = _FAMILIES[hardware, firmware] = (family.keys, family.clicks, family.shackle, record.engages)
    return found
