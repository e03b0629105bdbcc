"""Device actions: what people and the environment do to the devices, which no API reaches.

Every argument but a pin has a default, so that `{}` is a valid call. A refusal by the device is a result
(`granted: false`, with the reason). An action that is impossible now raises Impossible and changes nothing.

`event_id` is the id of the event, also when the cloud has not received it yet; null when there is no event.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar

from locksim.engine.errors import Impossible, WrongArguments
from locksim.engine.physics import MAX_DRIFT
from locksim.engine.timestamps import iso, micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import Action, Device
from locksim.remotelock import catalog, hardware
from locksim.remotelock.account import Account
from locksim.remotelock.hardware import (
    DeviceHardware,
    DoorHardware,
    LockHardware,
    PlugHardware,
    ResortLockHardware,
    ThermostatHardware,
    grants,
)
from locksim.remotelock.hardware import battery as batteries
from locksim.remotelock.hardware.grants import Verdict
from locksim.remotelock.hardware.wired import WiredHardware
from locksim.remotelock.physical import Bolt, LockSettings
from locksim.remotelock.state import State

__all__ = ["ACTIONS", "device", "devices"]

_MAX_OFFSET = 366 * 86_400
"""In seconds: a year."""

H = TypeVar("H", bound=DeviceHardware[Any])
Result = dict[str, Any]


def devices(turn: Turn, state: State) -> list[Device]:
    """List every device of every account, under its API id."""
    return [
        _describe(turn, state, account, device)
        for account in state.accounts.values()
        for device in account.devices.values()
    ]


def device(turn: Turn, state: State, id: str) -> Device | None:
    """Return the device with this API id."""
    found = state.find_device(id)
    return None if found is None else _describe(turn, state, *found)


def _describe(turn: Turn, state: State, account: Account, device: Any) -> Device:
    seen = _summary(account.name, device) | hardware.of(turn, state, account, device).describe()
    return Device(device.id, device.type, seen, tuple(ACTIONS[device.type]))


def _summary(account_name: str, device: Any) -> Result:
    summary: Result = {"name": device.name, "account": account_name}
    if device.type != "acs_door":
        summary |= {"serial_number": device.serial_number, "model": catalog.MODELS[device.model_id].number}
    return summary


def _find(turn: Turn, state: State, device_id: str, kind: type[H]) -> H:
    found = state.find_device(device_id)
    assert found is not None, "the engine has checked the device"
    device = hardware.of(turn, state, *found)
    assert isinstance(device, kind), "the engine has checked the device's kind"
    return device


# ---- locks


def enter_pin(turn: Turn, state: State, device: str, *, pin: str | int) -> Result:
    """Type a pin on the keypad. The lock decides by what it has stored."""
    lock = _find(turn, state, device, LockHardware)
    if not catalog.can(lock.device.model_id, "pin_credential"):
        return _refused("no_keypad")
    return _use_credential(lock, grants.decide_by_pin(lock.device, str(pin), lock.time()), "pin", str(pin))


def present_card(turn: Turn, state: State, device: str, *, card_number: str | int = "") -> Result:
    """Hold a card to the reader."""
    lock = _find(turn, state, device, LockHardware)
    if not catalog.can(lock.device.model_id, "smart_card_credential"):
        return _refused("no_card_reader")
    verdict = grants.decide_by_card(lock.device, str(card_number), lock.time())
    return _use_credential(lock, verdict, "card", str(card_number))


def _use_credential(lock: LockHardware, verdict: Verdict, method: str, credential: str) -> Result:
    if not lock.has_power():
        return _refused("no_power")
    if verdict.reason == "programming_code":
        return _refused(verdict.reason)
    if verdict.granted:
        lock.unlock()
    event_id = lock.add_event(
        "unlocked" if verdict.granted else "access_denied",
        wakes=lock.wakes(by_knob=False),
        source="user",
        status="succeeded" if verdict.granted else "failed",
        person_id=verdict.grant.person_id if verdict.grant else None,
        person_name=verdict.grant.name if verdict.grant else None,
        details=_event_details(verdict, method, credential),
    )
    return {"granted": verdict.granted, "event_id": event_id, "reason": verdict.reason}


def _event_details(verdict: Verdict, method: str, credential: str) -> Result:
    status_info = None if verdict.reason in (None, grants.UNKNOWN_CREDENTIAL) else verdict.reason
    return {"status_info": status_info, "method": method, method: credential}


def _refused(reason: str) -> Result:
    return {"granted": False, "event_id": None, "reason": reason}


def turn_knob(turn: Turn, state: State, device: str, *, to: Literal["locked", "unlocked"] | None = None) -> Result:
    """Turn the knob by hand; without `to`, to the other side. A lock without power does not notice."""
    lock = _find(turn, state, device, LockHardware)
    physical = lock.device.physical
    bolt: Bolt = to or ("locked" if physical.bolt == "unlocked" else "unlocked")
    if not lock.has_power():
        physical.bolt = bolt
        return {"bolt": bolt, "event_id": None}
    if bolt == "unlocked":
        lock.unlock(by_motor=False)
    else:
        lock.lock(by_motor=False)
    event_id = lock.add_event(bolt, wakes=lock.wakes(by_knob=True), source="user", details={"method": "manual"})
    return {"bolt": bolt, "event_id": event_id}


def heartbeat(turn: Turn, state: State, device: str) -> Result:
    """Have the lock contact the cloud now, as at its heartbeat."""
    lock = _find(turn, state, device, LockHardware)
    if not lock.can_connect():
        raise Impossible(f"lock {device} has no network or no power; restore it first (network, battery)")
    lock.contact()
    lock.set_timer()
    physical = lock.device.physical
    return {"connected_at": iso(turn.now), "grants": len(physical.grants), "failed": len(physical.sync_failures)}


def battery(
    turn: Turn,
    state: State,
    device: str,
    *,
    level: int = 100,
    source: Literal["alkaline_battery", "lithium_battery", "hardwire"] | None = None,
) -> Result:
    """Set the battery to a percentage. A higher one than before is a new battery (of this type): the lock restarts."""
    lock = _find(turn, state, device, LockHardware)
    _check_level(level)
    physical = lock.device.physical
    event_id = None
    if lock.set_battery(level, source or physical.battery_type):
        reported = batteries.percent(batteries.millivolts(physical, turn.now), lock.device.settings.power_source)
        physical.low_reported = False
        event_id = lock.add_event("battery_replaced", wakes=True, source="user", details={"power_level": reported})
    lock.set_timer()
    return {"battery": level, "powered": lock.has_power(), "event_id": event_id}


def _check_level(level: int) -> None:
    if not 0 <= level <= 100:
        raise WrongArguments(f"battery: level must be a percentage from 0 to 100, not {level}")


def set_clock(turn: Turn, state: State, device: str, *, offset: float = 3600, drift: float | None = None) -> Result:
    """Set the device's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day.

    The next contact sets it right; a resort lock has none.
    """
    hardware_ = _find(turn, state, device, DeviceHardware)
    clock = hardware_.own_clock
    assert clock is not None, "ACTIONS gives this action to no device without a clock"
    if not abs(offset) <= _MAX_OFFSET or not abs(drift or 0) <= MAX_DRIFT:
        raise WrongArguments(f"clock: give at most {_MAX_OFFSET} s of offset and {MAX_DRIFT} s a day of drift")
    clock.set(turn.now, micros(offset), hardware_.clock().drift if drift is None else micros(drift))
    hardware_.set_timer()
    return {"clock": iso(hardware_.time())}


def network(turn: Turn, state: State, device: str, *, on: bool | None = None) -> Result:
    """Take the lock's Wi-Fi away or bring it back, after which it contacts the cloud; without `on`, toggle it."""
    lock = _find(turn, state, device, LockHardware)
    link = lock.device.physical.link
    online = not link.online if on is None else on
    if online and not link.online:
        link.online, link.offline_since = True, None
        if lock.has_power():
            lock.contact()
    elif link.online and not online:
        lock.device.connected_at = lock.last_contact()
        link.online, link.offline_since = False, turn.now
    lock.set_timer()
    return {"online": link.online}


