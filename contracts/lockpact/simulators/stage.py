"""A stage on a simulator: a fresh world, one client in it, and methods that arrange what happens to the client."""

from __future__ import annotations

import asyncio
import inspect
import logging
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
from lockpact.programs.program import AdapterProgram
from lockpact.simulators.loopback import Loopback
from lockpact.simulators.world import Alteration, CallLimitExceeded, PactWorld
from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer, Headers
from locksim.inprocess.endpoints import ReadTimeout
from locksim.inprocess.world import VendorHandle, World
from locksim.registry import load

__all__ = ["WorldStage"]


class WorldStage:
    """Implements `lockpact.driving.stage.Stage` on a simulator.

    `handles` is the vendor's handle in the world: devices, faults, clock, deliveries, support. `inbox` holds what the vendor
    has sent to the client's callback URL and the machine has not yet passed to the client. `library_logs` is the level from
    which lines that HTTP libraries log count as the client's (`lockpact.driving.logs`). `options` are further options of the
    world, such as `clock_drift`. `program` is the program in which the client lives; None: it lives in this process.
    """

    def __init__(
        self,
        pact: Pact,
        *,
        seed: int = 0,
        world: Callable[..., PactWorld] = PactWorld,
        library_logs: int = logging.WARNING,
        program: AdapterProgram | None = None,
        **options: Any,
    ) -> None:
        vendors = {pact.vendor: load(pact.vendor)}
        self._program, self._network = program, None
        if program is not None:
            self._network = Loopback(
                program.selector, pact.vendor, vendors[pact.vendor].sites, program.moved, program.knows_the_time
            )
            options["addresses"] = self._network.addresses
        self._pact = pact
        self._library_logs = library_logs
        self.world = world(vendors, seed=seed, truth=self._truth_in, **{**pact.world, **options})
        self.handles: VendorHandle = self.world.site(pact.vendor)
        self._main = self.server = next(iter(vendors.values())).sites[0].name
        """The vendor's server that clients are constructed for. A machine may choose another one."""
        self.nearby = pact.nearby(self)
        self.inbox: list[Delivery] = []
        self.world.deliveries.receive(pact.callback_url, self.inbox.append)
        self._loop: VirtualEventLoop | None = None
        self._client: Any = None
        self._known_secrets: list[str] = []
        self._events_taken = 0
        """How many of the world's events belong to earlier steps."""
        self._truths_taken = 0
        """How many entries of the world's truth history belong to earlier steps."""
        with ExitStack() as stack:
            stack.enter_context(virtual_time())
            stack.enter_context(self.world.intercept())
            self.world.truth_history.append(TruthAt(self.now(), self.truth()))
            if self._program is not None and self._network is not None:
                self._network.world = self.world
                self._program.begin(self.world, self._network)
            self._logs = stack.enter_context(captured_logs(library_logs))
            """What was logged since the last call began."""
            # Now nothing can fail any more: until here, a failure ends the interception.
            self._stack = stack.pop_all()

    # ---- what laws need

    def now(self) -> int:
        """Return the world's time in microseconds, UTC."""
        return self.world.core.now

    def truth(self) -> Any:
        """Return the vendor's truth now. It is not computed again if nothing has happened since it was recorded."""
        if self.world.truth_as_of == self.world.core.journal.last:
            return self.world.truth_history[-1].truth
        return self._pact.truth(self.handles)

    def secrets(self) -> Sequence[str]:
        """Return the client's own secrets and the vendor's."""
        return [*self._known_secrets, *self._pact.secrets(self.handles.credentials)]

    def journal(self) -> str:
        """Return the world's journal, as JSON lines."""
        return self.world.journal.jsonl()

    def _truth_in(self, world: Any) -> Any:
        return self._pact.truth(world.site(self._pact.vendor))

    # ---- what happens to the client

    def interleave(self, seed: int) -> None:
        """Schedule the client's threads by another seed. Call it before the client is constructed."""
        self.world.threads = ThreadScheduler(self.world, seed)

    def set_clock(self, ahead: float) -> None:
        """Set how many seconds the clock of the client's machine is ahead. A program's own clock is not set."""
        if ahead:
            self.note(f"the client's clock is {abs(ahead):g} s {'ahead' if ahead > 0 else 'behind'}")
        self.world.threads.clock_ahead = round(ahead * 1_000_000)

    def schedule(self, after: float | Decimal, device: str | None, action: str, **args: Any) -> None:
        """Schedule a device action, `after` seconds from now. `device` None: an action of the vendor's staff or the owner."""
        text = ", ".join(f"{name}={value!r}" for name, value in args.items())
        self.note(f"scheduled for +{after} s: {action}({text}){'' if device is None else f' on {device}'}")
        self.handles.act(device, action, after, args)

    def act(self, device: str | None, action: str, **args: Any) -> dict[str, Any]:
        """Do a device action now. Returns what the device answers; raises locksim's Refused if it is impossible now."""
        return self.handles.act(device, action, None, args)

    def try_to(self, device: str | None, action: str, **args: Any) -> dict[str, Any] | None:
        """Do a device action now. Returns None if it is impossible now, for example while a motor holds the knob."""
        try:
            return self.act(device, action, **args)
        except Refused:
            return None

    def ask(
        self,
        target: str,
        method: str = "GET",
        headers: Headers = (),
        body: bytes = b"",
        *,
        site: str | None = None,
        wait: bool = True,
    ) -> Answer | None:
        """Send a request as another client of the vendor. It does not count as traffic of the client under test.

        An alteration may call it during a call of the client. `site` None: the vendor's main server. Without `wait` the other
        client hangs up at once, and the vendor goes on; then the answer is None. Raises ReadTimeout.
        """
        where = self._pact.vendor, site or self._main
        try:
            return World.ask(self.world, *where, method, target, headers, body, timeout=60 if wait else 0)
        except ReadTimeout:
            if wait:
                raise
            return None

    def inject_fault(self, effect: dict[str, Any], **matcher: Any) -> None:
        """Inject a fault. `locksim.engine.faults` describes effects and matchers."""
        path = matcher.get("path") or "every path"
        times = {None: "always", 1: "once"}.get(matcher.get("times"), f"{matcher.get('times')} times")
        text = " ".join(str(value) for value in effect.values())
        nth = matcher.get("nth", 1)
        self.note(f"fault injected: {text} on {path}, {times}" + (f", from request {nth} on" if nth > 1 else ""))
        self.handles.faults.inject(effect, **matcher)

    def alter(self, alteration: Alteration | None) -> None:
        """Alter answers before the client gets them, to simulate what the simulator does not have. None: stop altering."""
        self.world.alter = alteration

    def edit_state(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit the vendor's state, in its JSON form, before the client is constructed."""
        state = msgspec.to_builtins(self.handles.state, str_keys=True)
        change(state)
        self.world.control("load", vendor=self._pact.vendor, state=state)

    def clear(self) -> None:
        """Remove all faults, scheduled commands and alterations."""
        self.world.alter = None
        if self.world.core.faults():
            self.handles.faults.remove()
        if self.world.core.scheduled_commands():
            self.world.control("unplan")

    def pass_time(self, seconds: float) -> None:
        """Advance the world's time. The client's own threads and tasks run meanwhile."""
        self.note(f"{seconds:g} s pass")
        until = self.now() + round(seconds * 1_000_000)
        with self.world.threads.inside():
            if self._loop is not None:
                self._loop.run_until_complete(asyncio.sleep(seconds))
            if self._program is not None:
                self._program.pass_time(until)
            self.world.threads.wait(deadline=until)

    def note(self, what: str, action: str = "", device: str = "") -> None:
        """Add an event to the story. `action` and `device` identify a device action to laws."""
        after = self.world.exchanges_begun
        self.world.events.append(EnvironmentEvent(self.now(), what, action, device, after_exchanges=after))

    # ---- the client

    def connection(self, credentials: Mapping[str, Any]) -> Connection:
        """Return the argument of the adapter's constructor."""
        self._known_secrets = self._pact.secrets(credentials)
        return Connection(
            url=self.handles.url_of(self.server),
            credentials=dict(credentials),
            callback_url=self._pact.callback_url,
            transport=self.handles.transport,
            async_transport=self.handles.async_transport,
            nearby=self.nearby,
            servers={} if self._network is None else self._network.servers,
        )

    def add_secrets(self, secrets: Sequence[str]) -> None:
        """Add secrets that the client has learnt, such as a token it was given."""
        self._known_secrets += [secret for secret in secrets if secret not in self._known_secrets]

    def make(self, adapter: Any, connection: Connection) -> CallResult:
        """Construct the client; one that was there before ends, as its process would. Coroutines run on an event loop."""
        if self._client is not None:
            with self.world.threads.inside():
                self._close_client()
        if self._loop is None and any(
            inspect.iscoroutinefunction(getattr(adapter, name, None)) for name in self._pact.methods()
        ):
            self._loop = VirtualEventLoop(self.world.threads)
        result = self.call(adapter, connection)
        self._client = result.result
        return result

    def call(self, method: Callable[..., Any], *arguments: Any) -> CallResult:
        """Call a method in the world's time. Whatever it raises is in the result."""
        world = self.world
        began, exchanges, truths = self.now(), len(world.exchanges), self._truths_taken
        events_before, result, error = world.events[self._events_taken :], None, None
        events = len(world.events)
        world.begin_call()
        self._logs.clear()
        with world.threads.inside():
            try:
                result = self._run(method, arguments)
            except (Exception, CallLimitExceeded) as raised:  # noqa: BLE001 - laws judge whatever a client raises
                error = raised
        logs = [*self._logs, *self._dead_threads()]
        if self._program is not None:
            logs.extend(self._program.take_logs(self._library_logs))
        world.end_call()
        self._events_taken, self._truths_taken = len(world.events), len(world.truth_history)
        return CallResult(
            began,
            self.now(),
            result,
            error,
            world.exchanges[exchanges:],
            events_before,
            world.events[events:],
            world.truth_history[max(truths - 1, 0) :],
            logs,
        )

    def close(self) -> None:
        """Close the client and the world. The world ends whatever fails before, so that no interception outlives it."""
        with self._stack:
            try:
                with self.world.threads.inside():
                    self._close_client()
            finally:
                self.world.threads.end()
                if self._loop is not None:
                    self._loop.close()
                if self._program is not None and self._network is not None:
                    self._network.close()
                    self._program.end()

    # ---- inner

    def _run(self, method: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        if self._loop is None:
            return method(*arguments)

        async def on_the_loop() -> Any:
            result = method(*arguments)
            return await result if isinstance(result, Awaitable) else result

        return self._loop.run_until_complete(on_the_loop())

    def _dead_threads(self) -> list[str]:
        """Return a line for each thread that an exception has ended. Python would print it on standard error."""
        lines = [f"{name} died: {type(error).__name__}: {error}" for name, error in self.world.threads.died]
        self.world.threads.died.clear()
        for line in lines:
            self.note(f"a thread of the client, {line}")
        return lines

    def _close_client(self) -> None:
        close = getattr(self._client, "aclose", None) or getattr(self._client, "close", None)
        try:
            if callable(close):
                self._run(close, ())
        except (Exception, CallLimitExceeded):  # noqa: BLE001, S110 - no law judges how a client closes
            pass
        if self._loop is not None and (left := asyncio.all_tasks(self._loop)):
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
