"""The world of one example: it records every exchange as its client saw it, and the history of the truth."""

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
from locksim.inprocess.endpoints import OutgoingRequest
from locksim.inprocess.world import DEFAULT_START, NobodyAnswers, ReadTimeout, World

__all__ = ["Alteration", "CallLimitExceeded", "PactWorld"]

MAX_REQUESTS = 100
"""Requests that a client may send in one call."""
MAX_DURATION = 24 * 3600 * 1_000_000
"""Microseconds of the world's time that one call may take."""

Alteration = Callable[[Exchange], bytes | None]
"""Given an exchange, returns another body for its answer; None to leave it unchanged."""


class CallLimitExceeded(SystemExit):
    """Ends a client's call that would not end by itself. A SystemExit, so that `except Exception` does not catch it."""


class PactWorld(World):
    """A world for a `WorldStage`, which may replace `threads`, the scheduler of the client's threads and tasks.

    Args:
        vendors: As for `WorldCore.begin`.
        seed: As for `WorldCore.begin`; also schedules the client's threads.
        truth: Called after every turn; `truth_history` grows when its result changes. None: no truth is recorded.
        requests: How many requests one call may send.
        **o: Further options of `WorldCore.begin`.
    """

    def __init__(
        self,
        vendors: Mapping[str, Any],
        *,
        seed: int,
        truth: Callable[[World], Any] | None,
        requests: int = MAX_REQUESTS,
        **o: Any,
    ) -> None:
        options = {"clock": "auto", "start": DEFAULT_START} | o
        core = WorldCore.begin(vendors, seed=seed, **options | {"start": parse_iso(options["start"])})
        super().__init__((), core=core)
        self.threads = ThreadScheduler(self, seed)
        self.alter: Alteration | None = None
        self.exchanges: list[Exchange] = []
        self.truth_history: list[TruthAt[Any]] = []
        self.truth_as_of = -1
        """The entry after which the history's last truth was true."""
        self.events: list[EnvironmentEvent] = []
        self._truth = truth
        self._requests = requests
        self._limit: tuple[int, int] | None = None
        """The number of exchanges and the time at which the present call is ended."""
        self._exchanges_before_call = 0
        core.on_entry = self._record_entry

    # ---- the timeline of the client

    def advance_to(self, until: int) -> None:
        """Advance the time. Raises CallLimitExceeded if one call of the client has taken more than a day."""
        if self._limit is not None and until > self._limit[1]:
            raise CallLimitExceeded("this call has taken more than a day; the run ended it")
        super().advance_to(until)

    def begin_call(self) -> None:
        """Limit the requests and the time of the call that begins."""
        self._exchanges_before_call = len(self.exchanges)
        self._limit = (len(self.exchanges) + self._requests, self.core.now + MAX_DURATION)

    def end_call(self) -> None:
        """Remove the limit: the call has ended."""
        self._limit = None

    @property
    def exchanges_begun(self) -> int:
        """How many exchanges the present call has begun."""
        return len(self.exchanges) - self._exchanges_before_call

    def _check_limit(self) -> None:
        if self._limit is not None and len(self.exchanges) >= self._limit[0]:
            raise CallLimitExceeded(f"this call has sent {self._requests} requests; the run ended it")

    # ---- what is recorded

    def _record_entry(self, entry: Entry) -> None:
        if isinstance(entry.input, DeviceAction):
            self._record_action(entry, entry.input)
        if self._truth is not None and not isinstance(entry.input, DeliveryOutcome):
            truth, self.truth_as_of = self._truth(self), entry.n
            if not self.truth_history or self.truth_history[-1].truth != truth:
                self.truth_history.append(TruthAt(entry.at, truth))

    def _record_action(self, entry: Entry, act: DeviceAction) -> None:
        text = ", ".join(f"{name}={value!r}" for name, value in act.args.items())
        where = f" on {act.device}" if act.device is not None else " by the vendor's staff or the owner"
        refused = "" if entry.refused is None else f" (impossible: {entry.refused[1]})"
        what = f"{act.action}({text}){where}{refused}"
        self.events.append(
            EnvironmentEvent(
                entry.at, what, act.action, act.device or "", act.args, entry.result or {}, self.exchanges_begun
            )
        )

    # ---- the client's requests

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
        """Send a request as `World.ask` does. Other threads of the client run before it and while it waits."""
        if not self.threads.manages():
            return super().ask(vendor, site, method, target, headers, body, timeout)
        self._check_limit()
        self.threads.wait()
        answers: list[tuple[Answer, int]] = []
        exchange = _OpenExchange(self, vendor, site, method, target, headers, body)
        pending_id = self._enter(exchange.request, lambda answer: answers.append((answer, self.core.now)))
        deadline = None if timeout is None else exchange.began + micros(timeout)
        try:
            answered = bool(answers) or self.threads.wait(lambda: bool(answers), deadline)
        except Deadlock as deadlock:
            self._give_up(pending_id)
            exchange.end_without_answer("waiting")
            raise NobodyAnswers(str(deadlock)) from None
        except SystemExit:
            exchange.end_without_answer("waiting")
            raise
        if not answered:
            self._give_up(pending_id)
            exchange.end_without_answer("timeout")
            raise ReadTimeout(f"the vendor did not answer within the caller's read timeout of {timeout:g} s")
        return exchange.end_with_answer(*answers[0])

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
        """Send a request as `World.ask_async` does, on a loop that advances the world's time itself."""
        if not self.threads.manages():
            return await super().ask_async(vendor, site, method, target, headers, body, timeout)
        self._check_limit()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[tuple[Answer, int]] = loop.create_future()
        exchange = _OpenExchange(self, vendor, site, method, target, headers, body)

        def resolve(answer: Answer) -> None:
            loop.call_soon_threadsafe(_set_result, future, (answer, self.core.now))

        pending_id = self._enter(exchange.request, resolve)
        try:
            return exchange.end_with_answer(*await asyncio.wait_for(future, timeout))
        except TimeoutError:
            exchange.end_without_answer("timeout")
            raise ReadTimeout(f"the vendor did not answer within the caller's read timeout of {timeout} s") from None
        finally:
            if pending_id in self.core.waiters:
                self._give_up(pending_id)
                exchange.end_without_answer("timeout")

    def begin_exchange(
        self, vendor: str, site: str, request: OutgoingRequest, on_answer: Callable[[Answer], None]
    ) -> Callable[[], None]:
        """Send a request without waiting. `on_answer` gets its answer, now or later.

        Returns a function for when the client hangs up. Raises CallLimitExceeded.
        """
        self._check_limit()
        exchange = _OpenExchange(self, vendor, site, *request)
        pending_id = self._enter(
            exchange.request, lambda answer: on_answer(exchange.end_with_answer(answer, self.core.now))
        )

        def give_up() -> None:
            if pending_id in self.core.waiters:
                self._give_up(pending_id)
                exchange.end_without_answer("timeout")

        return give_up


