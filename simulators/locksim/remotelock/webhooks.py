"""Who is told of an event: by mail, by text, by webhook.

1. A subscription hears of what its publisher publishes: a device or a person its own events, a location those of what is
   there, an account all. A subscriber who is told of an event is told once, however many subscriptions say so.
2. `first_access` and `created_by_integration` look at the person of an access_person_used.
3. A webhook has 3 s. What it does not acknowledge with a 2xx is sent again every hour for 72 hours after the first failure;
   if the last of these fails too, it is deactivated, and the account's owner gets a mail (chapters *Retry logic*,
   *Webhook deactivation*).
4. Who is not active is told nothing, and gets no more retries.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any
from urllib.parse import urlencode

import msgspec

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import DeliveryOutcome
from locksim.engine.timestamps import HOUR, SECOND
from locksim.engine.turn import Turn
from locksim.remotelock import mails, serialization
from locksim.remotelock.entities import Event, Notification, Subscriber, Watched
from locksim.remotelock.state import Account, State, new_id

__all__ = ["PATIENCE", "RETRIES", "delivered", "told"]

PATIENCE = 3 * SECOND
RETRIES = 72
"""One an hour."""


def told(turn: Turn, state: State, account: Account, event: Event) -> None:
    """An event was recorded: make a notification for each subscriber who listens to it, and send it out."""
    for subscriber in _listeners(account, event):
        note = Notification(
            id=new_id(turn, state, "notification"),
            created_at=turn.now,
            updated_at=turn.now,
            subscriber_id=subscriber.id,
            subscriber_type=subscriber.type,
            publisher_id=event.publisher_id,
            publisher_type=event.publisher_type,
            event_id=event.id,
            event_type=event.type,
        )
        account.shelves.notifications.keep(note)
        _send(turn, state, account, subscriber, event)


def _listeners(account: Account, event: Event) -> list[Subscriber]:
    found: dict[str, None] = {}
    for publisher in _publishers(account, event):
        for subscription in account.shelves.subscriptions.of("publisher_id", publisher):
            if any(_watches(account, watched, event) for watched in subscription.events):
                found[subscription.subscriber_id] = None
    return [one for one in map(account.subscribers.__getitem__, found) if one.active]


def _publishers(account: Account, event: Event) -> Iterator[str]:
    """Who publishes it: what it happened to, the place where, and the account."""
    yield event.publisher_id
    for key in (event.publisher_id, event.associated_resource_id):
        if key in account.devices:
            yield account.devices[key].location_id
            break
    yield account.id


def _watches(account: Account, watched: Watched, event: Event) -> bool:
    if watched.event_type != event.type:
        return False
    person = account.persons.get(event.publisher_id)
    if person is None:
        return True
    return watched.first_access in (None, not person.used) and watched.created_by_integration in (
        None,
        person.by_integration,
    )


# ---- sending


def _send(turn: Turn, state: State, account: Account, subscriber: Subscriber, event: Event) -> None:
    about: dict[str, str | int] = {"account": account.id, "subscriber": subscriber.id, "event": event.id}
    said = _sentence(account, event)
    match subscriber.type:
        case "email_notification_subscriber":
            owner = state.users[account.primary_owner_id]
            mails.post(turn, subscriber.email or "", said, f"<p>{escape(said)}</p>\n", owner, about)
        case "text_notification_subscriber":
            turn.send("sms", subscriber.phone or "", said.encode(), (("Content-Type", "text/plain"),), about=about)
        case "webhook_notification_subscriber":
            _post(turn, account, subscriber, event, about)


def _post(turn: Turn, account: Account, subscriber: Subscriber, event: Event, about: dict[str, str | int]) -> None:
    document = serialization.event_document(turn, account, event)
    if subscriber.content_type == "json":
        kind, body = serialization.JSON, msgspec.json.encode(document)
    else:
        kind, body = "application/x-www-form-urlencoded", urlencode(list(_pairs("", document))).encode()
    secret = () if subscriber.secret is None else (("X-Secret", subscriber.secret),)
    headers = (("Content-Type", kind), *secret)
    turn.send("webhook", subscriber.url or "", body, headers, about=about, patience=PATIENCE)


def _pairs(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """A document as a form, nested as `data[attributes][pin]`; null is empty, and so is an unset text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _pairs(f"{name}[{key}]" if name else key, inner)
    else:
        yield name, "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _sentence(account: Account, event: Event) -> str:
    """`unlocked: Front door, Joseph Strickland`."""
    names = []
    for key in (event.publisher_id, event.associated_resource_id):
        thing = account.devices.get(key or "") or account.persons.get(key or "")
        names += [thing.name] if thing is not None else []
    return f"{event.type}: {', '.join(names)} at {serialization.stamp(event.occurred_at)}"


# ---- what became of it


def delivered(turn: Turn, state: State, delivery: Delivery, outcome: DeliveryOutcome) -> None:
    """An attempt is over. Mails and texts arrive; a webhook has to acknowledge."""
    if delivery.kind != "webhook":
        return
    account = state.accounts.get(str(delivery.about["account"]))
    subscriber = None if account is None else account.subscribers.get(str(delivery.about["subscriber"]))
    if account is None or subscriber is None:
        return
    if any(_acknowledged(attempt.status) for attempt in delivery.attempts):
        subscriber.failing_since = None
        return
    ended = [attempt.ended for attempt in delivery.attempts if attempt.ended is not None]
    still_open = len(ended) < len(delivery.attempts)
    first = min(ended)
    subscriber.failing_since = min(first, subscriber.failing_since or first)
    if still_open or not subscriber.active:
        return
    hours = (turn.now - first) // HOUR
    if hours < RETRIES:
        turn.send_again(delivery.id, first + (hours + 1) * HOUR - turn.now)
    else:
        _deactivate(turn, state, account, subscriber)


def _acknowledged(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def _deactivate(turn: Turn, state: State, account: Account, subscriber: Subscriber) -> None:
    subscriber.active = False
    subscriber.updated_at = turn.now
    owner = state.users[account.primary_owner_id]
    html = (
        f"<p>Your webhook {escape(subscriber.name)} ({escape(subscriber.url or '')}) has not acknowledged a message for "
        "72 hours. It is deactivated. When it is well again, activate it, and fetch what it missed from /events.</p>\n"
    )
    about: dict[str, str | int] = {"account": account.id, "subscriber": subscriber.id}
    mails.post(turn, owner.email, f"Webhook deactivated: {subscriber.name}", html, owner, about)
