"""What no API reaches: keypads, cards, knobs, batteries, radios, doors, sensors.

Every argument but a pin has a default, so that `{}` does the obvious. What a device refuses is an answer
(`granted: false`, with the reason); what cannot be done at all now raises Impossible, and nothing changed.

`event_id` is the event's, also when the cloud has not heard of it yet; null when nothing is told.
"""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar

from locksim.engine.errors import Impossible, WrongArguments
from locksim.engine.timestamps import iso
from locksim.engine.turn import Turn
from locksim.engine.vendor import Action, Device
from locksim.remotelock import catalog, entities, events, lock_sync, locks, wired_devices, zones
from locksim.remotelock.bodies import Bolt, LockSettings, ResortCode
from locksim.remotelock.locks import Verdict
from locksim.remotelock.state import Account, State

__all__ = ["ACTIONS", "devices"]

D = TypeVar("D", bound=entities.Device)
Done = dict[str, Any]


def devices(turn: Turn, state: State) -> list[Device]:
    """Every device of every account. Ids are the API's."""
    return [
        Device(device.id, device.type, _shown(turn, account, device), tuple(ACTIONS[device.type]))
        for account in state.accounts.values()
        for device in account.devices.values()
    ]


def _shown(turn: Turn, account: Account, device: entities.Device) -> Done:
    shown: Done = {"name": device.name, "account": account.name}
    if not isinstance(device, entities.AcsDoor):
        shown |= {"serial_number": device.serial_number, "model": catalog.MODELS[device.model_id].number}
    match device:
        case entities.Lock(body=body):
            heard = lock_sync.heard(device, turn.now)
            shown |= {
                "bolt": body.bolt,
                "online": body.radio.online,
                "powered": locks.powered(body, turn.now),
                "battery": locks.percent(locks.volts(body, turn.now), body.cells),
                "heard": None if heard is None else iso(heard),
                "heartbeat_interval": body.settings.heartbeat_interval,
                "grants": len(body.grants),
                "untold": len(body.news),
                "orders": list(body.radio.orders),
            }
        case entities.PowerPlug(body=plug):
            shown |= {"online": plug.radio.online, "on": device.on if plug.on is None else plug.on}
        case entities.Thermostat(body=thermostat):
            shown |= {"online": thermostat.radio.online, "temperature": device.temperature, "humidity": device.humidity}
        case entities.ResortLock(body=resort):
            shown |= {"bolt": resort.bolt, "codes": len(resort.codes), "own_codes": len(resort.own_codes)}
        case entities.AcsDoor(body=door):
            shown |= {"bolt": door.bolt or device.state, "open": door.open, "online": device.connected}
    return shown


def _find(state: State, device: str, kind: type[D]) -> tuple[Account, D]:
    home = state.home_of(device)
    assert home is not None, "the kernel has looked it up"
    account, found = home
    assert isinstance(found, kind), "the kernel has looked it up"
    return account, found


# ---- locks


def enter_pin(turn: Turn, state: State, device: str, *, pin: str | int) -> Done:
    """Type a pin on the keypad. The lock decides by what it knows."""
    account, lock = _find(state, device, entities.Lock)
    if not catalog.can(lock.model_id, "pin_credential"):
        return _silent("no_keypad")
    return _at_the_lock(turn, state, account, lock, locks.by_pin(lock, str(pin), turn.now), "pin", str(pin))


def present_card(turn: Turn, state: State, device: str, *, card_number: str | int = "") -> Done:
    """Hold a card to the reader."""
    account, lock = _find(state, device, entities.Lock)
    if not catalog.can(lock.model_id, "smart_card_credential"):
        return _silent("no_card_reader")
    verdict = locks.by_card(lock, str(card_number), turn.now)
    return _at_the_lock(turn, state, account, lock, verdict, "card", str(card_number))


def _at_the_lock(
    turn: Turn, state: State, account: Account, lock: entities.Lock, verdict: Verdict, method: str, typed: str
) -> Done:
    if not locks.powered(lock.body, turn.now):
        return _silent("no_power")
    if verdict.why == "programming_code":
        return _silent(verdict.why)
    if verdict.granted:
        lock_sync.unlock(lock, turn.now)
    key = lock_sync.happened(
        turn,
        state,
        account,
        lock,
        "unlocked" if verdict.granted else "access_denied",
        wakes=locks.wakes(lock, manual=False),
        source="user",
        status="succeeded" if verdict.granted else "failed",
        person_id=verdict.grant.person_id if verdict.grant else None,
        person_name=verdict.grant.name if verdict.grant else None,
        told=_told(verdict, method, typed),
    )
    return {"granted": verdict.granted, "event_id": key, "reason": verdict.why}


