"""A served world and its driver, which gives inputs their times and lets time pass.

    manual   time stands until the tester moves it
    auto     as manual, but when a request is pending and for a short real time no call comes, on to what is due next
    real     as real time; x60: sixty times as fast. A real timer wakes the world when something is due

The world never waits. A request that becomes pending leaves its exchange open, and whichever later turn answers it answers the
exchange. Nothing is blocked meanwhile, and no thread and no task is held.

An *advance* is a loop: tick to the next due time, let the webhook sender deliver what was sent and take the outcomes, go on.
Other requests are answered between the steps. It ends early when the world is reset, restored or dropped, or its caller hangs up:
what was asked for concerned the world as it was. In `real` and scaled worlds it shifts the clock, which then goes on from there.
Changes of the mode and restores leave `now` where the world has it. A reset takes a `real` world that began at the present back
to the present, because its users compare it with their own clocks. While a kept world is down, time stands in `manual` and
`auto`. In `real` and scaled worlds it goes on, as it does for their callers: what fell due meanwhile happens at the start, each
thing at its own time, in order. If that is much, it takes many rounds of the event loop. Meanwhile the world is at the time
that it has reached, and answers as at that time. Advances wait.

Nothing leaves before it is on disk: answers, disconnects and deliveries pass the barrier
(`locksim.storage.group_commit`), which lets everything through at once where worlds live in memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

import msgspec

from locksim.engine.commands import result_of
from locksim.engine.deliveries import Attempt, Delivery
from locksim.engine.errors import Impossible
from locksim.engine.inputs import (
    CONNECTION_RESET,
    Answer,
    CallerGone,
    Command,
    DeliveryOutcome,
    DeviceAction,
    Headers,
    Input,
    Request,
    Tick,
)
from locksim.engine.journal import Entry, Journal
from locksim.engine.masking import Masker
from locksim.engine.moments import Moments
from locksim.engine.timestamps import SECOND, iso, parse_iso
from locksim.engine.world import WorldCore
from locksim.http.connection import Exchange, too_early
from locksim.server.access_log import AccessLog, WriteRecord
from locksim.server.config import LOOPBACK, Network
from locksim.server.tracing import WriteSpan
from locksim.server.wall_clock import WallClock
from locksim.server.webhook_sender import WebhookSender
from locksim.storage.group_commit import Durability
from locksim.storage.store import Overtaken, Unresolved, WriteFailed

__all__ = ["LATEST", "ServedWorld"]

LATEST = parse_iso("9000-01-01T00:00:00Z")
"""No world's clock goes beyond this time."""
CATCH_UP_ROUND = 0.05
"""Real seconds of work in one round of catching up after a start. Other worlds and callers have their turn between two rounds."""
SLOW_TURN = 1.0
"""Real seconds of work for one input after which the log names it."""
MAX_STEPS = 100_000
"""Times at which something happens, in one advance."""
AUTO_DELAY = 0.05
"""Real seconds without any call after which an `auto` world moves on, unless set otherwise. A test's next call comes sooner."""
DELIVERY_WAIT = 1.0
"""Real seconds that an `auto` world waits for a delivery that is on its way, before it moves on."""
_LONGEST_SLEEP = 3600.0

_log = logging.getLogger("locksim")


