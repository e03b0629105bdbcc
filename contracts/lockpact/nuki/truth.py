"""What is true of a Nuki bridge and its locks: read from the stand-in's state, told to laws in the document's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lockpact.core.step import Step, TruthAt
from lockpact.nuki.port import State

__all__ = ["LockTruth", "NukiStep", "Truth", "shown_during", "shown_since", "truth_of"]


@dataclass(frozen=True)
class LockTruth:
    """One paired lock. `state` is the bolt's, whether or not the bridge has heard of it."""

    state: State
    battery_critical: bool
    reachable: bool


@dataclass(frozen=True)
class Truth:
    """The bridge. `up`: a call reaches it and it answers."""

    token: str
    api_enabled: bool
    auth_enabled: bool
    bridge_type: int
    bridge_id: int
    up: bool
    locks: Mapping[int, LockTruth]
    """The paired ones, by nukiId."""
    callbacks: tuple[tuple[int, str], ...]
    """Slot and URL of each."""


NukiStep = Step[Truth]


def truth_of(site: Any) -> Truth:
    """The truth now. `site` is a stand-in's handle on its vendor (`.state`, `.clock`)."""
    state, now = site.state, site.clock.now
    bridge = state.bridge
    return Truth(
        token=bridge.token or "",
        api_enabled=bridge.api_enabled,
        auth_enabled=bridge.auth_enabled,
        bridge_type=bridge.type,
        bridge_id=bridge.server_id,
        up=bridge.answers(now),
        locks={
            lock.id: LockTruth(State(int(lock.state)), lock.battery_critical, lock.reachable)
            for lock in state.locks
            if lock.paired
        },
        callbacks=tuple((callback.id, callback.url) for callback in bridge.callbacks),
    )


def shown_during(step: NukiStep, lock: int) -> set[State]:
    """The states that a lock had at any time during a step."""
    return _shown(step.truth_history, step, lock, step.began)


def shown_since(step: NukiStep, lock: int, since: int) -> set[State]:
    """The states that a lock had at any time from `since` to the end of this step."""
    moments = [moment for earlier in step.earlier for moment in earlier.truth_history]
    return _shown([*moments, *step.truth_history], step, lock, since)


def _shown(moments: Sequence[TruthAt[Truth]], step: NukiStep, lock: int, since: int) -> set[State]:
    """Of moments in order: the last one at or before `since`, and all after it."""
    first = max((i for i, moment in enumerate(moments) if moment.at <= since), default=0)
    seen = [moment.truth for moment in moments[first:] if moment.at <= step.ended]
    return {truth.locks[lock].state for truth in [*seen, step.after] if lock in truth.locks}
