"""The one way to make an event.

An event happens at a device's own time (`occurred_at`) and reaches the cloud now (`created_at`): a lock that was offline
tells late. `webhooks.told` hears of each.
"""

from __future__ import annotations

from typing import Any, Literal

from locksim.engine.turn import Turn
from locksim.remotelock import webhooks
from locksim.remotelock.catalog import TELLS
from locksim.remotelock.entities import AccessGuest, AccessUser, Device, Event
from locksim.remotelock.state import Account, State, new_id

__all__ = ["name_it", "record"]


def record(
    turn: Turn,
    state: State,
    account: Account,
    type: str,
    publisher: Device | AccessUser | AccessGuest,
    *,
    source: Literal["user", "network", "device"] = "device",
    status: Literal["succeeded", "failed"] = "succeeded",
    about: Device | AccessUser | AccessGuest | None = None,
    occurred_at: int | None = None,
    zone: str | None = None,
    id: str | None = None,
    **told: Any,
) -> Event:
    """Record that `type` (a bare word of `catalog.EVENT_TYPES`) happened, and let subscribers know. → the event.

    `about`: its associated resource. `zone`: by default the publisher's, or that of the device it is about. `id`: what it
    was given when it happened; by default a new one. `told`: what the type tells beside (`catalog.TELLS`): method, card,
    pin, status_info, power_level …
    """
    assert set(told) <= set(TELLS[type]), f"{type} does not tell {', '.join(set(told) - set(TELLS[type]))}"
    event = Event(
        id=id or new_id(turn, state, "event"),
        created_at=turn.now,
        updated_at=turn.now,
        type=type,
        source=source,
        status=status,
        time_zone=zone or _zone(account, publisher, about),
        occurred_at=turn.now if occurred_at is None else occurred_at,
        publisher_id=publisher.id,
        publisher_type=publisher.type,
        associated_resource_id=None if about is None else about.id,
        associated_resource_type=None if about is None else about.type,
        **told,
    )
    account.shelves.events.keep(event)
    webhooks.told(turn, state, account, event)
    return event


def name_it(account: Account, thing: Device | AccessUser | AccessGuest) -> None:
    """This is being deleted: the events about it stay, and keep its name (chapter *Get all events*)."""
    for event in account.shelves.events.of("associated_resource_id", thing.id):
        event.associated_resource_name = thing.name


def _zone(account: Account, *things: Device | AccessUser | AccessGuest | None) -> str:
    for thing in things:
        if thing is not None and not isinstance(thing, AccessUser):
            return account.zone_of(thing)
    return account.zone
