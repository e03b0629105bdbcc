"""An account, its collections, and what status a guest's times make.

A guest's times have no zone: they are local to wherever the guest may enter. So one guest can be current in one place
and upcoming in another. The API shows one status: *current* from the earliest start in all these places, *expired* from
the latest end. Without any place, the account's first location decides. Devices decide in their own zone, [start, end).

Change a collection through `Account.collections` (`account.collections.devices.save(lock)`), so that its indices and
views stay right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from heapq import heappop, heappush
from typing import Any, Literal

import msgspec

from locksim.remotelock import zones
from locksim.remotelock.entities import (
    Access,
    AccessException,
    AccessGuest,
    AccessPerson,
    AcsDoor,
    Device,
    Event,
    Group,
    GroupDoor,
    Location,
    Lock,
    Notification,
    ResortGuest,
    Schedule,
    Subscriber,
    Subscription,
)
from locksim.remotelock.indexed_collections import IndexedCollection

__all__ = ["DEVICE_SCHEDULES", "Account", "Collections", "RateWindow", "Status"]

Status = Literal["upcoming", "current", "expired", "deactivated"]

DEVICE_SCHEDULES = (
    "auto_lock_schedule_id",
    "lock_action_schedule_id",
    "power_plug_schedule_id",
    "thermostat_schedule_id",
)
"""The attributes by which a device refers to a schedule."""


class RateWindow(msgspec.Struct):
    """How many requests an account has used in the minute that began at `since`."""

    since: int = 0
    used: int = 0


class Account(msgspec.Struct, kw_only=True, dict=True):
    """An account and all that belongs to it."""

    id: str
    created_at: int
    updated_at: int
    name: str
    primary_owner_id: str
    owner_role_id: str
    default_guest_start_time: str = "11:00:00"
    default_guest_end_time: str = "23:00:00"
    rental_guest_time_override: bool = False
    paid: bool = True
    """Whether it has a subscription (support action `subscription`)."""
    subuser_limit: int | None = None
    """How many access users it may have; None: any number (support action `subuser_limit`)."""
    rate: RateWindow = msgspec.field(default_factory=RateWindow)
    locations: dict[str, Location] = {}
    devices: dict[str, Device] = {}
    groups: dict[str, Group] = {}
    doors: dict[str, GroupDoor] = {}
    persons: dict[str, AccessPerson] = {}
    accesses: dict[str, Access] = {}
    exceptions: dict[str, AccessException] = {}
    schedules: dict[str, Schedule] = {}
    resort_guests: dict[str, ResortGuest] = {}
    events: dict[str, Event] = {}
    subscribers: dict[str, Subscriber] = {}
    subscriptions: dict[str, Subscription] = {}
    notifications: dict[str, Notification] = {}

    @cached_property
    def collections(self) -> Collections:
        """The indexed collections over the dicts. They are not part of the saved state."""
        return Collections(self)

    @cached_property
    def rendered_devices(self) -> dict[str, Any]:
        """Device id → its JSON as of an earlier page (`operations.rendered_devices`). It is not part of the saved state."""
        return {}

    # ---- places

    @property
    def zone(self) -> str:
        """The time zone of the account's first location."""
        return next((location.time_zone for location in self.locations.values()), "UTC")

    def zone_of(self, device: Device) -> str:
        """Return the time zone of the device's location."""
        return self.locations[device.location_id].time_zone

    def devices_opened_by(self, access: Access) -> list[Lock | AcsDoor]:
        """Return the locks and doors that an access opens: one, a group's, or a location's."""
        found: list[Device]
        if access.accessible_type == "location":
            found = self.collections.devices.find("location_id", access.accessible_id)
        elif access.accessible_type == "door_group":
            doors = self.collections.doors.find("group_id", access.accessible_id)
            found = [self.devices[door.door_id] for door in doors]
        else:
            found = [self.devices[access.accessible_id]]
        return [device for device in found if isinstance(device, Lock | AcsDoor)]

    def accesses_to(self, device: Lock | AcsDoor) -> list[Access]:
        """Return the accesses that open a device: to itself, to its groups, to its location."""
        groups = [door.group_id for door in self.collections.doors.find("door_id", device.id)]
        return [
            access
            for accessible in (device.id, *groups, device.location_id)
            for access in self.collections.accesses.find("accessible_id", accessible)
        ]

    # ---- persons

    def status(self, person: AccessPerson, now: int) -> Status:
        """Return the person's status at this time."""
        if person.deactivated:
            return "deactivated"
        if not isinstance(person, AccessGuest):
            return "current"
        start, end = self.stay(person)
        return "expired" if now >= end else "current" if now >= start else "upcoming"

    def stay(self, guest: AccessGuest) -> tuple[int, int]:
        """Return the earliest start and the latest end in all places that the guest may enter (µs, UTC)."""
        windows = [
            _local_window(guest, zone, access.guest_start_time, access.guest_end_time)
            for access in self.collections.accesses.find("access_person_id", guest.id)
            for zone in self._zones_of(access)
        ] or [_local_window(guest, self.zone, None, None)]
        return min(start for start, _ in windows), max(end for _, end in windows)

    def window(self, guest: AccessGuest, access: Access, device: Device) -> tuple[int, int]:
        """Return when this access opens this device for the guest: [start, end) in µs, UTC.

        The time of day is the access's override; else the device's default, if the guest's date came without a time of
        day; else the guest's own.
        """
        start, end = access.guest_start_time, access.guest_end_time
        if isinstance(device, Lock):
            start = start or (device.default_guest_start_time if guest.start_by_date else None)
            end = end or (device.default_guest_end_time if guest.end_by_date else None)
        return _local_window(guest, self.zone_of(device), start, end)

    def _zones_of(self, access: Access) -> Iterator[str]:
        if access.accessible_type == "location":
            yield self.locations[access.accessible_id].time_zone
        elif access.accessible_type == "door_group":
            for door in self.collections.doors.find("group_id", access.accessible_id):
                yield self.zone_of(self.devices[door.door_id])
        else:
            yield self.zone_of(self.devices[access.accessible_id])


