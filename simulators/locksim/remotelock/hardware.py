"""What no API reaches: keypads, cards, knobs, batteries, radios, doors. Reserved for the physical side."""

from __future__ import annotations

from locksim.kernel.turn import Turn
from locksim.kernel.vendor import Action, Device
from locksim.remotelock.world import State

__all__ = ["ACTIONS", "devices"]

ACTIONS: dict[str, dict[str, Action]] = {}


def devices(turn: Turn, state: State) -> list[Device]:
    """Every device of every account."""
    return []
