"""Chapters *Devices* and *ACS Doors*: registering, settings, deregistering, commands.

The model's capabilities (chapter *Models*) decide what can be set. A lock's settings are the lock's own: what the API sets
before the lock's first contact is lost at that contact (chapter *Update a lock*).
"""

from __future__ import annotations

from typing import Any

from locksim.remotelock import events, hardware
from locksim.remotelock.catalog import MODELS, can
from locksim.remotelock.entities import AcsDoor, Device, Lock, PowerPlug, ResortLock, Thermostat
from locksim.remotelock.errors import Forbidden, Unpaid
from locksim.remotelock.forms import Form
from locksim.remotelock.physical import LockSettings, PhysicalLock
from locksim.remotelock.request_context import RequestContext
from locksim.remotelock.rules import accesses

__all__ = ["command", "deregister", "register", "switch", "update"]

_UNSUPPORTED = "is not supported by this model"
_LOCK_SETTINGS = frozenset(LockSettings.__struct_fields__)
_GUEST_TIMES = ("default_guest_start_time", "default_guest_end_time")


def register(context: RequestContext, attributes: dict[str, Any]) -> Device:
    """Register a device of the model's type. Raises Unpaid, Invalid."""
    if not context.account.paid:
        raise Unpaid("Please create a subscription", "support has ended this account's subscription; activate it again")
    form = Form(attributes, creating=True)
    _read_common(context, form)
    form.text("serial_number", required=True)
    model = form.choice("model_id", MODELS, required=True)
    if model is not None and not can(model, "registrable"):
        form.add_error("model_id", "cannot be registered")
    _check_serial_number(context, form, None)
    kind = MODELS[model].type if model is not None else ""
    if model is not None and kind in ("power_plug", "thermostat"):
        _read_heartbeat(form, model)
        _read_schedule(context, form, f"{kind}_schedule")
    if kind == "resort_lock":
        _read_default_times(form)
    values = form.values_or_errors(context.turn.near_miss)
    device = _new_device(context, kind, values)
    context.collections.devices.save(device)
    hardware.of(context.turn, context.state, context.account, device).register()
    return device


def _new_device(context: RequestContext, kind: str, values: dict[str, Any]) -> Device:
    fields = context.new_fields("device")
    match kind:
        case "lock":
            known = context.state.unregistered.pop(values["serial_number"], None)
            return Lock(**fields, **values, physical=known or PhysicalLock(LockSettings()))
        case "power_plug":
            return PowerPlug(**fields, **({"heartbeat_interval": 1200} | values))
        case "thermostat":
            source, modes = can(values["model_id"], "power_sources")[-1], can(values["model_id"], "modes")
            defaults = {"heartbeat_interval": 1200, "power_source": source}
            if "auto" not in modes:
                defaults["target_mode"] = "cool"
            return Thermostat(**fields, **(defaults | values))
        case _:
            return ResortLock(**fields, **values)


def update(
    context: RequestContext, device: Lock | PowerPlug | Thermostat | ResortLock, attributes: dict[str, Any]
) -> None:
    """Change a device. Raises Forbidden if the model does not allow a new serial number, Invalid."""
    serial = getattr(device, "serial_number", None)
    if isinstance(device, Lock) and not can(device.model_id, "replaceable"):
        _check_not_replaced(attributes, serial)
    form = Form(attributes, creating=False)
    _read_common(context, form)
    if isinstance(device, Lock | ResortLock):
        form.text("serial_number", required=True)
        _check_serial_number(context, form, device)
        _read_default_times(form)
    match device:
        case Lock():
            _read_lock(context, form, device)
        case Thermostat():
            _read_thermostat(form, device)
            _read_schedule(context, form, "thermostat_schedule")
        case PowerPlug():
            _read_heartbeat(form, device.model_id)
            _read_schedule(context, form, "power_plug_schedule")
    _apply(context, device, form.values_or_errors(context.turn.near_miss))


def _apply(context: RequestContext, device: Lock | PowerPlug | Thermostat | ResortLock, values: dict[str, Any]) -> None:
    changed = [name for name, value in values.items() if _value(device, name) != value]
    settings = {name: values.pop(name) for name in list(values) if isinstance(device, Lock) and name in _LOCK_SETTINGS}
    serial = getattr(device, "serial_number", None)
    moved = device.location_id != values.get("location_id", device.location_id)
    if isinstance(device, Lock) and settings:
        for name, value in settings.items():
            setattr(device.settings, name, value)
        device.updated_at = context.turn.now if changed else device.updated_at
    if "target_temperature" in values:
        values["desired_target_temperature"] = values["target_temperature"]
    context.change(device, values)
    context.collections.devices.save(device)
    if moved:
        groups = [door.group_id for door in context.collections.doors.find("door_id", device.id)]
        accesses.update_guest_statuses(context, [device.id, *groups])
    found = hardware.of(context.turn, context.state, context.account, device)
    if "serial_number" in changed:
        _keep_lock(context, device, serial)
        found.replace()
    if moved or set(changed) & set(_GUEST_TIMES):
        found.update_grants()
    if changed:
        found.update_settings()


