"""Accesses (chapter *Access Persons*) and door groups (chapter *Groups*).

An access to a location or a group opens whatever is in it at any time. When that changes, the statuses of the guests with
such an access are updated, and the locks fetch their grants.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from locksim.remotelock import hardware
from locksim.remotelock.account import Account
from locksim.remotelock.entities import Access, AccessGuest, AccessPerson, AcsDoor, Group, GroupDoor, Lock
from locksim.remotelock.errors import Forbidden
from locksim.remotelock.forms import Form
from locksim.remotelock.request_context import RequestContext

__all__ = [
    "add_door",
    "change",
    "check_updatable",
    "create_group",
    "delete_group",
    "grant",
    "opened_devices",
    "remove_door",
    "revoke",
    "update_group",
    "update_guest_statuses",
]

ACCESSIBLE = ("lock", "acs_door", "door_group", "location")
_TAKEN = "has already been taken"
_MUST_EXIST = "must exist"


def opened_devices(account: Account, person: AccessPerson) -> list[str]:
    """Return the ids of the locks and doors that a person may open, each once."""
    accesses = account.collections.accesses.find("access_person_id", person.id)
    return list(dict.fromkeys(device.id for access in accesses for device in account.devices_opened_by(access)))


def check_updatable(context: RequestContext, person: AccessPerson) -> None:
    """Raise Forbidden if `update` is among the person's restricted actions."""
    status = context.account.status(person, context.turn.now)
    if status in ("expired", "deactivated"):
        raise Forbidden(
            "This action is restricted for the resource",
            f"this person is {status}, and update is among meta.restricted_actions; create another person",
        )


def update_guest_statuses(context: RequestContext, accessibles: Iterable[str]) -> None:
    """Update the statuses of the guests with accesses to these, after a time zone has changed."""
    for accessible in accessibles:
        for access in context.collections.accesses.find("accessible_id", accessible):
            person = context.account.persons[access.person_id]
            if isinstance(person, AccessGuest):
                context.collections.save_person(person, context.turn.now)


# ---- accesses


def grant(context: RequestContext, person: AccessPerson, attributes: dict[str, Any]) -> Access:
    """Grant a person an access. Raises Forbidden for an expired or deactivated person, Invalid."""
    check_updatable(context, person)
    form = Form(attributes, creating=True)
    kind = form.choice("accessible_type", ACCESSIBLE, required=True)
    accessible = form.text("accessible_id", required=True)
    _schedule(context, form)
    for name in ("guest_start_time", "guest_end_time"):
        if form.time(name) is not None and not isinstance(person, AccessGuest):
            form.add_error(name, "is only supported for access guests")
    if kind is not None and accessible is not None:
        if not _exists(context.account, kind, accessible):
            form.add_error("accessible_id", _MUST_EXIST)
        elif any(
            access.person_id == person.id for access in context.collections.accesses.find("accessible_id", accessible)
        ):
            form.add_error("accessible_id", _TAKEN)
    values = form.values_or_errors(context.turn.near_miss)
    access = Access(**context.new_fields("access"), person_id=person.id, person_type=_type_of(person), **values)
    context.collections.accesses.save(access)
    _update_after(context, person, access)
    return access


def change(context: RequestContext, access: Access, attributes: dict[str, Any]) -> None:
    """Change the schedule of an access; nothing else can be changed. Raises Forbidden, Invalid."""
    person = context.account.persons[access.person_id]
    check_updatable(context, person)
    form = Form(attributes, creating=False)
    _schedule(context, form)
    if context.change(access, form.values_or_errors(context.turn.near_miss)):
        context.collections.accesses.save(access)
        _update_after(context, person, access)


def revoke(context: RequestContext, access: Access) -> None:
    """Revoke an access. A lock lets the person in until its next contact."""
    context.collections.accesses.remove(access.id)
    _update_after(context, context.account.persons[access.person_id], access)


def _update_after(context: RequestContext, person: AccessPerson, access: Access) -> None:
    context.collections.save_person(person, context.turn.now)
    devices = [device.id for device in context.account.devices_opened_by(access)]
    hardware.update_grants(context.turn, context.state, context.account, devices)


def _type_of(person: AccessPerson) -> Literal["access_user", "access_guest"]:
    return "access_guest" if isinstance(person, AccessGuest) else "access_user"


def _schedule(context: RequestContext, form: Form) -> None:
    schedules = context.account.schedules
    form.relation("access_schedule_id", lambda key: key in schedules and schedules[key].type == "access_schedule")


def _exists(account: Account, kind: str, accessible: str) -> bool:
    if kind == "location":
        return accessible in account.locations
    if kind == "door_group":
        return accessible in account.groups
    device = account.devices.get(accessible)
    return isinstance(device, Lock | AcsDoor) and device.type == kind


# ---- groups


def create_group(context: RequestContext, attributes: dict[str, Any]) -> Group:
    """Create a door group. Raises Invalid."""
    form = Form(attributes, creating=True)
    form.text("name", required=True)
    return context.collections.groups.save(
        Group(**context.new_fields("group"), **form.values_or_errors(context.turn.near_miss))
    )


def update_group(context: RequestContext, group: Group, attributes: dict[str, Any]) -> None:
    """Rename a group. Raises Invalid."""
    form = Form(attributes, creating=False)
    form.text("name", required=True)
    if context.change(group, form.values_or_errors(context.turn.near_miss)):
        context.collections.groups.save(group)


def delete_group(context: RequestContext, group: Group) -> None:
    """Delete a group, its doors' memberships, and the accesses to it."""
    doors = context.collections.doors.find("group_id", group.id)
    accesses = context.collections.accesses.find("accessible_id", group.id)
    for door in doors:
        context.collections.doors.remove(door.id)
    for access in accesses:
        context.collections.accesses.remove(access.id)
    context.collections.groups.remove(group.id)
    for access in accesses:
        context.collections.save_person(context.account.persons[access.person_id], context.turn.now)
    hardware.update_grants(context.turn, context.state, context.account, [door.door_id for door in doors])


def add_door(context: RequestContext, group: Group, attributes: dict[str, Any]) -> GroupDoor:
    """Add a lock or an ACS door to a group. Raises Invalid."""
    form = Form(attributes, creating=True)
    kind = form.choice("door_type", ("lock", "acs_door"), required=True)
    door_id = form.text("door_id", required=True)
    if kind is not None and door_id is not None:
        if not _exists(context.account, kind, door_id):
            form.add_error("door_id", _MUST_EXIST)
        elif any(door.group_id == group.id for door in context.collections.doors.find("door_id", door_id)):
            form.add_error("door_id", _TAKEN)
    values = form.values_or_errors(context.turn.near_miss)
    door = context.collections.doors.save(GroupDoor(**context.new_fields("group door"), group_id=group.id, **values))
    update_guest_statuses(context, [group.id])
    hardware.update_grants(context.turn, context.state, context.account, [door.door_id])
    return door


def remove_door(context: RequestContext, door: GroupDoor) -> None:
    """Remove a door from a group."""
    context.collections.doors.remove(door.id)
    update_guest_statuses(context, [door.group_id])
    hardware.update_grants(context.turn, context.state, context.account, [door.door_id])