def _local_window(guest: AccessGuest, zone: str, start: str | None, end: str | None) -> tuple[int, int]:
    starts = guest.starts_at if start is None else f"{guest.starts_at[:10]}T{start}"
    ends = guest.ends_at if end is None else f"{guest.ends_at[:10]}T{end}"
    return zones.start_of(starts, zone), zones.end_of(ends, zone)


class Collections:
    """The collections of one account, with what each can be filtered and sorted by, under the document's names."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._now = 0
        self._status_changes: list[tuple[int, str]] | None = None
        """A heap of (time, guest id): when a status changes with time. None until somebody has asked for persons."""
        self.locations: IndexedCollection[Location] = IndexedCollection(
            account.locations, sorts=_CREATED_OR_NAME, default=(("name", False),)
        )
        self.devices: IndexedCollection[Device] = IndexedCollection(
            account.devices,
            facets=_attributes(
                "type", "location_id", "model_id", "auto_lock_schedule_id", "lock_action_schedule_id",
                "power_plug_schedule_id", "thermostat_schedule_id", "serial_number",
            ),
            sorts=_CREATED_OR_NAME,
            indexed=("location_id", "serial_number", *DEVICE_SCHEDULES),
        )  # fmt: skip
        self.groups: IndexedCollection[Group] = IndexedCollection(
            account.groups, facets=_attributes("type"), sorts=_CREATED_OR_NAME
        )
        self.doors: IndexedCollection[GroupDoor] = IndexedCollection(
            account.doors,
            facets=_attributes("group_id", "door_id", "door_type"),
            sorts=_attributes("created_at"),
            indexed=("group_id", "door_id"),
        )
        self.accesses: IndexedCollection[Access] = IndexedCollection(
            account.accesses,
            facets=_attributes("accessible_id", "accessible_type", "access_schedule_id")
            | {"access_person_id": lambda access: access.person_id}
            | {"access_person_type": lambda access: access.person_type},
            indexed=("accessible_id", "access_person_id", "access_schedule_id"),
        )
        self.exceptions: IndexedCollection[AccessException] = IndexedCollection(
            account.exceptions, sorts=_CREATED_OR_NAME
        )
        self.schedules: IndexedCollection[Schedule] = IndexedCollection(
            account.schedules,
            facets=_attributes("type", "access_exception_id"),
            sorts=_CREATED_OR_NAME,
            indexed=("access_exception_id",),
        )
        self.resort_guests: IndexedCollection[ResortGuest] = IndexedCollection(
            account.resort_guests,
            facets=_attributes("resort_lock_id", "pin"),
            sorts=_CREATED_OR_NAME | _attributes("starts_at", "ends_at"),
            indexed=("resort_lock_id", "pin"),
        )
        self.events: IndexedCollection[Event] = IndexedCollection(
            account.events,
            facets=_attributes(
                "type", "publisher_id", "publisher_type", "associated_resource_id", "associated_resource_type"
            ),
            sorts=_attributes("created_at", "occurred_at"),
            indexed=("associated_resource_id", "publisher_id"),
            default=(("occurred_at", True),),
        )
        self.subscribers: IndexedCollection[Subscriber] = IndexedCollection(
            account.subscribers, facets=_attributes("type"), sorts=_CREATED_OR_NAME
        )
        self.subscriptions: IndexedCollection[Subscription] = IndexedCollection(
            account.subscriptions,
            facets=_attributes("subscriber_id", "subscriber_type", "publisher_id", "publisher_type"),
            sorts=_attributes("created_at"),
            indexed=("publisher_id", "subscriber_id"),
        )
        self.notifications: IndexedCollection[Notification] = IndexedCollection(
            account.notifications,
            facets=_attributes(
                "subscriber_id", "subscriber_type", "publisher_id", "publisher_type", "event_id", "event_type"
            ),
            indexed=("subscriber_id",),
        )
        self._persons: IndexedCollection[AccessPerson] = IndexedCollection(
            account.persons,
            facets=_attributes("type", "pin", "card_number")
            | {"status": lambda person: account.status(person, self._now)},
            sorts=_CREATED_OR_NAME | _attributes("updated_at", "department", "starts_at", "ends_at"),
            indexed=("pin", "card_number"),
        )

    def persons(self, now: int) -> IndexedCollection[AccessPerson]:
        """Return the access persons, with their statuses as of now."""
        self._now = max(self._now, now)
        if self._status_changes is None:
            self._status_changes = []
            for person in self._persons:
                self._add_status_changes(self._status_changes, person)
        while self._status_changes and self._status_changes[0][0] <= self._now:
            changed = self._persons.get(heappop(self._status_changes)[1])
            if changed is not None:
                self._persons.save(changed)
        return self._persons

    def save_person(self, person: AccessPerson, now: int) -> None:
        """Add the person, or update what depends on it. Call it also when its accesses or a zone have changed."""
        self.persons(now).save(person)
        if self._status_changes is not None:
            self._add_status_changes(self._status_changes, person)

    def _add_status_changes(self, changes: list[tuple[int, str]], person: AccessPerson) -> None:
        if isinstance(person, AccessGuest) and not person.deactivated:
            for instant in self._account.stay(person):
                if instant > self._now:
                    heappush(changes, (instant, person.id))

    def check(self) -> None:
        """Raise AssertionError if an index or a view is stale."""
        for collection in vars(self).values():
            if isinstance(collection, IndexedCollection):
                collection.check()


def _attributes(*names: str) -> dict[str, Callable[[Any], Any]]:
    """Return facets or sort keys that read attributes. They give None for an item without the attribute."""

    def reader(name: str) -> Callable[[Any], Any]:
        return lambda item: getattr(item, name, None)

    return {name: reader(name) for name in names}


_CREATED_OR_NAME = _attributes("created_at", "name")
