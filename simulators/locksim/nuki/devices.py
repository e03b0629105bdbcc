"""The device actions of the bridge (button, power, network) and the locks, and what the owner does in the app.

Every argument has a default, so that `{}` does the obvious. An action that is physically impossible (turning a knob that
the motor holds, pressing a button without power) raises Impossible and changes nothing.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.timestamps import DAY, SECOND, iso, micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import Action, Device, Support
from locksim.nuki import bluetooth, motor
from locksim.nuki import bridge as bridge_rules
from locksim.nuki.motor_sequences import KNOB_POSITIONS, STATE_NAMES, LockState
from locksim.nuki.state import CLOCK_LIMIT, HARDWARE, SOFTWARE, TOKEN, Battery, Lock, OtherBridge, State

__all__ = ["ACTIONS", "SUPPORT", "devices"]

_OTHER_BRIDGES = 9
_IPV4 = re.compile(r"(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\.|$)){4}(?<!\.)", re.ASCII)


def devices(turn: Turn, state: State) -> list[Device]:
    """Return the bridge, whose device id is its server id, and all locks, whose device ids are their nukiIds."""
    return [_bridge_device(turn, state), *(_lock_device(lock) for lock in state.locks)]


def _bridge_device(turn: Turn, state: State) -> Device:
    bridge = state.bridge
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
        "clock": iso(bridge.clock(turn.now)),
        "firmwareVersion": bridge.firmware,
        "callbacks": len(bridge.callbacks),
    }
    return Device(str(bridge.server_id), "bridge", visible, tuple(ACTIONS["bridge"]))


def _lock_device(lock: Lock) -> Device:
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
        "battery": lock.battery,
        "batteryCritical": lock.battery_critical,
        "inRange": lock.in_range,
        "reachable": lock.reachable,
        "rssi": lock.rssi,
        "jammed": lock.jammed,
        "calibrated": lock.state is not LockState.UNCALIBRATED,
        "busy": lock.busy,
        "paired": lock.paired,
        "known": known,
    }
    return Device(str(lock.id), "lock", visible, tuple(ACTIONS["lock"]))


# ---- the bridge


def press_button(turn: Turn, state: State, _device: str) -> dict[str, Any]:
    """Press the bridge's button (on a software bridge: confirm in its app), which answers every open /auth window."""
    if not state.bridge.up(turn.now):
        raise Impossible(
            "the bridge has no power or is still booting; connect its power or wait 30 s, then press the button"
        )
    answered = bridge_rules.press_button(turn, state)
    return {"windows": answered, "apiEnabled": state.bridge.api_enabled}


def power(turn: Turn, state: State, _device: str, *, on: bool | None = None) -> dict[str, Any]:
    """Connect or disconnect the power (`on`); without an argument, switch it over. Booting takes 30 s."""
    bridge_rules.set_power(turn, state, on=not state.bridge.powered if on is None else on)
    return {"powered": state.bridge.powered}


def network(
    turn: Turn, state: State, _device: str, *, on: bool | None = None, wlan: bool | None = None
) -> dict[str, Any]:
    """Switch the connection to the Nuki server (`on`) and the WLAN (`wlan`), without which no call reaches the bridge.

    Without an argument, switch the connection to the server over.
    """
    bridge = state.bridge
    internet = bridge.internet if on is None else on
    if on is None and wlan is None:
        internet = not bridge.internet
    bridge_rules.set_network(turn, state, wlan=bridge.wlan if wlan is None else wlan, internet=internet)
    return {"internet": bridge.internet, "wlan": bridge.wlan, "serverConnected": bridge.server_connected}


def clock(
    turn: Turn, state: State, _device: str, *, offset: float = 3600, drift: float | None = None
) -> dict[str, Any]:
    """Set the bridge's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day.

    A bridge with a connection to the Nuki server has the exact time: cut the connection first.
    """
    bridge = state.bridge
    if bridge.server_connected:
        raise Impossible("the bridge gets the time from the Nuki server; cut the connection first (network, on: false)")
    if not abs(offset) <= CLOCK_LIMIT // SECOND or not abs(drift or 0) <= DAY // SECOND:
        raise WrongArguments("invalid offset or drift; give at most 1 year of offset and 86400 s a day of drift")
    bridge_rules.set_clock(turn, state, error=micros(offset), drift=None if drift is None else micros(drift))
    return {"clock": iso(bridge.clock(turn.now))}


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
    lock = state.lock(int(device))
    if lock.busy:
        raise Impossible(f"the motor of lock {device} holds the knob; turn it after the motor has stopped")
    position = KNOB_POSITIONS[to or ("unlocked" if lock.state is LockState.LOCKED else "locked")]
    if lock.jammed and position is not lock.state:
        raise Impossible(f"something blocks the bolt of lock {device}; remove it first (jam, on: false)")
    if lock.state is not LockState.UNCALIBRATED:
        motor.turn_by_hand(turn, state, lock, position)
    return _shown_state(lock)


def jam(_turn: Turn, state: State, device: str, *, on: bool = True) -> dict[str, Any]:
    """Block the bolt, or unblock it (`on` false). The motor meets the obstacle at the end of its phase."""
    lock = state.lock(int(device))
    lock.jammed = on
    return {"jammed": lock.jammed}


