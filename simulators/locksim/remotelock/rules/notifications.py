"""Chapters *Notification Subscribers* and *Notification Subscriptions*."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from locksim.remotelock.account import Account
from locksim.remotelock.catalog import COMPATIBLE, PUBLISHERS
from locksim.remotelock.entities import SubscribedEvent, Subscriber, Subscription
from locksim.remotelock.forms import Form
from locksim.remotelock.request_context import RequestContext

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


def create_subscriber(context: RequestContext, kind: Any, attributes: dict[str, Any]) -> Subscriber:
    """Create a subscriber of this type. Raises Invalid."""
    values = _read_subscriber(context, kind, attributes, creating=True)
    if kind == "webhook_notification_subscriber":
        values = {"content_type": "form"} | values
    return context.collections.subscribers.save(Subscriber(**context.new_fields("subscriber"), type=kind, **values))


def update_subscriber(context: RequestContext, subscriber: Subscriber, attributes: dict[str, Any]) -> None:
    """Change a subscriber. Activating it forgets its failures. Raises Invalid."""
    values = _read_subscriber(context, subscriber.type, attributes, creating=False)
    if values.get("active") and not subscriber.active:
        subscriber.failing_since = None
    if context.change(subscriber, values):
        context.collections.subscribers.save(subscriber)


def delete_subscriber(context: RequestContext, subscriber: Subscriber) -> None:
    """Delete a subscriber, its subscriptions and its notifications."""
    for subscription in context.collections.subscriptions.find("subscriber_id", subscriber.id):
        context.collections.subscriptions.remove(subscription.id)
    for notification in context.collections.notifications.find("subscriber_id", subscriber.id):
        context.collections.notifications.remove(notification.id)
    context.collections.subscribers.remove(subscriber.id)


def _read_subscriber(
    context: RequestContext, kind: str, attributes: dict[str, Any], *, creating: bool
) -> dict[str, Any]:
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
            _url(context, form)
            if attributes.get("content_type", "form") is not None:
                form.choice("content_type", ("form", "json"))
            form.text("secret")
            form.accept(["content_type"])
    return form.values_or_errors(context.turn.near_miss)


def _url(context: RequestContext, form: Form) -> None:
    """Read the URL: https, or plain http on this machine, for tests."""
    url = form.text("url", required=True)
    if url is None:
        return
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    is_local_http = parts.scheme == "http" and host in _LOOPBACK
    if not host or (parts.scheme != "https" and not is_local_http) or any(ord(char) <= 32 for char in url):
        form.add_error("url", "must be a secure (HTTPS) URL")
    elif is_local_http:
        context.turn.near_miss("plain http is accepted for webhooks on this machine only; the service requires https")


# ---- subscriptions


def create_subscription(context: RequestContext, attributes: dict[str, Any]) -> Subscription:
    """Create a subscription. Raises Invalid."""
    values = _read_subscription(context, attributes, None)
    return context.collections.subscriptions.save(Subscription(**context.new_fields("subscription"), **values))


def update_subscription(context: RequestContext, subscription: Subscription, attributes: dict[str, Any]) -> None:
    """Change what was sent. The resulting subscription must be valid. Raises Invalid."""
    if context.change(subscription, _read_subscription(context, attributes, subscription)):
        context.collections.subscriptions.save(subscription)


def _read_subscription(
    context: RequestContext, attributes: dict[str, Any], previous: Subscription | None
) -> dict[str, Any]:
    form = Form(attributes, creating=previous is None)
    form.choice("publisher_type", PUBLISHERS, required=True)
    form.text("publisher_id", required=True)
    form.choice("subscriber_type", TYPES, required=True)
    form.text("subscriber_id", required=True)
    form.items("events", _read_subscribed_event, required=True, empty=False)
    result = {name: getattr(previous, name) for name in Subscription.__struct_fields__} if previous is not None else {}
    result |= form.values
    kind, key = result.get("publisher_type"), result.get("publisher_id")
    if kind is not None and key is not None and not _publisher_exists(context.account, kind, key):
        form.add_error("publisher_id", _MUST_EXIST)
    kind, key = result.get("subscriber_type"), result.get("subscriber_id")
    subscriber = context.collections.subscribers.get(key)
    if kind is not None and key is not None and (subscriber is None or subscriber.type != kind):
        form.add_error("subscriber_id", _MUST_EXIST)
    publisher, subscribed = result.get("publisher_type"), result.get("events")
    if (
        publisher is not None
        and subscribed
        and any(event.event_type not in COMPATIBLE[publisher] for event in subscribed)
    ):
        form.add_error("events", f"are not all compatible with {publisher}")
    return form.values_or_errors(context.turn.near_miss)


def _read_subscribed_event(entry: Any) -> SubscribedEvent | None:
    """Read an entry by the document's JSON schemas. Only access_person_used has the two flags."""
    if not isinstance(entry, dict) or not isinstance(entry.get("event_type"), str):
        return None
    flags = {name: value for name, value in entry.items() if name != "event_type"}
    if not flags.keys() <= {"first_access", "created_by_integration"}:
        return None
    if any(not isinstance(value, bool) for value in flags.values()):
        return None
    if entry["event_type"] not in COMPATIBLE["account"] or (flags and entry["event_type"] != "access_person_used"):
        return None
    return SubscribedEvent(entry["event_type"], **flags)


def _publisher_exists(account: Account, kind: str, id: str) -> bool:
    """Return whether there is such a publisher. The API has no ACS controllers since 2017-05-24 (changelog)."""
    if kind == "account":
        return id == account.id
    if kind == "location":
        return id in account.locations
    item = account.persons.get(id) or account.devices.get(id)
    return item is not None and item.type == kind
