"""A cooperative scheduler: threads take turns, and wait on a timeline instead of the machine's clock.

1. At most one managed thread runs at any time. The others block, each on a gate of its own.
2. A thread gives up its turn when it waits: for a time, a lock, another thread or an answer. Nothing else interrupts it.
   So a run is a function of the program, the timeline and the seed.
3. The seed chooses which ready thread runs next. If no thread is ready, time advances to the next event: the world's own,
   or the next deadline of a waiting thread.
4. The thread that created the scheduler is managed while it is `inside()`. Threads started there are managed until they
   end. All other threads use the machine's clock and locks.

Known limits: threads switch only where they wait, so a data race between two instructions is not found. A thread that
blocks in C (on a socket) keeps its turn.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import ClassVar, Protocol

__all__ = ["Deadlock", "RunEnded", "ThreadScheduler", "Timeline"]

_real_lock = threading.Lock
_ident = threading.get_ident


class Timeline(Protocol):
    """A clock that is advanced explicitly, in microseconds."""

    def now(self) -> int:
        """Return the time."""
        ...

    def due(self) -> int | None:
        """Return when the next event is due; None if there is none."""
        ...

    def advance_to(self, until: int) -> None:
        """Advance to this time, and run what is due until then."""
        ...


class Deadlock(RuntimeError):
    """Every thread and task waits, and no event can wake one."""


class RunEnded(SystemExit):
    """Raised in threads that still wait when the run ends."""


class _ManagedThread:
    """One managed thread: what it waits for, and the gate that blocks it."""

    def __init__(self, ident: int = 0) -> None:
        self.ident = ident
        self.gate = _real_lock()
        self.gate.acquire()
        self.ready: Callable[[], bool] | None = None
        self.deadline: int | None = None

    def is_ready(self, now: int) -> bool:
        """Return whether its wait is over. A thread that waits for nothing only lets others go first."""
        if self.ready is not None and self.ready():
            return True
        if self.deadline is not None:
            return self.deadline <= now
        return self.ready is None


class ThreadScheduler:
    """Schedules the threads of one client. `seed` chooses which ready thread runs next."""

    active: ClassVar[ThreadScheduler | None] = None
    """The scheduler that a client is being driven inside of."""

    def __init__(self, timeline: Timeline, seed: int = 0) -> None:
        self.timeline = timeline
        self.clock_ahead = 0
        """How many microseconds the machine's clock is ahead of the timeline. What measures durations does not show it."""
        self._random = Random(seed)  # noqa: S311 - a reproducible choice, no secret
        self._main = _ManagedThread(_ident())
        self._threads = [self._main]
        self._inside = False
        self._ended = False
        self.died: list[tuple[str, Exception]] = []
        """(name, exception) of each thread that an exception has ended, oldest first."""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Manage the calling thread and the threads that it starts."""
        before, ThreadScheduler.active = ThreadScheduler.active, self
        self._inside = True
        try:
            yield
        finally:
            self._inside = False
            ThreadScheduler.active = before

    def manages(self, ident: int | None = None) -> bool:
        """Return whether a thread is managed. None: the calling one."""
        return self._managed(_ident() if ident is None else ident) is not None

    def wait(self, ready: Callable[[], bool] | None = None, deadline: int | None = None) -> bool:
        """Let the calling thread wait until `ready()` or until `deadline`. With neither, let others go first.

        Returns whether it became ready; at the same time, ready takes precedence over the deadline. Raises Deadlock.
        """
        managed = self._managed(_ident())
        if managed is None:
            raise RuntimeError("only a managed thread can wait on the timeline")
        managed.ready, managed.deadline = ready, deadline
        self._yield_turn(managed)
        managed.ready = managed.deadline = None
        return ready is None or ready()

    def sleep(self, seconds: float) -> None:
        """Sleep on the timeline, as `time.sleep` does."""
        self.wait(deadline=self.timeline.now() + round(seconds * 1_000_000))

    def start(self, thread: threading.Thread, begin: Callable[[threading.Thread], None]) -> None:
        """Start a managed thread by `begin(thread)`. It runs when it is chosen, not before."""
        managed = _ManagedThread()
        self._threads.append(managed)
        run = thread.run

        def run_managed() -> None:
            managed.ident = _ident()
            managed.gate.acquire()
            try:
                if not self._ended:
                    run()
            except RunEnded:
                pass
            except Exception as died:  # noqa: BLE001 - it would only be printed on standard error
                self.died.append((thread.name, died))
            finally:
                self._leave(managed)

        thread.run = run_managed  # type: ignore[method-assign]
        with self._keeping_the_turn():
            begin(thread)

    def end(self) -> None:
        """End the run, and with it all threads that still wait."""
        self._ended = True
        pools = logging.getLogger("concurrent.futures")  # a pool's worker would log RunEnded as an error
        quiet, pools.disabled = pools.disabled, True
        while others := [t for t in self._threads if t is not self._main]:
            others[0].gate.release()
            self._main.gate.acquire()
        pools.disabled = quiet

    # ---- inner

    def _managed(self, ident: int) -> _ManagedThread | None:
        if ident == self._main.ident:
            return self._main if self._inside else None
        return next((t for t in self._threads if t.ident == ident), None)

    @contextmanager
    def _keeping_the_turn(self) -> Iterator[None]:
        """Use real waits inside: starting a thread must not give up the turn."""
        managed = self._managed(_ident())
        ident, inside = (managed.ident, self._inside) if managed is not None else (0, self._inside)
        if managed is self._main:
            self._inside = False
        elif managed is not None:
            managed.ident = 0
        try:
            yield
        finally:
            self._inside = inside
            if managed is not None:
                managed.ident = ident

    def _yield_turn(self, managed: _ManagedThread) -> None:
        chosen = self._next()
        if chosen is managed:
            return
        chosen.gate.release()
        managed.gate.acquire()
        if self._ended and managed is not self._main:
            raise RunEnded

    def _leave(self, managed: _ManagedThread) -> None:
        self._threads.remove(managed)
        (self._main if self._ended else self._next()).gate.release()

    def _next(self) -> _ManagedThread:
        """Return the thread to run next. Advances time until a thread is ready."""
        while True:
            now = self.timeline.now()
            ready = [t for t in self._threads if t.is_ready(now)]
            if ready:
                return ready[0] if len(ready) == 1 else ready[self._random.randrange(len(ready))]
            times = [t.deadline for t in self._threads if t.deadline is not None]
            due = self.timeline.due()
            if due is not None:
                times.append(due)
            if not times:
                raise Deadlock(
                    "the client waits and nothing can wake it: each of its threads waits for a lock, a queue or an answer "
                    "without a timeout"
                )
            self.timeline.advance_to(max(now, min(times)))
