"""The calls of the control door, one function each, and the table that says which call is which."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from locksim.engine.errors import Impossible, WrongArguments
from locksim.engine.export import pages
from locksim.engine.journal import render
from locksim.engine.timestamps import iso, micros, parse_iso
from locksim.engine.vendor import variants_of
from locksim.server import connection_info, vendor_routes
from locksim.server.control_api import LONGEST, ControlRequest, Handler, openapi
from locksim.server.served_world import ServedWorld
from locksim.server.worlds import ClockOptions, Name, NewWorld

__all__ = ["CALLS"]


class _Named(msgspec.Struct, forbid_unknown_fields=True):
    name: Name


class _MaybeNamed(msgspec.Struct, forbid_unknown_fields=True):
    name: Name | None = None


class _Advance(msgspec.Struct, forbid_unknown_fields=True):
    seconds: Annotated[float, msgspec.Meta(ge=0, le=LONGEST)] | None = None
    until: str | None = None


class _SetClock(ClockOptions, forbid_unknown_fields=True):
    moment: Annotated[float, msgspec.Meta(ge=0.001, le=60)] | None = None
    """Real seconds without any call after which an `auto` world moves on."""


class _Variants(msgspec.Struct, forbid_unknown_fields=True):
    variants: list[str]


class _Limits(msgspec.Struct, forbid_unknown_fields=True):
    limits: Literal["on", "off"]


# ---- the server


def read_ready(call: ControlRequest) -> dict[str, Any]:
    """The ready document, with the default world's credentials of this moment."""
    call.query()
    return call.hub.connection_info()


def read_openapi(call: ControlRequest) -> dict[str, Any]:
    """This door's own description."""
    call.query()
    return openapi() | {"servers": [{"url": f"{call.hub.url}/_sim"}]}


# ---- worlds


def list_worlds(call: ControlRequest) -> dict[str, Any]:
    """All worlds, without their addresses."""
    call.query()
    return {"worlds": [_summary(call, live) for live in call.hub.worlds()]}


async def create_world(call: ControlRequest) -> dict[str, Any]:
    """A new world."""
    return _world(call, await call.hub.create(call.body(NewWorld)))


def read_world(call: ControlRequest) -> dict[str, Any]:
    """One world, with addresses and credentials."""
    call.query()
    return _world(call, call.live)


def drop_world(call: ControlRequest) -> dict[str, Any]:
    """Forget a world."""
    call.hub.drop(call.path["w"])
    return {"dropped": call.path["w"]}


def reset(call: ControlRequest) -> dict[str, Any]:
    """Begin again."""
    live = call.live
    live.control("reset")
    return _summary(call, live)


def fork(call: ControlRequest) -> dict[str, Any]:
    """A copy of a world, under another name."""
    live = call.live
    return _world(call, call.hub.fork(live, call.body(_MaybeNamed).name))


def list_snapshots(call: ControlRequest) -> dict[str, Any]:
    """The names that snapshots were kept under."""
    call.query()
    return {"snapshots": sorted(call.live.core.snapshots)}


def keep_snapshot(call: ControlRequest) -> dict[str, Any]:
    """Keep the world as it is."""
    live = call.live
    return live.control("snapshot", name=call.body(_Named).name)


def restore_snapshot(call: ControlRequest) -> dict[str, Any]:
    """Go back to a snapshot."""
    live = call.live
    live.control("restore", name=call.path["s"])
    return _summary(call, live)


def set_limits(call: ControlRequest) -> dict[str, Any]:
    """Whether rate limits and quotas apply."""
    live = call.live
    live.control("limits", on=call.body(_Limits).limits == "on")
    return {"limits": "on" if live.core.limits else "off"}


def read_variants(call: ControlRequest) -> dict[str, Any]:
    """The changes that vendors here could make, for practice, and which are planted."""
    call.query()
    core = call.live.core
    known = [
        {"id": id_, "vendor": vendor.name, "sentence": v.sentence, "class": v.change, "weight": v.weight}
        for vendor in core.vendors.values()
        for id_, v in variants_of(vendor).items()
    ]
    return {"planted": core.control_state().variants, "variants": known}


def set_variants(call: ControlRequest) -> dict[str, Any]:
    """Plant these, and no others."""
    live = call.live
    return live.control("variants", ids=call.body(_Variants).variants)


# ---- time


def read_clock(call: ControlRequest) -> dict[str, Any]:
    """What time it is, and how it passes."""
    call.query()
    return _clock(call.live)


async def set_clock(call: ControlRequest) -> dict[str, Any]:
    """Let time pass in another way from now on, or move it forward."""
    live, wanted = call.live, call.body(_SetClock)
    mode = wanted.mode_or(live.core.clock.mode)
    until = None if wanted.now is None else _instant(wanted.now)
    if wanted.moment is not None and mode != "auto":
        raise Impossible(f"in mode {mode} no caller is waited for, so there is no moment to set; say mode auto")
    if until is not None and until < live.now:
        raise Impossible(f"{wanted.now} is past; it is {iso(live.now)} in this world, and time never goes back")
    if mode != live.core.clock.mode:
        live.control("clock", mode=mode)
    if wanted.moment is not None:
        live.moment = wanted.moment
        live.touch()
    if until is not None:
        await live.advance(until=max(until, live.now))
    return _clock(live)