def _told(verdict: Verdict, method: str, typed: str) -> Done:
    info = None if verdict.why in (None, locks.UNKNOWN) else verdict.why
    return {"status_info": info, "method": method, method: typed}


def _silent(reason: str) -> Done:
    return {"granted": False, "event_id": None, "reason": reason}


def turn_knob(turn: Turn, state: State, device: str, *, to: Literal["locked", "unlocked"] | None = None) -> Done:
    """Turn the knob by hand; without `to`, to the other side. A lock without power does not notice."""
    account, lock = _find(state, device, entities.Lock)
    bolt: Bolt = to or ("locked" if lock.body.bolt == "unlocked" else "unlocked")
    if not locks.powered(lock.body, turn.now):
        lock.body.bolt = bolt
        return {"bolt": bolt, "event_id": None}
    if bolt == "unlocked":
        lock_sync.unlock(lock, turn.now)
    else:
        lock.body.bolt, lock.body.relock_at = "locked", None
    wakes = locks.wakes(lock, manual=True)
    told = {"method": "manual"}
    key = lock_sync.happened(turn, state, account, lock, bolt, wakes=wakes, source="user", told=told)
    return {"bolt": bolt, "event_id": key}


def heartbeat(turn: Turn, state: State, device: str) -> Done:
    """Let the lock get in touch now, as at its heartbeat."""
    account, lock = _find(state, device, entities.Lock)
    if not lock_sync.reachable(lock, turn.now):
        raise Impossible(f"lock {device} has no network or no power; see to that first (network, battery)")
    lock_sync.meet(turn, state, account, lock)
    lock_sync.arm(turn, account, lock)
    return {"connected_at": iso(turn.now), "grants": len(lock.body.grants), "failed": len(lock.body.failed)}


def battery(
    turn: Turn,
    state: State,
    device: str,
    *,
    level: int = 100,
    source: Literal["alkaline_battery", "lithium_battery", "hardwire"] | None = None,
) -> Done:
    """Set the batteries to a percentage. More than there was are new ones (of this kind), and the lock starts again."""
    account, lock = _find(state, device, entities.Lock)
    if not 0 <= level <= 100:
        raise WrongArguments(f"battery: level is a percentage from 0 to 100, not {level}")
    body = lock.body
    before = locks.percent(locks.volts(body, turn.now), body.cells)
    body.cells = source or body.cells
    body.volts, body.volts_at = locks.volts_for(level, body.cells), turn.now
    event_id = None
    if level > before:
        said = locks.percent(body.volts, lock.settings.power_source)
        body.low_told = False
        event_id = lock_sync.happened(
            turn, state, account, lock, "battery_replaced", wakes=True, source="user", told={"power_level": said}
        )
    lock_sync.arm(turn, account, lock)
    return {"battery": level, "powered": locks.powered(body, turn.now), "event_id": event_id}


def network(turn: Turn, state: State, device: str, *, on: bool | None = None) -> Done:
    """Cut the lock's Wi-Fi, or bring it back, upon which it gets in touch; without `on`, the other of the two."""
    account, lock = _find(state, device, entities.Lock)
    radio = lock.body.radio
    wanted = not radio.online if on is None else on
    if wanted and not radio.online:
        radio.online, radio.offline_since = True, None
        if locks.powered(lock.body, turn.now):
            lock_sync.meet(turn, state, account, lock)
    elif radio.online and not wanted:
        lock.connected_at = lock_sync.heard(lock, turn.now)
        radio.online, radio.offline_since = False, turn.now
    lock_sync.arm(turn, account, lock)
    return {"online": radio.online}


def program_pin(turn: Turn, state: State, device: str, *, code: str | int, pin: str | int) -> Done:
    """Program a local pin at the keypad, with the programming code."""
    account, lock = _find(state, device, entities.Lock)
    settings, new = lock.body.settings, str(pin)
    if not re.fullmatch("[0-9]{4,10}", new):
        raise WrongArguments("program_pin: a pin has 4 to 10 digits")
    right = settings.programming_code is not None and str(code) == settings.programming_code
    right = right and bool(catalog.can(lock.model_id, "local_pins")) and locks.powered(lock.body, turn.now)
    if right and new not in (settings.local_pins or []):
        settings.local_pins = [*(settings.local_pins or []), new]
        lock_sync.touched(turn, state, account, lock, wakes=locks.wakes(lock, manual=False))
    return {"programmed": right}


