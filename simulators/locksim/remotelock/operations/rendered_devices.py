"""Render devices for a page, and keep the JSON of those that were rendered before.

Rendering a device takes some ten microseconds, and a page has fifty. The JSON of a lock or door is a function of some of its
attributes, of the address at which the API is reached, and of the time. It depends on the time in steps: it changes at a
heartbeat, or when the lock counts as silent. So the JSON is kept together with these attributes and the time until the next
step, and serves again while they are equal. Values are compared, and no version: a world that is rolled back, restored or
forked needs nothing done here. Each account keeps at most `KEPT` devices.

Power plugs and thermostats are rendered each time: there are few, and a thermostat's battery falls all the time.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any, NamedTuple

import msgspec

from locksim.remotelock import hardware, serialization
from locksim.remotelock.entities import Device
from locksim.remotelock.request_context import RequestContext

__all__ = ["KEPT", "render"]

KEPT = 1000
"""How many devices of an account have their JSON kept; about 2 MB."""

_INPUTS = {
    "lock": attrgetter(
        "name", "serial_number", "model_id", "location_id", "settings", "state", "connected_at", "signal_quality",
        "default_guest_start_time", "default_guest_end_time", "auto_lock_schedule_id", "lock_action_schedule_id",
        "created_at", "updated_at", "physical.settings.heartbeat_interval", "physical.charge", "physical.battery_type",
        "physical.reported_millivolts", "physical.link.online", "physical.link.anchor", "physical.link.offline_since",
    ),
    "resort_lock": attrgetter(
        "name", "serial_number", "model_id", "location_id", "default_guest_start_time", "default_guest_end_time",
        "created_at", "updated_at",
    ),
    "acs_door": attrgetter("name", "location_id", "state", "connected", "created_at", "updated_at"),
}  # fmt: skip
"""Type of device → reads everything that the JSON is made of, besides id, address and time."""
_encode = msgspec.msgpack.Encoder().encode


class _Kept(NamedTuple):
    inputs: bytes
    """Encoded, so that 1, 1.0 and True differ, and a list that changes is not compared with itself."""
    address: str
    since: int
    until: int
    json: msgspec.Raw


def render(context: RequestContext, device: Device) -> msgspec.Raw:
    """Return the JSON of a device, which may be from an earlier page."""
    read = _INPUTS.get(device.type)
    if read is None:
        return _render(context, _hardware(context, device))
    kept, inputs, now = context.account.rendered_devices, _encode(read(device)), context.turn.now
    found: _Kept | None = kept.get(device.id)
    if (
        found is not None
        and found.inputs == inputs
        and found.since <= now < found.until
        and found.address == context.address
    ):
        return found.json
    if len(kept) >= KEPT:
        kept.clear()
    of = _hardware(context, device)
    made = kept[device.id] = _Kept(inputs, context.address, now, of.connection_changes_at(), _render(context, of))
    return made.json


def _hardware(context: RequestContext, device: Device) -> hardware.DeviceHardware[Any]:
    return hardware.of(context.turn, context.state, context.account, device)


def _render(context: RequestContext, of: hardware.DeviceHardware[Any]) -> msgspec.Raw:
    return msgspec.Raw(msgspec.json.encode(serialization.render_device(context.turn, of.device, of.connection())))
