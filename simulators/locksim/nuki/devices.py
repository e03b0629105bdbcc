"""What no API reaches: the bridge's button, plug and network; the locks' knobs, bolts, batteries and distance.
And what the owner does in the app (`SUPPORT`).

Every argument has a default, so that `{}` does the obvious. What the hardware itself refuses (a knob that the motor
holds, a button without power) raises Impossible, and nothing changed.
"""

from __future__ import annotations

import re
from typing import Any, Literal

from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.timestamps import iso
from locksim.engine.turn import Turn
from locksim.engine.vendor import Action, Device, Support
from locksim.nuki import bridge as bridges
from locksim.nuki import motor, radio
from locksim.nuki.motor_sequences import KNOB, STATE_NAMES, LockState
from locksim.nuki.state import HARDWARE, SOFTWARE, TOKEN, Battery, Lock, State

__all__ = ["ACTIONS", "SUPPORT", "devices"]


def devices(turn: Turn, state: State) -> list[Device]:
    """The bridge, then every lock. Ids: the bridge's server id (as discovery shows it), and the locks' nukiIds."""
    return [_bridge(turn, state), *(_lock(lock) for lock in state.locks)]


def _bridge(turn: Turn, state: State) -> Device:
    bridge = state.bridge
    shown = {
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
        "firmwareVersion": bridge.firmware,
        "callbacks": len(bridge.callbacks),
    }
    return Device(str(bridge.server_id), "bridge", shown, tuple(ACTIONS["bridge"]))