def reset(turn: Turn, state: State, device: str) -> Done:
    """Reset the lock to what it was in the factory: it knows nobody any more, until it has been in touch."""
    account, lock = _find(state, device, entities.Lock)
    body = lock.body
    if not locks.powered(body, turn.now):
        raise Impossible(f"lock {device} has no power; give it new batteries first (battery)")
    known = body.settings.local_pins
    body.settings = LockSettings(1200, lock.settings.power_source, auto_lock_timeout=20)
    body.settings.local_pins = None if known is None else []
    body.grants, body.failed, body.auto_week, body.action_week, body.relock_at = {}, {}, None, None, None
    wakes = locks.wakes(lock, manual=False)
    return {"event_id": lock_sync.happened(turn, state, account, lock, "reset", wakes=wakes, source="user")}


# ---- resort locks


def enter_resort_pin(turn: Turn, state: State, device: str, *, pin: str | int) -> Done:
    """Type a guest's pin, or the code that the guest has made of it. Nobody is told."""
    account, lock = _find(state, device, entities.ResortLock)
    typed = lock.body.own_codes.get(str(pin), str(pin))
    code = _valid(account, lock, typed, turn.now)
    if code is None:
        return _silent(locks.UNKNOWN)
    code.used = True
    lock.body.bolt = "unlocked"
    return {"granted": True, "event_id": None, "reason": None}


def program_code(turn: Turn, state: State, device: str, *, pin: str | int, code: str | int) -> Done:
    """Make a shorter code of one's own, of 3 to 5 digits, with the pin that the guest was given."""
    account, lock = _find(state, device, entities.ResortLock)
    own = str(code)
    if not re.fullmatch("[0-9]{3,5}", own):
        raise WrongArguments("program_code: a code of one's own has 3 to 5 digits")
    right = _valid(account, lock, str(pin), turn.now) is not None
    if right:
        lock.body.own_codes[own] = str(pin)
    return {"programmed": right}


def _valid(account: Account, lock: entities.ResortLock, pin: str, now: int) -> ResortCode | None:
    zone = account.zone_of(lock)
    for code in lock.body.codes:
        now_valid = zones.start_of(code.starts_at, zone) <= now < zones.end_of(code.ends_at, zone)
        if code.pin == pin and now_valid and not (code.one_time and code.used):
            return code
    return None


# ---- ACS doors


def open_door(turn: Turn, state: State, device: str) -> Done:
    """The door opens, from inside or by force: the controller hears of it, whatever its bolt does."""
    account, door = _find(state, device, entities.AcsDoor)
    if door.body.open:
        return {"open": True, "event_id": None}
    door.body.open, door.body.held_at = True, turn.now + wired_devices.HELD
    wired_devices.arm_door(turn, door)
    return {"open": True, "event_id": _sensed(turn, state, account, door, "acs_door_opened")}


def close_door(turn: Turn, state: State, device: str) -> Done:
    """The door falls shut."""
    account, door = _find(state, device, entities.AcsDoor)
    if not door.body.open:
        return {"open": False, "event_id": None}
    door.body.open, door.body.held_at = False, None
    return {"open": False, "event_id": _sensed(turn, state, account, door, "acs_door_closed")}


def hold_open(turn: Turn, state: State, device: str) -> Done:
    """The door has been held open for longer than its controller bears."""
    account, door = _find(state, device, entities.AcsDoor)
    open_door(turn, state, device)
    door.body.held_at = None
    return {"open": True, "event_id": _sensed(turn, state, account, door, "acs_door_held_open")}


def request_exit(turn: Turn, state: State, device: str) -> Done:
    """Somebody inside presses the button beside the door."""
    account, door = _find(state, device, entities.AcsDoor)
    return {"event_id": _sensed(turn, state, account, door, "acs_requested_to_exit", source="user")}


def _sensed(
    turn: Turn, state: State, account: Account, door: entities.AcsDoor, type: str, *, source: Any = "device"
) -> str | None:
    return events.record(turn, state, account, type, door, source=source).id if door.connected else None


def enter_door_pin(turn: Turn, state: State, device: str, *, pin: str | int) -> Done:
    """Type a pin at the door. Its controller knows what the account knows, while it is connected."""
    return _at_the_door(turn, state, device, "pin", str(pin))


def present_door_card(turn: Turn, state: State, device: str, *, card_number: str | int = "") -> Done:
    """Hold a card to the door's reader."""
    return _at_the_door(turn, state, device, "card", str(card_number))


