"""Notify the subscribers of an event: by email, text or webhook.

1. A subscription is for the events of its publisher: a device or a person for its own, a location for those of its
   devices, an account for all. A subscriber gets an event once, however many of its subscriptions match.
2. `first_access` and `created_by_integration` refer to the person of an access_person_used event.
3. A webhook must answer with a 2xx within 3 s. Otherwise it is sent again every hour, for 72 hours after the first
   failure. If the last attempt fails too, the subscriber is deactivated, and the account's owner gets an email (chapters
   *Retry logic*, *Webhook deactivation*).
4. An inactive subscriber gets nothing, and no further retries.
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
from locksim.remotelock.account import Account
from locksim.remotelock.entities import Event, Notification, SubscribedEvent, Subscriber
from locksim.remotelock.state import State, new_id, next_sequence

__all__ = ["RETRIES", "TIMEOUT", "notify", "on_delivery_outcome"]

TIMEOUT = 3 * SECOND
"""How long a webhook may take to answer."""
RETRIES = 72
"""One each hour."""


def notify(turn: Turn, state: State, account: Account, event: Event) -> None:
    """Create and send a notification to each active subscriber of the event."""
    for subscriber in _subscribers(account, event):
        notification = Notification(
            id=new_id(turn, state, "notification"),
            created_at=turn.now,
            updated_at=turn.now,
            sequence=next_sequence(state),
            subscriber_id=subscriber.id,
            subscriber_type=subscriber.type,
            publisher_id=event.publisher_id,
            publisher_type=event.publisher_type,
            event_id=event.id,
            event_type=event.type,
        )
        account.collections.notifications.save(notification)
        _send(turn, state, account, subscriber, event)


def _subscribers(account: Account, event: Event) -> list[Subscriber]:
    ids: dict[str, None] = {}
    for publisher in _publishers(account, event):
        for subscription in account.collections.subscriptions.find("publisher_id", publisher):
            if any(_matches(account, subscribed, event) for subscribed in subscription.events):
                ids[subscription.subscriber_id] = None
    return [subscriber for subscriber in map(account.subscribers.__getitem__, ids) if subscriber.active]


def _publishers(account: Account, event: Event) -> Iterator[str]:
    """Return the ids of what may be subscribed to for this event: its publisher, its location, the account."""
    yield event.publisher_id
    for key in (event.publisher_id, event.associated_resource_id):
        if key in account.devices:
            yield account.devices[key].location_id
            break
    yield account.id


def _matches(account: Account, subscribed: SubscribedEvent, event: Event) -> bool:
    if subscribed.event_type != event.type:
        return False
    person = account.persons.get(event.publisher_id)
    if person is None:
        return True
    return subscribed.first_access in (None, not person.used) and subscribed.created_by_integration in (
        None,
        person.by_integration,
    )


# ---- sending


def _send(turn: Turn, state: State, account: Account, subscriber: Subscriber, event: Event) -> None:
    about: dict[str, str | int] = {"account": account.id, "subscriber": subscriber.id, "event": event.id}
    text = _sentence(account, event)
    match subscriber.type:
        case "email_notification_subscriber":
            owner = state.users[account.primary_owner_id]
            mails.send(turn, subscriber.email or "", text, f"<p>{escape(text)}</p>\n", owner, about)
        case "text_notification_subscriber":
            turn.send("sms", subscriber.phone or "", text.encode(), (("Content-Type", "text/plain"),), about=about)
        case "webhook_notification_subscriber":
            _send_webhook(turn, account, subscriber, event, about)


def _send_webhook(
    turn: Turn, account: Account, subscriber: Subscriber, event: Event, about: dict[str, str | int]
) -> None:
    document = serialization.event_document(turn, account, event)
    if subscriber.content_type == "json":
        content_type, body = serialization.JSON, msgspec.json.encode(document)
    else:
        content_type, body = "application/x-www-form-urlencoded", urlencode(list(_form_fields("", document))).encode()
    secret = () if subscriber.secret is None else (("X-Secret", subscriber.secret),)
    headers = (("Content-Type", content_type), *secret)
    turn.send("webhook", subscriber.url or "", body, headers, about=about, patience=TIMEOUT)


def _form_fields(name: str, value: Any) -> Iterator[tuple[str, str]]:
    """Return a document as form fields, nested as `data[attributes][pin]`. Null becomes an empty text."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _form_fields(f"{name}[{key}]" if name else key, inner)
    else:
        yield name, "" if value is None else value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _sentence(account: Account, event: Event) -> str:
    """Return the event in words: `unlocked: Front door, Joseph Strickland at 2026-…`."""
    names = []
    for key in (event.publisher_id, event.associated_resource_id):
        item = account.devices.get(key or "") or account.persons.get(key or "")
        names += [item.name] if item is not None else []
    return f"{event.type}: {', '.join(names)} at {serialization.timestamp(event.occurred_at)}"


# ---- outcomes of deliveries


def on_delivery_outcome(turn: Turn, state: State, delivery: Delivery, outcome: DeliveryOutcome) -> None:
    """Retry a webhook that failed, or deactivate its subscriber. Emails and texts always arrive."""
    if delivery.kind != "webhook":
        return
    account = state.accounts.get(str(delivery.about["account"]))
    subscriber = None if account is None else account.subscribers.get(str(delivery.about["subscriber"]))
    if account is None or subscriber is None:
        return
    if any(_is_success(attempt.status) for attempt in delivery.attempts):
        subscriber.failing_since = None
        return
    ended = [attempt.ended for attempt in delivery.attempts if attempt.ended is not None]
    has_open_attempt = len(ended) < len(delivery.attempts)
    first = min(ended)
    subscriber.failing_since = min(first, subscriber.failing_since or first)
    if has_open_attempt or not subscriber.active:
        return
    hours = (turn.now - first) // HOUR
    if hours < RETRIES:
        turn.send_again(delivery.id, first + (hours + 1) * HOUR - turn.now)
    else:
        _deactivate(turn, state, account, subscriber)


def _is_success(status: int | None) -> bool:
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
    mails.send(turn, owner.email, f"Webhook deactivated: {subscriber.name}", html, owner, about)
