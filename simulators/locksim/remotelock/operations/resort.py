"""Chapter *Resort Lock Guests*."""

from __future__ import annotations

from flask import Response

from locksim.remotelock import mails, serialization
from locksim.remotelock.entities import ResortGuest
from locksim.remotelock.operations.common import attributes, blueprint, found, gone, here, listed, one
from locksim.remotelock.rules import resort

__all__ = ["api"]

api = blueprint("resort")


def _guest(id: str) -> ResortGuest:
    return found(here().account.resort_guests.get(id), "resort lock guest")


def _shown(guest: ResortGuest) -> serialization.Told:
    return serialization.render_resort_guest(here().turn, guest)


@api.get("/resort_lock_guests")
def list_guests() -> Response:
    """Get all resort lock guests."""
    return listed(here().shelves.resort_guests, _shown, ("resort_lock_id",))


@api.post("/resort_lock_guests")
def post_guest() -> Response:
    """Create a resort lock guest."""
    return one(_shown(resort.create(here(), attributes())), 201)


@api.get("/resort_lock_guests/<id>")
def get_guest(id: str) -> Response:
    """Get a resort lock guest."""
    return one(_shown(_guest(id)))


@api.put("/resort_lock_guests/<id>")
def put_guest(id: str) -> Response:
    """Update a resort lock guest."""
    guest = _guest(id)
    resort.update(here(), guest, attributes())
    return one(_shown(guest))


@api.delete("/resort_lock_guests/<id>")
def delete_guest(id: str) -> Response:
    """Delete a resort lock guest."""
    resort.delete(here(), _guest(id))
    return gone()


@api.post("/resort_lock_guests/<id>/email/notify")
def notify_guest(id: str) -> Response:
    """Send access instructions email to resort lock guest."""
    resort.notify(here(), _guest(id))
    return gone(200)


@api.get("/resort_lock_guests/<id>/email/preview")
def preview_mail(id: str) -> Response:
    """Preview resort lock guest access instructions email."""
    who = here()
    body = resort.preview(who, _guest(id))
    sender = who.state.users[who.account.primary_owner_id]
    return one(serialization.render_preview(who.turn, mails.SUBJECT, body, sender))