def _keep_lock(context: RequestContext, device: Device, serial: str | None) -> None:
    """Keep a lock that leaves the account, with its pins and its battery."""
    if isinstance(device, Lock) and serial is not None:
        context.state.unregistered[serial] = device.physical


def _value(device: Any, name: str) -> Any:
    return getattr(device.settings if isinstance(device, Lock) and name in _LOCK_SETTINGS else device, name)


def deregister(context: RequestContext, device: Device) -> None:
    """Delete a device, its accesses, group memberships, resort guests and subscriptions. Its events stay."""
    account, collections = context.account, context.collections
    events.keep_name(account, device)
    persons = []
    for access in collections.accesses.find("accessible_id", device.id):
        collections.accesses.remove(access.id)
        persons.append(account.persons[access.person_id])
    groups = []
    for door in collections.doors.find("door_id", device.id):
        collections.doors.remove(door.id)
        groups.append(door.group_id)
    for guest in collections.resort_guests.find("resort_lock_id", device.id):
        collections.resort_guests.remove(guest.id)
    for subscription in collections.subscriptions.find("publisher_id", device.id):
        collections.subscriptions.remove(subscription.id)
    collections.devices.remove(device.id)
    _keep_lock(context, device, getattr(device, "serial_number", None))
    for person in persons:
        collections.save_person(person, context.turn.now)
    accesses.update_guest_statuses(context, groups)


# ---- commands


def command(context: RequestContext, device: Lock | AcsDoor, action: str) -> None:
    """Command `lock`, `unlock`, or a door's `temporary_unlock`. The device shows the expected result at once."""
    context.change(device, {"state": "locked" if action == "lock" else "unlocked"})
    hardware.of(context.turn, context.state, context.account, device).command(action)


def switch(context: RequestContext, plug: PowerPlug, action: str) -> None:
    """Command `power_on` or `power_off`. The plug shows the expected result at once."""
    context.change(plug, {"on": action == "power_on"})
    hardware.of(context.turn, context.state, context.account, plug).command(action)


# ---- attributes


def _read_common(context: RequestContext, form: Form) -> None:
    form.text("name", required=True)
    form.relation("location_id", context.account.locations.__contains__, required=True)


def _check_serial_number(context: RequestContext, form: Form, device: Device | None) -> None:
    serial = form.values.get("serial_number")
    if serial is None:
        return
    for account in context.state.accounts.values():
        if any(other is not device for other in account.collections.devices.find("serial_number", serial)):
            form.add_error("serial_number", "has already been taken")
            return


def _check_not_replaced(attributes: dict[str, Any], serial: Any) -> None:
    if attributes.get("serial_number", serial) != serial:
        raise Forbidden(
            "This action is restricted for the resource",
            "replace is among this device's meta.restricted_actions: its serial_number stays",
        )


def _read_default_times(form: Form) -> None:
    for name in _GUEST_TIMES:
        form.time(name)


def _read_heartbeat(form: Form, model: str) -> None:
    form.choice("heartbeat_interval", can(model, "heartbeat_intervals"))


def _read_schedule(context: RequestContext, form: Form, kind: str) -> None:
    schedules = context.account.schedules
    form.relation(f"{kind}_id", lambda key: key in schedules and schedules[key].type == kind)


def _read_thermostat(form: Form, device: Thermostat) -> None:
    _read_heartbeat(form, device.model_id)
    form.number("target_temperature", -100, 200)
    form.choice("target_mode", can(device.model_id, "modes"))
    form.choice("fan_mode", can(device.model_id, "fan_modes"))
    form.flag("hold")
    form.flag("energy_saver")


def _read_lock(context: RequestContext, form: Form, lock: Lock) -> None:
    """Read the settings that the model's capabilities allow."""
    model = lock.model_id
    _read_heartbeat(form, model)
    form.choice("wake_wifi", can(model, "wake_wifi"))
    form.choice("power_source", can(model, "power_sources"))
    form.choice("auto_lock_timeout", can(model, "auto_lock_timeouts"))
    form.flag("muted")
    form.flag("auto_lock")
    form.digits("programming_code", 4, 10)
    _read_schedule(context, form, "auto_lock_schedule")
    _read_schedule(context, form, "lock_action_schedule")
    _read_local_pins(form, lock)
    for name, capability in (
        ("muted", "mute"),
        ("auto_lock", "auto_lock_enable"),
        ("programming_code", "programming_code"),
        ("auto_lock_schedule_id", "auto_lock_schedule"),
        ("lock_action_schedule_id", "lock_action_schedule"),
        ("local_pins", "local_pins"),
    ):
        if form.values.get(name) is not None and not can(model, capability):
            form.add_error(name, _UNSUPPORTED)


def _read_local_pins(form: Form, lock: Lock) -> None:
    """Read the local pins: they can only be removed (chapter *Update a lock*)."""
    pins = form.items("local_pins", lambda pin: pin if isinstance(pin, str) else None)
    known = lock.settings.local_pins or []
    if pins is None:
        return
    if not set(pins) <= set(known):
        form.add_error("local_pins", "can only be removed; new ones are programmed at the keypad")
    else:
        form.values["local_pins"] = (
            [pin for pin in known if pin in pins] if lock.settings.local_pins is not None else None
        )
