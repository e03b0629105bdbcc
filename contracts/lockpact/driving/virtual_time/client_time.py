"""Put whatever runs in a block on a timeline: `with world.time():`."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from lockpact.driving.virtual_time.event_loop import VirtualEventLoop
from lockpact.driving.virtual_time.thread_scheduler import ThreadScheduler, Timeline
from lockpact.driving.virtual_time.time_patches import virtual_time

__all__ = ["client_time"]

_NAMES = ("time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep")
_OURS = ("time", "_pytest", "pytest", "xdist", "execnet", "lockpact", "locksim")
"""Packages that keep the machine's clock: pytest measures how long a test took."""


@contextmanager
def client_time(timeline: Timeline, seed: int = 0) -> Iterator[ThreadScheduler]:
    """Let the calling thread, the threads that it starts and `asyncio.run` use a timeline inside the block.

    Also replaced is what other modules bound by `from time import sleep`. Threads that still wait at the end are ended there.
    """
    scheduler = ThreadScheduler(timeline, seed)
    before = {getattr(time, name): name for name in _NAMES}
    with ExitStack() as stack:
        stack.enter_context(virtual_time())
        for module, name, real in _bound(before):
            _replace(stack, module, name, getattr(time, before[real]))
        _replace(stack, asyncio.events, "new_event_loop", partial(VirtualEventLoop, scheduler))
        try:
            with scheduler.inside():
                yield scheduler
        finally:
            scheduler.end()
            _report(scheduler)


def _bound(originals: dict[Callable[..., Any], str]) -> list[tuple[Any, str, Callable[..., Any]]]:
    """Return (module, name, function) of each name that a module has bound to one of these functions."""
    kind = type(next(iter(originals)))
    modules = [module for full, module in list(sys.modules.items()) if full.partition(".")[0] not in _OURS]
    return [
        (module, name, value)
        for module in modules
        for name, value in list(getattr(module, "__dict__", {}).items())
        if type(value) is kind and value in originals
    ]


def _replace(stack: ExitStack, owner: Any, name: str, new: Any) -> None:
    stack.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, new)


def _report(scheduler: ThreadScheduler) -> None:
    """Report the threads that an exception has ended, as Python does. pytest makes a warning of it."""
    for _, error in scheduler.died:
        threading.excepthook(threading.ExceptHookArgs((type(error), error, error.__traceback__, None)))
