"""The default world: one bridge with four Smart Locks. Names and numbers are invented.

FRONT_DOOR    paired, in range, locked
GARDEN_DOOR   paired, in range, unlocked, batteries critical
WORKSHOP      paired, in range, not calibrated
CELLAR_DOOR   in range, not paired, locked
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from locksim.engine.physics import Charge
from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn
from locksim.nuki.bridge import new_token, pair
from locksim.nuki.motor import A_DAY
from locksim.nuki.motor_sequences import LockState
from locksim.nuki.serialization import OBSERVED
from locksim.nuki.state import BRIDGE_SITES, CRITICAL, Bridge, Lock, State

__all__ = ["BRIDGE", "CELLAR_DOOR", "FRONT_DOOR", "GARDEN_DOOR", "WORKSHOP", "another_bridge", "another_lock", "credentials",
           "default_world"]  # fmt: skip

BRIDGE = "730158264"
"""The device id of the bridge. It is the bridge's server id, which discovery calls bridgeId."""
FRONT_DOOR = 407225611
GARDEN_DOOR = 351904758
WORKSHOP = 289460133
CELLAR_DOOR = 466017290

_HARDWARE_ID = 902413377


def default_world(turn: Turn) -> State:
    """Return a bridge that has run for three days: API enabled, a token set, /auth enabled, no callbacks."""
    locks = [
        Lock(FRONT_DOOR, "Front door", LockState.LOCKED, "2.9.4", -61),
        Lock(GARDEN_DOOR, "Garden door", LockState.UNLOCKED, "2.9.4", -74, charge=Charge(CRITICAL)),
        Lock(WORKSHOP, "Workshop", LockState.UNCALIBRATED, "2.9.1", -83),
        Lock(CELLAR_DOOR, "", LockState.LOCKED, "2.9.4", -90),
    ]
    return State([_bridge(turn, _HARDWARE_ID, int(BRIDGE), turn.now - 3 * DAY, locks, paired=3)])


def another_bridge(turn: Turn, state: State) -> Bridge:
    """Return a bridge that has just been set up, with a paired lock, locked, and an unpaired one in its range."""
    number = len(state.bridges) + 1
    ids = _free_ids(turn, state, number)
    locks = [
        Lock(next(ids), f"Side door {number}", LockState.LOCKED, "2.9.4", -66),
        Lock(next(ids), "", LockState.LOCKED, "2.9.4", -79),
    ]
    return _bridge(turn, next(ids), next(ids), turn.now, locks, paired=1, tokens_made=1000 * number)


def another_lock(turn: Turn, state: State, bridge: Bridge, name: str) -> Lock:
    """Return a lock of this name that is paired with a bridge, locked, with full batteries."""
    free = _free_ids(turn, state, 1000 + sum(1 for _ in state.locks()))
    lock = Lock(
        next(free), name, LockState.LOCKED, "2.9.4", -66, charge=Charge(at=turn.now, per_day=turn.drained(A_DAY))
    )
    bridge.locks.append(lock)
    pair(turn, bridge, lock, name)
    return lock


def _bridge(
    turn: Turn, hardware_id: int, server_id: int, booted: int, locks: list[Lock], *, paired: int, tokens_made: int = 0
) -> Bridge:
    """Return a bridge with a token. The number of tokens made tells bridges apart: no two get the same token."""
    bridge = Bridge(hardware_id, server_id, booted, booted, api_enabled=True, locks=locks, tokens_made=tokens_made)
    if turn.profile == OBSERVED:
        bridge.firmware, bridge.wifi_firmware = "2.7.0", "2.1.17"  # vendor-facts: go-nukibridgeapi testdata
    bridge.clock.set(turn.now, drift=turn.drift_of(str(server_id)))
    for lock in locks:
        lock.charge = Charge(lock.charge.millionths, turn.now, turn.drained(A_DAY))
    for lock in locks[:paired]:
        lock.paired = lock.was_read = True
        lock.known = lock.read(turn.now, turn.now)
    bridge.token = new_token(turn, bridge)
    return bridge


def _free_ids(turn: Turn, state: State, number: int) -> Iterator[int]:
    """Yield random ids that no bridge and no lock of this world has."""
    taken = {bridge.server_id for bridge in state.bridges} | {lock.id for _, lock in state.locks()}
    for serial in count():
        one = turn.random("bridge", number, serial).below(1 << 29)
        if one not in taken:
            taken.add(one)
            yield one


def credentials(state: State) -> dict[str, Any]:
    """Return the first bridge's token for the connection info, "" when none is set, and those of further bridges."""
    first, *others = [{"token": bridge.token or ""} for bridge in state.bridges]
    return first | dict(zip(BRIDGE_SITES[1:], others, strict=False))
