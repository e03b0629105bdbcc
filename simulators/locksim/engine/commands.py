"""The tester's hand on the world itself: one function per control, its keyword-only parameters being its arguments.

Each answers a JSON object, or raises Refused; a refusal changes nothing. `plan` lets an act or another of these happen
later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from locksim.engine.contents import WorldContents
from locksim.engine.errors import Impossible, Refused, Unknown
from locksim.engine.faults import ActOnDevice, Effect, Fault, Refuse
from locksim.engine.inputs import Command, DeliveryOutcome, DeviceAction
from locksim.engine.state import ClockMode, WorldSnapshot
from locksim.engine.timestamps import iso, micros
from locksim.engine.vendor import Vendor, perform

__all__ = ["CONTROLS", "clock_of", "run", "state_from"]

_SCALED = re.compile(r"x([1-9][0-9]{0,5})", re.ASCII)


def run(world: WorldContents, control: Command) -> dict[str, Any]:
    """Do what this control says. Raises Refused."""
    what = CONTROLS.get(control.op)
    if what is None:
        raise Unknown(f"there is no control {control.op!r}; there are {', '.join(sorted(CONTROLS))}")
    return perform(what, control.op, control.args, world)


def clock_of(mode: str) -> ClockMode:
    """The clock of this mode: manual, auto, real, or x and a whole number of world seconds a real second."""
    rates = {"manual": 0, "auto": 0, "real": 1}
    if mode in rates:
        return ClockMode(mode, rates[mode])
    scaled = _SCALED.fullmatch(mode)
    if scaled is None:
        raise Refused(f"there is no clock mode {mode!r}; there are manual, auto, real, and x2, x60 … (scaled)")
    return ClockMode(mode, int(scaled[1]))


def state_from(vendor: Vendor, given: Any) -> Any:
    """A vendor's state from its JSON form (as `GET …/state` shows it). Raises Refused when it is none, or contradicts itself."""
    try:
        state = msgspec.convert(given, vendor.state, str_keys=True)
        vendor.invariants(state)
    except (msgspec.ValidationError, AssertionError) as wrong:
        raise Refused(f"this is no state of {vendor.name}: {wrong}") from None
    return state


def clock(world: WorldContents, *, mode: str) -> dict[str, Any]:
    """Let time pass in another way from now on."""
    world.control_state().clock = clock_of(mode)
    return {"mode": world.clock.mode, "now": iso(world.now), "rate": world.clock.rate}


def plan(
    world: WorldContents, *, after: float, act: dict[str, Any] | None = None, control: dict[str, Any] | None = None
) -> dict[str, Any]:
    """An act (vendor, device, action, args) or a control (op, args), `after` seconds from now."""
    if (act is None) == (control is None):
        raise Refused("plan takes an act or a control")
    try:
        due = world.now + micros(after)
        what = msgspec.convert(
            {"at": due, "type": "act", **act} if act is not None else {"at": due, "type": "control", **(control or {})},
            DeviceAction | Command,
        )
    except (ValueError, msgspec.ValidationError) as wrong:
        raise Refused(f"plan: {wrong}") from None
    if after < 0:
        raise Refused(f"plan: {after} seconds from now is past")
    if isinstance(what, DeviceAction):
        world.action_of(what)
    elif what.op not in CONTROLS:
        raise Unknown(f"there is no control {what.op!r}; there are {', '.join(sorted(CONTROLS))}")
    return {"planned": world.scheduler.schedule(due, what), "at": iso(due)}


def unplan(world: WorldContents, *, id: int | None = None) -> dict[str, Any]:
    """Forget one plan, or all."""
    plans = world.control_state().scheduled_commands
    kept = [p for p in plans if id is not None and p.id != id]
    if id is not None and len(kept) == len(plans):
        raise Unknown(f"there is no plan {id} in this world")
    world.control_state().scheduled_commands = kept
    return {"forgotten": len(plans) - len(kept)}


def fault(
    world: WorldContents,
    *,
    effect: Effect,
    vendor: str | None = None,
    method: str | None = None,
    path: str | None = None,
    nth: int = 1,
    times: int | None = None,
    probability: float = 1.0,
) -> dict[str, Any]:
    """Plant a fault."""
    if nth < 1 or (times is not None and times < 1) or not 0 <= probability <= 1:
        raise Refused("a fault's nth and times begin at 1, and its probability lies in 0 to 1")
    if vendor is not None:
        world.vendor(vendor)
    planted = Fault(effect, 0, vendor, method, path, nth, times, probability)
    _possible(world, planted)
    planted.id = world.control_state().counters.take("fault")
    world.control_state().faults[planted.id] = planted
    return {"id": planted.id}


