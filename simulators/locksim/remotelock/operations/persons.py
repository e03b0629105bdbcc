"""Chapters *Access Persons* (with their accesses) and *Groups* (with their doors)."""

from __future__ import annotations

from locksim.api.context import Arguments
from locksim.api.operations import Operation
from locksim.engine.inputs import Answer
from locksim.remotelock import hardware, serialization
from locksim.remotelock.entities import Access, AccessPerson, Group, GroupDoor, SyncCounts
from locksim.remotelock.indexed_collections import Filters
from locksim.remotelock.operations.common import (
    ATTRIBUTES,
    OPTIONAL_ATTRIBUTES,
    deleted,
    list_operation,
    page,
    page_parameters,
    resource,
    resource_id,
    type_of,
)
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import accesses, persons
from locksim.remotelock.serialization import Resource

__all__ = ["ACCESS_FILTERS", "OPERATIONS", "accesses_page"]

_PRESENT: Filters = {"status": frozenset({"current", "upcoming"})}
"""The persons that the list has when no status is asked for."""

ACCESS_FILTERS = (
    "attributes[accessible_id]",
    "attributes[accessible_type]",
    "attributes[access_schedule_id]",
    "attributes[access_person_id]",
    "attributes[access_person_type]",
)


def _is_of_person(context: RequestContext, access: Access) -> bool:
    return access.person_id == context.path_values["access_person_id"]


def _is_in_group(context: RequestContext, door: GroupDoor) -> bool:
    return door.group_id == context.path_values["group_id"]


_PERSON = resource_id("access_person_id", "person", "access person", lambda context: context.account.persons)
_ACCESS = resource_id(
    "access_id", "access", "access of this person", lambda context: context.account.accesses, _is_of_person
)
_GROUP = resource_id("group_id", "group", "group", lambda context: context.account.groups)
_GROUP_DOOR = resource_id(
    "group_door_id", "door", "door in this group", lambda context: context.account.doors, _is_in_group
)


# ---- persons


def _render_person(context: RequestContext, person: AccessPerson) -> Resource:
    return serialization.render_person(context.turn, context.account, person)


def create_person(context: RequestContext, arguments: Arguments) -> Answer:
    """Create an access user or an access guest."""
    person = persons.create(context, arguments["type"], arguments["attributes"])
    return resource(_render_person(context, person), 201)


def get_person(context: RequestContext, arguments: Arguments) -> Answer:
    """Return an access person."""
    return resource(_render_person(context, arguments["person"]))


def update_person(context: RequestContext, arguments: Arguments) -> Answer:
    """Change an access user or an access guest."""
    persons.update(context, arguments["person"], arguments["attributes"])
    return get_person(context, arguments)


def deactivate_person(context: RequestContext, arguments: Arguments) -> Answer:
    """End an access person's access to all devices, and keep the record."""
    persons.deactivate(context, arguments["person"])
    return get_person(context, arguments)


