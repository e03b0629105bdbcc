"""The device actions of the bridges (button, power, network) and the locks, and what the owner does in the app.

Every argument has a default, so that `{}` does the obvious. An action that is physically impossible (turning a knob that
the motor holds, pressing a button without power) raises Impossible and changes nothing.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec

from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.physics import FULL, MAX_DRIFT
from locksim.engine.timestamps import SECOND, iso, micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import MAX_ADDED, MAX_NAME, Action, Device, Support
from locksim.nuki import bluetooth, motor, seed
from locksim.nuki import bridge as bridge_rules
from locksim.nuki.motor_sequences import KNOB_POSITIONS, STATE_NAMES, LockState
from locksim.nuki.state import (
    BRIDGE_SITES,
    CLOCK_LIMIT,
    CRITICAL,
    HARDWARE,
    SOFTWARE,
    TOKEN,
    Battery,
    Bridge,
    Lock,
    State,
)

__all__ = ["ACTIONS", "SUPPORT", "device", "devices"]

_CHARGES: dict[Battery, int] = {"full": FULL, "critical": CRITICAL, "flat": 0}


def devices(turn: Turn, state: State) -> list[Device]:
    """Return each bridge, whose device id is its server id, and its locks, whose device ids are their nukiIds."""
    return [
        device
        for bridge in state.bridges
        for device in (_bridge_device(turn, bridge), *(_lock_device(turn.now, lock) for lock in bridge.locks))
    ]


def device(turn: Turn, state: State, id: str) -> Device | None:
    """Return the bridge or the lock with this device id."""
    for bridge in state.bridges:
        if str(bridge.server_id) == id:
            return _bridge_device(turn, bridge)
    found = state.find_lock(int(id)) if id.isdecimal() and len(id) < 20 else None
    return None if found is None or str(found[1].id) != id else _lock_device(turn.now, found[1])


def _bridge_device(turn: Turn, bridge: Bridge) -> Device:
    visible = {
        "bridgeType": bridge.type,
        "powered": bridge.powered,
        "up": bridge.up(turn.now),
        "led": bridge.led(turn.now),
        "windows": len(bridge.windows),
        "apiEnabled": bridge.api_enabled,
        "authEnabled": bridge.auth_enabled,
        "wlan": bridge.wlan,
        "internet": bridge.internet,
        "serverConnected": bridge.up(turn.now) and bridge.server_connected,
        "uptime": bridge.uptime(turn.now) if bridge.powered else 0,
        "clock": iso(bridge.time(turn.now)),
        "firmwareVersion": bridge.firmware,
        "callbacks": len(bridge.callbacks),
    }
    return Device(str(bridge.server_id), "bridge", visible, tuple(ACTIONS["bridge"]))


def _lock_device(now: int, lock: Lock) -> Device:
    known = None
    if lock.known is not None:
        known = {
            "state": int(lock.known.state),
            "stateName": STATE_NAMES[lock.known.state],
            "batteryCritical": lock.known.battery_critical,
            "at": iso(lock.known.at),
        }
    visible = {
        "name": lock.name,
        "state": int(lock.state),
        "stateName": STATE_NAMES[lock.state],
        "battery": lock.battery(now),
        "charge": lock.percent(now),
        "batteryCritical": lock.critical(now),
        "inRange": lock.in_range,
        "reachable": lock.reachable(now),
        "rssi": lock.rssi,
        "jammed": lock.jammed,
        "calibrated": lock.state is not LockState.UNCALIBRATED,
        "busy": lock.busy,
        "paired": lock.paired,
        "known": known,
    }
    return Device(str(lock.id), "lock", visible, tuple(ACTIONS["lock"]))


def _bridge(state: State, id: str | int | None) -> Bridge:
    """Return the bridge with this id; without an id the first one. Raises Unknown."""
    for bridge in state.bridges:
        if id is None or str(bridge.server_id) == str(id):
            return bridge
    ids = ", ".join(str(bridge.server_id) for bridge in state.bridges)
    raise Unknown(f"there is no bridge {id!r}; the bridges are {ids}")


def _lock(state: State, id: str) -> tuple[Bridge, Lock]:
    """Return a lock and its bridge."""
    found = state.find_lock(int(id))
    assert found is not None, "the engine has checked the device"
    return found


# ---- a bridge


def press_button(turn: Turn, state: State, device: str) -> dict[str, Any]:
    """Press the bridge's button (on a software bridge: confirm in its app), which answers every open /auth window."""
    bridge = _bridge(state, device)
    if not bridge.up(turn.now):
        raise Impossible(
            "the bridge has no power or is still booting; connect its power or wait 30 s, then press the button"
        )
    answered = bridge_rules.press_button(turn, bridge)
    return {"windows": answered, "apiEnabled": bridge.api_enabled}


def power(turn: Turn, state: State, device: str, *, on: bool | None = None) -> dict[str, Any]:
    """Connect or disconnect the power (`on`); without an argument, switch it over. Booting takes 30 s."""
    bridge = _bridge(state, device)
    bridge_rules.set_power(turn, bridge, on=not bridge.powered if on is None else on)
    return {"powered": bridge.powered}


