"""The one way between the cloud and the devices; the API's rules call what stands here.

registered / deregistered      a device came to, or left, the account
command                        lock, unlock, temporary_unlock, power_on, power_off: the API has answered optimistically
settings_changed               the API changed settings that a device must learn
grants_changed                 what these devices should let in has changed: persons, accesses, schedules, groups …
schedule_changed               a schedule, or its exception, was changed by the API
counts                         of an access: devices, synced, pending, failed
contact                        what the cloud can tell of a device's connection now

Locks sleep between their contacts (`contacts`); what is wired obeys at once (`relays`). What happens by itself happens in
`look`, the one timer; `awake` sets it for all devices of a state that comes into a world.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from locksim.engine.turn import Turn
from locksim.remotelock import lock_sync, locks, wired_devices
from locksim.remotelock.bodies import DoorBody, LockSettings, Radio
from locksim.remotelock.catalog import can
from locksim.remotelock.entities import Access, AcsDoor, Device, Lock, PowerPlug, ResortLock, Schedule, Thermostat
from locksim.remotelock.state import SCHEDULES, Account, State

__all__ = [
    "Contact",
    "Counts",
    "awake",
    "check",
    "command",
    "contact",
    "counts",
    "deregistered",
    "grants_changed",
    "look",
    "opened",
    "registered",
    "schedule_changed",
    "settings_changed",
]


class Contact(NamedTuple):
    """A device's connection at this moment. `connected_at`: its last contact; None before the first."""

    connected: bool
    alive: bool
    connected_at: int | None
    signal_quality: int
    power_level: int | None


class Counts(NamedTuple):
    """How many devices an access opens, and on how many of them it is synced, pending or failed."""

    devices: int
    synced: int
    pending: int
    failed: int


# ---- what the API's rules say


def registered(turn: Turn, state: State, account: Account, device: Device) -> None:
    """A device was registered: a lock wakes up for the first time in a while, what is wired is there at once."""
    if isinstance(device, Lock):
        _prepare(turn, account, device)
        _unpack(turn, device)
        device.body.call_at = turn.now + lock_sync.FIRST_CONTACT
        lock_sync.arm(turn, account, device)
    elif isinstance(device, PowerPlug | Thermostat):
        _prepare(turn, account, device)
        wired_devices.back(turn, state, account, device)


def deregistered(turn: Turn, state: State, account: Account, device: Device) -> None:
    """A device has left the account (it is in no collection any more): nobody can reach it, and it tells nobody."""


def command(turn: Turn, state: State, account: Account, device: Device, action: str) -> None:
    """The API was asked for an act; `device.state` (or `on`) shows it already."""
    if isinstance(device, Lock):
        device.body.radio.orders.append(action)
        if lock_sync.connected(device, turn.now):
            device.body.call_at = turn.now + lock_sync.REACHED
        lock_sync.arm(turn, account, device)
    elif isinstance(device, PowerPlug):
        wired_devices.order_plug(turn, state, account, device, action)
    elif isinstance(device, AcsDoor):
        wired_devices.order_door(turn, state, account, device, action)


def settings_changed(turn: Turn, state: State, account: Account, device: Device, names: Iterable[str]) -> None:
    """These attributes of a device were set by the API."""
    if isinstance(device, Lock):
        lock_sync.arm(turn, account, device)
    elif isinstance(device, PowerPlug | Thermostat):
        if device.body.radio.online:
            wired_devices.learn(account, device)
        if isinstance(device, Thermostat):
            wired_devices.settle_mode(device)
        wired_devices.arm(turn, device)


def grants_changed(turn: Turn, state: State, account: Account, devices: Iterable[str]) -> None:
    """What these devices (ids of any type) should let in, or which schedule they follow, is not what it was."""
    for key in devices:
        device = account.devices.get(key)
        if isinstance(device, Lock):
            if device.body.waiting_since is None and lock_sync.pending(account, device, turn.now):
                device.body.waiting_since = turn.now
            lock_sync.arm(turn, account, device)
        elif isinstance(device, PowerPlug | Thermostat):
            if device.body.radio.online:
                wired_devices.learn(account, device)
            wired_devices.arm(turn, device)


def schedule_changed(turn: Turn, state: State, account: Account, schedule: Schedule) -> None:
    """A schedule, or the exception that it heeds, is not what it was."""
    shelves = account.shelves
    found = [device.id for name in SCHEDULES for device in shelves.devices.of(name, schedule.id)]
    for access in shelves.accesses.of("access_schedule_id", schedule.id):
        found += [device.id for device in opened(account, access)]
    grants_changed(turn, state, account, dict.fromkeys(found))


def counts(turn: Turn, account: Account, access: Access) -> Counts:
    """An access's counts. ACS doors are not counted (the document's samples say 0)."""
    found = [device for device in opened(account, access) if isinstance(device, Lock)]
    synced = failed = 0
    for lock in found:
        if locks.wanted(account, lock, access, turn.now) == lock.body.grants.get(access.id):
            synced += 1
        elif access.id in lock.body.failed:
            failed += 1
    return Counts(len(found), synced, len(found) - synced - failed, failed)


def opened(account: Account, access: Access) -> list[Lock | AcsDoor]:
    """The locks and doors that an access opens now."""
    if access.accessible_type == "location":
        found = account.shelves.devices.of("location_id", access.accessible_id)
    elif access.accessible_type == "door_group":
        found = [account.devices[door.door_id] for door in account.shelves.doors.of("group_id", access.accessible_id)]
    else:
        found = [account.devices[access.accessible_id]]
    return [device for device in found if isinstance(device, Lock | AcsDoor)]


