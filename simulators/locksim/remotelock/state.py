"""Accounts, their holdings, and when these contradict themselves.

Who owns what:

    entities   what the cloud keeps (persons, accesses, devices as the API shows them, …): the API's rules change it
    bodies     what is physically in a device (pins it holds, bolt, battery, radio): `hardware` and `sync` change it
    sync       the one way between the two: which grants a lock should have, which it has, contacts, commands, counts
    events     `events.record(turn, state, account, type, publisher, …)`: the one way to make an event; it tells `webhooks`
    webhooks   who is told of an event: notifications, mails, texts, webhooks, retries, deactivation
    oauth      applications, codes, tokens; `rate` the window of the minute

1. Everything belongs to one account, and an id is looked for in the caller's account alone.
2. A collection is changed through its shelf (`account.shelves.devices.keep(lock)`), so that pages stay cheap.
3. What depends on the time (a guest's status, the rate window, tokens, whether a device is alive) is a function of now.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from heapq import heappop, heappush
from typing import Any, NamedTuple

import msgspec

from locksim.engine.turn import Turn
from locksim.remotelock import people
from locksim.remotelock.entities import (
    Access,
    AccessException,
    AccessGuest,
    AccessUser,
    AcsDoor,
    Device,
    Event,
    Group,
    GroupDoor,
    Location,
    Lock,
    Notification,
    PowerPlug,
    ResortGuest,
    ResortLock,
    Schedule,
    Subscriber,
    Subscription,
    Thermostat,
)
from locksim.remotelock.indexed_collections import Shelf
from locksim.remotelock.oauth import OAuth

__all__ = ["SCHEDULES", "Account", "Here", "Rate", "Shelves", "State", "User", "check", "new_id"]


class Rate(msgspec.Struct):
    """How often an account has asked in the minute that began at `since`."""

    since: int = 0
    used: int = 0


class User(msgspec.Struct, kw_only=True):
    """Somebody who can sign in."""

    id: str
    created_at: int
    updated_at: int
    name: str
    email: str
    handle: str
    password: str
    primary_account_id: str
    default_account_id: str


class Account(msgspec.Struct, kw_only=True, dict=True):
    """An account and all that it has. Change its collections through `shelves`."""

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
    """Whether it has a subscription (support: `subscription`)."""
    subuser_limit: int | None = None
    """How many access users it may have; None: any number (support: `subuser_limit`)."""
    rate: Rate = msgspec.field(default_factory=Rate)
    locations: dict[str, Location] = {}
    devices: dict[str, Device] = {}
    groups: dict[str, Group] = {}
    doors: dict[str, GroupDoor] = {}
    persons: dict[str, AccessUser | AccessGuest] = {}
    accesses: dict[str, Access] = {}
    exceptions: dict[str, AccessException] = {}
    schedules: dict[str, Schedule] = {}
    resort_guests: dict[str, ResortGuest] = {}
    events: dict[str, Event] = {}
    subscribers: dict[str, Subscriber] = {}
    subscriptions: dict[str, Subscription] = {}
    notifications: dict[str, Notification] = {}

    @cached_property
    def shelves(self) -> Shelves:
        """The collections in their orders; never dumped."""
        return Shelves(self)

    @property
    def zone(self) -> str:
        """The zone of a guest without any accessible: that of the account's first location."""
        return next((location.time_zone for location in self.locations.values()), "UTC")

    def zone_of(self, device: Device) -> str:
        """The zone in which a device is."""
        return self.locations[device.location_id].time_zone

    def lock(self, id: str) -> Lock:
        """The lock of this id, which must be one."""
        device = self.devices[id]
        assert isinstance(device, Lock), f"{id} is no lock"
        return device


