"""What is true of an account and its locks: read from the stand-in's state, told to laws in the document's words."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from lockpact.codelocks.port import Lock, Period
from lockpact.core.step import Step

__all__ = ["CodelocksStep", "Door", "K3Truth", "Truth", "door_of", "instant", "moment", "truth_of"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True)
class Door:
    """A keypad. `timecode` and `identifier` are a KitLock's initialisation; `running`: its clock is set."""

    id: str
    """The stand-in's id of the device."""
    model: str
    timecode: str
    identifier: str
    zone: str
    running: bool
    _judge: Callable[[str, int], tuple[bool, str]] = field(compare=False, repr=False)

    def opens(self, code: str, at: datetime) -> bool:
        """Whether the lock itself would open to this code at that time, its clock going on as it does now."""
        return self._judge(code, instant(at))[0]


@dataclass(frozen=True)
class K3Truth:
    """A K3Connect lock."""

    clients: Mapping[str, tuple[str, tuple[Period, ...]]]
    """E-mail → status and ten periods."""
    heard: tuple[int, ...]
    """The ids of what the server has heard, oldest first."""
    openings: tuple[tuple[int, bool], ...]
    """When it opened (microseconds, UTC), and whether the server has heard of that."""


@dataclass(frozen=True)
class Truth:
    """The account."""

    api_key: str
    access_key: str
    netcodes_left: int
    doors: Mapping[str, Door]
    """By what an API caller calls the lock: a KitLock's timecode, a K3Connect lock's id."""
    k3: Mapping[str, K3Truth]


CodelocksStep = Step[Truth]


def instant(at: datetime) -> int:
    """Microseconds, UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """The same as a date and time in UTC."""
    return _EPOCH + timedelta(microseconds=us)


def truth_of(site: Any) -> Truth:
    """The truth now. `site` is a stand-in's handle on its vendor (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    used, quota = state.quota(now, "netcode")
    kits = [_kit(lock) for lock in state.kitlocks if lock.timecode is not None]
    k3s = [_k3_door(lock) for lock in state.k3locks]
    return Truth(
        api_key=state.api_key,
        access_key=state.access_key,
        netcodes_left=quota - used,
        doors={(door.timecode or door.id): door for door in (*kits, *k3s)},
        k3={lock.id: _k3(lock) for lock in state.k3locks},
    )


def door_of(truth: Truth, lock: Lock) -> Door | None:
    """The door that a caller means; None when there is none with this initialisation."""
    door = truth.doors.get(lock.id)
    same = door is not None and door.model == lock.model and door.identifier == lock.identifier
    return door if same else None


def _kit(lock: Any) -> Door:
    """A copy of the lock judges: the lock itself goes on changing."""
    judge = copy.copy(lock).try_code
    return Door(lock.id, lock.model, lock.timecode, lock.identifier, "UTC", lock.clock_offset is not None, judge)


def _k3_door(lock: Any) -> Door:
    return Door(lock.id, "K3CONNECT", "", "", lock.zone, True, copy.copy(lock).try_code)


def _k3(lock: Any) -> K3Truth:
    first = lock.first_entry_id + lock.dropped
    return K3Truth(
        clients={c.email: (c.status, _periods(c.periods)) for c in lock.clients},
        heard=tuple(range(first, first + lock.reported)),
        openings=tuple(
            (event.at, n < lock.reported) for n, event in enumerate(lock.events) if event.type.endswith("_UNLOCK")
        ),
    )


def _periods(given: Any) -> tuple[Period, ...]:
    return tuple(_period(p.enabled, p.starts, p.ends, *(getattr(p, day) for day in _DAYS)) for p in given)


@lru_cache(maxsize=1024)  # truth is asked after every turn, and periods seldom change
def _period(enabled: bool, starts: str, ends: str, *days: bool) -> Period:
    return Period(enabled, starts, ends, frozenset(day for day, on in zip(_DAYS, days, strict=True) if on))
