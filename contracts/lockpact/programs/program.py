"""Drive an adapter that is a program: start it, call it, and let the world's time pass for it.

One thread does everything. While a call of the client runs, `_pump` reads what the program writes, lets its HTTP requests
into the world, and answers what it asks. There are two clocks:

    world     The program's kit has put it on the world's time. `advance` tells it the time; it answers once it is idle, with
              the time of its next timer. HTTP requests enter the world only then, in the order of their connections, and
              the world's time moves only then. So a run is a function of client and seed, and sleeping costs nothing.
    machine   The program uses the machine's clock. When it has been silent for a moment, the world's time moves: to what is
              due next if a request waits for its answer, otherwise by as much as has really passed.
    faketime  The same, but libfaketime shows the program the world's time.
"""

from __future__ import annotations

import inspect
import logging
import os
import re
import selectors
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal, Protocol

from lockpact.core.connection import Connection
from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import Pact
from lockpact.driving.logs import counts
from lockpact.driving.stage import EnoughExamples
from lockpact.driving.virtual_time import Deadlock, ThreadScheduler
from lockpact.programs.errors import InvalidResult, ProgramDied, ProgramError, ProgramHangs, error_from
from lockpact.programs.faketime import ShownTime
from lockpact.programs.messages import PORT_ERROR, PROTOCOL, ErrorObject, Incoming, InvalidMessage, encode, parse
from lockpact.programs.objects import ClientObjects, NotYet, Refusal
from lockpact.programs.port_types import Method, PortDescription, describe_port
from lockpact.programs.process import Process
from lockpact.programs.values import InvalidValue, from_json, to_json

__all__ = ["AdapterProgram", "Clock", "Network", "World"]

Clock = Literal["world", "machine", "faketime"]
TICK = 0.02
"""Seconds of silence after which the world's time moves for a program on the machine's clock."""
PATIENCE: dict[Clock, float] = {"world": 10.0, "machine": 60.0, "faketime": 60.0}
"""Seconds of silence after which a program hangs."""
START = 60.0
"""Seconds that a program may take to start. A compiler may be part of it."""
HANGS = 3
"""How often a program may hang before the run ends: each time costs `PATIENCE`."""
ROUNDS = 1_000
"""How often a program may do something again at one moment of the world."""
WAKES = 100_000
"""How often the program's timers may be due while time passes between two calls."""
LINES = 200_000
"""Lines that the program may write during one call, or while time passes."""
LOGS = 10_000
"""Log lines of one call that are kept."""
_LEVELS = {
    "debug": "DEBUG",
    "info": "INFO",
    "warning": "WARNING",
    "warn": "WARNING",
    "error": "ERROR",
    "critical": "CRITICAL",
}
_ENDING = "the run is being ended"
"""Why a program is not used any more after Ctrl-C: nothing must wait for it then."""
_SILENT = "has neither answered nor done anything else for {:.1f} s"


class World(Protocol):
    """The world of an example, as far as a program needs it."""

    threads: ThreadScheduler

    def now(self) -> int:
        """Return the time in microseconds, UTC."""
        ...

    def due(self) -> int | None:
        """Return when the world's next own event is due; None if there is none."""
        ...


class Network(Protocol):
    """The way of the program's HTTP requests into the world."""

    def admit(self) -> bool:
        """Let all complete requests into the world, in the order of their connections. Return whether there were any."""
        ...

    def send(self) -> None:
        """Send the answers that had to wait until the program knows the time."""
        ...

    @property
    def holding(self) -> bool:
        """Whether answers wait until the program knows the time."""
        ...

    @property
    def waiting(self) -> bool:
        """Whether a request waits for its answer."""
        ...


@dataclass
class _Reply:
    """The answer to a request of ours, once it has come."""

    message: Incoming | None = None

    def came(self) -> bool:
        """Whether it has come."""
        return self.message is not None


@dataclass
class _Example:
    """What belongs to one example."""

    world: World
    network: Network
    objects: ClientObjects
    failure: str = ""
    """Why the program cannot be used for the rest of the example."""
    until: int | None = None
    """When the program's next timer is due."""


