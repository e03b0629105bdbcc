"""The whole state of the RemoteLock simulator, and what must always be true of it.

    entities      what the cloud stores: persons, accesses, devices as the API shows them; changed by `rules`
    physical      what is really in a device: its pins, bolt, battery, radio; changed by `hardware` alone
    hardware      one class a kind of device; the only code between the cloud and the devices
    events        records an event and notifies its subscribers
    notifications emails, texts and webhooks about events, with retries and deactivation
    oauth         applications, codes, tokens

1. Everything belongs to one account. An id is looked up in the caller's account only.
2. What depends on the time is computed from now: a guest's status, rate windows, tokens, whether a device is alive.
"""

from __future__ import annotations

from typing import Any

import msgspec

from locksim.engine.turn import Turn
from locksim.remotelock.account import DEVICE_SCHEDULES, Account
from locksim.remotelock.entities import Access, AcsDoor, Device, Lock, PowerPlug, ResortLock, Thermostat
from locksim.remotelock.oauth import OAuth
from locksim.remotelock.physical import PhysicalLock

__all__ = ["State", "User", "check", "new_id", "next_sequence"]


class User(msgspec.Struct, kw_only=True):
    """A person who can sign in."""

    id: str
    created_at: int
    updated_at: int
    name: str
    email: str
    handle: str
    password: str
    primary_account_id: str
    default_account_id: str


class State(msgspec.Struct, kw_only=True):
    """The RemoteLock part of a world. `serial` counts the random values drawn, `created` the items created."""

    accounts: dict[str, Account]
    users: dict[str, User]
    oauth: OAuth
    serial: int = 0
    created: int = 0
    unregistered: dict[str, PhysicalLock] = {}
    """Serial number → a lock that was deregistered or replaced. It is as it was, should it be registered again."""

    def find_device(self, device_id: str) -> tuple[Account, Device] | None:
        """Return the device with this id, with its account; None when there is none."""
        for account in self.accounts.values():
            device = account.devices.get(device_id)
            if device is not None:
                return account, device
        return None


def next_sequence(state: State) -> int:
    """Return the next item's number in the order of creation."""
    state.created += 1
    return state.created


def new_id(turn: Turn, state: State, kind: str) -> str:
    """Return an unused id. `kind` is the label of the random value."""
    state.serial += 1
    return turn.random(kind, state.serial).uuid()


def check(state: State) -> None:
    """Raise AssertionError if the state is inconsistent."""
    for account in state.accounts.values():
        assert account.primary_owner_id in state.users, f"{account.name}: the owner does not exist"
        _check_relations(account)
        account.collections.check()
    for user in state.users.values():
        assert user.primary_account_id in state.accounts, f"{user.email}: the account does not exist"
    state.oauth.check(state.accounts.keys(), state.users.keys())


def _check_relations(account: Account) -> None:
    for collection in (account.locations, account.devices, account.persons, account.accesses, account.events):
        assert all(key == item.id for key, item in collection.items()), f"{account.name}: an item is under another id"
    for device in account.devices.values():
        assert device.location_id in account.locations, f"{device.name}: the location does not exist"
        if isinstance(device, Lock | PowerPlug | Thermostat):
            for name in DEVICE_SCHEDULES:
                schedule = getattr(device, name, None)
                assert schedule is None or schedule in account.schedules, f"{device.name}: {name} does not exist"
    for door in account.doors.values():
        assert door.group_id in account.groups, "a door is in a group that does not exist"
        assert isinstance(account.devices.get(door.door_id), Lock | AcsDoor), "a group has a device that is no door"
    for access in account.accesses.values():
        assert access.person_id in account.persons, "the person of an access does not exist"
        assert _accessible_exists(account, access), "the accessible of an access does not exist"
        assert access.access_schedule_id is None or access.access_schedule_id in account.schedules, (
            "the schedule of an access does not exist"
        )
    for guest in account.resort_guests.values():
        assert isinstance(account.devices.get(guest.resort_lock_id), ResortLock), "a resort guest has no resort lock"
    for schedule in account.schedules.values():
        assert schedule.access_exception_id is None or schedule.access_exception_id in account.exceptions
    for subscription in account.subscriptions.values():
        assert subscription.subscriber_id in account.subscribers, "the subscriber of a subscription does not exist"
    for notification in account.notifications.values():
        assert notification.subscriber_id in account.subscribers, "the subscriber of a notification does not exist"


def _accessible_exists(account: Account, access: Access) -> bool:
    places: dict[str, Any] = {"location": account.locations, "door_group": account.groups}
    return access.accessible_id in places.get(access.accessible_type, account.devices)
