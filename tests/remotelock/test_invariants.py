"""Every inconsistency of a state is found."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

from locksim.remotelock import VENDOR, seed
from locksim.remotelock.account import Account
from locksim.remotelock.entities import AcsDoor, Lock, PowerPlug
from locksim.remotelock.physical import UnreportedEvent
from tests.remotelock.keeper import Keeper

Harm = Callable[[Account], Any]


def lock(account: Account, key: str = seed.FRONT_DOOR) -> Lock:
    found = account.devices[key]
    assert isinstance(found, Lock)
    return found


def door(account: Account) -> AcsDoor:
    found = account.devices[seed.LOBBY]
    assert isinstance(found, AcsDoor)
    return found


def _relocks_what_is_locked(account: Account) -> None:
    lock(account).physical.relock_at = 1


def _holds_what_it_refused(account: Account) -> None:
    lock(account).physical.sync_failures[seed.CARETAKER_FRONT] = "pin_conflict"


def _knows_somebody_before_its_first_contact(account: Account) -> None:
    lock(account, seed.BARE_LOCK).physical.grants = dict(lock(account).physical.grants)


def _cloud_adds_local_pins(account: Account) -> None:
    lock(account).settings.local_pins = ["3719", "445566"]


def _tells_twice(account: Account) -> None:
    lock(account).physical.unreported_events = [UnreportedEvent("one", "reset", 1), UnreportedEvent("one", "reset", 1)]


def _online_and_offline(account: Account) -> None:
    lock(account).physical.link.offline_since = 1


def _offline_since_nobody_knows(account: Account) -> None:
    lock(account).physical.link.online = False


def _lost_before_it_was_there(account: Account) -> None:
    lock(account, seed.BARE_LOCK).physical.link.lost = True


def _held_open_and_shut(account: Account) -> None:
    door(account).physical.held_open_at = 1


def _door_relocks_what_is_locked(account: Account) -> None:
    door(account).physical.relock_at = 1


def _orders_wait_for_who_is_there(account: Account) -> None:
    door(account).physical.command = "lock"


def _plug_and_cloud_differ(account: Account) -> None:
    plug = account.devices[seed.PLUG]
    assert isinstance(plug, PowerPlug)
    plug.on = not plug.on


def _an_access_of_nobody(account: Account) -> None:
    del account.persons[seed.NEWCOMER]


def _an_access_to_nothing(account: Account) -> None:
    del account.groups[seed.INDOORS]


def _a_device_nowhere(account: Account) -> None:
    del account.locations[seed.QUAY]


def _a_stale_collection(account: Account) -> None:
    account.collections.devices.page({}, (("name", False),), 0, 50)
    account.devices[seed.CELLAR].name = "Aaa"


def _a_schedule_that_is_gone(account: Account) -> None:
    del account.schedules[seed.OPENING_HOURS]


def _a_subscription_of_nobody(account: Account) -> None:
    del account.subscribers[seed.TEXTED]


HARMS: list[Harm] = [
    harm for name, harm in list(globals().items()) if isinstance(harm, FunctionType) and name[0] == "_"
]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: str(harm.__name__).strip("_"))
def test_a_contradiction_is_found(keeper: Keeper, harm: Harm) -> None:
    VENDOR.invariants(keeper.state)
    harm(keeper.account)
    with pytest.raises(AssertionError):
        VENDOR.invariants(keeper.state)