class AdapterProgram:
    """An adapter's program. `adapter` is the class that a pact drives; each example needs `begin` and `end`.

    Args:
        pact: The pact that the adapter is for.
        command: The program and its arguments.
        clock: The clock to use. None: the world's if the program's kit offers it.
        environment: Environment variables to add.
        patience: Seconds of silence after which the program hangs. None: as long as `PATIENCE` says.
        shown: Shows the program the time, with the clock `faketime`.
    """

    def __init__(
        self,
        pact: Pact,
        command: Sequence[str],
        *,
        clock: Clock | None = None,
        environment: Mapping[str, str] | None = None,
        patience: float | None = None,
        shown: ShownTime | None = None,
    ) -> None:
        self._shown = shown
        self.pact, self.command = pact, list(command)
        self.port: PortDescription = describe_port(pact)
        self.name = " ".join(command)
        self.methods: tuple[str, ...] = ()
        self.clock: Clock = "machine"
        self.selector = selectors.DefaultSelector()
        self.problem: CouldNotRun | None = None
        """Why the run cannot go on."""
        self._wanted_clock = clock
        self._environment = {**os.environ, **(environment or {})}
        self._patience = patience
        self._process: Process | None = None
        self._example: _Example | None = None
        self._replies: dict[int, _Reply] = {}
        self._asked: list[Incoming] = []
        """Requests of the program that have not been answered yet."""
        self._logs: list[tuple[str, str, str]] = []
        self._last_id = self._last_client = self._lines = self._hangs = 0
        self._known_now = 0
        """The time that the program knows."""
        self._moved = False
        """Whether anything was sent to the program since it was idle."""
        self._lines_before = 0
        """How many lines the program had written when the present call began."""
        self._silent = 0.0
        """Seconds for which a program on the machine's clock has been silent."""

    # ---- the program

    def start(self) -> None:
        """Start the program, and learn what it can do. Raises CouldNotRun."""
        self._replies.clear()
        self._asked.clear()
        self._lines = 0
        self._process = Process(self.command, self._environment, self.selector)
        try:
            capabilities = self._wait_for(
                self._request("initialize", protocol=PROTOCOL, vendor=self.pact.vendor), START
            )
            self._take_capabilities(capabilities if isinstance(capabilities, dict) else {})
        except ProgramError as wrong:
            self.stop()
            raise CouldNotRun(f"the adapter's program `{self.name}` did not start: {wrong}") from None

    def stop(self) -> None:
        """End the program."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def adapter(self) -> type[Any]:
        """Return the adapter: a class with the methods that the program has. `start` must have been called."""
        program = self

        class Client:
            """A client in the program."""

            def __init__(self, connection: Connection) -> None:
                self.number = program.new(connection)

            def close(self) -> None:
                """Close the client."""
                program.close(self.number)

        # PactRun reads `on_worlds_time`.
        members: dict[str, Any] = {"__qualname__": self.name, "on_worlds_time": self.clock == "world"}
        members |= {name: self._client_method(self.port.method(name)) for name in self.methods}
        return type(self.name, (Client,), members)

    def _client_method(self, method: Method) -> Callable[..., Any]:
        def call(client: Any, *arguments: Any) -> Any:
            return self.call(client.number, method, arguments)

        call.__name__ = method.name
        call.__signature__ = inspect.signature(getattr(self.pact.port, method.name))  # type: ignore[attr-defined]
        return call

    def _take_capabilities(self, capabilities: Mapping[str, Any]) -> None:
        if capabilities.get("protocol") != PROTOCOL:
            raise CouldNotRun(
                f"the adapter's program speaks version {capabilities.get('protocol')!r} of the protocol, and this is version "
                f"{PROTOCOL}; copy the kit again: lockpact port {self.pact.vendor} --kit …"
            )
        known = self.pact.methods()
        given = capabilities.get("methods")
        methods = [name for name in known if name in (given if isinstance(given, list) else ())]
        if not methods:
            raise CouldNotRun(
                f"the adapter has none of the methods of {self.pact.port.__name__}, so there is nothing to drive; "
                f"possible methods: {', '.join(known)}"
            )
        if self._wanted_clock == "world" and capabilities.get("clock") != "world":
            raise CouldNotRun("the adapter's program is not on the world's time: its kit does not offer it")
        self.methods = tuple(methods)
        self.clock = self._wanted_clock or ("world" if capabilities.get("clock") == "world" else "machine")

    # ---- an example

    def begin(self, world: World, network: Network) -> None:
        """Begin an example in this world. Raises CouldNotRun, or EnoughExamples after the program has hung too often."""
        if self.problem is not None:
            raise self.problem
        if self._hangs >= HANGS:
            raise EnoughExamples
        for _ in range(2):
            if self._process is None:
                self.start()
            self._example = _Example(world, network, ClientObjects(self.port))
            self._logs.clear()
            self._asked.clear()
            self._replies.clear()
            self._known_now = world.now()
            self._count_lines()
            try:
                self._wait_for(
                    self._request("reset", now=world.now(), clock="world" if self.clock == "world" else "machine")
                )
            except ProgramError as wrong:
                self._example.failure = str(wrong)
                # What is left of the last example may end it, such as a poll whose connection was closed. That is not this
                # example's fault, so it starts again.
                self.stop()
            else:
                return

    def end(self) -> None:
        """End the example. A program that has failed is ended, and starts again with the next one."""
        if self._example is not None and self._example.failure:
            self.stop()
        self._example = None

    def take_logs(self, library_level: int = logging.WARNING) -> list[str]:
        """Return what the program has logged since the last time, in the form of `Step.logs`.

        Lines of libraries that send requests count from this level on.
        """
        if self._process is not None:
            while self._process.errors:
                self._log("stderr", "WARNING", self._process.errors.popleft())
        lines, self._logs = self._logs, []
        names = logging.getLevelNamesMapping()
        return [f"{who} {level}: {text}" for who, level, text in lines if counts(who, names[level], library_level)]

    def pass_time(self, until: int) -> None:
        """Let the program run until this time of the world."""
        example = self._running()
        try:
            if self.clock == "world" and not example.failure:
                self._run_until(example, until)
        except (ProgramDied, ProgramHangs, CouldNotRun) as wrong:  # the next call says so
            self._fail(example, wrong)
        except KeyboardInterrupt:
            example.failure = _ENDING
            raise
        example.world.threads.wait(deadline=until)

    def _run_until(self, example: _Example, until: int) -> None:
        world = example.world
        self._count_lines()
        for _ in range(WAKES):
            if self._moved or (example.until is not None and example.until <= world.now()):
                self._pump()
            if world.now() >= until:
                return
            due = until if example.until is None else min(until, example.until)
            world.threads.wait(lambda: self._moved, max(due, world.now()))
        raise self._hang(f"has had {WAKES} timers within one wait of the world")

    # ---- a client

    def new(self, connection: Connection) -> int:
        """Construct a client, and return its number. Raises what its constructor raises."""
        self._last_client += 1
        number = self._last_client
        credentials = {key: value for key, value in connection.credentials.items() if key not in self.pact.objects}
        objects = {"nearby": connection.nearby, **connection.credentials}
        wire = {
            "url": connection.url,
            "host": connection.host,
            "port": connection.port,
            "credentials": credentials,
            "callback_url": connection.callback_url,
            "servers": dict(connection.servers),
            "objects": self._running().objects.add(number, objects),
        }
        self._call("new", client=number, connection=wire)
        return number

    def close(self, number: int) -> None:
        """Close a client."""
        if not self._running().failure:
            self._call("close", client=number)

    def call(self, number: int, method: Method, arguments: Sequence[Any]) -> Any:
        """Call a method of a client. Raises the port's errors, and ProgramError."""
        named = {p.name: to_json(value) for p, value in zip(method.parameters, arguments, strict=True)}
        result = self._call("call", client=number, method=method.name, arguments=named)
        try:
            return from_json(result, method.result)
        except InvalidValue as wrong:
            raise InvalidResult(f"{method.name}: {wrong}") from None

    def _call(self, request: str, /, **params: Any) -> Any:
        """Send a request, and let the world and the program run until it is answered."""
        example = self._running()
        if example.failure:
            raise ProgramDied(example.failure)
        threads = example.world.threads
        self._count_lines()
        try:
            if not self.knows_the_time():
                self._pump()
            reply = self._request(request, **params)
            threads.wait()  # others call at the same time
            self._pump()
            while not reply.came():
                if self.clock == "world":
                    threads.wait(lambda: self._moved or reply.came(), example.until)
                self._pump()
            if self.clock != "world":
                self._take_leftovers(example)
            return self._result_of(reply)
        except Deadlock:
            raise Deadlock(
                "the client waits and nothing can wake it: no request of it waits for an answer, and it has no timer"
            ) from None
        except (ProgramDied, ProgramHangs, CouldNotRun) as wrong:
            self._fail(example, wrong)
            raise
        except KeyboardInterrupt:
            example.failure = _ENDING
            raise

    def _fail(self, example: _Example, wrong: Exception) -> None:
        """Note that the program cannot be used for the rest of the example, or (CouldNotRun) of the run."""
        example.failure = str(wrong)
        if isinstance(wrong, CouldNotRun):
            self.problem = wrong

    # ---- the pump

    def _pump(self) -> None:
        """Let the program go on. Returns when it is idle, or (on the machine's clock) when a moment has passed."""
        if self.clock == "world":
            self._until_idle(self._running())
        else:
            self._for_a_moment(self._running())

    def _until_idle(self, example: _Example) -> None:
        for _ in range(ROUNDS):
            self._moved = False
            reply = self._wait_for(self._request("advance", moves=False, **self._time_to_tell(example)))
            while self._io(0):  # what it wrote before it was idle
                pass
            example.network.send()
            example.network.admit()
            self._answer_requests(example)
            if not self._moved:
                until = reply.get("until") if isinstance(reply, dict) else None
                example.until = until if isinstance(until, int) else None
                return
        raise self._hang(f"has sent requests in {ROUNDS} rounds without letting any time pass")

    def _for_a_moment(self, example: _Example) -> None:
        world, began = example.world, monotonic()
        happened = self._io(TICK)
        passed = max(TICK, monotonic() - began)  # more on a busy machine
        example.network.admit()
        self._answer_requests(example)
        self._check_alive()
        if happened or self._moved:
            self._moved, self._silent = False, 0.0
            world.threads.wait()
            return
        self._silent += passed
        if self._silent >= self._limit():
            raise self._hang(_SILENT.format(self._silent))
        due = world.due() if example.network.waiting else None
        deadline = world.now() + round(passed * 1_000_000) if due is None else max(due, world.now())
        world.threads.wait(lambda: self._moved, deadline)
        self._show_time()

    def _take_leftovers(self, example: _Example) -> None:
        """Take what has come together with the answer."""
        while self._io(0):
            example.network.admit()
            self._answer_requests(example)

    def _time_to_tell(self, example: _Example) -> dict[str, Any]:
        # At one instant an answer comes before the caller's timeout, so timers that are due now must wait for it.
        early = {"before": True} if example.network.holding and not self.knows_the_time() else {}
        return {"now": self._tell_time(example), **early}

    def _tell_time(self, example: _Example) -> int:
        self._known_now = example.world.now()
        return self._known_now

    def _wait_for(self, reply: _Reply, limit: float | None = None) -> Any:
        """Read and write until the reply is there. Raises ProgramDied, ProgramHangs, and what the reply says."""
        silent, limit = 0.0, self._limit() if limit is None else limit
        while not reply.came():
            silent = 0.0 if self._io(0.25) else silent + 0.25
            if not reply.came():
                self._check_alive()
            if silent >= limit:
                raise self._hang(_SILENT.format(silent))
        return self._result_of(reply)

    def _limit(self) -> float:
        return self._patience if self._patience is not None else PATIENCE[self.clock]

    def _hang(self, what: str) -> ProgramHangs:
        self._hangs += 1
        return ProgramHangs(f"the adapter's program {what}")

    def _io(self, timeout: float) -> bool:
        """Read and write what is possible, and take the lines. Returns whether anything happened."""
        events = self.selector.select(timeout)
        for key, _ in events:
            if key.fd in self.selector.get_map():  # an earlier event may have closed it
                key.data(key.fd)
        process = self._process
        while process is not None and process.lines:
            self._take(process.lines.popleft())
        if process is not None and process.lines_read - self._lines_before > LINES:
            raise self._hang(f"has written more than {LINES} lines without answering")
        return bool(events)

    def _count_lines(self) -> None:
        """Begin to count the lines of a call."""
        self._lines_before = 0 if self._process is None else self._process.lines_read

    def _check_alive(self) -> None:
        process = self._process
        if process is None or not process.ended:
            return
        code = None
        for _ in range(20):  # it may still write on standard error, and end a moment after its output does
            self._io(0.05)
            code = process.exit_code()
            if code is not None:
                break
        how = "has closed its standard output" if code is None else f"has ended with exit code {code}"
        # A traceback has the error's line at its end or before its stack, as the language likes.
        wrong = [line for line in process.last_errors if re.search(r"\b\w*(Error|Exception)\b", line)]
        said = (
            "; on standard error: " + " / ".join(wrong[-1:] or [*process.last_errors][-3:])
            if process.last_errors
            else ""
        )
        raise ProgramDied(f"the adapter's program {how}{said}")

    # ---- messages

    def _request(self, request: str, /, *, moves: bool = True, **params: Any) -> _Reply:
        """Send a request."""
        self._last_id += 1
        reply = self._replies[self._last_id] = _Reply()
        self._send(moves, id=self._last_id, method=request, params=params)
        return reply

    def _send(self, moves: bool, **message: Any) -> None:
        self._moved = self._moved or moves
        self._show_time()
        if self._process is not None:
            self._process.send(encode(**message))

    def moved(self) -> None:
        """Note that the network has sent something to the program, or wants to."""
        self._moved = True

    def knows_the_time(self) -> bool:
        """Return whether the program knows the present time, or has a clock of its own."""
        self._show_time()
        return self.clock != "world" or self._example is None or self._known_now == self._example.world.now()

    def _show_time(self) -> None:
        if self._shown is not None and self._example is not None:
            self._shown.show(self._example.world.now())

    def _take(self, line: bytes) -> None:
        self._lines += 1
        if not line.strip():
            return
        try:
            message = parse(line)
        except InvalidMessage as wrong:
            raise CouldNotRun(
                f"line {self._lines} of the adapter's standard output is not a message of the protocol: {wrong}; print to "
                "standard error instead"
            ) from None
        if not message.method:
            reply = self._replies.pop(message.id, None) if isinstance(message.id, int) else None
            if reply is not None:
                reply.message = message
        elif message.id is not None:
            self._asked.append(message)
        elif message.method == "log":
            level = str(message.params.get("level", "info")).lower()
            logger = str(message.params.get("logger") or "adapter").replace(" ", "_")
            self._log(logger, _LEVELS.get(level, "INFO"), str(message.params.get("text", "")))

    def _log(self, logger: str, level: str, text: str) -> None:
        if len(self._logs) < LOGS:
            self._logs.append((logger, level, text))

    def _result_of(self, reply: _Reply) -> Any:
        message = reply.message
        assert message is not None
        if isinstance(message.error, ErrorObject):
            raise error_from(message.error, self.port)
        return message.result

    def _running(self) -> _Example:
        assert self._example is not None
        return self._example

    # ---- what the program asks

    def _answer_requests(self, example: _Example) -> None:
        asked, self._asked = self._asked, []
        for message in asked:
            try:
                result = example.objects.serve(message)
            except NotYet:
                self._asked.append(message)
            except Exception as raised:  # noqa: BLE001 - the program gets it, whatever it is
                code = raised.code if isinstance(raised, Refusal) else PORT_ERROR
                data = {"error": type(raised).__name__}
                self._send(True, id=message.id, error={"code": code, "message": str(raised), "data": data})
            else:
                if not self.knows_the_time():  # what it asked for took time, such as a download
                    self._wait_for(self._request("advance", now=self._tell_time(example)))
                self._send(True, id=message.id, result=result)
