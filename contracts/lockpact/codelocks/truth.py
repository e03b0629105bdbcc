"""The true state of an account and its locks, read from the simulator, in the document's terms."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from lockpact.codelocks.port import Entry, Lock, Period
from lockpact.core.step import Step
from lockpact.core.truth_parts import encoded, parts_of

__all__ = [
    "ClientTruth",
    "CodelocksStep",
    "K3Truth",
    "LockTruth",
    "Truth",
    "instant",
    "lock_truth",
    "moment",
    "truth_of",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LOW = 200_000
"""Batteries are low below this charge, in millionths (CL-R150)."""
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class LockTruth:
    """A lock with a keypad.

    Attributes:
        id: The simulator's id of the device.
        model: The lock model.
        timecode: A KitLock's time of initialisation; empty for a K3Connect lock.
        identifier: A KitLock's identifier; empty for a K3Connect lock.
        zone: The zone of its clock.
        running: Whether its clock is set, and its batteries are not flat.
    """

    id: str
    model: str
    timecode: str
    identifier: str
    zone: str
    running: bool
    _try_code: Callable[[str, int], tuple[bool, str]] = field(compare=False, repr=False)

    def opens(self, code: str, at: datetime) -> bool:
        """Return whether the lock opens for this code when its own clock shows that time."""
        return self._try_code(code, instant(at))[0]


class ClientTruth(NamedTuple):
    """A client of a K3Connect lock."""

    status: str
    periods: tuple[Period, ...]
    """Ten."""
    access: str


@dataclass(frozen=True)
class K3Truth:
    """The clients and the audit of a K3Connect lock."""

    clients: Mapping[str, ClientTruth]
    """By e-mail."""
    entries: tuple[Entry, ...]
    """The audit entries that the server has, oldest first."""
    openings: tuple[tuple[int, bool], ...]
    """When the lock opened (microseconds, UTC, by its own clock), and whether that is reported to the server."""
    exact: bool
    """Whether its clock is exact."""
    battery_low: bool | None
    """Whether its batteries are low, as far as the server knows. None: it has reported none."""

    @property
    def reported(self) -> tuple[int, ...]:
        """The ids of the audit entries that the server has, oldest first."""
        return tuple(entry.id for entry in self.entries)

    def client(self, email: str) -> ClientTruth | None:
        """Return the client with this e-mail, in any case."""
        return next((client for known, client in self.clients.items() if known.lower() == email.lower()), None)


@dataclass(frozen=True)
class Truth:
    """The account."""

    api_key: str
    access_key: str
    netcodes_left: int
    utilities_left: int
    registered: tuple[str, ...]
    """The e-mails of the persons who can be invited."""
    locks: Mapping[tuple[str, str], LockTruth]
    """By what an API caller names a lock by: a KitLock's timecode and identifier, or a K3Connect lock's id and ""."""
    k3: Mapping[str, K3Truth]
    """By the K3Connect lock's id."""


CodelocksStep = Step[Truth]


def instant(at: datetime) -> int:
    """Return a date and time as microseconds, UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """Return microseconds as a date and time in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def truth_of(site: Any) -> Truth:
    """Return the truth now. `site` is the vendor's handle in a simulated world (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    used, quota = state.quota(now, "netcode")
    used_utilities, utilities = state.quota(now, "utility")
    parts = parts_of(site.world.core)
    kitlocks = [
        parts.get(lock.id, (encoded(lock), lock.shows(now) is not None), _kitlock, lock, now)
        for lock in state.kitlocks
        if lock.timecode is not None
    ]
    keys = {lock.id: (encoded(lock), bool(lock.charge.left(now)), lock.battery_report(now)) for lock in state.k3locks}
    k3locks = [parts.get(lock.id, keys[lock.id], _k3lock, lock, now) for lock in state.k3locks]
    return Truth(
        api_key=state.api_key,
        access_key=state.access_key,
        netcodes_left=quota - used,
        utilities_left=utilities - used_utilities,
        registered=tuple(state.registered),
        locks={(lock.timecode or lock.id, lock.identifier): lock for lock in (*kitlocks, *k3locks)},
        k3={lock.id: parts.get(("K3", lock.id), keys[lock.id], _k3, lock, now) for lock in state.k3locks},
    )


def lock_truth(truth: Truth, lock: Lock) -> LockTruth | None:
    """Return the truth about a caller's lock; None if no lock has this initialisation."""
    found = truth.locks.get((lock.id, lock.identifier))
    return found if found is not None and found.model == lock.model else None


def _kitlock(lock: Any, now: int) -> LockTruth:
    return LockTruth(
        lock.id, lock.model, lock.timecode, lock.identifier, "UTC", lock.shows(now) is not None, _ideal(lock).try_code
    )


def _k3lock(lock: Any, now: int) -> LockTruth:
    return LockTruth(lock.id, "K3CONNECT", "", "", lock.zone, bool(lock.charge.left(now)), _ideal(lock).try_code)


def _ideal(lock: Any) -> Any:
    """Return a copy of a lock with an exact clock and full batteries. A client cannot mend a clock that is off."""
    found = copy.copy(lock)
    found.clock, found.charge = type(lock.clock)(), type(lock.charge)()
    return found


def _k3(lock: Any, now: int) -> K3Truth:
    first = lock.first_entry_id + lock.dropped
    known_at, charge = lock.battery_report(now)
    return K3Truth(
        clients={c.email: ClientTruth(c.status, _periods(encoded(c.periods)), c.access) for c in lock.clients},
        entries=tuple(Entry(first + n, event.type, event.text) for n, event in enumerate(lock.events[: lock.reported])),
        openings=tuple(
            (event.at, n < lock.reported) for n, event in enumerate(lock.events) if event.type.endswith("_UNLOCK")
        ),
        exact=not (lock.clock.error or lock.clock.drift),
        battery_low=None if known_at is None else charge < LOW,
    )


@lru_cache(maxsize=1024)  # the truth is read after every turn, and periods seldom change
def _periods(encoded: bytes) -> tuple[Period, ...]:
    """Return the periods of their encoded form, which is a key for the cache."""
    return tuple(
        Period(p["enabled"], p["starts"], p["ends"], frozenset(day for day in _DAYS if p[day]))
        for p in msgspec.msgpack.decode(encoded)
    )
