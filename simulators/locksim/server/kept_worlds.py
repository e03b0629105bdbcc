"""Kept worlds among a server's: what they were begun from, whether the same is asked for again, and what time it is there."""

from __future__ import annotations

import logging
from collections.abc import Container
from hashlib import blake2b
from socket import socket
from typing import Any

import msgspec

from locksim.engine.errors import Impossible
from locksim.server.listener import PortTaken, bind
from locksim.server.wall_clock import WallClock
from locksim.server.world_options import WorldOptions
from locksim.storage.recovery import RecoveredWorld, WorldDescription

__all__ = ["begun", "bound", "goes_on", "must_be_same"]

_log = logging.getLogger("locksim")


def begun(fresh: WorldOptions) -> dict[str, Any]:
    """What a world is begun from, in a form that can be kept and compared. Raises Impossible."""
    clock = fresh.clock_options
    return {
        "seed": fresh.seed,
        "profile": fresh.profile,
        "limits": fresh.limits,
        "clock": clock.mode_or("real"),
        "start": clock.now,
        "state": blake2b(msgspec.json.encode(fresh.state, order="sorted"), digest_size=16).hexdigest()
        if fresh.state
        else "",
        "variants": sorted(fresh.variants),
    }


def must_be_same(kept: WorldDescription, asked: WorldOptions, keys: Container[str]) -> None:
    """Raises Impossible when another world is asked for, as far as `keys` say, than the one that is kept."""
    want = begun(asked)
    asks = {key for key in want if key in keys} | ({"start"} if "clock" in keys and want["start"] else set())
    for key in sorted(asks):
        if key in kept.begun and kept.begun[key] != want[key]:
            raise Impossible(
                f"the world in the data folder was begun with {key} {kept.begun[key]!r}, not {want[key]!r}: leave {key} out "
                "to go on with it, or take another folder"
            )


def goes_on(one: RecoveredWorld, wall: WallClock) -> int:
    """What time it is in a world that comes back: where it stood, and if its time passes, what passed meanwhile."""
    core = one.core
    if one.description.present and core.journal.last == 0 and core.clock.mode == "real":
        return wall.now()
    return core.now + max(0, wall.now() - one.wall) * core.clock.rate


def bound(host: str, port: int) -> socket:
    """A socket on this port, or, where it is taken, on a free one. Raises PortTaken."""
    try:
        return bind(host, port)
    except PortTaken as taken:
        if not port:
            raise
        _log.warning("%s; another one is taken", taken)
        return bind(host, 0)