def _possible(world: WorldContents, planted: Fault) -> None:
    """A fault that speaks for a vendor must name one that can say it."""
    match planted.effect:
        case Refuse(name=name):
            for vendor in [planted.vendor] if planted.vendor else world.vendors:
                known = world.vendor(vendor).refusals
                if name not in known:
                    raise Unknown(f"{vendor} has no refusal {name!r}; it has {', '.join(sorted(known))}")
        case ActOnDevice() as act:
            if planted.vendor is None:
                raise Refused("a fault that acts on hardware must name its vendor")
            world.action_of(DeviceAction(world.now, planted.vendor, act.device, act.action, act.args))


def lift(world: WorldContents, *, id: int | None = None) -> dict[str, Any]:
    """Lift one fault, or all."""
    faults = world.control_state().faults
    if id is None:
        count = len(faults)
        faults.clear()
        return {"lifted": count}
    if faults.pop(id, None) is None:
        raise Unknown(f"there is no fault {id} in this world")
    return {"lifted": 1}


def snapshot(world: WorldContents, *, name: str) -> dict[str, Any]:
    """Keep the world as it is under a name; the same name again replaces it."""
    if name not in world.snapshots and len(world.snapshots) >= 100:
        raise Impossible("a world keeps at most 100 snapshots; use a name again to replace one")
    world.snapshots[name] = world.snapshot().encode()
    return {"name": name, "at": iso(world.now)}


def restore(world: WorldContents, *, name: str) -> dict[str, Any]:
    """Go back to a snapshot, its time included. Who waits is hung up."""
    kept = world.snapshots.get(name)
    if kept is None:
        raise Unknown(f"there is no snapshot {name!r}; there are {', '.join(sorted(world.snapshots)) or 'none'}")
    world.restore(WorldSnapshot.decode(kept))
    return {"name": name, "at": iso(world.now)}


def reset(world: WorldContents) -> dict[str, Any]:
    """Begin again: state, time, faults, plans, snapshots and journal as at the start. Addresses and the clock's mode stay."""
    world.restore(WorldSnapshot.decode(world.genesis))
    world.snapshots.clear()
    return {"at": iso(world.now)}


def load(world: WorldContents, *, vendor: str, state: dict[str, Any]) -> dict[str, Any]:
    """Another state for one vendor."""
    world.set_state(vendor, state_from(world.vendor(vendor), state))
    return {"vendor": vendor}


def deliveries(world: WorldContents, *, mode: Literal["auto", "held"]) -> dict[str, Any]:
    """Whether deliveries leave by themselves from now on. What is held stays held."""
    world.control_state().deliveries_mode = mode
    return {"mode": mode}


def release(world: WorldContents, *, id: int) -> dict[str, Any]:
    """Let a held delivery go."""
    return {"id": id, "released": world.outbox.release(world.outbox.delivery(id))}


def double(world: WorldContents, *, id: int) -> dict[str, Any]:
    """Send a delivery once more, now."""
    attempt = world.outbox.add(world.outbox.delivery(id), world.now)
    return {"id": id, "attempt": attempt.id}


def drop(world: WorldContents, *, id: int) -> dict[str, Any]:
    """Take a delivery off the wire; its sender learns that it was `dropped`."""
    attempts = world.outbox.open_attempts(world.outbox.delivery(id))
    for attempt in attempts:
        world.record_outcome(DeliveryOutcome(world.now, attempt, None, "dropped"))
    return {"id": id, "dropped": len(attempts)}


def limits(world: WorldContents, *, on: bool) -> dict[str, Any]:
    """Whether rate limits and quotas apply from now on."""
    world.control_state().limits = on
    return {"on": on}


def variants(world: WorldContents, *, ids: list[str]) -> dict[str, Any]:
    """These variants of vendors from now on, and no others; what variants remembered is forgotten."""
    world.set_variants(ids)
    return {"variants": ids}


CONTROLS: Mapping[str, Callable[..., dict[str, Any]]] = {
    what.__name__: what
    for what in (
        clock,
        plan,
        unplan,
        fault,
        lift,
        snapshot,
        restore,
        reset,
        load,
        deliveries,
        release,
        double,
        drop,
        limits,
        variants,
    )
}
