"""What is really in a device, and what the device itself knows: pins, bolt, battery, radio.

Only `hardware` changes it. A device learns from the cloud, and the cloud from the device, at a contact and only then.

Times are microseconds since the epoch, UTC. Durations in settings are seconds.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from locksim.engine.physics import Charge, DeviceClock

__all__ = [
    "Bolt",
    "CloudLink",
    "Grant",
    "LockSettings",
    "PhysicalDoor",
    "PhysicalLock",
    "PhysicalPlug",
    "PhysicalResortLock",
    "PhysicalThermostat",
    "ResortCode",
    "UnreportedEvent",
    "Week",
]

Bolt = Literal["locked", "unlocked"]
Week = dict[str, list[dict[str, Any]]]
"""Day (`mon` …) → the schedule's entries of that day."""


class LockSettings(msgspec.Struct):
    """The settings that a lock and the cloud exchange. Durations in seconds; None: unknown, or unsupported."""

    heartbeat_interval: int = 0
    power_source: str = "hardwire"
    wake_wifi: str = "user_action"
    muted: bool = False
    auto_lock: bool = True
    auto_lock_timeout: int = 0
    programming_code: str | None = None
    local_pins: list[str] | None = None


class Grant(msgspec.Struct, frozen=True):
    """One access as a lock stores it. `days_off` are the (first, last) days on which the schedule opens nothing."""

    person_id: str
    person_type: str
    name: str
    pin: str | None
    card: str | None
    start: int | None = None
    end: int | None = None
    week: Week | None = None
    days_off: tuple[tuple[str, str], ...] = ()


class UnreportedEvent(msgspec.Struct):
    """An event at a lock that the cloud has not received. `id` is given when it happens."""

    id: str
    type: str
    occurred_at: int
    source: Literal["user", "network", "device"] = "device"
    status: Literal["succeeded", "failed"] = "succeeded"
    person_id: str | None = None
    person_name: str | None = None
    details: dict[str, Any] = {}


class CloudLink(msgspec.Struct, kw_only=True):
    """A device's connection to the cloud: a contact at `anchor`, then one at each heartbeat while it is online."""

    online: bool = True
    anchor: int | None = None
    offline_since: int | None = None
    lost: bool = False
    """Whether the cloud has recorded that the device is silent."""
    next_check_at: int | None = None
    """When the device's timer is due."""
    schedules_run_until: int = 0
    """The steps of its schedules up to this time have been run, by its own clock."""
    zone: str = "UTC"
    command: str | None = None
    """The API's last command, which the device has not received."""
    commanded_at: int = 0
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
    """The device's clock, as it was set when no contact was: each contact sets it (`DeviceHardware.clock`)."""


class PhysicalLock(msgspec.Struct):
    """A lock on its door."""

    settings: LockSettings
    link: CloudLink = msgspec.field(default_factory=CloudLink)
    bolt: Bolt = "locked"
    charge: Charge = msgspec.field(default_factory=lambda: Charge(850_000))
    reported_millivolts: int = 0
    """The voltage at the last contact, if the charge has changed since other than with time."""
    battery_type: str = "alkaline_battery"
    """The real one. `settings.power_source` may say another."""
    low_reported: bool = False
    grants: dict[str, Grant] = {}
    """Access id → what the lock stores for it."""
    sync_failures: dict[str, str] = {}
    """Access id → why the lock did not store it, as reported to the cloud."""
    sync_pending_since: int | None = None
    """Since when the cloud has had grants for the lock to fetch."""
    auto_lock_week: Week | None = None
    lock_action_week: Week | None = None
    relock_at: int | None = None
    contact_at: int | None = None
    """When it contacts the cloud, outside its heartbeats."""
    reported_pins: list[str] = []
    """The local pins that the cloud knew at the last contact."""
    unreported_events: list[UnreportedEvent] = []


class PhysicalPlug(msgspec.Struct):
    """A power plug in its socket."""

    link: CloudLink = msgspec.field(default_factory=CloudLink)
    on: bool | None = None
    week: Week | None = None


class PhysicalThermostat(msgspec.Struct):
    """A thermostat on its wall. The measurements are None until they differ from the cloud's."""

    link: CloudLink = msgspec.field(default_factory=CloudLink)
    week: Week | None = None
    temperature: float | None = None
    humidity: int | None = None
    charge: Charge = msgspec.field(default_factory=Charge)
    """Its battery, if it is powered by one."""
    low_reported: bool = False


class PhysicalDoor(msgspec.Struct):
    """An ACS door with its controller and sensors. `bolt` is None until the world has started: then as the API shows."""

    open: bool = False
    bolt: Bolt | None = None
    command: str | None = None
    """The API's last command, which the controller has not received."""
    commanded_at: int = 0
    relock_at: int | None = None
    held_open_at: int | None = None
    """When the controller reports that the door is held open."""
    next_check_at: int | None = None


class ResortCode(msgspec.Struct):
    """A code that a resort lock accepts by computation, even after the guest was deleted.

    Local times, as `2018-09-10T16:00:00`.
    """

    pin: str
    starts_at: str
    ends_at: str
    one_time: bool
    used: bool = False


class PhysicalResortLock(msgspec.Struct):
    """A resort lock. It has no radio, so nothing sets its clock but a person."""

    codes: list[ResortCode] = []
    own_codes: dict[str, str] = {}
    """A short code that the guest has chosen → the pin that it stands for."""
    bolt: Bolt = "locked"
    charge: Charge = msgspec.field(default_factory=Charge)
    clock: DeviceClock = msgspec.field(default_factory=DeviceClock)
