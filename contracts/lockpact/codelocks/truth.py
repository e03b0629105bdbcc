"""The true state of an account and its locks, read from the simulator, in the document's terms."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from lockpact.codelocks.port import Lock, Period
from lockpact.core.step import Step

__all__ = ["CodelocksStep", "K3Truth", "LockTruth", "Truth", "instant", "lock_truth", "moment", "truth_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
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
        """Return whether the lock opens for this code at that time, if its clock runs on unchanged."""
        return self._try_code(code, instant(at))[0]


@dataclass(frozen=True)
class K3Truth:
    """The clients and the audit of a K3Connect lock."""

    clients: Mapping[str, tuple[str, tuple[Period, ...]]]
    """E-mail → status and ten periods."""
    reported: tuple[int, ...]
    """The ids of the audit entries that the server has, oldest first."""
    openings: tuple[tuple[int, bool], ...]
    """When the lock opened (microseconds, UTC), and whether that is reported to the server."""


@dataclass(frozen=True)
class Truth:
    """The account."""

    api_key: str
    access_key: str
    netcodes_left: int
    locks: Mapping[str, LockTruth]
    """By the id that an API caller uses: a KitLock's timecode, a K3Connect lock's id."""
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
    kitlocks = [_kitlock(lock, now) for lock in state.kitlocks if lock.timecode is not None]
    k3locks = [_k3lock(lock, now) for lock in state.k3locks]
    return Truth(
        api_key=state.api_key,
        access_key=state.access_key,
        netcodes_left=quota - used,
        locks={(lock.timecode or lock.id): lock for lock in (*kitlocks, *k3locks)},
        k3={lock.id: _k3(lock) for lock in state.k3locks},
    )


def lock_truth(truth: Truth, lock: Lock) -> LockTruth | None:
    """Return the truth about a caller's lock; None if no lock has this initialisation."""
    found = truth.locks.get(lock.id)
    same = found is not None and found.model == lock.model and found.identifier == lock.identifier
    return found if same else None


def _kitlock(lock: Any, now: int) -> LockTruth:
    return LockTruth(
        lock.id, lock.model, lock.timecode, lock.identifier, "UTC", lock.shows(now) is not None, _as_now(lock).try_code
    )


def _k3lock(lock: Any, now: int) -> LockTruth:
    return LockTruth(lock.id, "K3CONNECT", "", "", lock.zone, bool(lock.charge.left(now)), _as_now(lock).try_code)


def _as_now(lock: Any) -> Any:
    """Return a copy of a lock, because the lock itself will change."""
    found = copy.copy(lock)
    found.clock, found.charge = copy.copy(lock.clock), copy.copy(lock.charge)
    return found


def _k3(lock: Any) -> K3Truth:
    first = lock.first_entry_id + lock.dropped
    return K3Truth(
        clients={c.email: (c.status, _periods(c.periods)) for c in lock.clients},
        reported=tuple(range(first, first + lock.reported)),
        openings=tuple(
            (event.at, n < lock.reported) for n, event in enumerate(lock.events) if event.type.endswith("_UNLOCK")
        ),
    )


def _periods(periods: Any) -> tuple[Period, ...]:
    return tuple(_period(p.enabled, p.starts, p.ends, *(getattr(p, day) for day in _DAYS)) for p in periods)


@lru_cache(maxsize=1024)  # the truth is read after every turn, and periods seldom change
def _period(enabled: bool, starts: str, ends: str, *days: bool) -> Period:
    return Period(enabled, starts, ends, frozenset(day for day, on in zip(_DAYS, days, strict=True) if on))
