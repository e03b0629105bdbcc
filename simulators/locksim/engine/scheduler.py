"""What is to come: timers, which a vendor sets for itself, and plans, which the tester makes.

At one instant timers come before plans; among themselves, in the order in which they were made.
"""

from __future__ import annotations

from bisect import insort
from typing import Any

import msgspec

from locksim.engine.inputs import Command, DeviceAction, Tick
from locksim.engine.state import ScheduledCommand, Timer, WorldState

__all__ = ["ENGINE", "MAX_TIMERS", "Scheduler"]

MAX_TIMERS = 100_000
ENGINE = ""
"""The vendor of the kernel's own timers."""


class Scheduler:
    """The timers and plans of one world, kept in order."""

    def __init__(self, state: WorldState) -> None:
        self._w = state

    def due(self) -> int | None:
        """When the next of them is due."""
        heads = [queue[0].due for queue in (self._w.timers, self._w.scheduled_commands) if queue]
        return min(heads, default=None)

    def next(self, until: int) -> Tick | DeviceAction | Command | None:
        """The next of them as the input that it will be; None, when none is due by then."""
        timer = self._w.timers[0] if self._w.timers else None
        plan = self._w.scheduled_commands[0] if self._w.scheduled_commands else None
        if timer is not None and timer.due <= until and (plan is None or timer.due <= plan.due):
            return Tick(timer.due, timer.id)
        if plan is not None and plan.due <= until:
            return msgspec.structs.replace(plan.input, at=plan.due, planned=plan.id)
        return None

    def set(self, due: int, vendor: str, event: str, args: dict[str, Any]) -> int:
        """Set a timer. → its id."""
        if len(self._w.timers) >= MAX_TIMERS:
            raise RuntimeError(f"more than {MAX_TIMERS} timers are set in this world")
        timer = Timer(max(due, self._w.now), self._w.counters.take("timer"), vendor, event, args)
        insort(self._w.timers, timer, key=_place)
        return timer.id

    def take(self, number: int) -> Timer | None:
        """Take a timer off the agenda; None, when it is not there (any more)."""
        for place, timer in enumerate(self._w.timers):
            if timer.id == number:
                return self._w.timers.pop(place)
        return None

    def plan(self, due: int, what: DeviceAction | Command) -> int:
        """Plan an input. → the plan's id."""
        plan = ScheduledCommand(due, self._w.counters.take("plan"), what)
        insort(self._w.scheduled_commands, plan, key=_place)
        return plan.id

    def forget(self, number: int | None) -> None:
        """Take a plan off the agenda."""
        if number is not None:
            self._w.scheduled_commands = [p for p in self._w.scheduled_commands if p.id != number]


def _place(item: Timer | ScheduledCommand) -> tuple[int, int]:
    return item.due, item.id
