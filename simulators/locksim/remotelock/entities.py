"""What an account contains, as the service stores it.

Times are microseconds since the epoch, UTC. Local times are normalised texts: `2018-09-10T00:00:00` for a guest's,
`14:00:00` for a time of day, `09:00` in schedules. A relation `X_id` that is None is unset.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import msgspec

from locksim.remotelock.physical import (
    Bolt,
    LockSettings,
    PhysicalDoor,
    PhysicalLock,
    PhysicalPlug,
    PhysicalResortLock,
    PhysicalThermostat,
)

__all__ = [
    "Access",
    "AccessException",
    "AccessGuest",
    "AccessPerson",
    "AccessUser",
    "AcsDoor",
    "Connection",
    "DateSpan",
    "Device",
    "Entity",
    "Event",
    "Group",
    "GroupDoor",
    "Location",
    "Lock",
    "Notification",
    "PowerPlug",
    "ResortGuest",
    "ResortLock",
    "Schedule",
    "ScheduleType",
    "SubscribedEvent",
    "Subscriber",
    "SubscriberType",
    "Subscription",
    "SyncCounts",
    "Thermostat",
]

ScheduleType = Literal[
    "access_schedule", "auto_lock_schedule", "lock_action_schedule", "power_plug_schedule", "thermostat_schedule"
]
SubscriberType = Literal[
    "email_notification_subscriber", "text_notification_subscriber", "webhook_notification_subscriber"
]


class Entity(msgspec.Struct, kw_only=True):
    """What every item of an account has."""

    id: str
    created_at: int
    updated_at: int
    sequence: int = 0
    """Orders the items that were created at the same time."""


# ---- places and devices


class Location(Entity, kw_only=True):
    """A place with devices. `time_zone` is a name of the tz database."""

    type: ClassVar[str] = "location"
    name: str
    time_zone: str
    phone: str | None = None
    address: str | None = None
    address2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Lock(Entity, kw_only=True, tag="lock", tag_field="kind"):
    """A connected lock, as the cloud knows it. `physical` is the lock on the door.

    `state` is what the API shows: after a command, the expected result. `connected_at` is the last contact, None before
    the first.
    """

    type: ClassVar[str] = "lock"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    physical: PhysicalLock
    settings: LockSettings = msgspec.field(default_factory=LockSettings)
    state: Bolt = "locked"
    connected_at: int | None = None
    signal_quality: int = 0
    power_level: int = 0
    default_guest_start_time: str | None = None
    default_guest_end_time: str | None = None
    auto_lock_schedule_id: str | None = None
    lock_action_schedule_id: str | None = None


class PowerPlug(Entity, kw_only=True, tag="power_plug", tag_field="kind"):
    """A power plug, with its last measurements. The defaults are those of the sample of a new plug."""

    type: ClassVar[str] = "power_plug"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    physical: PhysicalPlug = msgspec.field(default_factory=PhysicalPlug)
    heartbeat_interval: int = 0
    connected_at: int | None = None
    signal_quality: int = 0
    on: bool = True
    voltage: float = 120.0
    power: float = 4.5
    power_factor: float = 0.57
    current: float = 0.06
    frequency: float = 59.95
    total_power: float = 8.75
    occupied: bool = True
    power_plug_schedule_id: str | None = None


class Thermostat(Entity, kw_only=True, tag="thermostat", tag_field="kind"):
    """A thermostat. `power_level` is None without batteries. The defaults are those of the sample of a new thermostat."""

    type: ClassVar[str] = "thermostat"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    physical: PhysicalThermostat = msgspec.field(default_factory=PhysicalThermostat)
    heartbeat_interval: int = 0
    power_source: str = "hardwire"
    power_level: int | None = None
    connected_at: int | None = None
    signal_quality: int = 0
    current_mode: str = "cool"
    target_mode: str = "auto"
    fan_mode: str = "auto"
    hold: bool = False
    temperature: float = 77.0
    target_temperature: float = 75.5
    unit: str = "F"
    humidity: int = 45
    energy_saver: bool = True
    scheduled_target_temperature: float = 80.0
    desired_target_temperature: float = 75.5
    thermostat_schedule_id: str | None = None


class ResortLock(Entity, kw_only=True, tag="resort_lock", tag_field="kind"):
    """A lock without a radio. It accepts codes by computation."""

    type: ClassVar[str] = "resort_lock"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    physical: PhysicalResortLock = msgspec.field(default_factory=PhysicalResortLock)
    default_guest_start_time: str | None = None
    default_guest_end_time: str | None = None


class AcsDoor(Entity, kw_only=True, tag="acs_door", tag_field="kind"):
    """A door of an access control system. It is wired: while `connected`, it executes commands at once."""

    type: ClassVar[str] = "acs_door"
    name: str
    location_id: str
    physical: PhysicalDoor = msgspec.field(default_factory=PhysicalDoor)
    state: Bolt = "locked"
    connected: bool = True


Device = Lock | PowerPlug | Thermostat | ResortLock | AcsDoor


class Connection(NamedTuple):
    """A device's connection at this moment. `connected_at` is the last contact, None before the first."""

    connected: bool
    alive: bool
    connected_at: int | None
    signal_quality: int
    power_level: int | None