def network(
    turn: Turn, state: State, device: str, *, on: bool | None = None, wlan: bool | None = None
) -> dict[str, Any]:
    """Switch the connection to the Nuki server (`on`) and the WLAN (`wlan`), without which no call reaches the bridge.

    Without an argument, switch the connection to the server over.
    """
    bridge = _bridge(state, device)
    internet = bridge.internet if on is None else on
    if on is None and wlan is None:
        internet = not bridge.internet
    bridge_rules.set_network(turn, bridge, wlan=bridge.wlan if wlan is None else wlan, internet=internet)
    return {"internet": bridge.internet, "wlan": bridge.wlan, "serverConnected": bridge.server_connected}


def clock(turn: Turn, state: State, device: str, *, offset: float = 3600, drift: float | None = None) -> dict[str, Any]:
    """Set the bridge's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day.

    A bridge with a connection to the Nuki server has the exact time: cut the connection first.
    """
    bridge = _bridge(state, device)
    if bridge.server_connected:
        raise Impossible("the bridge gets the time from the Nuki server; cut the connection first (network, on: false)")
    if not abs(offset) <= CLOCK_LIMIT // SECOND or not abs(drift or 0) <= MAX_DRIFT:
        raise WrongArguments(f"invalid offset or drift; give at most 1 year of offset and {MAX_DRIFT} s a day of drift")
    bridge.clock.set(turn.now, micros(offset), None if drift is None else micros(drift))
    return {"clock": iso(bridge.time(turn.now))}


# ---- a lock


def turn_knob(
    turn: Turn,
    state: State,
    device: str,
    *,
    to: Literal["locked", "unlocked", "unlatched", "undefined"] | None = None,
) -> dict[str, Any]:
    """Turn the knob by hand; without `to` from locked to unlocked, and from any other state to locked.

    An uncalibrated lock does not notice it. A relock that was still to come (lock 'n' go) is cancelled. A latch springs
    back after 3 s.
    """
    bridge, lock = _lock(state, device)
    if lock.busy:
        raise Impossible(f"the motor of lock {device} holds the knob; turn it after the motor has stopped")
    position = KNOB_POSITIONS[to or ("unlocked" if lock.state is LockState.LOCKED else "locked")]
    if lock.jammed and position is not lock.state:
        raise Impossible(f"something blocks the bolt of lock {device}; remove it first (jam, on: false)")
    if lock.state is not LockState.UNCALIBRATED:
        motor.turn_by_hand(turn, bridge, lock, position)
    return _shown_state(lock)


def jam(_turn: Turn, state: State, device: str, *, on: bool = True) -> dict[str, Any]:
    """Block the bolt, or unblock it (`on` false). The motor meets the obstacle at the end of its phase."""
    _, lock = _lock(state, device)
    lock.jammed = on
    return {"jammed": lock.jammed}