def program_pin(turn: Turn, state: State, device: str, *, code: str | int, pin: str | int) -> Result:
    """Program a local pin at the keypad, with the programming code."""
    lock = _find(turn, state, device, LockHardware)
    settings, new = lock.device.physical.settings, str(pin)
    if not re.fullmatch("[0-9]{4,10}", new):
        raise WrongArguments("program_pin: a pin must have 4 to 10 digits")
    programmed = (
        settings.programming_code is not None
        and str(code) == settings.programming_code
        and bool(catalog.can(lock.device.model_id, "local_pins"))
        and lock.has_power()
    )
    if programmed and new not in (settings.local_pins or []):
        settings.local_pins = [*(settings.local_pins or []), new]
        lock.after_use(wakes=lock.wakes(by_knob=False))
    return {"programmed": programmed}


def reset(turn: Turn, state: State, device: str) -> Result:
    """Reset the lock to its factory settings. It has no grants until its next contact."""
    lock = _find(turn, state, device, LockHardware)
    physical = lock.device.physical
    if not lock.has_power():
        raise Impossible(f"lock {device} has no power; give it a new battery first (battery)")
    has_pins = physical.settings.local_pins is not None
    physical.settings = LockSettings(1200, lock.device.settings.power_source, auto_lock_timeout=20)
    physical.settings.local_pins = [] if has_pins else None
    physical.grants, physical.sync_failures = {}, {}
    physical.auto_lock_week, physical.lock_action_week, physical.relock_at = None, None, None
    return {"event_id": lock.add_event("reset", wakes=lock.wakes(by_knob=False), source="user")}


