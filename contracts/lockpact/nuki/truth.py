"""The true state of a Nuki bridge and its locks, read from the simulator and given to laws in the document's terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from lockpact.core.step import Step, TruthAt
from lockpact.core.traffic import Exchange
from lockpact.core.truth_parts import encoded, parts_of
from lockpact.nuki.port import State

__all__ = ["LockTruth", "NukiStep", "Truth", "list_time", "shown_during", "shown_since", "truth_of"]


SITES = ("bridge", "bridge-2", "bridge-3")
"""The addresses of a world's bridges."""


@dataclass(frozen=True)
class LockTruth:
    """One paired lock."""

    state: State
    """The lock's own state, whether or not the bridge knows it."""
    battery_critical: bool
    reachable: bool


@dataclass(frozen=True)
class Truth:
    """The bridge."""

    token: str
    api_enabled: bool
    auth_enabled: bool
    bridge_type: int
    bridge_id: int
    bridges: Mapping[int, tuple[str, int] | None]
    """The id of each bridge that discovery lists → its host and port; None for one that does not publish them."""
    up: bool
    """Whether the bridge answers calls."""
    locks: Mapping[int, LockTruth]
    """nukiId → paired lock."""
    callbacks: tuple[tuple[int, str], ...]
    """The id and URL of each registered callback."""
    clock_error: int
    """How many seconds the bridge's clock is ahead."""


NukiStep = Step[Truth]


def truth_of(site: Any) -> Truth:
    """Return the true state now. `site` is the simulator's handle of its vendor (`.state`, `.clock`, `.world`)."""
    key = site.clock.now, site.url_of(SITES[0]), encoded(site.state.bridges)
    return parts_of(site.world.core).get("all", key, _read, site)


def _read(site: Any) -> Truth:
    bridge, now = site.state.bridges[0], site.clock.now
    return Truth(
        token=bridge.token or "",
        api_enabled=bridge.api_enabled,
        auth_enabled=bridge.auth_enabled,
        bridge_type=bridge.type,
        bridge_id=bridge.server_id,
        bridges={
            one.server_id: _address(site.url_of(place)) if one.auth_enabled else None
            for place, one in zip(SITES, site.state.bridges, strict=False)
        },
        up=bridge.answers(now),
        locks={
            lock.id: LockTruth(State(int(lock.state)), lock.critical(now), lock.reachable(now))
            for lock in bridge.locks
            if lock.paired
        },
        callbacks=tuple((callback.id, callback.url) for callback in bridge.callbacks),
        clock_error=(bridge.time(now) - now) // 1_000_000,
    )


@cache
def _address(url: str) -> tuple[str, int]:
    """Return host and port. The truth is read after every turn, so the few URLs are parsed once."""
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or 80


def list_time(x: Exchange, lock: int) -> int | None:
    """Return the time of the state that an answer of /list has of this lock."""
    for entry in x.json:
        if entry.get("nukiId") == lock and isinstance(entry.get("lastKnownState"), dict):
            at = entry["lastKnownState"].get("timestamp")
            return round(datetime.fromisoformat(at).timestamp() * 1_000_000) if isinstance(at, str) else None
    return None


def shown_during(step: NukiStep, lock: int) -> set[State]:
    """Return the states that a lock had at any time during a step."""
    return _shown(step.truth_history, step, lock, step.began)


def shown_since(step: NukiStep, lock: int, since: int) -> set[State]:
    """Return the states that a lock had at any time from `since` to the end of this step."""
    moments = [moment for earlier in step.earlier for moment in earlier.truth_history]
    return _shown([*moments, *step.truth_history], step, lock, since)


def _shown(moments: Sequence[TruthAt[Truth]], step: NukiStep, lock: int, since: int) -> set[State]:
    """Return the lock's states at the last of these moments at or before `since`, and at all later ones."""
    first = max((i for i, moment in enumerate(moments) if moment.at <= since), default=0)
    truths = [moment.truth for moment in moments[first:] if moment.at <= step.ended]
    return {truth.locks[lock].state for truth in [*truths, step.after] if lock in truth.locks}
