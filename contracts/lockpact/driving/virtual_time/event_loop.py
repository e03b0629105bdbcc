"""An event loop on a timeline: when no task can go on, time moves to what is next. Nothing sleeps."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Mapping
from typing import Any

from lockpact.driving.virtual_time.thread_scheduler import ThreadScheduler

__all__ = ["VirtualEventLoop"]


class _Idle(selectors.BaseSelector):
    """A selector that waits on the timeline instead of for real. Sockets (the loop's own wake-up call is one) are
    looked at, never waited for."""

    def __init__(self, turns: ThreadScheduler) -> None:
        self._turns = turns
        self._inner = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now, or after the time that it takes until something is."""
        events = self._inner.select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        deadline = None if timeout is None else self._turns.timeline.now() + math.ceil(timeout * 1_000_000)
        self._turns.wait(lambda: bool(self._inner.select(0)), deadline)
        return self._inner.select(0)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As every selector."""
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """As every selector."""
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As every selector."""
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """As every selector."""
        return self._inner.get_map()

    def close(self) -> None:
        """As every selector."""
        self._inner.close()


class VirtualEventLoop(asyncio.SelectorEventLoop):
    """The loop that async clients are driven on, inside their `ThreadScheduler`."""

    def __init__(self, turns: ThreadScheduler) -> None:
        self._timeline = turns.timeline
        self._origin = turns.timeline.now()
        super().__init__(_Idle(turns))

    def time(self) -> float:
        """Seconds of the timeline since this loop was made (small numbers keep microseconds exact)."""
        return (self._timeline.now() - self._origin) / 1_000_000
