"""Chapters *Access Exceptions* and *Schedules*."""

from __future__ import annotations

from flask import Response

from locksim.remotelock import serialization
from locksim.remotelock.entities import AccessException, Schedule
from locksim.remotelock.operations.common import attributes, blueprint, found, gone, here, kind, listed, one
from locksim.remotelock.rules import weeks

__all__ = ["api"]

api = blueprint("weeks")


def _exception(id: str) -> AccessException:
    return found(here().account.exceptions.get(id), "access exception")


def _days(exception: AccessException) -> serialization.Told:
    return serialization.render_exception(here().turn, exception)


@api.get("/access_exceptions")
def list_exceptions() -> Response:
    """Get all access exceptions."""
    return listed(here().shelves.exceptions, _days)


@api.post("/access_exceptions")
def post_exception() -> Response:
    """Create an access exception."""
    return one(_days(weeks.create_exception(here(), attributes())), 201)


@api.get("/access_exceptions/<id>")
def get_exception(id: str) -> Response:
    """Get an access exception."""
    return one(_days(_exception(id)))


@api.put("/access_exceptions/<id>")
def put_exception(id: str) -> Response:
    """Update an access exception."""
    exception = _exception(id)
    weeks.update_exception(here(), exception, attributes())
    return one(_days(exception))


@api.delete("/access_exceptions/<id>")
def delete_exception(id: str) -> Response:
    """Delete an access exception."""
    weeks.delete_exception(here(), _exception(id))
    return gone()


def _schedule(id: str) -> Schedule:
    return found(here().account.schedules.get(id), "schedule")


def _week(schedule: Schedule) -> serialization.Told:
    return serialization.render_schedule(here().turn, schedule)


@api.get("/schedules")
def list_schedules() -> Response:
    """Get all schedule types."""
    return listed(here().shelves.schedules, _week, ("type", "access_exception_id"))


@api.post("/schedules")
def post_schedule() -> Response:
    """Create a schedule of one of five kinds."""
    sent = attributes()
    return one(_week(weeks.create_schedule(here(), kind(weeks.TYPES), sent)), 201)


@api.get("/schedules/<id>")
def get_schedule(id: str) -> Response:
    """Get a schedule."""
    return one(_week(_schedule(id)))


@api.put("/schedules/<id>")
def put_schedule(id: str) -> Response:
    """Update a schedule."""
    schedule = _schedule(id)
    weeks.update_schedule(here(), schedule, attributes())
    return one(_week(schedule))


@api.delete("/schedules/<id>")
def delete_schedule(id: str) -> Response:
    """Delete a schedule."""
    weeks.delete_schedule(here(), _schedule(id))
    return gone()
