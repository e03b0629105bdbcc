"""What there is in an account: plain typed records, as the service keeps them.

Instants are microseconds since the epoch, UTC. Texts of local times are normalised: `2018-09-10T00:00:00` for a guest's,
`14:00:00` for a time of day, `09:00` in schedules. `X_id` None: the relation is unset.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from locksim.remotelock.bodies import Bolt, DoorBody, LockBody, LockSettings, PlugBody, ResortBody, ThermostatBody

__all__ = [
    "Access",
    "AccessException",
    "AccessGuest",
    "AccessPerson",
    "AccessUser",
    "AcsDoor",
    "DateSpan",
    "Device",
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
    "Subscriber",
    "SubscriberType",
    "Subscription",
    "Thermostat",
    "Thing",
    "Watched",
]

ScheduleType = Literal[
    "access_schedule", "auto_lock_schedule", "lock_action_schedule", "power_plug_schedule", "thermostat_schedule"
]
SubscriberType = Literal[
    "email_notification_subscriber", "text_notification_subscriber", "webhook_notification_subscriber"
]


class Thing(msgspec.Struct, kw_only=True):
    """What everything has."""

    id: str
    created_at: int
    updated_at: int


# ---- places and devices


class Location(Thing, kw_only=True):
    """Where devices are. `time_zone` is a name of the tz database."""

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


class Lock(Thing, kw_only=True, tag="lock", tag_field="kind"):
    """A connected lock, as the cloud knows it; `body` is what is on the door.

    `state` is what the API shows: optimistic after a command. `connected_at`: its last contact, None before the first.
    """

    type: ClassVar[str] = "lock"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    body: LockBody
    settings: LockSettings = msgspec.field(default_factory=LockSettings)
    state: Bolt = "locked"
    connected_at: int | None = None
    signal_quality: int = 0
    power_level: int = 0
    default_guest_start_time: str | None = None
    default_guest_end_time: str | None = None
    auto_lock_schedule_id: str | None = None
    lock_action_schedule_id: str | None = None


class PowerPlug(Thing, kw_only=True, tag="power_plug", tag_field="kind"):
    """A plug. The measures are its last ones."""

    type: ClassVar[str] = "power_plug"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    body: PlugBody = msgspec.field(default_factory=PlugBody)
    heartbeat_interval: int = 0
    connected_at: int | None = None
    signal_quality: int = 0
    on: bool = False
    voltage: float = 0.0
    power: float = 0.0
    power_factor: float = 0.0
    current: float = 0.0
    frequency: float = 0.0
    total_power: float = 0.0
    occupied: bool = False
    power_plug_schedule_id: str | None = None


class Thermostat(Thing, kw_only=True, tag="thermostat", tag_field="kind"):
    """A thermostat. `power_level` only on batteries."""

    type: ClassVar[str] = "thermostat"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    body: ThermostatBody = msgspec.field(default_factory=ThermostatBody)
    heartbeat_interval: int = 0
    power_source: str = "hardwire"
    power_level: int | None = None
    connected_at: int | None = None
    signal_quality: int = 0
    current_mode: str = "off"
    target_mode: str = "off"
    fan_mode: str = "auto"
    hold: bool = False
    temperature: float = 0.0
    target_temperature: float = 0.0
    unit: str = "F"
    humidity: int = 0
    energy_saver: bool = False
    scheduled_target_temperature: float = 0.0
    desired_target_temperature: float = 0.0
    thermostat_schedule_id: str | None = None


class ResortLock(Thing, kw_only=True, tag="resort_lock", tag_field="kind"):
    """A lock without radio: what it takes is arithmetic."""

    type: ClassVar[str] = "resort_lock"
    name: str
    serial_number: str
    model_id: str
    location_id: str
    body: ResortBody = msgspec.field(default_factory=ResortBody)
    default_guest_start_time: str | None = None
    default_guest_end_time: str | None = None


class AcsDoor(Thing, kw_only=True, tag="acs_door", tag_field="kind"):
    """A door of an access control system; wired, so that it obeys at once when `connected`."""

    type: ClassVar[str] = "acs_door"
    name: str
    location_id: str
    body: DoorBody = msgspec.field(default_factory=DoorBody)
    state: Bolt = "locked"
    connected: bool = True


Device = Lock | PowerPlug | Thermostat | ResortLock | AcsDoor


class Group(Thing, kw_only=True):
    """A door group."""

    type: ClassVar[str] = "door_group"
    name: str


class GroupDoor(Thing, kw_only=True):
    """A lock or door in a group."""

    type: ClassVar[str] = "door_group_door"
    group_id: str
    door_id: str
    door_type: Literal["lock", "acs_door"]


# ---- persons and what they may enter


class AccessUser(Thing, kw_only=True, tag="access_user", tag_field="kind"):
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
    """Whether an application made it, rather than the account's owner by hand."""
    used: bool = False
    """Whether it was ever let in anywhere."""


class AccessGuest(AccessUser, kw_only=True, tag="access_guest", tag_field="kind"):
    """A temporary person. Its times are local to wherever it wants in.

    `start_by_date`, `end_by_date`: the caller gave a date alone, so that a device's own default time of day counts there.
    """

    type: ClassVar[str] = "access_guest"
    starts_at: str
    ends_at: str
    start_by_date: bool = False
    end_by_date: bool = False


AccessPerson = AccessUser | AccessGuest


class Access(Thing, kw_only=True):
    """A person's access to a lock, door, group or location. The times of day override the guest's there."""

    type: ClassVar[str] = "access_person_access"
    person_id: str
    person_type: Literal["access_user", "access_guest"]
    accessible_id: str
    accessible_type: Literal["lock", "acs_door", "door_group", "location"]
    access_schedule_id: str | None = None
    guest_start_time: str | None = None
    guest_end_time: str | None = None


class ResortGuest(Thing, kw_only=True):
    """A guest of a resort lock; local times, to the hour."""

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
    """Days, both included, as `2016-11-24`."""

    start_date: str
    end_date: str


class AccessException(Thing, kw_only=True):
    """Days on which an access schedule opens nothing."""

    type: ClassVar[str] = "access_exception"
    name: str
    dates: list[DateSpan]


class Schedule(Thing, kw_only=True):
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


# ---- what is told


class Event(Thing, kw_only=True):
    """Something that happened. `type` is the bare word (`unlocked`); the wire adds `_event`.

    `occurred_at` is the device's time, `created_at` when the cloud heard of it. What a type tells: `catalog.TELLS`.
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


class Subscriber(Thing, kw_only=True):
    """Who is told: by mail, by text or by webhook."""

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
    """When the oldest message that a webhook has not acknowledged first failed."""


class Watched(msgspec.Struct, frozen=True, omit_defaults=True):
    """One entry of a subscription's `events`. None: both kinds."""

    event_type: str
    first_access: bool | None = None
    created_by_integration: bool | None = None


class Subscription(Thing, kw_only=True):
    """Publisher, subscriber, and the events to listen to."""

    type: ClassVar[str] = "notification_subscription"
    events: list[Watched]
    subscriber_id: str
    subscriber_type: SubscriberType
    publisher_id: str
    publisher_type: str


class Notification(Thing, kw_only=True):
    """One event told to one subscriber. `event_type` is the bare word."""

    type: ClassVar[str] = "notification"
    subscriber_id: str
    subscriber_type: SubscriberType
    publisher_id: str
    publisher_type: str
    event_id: str
    event_type: str
