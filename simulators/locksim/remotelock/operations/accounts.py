"""Chapters *Accounts*, *Users*, *Locations*, *Models* and *Events*."""

from __future__ import annotations

from flask import Response

from locksim.remotelock import serialization
from locksim.remotelock.catalog import MODELS, Model
from locksim.remotelock.indexed_collections import Shelf
from locksim.remotelock.operations.common import attributes, blueprint, found, gone, here, listed, one
from locksim.remotelock.rules import places

__all__ = ["api"]

api = blueprint("accounts")

_MODELS: Shelf[Model] = Shelf(MODELS, sorts={"number": lambda model: model.number})


@api.get("/account")
def get_account() -> Response:
    """Get current account."""
    return one(serialization.render_account(here().turn, here().account))


@api.put("/account")
def put_account() -> Response:
    """Update current account."""
    places.update_account(here(), attributes())
    return get_account()


@api.get("/user")
def get_user() -> Response:
    """Get signed in user; by client credentials, the owner of the application's account."""
    return one(serialization.render_user(here().turn, here().user))


@api.get("/locations")
def list_locations() -> Response:
    """Get all locations."""
    return listed(here().shelves.locations, lambda location: serialization.render_location(here().turn, location))


@api.post("/locations")
def post_location() -> Response:
    """Create a location."""
    return one(serialization.render_location(here().turn, places.create_location(here(), attributes())), 201)


@api.get("/locations/<id>")
def get_location(id: str) -> Response:
    """Get a location."""
    return one(serialization.render_location(here().turn, found(here().account.locations.get(id), "location")))


@api.put("/locations/<id>")
def put_location(id: str) -> Response:
    """Update a location."""
    location = found(here().account.locations.get(id), "location")
    places.update_location(here(), location, attributes())
    return get_location(id)


@api.delete("/locations/<id>")
def delete_location(id: str) -> Response:
    """Delete a location."""
    places.delete_location(here(), found(here().account.locations.get(id), "location"))
    return gone()


@api.get("/models")
def list_models() -> Response:
    """Get all models."""
    return listed(_MODELS, lambda model: serialization.render_model(here().turn, model))


@api.get("/models/<id>")
def get_model(id: str) -> Response:
    """Get a model."""
    return one(serialization.render_model(here().turn, found(MODELS.get(id), "model")))


_EVENT_FILTERS = ("type", "publisher_id", "publisher_type", "associated_resource_id", "associated_resource_type")


@api.get("/events")
def list_events() -> Response:
    """Get all events."""
    who = here()
    return listed(
        who.shelves.events, lambda event: serialization.render_event(who.turn, who.account, event), _EVENT_FILTERS
    )


@api.get("/events/<id>")
def get_event(id: str) -> Response:
    """Get an event."""
    who = here()
    return one(serialization.render_event(who.turn, who.account, found(who.account.events.get(id), "event")))
