"""Access persons: when a guest's time is, and what status that makes.

A guest's times have no zone: they are local to wherever it wants in. So one guest can be current in one place and
upcoming in another; the API's one status is *current* from the earliest start among its accessibles and *expired* at
the latest end. Without any, the account's first location decides. Devices decide in their own zone, [start, end).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from locksim.remotelock import zones
from locksim.remotelock.entities import Access, AccessGuest, AccessUser, AcsDoor, Device, Lock

if TYPE_CHECKING:
    from locksim.remotelock.state import Account

__all__ = ["Status", "accesses_to", "life", "places", "status", "window"]

Status = Literal["upcoming", "current", "expired", "deactivated"]


def status(account: Account, person: AccessUser | AccessGuest, now: int) -> Status:
    """The person's status at this instant."""
    if person.deactivated:
        return "deactivated"
    if not isinstance(person, AccessGuest):
        return "current"
    start, end = life(account, person)
    return "expired" if now >= end else "current" if now >= start else "upcoming"


def life(account: Account, guest: AccessGuest) -> tuple[int, int]:
    """The earliest start and the latest end of a guest among all it may enter, as instants."""
    windows = [
        _in_zone(guest, zone, access.guest_start_time, access.guest_end_time)
        for access in account.shelves.accesses.of("access_person_id", guest.id)
        for zone in places(account, access)
    ] or [_in_zone(guest, account.zone, None, None)]
    return min(start for start, _ in windows), max(end for _, end in windows)


def window(account: Account, guest: AccessGuest, access: Access, device: Device) -> tuple[int, int]:
    """When this access lets the guest in at this device: [start, end) as instants.

    The time of day is the access's override, else (where the guest's date came without one) the device's default, else
    the guest's own.
    """
    start, end = access.guest_start_time, access.guest_end_time
    if isinstance(device, Lock):
        start = start or (device.default_guest_start_time if guest.start_by_date else None)
        end = end or (device.default_guest_end_time if guest.end_by_date else None)
    return _in_zone(guest, account.zone_of(device), start, end)


def _in_zone(guest: AccessGuest, zone: str, start: str | None, end: str | None) -> tuple[int, int]:
    starts = guest.starts_at if start is None else f"{guest.starts_at[:10]}T{start}"
    ends = guest.ends_at if end is None else f"{guest.ends_at[:10]}T{end}"
    return zones.start_of(starts, zone), zones.end_of(ends, zone)


def places(account: Account, access: Access) -> Iterator[str]:
    """The zones of what an access opens."""
    if access.accessible_type == "location":
        yield account.locations[access.accessible_id].time_zone
    elif access.accessible_type == "door_group":
        for door in account.shelves.doors.of("group_id", access.accessible_id):
            yield account.zone_of(account.devices[door.door_id])
    else:
        yield account.zone_of(account.devices[access.accessible_id])


def accesses_to(account: Account, device: Lock | AcsDoor) -> list[Access]:
    """Every access that opens this device: its own, those of its groups, those of its location."""
    groups = [door.group_id for door in account.shelves.doors.of("door_id", device.id)]
    return [
        access
        for accessible in (device.id, *groups, device.location_id)
        for access in account.shelves.accesses.of("accessible_id", accessible)
    ]
