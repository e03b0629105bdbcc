"""Chapters *Notification Subscribers*, *Notification Subscriptions* and *Notifications*."""

from __future__ import annotations

from flask import Response

from locksim.remotelock import serialization
from locksim.remotelock.entities import Notification, Subscriber, Subscription
from locksim.remotelock.operations.common import attributes, blueprint, found, gone, here, kind, listed, one
from locksim.remotelock.rules import listeners

__all__ = ["api"]

api = blueprint("listeners")

_PARTIES = ("subscriber_id", "subscriber_type", "publisher_id", "publisher_type")


def _subscriber(id: str) -> Subscriber:
    return found(here().account.subscribers.get(id), "notification subscriber")


def _who(subscriber: Subscriber) -> serialization.Told:
    return serialization.render_subscriber(here().turn, subscriber)


@api.get("/notification_subscribers")
def list_subscribers() -> Response:
    """Get all notification subscribers."""
    return listed(here().shelves.subscribers, _who, ("type",))


@api.post("/notification_subscribers")
def post_subscriber() -> Response:
    """Create an email, a text or a webhook notification subscriber."""
    sent = attributes()
    return one(_who(listeners.create_subscriber(here(), kind(listeners.TYPES), sent)), 201)


@api.get("/notification_subscribers/<id>")
def get_subscriber(id: str) -> Response:
    """Get a notification subscriber."""
    return one(_who(_subscriber(id)))


@api.put("/notification_subscribers/<id>")
def put_subscriber(id: str) -> Response:
    """Update a notification subscriber."""
    subscriber = _subscriber(id)
    listeners.update_subscriber(here(), subscriber, attributes())
    return one(_who(subscriber))


@api.delete("/notification_subscribers/<id>")
def delete_subscriber(id: str) -> Response:
    """Delete a notification subscriber."""
    listeners.delete_subscriber(here(), _subscriber(id))
    return gone()


def _subscription(id: str) -> Subscription:
    return found(here().account.subscriptions.get(id), "notification subscription")


def _what(subscription: Subscription) -> serialization.Told:
    return serialization.render_subscription(here().turn, subscription)


@api.get("/notification_subscriptions")
def list_subscriptions() -> Response:
    """Get all notification subscriptions."""
    return listed(here().shelves.subscriptions, _what, _PARTIES)


@api.post("/notification_subscriptions")
def post_subscription() -> Response:
    """Create a notification subscription."""
    return one(_what(listeners.create_subscription(here(), attributes())), 201)


@api.get("/notification_subscriptions/<id>")
def get_subscription(id: str) -> Response:
    """Get a notification subscription."""
    return one(_what(_subscription(id)))


@api.put("/notification_subscriptions/<id>")
def put_subscription(id: str) -> Response:
    """Update a notification subscription."""
    subscription = _subscription(id)
    listeners.update_subscription(here(), subscription, attributes())
    return one(_what(subscription))


@api.delete("/notification_subscriptions/<id>")
def delete_subscription(id: str) -> Response:
    """Delete a notification subscription."""
    here().shelves.subscriptions.drop(_subscription(id).id)
    return gone()


def _told(note: Notification) -> serialization.Told:
    return serialization.render_notification(here().turn, note)


@api.get("/notifications")
def list_notifications() -> Response:
    """Get all notifications."""
    return listed(here().shelves.notifications, _told, (*_PARTIES, "event_id", "event_type"))


@api.get("/notifications/<id>")
def get_notification(id: str) -> Response:
    """Where the `self` of a listed notification leads. No chapter has this operation, but clients follow links."""
    return one(_told(found(here().account.notifications.get(id), "notification")))
