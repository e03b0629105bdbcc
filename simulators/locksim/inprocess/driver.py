"""The driver of a world in process: it waits on behalf of each caller, and performs deliveries.

Time is the caller's. With the clock on `auto` a caller who must wait moves the world to whatever is due next, or to the end of
its own timeout, whichever comes first: `timeout=10` ends at ten virtual seconds, at once. At one instant the world's answer
comes before the caller's timeout. Other threads that use the world get a short real time to act first, and other tasks of an
event loop get their turns. On `manual` only the tester moves time: a caller waits (for real) until another thread or task
does.

There is no wall clock in process, hence no `real` mode: that is for `locksim serve`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, Protocol
from urllib.parse import urlsplit
from weakref import WeakSet

from locksim.engine.commands import result_of
from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer, CallerGone, Command, DeliveryOutcome, Headers, Input, Request, Tick
from locksim.engine.journal import Entry
from locksim.engine.timestamps import micros
from locksim.engine.vendor import Site
from locksim.engine.world import WorldCore
from locksim.inprocess.endpoints import NobodyAnswers, ReadTimeout

__all__ = ["Driver"]

_LOOP_ROUNDS = 20
"""Rounds of the event loop that other tasks get for the same."""
_PORTS = {"http": 80, "https": 443}


class ClientScheduler(Protocol):
    """Schedules the client's threads, and moves time, inside `World.time()`."""

    def manages(self) -> bool:
        """Return whether the calling thread is one of them."""

    def wait(self, ready: Callable[[], bool] | None = None, deadline: int | None = None) -> bool:
        """Let others run until `ready()`, or until `deadline`. Returns whether it became ready."""


