"""The snapshot that a new world begins with."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from locksim.engine import commands
from locksim.engine.contents import WorldContents, encode_state
from locksim.engine.errors import Refused, Unknown
from locksim.engine.physics import Physics
from locksim.engine.scheduler import Scheduler
from locksim.engine.state import FORMAT, ClockMode, Timer, VendorSnapshot, WorldSnapshot, WorldState
from locksim.engine.vendor import Vendor

__all__ = ["first_snapshot"]


def first_snapshot(
    vendors: Mapping[str, Vendor],
    *,
    seed: int,
    start: int,
    profile: str,
    limits: bool,
    clock: str,
    addresses: Mapping[str, str],
    state: Mapping[str, Any],
    variants: list[str],
    physics: Physics,
) -> WorldSnapshot:
    """Return the snapshot of a new world. `locksim.engine.world.WorldCore.begin` describes the arguments.

    Raises:
        Refused: The profile, the clock mode or a vendor's state is invalid.
        Unknown: `state` names a vendor that the world does not have.
    """
    if profile not in ("documented", "observed"):
        raise Refused(f"there is no profile {profile!r}; there are documented and observed")
    sites = {f"{v.name}/{s.name}": s.url for v in vendors.values() for s in v.sites} | dict(addresses)
    world = WorldState(
        seed,
        start,
        start,
        profile,
        limits,
        commands.clock_of(clock),
        "auto",
        sites,
        timers=[],
        scheduled_commands=[],
        variants=variants,
        physics=physics,
    )
    begun = {v.name: _default(v, seed, start, profile, limits, physics) for v in vendors.values()}
    for vendor, given in state.items():
        if vendor not in vendors:
            raise Unknown(f"there is no vendor {vendor!r} in this world; there are {', '.join(vendors)}")
        loaded = commands.state_from(vendors[vendor], given)
        begun[vendor] = _with_timers(vendors[vendor], loaded, _empty(seed, start, profile, limits, physics))
    scheduler = Scheduler(world)
    for vendor, one in begun.items():
        for timer in one.timers:
            scheduler.set_timer(timer.due, vendor, timer.event, timer.args)
    return WorldSnapshot(FORMAT, world, {vendor: one.snapshot for vendor, one in begun.items()})


class _Begun(NamedTuple):
    """A vendor's first state, and the timers that it starts with."""

    snapshot: VendorSnapshot
    timers: tuple[Timer, ...]


@lru_cache(maxsize=64)
def _default(vendor: Vendor, seed: int, start: int, profile: str, limits: bool, physics: Physics) -> _Begun:
    """Return a vendor's default state. It depends on nothing else, so worlds that begin alike share the bytes."""
    empty = _empty(seed, start, profile, limits, physics)
    state = vendor.seed(empty.begin_turn(vendor.name))
    vendor.invariants(state)
    return _with_timers(vendor, state, empty)


def _empty(seed: int, start: int, profile: str, limits: bool, physics: Physics) -> WorldContents:
    """Return a world without vendors, at its start."""
    world = WorldState(
        seed, start, start, profile, limits, ClockMode(), "auto", {}, timers=[], scheduled_commands=[], physics=physics
    )
    return WorldContents({}, WorldSnapshot(FORMAT, world, {}))


def _with_timers(vendor: Vendor, state: Any, empty: WorldContents) -> _Begun:
    vendor.start_timers(empty.begin_turn(vendor.name), state)
    return _Begun(encode_state(vendor, state), tuple(empty.timers()))
