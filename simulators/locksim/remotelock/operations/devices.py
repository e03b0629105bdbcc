"""Chapters *Devices* and *ACS Doors*."""

from __future__ import annotations

from collections.abc import Mapping

from locksim.api.context import Arguments
from locksim.api.operations import Operation
from locksim.engine.inputs import Answer
from locksim.remotelock import hardware, serialization
from locksim.remotelock.entities import AcsDoor, Device, Lock, PowerPlug
from locksim.remotelock.operations.common import (
    ATTRIBUTES,
    deleted,
    list_operation,
    page_parameters,
    resource,
    resource_id,
)
from locksim.remotelock.operations.persons import ACCESS_FILTERS, accesses_page
from locksim.remotelock.operations.rendered_devices import render
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import devices
from locksim.remotelock.serialization import Resource

__all__ = ["OPERATIONS"]

_FILTERS = (
    "type",
    "attributes[location_id]",
    "attributes[model_id]",
    "attributes[auto_lock_schedule_id]",
    "attributes[lock_action_schedule_id]",
    "attributes[power_plug_schedule_id]",
    "attributes[thermostat_schedule_id]",
)


def _devices(context: RequestContext) -> Mapping[str, Device]:
    return context.account.devices


def _is_door(_: RequestContext, device: Device) -> bool:
    return isinstance(device, AcsDoor)


def _is_no_door(_: RequestContext, device: Device) -> bool:
    """An ACS door can be read below /devices, but not changed or deleted."""
    return not isinstance(device, AcsDoor)


_DEVICE = resource_id("device_id", "device", "device", _devices)
_CHANGEABLE = resource_id("device_id", "device", "device other than an ACS door", _devices, _is_no_door)
_LOCK = resource_id("device_id", "device", "lock", _devices, lambda _, device: isinstance(device, Lock))
_PLUG = resource_id("device_id", "device", "power plug", _devices, lambda _, device: isinstance(device, PowerPlug))
_DOOR = resource_id("acs_door_id", "device", "ACS door", _devices, _is_door)


def _render(context: RequestContext, device: Device) -> Resource:
    connection = hardware.of(context.turn, context.state, context.account, device).connection()
    return serialization.render_device(context.turn, device, connection)


def register_device(context: RequestContext, arguments: Arguments) -> Answer:
    """Register a device. Its model says of which kind it is."""
    return resource(_render(context, devices.register(context, arguments["attributes"])), 201)


def get_device(context: RequestContext, arguments: Arguments) -> Answer:
    """Return a device."""
    return resource(_render(context, arguments["device"]))


def update_device(context: RequestContext, arguments: Arguments) -> Answer:
    """Change a lock, a power plug, a resort lock or a thermostat."""
    devices.update(context, arguments["device"], arguments["attributes"])
    return get_device(context, arguments)


def deregister_device(context: RequestContext, arguments: Arguments) -> Answer:
    """Deregister a device."""
    devices.deregister(context, arguments["device"])
    return deleted()


def lock_device(context: RequestContext, arguments: Arguments) -> Answer:
    """Lock a lock or a door."""
    devices.command(context, arguments["device"], "lock")
    return get_device(context, arguments)


def unlock_device(context: RequestContext, arguments: Arguments) -> Answer:
    """Unlock a lock or a door."""
    devices.command(context, arguments["device"], "unlock")
    return get_device(context, arguments)


def unlock_door_temporarily(context: RequestContext, arguments: Arguments) -> Answer:
    """Unlock a door for some seconds."""
    devices.command(context, arguments["device"], "temporary_unlock")
    return get_device(context, arguments)


def power_on(context: RequestContext, arguments: Arguments) -> Answer:
    """Switch a power plug on."""
    devices.switch(context, arguments["device"], "power_on")
    return get_device(context, arguments)


def power_off(context: RequestContext, arguments: Arguments) -> Answer:
    """Switch a power plug off."""
    devices.switch(context, arguments["device"], "power_off")
    return get_device(context, arguments)


def list_device_accesses(context: RequestContext, arguments: Arguments) -> Answer:
    """List the accesses that open a device: its own, its location's and its groups'."""
    device: Device = arguments["device"]
    groups = [door.group_id for door in context.collections.doors.find("door_id", device.id)]
    locations = [device.location_id] if isinstance(device, Lock | AcsDoor) else []
    return accesses_page(context, {"accessible_id": frozenset({device.id, *groups, *locations})})


# ---- the table

_DEVICE_PATH = "/devices/{device_id}"
_DOOR_PATH = "/acs/doors/{acs_door_id}"
_ACCESSES = page_parameters(ACCESS_FILTERS, sortable=False)

OPERATIONS: tuple[Operation[RequestContext], ...] = (
    list_operation("/devices", "Get all devices", lambda context: context.collections.devices, render, _FILTERS),
    Operation("POST", "/devices", register_device, "write", "Register a LS-6i lock", parameters=(ATTRIBUTES,)),
    Operation("GET", _DEVICE_PATH, get_device, "read", "Get a device", parameters=(_DEVICE,)),
    Operation("PUT", _DEVICE_PATH, update_device, "write", "Update a lock", parameters=(_CHANGEABLE, ATTRIBUTES)),
    Operation(
        "DELETE", _DEVICE_PATH, deregister_device, "destructive", "Deregister a device", parameters=(_CHANGEABLE,)
    ),
    Operation("PUT", f"{_DEVICE_PATH}/lock", lock_device, "destructive", "Lock a lock", parameters=(_LOCK,)),
    Operation("PUT", f"{_DEVICE_PATH}/unlock", unlock_device, "destructive", "Unlock a lock", parameters=(_LOCK,)),
    Operation("PUT", f"{_DEVICE_PATH}/power_on", power_on, "destructive", "Power On a PowerPlug", parameters=(_PLUG,)),
    Operation(
        "PUT", f"{_DEVICE_PATH}/power_off", power_off, "destructive", "Power Off a PowerPlug", parameters=(_PLUG,)
    ),
    Operation(
        "GET",
        f"{_DEVICE_PATH}/access_person_accesses",
        list_device_accesses,
        "read",
        "Access person accesses of a lock",
        parameters=(_DEVICE, *_ACCESSES),
    ),
    list_operation(
        "/acs/doors",
        "Get all ACS doors",
        lambda context: context.collections.devices,
        render,
        ("attributes[location_id]",),
        fixed={"type": frozenset({"acs_door"})},
    ),
    Operation("GET", _DOOR_PATH, get_device, "read", "Get ACS door", parameters=(_DOOR,)),
    Operation("PUT", f"{_DOOR_PATH}/lock", lock_device, "destructive", "Lock a door", parameters=(_DOOR,)),
    Operation("PUT", f"{_DOOR_PATH}/unlock", unlock_device, "destructive", "Unlock a door", parameters=(_DOOR,)),
    Operation(
        "PUT",
        f"{_DOOR_PATH}/temporary_unlock",
        unlock_door_temporarily,
        "destructive",
        "Temporary unlock a door",
        parameters=(_DOOR,),
    ),
    Operation(
        "GET",
        f"{_DOOR_PATH}/access_person_accesses",
        list_device_accesses,
        "read",
        "Access person accesses of an ACS door",
        parameters=(_DOOR, *_ACCESSES),
    ),
)
