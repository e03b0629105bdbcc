"""A served world and its driver: who gives its inputs their times, and lets time pass.

    manual   time stands until it is told to move
    auto     as manual, but when a caller waits and for a real moment nothing else comes, on to what is due next
    real     time passes as it does; x60: sixty times as fast. A real timer wakes the world when something is due

The world never waits. A request that parks a ticket leaves its exchange open, and whichever later turn answers the
ticket answers the exchange; nothing is blocked meanwhile, no thread and no task is held.

*Advance* is a loop: tick to the next due instant, let the pump deliver what that sent out and take the outcomes, go on.
Other requests are answered between the steps. In `real` and scaled worlds it shifts the clock, which then goes on from
there. Mode changes and restores keep `now` where the world has it; a reset takes a `real` world that began at the
present back to the present, because whoever uses it compares it with their own clock. While a kept world is down,
`manual` and `auto` stand; in `real` and scaled worlds time goes on, as it does for whoever calls them: what fell due
meanwhile happens on the start, each thing at its own time, in order.

Nothing leaves before it is safe: answers, hang-ups and deliveries pass the barrier (`locksim.storage.group_commit`), which is
none where worlds live in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import msgspec

from locksim.engine.deliveries import Attempt, Delivery
from locksim.engine.errors import Impossible
from locksim.engine.inputs import CONNECTION_RESET, Answer, CallerGone, Command, DeliveryOutcome, Input, Request, Tick
from locksim.engine.journal import Entry, Journal
from locksim.engine.timestamps import SECOND, iso, parse_iso
from locksim.engine.world import WorldCore
from locksim.http.connection import Exchange
from locksim.inprocess.handles import result_of
from locksim.server.config import Network
from locksim.server.wall_clock import WallClock
from locksim.server.webhook_sender import WebhookSender
from locksim.storage.group_commit import Durability

__all__ = ["LATEST", "ServedWorld"]

LATEST = parse_iso("9000-01-01T00:00:00Z")
"""No world's clock goes further."""
MAX_STEPS = 100_000
"""Instants at which something happens, in one advance."""
MOMENT = 0.05
"""Real seconds without any call after which an `auto` world moves on, unless told another. A test's next call arrives sooner."""
PATIENCE = 1.0
"""Real seconds that an `auto` world, before it moves on, gives a delivery that is on its way."""
_LONGEST_SLEEP = 3600.0

_log = logging.getLogger("locksim")