async def advance(call: ControlRequest) -> dict[str, Any]:
    """Let time pass."""
    live, wanted = call.live, call.body(_Advance)
    if (wanted.seconds is None) == (wanted.until is None):
        raise WrongArguments('advance takes {"seconds": …} or {"until": "2026-01-05T08:00:00Z"}, one of the two')
    if wanted.seconds is not None:
        await live.advance(by=micros(wanted.seconds))
    else:
        await live.advance(until=_instant(wanted.until or ""))
    return _clock(live)


# ---- journal


def read_journal(call: ControlRequest) -> dict[str, Any]:
    """Some of the journal's entries."""
    query = call.query("vendor", "after", "limit")
    after = call.number(query, "after", 0, 0, 10**15)
    limit = call.number(query, "limit", 100, 1, 1000)
    live = call.live
    if "vendor" in query:
        live.core.vendor(query["vendor"])
    shown: list[dict[str, Any]] = []
    for entry in live.core.journal.read(after):
        if query.get("vendor") in (None, getattr(entry.input, "vendor", None)):
            shown.append(render(entry))
            if len(shown) == limit:
                break
    return {"entries": shown, "last": live.core.journal.last}


async def export_journal(call: ControlRequest) -> None:
    """The whole journal as JSON lines behind its header, as far as it is kept and went when this began."""
    asked = call.query("mask").get("mask", "false")
    if asked not in ("true", "false"):
        raise WrongArguments(f"mask is true or false, not {asked!r}")
    call.hub.barrier.commit()
    core, mask = call.live.core, call.hub.terms.mask or asked == "true"

    async def lines() -> AsyncIterator[bytes]:
        for page in pages(core, mask=mask):
            yield page
            await asyncio.sleep(0)

    await call.exchange.stream(200, (("Content-Type", "application/jsonl"),), lines())


# ---- what they share


def _instant(text: str) -> int:
    try:
        return parse_iso(text)
    except ValueError as wrong:
        raise WrongArguments(str(wrong)) from None


def _clock(live: ServedWorld) -> dict[str, Any]:
    return {"mode": live.core.clock.mode, "now": iso(live.now), "rate": live.core.clock.rate}


def _summary(call: ControlRequest, live: ServedWorld) -> dict[str, Any]:
    core = live.core
    return {
        "name": core.name,
        "seed": core.seed,
        "profile": core.profile,
        "limits": "on" if core.limits else "off",
        "start": iso(core.start),
        "clock": _clock(live),
        "ports": call.hub.has_ports(core.name),
        "waiting": len(core.waiters),
    }


def _world(call: ControlRequest, live: ServedWorld) -> dict[str, Any]:
    return _summary(call, live) | {"vendors": connection_info.vendors_of(live.core)}


CALLS: Mapping[str, Mapping[str, tuple[Handler, int]]] = {
    "/": {"GET": (read_ready, 200)},
    "/openapi.json": {"GET": (read_openapi, 200)},
    "/worlds": {"GET": (list_worlds, 200), "POST": (create_world, 201)},
    "/worlds/{w}": {"GET": (read_world, 200), "DELETE": (drop_world, 200)},
    "/worlds/{w}/reset": {"POST": (reset, 200)},
    "/worlds/{w}/fork": {"POST": (fork, 201)},
    "/worlds/{w}/snapshots": {"GET": (list_snapshots, 200), "POST": (keep_snapshot, 201)},
    "/worlds/{w}/snapshots/{s}/restore": {"POST": (restore_snapshot, 200)},
    "/worlds/{w}/limits": {"PUT": (set_limits, 200)},
    "/worlds/{w}/variants": {"GET": (read_variants, 200), "PUT": (set_variants, 200)},
    "/worlds/{w}/clock": {"GET": (read_clock, 200), "PUT": (set_clock, 200)},
    "/worlds/{w}/clock/advance": {"POST": (advance, 200)},
    "/worlds/{w}/journal": {"GET": (read_journal, 200)},
    "/worlds/{w}/journal.jsonl": {"GET": (export_journal, 200)},
    "/worlds/{w}/faults": {
        "GET": (vendor_routes.list_faults, 200),
        "POST": (vendor_routes.plant_fault, 201),
        "DELETE": (vendor_routes.lift_faults, 200),
    },
    "/worlds/{w}/faults/{id}": {"DELETE": (vendor_routes.lift_fault, 200)},
    "/worlds/{w}/plans": {"GET": (vendor_routes.list_plans, 200), "DELETE": (vendor_routes.forget_plans, 200)},
    "/worlds/{w}/plans/{id}": {"DELETE": (vendor_routes.forget_plan, 200)},
    "/worlds/{w}/deliveries": {"GET": (vendor_routes.list_deliveries, 200), "PUT": (vendor_routes.set_deliveries, 200)},
    "/worlds/{w}/deliveries/{id}/release": {"POST": (vendor_routes.release, 200)},
    "/worlds/{w}/deliveries/{id}/double": {"POST": (vendor_routes.double, 200)},
    "/worlds/{w}/deliveries/{id}/drop": {"POST": (vendor_routes.drop, 200)},
    "/worlds/{w}/{vendor}/state": {"GET": (vendor_routes.dump_state, 200), "PUT": (vendor_routes.load_state, 200)},
    "/worlds/{w}/{vendor}/hardware": {"GET": (vendor_routes.list_hardware, 200)},
    "/worlds/{w}/{vendor}/hardware/{device}/{action}": {"POST": (vendor_routes.act, 200)},
    "/worlds/{w}/{vendor}/support/{action}": {"POST": (vendor_routes.support, 200)},
}
"""Path below `/_sim` → method → (the call, its status when all is well). The first path that fits is meant."""
