"""Chapters *Accounts* and *Locations*."""

from __future__ import annotations

from typing import Any

from locksim.api import time_zones
from locksim.remotelock import hardware, zones
from locksim.remotelock.entities import AccessGuest, Location
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import Form
from locksim.remotelock.request_context import RequestContext

__all__ = ["create_location", "delete_location", "update_account", "update_location"]


def update_account(context: RequestContext, attributes: dict[str, Any]) -> None:
    """Change the account's name and the default times of day for guests. Raises Invalid."""
    form = Form(attributes, creating=False)
    form.text("name", required=True)
    for name in ("default_guest_start_time", "default_guest_end_time"):
        if form.time(name) is None and name in form.values:
            form.add_error(name, "is not an ISO 8601 time")
    context.change(context.account, form.values_or_errors(context.turn.near_miss))


def create_location(context: RequestContext, attributes: dict[str, Any]) -> Location:
    """Create a location. Raises Invalid."""
    is_first = not context.account.locations
    location = context.collections.locations.save(
        Location(**context.new_fields("location"), **_read(context, attributes, creating=True))
    )
    if is_first:
        _update_guest_statuses(context)
    return location


def update_location(context: RequestContext, location: Location, attributes: dict[str, Any]) -> None:
    """Change a location. Another time zone moves the times of the guests there. Raises Invalid."""
    zone = location.time_zone
    if context.change(location, _read(context, attributes, creating=False)):
        context.collections.locations.save(location)
    if location.time_zone != zone:
        _update_guest_statuses(context)
        devices = [device.id for device in context.collections.devices.find("location_id", location.id)]
        hardware.update_grants(context.turn, context.state, context.account, devices)


def delete_location(context: RequestContext, location: Location) -> None:
    """Delete a location, with its accesses and subscriptions. Raises Invalid if it has devices."""
    if context.collections.devices.exists("location_id", location.id):
        raise Invalid(
            (None, "Location cannot be deleted because it has devices"),
            sentence="this location has devices; move or deregister them first",
        )
    persons = []
    for access in context.collections.accesses.find("accessible_id", location.id):
        context.collections.accesses.remove(access.id)
        persons.append(context.account.persons[access.person_id])
    for subscription in context.collections.subscriptions.find("publisher_id", location.id):
        context.collections.subscriptions.remove(subscription.id)
    zone = context.account.zone
    context.collections.locations.remove(location.id)
    for person in persons:
        context.collections.save_person(person, context.turn.now)
    if context.account.zone != zone:
        _update_guest_statuses(context)


def _read(context: RequestContext, attributes: dict[str, Any], *, creating: bool) -> dict[str, Any]:
    """Read the attributes. `address_2` of the parameter list and `address2` of the samples are the same."""
    if "address_2" in attributes:
        attributes = {"address2": attributes["address_2"], **attributes}
    form = Form(attributes, creating=creating)
    form.accept(["address_2"])
    form.text("name", required=True)
    for name in ("phone", "address", "address2", "city", "state", "postal_code"):
        form.text(name)
    country = form.text("country")
    if country is not None and country not in zones.country_codes():
        form.add_error("country", "is not an ISO 3166-1 code of two letters")
    zone = form.text("time_zone", required=True)
    if zone is not None and not time_zones.is_known(zone):
        form.add_error("time_zone", "is not included in the list")
    return form.values_or_errors(context.turn.near_miss)


def _update_guest_statuses(context: RequestContext) -> None:
    for person in context.account.persons.values():
        if isinstance(person, AccessGuest):
            context.collections.save_person(person, context.turn.now)
