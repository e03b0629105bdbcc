"""Chapters *Notification Subscribers* and *Notification Subscriptions*: who wants to hear of what."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from locksim.remotelock.catalog import COMPATIBLE, PUBLISHERS
from locksim.remotelock.entities import Subscriber, Subscription, Watched
from locksim.remotelock.forms import Form
from locksim.remotelock.state import Account, Here

__all__ = [
    "TYPES",
    "create_subscriber",
    "create_subscription",
    "delete_subscriber",
    "update_subscriber",
    "update_subscription",
]

TYPES = ("email_notification_subscriber", "text_notification_subscriber", "webhook_notification_subscriber")
_MUST_EXIST = "must exist"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


# ---- subscribers


def create_subscriber(here: Here, kind: Any, attributes: dict[str, Any]) -> Subscriber:
    """Raises Invalid."""
    values = _read_subscriber(here, kind, attributes, creating=True)
    if kind == "webhook_notification_subscriber":
        values = {"content_type": "form"} | values
    return here.shelves.subscribers.keep(Subscriber(**here.born("subscriber"), type=kind, **values))


def update_subscriber(here: Here, subscriber: Subscriber, attributes: dict[str, Any]) -> None:
    """What was deactivated for its failures, and is activated, has a clean record. Raises Invalid."""
    values = _read_subscriber(here, subscriber.type, attributes, creating=False)
    if values.get("active") and not subscriber.active:
        subscriber.failing_since = None
    if here.change(subscriber, values):
        here.shelves.subscribers.keep(subscriber)


def delete_subscriber(here: Here, subscriber: Subscriber) -> None:
    """With its subscriptions, and the notifications that it got."""
    for subscription in here.shelves.subscriptions.of("subscriber_id", subscriber.id):
        here.shelves.subscriptions.drop(subscription.id)
    for note in here.shelves.notifications.of("subscriber_id", subscriber.id):
        here.shelves.notifications.drop(note.id)
    here.shelves.subscribers.drop(subscriber.id)


def _read_subscriber(here: Here, kind: str, attributes: dict[str, Any], *, creating: bool) -> dict[str, Any]:
    form = Form(attributes, creating=creating)
    form.flag("active")
    form.text("name", required=True)
    match kind:
        case "email_notification_subscriber":
            form.email("email", required=True)
        case "text_notification_subscriber":
            form.text("phone", required=True)
            form.text("carrier", required=True)
        case _:
            _url(here, form)
            if attributes.get("content_type", "form") is not None:
                form.choice("content_type", ("form", "json"))
            form.text("secret")
            form.ignore(["content_type"])
    return form.done(here.turn.near_miss)


def _url(here: Here, form: Form) -> None:
    """Secure, or (for tests) plain http to this machine alone."""
    url = form.text("url", required=True)
    if url is None:
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    plain = parts.scheme == "http" and host in _LOOPBACK
    if not host or (parts.scheme != "https" and not plain) or any(ord(sign) <= 32 for sign in url):
        form.wrong("url", "must be a secure (HTTPS) URL")
    elif plain:
        here.turn.near_miss("a webhook over plain http is taken for tests on this machine; the service requires https")


# ---- subscriptions


def create_subscription(here: Here, attributes: dict[str, Any]) -> Subscription:
    """Raises Invalid."""
    values = _read_subscription(here, attributes, None)
    return here.shelves.subscriptions.keep(Subscription(**here.born("subscription"), **values))


def update_subscription(here: Here, subscription: Subscription, attributes: dict[str, Any]) -> None:
    """What is not sent stays; the whole must fit together. Raises Invalid."""
    if here.change(subscription, _read_subscription(here, attributes, subscription)):
        here.shelves.subscriptions.keep(subscription)


def _read_subscription(here: Here, attributes: dict[str, Any], was: Subscription | None) -> dict[str, Any]:
    form = Form(attributes, creating=was is None)
    form.choice("publisher_type", PUBLISHERS, required=True)
    form.text("publisher_id", required=True)
    form.choice("subscriber_type", TYPES, required=True)
    form.text("subscriber_id", required=True)
    form.items("events", _watched, required=True, empty=False)
    whole = {name: getattr(was, name) for name in Subscription.__struct_fields__} if was is not None else {}
    whole |= form.values
    kind, key = whole.get("publisher_type"), whole.get("publisher_id")
    if kind is not None and key is not None and not _publishes(here.account, kind, key):
        form.wrong("publisher_id", _MUST_EXIST)
    kind, key = whole.get("subscriber_type"), whole.get("subscriber_id")
    subscriber = here.shelves.subscribers.get(key)
    if kind is not None and key is not None and (subscriber is None or subscriber.type != kind):
        form.wrong("subscriber_id", _MUST_EXIST)
    publisher, watched = whole.get("publisher_type"), whole.get("events")
    if publisher is not None and watched and any(one.event_type not in COMPATIBLE[publisher] for one in watched):
        form.wrong("events", f"are not all compatible with {publisher}")
    return form.done(here.turn.near_miss)


def _watched(entry: Any) -> Watched | None:
    """An entry by the document's JSON schemas: no other keys; the two flags are an access person's alone."""
    if not isinstance(entry, dict) or not isinstance(entry.get("event_type"), str):
        return None
    flags = {name: value for name, value in entry.items() if name != "event_type"}
    if not flags.keys() <= {"first_access", "created_by_integration"}:
        return None
    if any(not isinstance(value, bool) for value in flags.values()):
        return None
    if entry["event_type"] not in COMPATIBLE["account"] or (flags and entry["event_type"] != "access_person_used"):
        return None
    return Watched(entry["event_type"], **flags)


def _publishes(account: Account, kind: str, id: str) -> bool:
    """There are no ACS controllers in this API any more (changelog 2017-05-24)."""
    if kind == "account":
        return id == account.id
    if kind == "location":
        return id in account.locations
    thing = account.persons.get(id) or account.devices.get(id)
    return thing is not None and thing.type == kind