# ---- resort locks


def enter_resort_pin(turn: Turn, state: State, device: str, *, pin: str | int) -> Result:
    """Type a guest's pin, or the guest's own code for it. There is no event."""
    lock = _find(turn, state, device, ResortLockHardware)
    if not lock.has_power():
        return _refused("no_power")
    if not lock.enter_pin(str(pin)):
        return _refused(grants.UNKNOWN_CREDENTIAL)
    return {"granted": True, "event_id": None, "reason": None}


def program_code(turn: Turn, state: State, device: str, *, pin: str | int, code: str | int) -> Result:
    """Make a shorter code of one's own, of 3 to 5 digits, with a guest's pin."""
    lock = _find(turn, state, device, ResortLockHardware)
    if not re.fullmatch("[0-9]{3,5}", str(code)):
        raise WrongArguments("program_code: a code of one's own must have 3 to 5 digits")
    return {"programmed": lock.program_code(str(pin), str(code))}


def resort_battery(turn: Turn, state: State, device: str, *, level: int = 100) -> Result:
    """Set the battery to a percentage."""
    lock = _find(turn, state, device, ResortLockHardware)
    _check_level(level)
    lock.set_battery(level)
    return {"battery": level, "powered": lock.has_power()}


# ---- ACS doors


def open_door(turn: Turn, state: State, device: str) -> Result:
    """Open the door, from inside or by force, wherever its bolt is. The controller reports it."""
    door = _find(turn, state, device, DoorHardware)
    return {"open": True, "event_id": None if door.device.physical.open else door.open()}


def close_door(turn: Turn, state: State, device: str) -> Result:
    """Close the door."""
    door = _find(turn, state, device, DoorHardware)
    return {"open": False, "event_id": door.close() if door.device.physical.open else None}


def hold_open(turn: Turn, state: State, device: str) -> Result:
    """Hold the door open for longer than its controller allows."""
    door = _find(turn, state, device, DoorHardware)
    if not door.device.physical.open:
        door.open()
    door.device.physical.held_open_at = None
    return {"open": True, "event_id": door.report("acs_door_held_open")}


def request_exit(turn: Turn, state: State, device: str) -> Result:
    """Press the exit button inside, next to the door."""
    door = _find(turn, state, device, DoorHardware)
    return {"event_id": door.report("acs_requested_to_exit", source="user")}


def enter_door_pin(turn: Turn, state: State, device: str, *, pin: str | int) -> Result:
    """Type a pin at the door. Its controller knows what the account knows, while it is connected."""
    return _use_door_credential(_find(turn, state, device, DoorHardware), "pin", str(pin))


def present_door_card(turn: Turn, state: State, device: str, *, card_number: str | int = "") -> Result:
    """Hold a card to the door's reader."""
    return _use_door_credential(_find(turn, state, device, DoorHardware), "card", str(card_number))


def _use_door_credential(door: DoorHardware, method: Literal["pin", "card"], credential: str) -> Result:
    if not door.device.connected:
        return _refused("no_controller")
    verdict = door.decide(method, credential)
    event_id = door.enter(verdict, _event_details(verdict, method, credential))
    return {"granted": verdict.granted, "event_id": event_id, "reason": verdict.reason}