def _at_the_door(turn: Turn, state: State, device: str, method: str, typed: str) -> Done:
    account, door = _find(state, device, entities.AcsDoor)
    if not door.connected:
        return _silent("no_controller")
    grants = (grant for grant in locks.wanted_all(account, door, turn.now).values() if getattr(grant, method) == typed)
    verdict = locks.judge(grants, account.zone_of(door), turn.now)
    person = account.persons[verdict.grant.person_id] if verdict.grant else None
    told = _told(verdict, method, typed)
    by: Done = {"source": "user", "status": "succeeded" if verdict.granted else "failed"}
    if verdict.granted:
        key = wired_devices.move_bolt(turn, state, account, door, "unlocked", "user", about=person, **told)
        door.body.relock_at = turn.now + wired_devices.MOMENT
        wired_devices.arm_door(turn, door)
    else:
        key = events.record(turn, state, account, "access_denied", door, about=person, **by, **told).id
    if person is not None:
        events.record(turn, state, account, "access_person_used", person, about=door, **by, **told)
        person.used = person.used or verdict.granted
    return {"granted": verdict.granted, "event_id": key, "reason": verdict.why}


def door_network(turn: Turn, state: State, device: str, *, on: bool | None = None) -> Done:
    """The controller's way to the cloud; when it is back, it does what was asked meanwhile."""
    account, door = _find(state, device, entities.AcsDoor)
    door.connected = not door.connected if on is None else on
    if door.connected:
        orders, door.body.orders = door.body.orders, []
        for order in orders:
            wired_devices.order_door(turn, state, account, door, order)
        door.state = door.body.bolt or door.state
    return {"online": door.connected}


# ---- thermostats and plugs


def measure_room(
    turn: Turn, state: State, device: str, *, temperature: float | None = None, humidity: int | None = None
) -> Done:
    """The room gets warmer or damper; without arguments, a degree warmer. What changed is told."""
    account, thermostat = _find(state, device, entities.Thermostat)
    if humidity is not None and not 0 <= humidity <= 100:
        raise WrongArguments(f"measure: humidity is a percentage from 0 to 100, not {humidity}")
    if temperature is None and humidity is None:
        temperature = thermostat.temperature + 1
    wired_devices.report(turn, state, account, thermostat, temperature=temperature, humidity=humidity)
    return {"temperature": thermostat.temperature, "humidity": thermostat.humidity, "mode": thermostat.current_mode}


def thermostat_battery(turn: Turn, state: State, device: str, *, level: int = 100) -> Done:
    """Set a thermostat's batteries to a percentage."""
    account, thermostat = _find(state, device, entities.Thermostat)
    if thermostat.power_source == "hardwire":
        raise Impossible(f"thermostat {device} has no batteries; an LS-60i may have")
    if not 0 <= level <= 100:
        raise WrongArguments(f"battery: level is a percentage from 0 to 100, not {level}")
    thermostat.power_level = level
    low, told = level <= locks.LOW, thermostat.body.low_told
    thermostat.body.low_told = low
    if low and not told:
        events.record(turn, state, account, "power_level_low", thermostat, power_level=level)
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
) -> Done:
    """What the plug measures from now on, and whether somebody moves before its sensor. No event tells of it."""
    _, plug = _find(state, device, entities.PowerPlug)
    given = {
        "voltage": voltage, "power": power, "power_factor": power_factor, "current": current, "frequency": frequency,
        "total_power": total_power, "occupied": occupied,
    }  # fmt: skip
    for name, value in given.items():
        if value is not None:
            setattr(plug, name, value)
    return {name: getattr(plug, name) for name in given}


def press(turn: Turn, state: State, device: str) -> Done:
    """Press the button on the plug: on, or off."""
    account, plug = _find(state, device, entities.PowerPlug)
    wired_devices.toggle(turn, state, account, plug)
    return {"on": bool(plug.body.on)}


def wired_network(turn: Turn, state: State, device: str, *, on: bool | None = None) -> Done:
    """Cut a plug's or thermostat's Wi-Fi, or bring it back; without `on`, the other of the two."""
    found = state.home_of(device)
    assert found is not None, "the kernel has looked it up"
    account, wired = found
    assert isinstance(wired, entities.PowerPlug | entities.Thermostat), "the kernel has looked it up"
    radio = wired.body.radio
    wanted = not radio.online if on is None else on
    if wanted and not radio.online:
        wired_devices.back(turn, state, account, wired)
    elif radio.online and not wanted:
        wired_devices.gone(turn, wired)
    wired_devices.arm(turn, wired)
    return {"online": radio.online}


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
    },
    "resort_lock": {"enter_pin": enter_resort_pin, "program_code": program_code},
    "acs_door": {
        "open": open_door,
        "close": close_door,
        "hold_open": hold_open,
        "request_exit": request_exit,
        "enter_pin": enter_door_pin,
        "present_card": present_door_card,
        "network": door_network,
    },
    "thermostat": {"measure": measure_room, "battery": thermostat_battery, "network": wired_network},
    "power_plug": {"measure": measure_power, "press": press, "network": wired_network},
}
"""device kind → action → what is done."""
