"""The devices, with one class for each kind. This is the only code between the cloud and the devices.

The API's rules call it (`hardware.of(…).command("lock")`), device actions call the classes' methods, and each device's
one timer calls `run_due`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from locksim.engine.turn import Turn
from locksim.remotelock.account import DEVICE_SCHEDULES, Account
from locksim.remotelock.entities import Access, Device, Lock, Schedule, SyncCounts
from locksim.remotelock.hardware import grants
from locksim.remotelock.hardware.acs_door import DoorHardware
from locksim.remotelock.hardware.base import DeviceHardware
from locksim.remotelock.hardware.lock import LockHardware
from locksim.remotelock.hardware.resort_lock import ResortLockHardware
from locksim.remotelock.hardware.wired import PlugHardware, ThermostatHardware
from locksim.remotelock.state import State

__all__ = [
    "DeviceHardware",
    "DoorHardware",
    "LockHardware",
    "PlugHardware",
    "ResortLockHardware",
    "ThermostatHardware",
    "check",
    "of",
    "run_due",
    "start",
    "sync_counts",
    "update_grants",
    "update_physics",
    "update_schedule",
]

_CLASSES: dict[str, type[DeviceHardware[Any]]] = {
    "lock": LockHardware,
    "power_plug": PlugHardware,
    "thermostat": ThermostatHardware,
    "resort_lock": ResortLockHardware,
    "acs_door": DoorHardware,
}


def of(turn: Turn, state: State, account: Account, device: Device) -> DeviceHardware[Any]:
    """Return the hardware of a device."""
    return _CLASSES[device.type](turn, state, account, device)


# ---- what the API's rules report


def update_grants(turn: Turn, state: State, account: Account, device_ids: Iterable[str]) -> None:
    """Note that the grants or the schedules of these devices have changed. Ids of other things are ignored."""
    for device_id in device_ids:
        device = account.devices.get(device_id)
        if device is not None:
            of(turn, state, account, device).update_grants()


def update_schedule(turn: Turn, state: State, account: Account, schedule: Schedule) -> None:
    """Note that a schedule, or its exception, has changed."""
    collections = account.collections
    ids = [device.id for name in DEVICE_SCHEDULES for device in collections.devices.find(name, schedule.id)]
    for access in collections.accesses.find("access_schedule_id", schedule.id):
        ids += [device.id for device in account.devices_opened_by(access)]
    update_grants(turn, state, account, dict.fromkeys(ids))


def sync_counts(account: Account, access: Access, now: int) -> SyncCounts:
    """Return on how many locks an access is synced. ACS doors are not counted (the document's samples say 0)."""
    locks = [device for device in account.devices_opened_by(access) if isinstance(device, Lock)]
    synced = failed = 0
    for lock in locks:
        if grants.expected_grant(account, lock, access, now) == lock.physical.grants.get(access.id):
            synced += 1
        elif access.id in lock.physical.sync_failures:
            failed += 1
    return SyncCounts(len(locks), synced, len(locks) - synced - failed, failed)


# ---- timers


def run_due(turn: Turn, state: State, *, device: str, at: int) -> None:
    """Run the timer of a device: do what is due, and set the next timer. An outdated timer does nothing."""
    found = state.find_device(device)
    if found is None:
        return
    hardware = of(turn, state, *found)
    timer = hardware.timer_state
    if timer is not None and timer.next_check_at == at:
        timer.next_check_at = None
        hardware.catch_up()
        hardware.set_timer()


def start(turn: Turn, state: State) -> None:
    """Start all devices of a state that has just been made or loaded."""
    for account in state.accounts.values():
        for device in account.devices.values():
            hardware = of(turn, state, account, device)
            if hardware.timer_state is not None:
                hardware.timer_state.next_check_at = None
            hardware.start()
            hardware.set_timer()


def update_physics(turn: Turn, state: State) -> None:
    """Give all devices the drift and the drain of the world."""
    for account in state.accounts.values():
        for device in account.devices.values():
            hardware = of(turn, state, account, device)
            hardware.update_physics()
            hardware.set_timer()


def check(state: State) -> None:
    """Raise AssertionError if the hardware state of a device is inconsistent."""
    for account in state.accounts.values():
        for device in account.devices.values():
            _CLASSES[device.type].check(device)
