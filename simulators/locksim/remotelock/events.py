"""Record events.

An event happens at the device's time (`occurred_at`) and reaches the cloud now (`created_at`); a lock that was offline
reports late. Each event is passed on to its subscribers.
"""

from __future__ import annotations

from typing import Any, Literal

from locksim.engine.turn import Turn
from locksim.remotelock import notifications
from locksim.remotelock.account import Account
from locksim.remotelock.catalog import EVENT_ATTRIBUTES
from locksim.remotelock.entities import AccessPerson, AccessUser, Device, Event
from locksim.remotelock.state import State, new_id, next_sequence

__all__ = ["keep_name", "record"]


def record(
    turn: Turn,
    state: State,
    account: Account,
    type: str,
    publisher: Device | AccessPerson,
    *,
    source: Literal["user", "network", "device"] = "device",
    status: Literal["succeeded", "failed"] = "succeeded",
    associated: Device | AccessPerson | None = None,
    occurred_at: int | None = None,
    id: str | None = None,
    **details: Any,
) -> Event:
    """Record an event and notify its subscribers. Return the event.

    `type` is one of `catalog.EVENT_TYPES`; `details` are further attributes that it has (`catalog.EVENT_ATTRIBUTES`).
    `associated` is the associated resource. `occurred_at` (µs, UTC) is now by default. `id` is the one that the event was
    given when it happened; by default a new one.
    """
    unknown = set(details) - set(EVENT_ATTRIBUTES[type])
    assert not unknown, f"{type} has no attributes {', '.join(unknown)}"
    event = Event(
        id=id or new_id(turn, state, "event"),
        created_at=turn.now,
        updated_at=turn.now,
        sequence=next_sequence(state),
        type=type,
        source=source,
        status=status,
        time_zone=_zone(account, publisher, associated),
        occurred_at=turn.now if occurred_at is None else occurred_at,
        publisher_id=publisher.id,
        publisher_type=publisher.type,
        associated_resource_id=None if associated is None else associated.id,
        associated_resource_type=None if associated is None else associated.type,
        **details,
    )
    account.collections.events.save(event)
    notifications.notify(turn, state, account, event)
    return event


def keep_name(account: Account, item: Device | AccessPerson) -> None:
    """Write the name of an item that is being deleted into its events (chapter *Get all events*)."""
    for event in account.collections.events.find("associated_resource_id", item.id):
        event.associated_resource_name = item.name


def _zone(account: Account, *items: Device | AccessPerson | None) -> str:
    """Return the time zone of the first device among these, or else the account's."""
    for item in items:
        if item is not None and not isinstance(item, AccessUser):
            return account.zone_of(item)
    return account.zone
