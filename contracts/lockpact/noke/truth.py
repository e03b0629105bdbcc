"""The truth about servers, locks and fobs, for laws: read from the simulator's state, in the document's words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from lockpact.core.step import EnvironmentEvent, Step
from lockpact.core.truth_parts import TruthParts, encoded, parts_of

__all__ = ["FobTruth", "IssuedCode", "LockTruth", "NokeStep", "Truth", "actions_on", "resets", "truth_of"]


class IssuedCode(NamedTuple):
    """A quick click as its server has it."""

    pending: bool
    revoked: bool
    start_uses: int
    uses: int
    """Uses that are left, as far as the server knows."""


class LockTruth(NamedTuple):
    """One lock: its own state, and what its server knows of it."""

    database: str
    ready: bool
    """Set up: server and lock have the same keys, and the server knows."""
    stuck: bool
    synced: bool
    """Nothing waits to be synced."""
    open: bool
    explicit: bool
    """It has explicit-lock: it stays unlocked until it is told to engage."""
    set_explicit: bool
    """It has explicit-lock on the server."""
    updating: bool
    session: str
    """Its present session; "" when it sleeps."""
    codes: frozenset[str]
    """Quick clicks on the lock."""
    keys: frozenset[str]
    """Tracking keys with an offline key that opens it from a phone."""
    stale: frozenset[str]
    """Those of them of which the server has another key: they were reset or issued anew, and the lock has the key of before."""
    issued_codes: Mapping[str, IssuedCode]
    issued_keys: frozenset[str]
    """Tracking keys with an offline key for phones on the server, without revoked ones."""
    places: int
    """How many of its 100 places for offline and fob keys are taken."""
    takes_keys: bool
    """It holds offline and fob keys."""
    takes_codes: bool
    unshackles: bool
    """It has a shackle that /unshackle/ lets come out."""
    unshackled: bool
    """Its shackle can come out now."""
    engages: bool
    """It takes explicit-lock and /engagelock/."""


@dataclass(frozen=True)
class FobTruth:
    """One fob."""

    database: str
    opens: frozenset[str]
    """The locks that it opens now."""
    issued: frozenset[str]
    """The locks that it has credentials for on the server, without revoked ones."""
    names: frozenset[tuple[str, str]]
    """(lock, tracking key) of these credentials."""
    synced: frozenset[str]
    """The locks whose credentials are all on the fob, as the server knows."""


@dataclass(frozen=True)
class Truth:
    """All locks and fobs, by MAC address."""

    locks: Mapping[str, LockTruth]
    fobs: Mapping[str, FobTruth]


NokeStep = Step[Truth]

NONE: frozenset[str] = frozenset()
NO_NAMES: frozenset[tuple[str, str]] = frozenset()
NO_CODES: Mapping[str, IssuedCode] = {}


def actions_on(step: NokeStep, device: str, *names: str) -> Iterator[EnvironmentEvent]:
    """Yield the device actions of these names on a lock or fob, up to the end of this step, oldest first."""
    for one in (*step.earlier, step):
        for event in (*one.events_before, *one.events):
            if event.device == device and event.action in names:
                yield event


def resets(event: EnvironmentEvent, lock: str) -> bool:
    """Return whether the lock's keys were reset: at the lock, or on the server by support."""
    if event.action == "reset_keys":
        return event.device == lock
    return event.action == "reset_lock" and event.args.get("lock") == lock


def truth_of(handles: Any) -> Truth:
    """Return the truth now. `handles` are a simulator's handles on its vendor (`.state`, `.clock`, `.world`)."""
    state, now, parts = handles.state, handles.clock.now, parts_of(handles.world.core)
    # What of a lock changes by itself.
    moments = {
        body.mac: (body.open and body.unlocked(now), body.updating(now), bool(body.session) and body.awake(now))
        for body in state.locks
    }
    key = (*moments.values(), encoded((state.locks, state.fobs, state.databases)))
    # Another object each time: NO-EFFECT-1 asks whether a call has the same one before and after, so no turn in between.
    return Truth(*parts.get("all", key, _read, state, moments, parts))


