"""A world in process: no socket, and a driver that waits on behalf of each caller.

Time is the caller's. With the clock on `auto` a caller who must wait moves the world to whatever is due next, or to
the end of its own patience, whichever comes first: `timeout=10` ends at ten virtual seconds, at once. At one instant
the world's answer comes before the caller's timeout. Other threads that use the world get a short real moment to act
first, and other tasks of an event loop get their turns. On `manual` nobody moves time but the tester: a caller waits
(for real) until another thread or task does.

There is no wall clock in process, hence no `real`: that is for `locksim serve`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer, CallerGone, Command, DeliveryOutcome, Headers, Input, Request, Tick
from locksim.engine.journal import Entry
from locksim.engine.timestamps import micros, parse_iso
from locksim.engine.vendor import Site, Vendor
from locksim.engine.world import WorldCore
from locksim.inprocess import handles
from locksim.registry import select

if TYPE_CHECKING:
    from locksim.inprocess.httpx_transport import HttpxAsyncTransport, HttpxTransport, RequestsAdapter
    from locksim.inprocess.interception import Interception

__all__ = ["NobodyAnswers", "ReadTimeout", "World"]

DEFAULT_START = "2026-01-05T08:00:00Z"
_OTHERS = 0.01
"""Real seconds that other threads get to act before a waiting caller moves time."""
_YIELDS = 20
"""Rounds of the event loop that other tasks get for the same."""
_PORTS = {"http": 80, "https": 443}


class ReadTimeout(Exception):
    """The caller's patience ended, in the world's time, before the vendor answered."""


class NobodyAnswers(Exception):
    """The caller waits without a timeout for something that nothing in the world will bring about."""


class World:
    """One world in this process and its driver: `locksim.World`.

    `site(vendor)` returns the handles of one vendor; see `locksim.inprocess.handles`.

    Args:
        vendors: names of vendors, or `Vendor` objects; None takes every registered vendor.
        seed: what every random value of the world is derived from.
        start: an ISO 8601 time with a zone.
        profile: `documented` or `observed`.
        clock: `auto` or `manual`.
        limits: whether rate limits and quotas apply.
        deliveries: `auto` or `held`.
        state: vendor name → the state that it begins with, in place of its default world.
        variants: ids of vendor changes to inject.
        core: an existing engine world to drive; the arguments above are then unused.

    Raises:
        Refused: an argument is invalid; the text says which one and what is accepted.
    """

    def __init__(
        self,
        vendors: Iterable[str | Vendor] | None = None,
        *,
        seed: int = 0,
        start: str = DEFAULT_START,
        profile: str = "documented",
        clock: str = "auto",
        limits: bool = True,
        deliveries: str = "auto",
        state: Mapping[str, Any] | None = None,
        variants: Iterable[str] = (),
        core: WorldCore | None = None,
    ) -> None:
        if core is None:
            core = WorldCore.begin(
                {v.name: v for v in select(vendors)},
                seed=seed,
                start=parse_iso(start),
                profile=profile,
                limits=limits,
                clock=clock,
                state=state,
                variants=variants,
            )
        if core.clock.rate:
            raise Refused(f"a world in process has no wall clock to be {core.clock.mode}: use auto or manual, or serve")
        self.core = core
        self.lock = threading.RLock()
        self.receivers: dict[str, Callable[[Delivery], int | None]] = {}
        """URL → the function that receives what is delivered there."""
        self._hosts: dict[tuple[str, int], tuple[str, Site]] = {}
        self._hosts_of: dict[str, str] | None = None
        """The addresses that `_hosts` was made from."""
        self._changed = threading.Condition(self.lock)
        self._threads = {threading.get_ident()}
        self._pumping = False
        self._jumps = 0
        """How often a waiting caller moved time: of several who wait, each sees what a jump brought before the next."""
        self.clock = handles.ClockHandle(self)
        self.faults = handles.FaultsHandle(self)
        self.deliveries = handles.DeliveriesHandle(self)
        self.journal = handles.JournalHandle(self)
        if deliveries != core.deliveries_mode:
            self.control("deliveries", mode=deliveries)

    def site(self, vendor: str) -> handles.VendorHandle:
        """The tester's handles on one vendor. Raises Unknown."""
        return handles.VendorHandle(self, self.core.vendor(vendor))

    def settle_host(self, host: str, scheme: str = "http") -> tuple[str, Site] | None:
        """Whose host this is: (vendor, site); None when nobody's in this world. `host` may carry a port."""
        if self._hosts_of != self.core.addresses:
            self._hosts_of, self._hosts = dict(self.core.addresses), self._known_hosts()
        return self._hosts.get(_authority(host, scheme))

    def _known_hosts(self) -> dict[tuple[str, int], tuple[str, Site]]:
        """Name and port → vendor and site: where each is in this world, and the names that its real door has."""
        found: dict[tuple[str, int], tuple[str, Site]] = {}
        for vendor in self.core.vendors.values():
            for site in vendor.sites:
                here = urlsplit(self.core.url(vendor.name, site.name))
                for place in (_authority(here.netloc, here.scheme), *(_authority(h, site.scheme) for h in site.hosts)):
                    found.setdefault(place, (vendor.name, site))
        return found

    # ---- inputs

    def apply(self, given: Input) -> Entry:
        """Apply an input, let deliveries out, and tell who waits."""
        with self._changed:
            self._threads.add(threading.get_ident())
            entry = self.core.apply(given)
            self._pump()
            self._changed.notify_all()
            return entry

    def control(self, op: str, **args: Any) -> dict[str, Any]:
        """The tester's hand on the world. Raises Refused."""
        return handles.result_of(self.apply(Command(self.core.now, op, args)))

    def advance_to(self, until: int) -> None:
        """Move time: each thing that is due happens at its own time, and what it sends out goes out then."""
        with self._changed:
            while (due := self.core.due()) is not None and due <= until:
                self.apply(Tick(due))
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
        """One request, waited for in virtual time. Raises ReadTimeout after `timeout` virtual seconds, NobodyAnswers."""
        got: list[Answer] = []
        with self._changed:
            pending_id = self._enter(Request(self.core.now, vendor, site, method, target, headers, body), got.append)
            deadline = None if timeout is None else self.core.now + micros(timeout)
            while not got:
                if self.core.clock.mode == "auto":
                    jumps = self._jumps
                    if len(self._threads) > 1 and (self._changed.wait(_OTHERS) or self._jumps != jumps):
                        continue
                    self._jump(pending_id, deadline)
                elif not self._changed.wait_for(lambda: bool(got), timeout):
                    self._give_up(pending_id)
                    raise ReadTimeout(f"no answer within {timeout} s; the clock is manual and nobody moved it")
        return got[0]

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
        """As `ask`, on an event loop. On `manual` the loop's own time counts towards `timeout`."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Answer] = loop.create_future()
        pending_id = self._enter(
            Request(self.core.now, vendor, site, method, target, headers, body),
            partial(_settle_soon, loop, answer),
        )
        deadline = None if timeout is None else self.core.now + micros(timeout)
        try:
            if self.core.clock.mode != "auto":
                return await asyncio.wait_for(answer, timeout)
            while not answer.done():
                jumps = self._jumps
                for _ in range(_YIELDS):
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

    def _enter(self, request: Request, tell: Callable[[Answer], None]) -> int:
        """Apply the request; `tell` gets its answer, now or later. → its ticket (0: answered at once)."""
        with self._changed:
            self._threads.add(threading.get_ident())
            entry = self.core.apply(request)
            if entry.pending_id is None:
                assert entry.answer is not None
                tell(entry.answer)
            else:
                self.core.waiters[entry.pending_id] = tell
            self._pump()
            self._changed.notify_all()
            return entry.pending_id or 0

    def _jump(self, pending_id: int, deadline: int | None) -> None:
        """Nothing else comes: on to what is due next, or to the end of the caller's patience."""
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
                "this call waits for the physical world, and nothing is planned there; act from another thread, "
                "plan the act before (`after=`), or give the call a timeout"
            )
        raise ReadTimeout("the vendor did not answer within the caller's read timeout, in the world's time")

    def _give_up(self, pending_id: int) -> None:
        self.core.waiters.pop(pending_id, None)
        self.apply(CallerGone(self.core.now, pending_id))

    # ---- deliveries

    def _pump(self) -> None:
        """Perform what is due to leave, in order. A receiver may call back into the world: it finds the lock open to
        its own thread, and what it causes leaves after it has returned."""
        if self._pumping:
            return
        self._pumping = True
        try:
            while outbox := self.core.due_attempts():
                delivery, attempt = outbox[0]
                status, error = self._perform(delivery)
                self.core.apply(DeliveryOutcome(self.core.now, attempt.id, status, error))
        finally:
            self._pumping = False

    def _perform(self, delivery: Delivery) -> tuple[int | None, str | None]:
        receive = self.receivers.get(delivery.to)
        if receive is None:
            return (None, "refused") if delivery.to_url else (200, None)
        began = self.core.now
        try:
            status = receive(delivery) or 200
            # A receiver that lets the world's time pass is slow.
            return (None, "timeout") if self.core.now - began > delivery.patience else (status, None)
        except Exception as broken:  # noqa: BLE001 - whatever a receiver raises is its own, and an outcome
            return None, f"broken: {type(broken).__name__}: {broken}"

    # ---- keeping and going back

    def snapshot(self, name: str = "default") -> None:
        """Keep the world as it is, under a name."""
        self.control("snapshot", name=name)

    def restore(self, name: str = "default") -> None:
        """Go back to a snapshot, its time included."""
        self.control("restore", name=name)

    def reset(self) -> None:
        """Begin again."""
        self.control("reset")

    def fork(self) -> World:
        """A copy that shares nothing with this world afterwards. Who waits here does not wait there."""
        with self.lock:
            core = WorldCore.load(self.core.vendors, self.core.checkpoint(), name=self.core.name)
        copy = World((), core=core)
        copy.receivers = dict(self.receivers)
        return copy

    # ---- ways in

    @property
    def transport(self) -> HttpxTransport:
        """For `httpx.Client(transport=…)`: any site of this world, by host."""
        from locksim.inprocess.httpx_transport import HttpxTransport

        return HttpxTransport(self)

    @property
    def async_transport(self) -> HttpxAsyncTransport:
        """For `httpx.AsyncClient(transport=…)`."""
        from locksim.inprocess.httpx_transport import HttpxAsyncTransport

        return HttpxAsyncTransport(self)

    @property
    def adapter(self) -> RequestsAdapter:
        """For `requests.Session().mount(url, …)`."""
        from locksim.inprocess.httpx_transport import RequestsAdapter

        return RequestsAdapter(self)

    def intercept(self, *, allow: Sequence[str] = ()) -> Interception:
        """Inside, unmodified clients reach this world at the vendors' real host names, and no other host but `allow`."""
        from locksim.inprocess.interception import intercept

        return intercept(self, allow=allow)


def _authority(host: str, scheme: str) -> tuple[str, int]:
    """Name and port, the scheme's own where none is said."""
    parts = urlsplit(f"//{host}")
    try:
        return parts.hostname or "", parts.port or _PORTS.get(scheme, 0)
    except ValueError:
        return host, 0


def _settle_soon(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Answer], answer: Answer) -> None:
    """From whatever thread took the turn."""
    loop.call_soon_threadsafe(lambda: None if future.done() else future.set_result(answer))