def battery(
    turn: Turn,
    state: State,
    device: str,
    *,
    level: Battery = "critical",
    percent: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None,
) -> dict[str, Any]:
    """Set the charge of the lock's batteries: `full`, `critical` (the motor still runs) or `flat` (the lock is offline).

    `percent` is an exact charge. Batteries that go flat while the motor runs leave the state undefined.
    """
    bridge, lock = _lock(state, device)
    lock.charge.fill(turn.now, _CHARGES[level] if percent is None else FULL * percent // 100)
    motor.notice_battery(turn, bridge, lock)
    return {"battery": lock.battery(turn.now), "batteryCritical": lock.critical(turn.now)}


def reach(turn: Turn, state: State, device: str, *, in_range: bool = False, rssi: int | None = None) -> dict[str, Any]:
    """Move the lock out of the bridge's range, or back (`in_range`), with this signal strength (`rssi`, in dBm)."""
    bridge, lock = _lock(state, device)
    if rssi is not None and not -127 <= rssi <= 20:
        raise WrongArguments(f"invalid rssi {rssi}; give a signal strength in dBm from -127 to 20, such as -70")
    lock.in_range, lock.rssi = in_range, lock.rssi if rssi is None else rssi
    if not lock.reachable(turn.now):
        motor.report_lost(turn, lock)
    bluetooth.notice_change(turn, bridge, lock)
    return {"inRange": lock.in_range, "reachable": lock.reachable(turn.now), "rssi": lock.rssi}


def calibrate(turn: Turn, state: State, device: str, *, calibrated: bool = True) -> dict[str, Any]:
    """Calibrate the lock, which leaves it unlocked, or clear its calibration (`calibrated` false)."""
    bridge, lock = _lock(state, device)
    if lock.busy:
        raise Impossible(f"the motor of lock {device} is running; calibrate it after the motor has stopped")
    if calibrated == (lock.state is LockState.UNCALIBRATED):
        motor.stop(turn, lock)
        lock.state = LockState.UNLOCKED if calibrated else LockState.UNCALIBRATED
        bluetooth.notice_change(turn, bridge, lock)
    return _shown_state(lock)


def _shown_state(lock: Lock) -> dict[str, Any]:
    return {"state": int(lock.state), "stateName": STATE_NAMES[lock.state]}


ACTIONS: dict[str, dict[str, Action]] = {
    "bridge": {"press_button": press_button, "power": power, "network": network, "clock": clock},
    "lock": {"turn": turn_knob, "jam": jam, "battery": battery, "range": reach, "calibrate": calibrate},
}
"""device kind → action name → function."""


# ---- what the owner does in the app


def pair(turn: Turn, state: State, *, lock: str | int | None = None, name: str | None = None) -> dict[str, Any]:
    """Pair a lock with the bridge in whose range it is, under a name; without `lock` the first unpaired lock within range."""
    everywhere = list(state.locks())
    candidates = [(bridge, one) for bridge, one in everywhere if not one.paired and one.reachable(turn.now)]
    if lock is None and not candidates:
        raise Impossible("no unpaired lock is within range; move one back (range), or unpair one")
    named = ((bridge, one) for bridge, one in everywhere if str(one.id) == str(lock))
    bridge, found = candidates[0] if lock is None else next(named, (None, None))
    if bridge is None or found is None:
        raise Unknown(f"there is no lock {lock!r}; the locks are {', '.join(str(one.id) for _, one in everywhere)}")
    if found.paired:
        raise Impossible(f"lock {found.id} is paired already; unpair it first")
    if not found.reachable(turn.now):
        raise Impossible(
            f"lock {found.id} is out of reach; move it back (range) or replace its batteries (battery) first"
        )
    bridge_rules.pair(turn, bridge, found, name or found.name or f"Nuki_{found.hex}")
    return {"nukiId": found.id, "name": found.name}


def set_token(turn: Turn, state: State, *, token: str | None = None, bridge: str | int | None = None) -> dict[str, Any]:
    """Set the API token and enable the API; without `token` make a new random one, with "" disable the API.

    The app has the same settings. `bridge` is a bridge's id here and below; without it the first bridge is meant.
    """
    if token and not re.fullmatch(TOKEN, token):
        raise WrongArguments("invalid token; give 6 to 20 printable characters without spaces")
    here = _bridge(state, bridge)
    here.token = bridge_rules.new_token(turn, here) if token is None else token or None
    here.api_enabled = here.token is not None
    return {"token": here.token or "", "apiEnabled": here.api_enabled}


def discovery(turn: Turn, state: State, *, on: bool | None = None, bridge: str | int | None = None) -> dict[str, Any]:
    """Switch discovery and /auth on or off, as /configAuth does; without `on`, switch them over."""
    here = _bridge(state, bridge)
    bridge_rules.set_auth(turn, here, on=not here.auth_enabled if on is None else on)
    return {"authEnabled": here.auth_enabled}


def bridge_type(
    _turn: Turn,
    state: State,
    *,
    kind: Literal["hardware", "software"] = "software",
    bridge: str | int | None = None,
) -> dict[str, Any]:
    """Make the bridge a software bridge (an app on a phone or tablet), or a hardware bridge again."""
    here = _bridge(state, bridge)
    here.type = SOFTWARE if kind == "software" else HARDWARE
    return {"bridgeType": here.type}


def drowsy(_turn: Turn, state: State, *, on: bool = True, bridge: str | int | None = None) -> dict[str, Any]:
    """Let a lock that was idle for more than 10 minutes miss the first action, from now on. Off by default.

    Vendor-facts: Home Assistant 119608, 120896.
    """
    here = _bridge(state, bridge)
    here.drowsy = on
    return {"drowsy": here.drowsy}


def add_bridge(turn: Turn, state: State) -> dict[str, Any]:
    """Set up another bridge in the same network, with a token and two locks of its own: one paired, one in range."""
    if len(state.bridges) == len(BRIDGE_SITES):
        raise Impossible(f"a world has at most {len(BRIDGE_SITES)} bridges; begin another world for more")
    bridge = seed.another_bridge(turn, state)
    state.bridges.append(bridge)
    for lock in bridge.locks:
        motor.watch_battery(turn, lock)
    url = turn.url(BRIDGE_SITES[len(state.bridges) - 1])
    return {"bridge": bridge.server_id, "url": url, "token": bridge.token, "locks": [lock.id for lock in bridge.locks]}


def add_lock(turn: Turn, state: State, *, name: str = "New lock", bridge: str | int | None = None) -> dict[str, Any]:
    """Add a lock that is paired with a bridge: locked, in range, with full batteries."""
    if sum(1 for _ in state.locks()) >= MAX_ADDED:
        raise Impossible(f"a world has at most {MAX_ADDED} locks of this vendor")
    lock = seed.another_lock(turn, state, _bridge(state, bridge), name[:MAX_NAME])
    motor.watch_battery(turn, lock)
    return {"device": str(lock.id), "name": lock.name}


SUPPORT: dict[str, Support] = {
    "pair": pair,
    "set_token": set_token,
    "discovery": discovery,
    "bridge_type": bridge_type,
    "drowsy": drowsy,
    "add_bridge": add_bridge,
    "add_lock": add_lock,
}
"""action name → function."""
