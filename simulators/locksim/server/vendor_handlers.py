"""What the control API's operations on a world's vendors do: state, devices, support, scheduled commands, faults, deliveries."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any

import msgspec
from msgspec import UNSET

from locksim.engine.commands import NoArguments, ScheduleCommand, check_size, result_of
from locksim.engine.deliveries import Attempt, Delivery
from locksim.engine.faults import Seconds
from locksim.engine.inputs import Answer, DeviceAction
from locksim.engine.timestamps import iso
from locksim.http.connection import own_answer
from locksim.server.control_answers import (
    DeliveryAttempt,
    DeliveryList,
    DeviceList,
    ScheduledItem,
    ScheduledList,
    SentDelivery,
)
from locksim.server.control_request import ControlRequest

__all__ = [
    "ActOnDevice",
    "CallSupport",
    "VendorName",
    "act_on_device",
    "call_support",
    "dump_state",
    "list_deliveries",
    "list_devices",
    "list_faults",
    "list_scheduled",
]

_Text = Annotated[str, msgspec.Meta(min_length=1)]
_Vendor = Annotated[_Text, msgspec.Meta(description="The vendor's name, as in the connection info.")]
_After = Annotated[Seconds | None, msgspec.Meta(description="Run it so many seconds of the world's time later.")]
_Args = Annotated[dict[str, Any], msgspec.Meta(description="The action's own arguments.")]


class VendorName(msgspec.Struct, forbid_unknown_fields=True):
    """Which vendor."""

    vendor: _Vendor


class CallSupport(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A support action and its arguments."""

    vendor: _Vendor
    action: Annotated[_Text, msgspec.Meta(description="One of the vendor's support actions.")]
    after: _After = None
    args: _Args = {}


class ActOnDevice(CallSupport, forbid_unknown_fields=True, kw_only=True):
    """A device action and its arguments."""

    device: Annotated[_Text, msgspec.Meta(description="The device's id.")]
    action: Annotated[_Text, msgspec.Meta(description="One of the device's actions.")]


# ---- faults


def list_faults(request: ControlRequest, arguments: NoArguments) -> dict[str, Any]:
    """Return the injected faults."""
    return {"faults": request.world.core.faults()}


# ---- vendors: state, devices, support


def dump_state(request: ControlRequest, arguments: VendorName) -> Answer:
    """Return a vendor's whole state."""
    request.world.catch_up()
    return own_answer(200, msgspec.json.encode(request.world.core.state(arguments.vendor)))


def list_devices(request: ControlRequest, arguments: VendorName) -> DeviceList:
    """Return a vendor's devices."""
    request.world.catch_up()
    return DeviceList(request.world.core.devices(arguments.vendor))


def act_on_device(request: ControlRequest, arguments: ActOnDevice) -> dict[str, Any]:
    """Act on a device, now or later."""
    return _act(request, arguments, arguments.device)


def call_support(request: ControlRequest, arguments: CallSupport) -> dict[str, Any]:
    """Let the vendor's staff or the account's owner do something, now or later."""
    return _act(request, arguments, None)


def _act(request: ControlRequest, arguments: CallSupport, device: str | None) -> dict[str, Any]:
    world = request.world
    action = DeviceAction(world.now, arguments.vendor, device, arguments.action, arguments.args)
    world.core.action_of(action)
    check_size(arguments.args)
    if arguments.after is None:
        return result_of(world.apply(action))
    scheduled = {"vendor": arguments.vendor, "device": device, "action": arguments.action, "args": arguments.args}
    return request.run_command("plan", ScheduleCommand(after=arguments.after, act=scheduled))


def list_scheduled(request: ControlRequest, arguments: NoArguments) -> ScheduledList:
    """Return the scheduled commands."""
    return ScheduledList(
        [
            ScheduledItem(one.id, iso(one.due), what.pop("type"), what)
            for one in request.world.core.scheduled_commands()
            for what in [_without_time(msgspec.to_builtins(one.input))]
        ]
    )


def _without_time(scheduled: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in scheduled.items() if key not in ("at", "planned")}


# ---- deliveries


def list_deliveries(request: ControlRequest, arguments: NoArguments) -> DeliveryList:
    """Return what the vendors sent."""
    core = request.world.core
    return DeliveryList(core.deliveries_mode, [_sent(one) for one in core.deliveries()])


def _sent(delivery: Delivery) -> SentDelivery:
    try:
        body, encoded = delivery.body.decode(), None
    except UnicodeDecodeError:
        body, encoded = None, b64encode(delivery.body).decode()
    return SentDelivery(
        id=delivery.id,
        vendor=delivery.vendor,
        kind=delivery.kind,
        to=delivery.to,
        at=iso(delivery.at),
        method=delivery.method,
        headers=delivery.headers,
        body=UNSET if body is None else body,
        body_base64=UNSET if encoded is None else encoded,
        about=delivery.about,
        attempts=[_attempt(one) for one in delivery.attempts],
    )


def _attempt(attempt: Attempt) -> DeliveryAttempt:
    return DeliveryAttempt(
        id=attempt.id,
        state=attempt.state,
        due=iso(attempt.due),
        ended=None if attempt.ended is None else iso(attempt.ended),
        status=attempt.status,
        error=attempt.error,
    )
