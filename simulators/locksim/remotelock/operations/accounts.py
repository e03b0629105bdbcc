"""Chapters *Accounts*, *Users*, *Locations*, *Models* and *Events*."""

from __future__ import annotations

from locksim.api.context import Arguments
from locksim.api.operations import Operation
from locksim.engine.inputs import Answer
from locksim.remotelock import serialization
from locksim.remotelock.catalog import MODELS, Model
from locksim.remotelock.entities import Event, Location
from locksim.remotelock.indexed_collections import IndexedCollection
from locksim.remotelock.operations.common import ATTRIBUTES, deleted, list_operation, resource, resource_id
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import locations
from locksim.remotelock.serialization import Resource

__all__ = ["OPERATIONS"]

_MODELS: IndexedCollection[Model] = IndexedCollection(MODELS, sorts={"number": lambda model: model.number})

_LOCATION = resource_id("location_id", "location", "location", lambda context: context.account.locations)
_MODEL = resource_id("model_id", "model", "model", lambda _: MODELS)
_EVENT = resource_id("event_id", "event", "event", lambda context: context.account.events)


# ---- account and user


def get_account(context: RequestContext, _: Arguments) -> Answer:
    """Return the account that the token is for."""
    return resource(serialization.render_account(context.turn, context.account))


def update_account(context: RequestContext, arguments: Arguments) -> Answer:
    """Change the account's name and default guest times."""
    locations.update_account(context, arguments["attributes"])
    return get_account(context, arguments)


def get_user(context: RequestContext, _: Arguments) -> Answer:
    """Return the signed-in user. For client credentials this is the owner of the application's account."""
    return resource(serialization.render_user(context.turn, context.user))


# ---- locations


def _render_location(context: RequestContext, location: Location) -> Resource:
    return serialization.render_location(context.turn, location)


def create_location(context: RequestContext, arguments: Arguments) -> Answer:
    """Create a location."""
    return resource(_render_location(context, locations.create_location(context, arguments["attributes"])), 201)


def get_location(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a location."""
    return resource(_render_location(context, arguments["location"]))


def update_location(context: RequestContext, arguments: Arguments) -> Answer:
    """Change a location."""
    locations.update_location(context, arguments["location"], arguments["attributes"])
    return get_location(context, arguments)


def delete_location(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete a location that has no devices."""
    locations.delete_location(context, arguments["location"])
    return deleted()


# ---- models and events


def _render_model(context: RequestContext, model: Model) -> Resource:
    return serialization.render_model(context.turn, model)


def get_model(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a model."""
    return resource(_render_model(context, arguments["model"]))


def _render_event(context: RequestContext, event: Event) -> Resource:
    return serialization.render_event(context.turn, context.account, event)


def get_event(context: RequestContext, arguments: Arguments) -> Answer:
    """Return an event."""
    return resource(_render_event(context, arguments["event"]))


# ---- the table

_EVENT_FILTERS = (
    "type",
    "attributes[publisher_id]",
    "attributes[publisher_type]",
    "attributes[associated_resource_id]",
    "attributes[associated_resource_type]",
)

OPERATIONS: tuple[Operation[RequestContext], ...] = (
    Operation("GET", "/account", get_account, "read", "Get current account"),
    Operation("PUT", "/account", update_account, "write", "Update current account", parameters=(ATTRIBUTES,)),
    Operation("GET", "/user", get_user, "read", "Get signed in user"),
    list_operation("/locations", "Get all locations", lambda context: context.collections.locations, _render_location),
    Operation("POST", "/locations", create_location, "write", "Create a location", parameters=(ATTRIBUTES,)),
    Operation("GET", "/locations/{location_id}", get_location, "read", "Get a location", parameters=(_LOCATION,)),
    Operation(
        "PUT",
        "/locations/{location_id}",
        update_location,
        "write",
        "Update a location",
        parameters=(_LOCATION, ATTRIBUTES),
    ),
    Operation(
        "DELETE",
        "/locations/{location_id}",
        delete_location,
        "destructive",
        "Delete a location",
        parameters=(_LOCATION,),
    ),
    list_operation("/models", "Get all models", lambda _: _MODELS, _render_model),
    Operation("GET", "/models/{model_id}", get_model, "read", "Get a model", parameters=(_MODEL,)),
    list_operation(
        "/events", "Get all events", lambda context: context.collections.events, _render_event, _EVENT_FILTERS
    ),
    Operation("GET", "/events/{event_id}", get_event, "read", "Get an event", parameters=(_EVENT,)),
)
