"""The calls of the control door that reach into a world's vendors: faults, state, hardware, support, plans, deliveries."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any, Literal

import msgspec

from locksim.engine.deliveries import Attempt, Delivery
from locksim.engine.errors import Unknown, WrongArguments
from locksim.engine.faults import Effect
from locksim.engine.inputs import Answer, DeviceAction
from locksim.engine.timestamps import iso
from locksim.http.connection import plain
from locksim.inprocess.handles import result_of
from locksim.server.control_api import LONGEST, ControlRequest
from locksim.server.served_world import ServedWorld

__all__ = [
    "DEEPEST",
    "act",
    "double",
    "drop",
    "dump_state",
    "forget_plan",
    "forget_plans",
    "lift_fault",
    "lift_faults",
    "list_deliveries",
    "list_faults",
    "list_hardware",
    "list_plans",
    "load_state",
    "plant_fault",
    "release",
    "set_deliveries",
    "support",
]

DEEPEST = 64
"""Levels of nesting that what a world keeps may have."""

_Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]


class _Planted(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    effect: Effect
    vendor: str | None = None
    method: str | None = None
    path: str | None = None
    nth: _Count = 1
    times: _Count | None = None
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0


class _Sending(msgspec.Struct, forbid_unknown_fields=True):
    mode: Literal["auto", "held"]


# ---- faults


def list_faults(call: ControlRequest) -> dict[str, Any]:
    """What is planted."""
    call.query()
    return {"faults": msgspec.to_builtins(call.live.core.faults())}


def plant_fault(call: ControlRequest) -> dict[str, Any]:
    """Plant one."""
    live, wanted = call.live, call.body(_Planted)
    if wanted.vendor is not None:
        live.core.vendor(wanted.vendor)
    return live.control("fault", **_fits(msgspec.to_builtins(wanted)))


def lift_faults(call: ControlRequest) -> dict[str, Any]:
    """Lift all."""
    return call.live.control("lift")


def lift_fault(call: ControlRequest) -> dict[str, Any]:
    """Lift one."""
    return call.live.control("lift", id=_id(call, "fault"))


# ---- vendors: state, hardware, support


def dump_state(call: ControlRequest) -> Answer:
    """A vendor's whole state."""
    call.query()
    live, vendor = _vendor(call)
    live.catch_up()
    return plain(200, msgspec.json.encode(live.core.state(vendor)))


def load_state(call: ControlRequest) -> dict[str, Any]:
    """Another state for a vendor."""
    live, vendor = _vendor(call)
    if not call.exchange.body:
        raise WrongArguments("there is no state in the body; {} means one with every member at its default")
    return live.control("load", vendor=vendor, state=_fits(call.body(dict[str, Any])))


def list_hardware(call: ControlRequest) -> dict[str, Any]:
    """A vendor's devices, as a person standing before them sees them."""
    call.query()
    live, vendor = _vendor(call)
    live.catch_up()
    return {"devices": msgspec.to_builtins(live.core.devices(vendor))}


def act(call: ControlRequest) -> dict[str, Any]:
    """A hand on a device."""
    return _act(call, call.path["device"])


def support(call: ControlRequest) -> dict[str, Any]:
    """What the vendor's own staff or the account's owner does."""
    return _act(call, None)


def _act(call: ControlRequest, device: str | None) -> dict[str, Any]:
    live, vendor = _vendor(call)
    action = call.path["action"]
    live.core.action_of(DeviceAction(live.now, vendor, device, action))
    args = call.body(dict[str, Any])
    after = args.pop("after", None)
    _fits(args)
    if after is None:
        return result_of(live.apply(DeviceAction(live.now, vendor, device, action, args)))
    if isinstance(after, bool) or not isinstance(after, int | float) or not 0 <= after <= LONGEST:
        raise WrongArguments(f"after is a number of seconds from 0 to {LONGEST}, not {after!r}")
    planned = {"vendor": vendor, "device": device, "action": action, "args": args}
    return live.control("plan", after=after, act=planned)


def list_plans(call: ControlRequest) -> dict[str, Any]:
    """What was told to happen later."""
    call.query()
    shown = []
    for plan in call.live.core.scheduled_commands():
        what = msgspec.to_builtins(plan.input)
        shown.append({"id": plan.id, "at": iso(plan.due), "kind": what.pop("type"), "what": what})
        del what["at"]
        what.pop("planned", None)
    return {"plans": shown}


def forget_plans(call: ControlRequest) -> dict[str, Any]:
    """Forget all plans."""
    return call.live.control("unplan")


def forget_plan(call: ControlRequest) -> dict[str, Any]:
    """Forget one."""
    return call.live.control("unplan", id=_id(call, "plan"))


# ---- deliveries


def list_deliveries(call: ControlRequest) -> dict[str, Any]:
    """What was sent out, each attempt and its outcome."""
    call.query()
    core = call.live.core
    return {"mode": core.deliveries_mode, "deliveries": [_delivery(d) for d in core.deliveries()]}


def set_deliveries(call: ControlRequest) -> dict[str, Any]:
    """Whether deliveries leave by themselves."""
    live = call.live
    return live.control("deliveries", mode=call.body(_Sending).mode)


def release(call: ControlRequest) -> dict[str, Any]:
    """Let a held one go."""
    return call.live.control("release", id=_id(call, "delivery"))


def double(call: ControlRequest) -> dict[str, Any]:
    """Send one once more."""
    return call.live.control("double", id=_id(call, "delivery"))


def drop(call: ControlRequest) -> dict[str, Any]:
    """Take one off the wire."""
    return call.live.control("drop", id=_id(call, "delivery"))


# ---- what they share


def _vendor(call: ControlRequest) -> tuple[ServedWorld, str]:
    live = call.live
    return live, live.core.vendor(call.path["vendor"]).name


def _id(call: ControlRequest, what: str) -> int:
    text = call.path["id"]
    if not (text.isascii() and text.isdigit() and len(text) < 17):
        raise Unknown(f"there is no {what} {text!r} in this world; ids are whole numbers")
    return int(text)


def _fits(args: dict[str, Any]) -> dict[str, Any]:
    """What a world keeps must go into its checkpoints: whole numbers of 64 bits, and no endless nesting.

    Raises WrongArguments.
    """
    level: list[Any] = [args]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in (outer.values() if isinstance(outer, dict) else outer)]
        if any(type(thing) is int and not -(2**63) <= thing < 2**64 for thing in level):
            raise WrongArguments("the body has a whole number of more than 64 bits")
        level = [thing for thing in level if isinstance(thing, dict | list)]
        if not level:
            return args
    raise WrongArguments(f"the body is nested more than {DEEPEST} deep")


def _delivery(d: Delivery) -> dict[str, Any]:
    try:
        body = {"body": d.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": b64encode(d.body).decode()}
    return {
        "id": d.id,
        "vendor": d.vendor,
        "kind": d.kind,
        "to": d.to,
        "at": iso(d.at),
        "method": d.method,
        "headers": [list(pair) for pair in d.headers],
        **body,
        "about": d.about,
        "attempts": [_attempt(a) for a in d.attempts],
    }


def _attempt(a: Attempt) -> dict[str, Any]:
    ended = None if a.ended is None else iso(a.ended)
    return {"id": a.id, "state": a.state, "due": iso(a.due), "ended": ended, "status": a.status, "error": a.error}
