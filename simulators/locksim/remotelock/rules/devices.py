"""Chapters *Devices* and *ACS Doors*: registering, settings, deregistering, commands.

What a device takes is decided by its model's capabilities (chapter *Models*). A lock's settings are the lock's own: what
the API sets before the lock has connected for the first time is lost when it does (chapter *Update a lock*).
"""

from __future__ import annotations

from typing import Any

from locksim.remotelock import events, sync
from locksim.remotelock.bodies import LockBody, LockSettings
from locksim.remotelock.catalog import MODELS, can
from locksim.remotelock.entities import AcsDoor, Device, Lock, PowerPlug, ResortLock, Thermostat
from locksim.remotelock.errors import Forbidden, Unpaid
from locksim.remotelock.forms import Form
from locksim.remotelock.rules import grants
from locksim.remotelock.state import Here

__all__ = ["command", "deregister", "register", "switch", "update"]

_UNSUPPORTED = "is not supported by this model"
_SETTINGS = frozenset(LockSettings.__struct_fields__)
_TIMES = ("default_guest_start_time", "default_guest_end_time")


def register(here: Here, attributes: dict[str, Any]) -> Device:
    """A new device of the model's type. Raises Unpaid, Invalid."""
    if not here.account.paid:
        raise Unpaid(
            "Please create a subscription", "support has ended this account's subscription; switch it on again"
        )
    form = Form(attributes, creating=True)
    _common(here, form)
    form.text("serial_number", required=True)
    model = form.choice("model_id", MODELS, required=True)
    if model is not None and not can(model, "registrable"):
        form.wrong("model_id", "cannot be registered")
    _unused(here, form, None)
    kind = MODELS[model].type if model is not None else ""
    if model is not None and kind in ("power_plug", "thermostat"):
        _heartbeat(form, model)
        _schedule(here, form, f"{kind}_schedule")
    if kind == "resort_lock":
        _default_times(form)
    values = form.done(here.turn.near_miss)
    device = _make(here, kind, values)
    here.shelves.devices.keep(device)
    sync.registered(here.turn, here.state, here.account, device)
    return device


def _make(here: Here, kind: str, values: dict[str, Any]) -> Device:
    born = here.born("device")
    match kind:
        case "lock":
            return Lock(**born, **values, body=LockBody(LockSettings()))
        case "power_plug":
            return PowerPlug(**born, **({"heartbeat_interval": 1200} | values))
        case "thermostat":
            source = can(values["model_id"], "power_sources")[-1]
            return Thermostat(**born, **({"heartbeat_interval": 1200, "power_source": source} | values))
        case _:
            return ResortLock(**born, **values)


def update(here: Here, device: Lock | PowerPlug | Thermostat | ResortLock, attributes: dict[str, Any]) -> None:
    """Raises Forbidden for a replacement that the model does not allow, Invalid."""
    serial = getattr(device, "serial_number", None)
    if isinstance(device, Lock) and not can(device.model_id, "replaceable"):
        _not_replaced(attributes, serial)
    form = Form(attributes, creating=False)
    _common(here, form)
    if isinstance(device, Lock | ResortLock):
        form.text("serial_number", required=True)
        _unused(here, form, device)
        _default_times(form)
    match device:
        case Lock():
            _lock(here, form, device)
        case Thermostat():
            _thermostat(form, device)
            _schedule(here, form, "thermostat_schedule")
        case PowerPlug():
            _heartbeat(form, device.model_id)
            _schedule(here, form, "power_plug_schedule")
    _apply(here, device, form.done(here.turn.near_miss))


def _apply(here: Here, device: Lock | PowerPlug | Thermostat | ResortLock, values: dict[str, Any]) -> None:
    changed = [name for name, value in values.items() if _setting(device, name) != value]
    settings = {name: values.pop(name) for name in list(values) if isinstance(device, Lock) and name in _SETTINGS}
    moved = device.location_id != values.get("location_id", device.location_id)
    if isinstance(device, Lock) and settings:
        for name, value in settings.items():
            setattr(device.settings, name, value)
        device.updated_at = here.turn.now if changed else device.updated_at
    if "target_temperature" in values:
        values["desired_target_temperature"] = values["target_temperature"]
    here.change(device, values)
    here.shelves.devices.keep(device)
    if moved:
        grants.retime(here, [device.id, *(door.group_id for door in here.shelves.doors.of("door_id", device.id))])
    if moved or set(changed) & set(_TIMES):
        sync.grants_changed(here.turn, here.state, here.account, [device.id])
    if changed:
        sync.settings_changed(here.turn, here.state, here.account, device, changed)


def _setting(device: Any, name: str) -> Any:
    return getattr(device.settings if isinstance(device, Lock) and name in _SETTINGS else device, name)


