"""Worlds that a store keeps: what they were begun from, whether the same options are asked for again, and their time after a
restart.
"""

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

__all__ = ["bind_near", "check_unchanged", "origin_of", "time_after_restart"]

_log = logging.getLogger("locksim")


def origin_of(options: WorldOptions) -> dict[str, Any]:
    """Return what a world is begun from, in a form that can be kept and compared. Raises Impossible."""
    clock = options.clock_options
    return {
        "seed": options.seed,
        "profile": options.profile,
        "limits": options.limits,
        "clock": clock.mode_or("real"),
        "start": clock.now,
        "state": blake2b(msgspec.json.encode(options.state, order="sorted"), digest_size=16).hexdigest()
        if options.state
        else "",
        "variants": sorted(options.variants),
        "clock_drift": options.clock_drift,
        "battery_drain": options.battery_drain,
    }


def check_unchanged(kept: WorldDescription, options: WorldOptions, keys: Container[str]) -> None:
    """Check that a kept world was begun from these options, as far as they were given. Raises Impossible.

    Args:
        kept: the store's description of the world.
        options: the options asked for.
        keys: the keys of the options that were given.
    """
    origin = origin_of(options)
    given = {key for key in origin if key in keys} | ({"start"} if "clock" in keys and origin["start"] else set())
    for key in sorted(given):
        if key in kept.begun and kept.begun[key] != origin[key]:
            raise Impossible(
                f"the world in the data folder was begun with {key} {kept.begun[key]!r}, not {origin[key]!r}: leave {key} out "
                "to continue that world, or use another folder"
            )


def time_after_restart(recovered: RecoveredWorld, wall: WallClock) -> int:
    """Return the time in a world after a restart: where it was and, if its time passes, what has passed meanwhile."""
    core = recovered.core
    if recovered.description.present and core.journal.last == 0 and core.clock.mode == "real":
        return wall.now()
    return core.now + max(0, wall.now() - recovered.wall) * core.clock.rate


def bind_near(host: str, port: int) -> socket:
    """Return a socket on this port or, if it is taken, on a free one. Raises PortTaken."""
    try:
        return bind(host, port)
    except PortTaken as taken:
        if not port:
            raise
        _log.warning("%s; using another port", taken)
        return bind(host, 0)