class Shelves:
    """The collections of one account, with what each can be filtered and sorted by (the document's own names)."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._now = 0
        self._changes: list[tuple[int, str]] | None = None
        """When whose status changes by itself: a heap, once anybody has asked."""
        self.locations: Shelf[Location] = Shelf(account.locations, sorts=_NAMED, default=(("name", False),))
        self.devices: Shelf[Device] = Shelf(
            account.devices,
            facets=_read(
                "type", "location_id", "model_id", "auto_lock_schedule_id", "lock_action_schedule_id",
                "power_plug_schedule_id", "thermostat_schedule_id", "serial_number",
            ),
            sorts=_NAMED,
            indexed=("location_id", "serial_number", *SCHEDULES),
        )  # fmt: skip
        self.groups: Shelf[Group] = Shelf(account.groups, facets=_read("type"), sorts=_NAMED)
        self.doors: Shelf[GroupDoor] = Shelf(
            account.doors,
            facets=_read("group_id", "door_id", "door_type"),
            sorts=_read("created_at"),
            indexed=("group_id", "door_id"),
        )
        self.accesses: Shelf[Access] = Shelf(
            account.accesses,
            facets=_read("accessible_id", "accessible_type", "access_schedule_id")
            | {"access_person_id": lambda access: access.person_id}
            | {"access_person_type": lambda access: access.person_type},
            indexed=("accessible_id", "access_person_id", "access_schedule_id"),
        )
        self.exceptions: Shelf[AccessException] = Shelf(account.exceptions, sorts=_NAMED)
        self.schedules: Shelf[Schedule] = Shelf(
            account.schedules,
            facets=_read("type", "access_exception_id"),
            sorts=_NAMED,
            indexed=("access_exception_id",),
        )
        self.resort_guests: Shelf[ResortGuest] = Shelf(
            account.resort_guests,
            facets=_read("resort_lock_id", "pin"),
            sorts=_NAMED | _read("starts_at", "ends_at"),
            indexed=("resort_lock_id", "pin"),
        )
        self.events: Shelf[Event] = Shelf(
            account.events,
            facets=_read(
                "type", "publisher_id", "publisher_type", "associated_resource_id", "associated_resource_type"
            ),
            sorts=_read("created_at", "occurred_at"),
            indexed=("associated_resource_id", "publisher_id"),
            default=(("occurred_at", True),),
        )
        self.subscribers: Shelf[Subscriber] = Shelf(account.subscribers, facets=_read("type"), sorts=_NAMED)
        self.subscriptions: Shelf[Subscription] = Shelf(
            account.subscriptions,
            facets=_read("subscriber_id", "subscriber_type", "publisher_id", "publisher_type"),
            sorts=_read("created_at"),
            indexed=("publisher_id", "subscriber_id"),
        )
        self.notifications: Shelf[Notification] = Shelf(
            account.notifications,
            facets=_read(
                "subscriber_id", "subscriber_type", "publisher_id", "publisher_type", "event_id", "event_type"
            ),
            indexed=("subscriber_id",),
        )
        self._persons: Shelf[AccessUser | AccessGuest] = Shelf(
            account.persons,
            facets=_read("type", "pin") | {"status": lambda person: people.status(account, person, self._now)},
            sorts=_NAMED | _read("updated_at", "department", "starts_at", "ends_at"),
            indexed=("pin",),
        )

    def persons(self, now: int) -> Shelf[AccessUser | AccessGuest]:
        """The access persons, their statuses as of now."""
        self._now = max(self._now, now)
        if self._changes is None:
            self._changes = []
            for person in self._persons:
                self._foresee(self._changes, person)
        while self._changes and self._changes[0][0] <= self._now:
            changed = self._persons.get(heappop(self._changes)[1])
            if changed is not None:
                self._persons.keep(changed)
        return self._persons

    def keep_person(self, person: AccessUser | AccessGuest, now: int) -> None:
        """Add the person, or notice that what its status depends on has changed: its times, its accesses, a zone."""
        self.persons(now).keep(person)
        if self._changes is not None:
            self._foresee(self._changes, person)

    def _foresee(self, changes: list[tuple[int, str]], person: AccessUser | AccessGuest) -> None:
        if isinstance(person, AccessGuest) and not person.deactivated:
            for instant in people.life(self._account, person):
                if instant > self._now:
                    heappush(changes, (instant, person.id))

    def check(self) -> None:
        """Raises AssertionError when a shelf is stale."""
        for shelf in vars(self).values():
            if isinstance(shelf, Shelf):
                shelf.check()


def _read(*names: str) -> dict[str, Any]:
    """Facets or sort keys that are attributes; None where an item's type has none of that name."""

    def reader(name: str) -> Any:
        return lambda item: getattr(item, name, None)

    return {name: reader(name) for name in names}


