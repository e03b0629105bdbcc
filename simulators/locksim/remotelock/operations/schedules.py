"""Chapters *Access Exceptions* and *Schedules*."""

from __future__ import annotations

from locksim.api.context import Arguments
from locksim.api.operations import Operation
from locksim.engine.inputs import Answer
from locksim.remotelock import serialization
from locksim.remotelock.entities import AccessException, Schedule
from locksim.remotelock.operations.common import ATTRIBUTES, deleted, list_operation, resource, resource_id, type_of
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import schedules
from locksim.remotelock.serialization import Resource

__all__ = ["OPERATIONS"]

_EXCEPTION = resource_id(
    "access_exception_id",
    "exception",
    "access exception",
    lambda context: context.account.exceptions,
)
_SCHEDULE = resource_id("schedule_id", "schedule", "schedule", lambda context: context.account.schedules)


# ---- access exceptions


def _render_exception(context: RequestContext, exception: AccessException) -> Resource:
    return serialization.render_exception(context.turn, exception)


def create_exception(context: RequestContext, arguments: Arguments) -> Answer:
    """Create an access exception."""
    exception = schedules.create_exception(context, arguments["attributes"])
    return resource(_render_exception(context, exception), 201)


def get_exception(context: RequestContext, arguments: Arguments) -> Answer:
    """Return an access exception."""
    return resource(_render_exception(context, arguments["exception"]))


def update_exception(context: RequestContext, arguments: Arguments) -> Answer:
    """Change an access exception."""
    schedules.update_exception(context, arguments["exception"], arguments["attributes"])
    return get_exception(context, arguments)


def delete_exception(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete an access exception that no schedule uses."""
    schedules.delete_exception(context, arguments["exception"])
    return deleted()


# ---- schedules


def _render_schedule(context: RequestContext, schedule: Schedule) -> Resource:
    return serialization.render_schedule(context.turn, schedule)


def create_schedule(context: RequestContext, arguments: Arguments) -> Answer:
    """Create a schedule of one of five types."""
    schedule = schedules.create_schedule(context, arguments["type"], arguments["attributes"])
    return resource(_render_schedule(context, schedule), 201)


def get_schedule(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a schedule."""
    return resource(_render_schedule(context, arguments["schedule"]))


def update_schedule(context: RequestContext, arguments: Arguments) -> Answer:
    """Change a schedule."""
    schedules.update_schedule(context, arguments["schedule"], arguments["attributes"])
    return get_schedule(context, arguments)


def delete_schedule(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete a schedule that nothing uses."""
    schedules.delete_schedule(context, arguments["schedule"])
    return deleted()


# ---- the table

_EXCEPTION_PATH = "/access_exceptions/{access_exception_id}"
_SCHEDULE_PATH = "/schedules/{schedule_id}"

OPERATIONS: tuple[Operation[RequestContext], ...] = (
    list_operation(
        "/access_exceptions",
        "Get all access exceptions",
        lambda context: context.collections.exceptions,
        _render_exception,
    ),
    Operation(
        "POST",
        "/access_exceptions",
        create_exception,
        "write",
        "Create an access exception",
        parameters=(ATTRIBUTES,),
    ),
    Operation("GET", _EXCEPTION_PATH, get_exception, "read", "Get an access exception", parameters=(_EXCEPTION,)),
    Operation(
        "PUT",
        _EXCEPTION_PATH,
        update_exception,
        "write",
        "Update an access exception",
        parameters=(_EXCEPTION, ATTRIBUTES),
    ),
    Operation(
        "DELETE",
        _EXCEPTION_PATH,
        delete_exception,
        "destructive",
        "Delete an access exception",
        parameters=(_EXCEPTION,),
    ),
    list_operation(
        "/schedules",
        "Get all schedule types (homogeneous)",
        lambda context: context.collections.schedules,
        _render_schedule,
        ("type", "attributes[access_exception_id]"),
    ),
    Operation(
        "POST",
        "/schedules",
        create_schedule,
        "write",
        "Create an access schedule",
        parameters=(ATTRIBUTES, type_of(schedules.TYPES)),
    ),
    Operation("GET", _SCHEDULE_PATH, get_schedule, "read", "Get a schedule", parameters=(_SCHEDULE,)),
    Operation("PUT", _SCHEDULE_PATH, update_schedule, "write", "Update a schedule", parameters=(_SCHEDULE, ATTRIBUTES)),
    Operation("DELETE", _SCHEDULE_PATH, delete_schedule, "destructive", "Delete a schedule", parameters=(_SCHEDULE,)),
)
