"""The one way between the cloud and the devices. Reserved for the physical side; the API's rules call what stands here.

    registered / deregistered      a device came to, or left, the account
command                        lock, unlock, temporary_unlock, power_on, power_off: the API has answered optimistically
settings_changed               the API changed settings that a device must learn
grants_changed                 what these devices should let in has changed: persons, accesses, schedules, groups …
schedule_changed               a schedule, or its exception, was changed by the API
counts                         of an access: devices, synced, pending, failed
contact                        what the cloud can tell of a device's connection now
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from locksim.kernel.turn import Turn
from locksim.remotelock.entities import Access, AcsDoor, Device, Lock, PowerPlug, Schedule, Thermostat
from locksim.remotelock.world import Account, State

__all__ = [
    "Contact",
    "Counts",
    "command",
    "contact",
    "counts",
    "deregistered",
    "grants_changed",
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


def registered(turn: Turn, state: State, account: Account, device: Device) -> None:
    """A device was registered: it will wake up for the first time."""


def deregistered(turn: Turn, state: State, account: Account, device: Device) -> None:
    """A device has left the account (it is in no collection any more)."""


def command(turn: Turn, state: State, account: Account, device: Device, action: str) -> None:
    """The API was asked for an act; `device.state` (or `on`) shows it already."""


def settings_changed(turn: Turn, state: State, account: Account, device: Device, names: Iterable[str]) -> None:
    """These attributes of a device were set by the API."""


def grants_changed(turn: Turn, state: State, account: Account, devices: Iterable[str]) -> None:
    """What these devices (ids of any type) should let in is not what it was."""


def schedule_changed(turn: Turn, state: State, account: Account, schedule: Schedule) -> None:
    """A schedule, or the exception that it heeds, is not what it was."""


def counts(turn: Turn, account: Account, access: Access) -> Counts:
    """An access's counts. ACS doors are not counted (the document's samples say 0)."""
    locks = [device for device in opened(account, access) if isinstance(device, Lock)]
    return Counts(len(locks), 0, len(locks), 0)


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
    alive = device.connected_at is not None
    power = None if isinstance(device, PowerPlug) else device.power_level
    return Contact(alive, alive, device.connected_at, device.signal_quality, power)
