"""An event loop on a timeline: when no task is ready, time advances to the next event. Nothing sleeps."""

from __future__ import annotations

import asyncio
import math
import selectors
from collections.abc import Mapping
from typing import Any

from lockpact.driving.virtual_time.thread_scheduler import ThreadScheduler

__all__ = ["VirtualEventLoop"]


class _TimelineSelector(selectors.BaseSelector):
    """A selector that waits on the timeline. Sockets, such as the loop's own wake-up socket, are polled only."""

    def __init__(self, scheduler: ThreadScheduler) -> None:
        self._scheduler = scheduler
        self._inner = selectors.DefaultSelector()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Return what is ready now, or once the timeline has advanced far enough."""
        events = self._inner.select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        deadline = None if timeout is None else self._scheduler.timeline.now() + math.ceil(timeout * 1_000_000)
        self._scheduler.wait(lambda: bool(self._inner.select(0)), deadline)
        return self._inner.select(0)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Register as `BaseSelector.register` does."""
        return self._inner.register(fileobj, events, data)

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Unregister as `BaseSelector.unregister` does."""
        return self._inner.unregister(fileobj)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Modify as `BaseSelector.modify` does."""
        return self._inner.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """Return the map of registered file objects."""
        return self._inner.get_map()

    def close(self) -> None:
        """Close the inner selector."""
        self._inner.close()


class VirtualEventLoop(asyncio.SelectorEventLoop):
    """The loop on which async clients are driven, inside their `ThreadScheduler`."""

    def __init__(self, scheduler: ThreadScheduler) -> None:
        self._timeline = scheduler.timeline
        self._origin = scheduler.timeline.now()
        super().__init__(_TimelineSelector(scheduler))

    def time(self) -> float:
        """Return the seconds of the timeline since this loop was created. Small numbers keep microseconds exact."""
        return (self._timeline.now() - self._origin) / 1_000_000