def deregister(here: Here, device: Device) -> None:
    """With the accesses to it, its places in groups, its resort guests, and what listens to it. Events stay."""
    account, shelves = here.account, here.shelves
    events.name_it(account, device)
    persons = []
    for access in shelves.accesses.of("accessible_id", device.id):
        shelves.accesses.drop(access.id)
        persons.append(account.persons[access.person_id])
    groups = []
    for door in shelves.doors.of("door_id", device.id):
        shelves.doors.drop(door.id)
        groups.append(door.group_id)
    for guest in shelves.resort_guests.of("resort_lock_id", device.id):
        shelves.resort_guests.drop(guest.id)
    for subscription in shelves.subscriptions.of("publisher_id", device.id):
        shelves.subscriptions.drop(subscription.id)
    shelves.devices.drop(device.id)
    for person in persons:
        shelves.keep_person(person, here.turn.now)
    grants.retime(here, groups)
    sync.deregistered(here.turn, here.state, account, device)


# ---- commands


def command(here: Here, device: Lock | AcsDoor, action: str) -> None:
    """`lock`, `unlock`, and of a door `temporary_unlock`. The answer shows what is wanted, reached or not."""
    here.change(device, {"state": "locked" if action == "lock" else "unlocked"})
    sync.command(here.turn, here.state, here.account, device, action)


def switch(here: Here, plug: PowerPlug, action: str) -> None:
    """`power_on` or `power_off`."""
    here.change(plug, {"on": action == "power_on"})
    sync.command(here.turn, here.state, here.account, plug, action)


# ---- what is sent


def _common(here: Here, form: Form) -> None:
    form.text("name", required=True)
    form.relation("location_id", here.account.locations.__contains__, required=True)


def _unused(here: Here, form: Form, device: Device | None) -> None:
    serial = form.values.get("serial_number")
    if serial is None:
        return
    for account in here.state.accounts.values():
        if any(other is not device for other in account.shelves.devices.of("serial_number", serial)):
            form.wrong("serial_number", "has already been taken")
            return


def _not_replaced(attributes: dict[str, Any], serial: Any) -> None:
    if attributes.get("serial_number", serial) != serial:
        raise Forbidden(
            "This action is restricted for the resource",
            "replace is among this device's meta.restricted_actions: its serial_number stays",
        )


def _default_times(form: Form) -> None:
    for name in _TIMES:
        form.time(name)


def _heartbeat(form: Form, model: str) -> None:
    form.choice("heartbeat_interval", can(model, "heartbeat_intervals"))


def _schedule(here: Here, form: Form, kind: str) -> None:
    schedules = here.account.schedules
    form.relation(f"{kind}_id", lambda key: key in schedules and schedules[key].type == kind)


def _thermostat(form: Form, device: Thermostat) -> None:
    _heartbeat(form, device.model_id)
    form.number("target_temperature", -100, 200)
    form.choice("target_mode", can(device.model_id, "modes"))
    form.choice("fan_mode", can(device.model_id, "fan_modes"))
    form.flag("hold")
    form.flag("energy_saver")


def _lock(here: Here, form: Form, lock: Lock) -> None:
    """Each setting by the capability that stands for it."""
    model = lock.model_id
    _heartbeat(form, model)
    form.choice("wake_wifi", can(model, "wake_wifi"))
    form.choice("power_source", can(model, "power_sources"))
    form.choice("auto_lock_timeout", can(model, "auto_lock_timeouts"))
    form.flag("muted")
    form.flag("auto_lock")
    form.digits("programming_code", 4, 10)
    _schedule(here, form, "auto_lock_schedule")
    _schedule(here, form, "lock_action_schedule")
    _local_pins(form, lock)
    for name, capability in (
        ("muted", "mute"),
        ("auto_lock", "auto_lock_enable"),
        ("programming_code", "programming_code"),
        ("auto_lock_schedule_id", "auto_lock_schedule"),
        ("lock_action_schedule_id", "lock_action_schedule"),
        ("local_pins", "local_pins"),
    ):
        if form.values.get(name) is not None and not can(model, capability):
            form.wrong(name, _UNSUPPORTED)


def _local_pins(form: Form, lock: Lock) -> None:
    """A set operation that only removes (chapter *Update a lock*)."""
    pins = form.items("local_pins", lambda pin: pin if isinstance(pin, str) else None)
    has = lock.settings.local_pins or []
    if pins is None:
        return
    if not set(pins) <= set(has):
        form.wrong("local_pins", "can only be removed; new ones are programmed at the keypad")
    else:
        form.values["local_pins"] = (
            [pin for pin in has if pin in pins] if lock.settings.local_pins is not None else None
        )
