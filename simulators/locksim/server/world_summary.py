"""What a list shows of a world, and the form in which a shared store keeps it for the lists of other nodes."""

from __future__ import annotations

from typing import Any

import msgspec

from locksim.engine.commands import Clock
from locksim.engine.timestamps import SECOND, iso
from locksim.engine.world import WorldCore

__all__ = ["encode", "members", "read"]


class _Stored(msgspec.Struct):
    """A summary as it is stored: as of the last commit, so the clock is a time in the world and the real time then."""

    members: dict[str, Any]
    mode: str
    rate: int
    now: int
    wall: int


def members(core: WorldCore, now: int, *, ports: bool) -> dict[str, Any]:
    """Return what a list shows of a world.

    Args:
        core: the world.
        now: its time now.
        ports: whether it has ports of its own.
    """
    return _static(core, ports=ports) | {
        "clock": Clock(core.clock.mode, iso(now), core.clock.rate),
        "waiting": len(core.waiters),
    }


def _static(core: WorldCore, *, ports: bool) -> dict[str, Any]:
    return {
        "name": core.name,
        "seed": core.seed,
        "profile": core.profile,
        "limits": "on" if core.limits else "off",
        "clock_drift": core.physics.clock_drift / SECOND,
        "battery_drain": core.physics.battery_drain / SECOND,
        "start": iso(core.start),
        "ports": ports,
        "waiting": len(core.waiters),
    }


def encode(core: WorldCore, now: int, wall: int) -> bytes:
    """Return a summary for the store, as of the real time `wall`."""
    return msgspec.msgpack.encode(_Stored(_static(core, ports=False), core.clock.mode, core.clock.rate, now, wall))


def read(data: bytes, wall: int) -> dict[str, Any]:
    """Return what a list shows of a world at the real time `wall`, from its stored summary."""
    stored = msgspec.msgpack.decode(data, type=_Stored)
    now = stored.now + max(0, wall - stored.wall) * stored.rate
    return stored.members | {"clock": Clock(stored.mode, iso(now), stored.rate)}