_NAMED = _read("created_at", "name")
SCHEDULES = (
    "auto_lock_schedule_id",
    "lock_action_schedule_id",
    "power_plug_schedule_id",
    "thermostat_schedule_id",
)


class State(msgspec.Struct, kw_only=True):
    """The RemoteLock side of a world. `serial` numbers what is made, and so its ids."""

    accounts: dict[str, Account]
    users: dict[str, User]
    oauth: OAuth
    serial: int = 0

    def home_of(self, device_id: str) -> tuple[Account, Device] | None:
        """The account that has this device, and the device."""
        for account in self.accounts.values():
            device = account.devices.get(device_id)
            if device is not None:
                return account, device
        return None


class Here(NamedTuple):
    """Who asks, where: what the API's rules are handed."""

    turn: Turn
    state: State
    account: Account
    user: User

    @property
    def shelves(self) -> Shelves:
        """The account's collections."""
        return self.account.shelves

    def born(self, kind: str) -> dict[str, Any]:
        """id, created_at and updated_at of something new."""
        return {"id": new_id(self.turn, self.state, kind), "created_at": self.turn.now, "updated_at": self.turn.now}

    def change(self, thing: Any, values: Mapping[str, Any]) -> bool:
        """Set these attributes. → whether any is another now; then it counts as updated."""
        changed = [name for name, value in values.items() if getattr(thing, name) != value]
        for name in changed:
            setattr(thing, name, values[name])
        if changed:
            thing.updated_at = self.turn.now
        return bool(changed)


def new_id(turn: Turn, state: State, kind: str) -> str:
    """An id that nothing has yet."""
    state.serial += 1
    return turn.random(kind, state.serial).uuid()


def check(state: State) -> None:
    """Raises AssertionError when the state contradicts itself."""
    for account in state.accounts.values():
        assert account.primary_owner_id in state.users, f"{account.name}: nobody owns it"
        _check_relations(account)
        account.shelves.check()
    for user in state.users.values():
        assert user.primary_account_id in state.accounts, f"{user.email}: no such account"
    state.oauth.check(state.accounts.keys(), state.users.keys())


def _check_relations(account: Account) -> None:
    for collection in (account.locations, account.devices, account.persons, account.accesses, account.events):
        assert all(key == item.id for key, item in collection.items()), f"{account.name}: an id is not its own"
    for device in account.devices.values():
        assert device.location_id in account.locations, f"{device.name}: no such location"
        if isinstance(device, Lock | PowerPlug | Thermostat):
            for name in SCHEDULES:
                schedule = getattr(device, name, None)
                assert schedule is None or schedule in account.schedules, f"{device.name}: no such {name}"
    for door in account.doors.values():
        assert door.group_id in account.groups, "a door of no group"
        assert isinstance(account.devices.get(door.door_id), Lock | AcsDoor), "a group has what is no door"
    for access in account.accesses.values():
        assert access.person_id in account.persons, "an access of nobody"
        assert _accessible(account, access), "an access to nothing"
        assert access.access_schedule_id is None or access.access_schedule_id in account.schedules, "no such schedule"
    for guest in account.resort_guests.values():
        assert isinstance(account.devices.get(guest.resort_lock_id), ResortLock), "a resort guest without a lock"
    for schedule in account.schedules.values():
        assert schedule.access_exception_id is None or schedule.access_exception_id in account.exceptions
    for subscription in account.subscriptions.values():
        assert subscription.subscriber_id in account.subscribers, "a subscription without a subscriber"
    for note in account.notifications.values():
        assert note.subscriber_id in account.subscribers, "a notification without a subscriber"


def _accessible(account: Account, access: Access) -> bool:
    places: dict[str, Any] = {"location": account.locations, "door_group": account.groups}
    return access.accessible_id in places.get(access.accessible_type, account.devices)