def _lock(lock: Lock) -> Device:
    known = None
    if lock.known is not None:
        known = {
            "state": int(lock.known.state),
            "stateName": STATE_NAMES[lock.known.state],
            "batteryCritical": lock.known.battery_critical,
            "at": iso(lock.known.at),
        }
    shown = {
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
    return Device(str(lock.id), "lock", shown, tuple(ACTIONS["lock"]))


# ---- the bridge


def press_button(turn: Turn, state: State, _device: str) -> dict[str, Any]:
    """Press the bridge's button (on a software bridge: confirm in its app). It answers every open /auth window."""
    if not state.bridge.up(turn.now):
        raise Impossible("the bridge has no power or is still booting; give it power, or wait 30 s, then press")
    opened = bridges.press(turn, state)
    return {"windows": opened, "apiEnabled": state.bridge.api_enabled}


def power(turn: Turn, state: State, _device: str, *, on: bool | None = None) -> dict[str, Any]:
    """Pull the plug or put it back (`on`); without an argument, the other of the two. Booting takes 30 s."""
    bridges.set_power(turn, state, on=not state.bridge.powered if on is None else on)
    return {"powered": state.bridge.powered}


def network(
    turn: Turn, state: State, _device: str, *, on: bool | None = None, wlan: bool | None = None
) -> dict[str, Any]:
    """The bridge's way to the Nuki server (`on`), and its WLAN (`wlan`), without which no call reaches it.

    Without an argument the way to the server goes down, or comes back.
    """
    here = state.bridge
    internet = here.internet if on is None else on
    if on is None and wlan is None:
        internet = not here.internet
    bridges.connect(turn, state, wlan=here.wlan if wlan is None else wlan, internet=internet)
    return {"internet": here.internet, "wlan": here.wlan, "serverConnected": here.server_connected}


# ---- a lock


def turn_knob(
    turn: Turn,
    state: State,
    device: str,
    *,
    to: Literal["locked", "unlocked", "unlatched", "undefined"] | None = None,
) -> dict[str, Any]:
    """Turn the knob by hand; without `to` from locked to unlocked, and from anywhere else to locked.

    An uncalibrated lock does not notice. A relock that was still to come (lock 'n' go) is forgotten.
    """
    lock = state.lock(int(device))
    if lock.busy:
        raise Impossible(f"the motor of lock {device} holds the knob; turn it when the motor rests")
    if lock.state is not LockState.UNCALIBRATED:
        motor.halt(turn, lock)
        lock.state = KNOB[to or ("unlocked" if lock.state is LockState.LOCKED else "locked")]
        radio.hear(turn, state, lock)
    return _shown(lock)


def jam(_turn: Turn, state: State, device: str, *, on: bool = True) -> dict[str, Any]:
    """Something blocks the bolt (or no longer does): the motor meets it at the end of its next, or present, leg."""
    lock = state.lock(int(device))
    lock.jammed = on
    return {"jammed": lock.jammed}


def battery(turn: Turn, state: State, device: str, *, level: Battery = "critical") -> dict[str, Any]:
    """The lock's batteries: `critical` still turn the motor; `flat` turn and send nothing; `full` are new ones.

    Batteries that die under a turning motor leave the state undefined.
    """
    lock = state.lock(int(device))
    lock.battery = level
    if level == "flat":
        motor.lose_contact(turn, lock)
        if lock.run is not None:
            lock.state = LockState.UNDEFINED if lock.busy else LockState.UNLOCKED
            motor.halt(turn, lock)
    radio.hear(turn, state, lock)
    return {"battery": lock.battery, "batteryCritical": lock.battery_critical}


def reach(turn: Turn, state: State, device: str, *, in_range: bool = False, rssi: int | None = None) -> dict[str, Any]:
    """Carry the lock (or the bridge) out of reach, or back (`in_range`); `rssi` is how strongly it is heard then."""
    lock = state.lock(int(device))
    if rssi is not None and not -127 <= rssi <= 20:
        raise WrongArguments(f"rssi {rssi} is no strength of a radio signal; give dBm from -127 to 20, as -70")
    lock.in_range, lock.rssi = in_range, lock.rssi if rssi is None else rssi
    if not lock.reachable:
        motor.lose_contact(turn, lock)
    radio.hear(turn, state, lock)
    return {"inRange": lock.in_range, "reachable": lock.reachable, "rssi": lock.rssi}


def calibrate(turn: Turn, state: State, device: str, *, calibrated: bool = True) -> dict[str, Any]:
    """Calibrate the lock, which ends with the bolt drawn back: unlocked. With `calibrated: false` it forgets."""
    lock = state.lock(int(device))
    if lock.busy:
        raise Impossible(f"the motor of lock {device} is turning; calibrate it when the motor rests")
    if calibrated == (lock.state is LockState.UNCALIBRATED):
        motor.halt(turn, lock)
        lock.state = LockState.UNLOCKED if calibrated else LockState.UNCALIBRATED
        radio.hear(turn, state, lock)
    return _shown(lock)


def _shown(lock: Lock) -> dict[str, Any]:
    return {"state": int(lock.state), "stateName": STATE_NAMES[lock.state]}


ACTIONS: dict[str, dict[str, Action]] = {
    "bridge": {"press_button": press_button, "power": power, "network": network},
    "lock": {"turn": turn_knob, "jam": jam, "battery": battery, "range": reach, "calibrate": calibrate},
}
"""device kind → action → what is done."""


# ---- the owner, in the app


def pair(turn: Turn, state: State, *, lock: str | int | None = None, name: str | None = None) -> dict[str, Any]:
    """Pair a lock by its nukiId (without: the first that is in reach and not paired), under a name."""
    candidates = [one for one in state.locks if not one.paired and one.reachable]
    if lock is None and not candidates:
        raise Impossible("no unpaired lock is in reach; bring one back (range), or unpair one")
    found = candidates[0] if lock is None else next((one for one in state.locks if str(one.id) == str(lock)), None)
    if found is None:
        raise Unknown(f"there is no lock {lock!r}; there are {', '.join(str(one.id) for one in state.locks)}")
    if found.paired:
        raise Impossible(f"lock {found.id} is paired already; unpair it first")
    if not found.reachable:
        raise Impossible(f"lock {found.id} is out of reach; bring it back (range, battery) before you pair it")
    bridges.pair(turn, found, name or found.name or f"Nuki_{found.hex}")
    return {"nukiId": found.id, "name": found.name}


def set_token(turn: Turn, state: State, *, token: str | None = None) -> dict[str, Any]:
    """Set the API token and enable the API, as in the app. Without `token` a new random one; with "" there is none
    any more and the API is off.
    """
    if token and not re.fullmatch(TOKEN, token):
        raise WrongArguments("a token has 6 to 20 printable characters without spaces")
    state.bridge.token = bridges.new_token(turn, state) if token is None else token or None
    state.bridge.api_enabled = state.bridge.token is not None
    return {"token": state.bridge.token or "", "apiEnabled": state.bridge.api_enabled}


def discovery(turn: Turn, state: State, *, on: bool | None = None) -> dict[str, Any]:
    """Switch discovery and /auth on or off, as /configAuth does; without `on`, the other of the two."""
    bridges.set_auth(turn, state, on=not state.bridge.auth_enabled if on is None else on)
    return {"authEnabled": state.bridge.auth_enabled}


def bridge_type(_turn: Turn, state: State, *, kind: Literal["hardware", "software"] = "software") -> dict[str, Any]:
    """Make the bridge a software bridge (an app on a phone or tablet), or a hardware bridge again."""
    state.bridge.type = SOFTWARE if kind == "software" else HARDWARE
    return {"bridgeType": state.bridge.type}


def drowsy(_turn: Turn, state: State, *, on: bool = True) -> dict[str, Any]:
    """From now on a lock that was left alone for more than 10 minutes misses the first action (vendor-facts: Home
    Assistant 119608, 120896). Off by default.
    """
    state.bridge.drowsy = on
    return {"drowsy": state.bridge.drowsy}


SUPPORT: dict[str, Support] = {
    "pair": pair,
    "set_token": set_token,
    "discovery": discovery,
    "bridge_type": bridge_type,
    "drowsy": drowsy,
}
"""action → what the owner does."""