def _set_result(future: asyncio.Future[tuple[Answer, int]], answer: tuple[Answer, int]) -> None:
    if not future.done():  # the caller may have given up meanwhile
        future.set_result(answer)


class _OpenExchange:
    """An exchange that has begun. It keeps its index in the world's exchanges, where its end replaces it."""

    def __init__(
        self, world: PactWorld, vendor: str, site: str, method: str, target: str, headers: Headers, body: bytes
    ) -> None:
        self.began = world.core.now
        self.request = Request(self.began, vendor, site, method, target, headers, body)
        self._world = world
        self._index = len(world.exchanges)
        world.exchanges.append(self._exchange(broken="waiting"))

    def end_without_answer(self, broken: Broken) -> None:
        """Record that no answer came, unless the exchange has ended already."""
        if self._world.exchanges[self._index].broken == "waiting":
            self._world.exchanges[self._index] = self._exchange(broken=broken)

    def end_with_answer(self, answer: Answer, decided: int) -> Answer:
        """Record the answer, or how the connection broke. Returns what the client gets."""
        complete = answer.cut is None or answer.cut >= len(answer.body)
        reset = answer.cut == 0 or answer.status == 0
        ended = self._exchange(
            status=None if reset else answer.status,
            answer_headers=answer.headers,
            answer=answer.body if complete else answer.body[: answer.cut],
            broken="reset" if reset else "" if complete else "cut",
            decided=decided,
        )
        if self._world.alter is not None and complete and not reset:
            body = self._world.alter(ended)
            if body is not None:
                headers = tuple((n, str(len(body)) if n.lower() == "content-length" else v) for n, v in answer.headers)
                answer = Answer(answer.status, headers, body)
                ended = self._exchange(
                    status=answer.status, answer_headers=headers, answer=body, decided=decided, altered=True
                )
        self._world.exchanges[self._index] = ended
        return answer

    def _exchange(self, **outcome: Any) -> Exchange:
        r = self.request
        return Exchange(
            r.vendor, r.site, r.method, r.target, self.began, self._world.core.now, r.headers, r.body, **outcome
        )