def _read(
    state: Any, moments: Mapping[str, tuple[bool, bool, bool]], parts: TruthParts
) -> tuple[Mapping[str, LockTruth], Mapping[str, FobTruth]]:
    bodies = {body.mac: body for body in state.locks}
    held = {fob.mac: fob.holds for fob in state.fobs}
    locks = {}
    for base in state.databases:
        for lock in base.locks:
            body, moment = bodies[lock.mac], moments[lock.mac]
            key = (base.name, *moment, encoded((lock, body)))
            locks[lock.mac] = parts.get(lock.mac, key, _lock, base.name, lock, body, *moment)
    of_fobs = encoded(
        (state.fobs, [(base.name, base.fobs) for base in state.databases], [body.holds for body in state.locks])
    )
    fobs = parts.get(
        "fobs",
        of_fobs,
        lambda: {fob.mac: _fob(base.name, fob, held[fob.mac], bodies) for base in state.databases for fob in base.fobs},
    )
    return locks, fobs


def _fob(database: str, record: Any, holds: list[tuple[str, str, str]], locks: Mapping[str, Any]) -> FobTruth:
    opens = frozenset(lock for lock, key, _ in holds if any(held.key == key for held in locks[lock].holds))
    issued = [one for one in record.credentials if one.status != "revoke_pending"]
    return FobTruth(
        database,
        opens or NONE,
        frozenset(one.lock for one in issued) if issued else NONE,
        frozenset((one.lock, one.tracking_key) for one in issued) if issued else NO_NAMES,
        frozenset(lock for lock in opens if all(one.status == "synced" for one in issued if one.lock == lock)),
    )


def _lock(database: str, record: Any, body: Any, is_open: bool, updating: bool, awake: bool) -> LockTruth:
    """Return the truth about a lock. Empty collections are shared, not copied."""
    takes_keys, takes_codes, unshackles, engages = _can(record.hw_version, record.fw_version, record)
    keys = stale = issued = NONE
    places = 0
    if record.places:
        held = {one.place: one.generation for one in body.holds}
        phones = [place for place in record.places if not place.holder]
        keys = frozenset(place.tracking_key for place in phones if held.get(place.number, -1) >= place.since)
        # Reset in its place, or revoked in one and issued anew in another.
        stale = keys & frozenset(
            place.tracking_key
            for place in phones
            if held.get(place.number, -1) < place.generation
            and (place.valid or held.get(place.number, -1) >= place.since)
        )
        issued = frozenset(place.tracking_key for place in phones if place.valid)
        places = sum(place.status != "free" for place in record.places)
    return LockTruth(
        database=database,
        ready=record.set_up,
        stuck=body.stuck,
        synced=_synced(record),
        open=is_open,
        explicit=body.explicit_lock,
        set_explicit=record.explicit_lock,
        updating=updating,
        session=body.session if awake else "",
        codes=frozenset(body.clicks) if body.clicks else NONE,
        keys=keys,
        stale=stale,
        issued_codes={c.code: IssuedCode(c.pending, c.revoked, c.start_uses, c.uses) for c in record.clicks}
        if record.clicks
        else NO_CODES,
        issued_keys=issued,
        places=places,
        takes_keys=takes_keys,
        takes_codes=takes_codes,
        unshackles=unshackles,
        unshackled=body.open and body.loosened,
        engages=engages,
    )


def _synced(record: Any) -> bool:
    return (
        record.set_up
        and not record.settings_pending
        and not any(place.status in ("pending", "revoked") for place in record.places)
        and not any(click.pending or click.revoked for click in record.clicks)
    )


def _codes(clicks: Sequence[Any]) -> dict[str, IssuedCode]:
    return {click.code: IssuedCode(click.pending, click.revoked, click.start_uses, click.uses) for click in clicks}


_FAMILIES: dict[tuple[str, str], tuple[bool, bool, bool, bool]] = {}


def _can(hardware: str, firmware: str, record: Any) -> tuple[bool, bool, bool, bool]:
    """Return what a lock of this family and firmware can do."""
    found = _FAMILIES.get((hardware, firmware))
    if found is None:
        family = record.family
        found = _FAMILIES[hardware, firmware] = (family.keys, family.clicks, family.shackle, record.engages)
    return found