def door_network(turn: Turn, state: State, device: str, *, on: bool | None = None) -> Result:
    """Connect or disconnect the door's controller. Once connected, it executes the API's last command."""
    door = _find(turn, state, device, DoorHardware)
    door.set_connected(connected=not door.device.connected if on is None else on)
    return {"online": door.device.connected}


# ---- thermostats and plugs


def measure_room(
    turn: Turn, state: State, device: str, *, temperature: float | None = None, humidity: int | None = None
) -> Result:
    """Set the room's temperature and humidity; without arguments, a degree warmer. The thermostat reports changes."""
    found = _find(turn, state, device, ThermostatHardware)
    thermostat = found.device
    if humidity is not None and not 0 <= humidity <= 100:
        raise WrongArguments(f"measure: humidity must be a percentage from 0 to 100, not {humidity}")
    if temperature is None and humidity is None:
        temperature = thermostat.temperature + 1
    found.measure(temperature=temperature, humidity=humidity)
    return {"temperature": thermostat.temperature, "humidity": thermostat.humidity, "mode": thermostat.current_mode}


def thermostat_battery(turn: Turn, state: State, device: str, *, level: int = 100) -> Result:
    """Set a thermostat's battery to a percentage. A wired one of a suitable model gets a battery."""
    thermostat = _find(turn, state, device, ThermostatHardware)
    if "battery" not in catalog.can(thermostat.device.model_id, "power_sources"):
        raise Impossible(f"thermostat {device} cannot have a battery; choose an LS-60i")
    _check_level(level)
    thermostat.set_battery(level)
    return {"battery": level}


def measure_power(
    turn: Turn,
    state: State,
    device: str,
    *,
    voltage: float | None = None,
    power: float | None = None,
    power_factor: float | None = None,
    current: float | None = None,
    frequency: float | None = None,
    total_power: float | None = None,
    occupied: bool | None = None,
) -> Result:
    """Set what the plug measures from now on, and whether its sensor sees somebody. There is no event."""
    plug = _find(turn, state, device, PlugHardware).device
    given = {
        "voltage": voltage, "power": power, "power_factor": power_factor, "current": current, "frequency": frequency,
        "total_power": total_power, "occupied": occupied,
    }  # fmt: skip
    for name, value in given.items():
        if value is not None:
            setattr(plug, name, value)
    return {name: getattr(plug, name) for name in given}


def press(turn: Turn, state: State, device: str) -> Result:
    """Press the button on the plug, which switches it on or off."""
    plug = _find(turn, state, device, PlugHardware)
    plug.toggle()
    return {"on": bool(plug.device.physical.on)}


def wired_network(turn: Turn, state: State, device: str, *, on: bool | None = None) -> Result:
    """Take a plug's or thermostat's Wi-Fi away or bring it back; without `on`, toggle it."""
    found = state.find_device(device)
    assert found is not None, "the engine has checked the device"
    wired = hardware.of(turn, state, *found)
    assert isinstance(wired, WiredHardware), "the engine has checked the device's kind"
    link = wired.device.physical.link
    online = not link.online if on is None else on
    if online and not link.online:
        wired.go_online()
    elif link.online and not online:
        wired.go_offline()
    wired.set_timer()
    return {"online": link.online}


ACTIONS: dict[str, dict[str, Action]] = {
    "lock": {
        "enter_pin": enter_pin,
        "present_card": present_card,
        "turn": turn_knob,
        "heartbeat": heartbeat,
        "battery": battery,
        "network": network,
        "program_pin": program_pin,
        "reset": reset,
        "clock": set_clock,
    },
    "resort_lock": {
        "enter_pin": enter_resort_pin,
        "program_code": program_code,
        "battery": resort_battery,
        "clock": set_clock,
    },
    "acs_door": {
        "open": open_door,
        "close": close_door,
        "hold_open": hold_open,
        "request_exit": request_exit,
        "enter_pin": enter_door_pin,
        "present_card": present_door_card,
        "network": door_network,
    },
    "thermostat": {
        "measure": measure_room,
        "battery": thermostat_battery,
        "network": wired_network,
        "clock": set_clock,
    },
    "power_plug": {"measure": measure_power, "press": press, "network": wired_network, "clock": set_clock},
}
"""Device kind → action → the function that does it."""