class Group(Entity, kw_only=True):
    """A door group."""

    type: ClassVar[str] = "door_group"
    name: str


class GroupDoor(Entity, kw_only=True):
    """A lock or door in a group."""

    type: ClassVar[str] = "door_group_door"
    group_id: str
    door_id: str
    door_type: Literal["lock", "acs_door"]


# ---- persons and their accesses


class AccessUser(Entity, kw_only=True, tag="access_user", tag_field="kind"):
    """A permanent person."""

    type: ClassVar[str] = "access_user"
    name: str
    email: str | None = None
    phone: str | None = None
    pin: str | None = None
    card_number: str | None = None
    department: str | None = None
    deactivated: bool = False
    rental_source: str | None = None
    by_integration: bool = False
    """Whether an application created the person, not the account's owner."""
    used: bool = False
    """Whether the person was ever let in anywhere."""


class AccessGuest(AccessUser, kw_only=True, tag="access_guest", tag_field="kind"):
    """A temporary person. The times are local to each place that the guest may enter.

    `start_by_date`, `end_by_date`: the caller gave a date without a time of day. Then a device's own default applies.
    """

    type: ClassVar[str] = "access_guest"
    starts_at: str
    ends_at: str
    start_by_date: bool = False
    end_by_date: bool = False


AccessPerson = AccessUser | AccessGuest


class Access(Entity, kw_only=True):
    """A person's access to a lock, door, group or location. The times of day override the guest's there."""

    type: ClassVar[str] = "access_person_access"
    person_id: str
    person_type: Literal["access_user", "access_guest"]
    accessible_id: str
    accessible_type: Literal["lock", "acs_door", "door_group", "location"]
    access_schedule_id: str | None = None
    guest_start_time: str | None = None
    guest_end_time: str | None = None


class SyncCounts(NamedTuple):
    """How many locks an access opens, and on how many of them it is synced, pending or failed."""

    devices: int
    synced: int
    pending: int
    failed: int


class ResortGuest(Entity, kw_only=True):
    """A guest of a resort lock. The times are local, to the hour."""

    type: ClassVar[str] = "resort_lock_guest"
    name: str
    email: str | None = None
    pin: str
    starts_at: str
    ends_at: str
    one_time_access: bool = False
    rental_source: str | None = None
    resort_lock_id: str


class DateSpan(msgspec.Struct, frozen=True):
    """A first and a last day, as `2016-11-24`."""

    start_date: str
    end_date: str


class AccessException(Entity, kw_only=True):
    """Days on which an access schedule opens nothing."""

    type: ClassVar[str] = "access_exception"
    name: str
    dates: list[DateSpan]


class Schedule(Entity, kw_only=True):
    """A week. Entries of a day by type: {start_time, end_time}, {time, enable}, {time, action} or {time, cool, heat}."""

    type: ScheduleType
    name: str
    mon: list[dict[str, Any]] = []
    tue: list[dict[str, Any]] = []
    wed: list[dict[str, Any]] = []
    thu: list[dict[str, Any]] = []
    fri: list[dict[str, Any]] = []
    sat: list[dict[str, Any]] = []
    sun: list[dict[str, Any]] = []
    access_exception_id: str | None = None


# ---- events and notifications


class Event(Entity, kw_only=True):
    """An event. `type` is without the ending `_event` that JSON has.

    `occurred_at` is the device's time, `created_at` when the cloud received it. Which attributes a type has is in
    `catalog.EVENT_ATTRIBUTES`.
    """

    type: str
    source: Literal["user", "network", "device"]
    status: Literal["succeeded", "failed"]
    time_zone: str
    occurred_at: int
    publisher_id: str
    publisher_type: str
    associated_resource_id: str | None = None
    associated_resource_type: str | None = None
    associated_resource_name: str | None = None
    status_info: str | None = None
    method: str | None = None
    card: str | None = None
    pin: str | None = None
    smart_card_serial_number: str | None = None
    connected_at: int | None = None
    power_level: int | None = None
    temperature: float | None = None
    humidity: int | None = None


class Subscriber(Entity, kw_only=True):
    """A receiver of notifications: by email, text or webhook."""

    type: SubscriberType
    name: str
    active: bool = True
    email: str | None = None
    phone: str | None = None
    carrier: str | None = None
    url: str | None = None
    content_type: Literal["form", "json"] | None = None
    secret: str | None = None
    failing_since: int | None = None
    """When the oldest delivery that the webhook has not accepted first failed."""


class SubscribedEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of a subscription's `events`. A flag that is None matches both values."""

    event_type: str
    first_access: bool | None = None
    created_by_integration: bool | None = None


class Subscription(Entity, kw_only=True):
    """A subscriber's subscription to some events of a publisher."""

    type: ClassVar[str] = "notification_subscription"
    events: list[SubscribedEvent]
    subscriber_id: str
    subscriber_type: SubscriberType
    publisher_id: str
    publisher_type: str


class Notification(Entity, kw_only=True):
    """One event that was sent to one subscriber. `event_type` is without the ending `_event`."""

    type: ClassVar[str] = "notification"
    subscriber_id: str
    subscriber_type: SubscriberType
    publisher_id: str
    publisher_type: str
    event_id: str
    event_type: str
