"""Chapters *Devices* and *ACS Doors*."""

from __future__ import annotations

from typing import TypeVar

from flask import Response

from locksim.remotelock import serialization, sync
from locksim.remotelock.entities import AcsDoor, Device, Lock, PowerPlug, ResortLock, Thermostat
from locksim.remotelock.operations.common import attributes, blueprint, found, gone, here, listed, one
from locksim.remotelock.operations.persons import accesses
from locksim.remotelock.rules import devices

__all__ = ["api"]

api = blueprint("devices")

T = TypeVar("T", Lock, PowerPlug, AcsDoor)

_FILTERS = (
    "type", "location_id", "model_id", "auto_lock_schedule_id", "lock_action_schedule_id", "power_plug_schedule_id",
    "thermostat_schedule_id",
)  # fmt: skip


def _shown(device: Device) -> serialization.Told:
    turn = here().turn
    if isinstance(device, AcsDoor):
        return serialization.render_door(turn, device)
    if isinstance(device, ResortLock):
        return serialization.render_resort_lock(turn, device)
    return serialization.render_connected(turn, device, sync.contact(turn, device))


def _device(id: str) -> Device:
    device = here().account.devices.get(id)
    return found(None, "device") if device is None else device


def _own(id: str) -> Lock | PowerPlug | Thermostat | ResortLock:
    """A device that has its home below /devices."""
    device = here().account.devices.get(id)
    if device is None or isinstance(device, AcsDoor):
        return found(None, "device below /devices")
    return device


def _as(type: type[T], id: str, what: str) -> T:
    device = here().account.devices.get(id)
    return found(device if isinstance(device, type) else None, what)


@api.get("/devices")
def list_devices() -> Response:
    """Get all devices, of all types."""
    return listed(here().shelves.devices, _shown, _FILTERS)


@api.post("/devices")
def post_device() -> Response:
    """Register a device: a LS-6i lock, a LS-DB500i lock, a power plug, a ResortLock, a thermostat."""
    return one(_shown(devices.register(here(), attributes())), 201)


@api.get("/devices/<id>")
def get_device(id: str) -> Response:
    """Get a device."""
    return one(_shown(_device(id)))


@api.put("/devices/<id>")
def put_device(id: str) -> Response:
    """Update a lock, a PowerPlug, a ResortLock or a thermostat."""
    device = _own(id)
    devices.update(here(), device, attributes())
    return one(_shown(device))


@api.delete("/devices/<id>")
def delete_device(id: str) -> Response:
    """Deregister a device."""
    devices.deregister(here(), _own(id))
    return gone()


@api.put("/devices/<id>/lock")
def lock_device(id: str) -> Response:
    """Lock a lock."""
    return _command(_as(Lock, id, "lock"), "lock")


@api.put("/devices/<id>/unlock")
def unlock_device(id: str) -> Response:
    """Unlock a lock."""
    return _command(_as(Lock, id, "lock"), "unlock")


@api.put("/devices/<id>/power_on")
def power_on(id: str) -> Response:
    """Power On a PowerPlug."""
    return _switch(id, "power_on")


@api.put("/devices/<id>/power_off")
def power_off(id: str) -> Response:
    """Power Off a PowerPlug."""
    return _switch(id, "power_off")


@api.get("/devices/<id>/access_person_accesses")
def list_device_accesses(id: str) -> Response:
    """Access person accesses of a lock: its own, its location's and its groups'."""
    return _accesses(_device(id))


# ---- doors


@api.get("/acs/doors")
def list_doors() -> Response:
    """Get all ACS doors."""
    return listed(here().shelves.devices, _shown, ("location_id",), always={"type": frozenset({"acs_door"})})


@api.get("/acs/doors/<id>")
def get_door(id: str) -> Response:
    """Get ACS door."""
    return one(_shown(_as(AcsDoor, id, "ACS door")))


@api.put("/acs/doors/<id>/lock")
def lock_door(id: str) -> Response:
    """Lock a door."""
    return _command(_as(AcsDoor, id, "ACS door"), "lock")


@api.put("/acs/doors/<id>/unlock")
def unlock_door(id: str) -> Response:
    """Unlock a door."""
    return _command(_as(AcsDoor, id, "ACS door"), "unlock")


@api.put("/acs/doors/<id>/temporary_unlock")
def unlock_door_for_a_while(id: str) -> Response:
    """Temporary unlock a door."""
    return _command(_as(AcsDoor, id, "ACS door"), "temporary_unlock")


@api.get("/acs/doors/<id>/access_person_accesses")
def list_door_accesses(id: str) -> Response:
    """Access person accesses of an ACS door."""
    return _accesses(_as(AcsDoor, id, "ACS door"))


# ---- what both do


def _command(device: Lock | AcsDoor, action: str) -> Response:
    devices.command(here(), device, action)
    return one(_shown(device))


def _switch(id: str, action: str) -> Response:
    plug = _as(PowerPlug, id, "power plug")
    devices.switch(here(), plug, action)
    return one(_shown(plug))


def _accesses(device: Device) -> Response:
    groups = [door.group_id for door in here().shelves.doors.of("door_id", device.id)]
    inherits = [device.location_id] if isinstance(device, Lock | AcsDoor) else []
    return accesses({"accessible_id": frozenset({device.id, *groups, *inherits})})