def battery(turn: Turn, state: State, device: str, *, level: Battery = "critical") -> dict[str, Any]:
    """Set the charge of the lock's batteries: `full`, `critical` (the motor still runs) or `flat` (the lock is offline).

    Batteries that go flat while the motor runs leave the state undefined.
    """
    lock = state.lock(int(device))
    lock.battery = level
    if level == "flat":
        motor.report_lost(turn, lock)
        if lock.movement is not None:
            lock.state = LockState.UNDEFINED if lock.busy else LockState.UNLOCKED
            motor.stop(turn, lock)
    bluetooth.notice_change(turn, state, lock)
    return {"battery": lock.battery, "batteryCritical": lock.battery_critical}


def reach(turn: Turn, state: State, device: str, *, in_range: bool = False, rssi: int | None = None) -> dict[str, Any]:
    """Move the lock out of the bridge's range, or back (`in_range`), with this signal strength (`rssi`, in dBm)."""
    lock = state.lock(int(device))
    if rssi is not None and not -127 <= rssi <= 20:
        raise WrongArguments(f"invalid rssi {rssi}; give a signal strength in dBm from -127 to 20, such as -70")
    lock.in_range, lock.rssi = in_range, lock.rssi if rssi is None else rssi
    if not lock.reachable:
        motor.report_lost(turn, lock)
    bluetooth.notice_change(turn, state, lock)
    return {"inRange": lock.in_range, "reachable": lock.reachable, "rssi": lock.rssi}


def calibrate(turn: Turn, state: State, device: str, *, calibrated: bool = True) -> dict[str, Any]:
    """Calibrate the lock, which leaves it unlocked, or clear its calibration (`calibrated` false)."""
    lock = state.lock(int(device))
    if lock.busy:
        raise Impossible(f"the motor of lock {device} is running; calibrate it after the motor has stopped")
    if calibrated == (lock.state is LockState.UNCALIBRATED):
        motor.stop(turn, lock)
        lock.state = LockState.UNLOCKED if calibrated else LockState.UNCALIBRATED
        bluetooth.notice_change(turn, state, lock)
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
    """Pair a lock with the bridge, under a name; without `lock` the first unpaired lock within range."""
    candidates = [one for one in state.locks if not one.paired and one.reachable]
    if lock is None and not candidates:
        raise Impossible("no unpaired lock is within range; move one back (range), or unpair one")
    found = candidates[0] if lock is None else next((one for one in state.locks if str(one.id) == str(lock)), None)
    if found is None:
        raise Unknown(f"there is no lock {lock!r}; the locks are {', '.join(str(one.id) for one in state.locks)}")
    if found.paired:
        raise Impossible(f"lock {found.id} is paired already; unpair it first")
    if not found.reachable:
        raise Impossible(
            f"lock {found.id} is out of reach; move it back (range) or replace its batteries (battery) first"
        )
    bridge_rules.pair(turn, state, found, name or found.name or f"Nuki_{found.hex}")
    return {"nukiId": found.id, "name": found.name}


def set_token(turn: Turn, state: State, *, token: str | None = None) -> dict[str, Any]:
    """Set the API token and enable the API; without `token` make a new random one, with "" disable the API.

    The app has the same settings.
    """
    if token and not re.fullmatch(TOKEN, token):
        raise WrongArguments("invalid token; give 6 to 20 printable characters without spaces")
    state.bridge.token = bridge_rules.new_token(turn, state) if token is None else token or None
    state.bridge.api_enabled = state.bridge.token is not None
    return {"token": state.bridge.token or "", "apiEnabled": state.bridge.api_enabled}


def discovery(turn: Turn, state: State, *, on: bool | None = None) -> dict[str, Any]:
    """Switch discovery and /auth on or off, as /configAuth does; without `on`, switch them over."""
    bridge_rules.set_auth(turn, state, on=not state.bridge.auth_enabled if on is None else on)
    return {"authEnabled": state.bridge.auth_enabled}


def bridge_type(_turn: Turn, state: State, *, kind: Literal["hardware", "software"] = "software") -> dict[str, Any]:
    """Make the bridge a software bridge (an app on a phone or tablet), or a hardware bridge again."""
    state.bridge.type = SOFTWARE if kind == "software" else HARDWARE
    return {"bridgeType": state.bridge.type}


def drowsy(_turn: Turn, state: State, *, on: bool = True) -> dict[str, Any]:
    """Let a lock that was idle for more than 10 minutes miss the first action, from now on. Off by default.

    Vendor-facts: Home Assistant 119608, 120896.
    """
    state.bridge.drowsy = on
    return {"drowsy": state.bridge.drowsy}


def other_bridge(
    turn: Turn, state: State, *, id: int = 612840973, ip: str = "192.168.1.51", port: int = 8080, on: bool = True
) -> dict[str, Any]:
    """Add another bridge of the same network to discovery, or remove it (`on` false). It cannot be called."""
    others = [other for other in state.other_bridges if other.id != id]
    if on:
        if id == state.bridge.server_id or not 0 <= id < 1 << 32 or not 0 <= port < 1 << 16 or not _IPV4.fullmatch(ip):
            raise WrongArguments("invalid bridge; give an unused id, an IPv4 address and a port, or leave them out")
        if len(others) >= _OTHER_BRIDGES:
            raise Impossible(f"there are {_OTHER_BRIDGES} other bridges already; remove one first (on: false)")
        others.append(OtherBridge(id, ip, port, turn.now))
    state.other_bridges = others
    return {"bridges": [state.bridge.server_id, *(other.id for other in others)]}


SUPPORT: dict[str, Support] = {
    "pair": pair,
    "set_token": set_token,
    "discovery": discovery,
    "bridge_type": bridge_type,
    "drowsy": drowsy,
    "other_bridge": other_bridge,
}
"""action name → function."""
