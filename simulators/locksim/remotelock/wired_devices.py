"""Plugs, thermostats and ACS doors: wired, and so always in touch while they are online.

What the API asks of one that is offline waits for it; schedules go on without the cloud, as the device last knew them. A
door's controller says that it is held open after `HELD`; a temporary unlock lasts `MOMENT`.
"""

from __future__ import annotations

from typing import Any

from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.remotelock import alarms, events, locks, schedules
from locksim.remotelock.bodies import Bolt
from locksim.remotelock.entities import AcsDoor, PowerPlug, Thermostat
from locksim.remotelock.lock_sync import silence
from locksim.remotelock.state import Account, State

__all__ = [
    "HELD",
    "MOMENT",
    "Wired",
    "arm",
    "arm_door",
    "back",
    "catch_up",
    "catch_up_door",
    "gone",
    "heard",
    "learn",
    "move_bolt",
    "order_door",
    "order_plug",
    "report",
    "settle_mode",
    "toggle",
]

HELD = 30 * SECOND
MOMENT = 5 * SECOND

Wired = PowerPlug | Thermostat


# ---- plugs and thermostats


def heard(device: Wired, now: int) -> int | None:
    """When the device was last heard; None: never."""
    return locks.last_beat(device.body.radio, device.heartbeat_interval, now)


def learn(account: Account, device: Wired) -> None:
    """The device gets its schedule and its zone."""
    key = device.power_plug_schedule_id if isinstance(device, PowerPlug) else device.thermostat_schedule_id
    device.body.week = schedules.week_of(account.schedules[key]) if key else None
    device.body.radio.zone = account.zone_of(device)


def gone(turn: Turn, device: Wired) -> None:
    """It goes offline."""
    radio = device.body.radio
    device.connected_at = heard(device, turn.now)
    if radio.online:
        radio.online, radio.offline_since = False, turn.now


def back(turn: Turn, state: State, account: Account, device: Wired) -> None:
    """It is in touch (again): it hears what was asked, and tells what it is."""
    radio = device.body.radio
    radio.online, radio.offline_since = True, None
    radio.anchor = device.connected_at = turn.now
    device.signal_quality = device.signal_quality or turn.random("signal", device.id).between(1, 4)
    if radio.lost:
        radio.lost = False
        events.record(turn, state, account, "connectivity", device, source="network", connected_at=turn.now)
    learn(account, device)
    orders, radio.orders = radio.orders, []
    if isinstance(device, PowerPlug):
        for order in orders:
            _switch(turn, state, account, device, on=order == "power_on", source="network")
        if device.body.on is not None and device.body.on != device.on:
            device.on = device.body.on
            _tell_relay(turn, state, account, device, "device")
    else:
        body = device.body
        report(turn, state, account, device, temperature=body.temperature, humidity=body.humidity)
    arm(turn, device)


def order_plug(turn: Turn, state: State, account: Account, plug: PowerPlug, action: str) -> None:
    """The API has asked for `power_on` or `power_off`."""
    if plug.body.radio.online:
        _switch(turn, state, account, plug, on=action == "power_on", source="network")
    else:
        plug.body.radio.orders.append(action)


def toggle(turn: Turn, state: State, account: Account, plug: PowerPlug) -> None:
    """Somebody presses the plug's button."""
    _switch(turn, state, account, plug, on=not plug.body.on, source="user")


def _switch(turn: Turn, state: State, account: Account, plug: PowerPlug, *, on: bool, source: Any) -> None:
    changed, plug.body.on = plug.body.on is not on, on
    if plug.body.radio.online:
        plug.on = on
        if changed:
            _tell_relay(turn, state, account, plug, source)


def _tell_relay(turn: Turn, state: State, account: Account, plug: PowerPlug, source: Any) -> None:
    events.record(turn, state, account, "relay_enabled" if plug.body.on else "relay_disabled", plug, source=source)


