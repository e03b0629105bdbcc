"""Device actions: cards and phones at a door, batteries, a phone's app, the bridge's network.

`SUPPORT` has what Lockt's staff or the customer does in SecureAccess itself. A door that refuses answers so; an action
raises only if it cannot be done at all.
"""

from __future__ import annotations

from typing import Any, Literal

from msgspec.structs import replace

from locksim.api import time_zones
from locksim.engine.errors import Impossible, Unknown, WrongArguments
from locksim.engine.lookup import find
from locksim.engine.physics import FULL, MAX_DRIFT, DeviceClock
from locksim.engine.timestamps import SECOND, iso, micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import MAX_ADDED, MAX_NAME, Action, Device, Support
from locksim.lockt import access, cores, events
from locksim.lockt.state import CLOCK_LIMIT, Bridge, CoreEvent, Door, Phone, State

__all__ = ["ACTIONS", "SUPPORT", "device", "devices"]


def devices(turn: Turn, state: State) -> list[Device]:
    """List all doors (by their ids), phones and bridges."""
    return [
        *(_door(turn, door) for door in state.doors.values()),
        *(_phone(state, phone) for phone in state.phones),
        *(_bridge(turn, bridge) for bridge in state.bridges),
    ]


def device(turn: Turn, state: State, id: str) -> Device | None:
    """Return the door with this id, or the phone or bridge."""
    door = state.doors.get(int(id)) if id.isdecimal() and len(id) < 20 else None
    if door is not None and str(door.id) == id:
        return _door(turn, door)
    phone, bridge = find(state.phones, "id", id), find(state.bridges, "id", id)
    if phone is not None:
        return _phone(state, phone)
    return None if bridge is None else _bridge(turn, bridge)


def _door(turn: Turn, door: Door) -> Device:
    visible = {
        "name": door.name,
        "device": door.device,
        "bridge": door.bridge,
        "enabled": door.enabled,
        "clock": iso(door.clock.shows(turn.now)),
        **_battery(door, turn.now),
    }
    return Device(str(door.id), "door", visible, tuple(ACTIONS["door"]))


def _phone(state: State, phone: Phone) -> Device:
    held = [credential.card_num for credential in state.credentials.values() if credential.phone == phone.id]
    return Device(phone.id, "phone", {"owner": phone.owner, "credentials": held}, tuple(ACTIONS["phone"]))


def _bridge(turn: Turn, bridge: Bridge) -> Device:
    visible = {"online": bridge.online, "held": len(bridge.held), "clock": _shown(bridge, turn.now)}
    return Device(bridge.id, "bridge", visible, tuple(ACTIONS["bridge"]))


def _battery(door: Door, now: int) -> dict[str, Any]:
    if door.battery is None:
        return {"battery": None}
    return {"battery": door.battery.left(now) / 1_000_000, "missing": door.battery.missing}


# ---- at a door


def present_card(turn: Turn, state: State, device: str, *, card_num: str | int) -> dict[str, Any]:
    """Show a card or fob with this number. Return whether it is granted, and the event's id (None while its bridge is
    offline)."""
    door, card = state.doors[int(device)], str(card_num)
    decision = access.decide(state, door, card, turn.now)
    if decision.denial is None:
        cores.open_door(turn, state, door)
    code = events.GRANTED if decision.denial is None else events.DENIED
    subcode = None if decision.denial is None else int(decision.denial)
    shown = door.clock.shows(turn.now)
    at = shown - shown % SECOND
    noted = CoreEvent(door.device, code, subcode, decision.schedule, door.location, card, decision.user, at)
    event = events.report(turn, state, state.bridge(door.bridge), noted)
    cores.contact(turn, state, door)
    texts = events.texts_of(code, subcode)
    return {
        "granted": decision.denial is None,
        "event_id": event,
        "code": code,
        "subcode": subcode,
        "reason": texts.subcode or texts.code,
    }


