"""The flags of the commands that begin a world: its vendors, seed, clock and so on."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from locksim import registry
from locksim.cli.errors import CommandError
from locksim.cli.serving import clock

__all__ = ["add_flags", "world_options"]


def add_flags(add: Callable[..., Any]) -> None:
    """Add the vendors, and the flags of the default world."""
    add("vendors", metavar="VENDOR", nargs="*", help=f"{', '.join(registry.NAMES)} (default: all)")
    add(
        "--seed",
        type=int,
        help="what every random value is derived from (0; with a --host that others can reach: a random one)",
    )
    add("--clock", type=clock, metavar="MODE", help="real, manual, auto, or x60: sixty times as fast (real)")
    add("--start", metavar="TIME", help="when the world begins, as 2026-01-05T08:00:00Z (real and scaled: now)")
    add(
        "--profile",
        choices=("documented", "observed"),
        help="behave as the vendors' documents say, or as their servers were observed to (documented)",
    )
    add("--limits", choices=("on", "off"), help="rate limits and quotas (on)")
    add("--clock-drift", type=float, metavar="S", help="let devices' clocks gain or lose up to S seconds a day (0)")
    add(
        "--battery-drain", type=float, metavar="N", help="drain batteries N times as fast as the vendor says (0: never)"
    )
    add("--world", type=Path, metavar="FILE", help="JSON with the keys of POST /_sim/worlds; flags override it")
    add(
        "--variant", metavar="ID", action="append", default=[], help="inject a change of `locksim variants`; repeatable"
    )


def world_options(given: argparse.Namespace) -> dict[str, Any]:
    """Return the default world's keys: those of the `--world` file, overridden by those of the flags."""
    world = {} if given.world is None else _world_file(given.world)
    flags = {
        "seed": given.seed,
        "profile": given.profile,
        "limits": given.limits,
        "clock_drift": given.clock_drift,
        "battery_drain": given.battery_drain,
    }
    world |= {key: value for key, value in flags.items() if value is not None}
    if given.variant:
        world["variants"] = given.variant
    if given.clock is not None or given.start is not None:
        in_file = world.get("clock", "real")
        wanted = dict(in_file) if isinstance(in_file, dict) else {"mode": in_file}
        wanted |= {} if given.clock is None else {"mode": given.clock}
        wanted |= {} if given.start is None else {"now": given.start}
        if given.clock is not None:
            wanted.pop("rate", None)
        world["clock"] = wanted
    return world


def _world_file(file: Path) -> dict[str, Any]:
    try:
        world = json.loads(file.read_text("utf-8"))
    except OSError as error:
        raise CommandError(f"cannot read {file}: {error.strerror or error}") from None
    except (ValueError, RecursionError) as wrong:
        raise CommandError(f"{file} is not JSON: {wrong}") from None
    if not isinstance(world, dict):
        raise CommandError(f"{file} must be a JSON object with the keys of POST /_sim/worlds")
    world.pop("$schema", None)  # for editors
    if world.pop("name", "default") != "default" or world.pop("ports", False):
        raise CommandError(f"{file}: the first world is always `default`, on the fixed ports; leave out name and ports")
    return world
