"""A served world and its driver: who gives its inputs their times, and lets time pass.

    manual   time stands until it is told to move
    auto     as manual, but when a caller waits and for a real moment nothing else comes, on to what is due next
    real     time passes as it does; x60: sixty times as fast. A real timer wakes the world when something is due

The world never waits. A request that parks a ticket leaves its exchange open, and whichever later turn answers the
ticket answers the exchange; nothing is blocked meanwhile, no thread and no task is held.

*Advance* is a loop: tick to the next due instant, let the pump deliver what that sent out and take the outcomes, go on.
Other requests are answered between the steps. In `real` and scaled worlds it shifts the clock, which then goes on from
there. Mode changes and restores keep `now` where the world has it; a reset takes a `real` world that began at the
present back to the present, because whoever uses it compares it with their own clock.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from locksim.kernel.connection import Exchange
from locksim.kernel.inputs import HANG_UP, Answer, Control, Gone, Input, Outcome, Request, Tick
from locksim.kernel.instants import SECOND, iso, parse_iso
from locksim.kernel.journal import Entry
from locksim.kernel.pump import Pump
from locksim.kernel.sites import result_of
from locksim.kernel.terms import Network
from locksim.kernel.vendor import Impossible
from locksim.kernel.wall import Wall
from locksim.kernel.world import World

__all__ = ["LATEST", "Live"]

LATEST = parse_iso("9000-01-01T00:00:00Z")
"""No world's clock goes further."""
MAX_STEPS = 100_000
"""Instants at which something happens, in one advance."""
MOMENT = 0.05
"""Real seconds without any call after which an `auto` world moves on. Long enough for a test's next call to arrive."""
PATIENCE = 1.0
"""Real seconds that an `auto` world, before it moves on, gives a delivery that is on its way."""
_LONGEST_SLEEP = 3600.0

_log = logging.getLogger("locksim")