def present_credential(
    turn: Turn, state: State, device: str, *, card_num: str | int | None = None, phone: str | None = None
) -> dict[str, Any]:
    """Show a phone.

    Without `phone`, it is the phone that has claimed the credential; without `card_num`, the phone's first credential. A
    phone that has not claimed the credential opens nothing, and no core notes an event.
    """
    if phone is not None and phone not in {one.id for one in state.phones}:
        raise Unknown(f"there is no phone {phone!r}; there are {', '.join(one.id for one in state.phones)}")
    for credential in state.credentials.values():
        by_phone = credential.phone is not None and phone in (None, credential.phone)
        if by_phone and card_num in (None, credential.card_num, _number(credential.card_num)):
            return present_card(turn, state, device, card_num=credential.card_num)
    return {"granted": False, "event_id": None, "code": None, "subcode": None, "reason": "Not Claimed"}


def _number(card: str) -> int | str:
    return int(card) if str(int(card)) == card else card


def battery(
    turn: Turn, state: State, device: str, *, level: float | None = None, missing: bool | None = None
) -> dict[str, Any]:
    """Set the battery: `level` from 0 to 1, `missing` if it is taken out. Without arguments, put in a new one."""
    door = state.doors[int(device)]
    if level is not None and not 0 <= level <= 1:
        raise WrongArguments(f"invalid level {level}; give a number from 0 to 1, as 0.64")
    if door.battery is None:
        raise Impossible(f"{door.name} is wired and has no battery; take another door")
    powerless = not door.battery.left(turn.now)
    charge = door.battery.charge.left(turn.now)
    if level is not None or missing is None:
        charge = round((1 if level is None else level) * FULL)
    state.keep_reported(door)
    door.battery = cores.battery(turn, charge, missing=bool(missing))
    if powerless:
        cores.contact(turn, state, door)
    return _battery(door, turn.now)


def core_clock(
    turn: Turn, state: State, device: str, *, offset: float = 3600, drift: float | None = None
) -> dict[str, Any]:
    """Set the core's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day.

    After the next card it is set by its bridge's.
    """
    clock = state.doors[int(device)].clock
    _set_clock(turn, clock, offset, drift)
    return {"clock": iso(clock.shows(turn.now))}


def _set_clock(turn: Turn, clock: DeviceClock, offset: float, drift: float | None) -> None:
    if not abs(offset) <= CLOCK_LIMIT // SECOND or not abs(drift or 0) <= MAX_DRIFT:
        raise WrongArguments(f"invalid offset or drift; give at most 1 year of offset and {MAX_DRIFT} s a day of drift")
    clock.set(turn.now, micros(offset), None if drift is None else micros(drift))


# ---- a phone, the bridge


def claim(turn: Turn, state: State, device: str, *, credential_key: str | None = None) -> dict[str, Any]:
    """Type a registration key into the phone's app; by default that of the first unclaimed credential."""
    for credential in state.credentials.values():
        if (credential_key is None and credential.phone is None) or credential.key == credential_key:
            if credential.phone is not None:
                return {"claimed": False, "card_num": credential.card_num, "reason": "claimed already"}
            state.credentials[credential.id] = replace(credential, phone=device)
            return {"claimed": True, "card_num": credential.card_num, "reason": ""}
    fobs = [fob for fob in state.fobs.values() if fob.key and fob.key == credential_key]
    reason = "the registration key belongs to a fob" if fobs else "no credential has this registration key"
    return {"claimed": False, "card_num": "", "reason": reason}


def network(turn: Turn, state: State, device: str, *, on: bool | None = None) -> dict[str, Any]:
    """Take the bridge off the network, or bring it back. Without `on`, switch to the other state."""
    bridge = state.bridge(device)
    was_online, held = bridge.online, bridge.held
    bridge.online = not was_online if on is None else on
    if bridge.online:
        _send_held(turn, state, bridge)
    elif was_online:
        bridge.outages, bridge.offline_since = bridge.outages + 1, turn.now
        bridge.clock.set(turn.now)
    return {"online": bridge.online, "delivered": len(held) - len(bridge.held)}


def _send_held(turn: Turn, state: State, bridge: Bridge) -> None:
    """Send the kept events. The cores that kept them take the bridge's time, which is exact again."""
    cores_heard = {event.device for event in bridge.held}
    events.deliver(turn, state, bridge)
    for door in state.doors.values() if cores_heard else ():
        if door.device in cores_heard:
            cores.contact(turn, state, door)


