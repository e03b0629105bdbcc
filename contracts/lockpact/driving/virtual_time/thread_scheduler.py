"""Threads that take turns, on a clock that is not the machine's.

1. At most one managed thread runs at any time: the one whose turn it is. The others wait at their gates.
2. A thread gives up its turn when it waits: for a length of time, for a lock, for another thread, for an answer. Nothing
   else interrupts it; so a run is a function of the program, the timeline and the seed.
3. Who goes on is drawn, by seed, from those who can. When nobody can, time moves to what is next: the world's own next
   event, or the end of somebody's patience.
4. The thread that made the `ThreadScheduler` is managed while it is `inside()`; threads started there are managed until they end.
   Every other thread finds the machine's own clock and locks.

Confessed: threads are interleaved where they wait, not between any two instructions; a data race that needs the latter
is not found. What blocks in C on its own (a socket) holds its turn meanwhile.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import ClassVar, Protocol

__all__ = ["Deadlock", "Ended", "ThreadScheduler", "Timeline"]

_real_lock = threading.Lock
_ident = threading.get_ident


class Timeline(Protocol):
    """A clock that somebody moves. Microseconds."""

    def now(self) -> int:
        """The present."""
        ...

    def due(self) -> int | None:
        """When something happens by itself next; None, when nothing will."""
        ...

    def advance_to(self, until: int) -> None:
        """Move time, and let happen what is due."""
        ...


class Deadlock(RuntimeError):
    """Every thread and task waits, and nothing is planned that could wake one."""


class Ended(SystemExit):
    """Raised in threads that are left when the run is over, at the place where they wait."""


class _Seat:
    """One managed thread: what it waits for, and the gate at which it waits."""

    def __init__(self, ident: int = 0) -> None:
        self.ident = ident
        self.gate = _real_lock()
        self.gate.acquire()
        self.ready: Callable[[], bool] | None = None
        self.deadline: int | None = None

    def can_go_on(self, now: int) -> bool:
        """Whether its wait is over. A thread that waits for nothing has merely let others go first."""
        if self.ready is not None and self.ready():
            return True
        if self.deadline is not None:
            return self.deadline <= now
        return self.ready is None


class ThreadScheduler:
    """See the module. `seed` draws who goes on."""

    active: ClassVar[ThreadScheduler | None] = None
    """The one inside of which a client is being driven now."""

    def __init__(self, timeline: Timeline, seed: int = 0) -> None:
        self.timeline = timeline
        self._draw = Random(seed)  # noqa: S311 - a seeded choice of who goes first, no secret
        self._main = _Seat(_ident())
        self._seats = [self._main]
        self._inside = False
        self._ended = False
        self.died: list[tuple[str, Exception]] = []
        """Threads that an exception has ended: name and exception, oldest first."""

    @contextmanager
    def inside(self) -> Iterator[None]:
        """The calling thread drives a client now: it and the threads that it starts live by the timeline."""
        before, ThreadScheduler.active = ThreadScheduler.active, self
        self._inside = True
        try:
            yield
        finally:
            self._inside = False
            ThreadScheduler.active = before

    def manages(self, ident: int | None = None) -> bool:
        """Whether this thread (the calling one) lives by the timeline."""
        return self._seat(_ident() if ident is None else ident) is not None

    def wait(self, ready: Callable[[], bool] | None = None, deadline: int | None = None) -> bool:
        """Let the calling thread wait until `ready()`, or until `deadline`; with neither, let others go first.

        → whether it became ready. At one instant, ready comes before the deadline. Raises Deadlock.
        """
        seat = self._seat(_ident())
        if seat is None:
            raise RuntimeError("only a thread that takes turns can wait for its own")
        seat.ready, seat.deadline = ready, deadline
        self._pass_on(seat)
        seat.ready = seat.deadline = None
        return ready is None or ready()

    def sleep(self, seconds: float) -> None:
        """As `time.sleep`, on the timeline."""
        self.wait(deadline=self.timeline.now() + round(seconds * 1_000_000))

    def start(self, thread: threading.Thread, begin: Callable[[threading.Thread], None]) -> None:
        """Start a thread that takes turns; `begin` is what starts threads. It runs when it is drawn, not before."""
        seat = _Seat()
        self._seats.append(seat)
        run = thread.run

        def managed() -> None:
            seat.ident = _ident()
            seat.gate.acquire()
            try:
                if not self._ended:
                    run()
            except Ended:
                pass  # the run is over, and this thread with it
            except Exception as died:  # noqa: BLE001 - it would end as a traceback on standard error
                self.died.append((thread.name, died))
            finally:
                self._leave(seat)

        thread.run = managed  # type: ignore[method-assign]
        with self._holding_on():
            begin(thread)

    def end(self) -> None:
        """The run is over: threads that are left are ended where they wait."""
        self._ended = True
        pools = logging.getLogger("concurrent.futures")  # a pool's worker logs its own end as if it were a defect
        quiet, pools.disabled = pools.disabled, True
        while others := [s for s in self._seats if s is not self._main]:
            others[0].gate.release()
            self._main.gate.acquire()
        pools.disabled = quiet

    # ---- inner

    def _seat(self, ident: int) -> _Seat | None:
        if ident == self._main.ident:
            return self._main if self._inside else None
        return next((s for s in self._seats if s.ident == ident), None)

    @contextmanager
    def _holding_on(self) -> Iterator[None]:
        """Waits in here are real: a thread is being born, which no turn may interrupt."""
        seat = self._seat(_ident())
        ident, inside = (seat.ident, self._inside) if seat is not None else (0, self._inside)
        if seat is self._main:
            self._inside = False
        elif seat is not None:
            seat.ident = 0
        try:
            yield
        finally:
            self._inside = inside
            if seat is not None:
                seat.ident = ident

    def _pass_on(self, seat: _Seat) -> None:
        following = self._next()
        if following is seat:
            return
        following.gate.release()
        seat.gate.acquire()
        if self._ended and seat is not self._main:
            raise Ended

    def _leave(self, seat: _Seat) -> None:
        self._seats.remove(seat)
        (self._main if self._ended else self._next()).gate.release()

    def _next(self) -> _Seat:
        """Whose turn it is. Moves time until it is somebody's."""
        while True:
            now = self.timeline.now()
            able = [s for s in self._seats if s.can_go_on(now)]
            if able:
                return able[0] if len(able) == 1 else able[self._draw.randrange(len(able))]
            times = [s.deadline for s in self._seats if s.deadline is not None]
            due = self.timeline.due()
            if due is not None:
                times.append(due)
            if not times:
                raise Deadlock(
                    "the client waits, and nothing is planned that could wake it: every thread of it stands at a lock, "
                    "a queue or an answer without a timeout"
                )
            self.timeline.advance_to(max(now, min(times)))