def delete_person(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete an access person."""
    persons.delete(context, arguments["person"])
    return deleted()


def notify_person(context: RequestContext, arguments: Arguments) -> Answer:
    """Send the email with access instructions, now or some days before a guest's start."""
    persons.notify(context, arguments["person"], arguments["attributes"])
    return deleted(200)


# ---- accesses


def _render_access(context: RequestContext, access: Access) -> Resource:
    counts = hardware.sync_counts(context.account, access, context.turn.now)
    return serialization.render_access(context.turn, access, counts)


def accesses_page(context: RequestContext, fixed: Filters) -> Answer:
    """Return a page of the accesses that match these filters."""
    return page(context, context.collections.accesses, _render_access, fixed=fixed)


def list_accesses(context: RequestContext, arguments: Arguments) -> Answer:
    """List an access person's accesses."""
    return accesses_page(context, {"access_person_id": frozenset({arguments["person"].id})})


def create_access(context: RequestContext, arguments: Arguments) -> Answer:
    """Grant an access. The answer shows zero counts, since devices are counted after it."""
    access = accesses.grant(context, arguments["person"], arguments["attributes"])
    return resource(serialization.render_access(context.turn, access, SyncCounts(0, 0, 0, 0)), 201)


def get_access(context: RequestContext, arguments: Arguments) -> Answer:
    """Return an access person's access."""
    return resource(_render_access(context, arguments["access"]))


def update_access(context: RequestContext, arguments: Arguments) -> Answer:
    """Change the schedule of an access."""
    accesses.change(context, arguments["access"], arguments["attributes"])
    return get_access(context, arguments)


def delete_access(context: RequestContext, arguments: Arguments) -> Answer:
    """Revoke an access."""
    accesses.revoke(context, arguments["access"])
    return deleted()


# ---- groups


def _render_group(context: RequestContext, group: Group) -> Resource:
    return serialization.render_group(context.turn, group)


def create_group(context: RequestContext, arguments: Arguments) -> Answer:
    """Create a door group."""
    return resource(_render_group(context, accesses.create_group(context, arguments["attributes"])), 201)


def get_group(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a group."""
    return resource(_render_group(context, arguments["group"]))


def update_group(context: RequestContext, arguments: Arguments) -> Answer:
    """Rename a group."""
    accesses.update_group(context, arguments["group"], arguments["attributes"])
    return get_group(context, arguments)


def delete_group(context: RequestContext, arguments: Arguments) -> Answer:
    """Delete a group, and the accesses to it."""
    accesses.delete_group(context, arguments["group"])
    return deleted()


def _render_group_door(context: RequestContext, door: GroupDoor) -> Resource:
    return serialization.render_group_door(context.turn, door)


def list_group_doors(context: RequestContext, arguments: Arguments) -> Answer:
    """List the doors in a group."""
    fixed: Filters = {"group_id": frozenset({arguments["group"].id})}
    return page(context, context.collections.doors, _render_group_door, fixed=fixed)


def create_group_door(context: RequestContext, arguments: Arguments) -> Answer:
    """Add a lock or an ACS door to a group."""
    door = accesses.add_door(context, arguments["group"], arguments["attributes"])
    return resource(_render_group_door(context, door), 201)


def get_group_door(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a door in a group."""
    return resource(_render_group_door(context, arguments["door"]))


def delete_group_door(context: RequestContext, arguments: Arguments) -> Answer:
    """Remove a door from a group."""
    accesses.remove_door(context, arguments["door"])
    return deleted()


# ---- the table

_PERSON_PATH = "/access_persons/{access_person_id}"
_ACCESS_PATH = "/access_persons/{access_person_id}/accesses/{access_id}"
_DOORS_PATH = "/groups/{group_id}/doors"
_DOOR_PATH = "/groups/{group_id}/doors/{group_door_id}"

OPERATIONS: tuple[Operation[RequestContext], ...] = (
    list_operation(
        "/access_persons",
        "Get access persons",
        lambda context: context.collections.persons(context.turn.now),
        _render_person,
        ("type", "attributes[status]"),
        default=_PRESENT,
    ),
    Operation(
        "POST",
        "/access_persons",
        create_person,
        "write",
        "Create an access user",
        parameters=(ATTRIBUTES, type_of(persons.TYPES)),
    ),
    Operation("GET", _PERSON_PATH, get_person, "read", "Get an access person", parameters=(_PERSON,)),
    Operation("PUT", _PERSON_PATH, update_person, "write", "Update an access user", parameters=(_PERSON, ATTRIBUTES)),
    Operation("DELETE", _PERSON_PATH, delete_person, "destructive", "Delete an access person", parameters=(_PERSON,)),
    Operation(
        "PUT",
        "/access_persons/{access_person_id}/deactivate",
        deactivate_person,
        "destructive",
        "Deactivates an access person",
        parameters=(_PERSON,),
    ),
    Operation(
        "POST",
        "/access_persons/{access_person_id}/email/notify",
        notify_person,
        "destructive",
        "Schedule sending access instructions email to access guest",
        parameters=(_PERSON, OPTIONAL_ATTRIBUTES),
    ),
    Operation(
        "GET",
        "/access_persons/{access_person_id}/accesses",
        list_accesses,
        "read",
        "Get all of an access person's accesses",
        parameters=(_PERSON, *page_parameters(ACCESS_FILTERS, sortable=False)),
    ),
    Operation(
        "POST",
        "/access_persons/{access_person_id}/accesses",
        create_access,
        "write",
        "Grant an access person access",
        parameters=(_PERSON, ATTRIBUTES),
    ),
    Operation("GET", _ACCESS_PATH, get_access, "read", "Get an access person's access", parameters=(_PERSON, _ACCESS)),
    Operation(
        "PUT",
        _ACCESS_PATH,
        update_access,
        "write",
        "Update an access person's access",
        parameters=(_PERSON, _ACCESS, ATTRIBUTES),
    ),
    Operation(
        "DELETE",
        _ACCESS_PATH,
        delete_access,
        "destructive",
        "Revoke an access person's access",
        parameters=(_PERSON, _ACCESS),
    ),
    list_operation("/groups", "Get all groups", lambda context: context.collections.groups, _render_group, ("type",)),
    Operation(
        "POST",
        "/groups",
        create_group,
        "write",
        "Create a door group",
        parameters=(ATTRIBUTES, type_of(("door_group",))),
    ),
    Operation("GET", "/groups/{group_id}", get_group, "read", "Get a group", parameters=(_GROUP,)),
    Operation("PUT", "/groups/{group_id}", update_group, "write", "Update a group", parameters=(_GROUP, ATTRIBUTES)),
    Operation("DELETE", "/groups/{group_id}", delete_group, "destructive", "Delete a group", parameters=(_GROUP,)),
    Operation(
        "GET",
        _DOORS_PATH,
        list_group_doors,
        "read",
        "Get all doors in a door group",
        parameters=(_GROUP, *page_parameters(("attributes[door_type]", "attributes[door_id]"))),
    ),
    Operation(
        "POST",
        _DOORS_PATH,
        create_group_door,
        "write",
        "Add a door to a door group",
        parameters=(_GROUP, ATTRIBUTES),
    ),
    Operation(
        "GET", _DOOR_PATH, get_group_door, "read", "Get a door in a door group", parameters=(_GROUP, _GROUP_DOOR)
    ),
    Operation(
        "DELETE",
        _DOOR_PATH,
        delete_group_door,
        "destructive",
        "Remove a door from a door group",
        parameters=(_GROUP, _GROUP_DOOR),
    ),
)