def bridge_clock(
    turn: Turn, state: State, device: str, *, offset: float = 3600, drift: float | None = None
) -> dict[str, Any]:
    """Set the bridge's clock `offset` seconds ahead of the true time, and let it gain `drift` seconds a day.

    A bridge that is online has the exact time: take it off the network first.
    """
    bridge = state.bridge(device)
    if bridge.online:
        raise Impossible("the bridge gets the time from the system; take it off the network first (network, on: false)")
    _set_clock(turn, bridge.clock, offset, drift)
    return {"clock": _shown(bridge, turn.now)}


def _shown(bridge: Bridge, now: int) -> str:
    return iso(now if bridge.online else bridge.clock.shows(now))


ACTIONS: dict[str, dict[str, Action]] = {
    "door": {
        "present_card": present_card,
        "present_credential": present_credential,
        "battery": battery,
        "clock": core_clock,
    },
    "phone": {"claim": claim},
    "bridge": {"network": network, "clock": bridge_clock},
}
"""device kind → action → function."""


# ---- the vendor's staff, and the customer in SecureAccess


def instance(
    turn: Turn, state: State, *, on: bool = True, failing: Literal["record", "template"] = "record"
) -> dict[str, Any]:
    """Begin a communication failure with the customer's instance, or (`on: false`) end it.

    `failing` is what cannot be reached. It decides which of the two documented texts a batch is answered with.
    """
    what = {"record": "enumerate dependant record", "template": "locate template"}[failing]
    state.instance_down = f"Unable to {what}. Batch has been terminated and exception flagged." if on else ""
    return {"down": on, "message": state.instance_down}


def pending_release(turn: Turn, state: State, *, on: bool | None = None) -> dict[str, Any]:
    """Switch the operations that are pending release on or off. Without `on`, switch to the other state."""
    state.pending_release = not state.pending_release if on is None else on
    return {"pending_release": state.pending_release}


def https_only(turn: Turn, state: State, *, on: bool = True) -> dict[str, Any]:
    """Refuse plain http from now on, as the vendor does. By default the simulator accepts it."""
    state.https_only = on
    return {"https_only": on}


def event_cache(turn: Turn, state: State, *, size: int = 5000) -> dict[str, Any]:
    """Set how many events the system keeps. The oldest ones beyond that are dropped at once."""
    if size < 1:
        raise WrongArguments(f"invalid size {size}; give 1 or more")
    kept = min(size, len(events.arrived(state, turn.now)))
    arrived = sum(event.db <= turn.now for event in state.events)
    if arrived > kept:
        events.drop_oldest(state, arrived - kept)
    state.event_cache = size
    return {"event_cache": size, "events": kept}


def door(turn: Turn, state: State, *, door: int, enabled: bool = False) -> dict[str, Any]:
    """Disable a door in SecureAccess, or (`enabled: true`) enable it."""
    if door not in state.doors:
        raise Unknown(f"there is no door {door}; there are {', '.join(map(str, state.doors))}")
    state.doors[door].enabled = enabled
    return {"door": door, "enabled": enabled}


def time_zone(turn: Turn, state: State, *, name: str = "UTC") -> dict[str, Any]:
    """Set the time zone of the customer's instance. Schedules are in this zone."""
    if not time_zones.is_known(name):
        raise WrongArguments(f"there is no time zone {name[:60]!r}; names look like Europe/London")
    state.time_zone = name
    return {"time_zone": name}


def add_door(turn: Turn, state: State, *, name: str = "New door", location: str = "") -> dict[str, Any]:
    """Add a door with a core of its own and a full battery, at the first bridge. No access level has it yet."""
    if len(state.doors) >= MAX_ADDED:
        raise Impossible(f"a world has at most {MAX_ADDED} doors")
    state.last_id += 1
    core, bridge = f"Core {len(state.doors) + 1}", state.bridges[0].id
    added = Door(state.last_id, name[:MAX_NAME], core, bridge, location[:MAX_NAME], battery=cores.battery(turn, FULL))
    added.clock.set(turn.now, 0, turn.drift_of(str(added.id)))
    state.doors[added.id] = added
    return {"device": str(added.id), "name": added.name}


SUPPORT: dict[str, Support] = {
    "instance": instance,
    "pending_release": pending_release,
    "https_only": https_only,
    "event_cache": event_cache,
    "door": door,
    "add_door": add_door,
    "time_zone": time_zone,
}
"""action → function."""
