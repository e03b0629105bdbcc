"""Chapters *Access Persons* (with their accesses) and *Groups* (with their doors)."""

from __future__ import annotations

from flask import Response

from locksim.remotelock import serialization, sync
from locksim.remotelock.entities import Access, AccessPerson, Group, GroupDoor
from locksim.remotelock.indexed_collections import Where
from locksim.remotelock.operations.common import attributes, blueprint, found, gone, here, kind, listed, one
from locksim.remotelock.rules import grants, persons

__all__ = ["ACCESS_FILTERS", "accesses", "api"]

api = blueprint("persons")

_LIVING: Where = {"status": frozenset({"current", "upcoming"})}
"""What the list shows when no status is asked for."""
ACCESS_FILTERS = ("accessible_id", "accessible_type", "access_schedule_id", "access_person_id", "access_person_type")


def _person(id: str) -> AccessPerson:
    return found(here().account.persons.get(id), "access person")


def _shown(person: AccessPerson) -> serialization.Told:
    return serialization.render_person(here().turn, here().account, person)


@api.get("/access_persons")
def list_persons() -> Response:
    """Get access persons, filtered by status."""
    shelf = here().shelves.persons(here().turn.now)
    return listed(shelf, _shown, ("type", "status"), otherwise=_LIVING)


@api.post("/access_persons")
def post_person() -> Response:
    """Create an access user, or an access guest."""
    sent = attributes()
    return one(_shown(persons.create(here(), kind(persons.TYPES), sent)), 201)


@api.get("/access_persons/<id>")
def get_person(id: str) -> Response:
    """Get an access person."""
    return one(_shown(_person(id)))


@api.put("/access_persons/<id>")
def put_person(id: str) -> Response:
    """Update an access user, or an access guest."""
    person = _person(id)
    persons.update(here(), person, attributes())
    return one(_shown(person))


@api.put("/access_persons/<id>/deactivate")
def deactivate_person(id: str) -> Response:
    """Deactivates an access person."""
    person = _person(id)
    persons.deactivate(here(), person)
    return one(_shown(person))


@api.delete("/access_persons/<id>")
def delete_person(id: str) -> Response:
    """Delete an access person."""
    persons.delete(here(), _person(id))
    return gone()


@api.post("/access_persons/<id>/email/notify")
def notify_person(id: str) -> Response:
    """Schedule sending access instructions email to access guest."""
    person = _person(id)
    persons.notify(here(), person, attributes(optional=True))
    return gone(200)


# ---- accesses


def _access(person: str, id: str) -> Access:
    access = here().account.accesses.get(id)
    return found(access if access is not None and access.person_id == _person(person).id else None, "access")


def _counted(access: Access) -> serialization.Told:
    return serialization.render_access(here().turn, access, sync.counts(here().turn, here().account, access))


def accesses(always: Where) -> Response:
    """A page of accesses."""
    return listed(here().shelves.accesses, _counted, ACCESS_FILTERS, always=always)


@api.get("/access_persons/<person>/accesses")
def list_accesses(person: str) -> Response:
    """Get all of an access person's accesses."""
    return accesses({"access_person_id": frozenset({_person(person).id})})


@api.post("/access_persons/<person>/accesses")
def post_access(person: str) -> Response:
    """Grant an access person access. The counts are computed after the answer, which shows none."""
    granted = _person(person)
    access = grants.grant(here(), granted, attributes())
    return one(serialization.render_access(here().turn, access, sync.Counts(0, 0, 0, 0)), 201)


@api.get("/access_persons/<person>/accesses/<id>")
def get_access(person: str, id: str) -> Response:
    """Get an access person's access."""
    return one(_counted(_access(person, id)))


@api.put("/access_persons/<person>/accesses/<id>")
def put_access(person: str, id: str) -> Response:
    """Update an access person's access."""
    access = _access(person, id)
    grants.change(here(), access, attributes())
    return one(_counted(access))


@api.delete("/access_persons/<person>/accesses/<id>")
def delete_access(person: str, id: str) -> Response:
    """Revoke an access person's access."""
    grants.revoke(here(), _access(person, id))
    return gone()


# ---- groups


def _group(id: str) -> Group:
    return found(here().account.groups.get(id), "group")


@api.get("/groups")
def list_groups() -> Response:
    """Get all groups."""
    return listed(here().shelves.groups, lambda group: serialization.render_group(here().turn, group), ("type",))


@api.post("/groups")
def post_group() -> Response:
    """Create a door group."""
    sent = attributes()
    kind(("door_group",))
    return one(serialization.render_group(here().turn, grants.create_group(here(), sent)), 201)


@api.get("/groups/<id>")
def get_group(id: str) -> Response:
    """Get a group."""
    return one(serialization.render_group(here().turn, _group(id)))


@api.put("/groups/<id>")
def put_group(id: str) -> Response:
    """Update a group."""
    group = _group(id)
    grants.update_group(here(), group, attributes())
    return one(serialization.render_group(here().turn, group))


@api.delete("/groups/<id>")
def delete_group(id: str) -> Response:
    """Delete a group."""
    grants.delete_group(here(), _group(id))
    return gone()


def _door(group: str, id: str) -> GroupDoor:
    door = here().account.doors.get(id)
    return found(door if door is not None and door.group_id == _group(group).id else None, "door in this group")


@api.get("/groups/<group>/doors")
def list_group_doors(group: str) -> Response:
    """Get all doors in a door group."""
    always: Where = {"group_id": frozenset({_group(group).id})}
    shelf = here().shelves.doors
    return listed(
        shelf, lambda door: serialization.render_group_door(here().turn, door), ("door_type", "door_id"), always=always
    )


@api.post("/groups/<group>/doors")
def post_group_door(group: str) -> Response:
    """Add a door to a door group."""
    into = _group(group)
    return one(serialization.render_group_door(here().turn, grants.add_door(here(), into, attributes())), 201)


@api.get("/groups/<group>/doors/<id>")
def get_group_door(group: str, id: str) -> Response:
    """Get a door in a door group."""
    return one(serialization.render_group_door(here().turn, _door(group, id)))


@api.delete("/groups/<group>/doors/<id>")
def delete_group_door(group: str, id: str) -> Response:
    """Remove a door from a door group."""
    grants.remove_door(here(), _door(group, id))
    return gone()
