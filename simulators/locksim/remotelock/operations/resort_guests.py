"""Chapter *Resort Lock Guests*."""

from __future__ import annotations

from locksim.api.context import Arguments
from locksim.api.operations import Operation
from locksim.engine.inputs import Answer
from locksim.remotelock import mails, serialization
from locksim.remotelock.entities import ResortGuest
from locksim.remotelock.operations.common import ATTRIBUTES, deleted, list_operation, resource, resource_id
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import resort_guests
from locksim.remotelock.serialization import Resource

__all__ = ["OPERATIONS"]

_GUEST = resource_id(
    "resort_lock_guest_id",
    "guest",
    "resort lock guest",
    lambda context: context.account.resort_guests,
)


def _render(context: RequestContext, guest: ResortGuest) -> Resource:
    return serialization.render_resort_guest(context.turn, guest)


def create_guest(context: RequestContext, arguments: Arguments) -> Answer:
    """Create a resort lock guest."""
    return resource(_render(context, resort_guests.create(context, arguments["attributes"])), 201)


def get_guest(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a resort lock guest."""
    return resource(_render(context, arguments["guest"]))


def update_guest(context: RequestContext, arguments: Arguments) -> Answer:
    """Change a resort lock guest's name or email address."""
    resort_guests.update(context, arguments["guest"], arguments["attributes"])
    return get_guest(context, arguments)


def delete_guest(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete a resort lock guest. The code still opens the lock until its end."""
    resort_guests.delete(context, arguments["guest"])
    return deleted()


def notify_guest(context: RequestContext, arguments: Arguments) -> Answer:
    """Send the email with access instructions."""
    resort_guests.notify(context, arguments["guest"])
    return deleted(200)


def preview_email(context: RequestContext, arguments: Arguments) -> Answer:
    """Return the email that `notify_guest` would send."""
    body = resort_guests.preview(context, arguments["guest"])
    sender = context.state.users[context.account.primary_owner_id]
    return resource(serialization.render_preview(context.turn, mails.SUBJECT, body, sender))


_PATH = "/resort_lock_guests/{resort_lock_guest_id}"

OPERATIONS: tuple[Operation[RequestContext], ...] = (
    list_operation(
        "/resort_lock_guests",
        "Get all resort lock guests",
        lambda context: context.collections.resort_guests,
        _render,
        ("attributes[resort_lock_id]",),
    ),
    Operation(
        "POST",
        "/resort_lock_guests",
        create_guest,
        "write",
        "Create a resort lock guest",
        parameters=(ATTRIBUTES,),
    ),
    Operation("GET", _PATH, get_guest, "read", "Get a resort lock guest", parameters=(_GUEST,)),
    Operation("PUT", _PATH, update_guest, "write", "Update a resort lock guest", parameters=(_GUEST, ATTRIBUTES)),
    Operation("DELETE", _PATH, delete_guest, "destructive", "Delete a resort lock guest", parameters=(_GUEST,)),
    Operation(
        "POST",
        f"{_PATH}/email/notify",
        notify_guest,
        "destructive",
        "Send access instructions email to resort lock guest",
        parameters=(_GUEST,),
    ),
    Operation(
        "GET",
        f"{_PATH}/email/preview",
        preview_email,
        "read",
        "Preview resort lock guest access instructions email",
        parameters=(_GUEST,),
    ),
)