class ServedWorld:
    """One world on the event loop. All times are integer microseconds."""

    def __init__(
        self,
        core: WorldCore,
        wall: WallClock,
        *,
        present: bool = False,
        deliver_to: Sequence[Network] = (),
        barrier: Durability | None = None,
        about: Callable[[ServedWorld], bytes] = lambda live: b"",
        at: int | None = None,
    ) -> None:
        self.core = core
        self.pump = WebhookSender(self._outbox, self._delivered, deliver_to)
        self.used = wall.now()
        """When somebody last called, in real microseconds."""
        self._wall = wall
        self.present = present
        """It began at the present, and a reset takes it there again."""
        self._barrier = barrier or Durability()
        self._about = about
        self._owed: list[Input] = []
        """What happened outside and could not be written: it enters before the next input."""
        self._paying: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._advancing = asyncio.Lock()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_due: int | None = None
        self._patience = 0.0
        self.moment = MOMENT
        """Real seconds without any call after which this world, when it is `auto`, moves on."""
        self._closed = False
        self._anchor(at)
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

    async def _settle(self) -> None:
        """Wait until what was sent out has arrived, and what that brought about too. Raises WriteFailed."""
        if not (self.pump.busy or self.core.due_attempts()):
            return
        while True:
            self._barrier.commit()
            await self.pump.settle()
            if not self._barrier.pending:
                return

    async def _pass(self, target: int) -> None:
        await self._settle()  # what is on its way already belongs to the time before
        for step in range(MAX_STEPS):
            due = self.core.due()
            if due is None or due > target:
                if self.core.now >= target:
                    return
                due = target
            self.apply(Tick(max(due, self.core.now)))
            if self.core.clock.rate:
                self._anchor()
            await self._settle()
            if step % 16 == 0:
                await asyncio.sleep(0)
        raise Impossible(
            f"{MAX_STEPS} things happened and it is only {iso(self.core.now)} in this world; advance again to go on"
        )

    # ---- inputs

    def apply(self, given: Input) -> Entry:
        """Apply an input, let out what it sends, and see when to wake next."""
        self._pay()
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
        return result_of(self.apply(Command(self.now, op, args)))

    def request(self, e: Exchange, vendor: str, site: str, target: str) -> None:
        """Someone calls a vendor. They are answered now, or when a later turn has their answer."""
        self.used = self._wall.now()
        entry = self.apply(Request(self.now, vendor, site, e.method, target, e.headers, e.body))
        answer = entry.answer
        if answer is not None and not self._barrier.pending:
            e.respond(answer)
            return
        lost = partial(self._refuse, e, vendor, entry.pending_id)
        if answer is None and entry.pending_id is not None:
            answer = dict(entry.resolved).get(entry.pending_id)  # parked and answered in one turn, it may be
        if answer is not None:
            self._barrier.when_safe(partial(e.respond, answer), lost)
        elif entry.pending_id is not None:
            self._wait(e, entry.pending_id)
            self._barrier.when_safe(_nothing, lost)
            self._after()

    def _wait(self, e: Exchange, pending_id: int) -> None:
        self.core.waiters[pending_id] = partial(self._tell, e, pending_id)
        e.gone = partial(self._gone, e, pending_id)

    def _tell(self, e: Exchange, pending_id: int, answer: Answer) -> None:
        """Not within the turn that answers: the connection may have the next request ready."""
        self._barrier.when_safe(
            partial(self._loop.call_soon, self._leave, e, answer), partial(self._untold, e, pending_id)
        )

    def _leave(self, e: Exchange, answer: Answer) -> None:
        e.gone = None
        e.respond(answer)

    def _gone(self, e: Exchange, pending_id: int) -> None:
        e.gone = None
        if not self._closed and self.core.waiters.pop(pending_id, None) is not None:
            self.apply(CallerGone(self.now, pending_id))

    def _delivered(self, attempt: int, status: int | None, error: str | None) -> None:
        if not self._closed:
            self.apply(DeliveryOutcome(self.now, attempt, status, error))

    @property
    def busy(self) -> bool:
        """Whether a caller waits here, or a delivery is on its way."""
        return bool(self.core.waiters) or self.pump.busy

    # ---- what could not be written

    def _refuse(self, e: Exchange, vendor: str, pending_id: int | None, why: str) -> None:
        """A request that has not happened after all: the vendor's own 5xx."""
        if pending_id is not None:
            self.core.waiters.pop(pending_id, None)
        e.gone = None
        e.respond(self.core.internal_error(vendor))

    def _untold(self, e: Exchange, pending_id: int, why: str) -> None:
        """An answer to one who waits that has not happened after all: they wait on, unless they have gone."""
        if all(waiting.id != pending_id for waiting in self.core.pending_requests()):
            return
        if e.gone is None:
            self._owed.append(CallerGone(self.core.now, pending_id))
        else:
            self._wait(e, pending_id)

    def _pay(self) -> None:
        """Let in what happened outside while nothing could be written."""
        while self._owed:
            self.core.apply(msgspec.structs.replace(self._owed.pop(0), at=self.core.now))

    def _payday(self) -> None:
        self._paying = None
        if not self._closed:
            self._pay()
            self._after()

    def _outbox(self) -> list[tuple[Delivery, Attempt]]:
        """What may go out now, without the attempts whose outcome the world does not know yet."""
        owed = {given.attempt for given in self._owed if isinstance(given, DeliveryOutcome)}
        return [(delivery, attempt) for delivery, attempt in self.core.due_attempts() if attempt.id not in owed]

    # ---- what the ledger asks

    @property
    def name(self) -> str:
        """The world's."""
        return self.core.name

    @property
    def journal(self) -> Journal:
        """The world's."""
        return self.core.journal

    def description(self) -> bytes:
        """What a restart needs to know beside the journal."""
        return self._about(self)

    @property
    def last_turn_at(self) -> int:
        """Where the world's own time stands: at its last turn."""
        return self.core.now

    def real_time(self, at: int | None = None) -> int:
        """The real time at which it was `at` here; the present, when it is not that late yet, or no time passes."""
        now = self._wall.now()
        return now if at is None or not self._rate else min(now, self._real + (at - self._mine) // self._rate)

    def time_mapping(self) -> tuple[int, int, int]:
        """How real time and the world's were tied together."""
        return self._real, self._mine, self._rate

    def roll_back(self, journal: Journal, time_mapping: tuple[int, int, int], happened: list[Input]) -> None:
        """As it was when this copy of the journal was taken."""
        self.core.journal.back_to(journal)
        self.core.rebuild()
        self._real, self._mine, self._rate = time_mapping
        waiting = {pending_id.id for pending_id in self.core.pending_requests()}  # the others never asked
        self._owed += [given for given in happened if not isinstance(given, CallerGone) or given.pending_id in waiting]
        self._alarm_due = None
        self._loop.call_soon(self._after)

    def checkpoint(self) -> None:
        """Put a checkpoint behind the last entry, unless there is one."""
        if self.journal.latest_n < self.journal.last:
            self.journal.checkpoint(self.core.checkpoint())

    # ---- what happens by itself

    def touch(self) -> None:
        """Somebody is busy with this world: an `auto` world waits a moment longer."""
        self.used = self._wall.now()
        self._after()

    def _after(self) -> None:
        """After each input: let deliveries out, and see when to wake next."""
        if self._closed:
            return
        self._barrier.when_safe(self.pump.kick, _nothing)
        due = self.core.due()
        if self._owed and self._paying is None:
            self._paying = self._loop.call_later(self._barrier.retry_delay, self._payday)
        if self.core.clock.rate:
            if due != self._alarm_due or self._alarm is None:
                self._sleep_until(due)
        elif self.core.clock.mode == "auto" and self.core.waiters and due is not None:
            self._patience = PATIENCE
            self._set_alarm(self.moment, self._move_on)
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
            self._patience -= self.moment
            self._set_alarm(self.moment, self._move_on)
            return
        due = self.core.due()
        if due is not None and self.core.waiters and self.core.clock.mode == "auto":
            self.apply(Tick(due))

    def _set_alarm(self, seconds: float, what: Callable[[], None]) -> None:
        self._quiet()
        self._alarm = self._loop.call_later(max(seconds, self._barrier.retry_delay), what)

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
            tell(CONNECTION_RESET)


def _nothing(*_: Any) -> None:
    """Nothing else is to be done."""
