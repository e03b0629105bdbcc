"""Chapters *Accounts* and *Locations*."""

from __future__ import annotations

import re
from typing import Any

from locksim.remotelock import sync, zones
from locksim.remotelock.entities import AccessGuest, Location
from locksim.remotelock.errors import Invalid
from locksim.remotelock.forms import Form
from locksim.remotelock.state import Here

__all__ = ["create_location", "delete_location", "update_account", "update_location"]

_COUNTRY = re.compile("[A-Z]{2}")


def update_account(here: Here, attributes: dict[str, Any]) -> None:
    """Its name, and the times of day that guests get whose dates come without one. Raises Invalid."""
    form = Form(attributes, creating=False)
    form.text("name", required=True)
    for name in ("default_guest_start_time", "default_guest_end_time"):
        if form.time(name) is None and name in form.values:
            form.wrong(name, "is not an ISO 8601 time")
    here.change(here.account, form.done(here.turn.near_miss))


def create_location(here: Here, attributes: dict[str, Any]) -> Location:
    """Raises Invalid."""
    first = not here.account.locations
    location = here.shelves.locations.keep(Location(**here.born("location"), **_read(here, attributes, creating=True)))
    if first:
        _retime_guests(here)
    return location


def update_location(here: Here, location: Location, attributes: dict[str, Any]) -> None:
    """Another zone moves the times of all guests there. Raises Invalid."""
    zone = location.time_zone
    if here.change(location, _read(here, attributes, creating=False)):
        here.shelves.locations.keep(location)
    if location.time_zone != zone:
        _retime_guests(here)
        devices = [device.id for device in here.shelves.devices.of("location_id", location.id)]
        sync.grants_changed(here.turn, here.state, here.account, devices)


def delete_location(here: Here, location: Location) -> None:
    """With the accesses to it and what listens to it. Raises Invalid while devices are there."""
    if here.shelves.devices.any("location_id", location.id):
        raise Invalid(
            (None, "Location cannot be deleted because it has devices"),
            sentence="devices are at this location; move or deregister them first",
        )
    persons = []
    for access in here.shelves.accesses.of("accessible_id", location.id):
        here.shelves.accesses.drop(access.id)
        persons.append(here.account.persons[access.person_id])
    for subscription in here.shelves.subscriptions.of("publisher_id", location.id):
        here.shelves.subscriptions.drop(subscription.id)
    zone = here.account.zone
    here.shelves.locations.drop(location.id)
    for person in persons:
        here.shelves.keep_person(person, here.turn.now)
    if here.account.zone != zone:
        _retime_guests(here)


def _read(here: Here, attributes: dict[str, Any], *, creating: bool) -> dict[str, Any]:
    """`address_2` of the parameter list and `address2` of the samples are one."""
    if "address_2" in attributes:
        attributes = {"address2": attributes["address_2"], **attributes}
    form = Form(attributes, creating=creating)
    form.ignore(["address_2"])
    form.text("name", required=True)
    for name in ("phone", "address", "address2", "city", "state", "postal_code"):
        form.text(name)
    country = form.text("country")
    if country is not None and not _COUNTRY.fullmatch(country):
        form.wrong("country", "is not an ISO 3166-1 code of two letters")
    zone = form.text("time_zone", required=True)
    if zone is not None and not zones.known(zone):
        form.wrong("time_zone", "is not included in the list")
    return form.done(here.turn.near_miss)


def _retime_guests(here: Here) -> None:
    for person in here.account.persons.values():
        if isinstance(person, AccessGuest):
            here.shelves.keep_person(person, here.turn.now)