def contact(turn: Turn, device: Lock | PowerPlug | Thermostat) -> Contact:
    """A device's connection now."""
    now = turn.now
    if isinstance(device, Lock):
        last = lock_sync.heard(device, now) or device.connected_at
        power = 0
        if last is not None:
            power = locks.percent(locks.volts(device.body, last), device.settings.power_source)
        return Contact(
            lock_sync.connected(device, now), lock_sync.alive(device, now), last, device.signal_quality, power
        )
    last = wired_devices.heard(device, now) or device.connected_at
    alive = last is not None and now - last < lock_sync.silence(device.heartbeat_interval)
    level = device.power_level if isinstance(device, Thermostat) else None
    return Contact(device.body.radio.online and last is not None, alive, last, device.signal_quality, level)


# ---- what happens by itself


def look(turn: Turn, state: State, *, device: str, at: int) -> None:
    """The timer of a device: do what is due there, and set the next one."""
    home = state.home_of(device)
    if home is None:
        return
    account, found = home
    holder = _holder(found)
    if holder is None or holder.alarm != at:
        return
    holder.alarm = None
    if isinstance(found, Lock):
        lock_sync.catch_up(turn, state, account, found)
        lock_sync.arm(turn, account, found)
    elif isinstance(found, PowerPlug | Thermostat):
        wired_devices.catch_up(turn, state, account, found)
        wired_devices.arm(turn, found)
    elif isinstance(found, AcsDoor):
        wired_devices.catch_up_door(turn, state, account, found)
        wired_devices.arm_door(turn, found)


def awake(turn: Turn, state: State) -> None:
    """A state has come into the world: look after all its devices."""
    for account in state.accounts.values():
        for device in account.devices.values():
            holder = _holder(device)
            if holder is not None:
                holder.alarm = None
            if isinstance(device, Lock):
                _prepare(turn, account, device)
                lock_sync.arm(turn, account, device)
            elif isinstance(device, PowerPlug | Thermostat):
                _prepare(turn, account, device)
                wired_devices.arm(turn, device)
            elif isinstance(device, AcsDoor):
                device.body.bolt = device.body.bolt or device.state
                wired_devices.arm_door(turn, device)


def _holder(device: Device) -> Radio | DoorBody | None:
    if isinstance(device, AcsDoor):
        return device.body
    return None if isinstance(device, ResortLock) else device.body.radio


def _prepare(turn: Turn, account: Account, device: Lock | PowerPlug | Thermostat) -> None:
    """A device that nobody has looked after yet begins now, with what it was told at its last contact."""
    radio = device.body.radio
    if radio.stepped:
        return
    radio.stepped, radio.zone, radio.anchor = turn.now, account.zone_of(device), device.connected_at
    if isinstance(device, Lock):
        return
    wired_devices.learn(account, device)
    if isinstance(device, PowerPlug):
        device.body.on = device.on


def _unpack(turn: Turn, lock: Lock) -> None:
    """A lock as it leaves the factory, with new batteries."""
    pins: list[str] | None = [] if can(lock.model_id, "local_pins") else None
    code = FACTORY_CODE if can(lock.model_id, "programming_code") else None
    relocks = bool(can(lock.model_id, "auto_lock_enable"))
    lock.body.settings = LockSettings(1200, "alkaline_battery", "user_action", False, relocks, 20, code, pins)
    lock.body.cells, lock.body.volts, lock.body.volts_at = "alkaline_battery", 6_000, turn.now


FACTORY_CODE = "123456"


# ---- what must hold


def check(state: State) -> None:
    """Raises AssertionError when the physical side contradicts itself."""
    for account in state.accounts.values():
        for device in account.devices.values():
            if isinstance(device, Lock):
                _check_lock(device)
            elif isinstance(device, AcsDoor):
                _check_door(device)
            elif isinstance(device, PowerPlug):
                _check_radio(device.name, device.body.radio)
                known = device.body.on is None or not device.body.radio.online
                assert known or device.on is device.body.on, f"{device.name}: the cloud and the plug differ"
            elif isinstance(device, Thermostat):
                _check_radio(device.name, device.body.radio)


def _check_radio(name: str, radio: Radio) -> None:
    assert radio.online or radio.offline_since is not None or radio.anchor is None, (
        f"{name}: offline since nobody knows"
    )
    assert not radio.online or radio.offline_since is None, f"{name}: online, and offline too"
    assert not radio.lost or radio.anchor is not None, f"{name}: lost, and was never there"


def _check_lock(lock: Lock) -> None:
    body, name = lock.body, lock.name
    _check_radio(name, body.radio)
    assert body.relock_at is None or body.bolt == "unlocked", f"{name}: locks itself, and is locked"
    refused = {key for key, why in body.failed.items() if why != lock_sync.TIMEOUT}
    assert not body.grants.keys() & refused, f"{name}: holds what it could not take"
    assert lock.connected_at is not None or not body.grants, f"{name}: knows somebody, and was never in touch"
    assert set(body.pins_told) >= set(lock.settings.local_pins or ()), f"{name}: the cloud has added local pins"
    assert len({news.id for news in body.news}) == len(body.news), f"{name}: the same news twice"


def _check_door(door: AcsDoor) -> None:
    body = door.body
    assert body.held_at is None or body.open, f"{door.name}: held open, and shut"
    assert body.relock_at is None or body.bolt == "unlocked", f"{door.name}: locks itself, and is locked"
    assert not body.orders or not door.connected, f"{door.name}: orders wait for who is there"
