"""Replace parts of `time`, `threading` and `queue` while a client is driven: clocks follow the timeline, and a thread that
waits for a lock gives up its turn.

The replacements are installed once, before the client is imported. At each call they check whether a `ThreadScheduler`
manages the calling thread. For every other thread they do what the originals do.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lockpact.driving.virtual_time.thread_scheduler import ThreadScheduler

__all__ = ["virtual_time"]

_real_lock = threading.Lock
_real_join = threading.Thread.join
_real_start = threading.Thread.start


def _scheduler() -> ThreadScheduler | None:
    """Return the scheduler that manages the calling thread, if one does."""
    scheduler = ThreadScheduler.active
    return scheduler if scheduler is not None and scheduler.manages() else None


class Lock:
    """A `threading.Lock` whose waiting threads give up their turn."""

    def __init__(self) -> None:
        self._inner = _real_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire as `threading.Lock.acquire` does, with a timeout on the timeline."""
        if self._inner.acquire(blocking=False):
            return True
        scheduler = _scheduler()
        if scheduler is None or not blocking:
            return self._inner.acquire(blocking, timeout)
        deadline = None if timeout < 0 else scheduler.timeline.now() + round(timeout * 1_000_000)
        while scheduler.wait(lambda: not self._inner.locked(), deadline):
            if self._inner.acquire(blocking=False):
                return True
        return False

    def release(self) -> None:
        """Release as `threading.Lock.release` does."""
        self._inner.release()

    def locked(self) -> bool:
        """Return whether it is locked."""
        return self._inner.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:  # the standard library calls it on its locks
        self._inner = _real_lock()


class RLock:
    """A `threading.RLock` of the same kind. `threading.Condition` needs the three private methods."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire as `threading.RLock.acquire` does, with a timeout on the timeline."""
        if not self._is_owned():
            if not self._lock.acquire(blocking, timeout):
                return False
            self._owner = threading.get_ident()
        self._depth += 1
        return True

    def release(self) -> None:
        """Release as `threading.RLock.release` does."""
        if not self._is_owned():
            raise RuntimeError("cannot release a lock that this thread does not hold")
        self._depth -= 1
        if not self._depth:
            self._owner = None
            self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _is_owned(self) -> bool:
        return self._owner == threading.get_ident()

    def _release_save(self) -> tuple[int | None, int]:
        kept, self._owner, self._depth = (self._owner, self._depth), None, 0
        self._lock.release()
        return kept

    def _acquire_restore(self, kept: tuple[int | None, int]) -> None:
        self._lock.acquire()
        self._owner, self._depth = kept

    def _at_fork_reinit(self) -> None:
        self._lock, self._owner, self._depth = Lock(), None, 0


def _start(thread: threading.Thread) -> None:
    scheduler = _scheduler()
    if scheduler is None:
        _real_start(thread)
    else:
        scheduler.start(thread, _real_start)


def _join(thread: threading.Thread, timeout: float | None = None) -> None:
    scheduler = _scheduler()
    if scheduler is not None and thread.ident is not None and scheduler.manages(thread.ident):
        deadline = None if timeout is None else scheduler.timeline.now() + round(max(timeout, 0) * 1_000_000)
        if not scheduler.wait(lambda: not scheduler.manages(thread.ident), deadline):
            return
        timeout = None
    _real_join(thread, timeout)


def _sleep(real: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        scheduler = _scheduler()
        if scheduler is None:
            real(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            scheduler.sleep(seconds)

    return sleep


def _clock(real: Callable[[], Any], read: Callable[[int], Any]) -> Callable[[], Any]:
    """Return a clock that measures durations."""

    def clock() -> Any:
        scheduler = _scheduler()
        return real() if scheduler is None else read(scheduler.timeline.now())

    return clock


def _wall_clock(real: Callable[[], Any], read: Callable[[int], Any]) -> Callable[[], Any]:
    """Return a clock that shows the time of day. It may be ahead."""

    def clock() -> Any:
        scheduler = _scheduler()
        return real() if scheduler is None else read(scheduler.timeline.now() + scheduler.clock_ahead)

    return clock


def _replacements() -> list[tuple[Any, str, Any]]:
    def seconds(us: int) -> float:
        return us / 1_000_000

    def nanoseconds(us: int) -> int:
        return us * 1_000

    clocks = [
        (time, name + suffix, replace(getattr(time, name + suffix), read))
        for name, replace in (("time", _wall_clock), ("monotonic", _clock), ("perf_counter", _clock))
        for suffix, read in (("", seconds), ("_ns", nanoseconds))
    ]
    return [
        *clocks,
        (time, "sleep", _sleep(time.sleep)),
        (threading, "_time", _clock(time.monotonic, seconds)),  # Condition and Timer bound it at import
        (threading, "Lock", Lock),
        (threading, "_allocate_lock", Lock),  # Condition makes its waiters with it
        (threading, "RLock", RLock),
        (threading.Thread, "start", _start),
        (threading.Thread, "join", _join),
        (queue, "SimpleQueue", queue._PySimpleQueue),  # type: ignore[attr-defined]
        # The C queue of thread pools would block in C; this is the same in Python, with the locks above.
        (queue, "time", _clock(time.monotonic, seconds)),  # Queue.get bound it at import
    ]


@contextmanager
def virtual_time() -> Iterator[None]:
    """Let managed threads use the timeline inside the block. May be nested."""
    if time.sleep.__module__ == __name__:
        yield
        return
    before = []
    for owner, name, new in _replacements():
        before.append((owner, name, getattr(owner, name)))
        setattr(owner, name, new)
    try:
        yield
    finally:
        for owner, name, old in before:
            setattr(owner, name, old)
