"""The default world: one bridge in a house with four Smart Locks. Names and numbers are made up for this project.

    FRONT_DOOR    paired, in reach, locked
    GARDEN_DOOR   paired, in reach, unlocked, batteries critical
    WORKSHOP      paired, in reach, not yet calibrated
    CELLAR_DOOR   in reach, not paired, locked

All four are within reach, so that a default world has every answer but 503.
"""

from __future__ import annotations

from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn
from locksim.nuki.bridge import new_token
from locksim.nuki.motor_sequences import LockState
from locksim.nuki.state import Bridge, Known, Lock, State

__all__ = ["BRIDGE", "CELLAR_DOOR", "FRONT_DOOR", "GARDEN_DOOR", "WORKSHOP", "credentials", "default_world"]

BRIDGE = "730158264"
"""The device id of the bridge: its server id, which discovery calls bridgeId."""
FRONT_DOOR = 407225611
GARDEN_DOOR = 351904758
WORKSHOP = 289460133
CELLAR_DOOR = 466017290

_HARDWARE_ID = 902413377


def default_world(turn: Turn) -> State:
    """API on, a token set, /auth enabled, no callbacks: a bridge that has run for three days."""
    began = turn.now - 3 * DAY
    bridge = Bridge(_HARDWARE_ID, int(BRIDGE), up_at=began, entry_changed=began, api_enabled=True)
    locks = [
        Lock(FRONT_DOOR, "Front door", LockState.LOCKED, "2.9.4", -61),
        Lock(GARDEN_DOOR, "Garden door", LockState.UNLOCKED, "2.9.4", -74, battery="critical"),
        Lock(WORKSHOP, "Workshop", LockState.UNCALIBRATED, "2.9.1", -83),
        Lock(CELLAR_DOOR, "", LockState.LOCKED, "2.9.4", -90),
    ]
    for lock in locks[:3]:
        lock.paired = lock.read = True
        lock.known = Known(lock.state, lock.battery_critical, turn.now)
    state = State(bridge, locks)
    bridge.token = new_token(turn, state)
    return state


def credentials(state: State) -> dict[str, str]:
    """For the ready document: the token, "" when none is set."""
    return {"token": state.bridge.token or ""}
