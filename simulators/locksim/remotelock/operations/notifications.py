"""Chapters *Notification Subscribers*, *Notification Subscriptions* and *Notifications*."""

from __future__ import annotations

from locksim.api.context import Arguments
from locksim.api.operations import Operation
from locksim.engine.inputs import Answer
from locksim.remotelock import serialization
from locksim.remotelock.entities import Notification, Subscriber, Subscription
from locksim.remotelock.operations.common import ATTRIBUTES, deleted, list_operation, resource, resource_id, type_of
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import notifications
from locksim.remotelock.serialization import Resource

__all__ = ["OPERATIONS"]

_SUBSCRIBER = resource_id(
    "subscriber_id",
    "subscriber",
    "notification subscriber",
    lambda context: context.account.subscribers,
)
_SUBSCRIPTION = resource_id(
    "subscription_id",
    "subscription",
    "notification subscription",
    lambda context: context.account.subscriptions,
)
_NOTIFICATION = resource_id(
    "notification_id",
    "notification",
    "notification",
    lambda context: context.account.notifications,
)


# ---- subscribers


def _render_subscriber(context: RequestContext, subscriber: Subscriber) -> Resource:
    return serialization.render_subscriber(context.turn, subscriber)


def create_subscriber(context: RequestContext, arguments: Arguments) -> Answer:
    """Create an email, a text or a webhook notification subscriber."""
    subscriber = notifications.create_subscriber(context, arguments["type"], arguments["attributes"])
    return resource(_render_subscriber(context, subscriber), 201)


def get_subscriber(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a notification subscriber."""
    return resource(_render_subscriber(context, arguments["subscriber"]))


def update_subscriber(context: RequestContext, arguments: Arguments) -> Answer:
    """Change a notification subscriber."""
    notifications.update_subscriber(context, arguments["subscriber"], arguments["attributes"])
    return get_subscriber(context, arguments)


def delete_subscriber(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete a notification subscriber, with its subscriptions and notifications."""
    notifications.delete_subscriber(context, arguments["subscriber"])
    return deleted()


# ---- subscriptions


def _render_subscription(context: RequestContext, subscription: Subscription) -> Resource:
    return serialization.render_subscription(context.turn, subscription)


def create_subscription(context: RequestContext, arguments: Arguments) -> Answer:
    """Create a notification subscription."""
    subscription = notifications.create_subscription(context, arguments["attributes"])
    return resource(_render_subscription(context, subscription), 201)


def get_subscription(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a notification subscription."""
    return resource(_render_subscription(context, arguments["subscription"]))


def update_subscription(context: RequestContext, arguments: Arguments) -> Answer:
    """Change a notification subscription."""
    notifications.update_subscription(context, arguments["subscription"], arguments["attributes"])
    return get_subscription(context, arguments)


def delete_subscription(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete a notification subscription."""
    context.collections.subscriptions.remove(arguments["subscription"].id)
    return deleted()


# ---- notifications


def _render_notification(context: RequestContext, notification: Notification) -> Resource:
    return serialization.render_notification(context.turn, notification)


def get_notification(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a notification. No chapter has this operation, but the notifications' links lead here."""
    return resource(_render_notification(context, arguments["notification"]))


# ---- the table

_PARTIES = (
    "attributes[subscriber_id]",
    "attributes[subscriber_type]",
    "attributes[publisher_id]",
    "attributes[publisher_type]",
)
_SUBSCRIBER_PATH = "/notification_subscribers/{subscriber_id}"
_SUBSCRIPTION_PATH = "/notification_subscriptions/{subscription_id}"

OPERATIONS: tuple[Operation[RequestContext], ...] = (
    list_operation(
        "/notification_subscribers",
        "Get all notification subscribers",
        lambda context: context.collections.subscribers,
        _render_subscriber,
        ("type",),
    ),
    Operation(
        "POST",
        "/notification_subscribers",
        create_subscriber,
        "write",
        "Create an email notification subscriber",
        parameters=(ATTRIBUTES, type_of(notifications.TYPES)),
    ),
    Operation(
        "GET", _SUBSCRIBER_PATH, get_subscriber, "read", "Get a notification subscriber", parameters=(_SUBSCRIBER,)
    ),
    Operation(
        "PUT",
        _SUBSCRIBER_PATH,
        update_subscriber,
        "write",
        "Update a notification subscriber",
        parameters=(_SUBSCRIBER, ATTRIBUTES),
    ),
    Operation(
        "DELETE",
        _SUBSCRIBER_PATH,
        delete_subscriber,
        "destructive",
        "Delete a notification subscriber",
        parameters=(_SUBSCRIBER,),
    ),
    list_operation(
        "/notification_subscriptions",
        "Get all notification subscriptions",
        lambda context: context.collections.subscriptions,
        _render_subscription,
        _PARTIES,
    ),
    Operation(
        "POST",
        "/notification_subscriptions",
        create_subscription,
        "write",
        "Create a notification subscription",
        parameters=(ATTRIBUTES,),
    ),
    Operation(
        "GET",
        _SUBSCRIPTION_PATH,
        get_subscription,
        "read",
        "Get a notification subscription",
        parameters=(_SUBSCRIPTION,),
    ),
    Operation(
        "PUT",
        _SUBSCRIPTION_PATH,
        update_subscription,
        "write",
        "Update a notification subscription",
        parameters=(_SUBSCRIPTION, ATTRIBUTES),
    ),
    Operation(
        "DELETE",
        _SUBSCRIPTION_PATH,
        delete_subscription,
        "destructive",
        "Delete a notification subscription",
        parameters=(_SUBSCRIPTION,),
    ),
    list_operation(
        "/notifications",
        "Get all notifications",
        lambda context: context.collections.notifications,
        _render_notification,
        (*_PARTIES, "attributes[event_id]", "attributes[event_type]"),
        sortable=False,
    ),
    Operation(
        "GET",
        "/notifications/{notification_id}",
        get_notification,
        "read",
        "Notifications",
        parameters=(_NOTIFICATION,),
    ),
)
