"""A world that a pact is tried in: it writes down every exchange as its client saw it, and what was true when."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from lockpact.core.step import EnvironmentEvent, TruthAt
from lockpact.core.traffic import Broken, Exchange
from lockpact.driving.virtual_time import Deadlock, ThreadScheduler
from locksim.engine.inputs import Answer, DeliveryOutcome, DeviceAction, Headers, Request
from locksim.engine.journal import Entry
from locksim.engine.timestamps import micros, parse_iso
from locksim.engine.world import WorldCore
from locksim.inprocess.world import DEFAULT_START, NobodyAnswers, ReadTimeout, World

__all__ = ["Alteration", "CallLimitExceeded", "PactWorld"]

REQUESTS = 100
"""Requests that a client may send in one call before it counts as running away."""
PATIENCE = 24 * 3600 * 1_000_000
"""Microseconds of the world's time that one call may take before the same."""

Alteration = Callable[[Exchange], bytes | None]
"""For an answer that the pact alters on its way: → another body, or None to leave it as it is."""


class CallLimitExceeded(SystemExit):
    """Ends a client's call that would go on for ever. (A SystemExit, so that no `except Exception` swallows it.)"""


class PactWorld(World):
    """See the module. `turns` is set by the stage: its threads and tasks wait in here as everywhere else.

    `requests` are those that one call may send. `truth`, if given, is asked after every turn; `exchanges`, `truth_history` and
    `events` grow from then on.
    """

    def __init__(
        self,
        vendors: Mapping[str, Any],
        *,
        seed: int,
        truth: Callable[[World], Any] | None,
        requests: int = REQUESTS,
        **o: Any,
    ) -> None:
        options = {"clock": "auto", "start": DEFAULT_START} | o
        core = WorldCore.begin(vendors, seed=seed, **options | {"start": parse_iso(options["start"])})
        super().__init__((), core=core)
        self.turns = ThreadScheduler(self, seed)
        self.alter: Alteration | None = None
        self.exchanges: list[Exchange] = []
        self.truth_history: list[TruthAt[Any]] = []
        self.events: list[EnvironmentEvent] = []
        self._truth = truth
        self._requests = requests
        self._limit: tuple[int, int] | None = None
        self._first = 0
        core.on_entry = self._heard

    # ---- the timeline that clients live on

    def now(self) -> int:
        """Microseconds, UTC."""
        return self.core.now

    def due(self) -> int | None:
        """When the world does something by itself next."""
        return self.core.due()

    def advance_to(self, until: int) -> None:
        """Move time. Raises CallLimitExceeded when one call of the client has taken more than a day."""
        if self._limit is not None and until > self._limit[1]:
            raise CallLimitExceeded("this call has taken more than a day; the run ended it")
        super().advance_to(until)

    def begin_call(self) -> None:
        """A call of the client begins: its requests and its time are limited."""
        self._limit = (len(self.exchanges) + self._requests, self.core.now + PATIENCE)

    def end_call(self) -> None:
        """It is over."""
        self._limit = None

    @property
    def exchanges_begun(self) -> int:
        """How many exchanges the present call has begun."""
        return len(self.exchanges) - self._first

    def _count(self) -> None:
        if self._limit is not None and len(self.exchanges) >= self._limit[0]:
            raise CallLimitExceeded(f"this call has sent {self._requests} requests; the run ended it")

    # ---- what is written down

    def _heard(self, entry: Entry) -> None:
        if isinstance(entry.input, DeviceAction):
            self._acted(entry, entry.input)
        if self._truth is not None and not isinstance(entry.input, DeliveryOutcome):
            truth = self._truth(self)
            if not self.truth_history or self.truth_history[-1].truth != truth:
                self.truth_history.append(TruthAt(entry.at, truth))

    def _acted(self, entry: Entry, act: DeviceAction) -> None:
        said = ", ".join(f"{name}={value!r}" for name, value in act.args.items())
        where = f" on {act.device}" if act.device is not None else " by the vendor's staff or the owner"
        refused = "" if entry.refused is None else f" (impossible: {entry.refused[1]})"
        what = f"{act.action}({said}){where}{refused}"
        self.events.append(
            EnvironmentEvent(
                entry.at, what, act.action, act.device or "", act.args, entry.result or {}, self.exchanges_begun
            )
        )

    # ---- callers

    def ask(
        self,
        vendor: str,
        site: str,
        method: str,
        target: str,
        headers: Headers = (),
        body: bytes = b"",
        timeout: float | None = None,
    ) -> Answer:
        """As World's. Before a request, and while one waits, other threads of the client get their turns."""
        if not self.turns.manages():
            return super().ask(vendor, site, method, target, headers, body, timeout)
        self._count()
        self.turns.wait()
        got: list[tuple[Answer, int]] = []
        open_ = _Open(self, vendor, site, method, target, headers, body)
        pending_id = self._enter(open_.request, lambda answer: got.append((answer, self.core.now)))
        deadline = None if timeout is None else open_.began + micros(timeout)
        try:
            answered = bool(got) or self.turns.wait(lambda: bool(got), deadline)
        except Deadlock as stuck:
            self._give_up(pending_id)
            open_.broke("waiting")
            raise NobodyAnswers(str(stuck)) from None
        except SystemExit:
            open_.broke("waiting")
            raise
        if not answered:
            self._give_up(pending_id)
            open_.broke("timeout")
            raise ReadTimeout(f"the vendor did not answer within the caller's read timeout of {timeout:g} s")
        return open_.answered(*got[0])

    async def ask_async(
        self,
        vendor: str,
        site: str,
        method: str,
        target: str,
        headers: Headers = (),
        body: bytes = b"",
        timeout: float | None = None,
    ) -> Answer:
        """As World's, on a loop that moves the world's time itself."""
        if not self.turns.manages():
            return await super().ask_async(vendor, site, method, target, headers, body, timeout)
        self._count()
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[Answer, int]] = loop.create_future()
        open_ = _Open(self, vendor, site, method, target, headers, body)

        def tell(said: Answer) -> None:
            loop.call_soon_threadsafe(_settle, answer, (said, self.core.now))

        pending_id = self._enter(open_.request, tell)
        try:
            return open_.answered(*await asyncio.wait_for(answer, timeout))
        except TimeoutError:
            open_.broke("timeout")
            raise ReadTimeout(f"the vendor did not answer within the caller's read timeout of {timeout} s") from None
        finally:
            if pending_id in self.core.waiters:
                self._give_up(pending_id)
                open_.broke("timeout")