def report(
    turn: Turn,
    state: State,
    account: Account,
    device: Thermostat,
    *,
    temperature: float | None = None,
    humidity: int | None = None,
) -> None:
    """What a thermostat measures; it tells what has changed, at once or when it is back."""
    body = device.body
    body.temperature = body.temperature if temperature is None else temperature
    body.humidity = body.humidity if humidity is None else humidity
    if not body.radio.online:
        return
    if body.temperature is not None and body.temperature != device.temperature:
        device.temperature = body.temperature
        settle_mode(device)
        events.record(turn, state, account, "temperature_changed", device, temperature=device.temperature)
    if body.humidity is not None and body.humidity != device.humidity:
        device.humidity = body.humidity
        events.record(turn, state, account, "humidity_changed", device, humidity=device.humidity)


def settle_mode(device: Thermostat) -> None:
    """What a thermostat does: in `auto`, it cools what is warmer than wanted, and else heats."""
    warm = device.temperature > device.target_temperature
    device.current_mode = ("cool" if warm else "heat") if device.target_mode == "auto" else device.target_mode


def catch_up(turn: Turn, state: State, account: Account, device: Wired) -> None:
    """Do what is due at this device by now."""
    body, now = device.body, turn.now
    since, body.radio.stepped = body.radio.stepped, now
    for _, entry in schedules.steps_between(body.week, body.radio.zone, since, now):
        if isinstance(device, PowerPlug):
            _switch(turn, state, account, device, on=entry["action"] == "on", source="device")
        else:
            _aim(device, entry)
    at = _lost_at(device)
    if at is not None and at <= now:
        body.radio.lost = True
        events.record(
            turn, state, account, "connectivity", device, source="network", status="failed",
            connected_at=device.connected_at,
        )  # fmt: skip


def _aim(device: Thermostat, entry: dict[str, Any]) -> None:
    """A step of the schedule: what is wanted from now on, unless somebody holds it."""
    device.scheduled_target_temperature = float(entry["cool" if device.current_mode == "cool" else "heat"])
    if not device.hold:
        device.target_temperature = device.desired_target_temperature = device.scheduled_target_temperature
        settle_mode(device)


def _lost_at(device: Wired) -> int | None:
    radio = device.body.radio
    if radio.online or radio.lost or device.connected_at is None:
        return None
    return device.connected_at + silence(device.heartbeat_interval)


def arm(turn: Turn, device: Wired) -> None:
    """See to it that what is due next at this device happens at its time."""
    radio = device.body.radio
    step = schedules.next_step(device.body.week, radio.zone, radio.stepped)
    alarms.arm(turn, radio, device.id, (step, _lost_at(device)))


# ---- doors


def move_bolt(
    turn: Turn, state: State, account: Account, door: AcsDoor, to: Bolt, source: Any, about: Any = None, **told: Any
) -> str:
    """The controller moves a bolt, and says so. → the event's id."""
    door.body.bolt = door.state = to
    door.body.relock_at = None
    return events.record(turn, state, account, to, door, source=source, about=about, **told).id


def order_door(turn: Turn, state: State, account: Account, door: AcsDoor, action: str) -> None:
    """The API has asked for lock, unlock or temporary_unlock; a controller that is offline hears of it later."""
    if not door.connected:
        door.body.orders.append(action)
        return
    move_bolt(turn, state, account, door, "locked" if action == "lock" else "unlocked", "network")
    if action == "temporary_unlock":
        door.body.relock_at = turn.now + MOMENT
    arm_door(turn, door)


def catch_up_door(turn: Turn, state: State, account: Account, door: AcsDoor) -> None:
    """Do what is due at this door by now."""
    body = door.body
    if body.relock_at is not None and body.relock_at <= turn.now:
        body.relock_at = None
        if door.connected:
            move_bolt(turn, state, account, door, "locked", "device", method="auto_lock")
        else:
            body.bolt = "locked"
    if body.held_at is not None and body.held_at <= turn.now:
        body.held_at = None
        if door.connected:
            events.record(turn, state, account, "acs_door_held_open", door)


def arm_door(turn: Turn, door: AcsDoor) -> None:
    """See to it that what is due next at this door happens at its time."""
    alarms.arm(turn, door.body, door.id, (door.body.relock_at, door.body.held_at))
