"""Accesses (chapter *Access Persons*) and door groups (chapter *Groups*): who may enter what.

A grant to a location or a group reaches whatever is in it at any time. Whenever that changes, the guests whose status
depends on it are looked at again, and the locks that it reaches are told to sync.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from locksim.remotelock import people, sync
from locksim.remotelock.entities import Access, AccessGuest, AccessPerson, AcsDoor, Group, GroupDoor, Lock
from locksim.remotelock.errors import Forbidden
from locksim.remotelock.forms import Form
from locksim.remotelock.state import Account, Here

__all__ = [
    "add_door",
    "change",
    "create_group",
    "delete_group",
    "grant",
    "reached",
    "remove_door",
    "restrict",
    "retime",
    "revoke",
    "update_group",
]

ACCESSIBLE = ("lock", "acs_door", "door_group", "location")
_TAKEN = "has already been taken"
_MUST_EXIST = "must exist"


def reached(account: Account, person: AccessPerson) -> list[str]:
    """The ids of the locks and doors that a person may enter, each once."""
    accesses = account.shelves.accesses.of("access_person_id", person.id)
    return list(dict.fromkeys(device.id for access in accesses for device in sync.opened(account, access)))


def restrict(here: Here, person: AccessPerson) -> None:
    """Raises Forbidden when `update` is among the person's restricted actions."""
    status = people.status(here.account, person, here.turn.now)
    if status in ("expired", "deactivated"):
        raise Forbidden(
            "This action is restricted for the resource",
            f"this person is {status}, and update is among meta.restricted_actions; create another person",
        )


def retime(here: Here, accessibles: Iterable[str]) -> None:
    """The zones of these accessibles changed: so may the statuses of the guests who may enter them."""
    for accessible in accessibles:
        for access in here.shelves.accesses.of("accessible_id", accessible):
            person = here.account.persons[access.person_id]
            if isinstance(person, AccessGuest):
                here.shelves.keep_person(person, here.turn.now)


# ---- accesses


def grant(here: Here, person: AccessPerson, attributes: dict[str, Any]) -> Access:
    """Chapter *Grant an access person access*. Raises Forbidden for who is expired or deactivated, Invalid."""
    restrict(here, person)
    form = Form(attributes, creating=True)
    kind = form.choice("accessible_type", ACCESSIBLE, required=True)
    accessible = form.text("accessible_id", required=True)
    _schedule(here, form)
    for name in ("guest_start_time", "guest_end_time"):
        if form.time(name) is not None and not isinstance(person, AccessGuest):
            form.wrong(name, "is only supported for access guests")
    if kind is not None and accessible is not None:
        if not _is(here.account, kind, accessible):
            form.wrong("accessible_id", _MUST_EXIST)
        elif any(one.person_id == person.id for one in here.shelves.accesses.of("accessible_id", accessible)):
            form.wrong("accessible_id", _TAKEN)
    values = form.done(here.turn.near_miss)
    access = Access(**here.born("access"), person_id=person.id, person_type=_kind(person), **values)
    here.shelves.accesses.keep(access)
    _changed(here, person, access)
    return access


def change(here: Here, access: Access, attributes: dict[str, Any]) -> None:
    """Its schedule, and nothing else (chapter *Update an access person's access*). Raises Invalid."""
    person = here.account.persons[access.person_id]
    restrict(here, person)
    form = Form(attributes, creating=False)
    _schedule(here, form)
    if here.change(access, form.done(here.turn.near_miss)):
        here.shelves.accesses.keep(access)
        _changed(here, person, access)


def revoke(here: Here, access: Access) -> None:
    """The person may no longer enter, once the locks know."""
    here.shelves.accesses.drop(access.id)
    _changed(here, here.account.persons[access.person_id], access)


def _changed(here: Here, person: AccessPerson, access: Access) -> None:
    here.shelves.keep_person(person, here.turn.now)
    devices = [device.id for device in sync.opened(here.account, access)]
    sync.grants_changed(here.turn, here.state, here.account, devices)


def _kind(person: AccessPerson) -> Literal["access_user", "access_guest"]:
    return "access_guest" if isinstance(person, AccessGuest) else "access_user"


def _schedule(here: Here, form: Form) -> None:
    schedules = here.account.schedules
    form.relation("access_schedule_id", lambda key: key in schedules and schedules[key].type == "access_schedule")


def _is(account: Account, kind: str, accessible: str) -> bool:
    if kind == "location":
        return accessible in account.locations
    if kind == "door_group":
        return accessible in account.groups
    device = account.devices.get(accessible)
    return isinstance(device, Lock | AcsDoor) and device.type == kind


# ---- groups


def create_group(here: Here, attributes: dict[str, Any]) -> Group:
    """Raises Invalid."""
    form = Form(attributes, creating=True)
    form.text("name", required=True)
    return here.shelves.groups.keep(Group(**here.born("group"), **form.done(here.turn.near_miss)))


def update_group(here: Here, group: Group, attributes: dict[str, Any]) -> None:
    """Raises Invalid."""
    form = Form(attributes, creating=False)
    form.text("name", required=True)
    if here.change(group, form.done(here.turn.near_miss)):
        here.shelves.groups.keep(group)


def delete_group(here: Here, group: Group) -> None:
    """With its doors and with the accesses to it."""
    doors = here.shelves.doors.of("group_id", group.id)
    accesses = here.shelves.accesses.of("accessible_id", group.id)
    for door in doors:
        here.shelves.doors.drop(door.id)
    for access in accesses:
        here.shelves.accesses.drop(access.id)
    here.shelves.groups.drop(group.id)
    for access in accesses:
        here.shelves.keep_person(here.account.persons[access.person_id], here.turn.now)
    sync.grants_changed(here.turn, here.state, here.account, [door.door_id for door in doors])


def add_door(here: Here, group: Group, attributes: dict[str, Any]) -> GroupDoor:
    """Chapter *Add a door to a door group*. Raises Invalid."""
    form = Form(attributes, creating=True)
    kind = form.choice("door_type", ("lock", "acs_door"), required=True)
    door_id = form.text("door_id", required=True)
    if kind is not None and door_id is not None:
        if not _is(here.account, kind, door_id):
            form.wrong("door_id", _MUST_EXIST)
        elif any(door.group_id == group.id for door in here.shelves.doors.of("door_id", door_id)):
            form.wrong("door_id", _TAKEN)
    values = form.done(here.turn.near_miss)
    door = here.shelves.doors.keep(GroupDoor(**here.born("group door"), group_id=group.id, **values))
    retime(here, [group.id])
    sync.grants_changed(here.turn, here.state, here.account, [door.door_id])
    return door


def remove_door(here: Here, door: GroupDoor) -> None:
    """Who may enter the group may no longer enter this door by it."""
    here.shelves.doors.drop(door.id)
    retime(here, [door.group_id])
    sync.grants_changed(here.turn, here.state, here.account, [door.door_id])
