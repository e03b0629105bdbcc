"""A stage on a stand-in: one fresh world, one client in it, and the hands that arrange what happens to it."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import msgspec

from lockpact.core.connection import Connection
from lockpact.core.pact import Pact
from lockpact.core.step import EnvironmentEvent, TruthAt
from lockpact.driving.logs import captured_logs
from lockpact.driving.stage import CallResult
from lockpact.driving.virtual_time import ThreadScheduler, VirtualEventLoop, virtual_time
from lockpact.simulators.world import Alteration, CallLimitExceeded, PactWorld
from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer, Headers
from locksim.inprocess.world import VendorHandle as Handles
from locksim.inprocess.world import World
from locksim.registry import load

__all__ = ["WorldStage"]


class WorldStage:
    """See the module. `handles` are the vendor's site in the world: hardware, faults, clock, deliveries, support.

    `inbox` holds what the vendor has sent to the client's callback URL and the network has not yet brought it.
    """

    def __init__(self, pact: Pact, *, seed: int = 0, world: Callable[..., PactWorld] = PactWorld) -> None:
        vendors = {pact.vendor: load(pact.vendor)}
        self._pact = pact
        self.world = world(vendors, seed=seed, truth=self._truth_in, **pact.world)
        self.handles: Handles = self.world.site(pact.vendor)
        self._main = self.server = next(iter(vendors.values())).sites[0].name
        """The vendor's site that clients are made for; a machine may choose another of the vendor's."""
        self.nearby = pact.nearby(self)
        self.inbox: list[Delivery] = []
        self.world.deliveries.receive(pact.callback_url, self._arrived)
        self._stack = ExitStack()
        self._stack.enter_context(virtual_time())
        self._stack.enter_context(self.world.intercept())
        self._loop: VirtualEventLoop | None = None
        self._client: Any = None
        self._known: list[str] = []
        self._told = 0
        """How many of the world's events belong to steps already …"""
        self._true = 0
        """… and how many of its truth_history."""
        self.world.truth_history.append(TruthAt(self.now(), self.truth()))

    # ---- what laws are told

    def now(self) -> int:
        """Microseconds, UTC."""
        return self.world.core.now

    def truth(self) -> Any:
        """The vendor's truth now."""
        return self._pact.truth(self.handles)

    def secrets(self) -> Sequence[str]:
        """The client's own credentials, and the vendor's."""
        return [*self._known, *self._pact.secrets(self.handles.credentials)]

    def journal(self) -> str:
        """The world's journal, as JSON lines."""
        return self.world.journal.jsonl()

    def _truth_in(self, world: Any) -> Any:
        return self._pact.truth(world.site(self._pact.vendor))

    def _arrived(self, delivery: Delivery) -> None:
        self.inbox.append(delivery)

    # ---- what happens to the client

    def interleave(self, seed: int) -> None:
        """Let the client's threads take their turns in another order. Before the client is made."""
        self.world.turns = ThreadScheduler(self.world, seed)

    def schedule(self, after: float | Decimal, device: str | None, action: str, **args: Any) -> None:
        """A hand on the hardware (None: the vendor's staff, or the owner in the vendor's app), later."""
        said = ", ".join(f"{name}={value!r}" for name, value in args.items())
        self.note(f"planned for +{after} s: {action}({said}){'' if device is None else f' on {device}'}")
        self.handles.act(device, action, after, args)

    def act(self, device: str | None, action: str, **args: Any) -> dict[str, Any]:
        """The same now. Raises locksim's Refused when it cannot be done."""
        return self.handles.act(device, action, None, args)

    def try_to(self, device: str | None, action: str, **args: Any) -> dict[str, Any] | None:
        """The same, or nothing where it cannot be done now (a motor holds the knob)."""
        try:
            return self.act(device, action, **args)
        except Refused:
            return None

    def ask(
        self, target: str, method: str = "GET", headers: Headers = (), body: bytes = b"", *, site: str | None = None
    ) -> Answer:
        """Another client of the vendor's asks this, at the main site or another; its traffic is none of the client's.

        It may be asked in the midst of a call (by an alteration). Raises ReadTimeout.
        """
        return World.ask(self.world, self._pact.vendor, site or self._main, method, target, headers, body, timeout=60)

    def inject_fault(self, effect: dict[str, Any], **matcher: Any) -> None:
        """Plant a fault; see `locksim.engine.faults`."""
        of = matcher.get("path") or "every path"
        times = {None: "always", 1: "once"}.get(matcher.get("times"), f"{matcher.get('times')} times")
        said = " ".join(str(value) for value in effect.values())
        self.note(f"planted: {said} on {of}, {times}")
        self.handles.faults.inject(effect, **matcher)

    def alter(self, alteration: Alteration | None) -> None:
        """Alter answers on their way, to play a vendor that the stand-in is not; None ends it."""
        self.world.alter = alteration

    def edit_state(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Begin from another state: `change` edits the vendor's state in its JSON form."""
        state = msgspec.to_builtins(self.handles.state, str_keys=True)
        change(state)
        self.world.control("load", vendor=self._pact.vendor, state=state)

    def clear(self) -> None:
        """Lift every fault, forget every plan and alteration."""
        self.world.alter = None
        if self.world.core.faults():
            self.handles.faults.remove()
        if self.world.core.scheduled_commands():
            self.world.control("unplan")

    def pass_time(self, seconds: float) -> None:
        """Let time pass; the client's own threads and tasks go on meanwhile."""
        self.note(f"{seconds:g} s pass")
        until = self.now() + round(seconds * 1_000_000)
        with self.world.turns.inside():
            if self._loop is not None:
                self._loop.run_until_complete(asyncio.sleep(seconds))
            self.world.turns.wait(deadline=until)

    def note(self, what: str, act: str = "", device: str = "") -> None:
        """A sentence for the story; and what laws know it by, where it is an act."""
        self.world.events.append(
            EnvironmentEvent(self.now(), what, act, device, after_exchanges=self.world.exchanges_begun)
        )

    # ---- the client

    def connection(self, credentials: Mapping[str, Any]) -> Connection:
        """What to hand the adapter."""
        self._known = self._pact.secrets(credentials)
        return Connection(
            url=self.handles.url_of(self.server),
            credentials=dict(credentials),
            callback_url=self._pact.callback_url,
            transport=self.handles.transport,
            async_transport=self.handles.async_transport,
            nearby=self.nearby,
        )

    def add_secrets(self, secrets: Sequence[str]) -> None:
        """The client has learnt these (a token it took)."""
        self._known += [secret for secret in secrets if secret not in self._known]

    def make(self, adapter: Any, site: Connection) -> CallResult:
        """Make the client. One with a coroutine among its methods is made, and driven, on an event loop."""
        if any(inspect.iscoroutinefunction(getattr(adapter, name, None)) for name in self._pact.methods()):
            self._loop = VirtualEventLoop(self.world.turns)
        made = self.call(adapter, site)
        self._client = made.result
        return made

    def call(self, method: Callable[..., Any], *arguments: Any) -> CallResult:
        """Call it, in the world's time; whatever it raises is kept."""
        world = self.world
        began, exchanges, truth_history = self.now(), len(world.exchanges), self._true
        events_before, result, error = world.events[self._told :], None, None
        events = len(world.events)
        world.begin_call()
        with captured_logs() as logs, world.turns.inside():
            try:
                result = self._finish(method, arguments)
            except (Exception, CallLimitExceeded) as raised:  # noqa: BLE001 - whatever a client raises is what laws judge
                error = raised
            logs.extend(self._died())
        world.end_call()
        self._told, self._true = len(world.events), len(world.truth_history)
        return CallResult(
            began,
            self.now(),
            result,
            error,
            world.exchanges[exchanges:],
            events_before,
            world.events[events:],
            world.truth_history[max(truth_history - 1, 0) :],
            logs,
        )

    def close(self) -> None:
        """End the client and the world."""
        try:
            with captured_logs(), self.world.turns.inside():
                self._close_client()
        finally:
            self.world.turns.end()
            if self._loop is not None:
                self._loop.close()
            self._stack.close()

    # ---- inner

    def _finish(self, method: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        if self._loop is None:
            return method(*arguments)

        async def on_the_loop() -> Any:
            said = method(*arguments)
            return await said if isinstance(said, Awaitable) else said

        return self._loop.run_until_complete(on_the_loop())

    def _died(self) -> list[str]:
        """A thread that an exception has ended says so on standard error: a line for whoever reads that."""
        lines = [f"{name} died: {type(error).__name__}: {error}" for name, error in self.world.turns.died]
        self.world.turns.died.clear()
        for line in lines:
            self.note(f"a thread of the client, {line}")
        return lines

    def _close_client(self) -> None:
        """A client that can be closed is; one that fails at it has nobody left to tell."""
        close = getattr(self._client, "aclose", None) or getattr(self._client, "close", None)
        try:
            if callable(close):
                self._finish(close, ())
        except (Exception, CallLimitExceeded):  # noqa: BLE001, S110 - see above
            pass
        if self._loop is not None and (left := asyncio.all_tasks(self._loop)):
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
