"""What vendors show in addition to their devices, of a world as it is now: what runs out, what devices hold, recipes."""

from __future__ import annotations

import msgspec

from locksim.engine.display import Gauge, Holding, Recipe
from locksim.engine.world import WorldCore

__all__ = ["Shown", "recipes_of", "shown_by", "shown_by_all"]


class Shown(msgspec.Struct):
    """What runs out, and what each device holds: device id → lines."""

    gauges: list[Gauge]
    holdings: dict[str, list[Holding]]


def shown_by(core: WorldCore, vendor: str) -> Shown:
    """Return what a vendor shows. Raises Unknown."""
    display = core.vendor(vendor).display()
    if display is None:
        return Shown([], {})
    turn, state = core.begin_turn(vendor), core.state(vendor)
    holdings = {device: lines for device, lines in display.holdings(turn, state).items() if lines}
    return Shown(list(display.gauges(turn, state)), holdings)


def shown_by_all(core: WorldCore) -> dict[str, Shown]:
    """Return what each vendor of a world shows."""
    return {name: shown_by(core, name) for name in core.vendors}


def recipes_of(core: WorldCore, vendor: str) -> list[Recipe]:
    """Return a vendor's recipes, with times from now on. Raises Unknown."""
    display = core.vendor(vendor).display()
    return [] if display is None else list(display.recipes(core.begin_turn(vendor), core.state(vendor)))