class Driver:
    """One engine world in this process, and whoever waits for it."""

    patience = 0.01
    """Real seconds that other threads get to act before a waiting caller moves time."""

    def __init__(self, core: WorldCore) -> None:
        if core.clock.rate:
            raise Refused(
                f"a world in process has no wall clock, so it cannot be {core.clock.mode}: use auto or manual, or serve"
            )
        self.core = core
        self.lock = threading.RLock()
        self.scheduler: ClientScheduler | None = None
        """The scheduler of the client's threads, while it runs on the world's time."""
        self.receivers: dict[str, Callable[[Delivery], int | None]] = {}
        """URL → the function that receives what is delivered there."""
        self._sites: dict[tuple[str, int], tuple[str, Site]] = {}
        self._sites_of: dict[str, str] | None = None
        """The addresses that `_sites` was made from."""
        self._changed = threading.Condition(self.lock)
        self._threads: WeakSet[threading.Thread] = WeakSet((threading.current_thread(),))
        """The threads that have used this world."""
        self._delivering = False
        self._jumps = 0
        """How often a waiting caller moved time: of several who wait, each sees what a jump brought before the next."""

    # ---- hosts

    def find_site(self, host: str, scheme: str = "http") -> tuple[str, Site] | None:
        """Return the vendor's name and the site at a host (`name` or `name:port`); None when no vendor has it."""
        if self._sites_of != self.core.addresses:
            self._sites_of, self._sites = dict(self.core.addresses), self._known_sites()
        return self._sites.get(_name_and_port(host, scheme))

    def hosts(self) -> list[str]:
        """Return the base URLs at which this world answers: each site's address, then the vendor's real hosts."""
        sites = [(self.core.url(v.name, s.name), s) for v in self.core.vendors.values() for s in v.sites]
        return list(dict.fromkeys(url for here, s in sites for url in (here, *(f"{s.scheme}://{h}" for h in s.hosts))))

    def _known_sites(self) -> dict[tuple[str, int], tuple[str, Site]]:
        """Return (name, port) → (vendor, site), for the addresses in this world and the vendors' real hosts."""
        found: dict[tuple[str, int], tuple[str, Site]] = {}
        for vendor in self.core.vendors.values():
            for site in vendor.sites:
                here = urlsplit(self.core.url(vendor.name, site.name))
                real = [_name_and_port(host, site.scheme) for host in site.hosts]
                for place in (_name_and_port(here.netloc, here.scheme), *real):
                    found.setdefault(place, (vendor.name, site))
        return found

    # ---- inputs

    def apply(self, given: Input) -> Entry:
        """Apply an input, perform what is due to leave, and wake whoever waits."""
        with self._changed:
            self._threads.add(threading.current_thread())
            entry = self.core.apply(given)
            self._deliver()
            self._changed.notify_all()
            return entry

    def control(self, op: str, **args: Any) -> dict[str, Any]:
        """Run a command of `locksim.engine.commands`, and return its answer. Raises Refused."""
        return result_of(self.apply(Command(self.core.now, op, args)))

    def now(self) -> int:
        """Return the world's time, in microseconds since the epoch."""
        return self.core.now

    def due(self) -> int | None:
        """Return when the world's next own event is due."""
        return self.core.due()

    def pass_time(self, until: int) -> None:
        """Move time as `advance_to` does. The client's threads run at their own times meanwhile."""
        if self.scheduler is not None and self.scheduler.manages():
            self.scheduler.wait(deadline=until)
        else:
            self.advance_to(until)

    def advance_to(self, until: int) -> None:
        """Move time: what is due happens at its own time, and what it sends is delivered then.

        Args:
            until: microseconds since the epoch, UTC.
        """
        with self._changed:
            while (due := self.core.due()) is not None and due <= until:
                self.apply(Tick(due, until=until))
            if until > self.core.now:
                self.apply(Tick(until))

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
        """Send a request, and wait for its answer in the world's time.

        Args:
            vendor: the vendor's name.
            site: the name of one of its sites.
            method: the HTTP method.
            target: the raw request target.
            headers: names and values, in their order.
            body: the whole body.
            timeout: seconds of the world's time; None: no limit.

        Raises:
            ReadTimeout: the timeout ended.
            NobodyAnswers: there is no timeout, and nothing in the world will bring the answer.
        """
        if self.scheduler is not None and self.scheduler.manages():
            return self._ask_in_turn(
                self.scheduler, Request(self.core.now, vendor, site, method, target, headers, body), timeout
            )
        answers: list[Answer] = []
        with self._changed:
            pending_id = self._enter(
                Request(self.core.now, vendor, site, method, target, headers, body), answers.append
            )
            deadline = None if timeout is None else self.core.now + micros(timeout)
            while not answers:
                if self.core.clock.mode == "auto":
                    jumps = self._jumps
                    if self._others_may_act() and (self._changed.wait(self.patience) or self._jumps != jumps):
                        continue
                    self._jump(pending_id, deadline)
                elif not self._changed.wait_for(lambda: bool(answers), timeout):
                    self._give_up(pending_id)
                    raise ReadTimeout(f"no answer within {timeout} s; the clock is manual and nobody moved it")
        return answers[0]

    def _ask_in_turn(self, scheduler: ClientScheduler, request: Request, timeout: float | None) -> Answer:
        """Do the same where a scheduler runs the client's threads and moves time."""
        answers: list[Answer] = []
        pending_id = self._enter(request, answers.append)
        deadline = None if timeout is None else request.at + micros(timeout)
        try:
            if answers or scheduler.wait(lambda: bool(answers), deadline):
                return answers[0]
        except BaseException:
            self._give_up(pending_id)
            raise
        self._give_up(pending_id)
        raise ReadTimeout(f"the vendor did not answer within the caller's read timeout of {timeout:g} s")

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
        """Do the same on an event loop. On `manual`, and on a loop that moves the world's time, its time counts."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        pending_id = self._enter(
            Request(self.core.now, vendor, site, method, target, headers, body),
            partial(_set_result_soon, loop, answer),
        )
        deadline = None if timeout is None else self.core.now + micros(timeout)
        try:
            if self.core.clock.mode != "auto" or (self.scheduler is not None and self.scheduler.manages()):
                return await asyncio.wait_for(answer, timeout)
            while not answer.done():
                jumps = self._jumps
                for _ in range(_LOOP_ROUNDS):
                    await asyncio.sleep(0)
                    if answer.done():
                        break
                if not answer.done():
                    with self._changed:
                        if pending_id in self.core.waiters and self._jumps == jumps:
                            self._jump(pending_id, deadline)
            return answer.result()
        except TimeoutError:
            raise ReadTimeout(f"no answer within {timeout} s of the loop's time") from None
        finally:
            if pending_id in self.core.waiters:
                self._give_up(pending_id)

    def _enter(self, request: Request, on_answer: Callable[[Answer], None]) -> int:
        """Apply a request; `on_answer` gets its answer, now or later. Return its pending id (0: answered at once)."""
        with self._changed:
            self._threads.add(threading.current_thread())
            entry = self.core.apply(request)
            if entry.pending_id is None:
                assert entry.answer is not None
                on_answer(entry.answer)
            else:
                self.core.waiters[entry.pending_id] = on_answer
            self._deliver()
            self._changed.notify_all()
            return entry.pending_id or 0

    def _others_may_act(self) -> bool:
        me = threading.current_thread()
        return any(thread is not me and thread.is_alive() for thread in self._threads)

    def _jump(self, pending_id: int, deadline: int | None) -> None:
        """Move time to what is due next, or to the end of the caller's timeout. Raises ReadTimeout, NobodyAnswers."""
        self._jumps += 1
        due = self.core.due()
        if due is not None and (deadline is None or due <= deadline):
            self.apply(Tick(due))
            return
        if deadline is not None:
            self.apply(Tick(max(deadline, self.core.now)))
        self._give_up(pending_id)
        if deadline is None:
            raise NobodyAnswers(
                "this request waits for a device, and nothing is scheduled there; act from another thread, "
                "schedule the action before the request (`after=`), or give the request a timeout"
            )
        raise ReadTimeout("the vendor did not answer within the caller's read timeout, in the world's time")

    def _give_up(self, pending_id: int) -> None:
        self.core.waiters.pop(pending_id, None)
        self.apply(CallerGone(self.core.now, pending_id))

    # ---- deliveries

    def _deliver(self) -> None:
        """Perform what is due to leave, in order.

        A receiver may call back into the world: the lock is open to its own thread, and what it causes leaves after it has
        returned.
        """
        if self._delivering:
            return
        self._delivering = True
        try:
            while outbox := self.core.due_attempts():
                delivery, attempt = outbox[0]
                status, error = self._perform(delivery)
                self.core.apply(DeliveryOutcome(self.core.now, attempt.id, status, error))
        finally:
            self._delivering = False

    def _perform(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """Return the receiver's status, or a word for what went wrong."""
        receive = self.receivers.get(delivery.to)
        if receive is None:
            return (None, "refused") if delivery.to_url else (200, None)
        began = self.core.now
        try:
            status = receive(delivery) or 200
            # A receiver that lets the world's time pass is slow.
            return (None, "timeout") if self.core.now - began > delivery.patience else (status, None)
        except Exception as broken:  # noqa: BLE001 - whatever a receiver raises is an outcome
            return None, f"broken: {type(broken).__name__}: {broken}"


@lru_cache(maxsize=256)
def _name_and_port(host: str, scheme: str) -> tuple[str, int]:
    """Split a host; without a port it has the scheme's."""
    parts = urlsplit(f"//{host}")
    try:
        return parts.hostname or "", parts.port or _PORTS.get(scheme, 0)
    except ValueError:
        return host, 0


def _set_result_soon(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Answer], answer: Answer) -> None:
    """Set the result on the future's loop: another thread may have taken the turn."""
    loop.call_soon_threadsafe(lambda: None if future.done() else future.set_result(answer))
