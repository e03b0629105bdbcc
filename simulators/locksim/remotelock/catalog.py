"""Fixed data of the service: models and their capabilities (chapter *Models*), event types and their attributes (chapter
*Events*), and the event types that each publisher has (chapter *Create a notification subscription*).
"""

from __future__ import annotations

from typing import Any

import msgspec

from locksim.engine.seeded_random import seeded

__all__ = [
    "ACTIONS",
    "COMPATIBLE",
    "EVENT_ATTRIBUTES",
    "EVENT_TYPES",
    "MODELS",
    "PUBLISHERS",
    "Model",
    "can",
    "inhabitant",
    "model_of",
]


def inhabitant(name: str) -> str:
    """Return the id of an item that every world has, the same in all worlds, as a version 4 UUID."""
    return seeded(0, "remotelock", "inhabitant", name).uuid()


class Model(msgspec.Struct, frozen=True):
    """A device model. `capabilities` are as in the document, keys in its order; `created_at` is the position there."""

    id: str
    created_at: int
    number: str
    type: str
    capabilities: dict[str, Any]
    sequence: int = 0


_TIMEOUTS = list(range(5, 21))
_WIFI = [0, 10, 60, 300, 600, 900, 1200, 1800, 3600, 7200, 10800, 14400]
_BATTERY = [0, 300, 900, 1200, 1800, 3600, 7200, 14400, 28800, 43200]
_CELLS = ["alkaline_battery", "lithium_battery"]
_WAKES = ["user_action", "heartbeat_interval"]


def _lock(
    *,
    heartbeats: list[int],
    auto_lock: bool = False,
    auto_lock_schedule: bool = False,
    deferrable: bool = False,
    local_pins: bool = True,
    actions: bool = False,
    mute: bool = False,
    phone: bool = False,
    pins: bool = True,
    cells: list[str] | None = None,
    code: bool = True,
    registrable: bool = True,
    replaceable: bool = False,
    cards: bool = False,
    wakes: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "auto_lock_enable": auto_lock,
        "auto_lock_schedule": auto_lock_schedule,
        "auto_lock_timeouts": _TIMEOUTS if auto_lock else [],
        "connected": True,
        "guest_deferrable": deferrable,
        "heartbeat_intervals": heartbeats,
        "local_pins": local_pins,
        "lock_action_schedule": actions,
        "mute": mute,
        "phone_credential": phone,
        "pin_credential": pins,
        "power_sources": cells or [],
        "programming_code": code,
        "registrable": registrable,
        "replaceable": replaceable,
        "smart_card_credential": cards,
        "wake_wifi": wakes or [],
    }


def _battery_lock(**more: Any) -> dict[str, Any]:
    """Return the capabilities of the battery locks, with these differences."""
    common: dict[str, Any] = {"auto_lock": True, "auto_lock_schedule": True, "actions": True, "mute": True}
    common |= {"heartbeats": _BATTERY, "cells": _CELLS, "replaceable": True, "wakes": _WAKES}
    return _lock(**(common | more))


_RESORT = {
    "connected": False, "phone_credential": False, "pin_credential": False, "registrable": True,
    "replaceable": False, "smart_card_credential": False,
}  # fmt: skip
_PLUG = {
    "connected": True, "heartbeat_intervals": _WIFI, "power_sources": ["hardwire"], "registrable": True,
    "replaceable": False,
}  # fmt: skip


def _thermostat(fans: list[str], modes: list[str], sources: list[str]) -> dict[str, Any]:
    return {
        "connected": True, "fan_modes": fans, "heartbeat_intervals": _WIFI, "modes": modes, "power_sources": sources,
        "registrable": True, "replaceable": False,
    }  # fmt: skip