class Live:
    """One world on the event loop. All times are integer microseconds."""

    def __init__(self, core: World, wall: Wall, *, present: bool = False, deliver_to: Sequence[Network] = ()) -> None:
        self.core = core
        self.pump = Pump(core.outbox, self._delivered, deliver_to)
        self.used = wall.now()
        """When somebody last called, in real microseconds."""
        self._wall = wall
        self.present = present
        """It began at the present, and a reset takes it there again."""
        self._loop = asyncio.get_running_loop()
        self._advancing = asyncio.Lock()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_due: int | None = None
        self._patience = 0.0
        self._closed = False
        self._anchor()
        self._after()

    # ---- time

    @property
    def now(self) -> int:
        """What time it is in this world, this moment."""
        rate = self.core.clock.rate
        if rate == 0:
            return self.core.now
        passed = (self._wall.now() - self._real) * rate
        return min(max(self.core.now, self._mine + passed), LATEST)

    def _anchor(self, at: int | None = None) -> None:
        """From here on, real time passes from the world's `at` (or where it stands)."""
        self._real, self._mine = self._wall.now(), max(at or 0, self.core.now)
        self._rate = self.core.clock.rate

    def catch_up(self) -> None:
        """Bring a world whose time passes to this moment, for someone who looks at it."""
        if self.core.clock.rate:
            self.apply(Tick(self.now))

    async def advance(self, *, by: int = 0, until: int | None = None) -> None:
        """Let time pass: `by` so much, or `until` then. Lengths asked for at the same time add up.

        Raises Impossible for what is past, beyond `LATEST`, or more than one advance may hold.
        """
        async with self._advancing:
            target = self.now + by if until is None else until
            if target < self.now:
                raise Impossible(
                    f"{iso(target)} is past; it is {iso(self.now)} in this world, and time never goes back"
                )
            if target > LATEST:
                raise Impossible(f"that is beyond {iso(LATEST)}, where a world's calendar ends")
            try:
                await self._pass(target)
            finally:
                self._after()

    async def _pass(self, target: int) -> None:
        await self.pump.settle()  # what is on its way already belongs to the time before
        for step in range(MAX_STEPS):
            due = self.core.due()
            if due is None or due > target:
                if self.core.now >= target:
                    return
                due = target
            self.apply(Tick(max(due, self.core.now)))
            if self.core.clock.rate:
                self._anchor()
            await self.pump.settle()
            if step % 16 == 0:
                await asyncio.sleep(0)
        raise Impossible(
            f"{MAX_STEPS} things happened and it is only {iso(self.core.now)} in this world; advance again to go on"
        )

    # ---- inputs

    def apply(self, given: Input) -> Entry:
        """Apply an input, let out what it sends, and see when to wake next."""
        entry = self.core.apply(given)
        if entry.failed is not None:
            _log.error("world %s, entry %d: the stand-in failed: %s", self.core.name, entry.n, entry.failed)
        if self.core.now < given.at:  # a reset or a restore
            present = self.present and self.core.journal.last == 0 and self.core.clock.mode == "real"
            self._anchor(self._wall.now() if present else None)
        elif self.core.clock.rate != self._rate:
            self._anchor()
        self._after()
        return entry

    def control(self, op: str, **args: Any) -> dict[str, Any]:
        """The tester's hand on the world. Raises Refused."""
        return result_of(self.apply(Control(self.now, op, args)))

    def request(self, e: Exchange, vendor: str, site: str, target: str) -> None:
        """Someone calls a vendor. They are answered now, or when a later turn has their answer."""
        self.used = self._wall.now()
        entry = self.apply(Request(self.now, vendor, site, e.method, target, e.headers, e.body))
        if entry.answer is not None:
            e.respond(entry.answer)
        elif entry.ticket in (answered := dict(entry.resolved)):  # parked and answered in one turn
            e.respond(answered[entry.ticket])
        elif entry.ticket is not None:
            self.core.waiters[entry.ticket] = partial(self._tell, e)
            e.gone = partial(self._gone, entry.ticket)
            self._after()

    def _tell(self, e: Exchange, answer: Answer) -> None:
        """Not within the turn that answers: the connection may have the next request ready."""
        e.gone = None
        self._loop.call_soon(e.respond, answer)

    def _gone(self, ticket: int) -> None:
        if not self._closed and self.core.waiters.pop(ticket, None) is not None:
            self.apply(Gone(self.now, ticket))

    def _delivered(self, attempt: int, status: int | None, error: str | None) -> None:
        if not self._closed:
            self.apply(Outcome(self.now, attempt, status, error))

    @property
    def busy(self) -> bool:
        """Whether a caller waits here, or a delivery is on its way."""
        return bool(self.core.waiters) or self.pump.busy

    # ---- what happens by itself

    def touch(self) -> None:
        """Somebody is busy with this world: an `auto` world waits a moment longer."""
        self.used = self._wall.now()
        self._after()

    def _after(self) -> None:
        """After each input: let deliveries out, and see when to wake next."""
        if self._closed:
            return
        self.pump.kick()
        due = self.core.due()
        if self.core.clock.rate:
            if due != self._alarm_due or self._alarm is None:
                self._sleep_until(due)
        elif self.core.clock.mode == "auto" and self.core.waiters and due is not None:
            self._patience = PATIENCE
            self._set_alarm(MOMENT, self._move_on)
        else:
            self._quiet()

    def _sleep_until(self, due: int | None) -> None:
        self._quiet()
        if due is not None and due <= LATEST:
            left = max(0, due - self.now) / (self.core.clock.rate * SECOND)
            self._set_alarm(min(left, _LONGEST_SLEEP), self._wake)
            self._alarm_due = due

    def _wake(self) -> None:
        """Something is due, or nearly."""
        self._alarm = None
        due = self.core.due()
        if due is not None and due <= self.now:
            self.apply(Tick(due))
        else:
            self._sleep_until(due)

    def _move_on(self) -> None:
        """A caller waits and nothing else came: on to what is due next."""
        self._alarm = None
        if self._advancing.locked():
            return
        if self.pump.busy and self._patience > 0:
            self._patience -= MOMENT
            self._set_alarm(MOMENT, self._move_on)
            return
        due = self.core.due()
        if due is not None and self.core.waiters and self.core.clock.mode == "auto":
            self.apply(Tick(due))

    def _set_alarm(self, seconds: float, what: Callable[[], None]) -> None:
        self._quiet()
        self._alarm = self._loop.call_later(seconds, what)

    def _quiet(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._alarm_due = None

    def close(self) -> None:
        """No more time, no more deliveries; who waits is hung up."""
        self._closed = True
        self._quiet()
        self.pump.close()
        waiters, self.core.waiters = self.core.waiters, {}
        for tell in waiters.values():
            tell(HANG_UP)