class ServedWorld:
    """One world on the event loop. All times are integer microseconds.

    Args:
        core: the engine world.
        wall: the real clock.
        began_at_present: whether a reset takes it to the present.
        deliver_to: networks that deliveries may go to.
        barrier: holds answers back until what they say is on disk.
        about: describes a world for the store.
        summary: returns what a list of worlds shows of a world, for a store that others use too.
        forgotten: called when another process has the world, or its last commit is not known. It is closed then.
        turns: counts the turns by the kind of their input.
        at: the world's time now, if it is later than its last turn.
        log: is called with each request, when it has its answer.
        trace: is called with each turn, when it has ended.
    """

    def __init__(
        self,
        core: WorldCore,
        wall: WallClock,
        *,
        began_at_present: bool = False,
        deliver_to: Sequence[Network] = LOOPBACK,
        barrier: Durability | None = None,
        about: Callable[[ServedWorld], bytes] = lambda world: b"",
        summary: Callable[[ServedWorld], bytes] = lambda world: b"",
        forgotten: Callable[[ServedWorld], None] = lambda world: None,
        turns: dict[type[Input], int] | None = None,
        at: int | None = None,
        log: WriteRecord | None = None,
        trace: WriteSpan | None = None,
    ) -> None:
        self.core = core
        self._trace = trace
        self._log = None if log is None else AccessLog(core.name, log, wall.now)
        self.sender = WebhookSender(self._outbox, self._delivered, deliver_to)
        self.last_used = wall.now()
        """When somebody last called, in real microseconds."""
        self._wall = wall
        self.began_at_present = began_at_present
        self._barrier = barrier or Durability()
        self._about, self._summary, self._forgotten = about, summary, forgotten
        self._turns = {} if turns is None else turns
        self._late_inputs: list[Input] = []
        """What happened outside and could not be written: it enters before the next input."""
        self._retry_timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._advancing = asyncio.Lock()
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_due: int | None = None
        self._delivery_wait = 0.0
        self.auto_delay = AUTO_DELAY
        """Real seconds without any call after which this world, when it is `auto`, moves on."""
        self._closed = False
        self._generation = 0
        """Counts the resets, the restores and the end of this world. An advance of an earlier generation ends."""
        self._ended_by = ""
        """What began the present generation, for an error's text."""
        self._masker: Masker | None = None
        core.on_entry = self._note_generation
        self._catching_up: int | None = None
        """When catching up began, in real microseconds; None: the world is at the present."""
        self._anchor(at)
        due = core.due()
        if core.clock.rate and due is not None and due <= self.now:
            self._catching_up = wall.now()
            self._loop.call_soon(self._catch_up_round, True)
        self._after()

    # ---- time

    @property
    def now(self) -> int:
        """The world's time at present."""
        return self.core.now if self._catching_up is not None else self._present

    @property
    def _present(self) -> int:
        """The time at which the world is when it has caught up."""
        rate = self.core.clock.rate
        if rate == 0:
            return self.core.now
        passed = (self._wall.now() - self._anchor_real) * rate
        return min(max(self.core.now, self._anchor_world + passed), LATEST)

    def _anchor(self, at: int | None = None) -> None:
        """Let real time pass from now on, from the world's time `at`, or from its last turn."""
        self._anchor_real, self._anchor_world = self._wall.now(), max(at or 0, self.core.now)
        self._anchor_rate = self.core.clock.rate
        self._catching_up = None

    def _catch_up_round(self, first: bool) -> None:
        """Let happen what fell due while the world was down, as much as one round has time for."""
        began = self._wall.now()
        while self._catching_up is not None and not self._closed:
            due, present = self.core.due(), self._present
            if due is None or due > present:
                seconds = (self._wall.now() - self._catching_up) / SECOND
                if seconds > SLOW_TURN:
                    _log.warning("world %s has caught up, after %.1f s", self.core.name, seconds)
                self._catching_up = None
                self._after()
                return
            self.apply(Tick(max(due, self.core.now)))
            if self._wall.now() - began > CATCH_UP_ROUND * SECOND:
                if first:
                    _log.warning(
                        "world %s catches up from %s to %s; until then it is at the time that it has reached",
                        self.core.name, iso(self.core.now), iso(present),
                    )  # fmt: skip
                self._loop.call_later(self._barrier.retry_delay, self._catch_up_round, False)
                return

    def catch_up(self) -> None:
        """Bring a world whose time passes to the present, before its state is read."""
        if self.core.clock.rate:
            self.apply(Tick(self.now))

    async def advance(self, *, by: int = 0, until: int | None = None) -> None:
        """Let time pass. Lengths asked for at the same time add up.

        Args:
            by: microseconds.
            until: a time, instead of a length.

        Raises:
            Impossible: the time is past or beyond `LATEST`, too much happens for one advance, or the world was reset, restored
                or dropped meanwhile.
        """
        generation = self._generation
        while self._catching_up is not None:
            await asyncio.sleep(0.01)
            self._check_generation(generation)
        async with self._advancing:
            self._check_generation(generation)
            target = self.now + by if until is None else until
            if target < self.now:
                raise Impossible(
                    f"{iso(target)} is past; it is {iso(self.now)} in this world, and time never goes back"
                )
            if target > LATEST:
                raise Impossible(f"that is beyond {iso(LATEST)}, where the calendar of a world ends")
            try:
                await self._pass(target, generation)
            finally:
                self._after()

    def _note_generation(self, entry: Entry) -> None:
        """Begin a new generation at each reset and restore, also at one that was scheduled."""
        given = entry.input
        kind = type(given)
        self._turns[kind] = self._turns.get(kind, 0) + 1
        if isinstance(given, Command) and given.op in ("reset", "restore") and entry.refused is None:
            self._begin_generation("reset" if given.op == "reset" else "restored")

    def _begin_generation(self, why: str) -> None:
        self._generation += 1
        self._ended_by = why

    def _check_generation(self, generation: int) -> None:
        """Raises Impossible when the world is another one than when the advance was asked for."""
        if generation != self._generation:
            raise Impossible(
                f"the world was {self._ended_by} during this advance, which ended there; advance again if you still want to"
            )

    async def _settle(self) -> None:
        """Wait until what was sent has arrived, and what that caused too. Raises WriteFailed."""
        if not (self.sender.busy or self.core.due_attempts()):
            return
        while True:
            self._barrier.commit()
            await self.sender.settle()
            if not self._barrier.pending:
                return

    async def _pass(self, target: int, generation: int) -> None:
        await self._settle()  # what is already on its way belongs to the time before
        for step in range(MAX_STEPS):
            self._check_generation(generation)
            due = self.core.due()
            if due is None or due > target:
                if self.core.now >= target:
                    return
                due = target
            self.apply(Tick(max(due, self.core.now), until=target))
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
        """Apply an input, deliver what it sends, and set the next alarm."""
        self._apply_late_inputs()
        began, arrived = self._wall.spent(), self._wall.now()
        entry = self.core.apply(given)
        seconds = (self._wall.spent() - began) / SECOND
        if seconds > SLOW_TURN:
            _log.warning("world %s, entry %d: %s took %.1f s", self.core.name, entry.n, _described(given), seconds)
        if entry.failed is not None:
            _log.error("world %s, entry %d: the simulator failed: %s", self.core.name, entry.n, entry.failed)
        if self._trace is not None:
            self._trace(self.core.name, entry, arrived, self._wall.now())
        if self._log is not None:
            self._log.note(entry, arrived, self.masker)
        if self.core.now < given.at:  # a reset or a restore
            at_present = self.began_at_present and self.core.journal.last == 0 and self.core.clock.mode == "real"
            self._anchor(self._wall.now() if at_present else None)
        elif self.core.clock.rate != self._anchor_rate:
            self._anchor()
        self._after()
        return entry

    def control(self, op: str, **args: Any) -> dict[str, Any]:
        """Run a command of `locksim.engine.commands`, and return its answer. Raises Refused."""
        if self._masker is not None and op in ("reset", "restore", "load"):
            self._masker.remember_state(self.core)  # entries stay that have the secrets of a state that goes
        return result_of(self.apply(Command(self.now, op, args)))

    def request(self, exchange: Exchange, vendor: str, site: str, target: str) -> None:
        """Apply a request to a vendor. It is answered now, or when a later turn has its answer."""
        self.last_used = self._wall.now()
        entry = self.apply(Request(self.now, vendor, site, exchange.method, target, exchange.headers, exchange.body))
        answer = entry.answer
        if answer is not None and not self._barrier.pending:
            exchange.respond(answer)
            return
        undone = partial(self._refuse, exchange, vendor, entry.pending_id)
        if answer is None and entry.pending_id is not None:
            answer = dict(entry.resolved).get(entry.pending_id)  # pending and answered within one turn, perhaps
        if answer is not None:
            self._barrier.when_safe(partial(exchange.respond, answer), undone, self.name)
        elif entry.pending_id is not None:
            self._wait(exchange, entry.pending_id)
            self._barrier.when_safe(_nothing, undone, self.name)
            self._after()
        self._barrier.commit_if_alone()

    def send(self, vendor: str, site: str, method: str, target: str, headers: Headers, body: bytes) -> Entry:
        """Apply a request of a caller who does not hold a connection. It stays pending if its answer comes later."""
        self.last_used = self._wall.now()
        entry = self.apply(Request(self.now, vendor, site, method, target, headers, body))
        if entry.pending_id is not None and self.core.is_pending(entry.pending_id):
            self.core.waiters[entry.pending_id] = _nothing  # an `auto` world moves on for it, as for any other
            self._after()
        return entry

    def _wait(self, exchange: Exchange, pending_id: int) -> None:
        self.core.waiters[pending_id] = partial(self._send_later, exchange, pending_id)
        exchange.on_disconnect = partial(self._caller_gone, exchange, pending_id)

    def _send_later(self, exchange: Exchange, pending_id: int, answer: Answer) -> None:
        """Answer after the turn, and not within it: the connection may have the next request ready."""
        send = partial(self._loop.call_soon, self._send, exchange, answer)
        self._barrier.when_safe(send, partial(self._answer_undone, exchange, pending_id), self.name)

    def _send(self, exchange: Exchange, answer: Answer) -> None:
        exchange.on_disconnect = None
        exchange.respond(answer)

    def _caller_gone(self, exchange: Exchange, pending_id: int) -> None:
        exchange.on_disconnect = None
        if not self._closed and self.core.waiters.pop(pending_id, None) is not None:
            self.apply(CallerGone(self.now, pending_id))

    def _delivered(self, attempt: int, status: int | None, error: str | None) -> None:
        if not self._closed:
            self.apply(DeliveryOutcome(self.now, attempt, status, error))

    @property
    def busy(self) -> bool:
        """Whether a request is pending here, a delivery is on its way, or time is being advanced."""
        return bool(self.core.waiters) or self.sender.busy or self._advancing.locked()

    # ---- when the disk cannot be written

    def _refuse(self, exchange: Exchange, vendor: str, pending_id: int | None, why: WriteFailed) -> None:
        """Answer a request that was undone: with the vendor's own 5xx, or so that a proxy asks the world's owner."""
        if pending_id is not None:
            self.core.waiters.pop(pending_id, None)
        exchange.on_disconnect = None
        exchange.respond(too_early(str(why)) if isinstance(why, Overtaken) else self.core.internal_error(vendor))

    def _answer_undone(self, exchange: Exchange, pending_id: int, why: WriteFailed) -> None:
        """Let a request whose answer was undone stay pending, unless its caller or the world is gone."""
        if isinstance(why, Overtaken | Unresolved):
            self._send(exchange, CONNECTION_RESET)
            return
        if all(waiting.id != pending_id for waiting in self.core.pending_requests()):
            return
        if exchange.on_disconnect is None:
            self._late_inputs.append(CallerGone(self.core.now, pending_id))
        else:
            self._wait(exchange, pending_id)

    def _apply_late_inputs(self) -> None:
        """Apply what happened outside while nothing could be written."""
        while self._late_inputs:
            self.core.apply(msgspec.structs.replace(self._late_inputs.pop(0), at=self.core.now))

    def _retry(self) -> None:
        self._retry_timer = None
        if not self._closed:
            self._apply_late_inputs()
            self._after()

    def _outbox(self) -> list[tuple[Delivery, Attempt]]:
        """Return what may leave now, without the attempts whose outcome the world does not know yet."""
        ended = {given.attempt for given in self._late_inputs if isinstance(given, DeliveryOutcome)}
        return [(delivery, attempt) for delivery, attempt in self.core.due_attempts() if attempt.id not in ended]

    @property
    def closed(self) -> bool:
        """Whether it was dropped, or its server ends."""
        return self._closed

    async def moment_after(self, n: int) -> WorldCore:
        """Return the world as it was after entry `n`. Other requests get their turn meanwhile. Raises Unknown."""
        found = None
        for found in self._moments.after(n):
            if found is None:
                await asyncio.sleep(0)
        assert found is not None, "a search ends with what it found"
        return found

    @cached_property
    def _moments(self) -> Moments:
        return Moments(self.core)

    @property
    def masker(self) -> Masker:
        """What masks this world's entries. It remembers retired secrets from the first use on."""
        if self._masker is None:
            self._masker = Masker(self.core)
            self._masker.remember_state(self.core)
        return self._masker

    # ---- what the group commit needs (`locksim.storage.group_commit.DurableWorld`)

    @property
    def name(self) -> str:
        """The world's name."""
        return self.core.name

    @property
    def journal(self) -> Journal:
        """The world's journal."""
        return self.core.journal

    def description(self) -> bytes:
        """Return what a restart needs to know in addition to the journal."""
        return self._about(self)

    @property
    def last_turn_at(self) -> int:
        """The world's time at its last turn."""
        return self.core.now

    def real_time(self, at: int | None = None) -> int:
        """Return the real time at which the world's time was `at`; the present, if it is not that late yet, or time stands."""
        now = self._wall.now()
        return (
            now
            if at is None or not self._anchor_rate
            else min(now, self._anchor_real + (at - self._anchor_world) // self._anchor_rate)
        )

    def time_mapping(self) -> tuple[int, int, int]:
        """Return how real time and the world's time are related, for `back`."""
        return self._anchor_real, self._anchor_world, self._anchor_rate

    def roll_back(self, journal: Journal, time_mapping: tuple[int, int, int], happened: list[Input]) -> None:
        """Go back to this copy of the journal. What is `owed` happened outside nevertheless, and enters again."""
        self.core.journal.back_to(journal)
        self.core.rebuild()
        self._anchor_real, self._anchor_world, self._anchor_rate = time_mapping
        waiting = {pending.id for pending in self.core.pending_requests()}  # the others were undone
        self._late_inputs += [
            given for given in happened if not isinstance(given, CallerGone) or given.pending_id in waiting
        ]
        self._alarm_due = None
        self._loop.call_soon(self._after)

    def checkpoint(self) -> None:
        """Add a checkpoint after the last entry, unless there is one."""
        if self.journal.latest_n < self.journal.last:
            self.journal.checkpoint(self.core.checkpoint())

    def status(self) -> tuple[int | None, bytes]:
        """Return when something happens next by itself (real time), and what a list shows of the world."""
        due, rate = self.core.due(), self.core.clock.rate
        if self.core.due_attempts():
            at: int | None = self._wall.now()
        elif due is None or not rate:
            at = None
        else:
            at = self._anchor_real + (due - self._anchor_world) // rate
        return at, self._summary(self)

    def is_quiet(self, now: int, microseconds: int) -> bool:
        """Return whether nobody used it for so long, and nothing is due for as long."""
        due, _ = self.status()
        return self.last_used + microseconds < now and (due is None or due > now + microseconds)

    def forget(self, why: WriteFailed) -> None:
        """End here: another process has the world, or nobody knows whether its last changes are stored.

        Pending requests are cut off, but only after the callers of this commit have their answers.
        """
        self._stop(f"lost to the store ({why})")
        self._forgotten(self)
        self._loop.call_soon(self._cut_off)

    # ---- alarms

    def note_use(self) -> None:
        """Note a call: an `auto` world then waits longer before it moves on."""
        self.last_used = self._wall.now()
        self._after()

    def _after(self) -> None:
        """Send deliveries, and set the next alarm; after each input."""
        if self._closed:
            return
        if self.core.due_attempts():  # otherwise the barrier would count two who wait for the commit of one request
            self._barrier.when_safe(self.sender.send_due, _nothing, self.name)
        due = self.core.due()
        if self._late_inputs and self._retry_timer is None:
            self._retry_timer = self._loop.call_later(self._barrier.retry_delay, self._retry)
        if self._catching_up is not None:
            self._cancel_alarm()
        elif self.core.clock.rate:
            if due != self._alarm_due or self._alarm is None:
                self._sleep_until(due)
        elif self.core.clock.mode == "auto" and self.core.waiters and due is not None:
            self._delivery_wait = DELIVERY_WAIT
            self._set_alarm(self.auto_delay, self._move_on)
        else:
            self._cancel_alarm()

    def _sleep_until(self, due: int | None) -> None:
        self._cancel_alarm()
        if due is not None and due <= LATEST:
            left = max(0, due - self.now) / (self.core.clock.rate * SECOND)
            self._set_alarm(min(left, _LONGEST_SLEEP), self._wake)
            self._alarm_due = due

    def _wake(self) -> None:
        """Tick if something is due."""
        self._alarm = None
        due = self.core.due()
        if due is not None and due <= self.now:
            self.apply(Tick(due))
        else:
            self._sleep_until(due)

    def _move_on(self) -> None:
        """Move time to what is due next: a request is pending, and no call came."""
        self._alarm = None
        if self._advancing.locked():
            return
        if self.sender.busy and self._delivery_wait > 0:
            self._delivery_wait -= self.auto_delay
            self._set_alarm(self.auto_delay, self._move_on)
            return
        due = self.core.due()
        if due is not None and self.core.waiters and self.core.clock.mode == "auto":
            self.apply(Tick(due))

    def _set_alarm(self, seconds: float, action: Callable[[], None]) -> None:
        self._cancel_alarm()
        self._alarm = self._loop.call_later(max(seconds, self._barrier.retry_delay), action)

    def _cancel_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = self._alarm_due = None

    def close(self, why: str = "dropped") -> None:
        """Stop time and deliveries, and cut off pending requests."""
        self._stop(why)
        self._cut_off()

    def _stop(self, why: str) -> None:
        self._closed = True
        self._begin_generation(why)
        self._cancel_alarm()
        self.sender.close()

    def _cut_off(self) -> None:
        waiters, self.core.waiters = self.core.waiters, {}
        for answer in waiters.values():
            answer(CONNECTION_RESET)


def _described(given: Input) -> str:
    """Return what an input is, for the log, without what may be secret: the rest of the path, query, body and arguments."""
    match given:
        case Request():
            first, more, _ = given.target.partition("?")[0].removeprefix("/").partition("/")
            return f"{given.vendor} {given.method} /{first[:40]}{'/…' if more else ''}"
        case DeviceAction():
            return f"{given.vendor}: {given.action} on {given.device or 'no device'}"
        case Command():
            return f"command {given.op}"
    return type(given).__name__


def _nothing(*_: Any) -> None:
    """Do nothing."""