_TABLE: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("RL-4000", "resort_lock", _RESORT),
    ("LS-P50i", "power_plug", _PLUG),
    ("LS-3i", "lock", _battery_lock()),
    ("LS-P100mi", "power_plug", _PLUG),
    ("LS-5i", "lock", _battery_lock(wakes=[*_WAKES, "user_action_except_manual"])),
    ("LS-DB500i", "lock", _lock(heartbeats=_WIFI, deferrable=True)),
    ("LS-L500i", "lock", _lock(heartbeats=_WIFI, deferrable=True, auto_lock_schedule=True)),
    ("LS-7i", "lock", _battery_lock()),
    (
        "LS-90i",
        "thermostat",
        _thermostat(["on", "auto", "auto_circulate"], ["heat", "cool", "auto", "off"], ["hardwire"]),
    ),
    ("RL-2000", "resort_lock", _RESORT),
    ("August", "lock", _lock(heartbeats=[], phone=True, code=False, registrable=False)),
    ("LS-8i", "lock", _battery_lock(local_pins=False, pins=False, code=False, cards=True)),
    ("LS-60i", "thermostat", _thermostat(["on", "auto"], ["heat", "cool", "off"], ["battery", "hardwire"])),
    ("LS-6i", "lock", _battery_lock()),
    ("LS-P100i", "power_plug", _PLUG),
)

MODELS: dict[str, Model] = {
    (key := inhabitant(f"model {number}")): Model(key, place, number, kind, capabilities)
    for place, (number, kind, capabilities) in enumerate(_TABLE)
}
"""Id → model, in the order of the document."""

_BY_NUMBER = {model.number: model for model in MODELS.values()}


def model_of(number: str) -> Model:
    """Return the model with this number, as `LS-6i`."""
    return _BY_NUMBER[number]


def can(model_id: str, capability: str) -> Any:
    """Return the value of the model's capability; False if the model's type does not have it."""
    return MODELS[model_id].capabilities.get(capability, False)


# ---- events

_USE = ("associated_resource_name", "status_info", "method", "card", "pin", "smart_card_serial_number")

EVENT_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "unlocked": _USE,
    "locked": _USE,
    "access_denied": _USE,
    "access_person_synced": ("associated_resource_name",),
    "access_person_sync_failed": ("associated_resource_name", "status_info"),
    "access_guest_late_sync": ("associated_resource_name",),
    "reset": (),
    "connectivity": ("connected_at",),
    "power_level_low": ("power_level",),
    "battery_replaced": ("power_level",),
    "acs_door_opened": (),
    "acs_door_closed": (),
    "acs_door_held_open": (),
    "acs_requested_to_exit": (),
    "temperature_changed": ("temperature",),
    "humidity_changed": ("humidity",),
    "relay_enabled": (),
    "relay_disabled": (),
    "access_person_used": _USE,
}
"""The 19 event types, with their attributes between `updated_at` and `publisher_id`, in the order of the samples."""

EVENT_TYPES = tuple(EVENT_ATTRIBUTES)

_LOCK_EVENTS = EVENT_TYPES[:10]
_PERSON_EVENTS = ("access_person_used",)

COMPATIBLE: dict[str, tuple[str, ...]] = {
    "account": EVENT_TYPES,
    "location": EVENT_TYPES,
    "access_user": _PERSON_EVENTS,
    "access_guest": _PERSON_EVENTS,
    "lock": _LOCK_EVENTS,
    "thermostat": ("connectivity", "power_level_low", "temperature_changed", "humidity_changed"),
    "power_plug": ("connectivity", "relay_enabled", "relay_disabled"),
    "acs_door": (
        *EVENT_TYPES[:7], "acs_door_opened", "acs_door_closed", "acs_door_held_open", "acs_requested_to_exit",
    ),
    "acs_controller": ("connectivity",),
}  # fmt: skip
"""Publisher type → the event types that a subscription to it may have."""

PUBLISHERS = tuple(COMPATIBLE)

ACTIONS: dict[str, tuple[str, ...]] = {
    "access_schedule": (),
    "auto_lock_schedule": (),
    "lock_action_schedule": ("unlock", "lock"),
    "power_plug_schedule": ("on", "off"),
    "thermostat_schedule": (),
}
"""Schedule type → the values of an entry's `action`."""
