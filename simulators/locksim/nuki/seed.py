"""The default world: one bridge with four Smart Locks. Names and numbers are invented.

FRONT_DOOR    paired, in range, locked
GARDEN_DOOR   paired, in range, unlocked, batteries critical
WORKSHOP      paired, in range, not calibrated
CELLAR_DOOR   in range, not paired, locked
"""

from __future__ import annotations

from locksim.engine.timestamps import DAY
from locksim.engine.turn import Turn
from locksim.nuki.bridge import new_token
from locksim.nuki.motor_sequences import LockState
from locksim.nuki.serialization import OBSERVED
from locksim.nuki.state import Bridge, KnownState, Lock, State

__all__ = ["BRIDGE", "CELLAR_DOOR", "FRONT_DOOR", "GARDEN_DOOR", "WORKSHOP", "credentials", "default_world"]

BRIDGE = "730158264"
"""The device id of the bridge. It is the bridge's server id, which discovery calls bridgeId."""
FRONT_DOOR = 407225611
GARDEN_DOOR = 351904758
WORKSHOP = 289460133
CELLAR_DOOR = 466017290

_HARDWARE_ID = 902413377


def default_world(turn: Turn) -> State:
    """Return a bridge that has run for three days: API enabled, a token set, /auth enabled, no callbacks."""
    booted = turn.now - 3 * DAY
    bridge = Bridge(_HARDWARE_ID, int(BRIDGE), up_at=booted, entry_changed=booted, api_enabled=True)
    if turn.profile == OBSERVED:
        bridge.firmware, bridge.wifi_firmware = "2.7.0", "2.1.17"  # vendor-facts: go-nukibridgeapi testdata
    locks = [
        Lock(FRONT_DOOR, "Front door", LockState.LOCKED, "2.9.4", -61),
        Lock(GARDEN_DOOR, "Garden door", LockState.UNLOCKED, "2.9.4", -74, battery="critical"),
        Lock(WORKSHOP, "Workshop", LockState.UNCALIBRATED, "2.9.1", -83),
        Lock(CELLAR_DOOR, "", LockState.LOCKED, "2.9.4", -90),
    ]
    for lock in locks[:3]:
        lock.paired = lock.was_read = True
        lock.known = KnownState(lock.state, lock.battery_critical, turn.now)
    state = State(bridge, locks)
    bridge.token = new_token(turn, state)
    return state


def credentials(state: State) -> dict[str, str]:
    """Return the credentials of the connection info: the token, or "" when none is set."""
    return {"token": state.bridge.token or ""}
