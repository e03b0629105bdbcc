"""What a client finds in `time` and `threading` while it is driven: the timeline's clock, and locks that pass turns on.

The replacements are installed once, before the client is imported, and find out at each call whether the calling
thread takes turns (`ThreadScheduler`); every other caller gets the machine's own.
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


def _turns() -> ThreadScheduler | None:
    """The turns that the calling thread takes, if it takes any."""
    turns = ThreadScheduler.active
    return turns if turns is not None and turns.manages() else None


class Lock:
    """As `threading.Lock`. Who must wait for it passes the turn on."""

    def __init__(self) -> None:
        self._inner = _real_lock()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.Lock.acquire`; a timeout is on the timeline."""
        if self._inner.acquire(blocking=False):
            return True
        turns = _turns()
        if turns is None or not blocking:
            return self._inner.acquire(blocking, timeout)
        deadline = None if timeout < 0 else turns.timeline.now() + round(timeout * 1_000_000)
        while turns.wait(lambda: not self._inner.locked(), deadline):
            if self._inner.acquire(blocking=False):
                return True
        return False

    def release(self) -> None:
        """As `threading.Lock.release`."""
        self._inner.release()

    def locked(self) -> bool:
        """As `threading.Lock.locked`."""
        return self._inner.locked()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:  # the standard library calls it on locks that it made
        self._inner = _real_lock()


class RLock:
    """As `threading.RLock`, of the same kind. The three private methods are what `threading.Condition` asks for."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._owner: int | None = None
        self._depth = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """As `threading.RLock.acquire`; a timeout is on the timeline."""
        if not self._is_owned():
            if not self._lock.acquire(blocking, timeout):
                return False
            self._owner = threading.get_ident()
        self._depth += 1
        return True

    def release(self) -> None:
        """As `threading.RLock.release`."""
        if not self._is_owned():
            raise RuntimeError("cannot release a lock that another thread, or nobody, holds")
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
    turns = _turns()
    if turns is None:
        _real_start(thread)
    else:
        turns.start(thread, _real_start)


def _join(thread: threading.Thread, timeout: float | None = None) -> None:
    turns = _turns()
    if turns is not None and thread.ident is not None and turns.manages(thread.ident):
        deadline = None if timeout is None else turns.timeline.now() + round(max(timeout, 0) * 1_000_000)
        if not turns.wait(lambda: not turns.manages(thread.ident), deadline):
            return
        timeout = None
    _real_join(thread, timeout)


def _sleep(real: Callable[[float], None]) -> Callable[[float], None]:
    def sleep(seconds: float, /) -> None:
        turns = _turns()
        if turns is None:
            real(seconds)
        elif seconds < 0:
            raise ValueError("sleep length must be non-negative")
        else:
            turns.sleep(seconds)

    return sleep


def _clock(real: Callable[[], Any], read: Callable[[int], Any]) -> Callable[[], Any]:
    def clock() -> Any:
        turns = _turns()
        return real() if turns is None else read(turns.timeline.now())

    return clock


def _replacements() -> list[tuple[Any, str, Any]]:
    def seconds(us: int) -> float:
        return us / 1_000_000

    def nanoseconds(us: int) -> int:
        return us * 1_000

    clocks = [
        (time, name + suffix, _clock(getattr(time, name + suffix), read))
        for name in ("time", "monotonic", "perf_counter")
        for suffix, read in (("", seconds), ("_ns", nanoseconds))
    ]
    return [
        *clocks,
        (time, "sleep", _sleep(time.sleep)),
        (threading, "_time", _clock(time.monotonic, seconds)),  # what Condition and Timer bound at their import
        (threading, "Lock", Lock),
        (threading, "_allocate_lock", Lock),  # what Condition makes its waiters of
        (threading, "RLock", RLock),
        (threading.Thread, "start", _start),
        (threading.Thread, "join", _join),
        (queue, "SimpleQueue", queue._PySimpleQueue),  # type: ignore[attr-defined]
        # The C queue of a thread pool blocks unseen; this is the same in Python, on the locks above.
        (queue, "time", _clock(time.monotonic, seconds)),  # what Queue.get bound at its import
    ]


@contextmanager
def virtual_time() -> Iterator[None]:
    """Inside, `time` and `threading` follow the timeline for those who take turns. May be nested."""
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