def _settle(future: asyncio.Future[tuple[Answer, int]], answer: tuple[Answer, int]) -> None:
    """Unless the caller has gone meanwhile."""
    if not future.done():
        future.set_result(answer)


class _Open:
    """An exchange under way: `answered` or `broke` ends it and writes it down, at the place where it began."""

    def __init__(
        self, world: PactWorld, vendor: str, site: str, method: str, target: str, headers: Headers, body: bytes
    ) -> None:
        self.began = world.core.now
        self.request = Request(self.began, vendor, site, method, target, headers, body)
        self._world = world
        self._place = len(world.exchanges)
        world.exchanges.append(self._exchange(broken="waiting"))

    def broke(self, how: Broken) -> None:
        """No answer came."""
        if self._world.exchanges[self._place].broken == "waiting":
            self._world.exchanges[self._place] = self._exchange(broken=how)

    def answered(self, answer: Answer, decided: int) -> Answer:
        """An answer came, or the connection broke. → what the client gets."""
        whole = answer.cut is None or answer.cut >= len(answer.body)
        reset = answer.cut == 0 or answer.status == 0
        done = self._exchange(
            status=None if reset else answer.status,
            answer_headers=answer.headers,
            answer=answer.body if whole else answer.body[: answer.cut],
            broken="reset" if reset else "" if whole else "cut",
            decided=decided,
        )
        if self._world.alter is not None and whole and not reset:
            body = self._world.alter(done)
            if body is not None:
                headers = tuple((n, str(len(body)) if n.lower() == "content-length" else v) for n, v in answer.headers)
                answer = Answer(answer.status, headers, body)
                done = self._exchange(
                    status=answer.status, answer_headers=headers, answer=body, decided=decided, altered=True
                )
        self._world.exchanges[self._place] = done
        return answer

    def _exchange(self, **came: Any) -> Exchange:
        r = self.request
        return Exchange(
            r.vendor, r.site, r.method, r.target, self.began, self._world.core.now, r.headers, r.body, **came
        )
