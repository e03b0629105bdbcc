"""The events to come: timers, which vendors and the engine set, and scheduled commands, which the tester sets.

1. Timers are kept sorted by the time at which they are due, then by id; scheduled commands likewise.
2. At one instant timers come before scheduled commands, and each of both in the order in which they were set.
3. A timer is never due before the world's present: one that is set for the past is due now.
4. A world with 100,000 devices may have as many timers. So a timer is found by bisection, with the time at which it is due
   from an index, which is not part of the state.

Loose end: `unschedule` copies the list. A tester schedules few commands.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any

import msgspec

from locksim.engine.inputs import Command, DeviceAction, Tick
from locksim.engine.state import ScheduledCommand, Timer, WorldState
from locksim.engine.timestamps import FAR

__all__ = ["ENGINE", "MAX_TIMERS", "Scheduler"]

MAX_TIMERS = 1_000_000
ENGINE = ""
"""The vendor name of the engine's own timers."""


class Scheduler:
    """The timers and scheduled commands of one world."""

    def __init__(self, state: WorldState) -> None:
        self._state = state
        self._dues: dict[int, int] | None = None
        """Timer → when it is due; None until a timer is taken that is not the next one."""

    def due(self) -> int | None:
        """Return when the next of them is due, or None if there is none."""
        firsts = [queue[0].due for queue in (self._state.timers, self._state.scheduled_commands) if queue]
        return min(firsts, default=None)

    def next(self, until: int, target: int) -> Tick | DeviceAction | Command | None:
        """Return the next of them as an input, or None if none is due by `until`.

        `target` is the time that the clock is on its way to. A timer gets it, if it is far off.
        """
        timer = self._state.timers[0] if self._state.timers else None
        scheduled = self._state.scheduled_commands[0] if self._state.scheduled_commands else None
        if timer is not None and timer.due <= until and (scheduled is None or timer.due <= scheduled.due):
            target = target if scheduled is None else min(target, scheduled.due)
            far = target if target - timer.due > FAR else None
            return Tick(timer.due, timer.id, far, timer.vendor, timer.event, timer.args)
        if scheduled is not None and scheduled.due <= until:
            return msgspec.structs.replace(scheduled.input, at=scheduled.due, planned=scheduled.id)
        return None

    def set_timer(self, due: int, vendor: str, event: str, args: dict[str, Any]) -> int:
        """Set a timer and return its id."""
        if len(self._state.timers) >= MAX_TIMERS:
            raise RuntimeError(f"more than {MAX_TIMERS} timers are set in this world")
        timer = Timer(max(due, self._state.now), self._state.counters.take("timer"), vendor, event, args)
        insort(self._state.timers, timer, key=_order)
        if self._dues is not None:
            self._dues[timer.id] = timer.due
        return timer.id

    def take_timer(self, number: int) -> Timer | None:
        """Remove and return a timer. Return None if it has fired or was cancelled."""
        timers = self._state.timers
        if timers and timers[0].id == number:
            place = 0
        else:
            if self._dues is None:
                self._dues = {timer.id: timer.due for timer in timers}
            due = self._dues.get(number)
            if due is None:
                return None
            place = bisect_left(timers, (due, number), key=_order)
        if self._dues is not None:
            del self._dues[number]
        return timers.pop(place)

    def schedule(self, due: int, given: DeviceAction | Command) -> int:
        """Schedule a device action or a command, and return its id."""
        scheduled = ScheduledCommand(due, self._state.counters.take("scheduled_command"), given)
        insort(self._state.scheduled_commands, scheduled, key=_order)
        return scheduled.id

    def unschedule(self, number: int | None) -> None:
        """Remove a scheduled command, if `number` names one."""
        if number is not None:
            self._state.scheduled_commands = [one for one in self._state.scheduled_commands if one.id != number]


def _order(one: Timer | ScheduledCommand) -> tuple[int, int]:
    return one.due, one.id
