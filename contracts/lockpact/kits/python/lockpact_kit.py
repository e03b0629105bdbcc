"""Makes an adapter of a class, for a Python client in another interpreter or environment than lockpact's. One file, no
dependencies.

    from lockpact_kit import errors, serve

    class MyAdapter:
        def __init__(self, connection):
            self.bridge = MyBridge(connection["url"], connection["credentials"].get("token"))

        def lock_state(self, lock):  # or async def
            ...
            raise errors.Unavailable("why")

    serve(MyAdapter)

Then: lockpact check nuki --adapter-command 'python adapter.py'. The methods, and what they get and return, are those of the
vendor's port (`lockpact port VENDOR`): records are dictionaries, enumerations names, times ISO 8601.

While the adapter runs, `time`, sockets' timeouts and asyncio's loop are on the world's time. Not replaced: `datetime.now()`,
which reads the clock in C, and whatever waits in another thread than the main one. `serve(…, clock="machine")` replaces
nothing. Import this file before the client, or a `from time import sleep` in it keeps the real one.
"""

import asyncio
import base64
import dataclasses
import datetime as dt
import enum
import inspect
import json
import logging
import math
import os
import select
import selectors
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from collections.abc import Set as AbstractSet

__all__ = ["errors", "serve"]

PROTOCOL = 1
_CHUNK = 1 << 16


class PortError(Exception):
    """One of the port's errors; its class has the error's name."""


class _Errors:
    """The port's errors, by name: `raise errors.Rejected("no", reasons=["the PIN is taken"])`."""

    def __getattr__(self, name):
        def init(self, text="", **fields):
            PortError.__init__(self, text)
            self.__dict__.update(fields)

        kind = type(name, (PortError,), {"__init__": init})
        setattr(self, name, kind)
        return kind


errors = _Errors()


class _Wire:
    """Reads requests and writes answers. On the world's time it also has the time, and answers `advance` when all waits."""

    def __init__(self):
        self.now = self.origin = 0
        self.on_worlds_time = False
        self.requests = deque()
        self.answers = {}
        self._in, self._out = os.dup(0), os.dup(1)
        os.dup2(2, 1)  # whatever else is printed must not reach standard output
        self._rest = b""
        self._told = []  # ids of `advance` that are to be answered
        self._early = False
        self._asked = 0
        self._lock = threading.Lock()

    def send(self, **message):
        data = json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n"
        with self._lock:
            while data:
                data = data[os.write(self._out, data) :]

    def read(self):
        """Read what has come, and sort it. The process ends with its standard input."""
        data = os.read(self._in, _CHUNK)
        if not data:
            os._exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in filter(None, lines):
            message = json.loads(line)
            if "method" not in message:
                self.answers[message["id"]] = message
            elif message["method"] == "advance":
                self.now = max(self.now, message["params"]["now"])
                self._early = bool(message["params"].get("before"))
                self._told.append(message["id"])
            else:
                self.requests.append(message)

    def wait(self, ready=lambda: False, deadline=None, also=()):
        """Wait until `ready()`, until something can be read, or until the deadline. Returns whether it was the deadline."""
        while not ready():
            if also and select.select(also, (), (), 0)[0]:
                return False
            if deadline is not None and (self.now >= deadline if not self._early else self.now > deadline):
                return True
            while self._told:
                self.send(id=self._told.pop(0), result={"until": None if deadline is None else int(deadline)})
            if self._in in select.select([self._in, *also], (), ())[0]:
                self.read()
        return False

    def reset(self, now):
        """Begin an example at this time. A loop's time must not go back, so its origin moves."""
        self.origin += now - self.now if self.on_worlds_time else now
        self.now, self._early = now, False

    def ask(self, client, name, method, given):
        """Call an object at lockpact's side, and wait for what it returns."""
        self._asked += 1
        id_ = f"n{self._asked}"
        self.send(
            id=id_,
            method="object",
            params={"client": client, "object": name, "method": method, "arguments": _plain(list(given))},
        )
        while id_ not in self.answers:
            self.wait(lambda: id_ in self.answers)
        message = self.answers.pop(id_)
        if "error" in message:
            data = message["error"].get("data") or {}
            raise getattr(errors, data.get("error", "PortError"))(message["error"]["message"])
        return _revived(message["result"])


class _Remote:
    """An object at lockpact's side, such as a radio or a token store."""

    def __init__(self, wire, client, name):
        self._ask = lambda method, given: wire.ask(client, name, method, given)

    def __getattr__(self, method):
        return lambda *given: self._ask(method, given)


def serve(adapter, *, clock="world"):
    """Let this program's adapter be driven. `adapter` is a class; an object of it is made for each client."""
    wire = _Wire()
    sys.stdout = _Log(wire, "stdout")
    logging.basicConfig(handlers=[_Handler(wire)], level=logging.NOTSET, force=True)
    methods = [name for name in dir(adapter) if not name.startswith("_") and callable(getattr(adapter, name))]
    server = _Server(wire, adapter, [name for name in methods if name not in ("close", "aclose")], clock)
    if any(inspect.iscoroutinefunction(getattr(adapter, name)) for name in methods):
        loop = _Loop(wire)
        asyncio.set_event_loop(loop)
        loop.run_until_complete(server.run_on(loop))
    else:
        server.run()


class _Server:
    def __init__(self, wire, adapter, methods, clock):
        self._wire, self._adapter, self._methods, self._clock = wire, adapter, methods, clock
        self._clients = {}

    def run(self):
        """Answer one request after the other."""
        while True:
            self._wire.wait(lambda: self._wire.requests)
            message = self._wire.requests.popleft()
            self._finish(message, lambda message=message: self._answer(message))

    async def run_on(self, loop):
        """Answer requests as they come, each in a task of its own."""
        tasks = set()
        while True:
            await loop.request_came()
            while self._wire.requests:
                tasks.add(task := loop.create_task(self._answer_later(self._wire.requests.popleft())))
                task.add_done_callback(tasks.discard)

    async def _answer_later(self, message):
        try:
            result = self._answer(message)
            result = await result if inspect.isawaitable(result) else result
        except Exception as error:
            self._finish(message, lambda error=error: _raise(error))
        else:
            self._finish(message, lambda: result)

    def _finish(self, message, outcome):
        try:
            self._wire.send(id=message["id"], result=_plain(outcome()))
        except Exception as error:
            self._wire.send(id=message["id"], error=_described(error))

    def _answer(self, message):
        params = message["params"]
        method = message["method"]
        if method == "initialize":
            return {"protocol": PROTOCOL, "methods": self._methods, "clock": self._clock}
        if method == "reset":
            self._clients.clear()
            if params["clock"] == "world":
                self._wire.reset(params["now"])
                _put_on_worlds_time(self._wire)
            return None
        if method == "new":
            return self._new(params["client"], params["connection"])
        if method == "close":
            client = self._clients.pop(params["client"], None)
            close = getattr(client, "aclose", None) or getattr(client, "close", None)
            return close() if close is not None else None
        if method == "call":
            client = self._clients[params["client"]]
            return getattr(client, params["method"])(*map(_revived, params["arguments"].values()))
        raise LookupError(f"there is no {method}")

    def _new(self, number, connection):
        for name in connection["objects"]:
            place = connection if name == "nearby" else connection["credentials"]
            place[name] = _Remote(self._wire, number, name)
        self._clients[number] = self._adapter(connection)


def _raise(error):
    raise error


# ---- values: bytes are {"base64": …}, times ISO 8601, enumerations names


def _plain(value):
    if isinstance(value, enum.Enum):
        return value.name
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (bytes, bytearray)):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {"" if key is None else str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, AbstractSet):
        return sorted(map(_plain, value))
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    raise TypeError(f"a {type(value).__name__} cannot be sent: {value!r}")


def _revived(value):
    if isinstance(value, list):
        return [_revived(item) for item in value]
    if not isinstance(value, dict):
        return value
    if list(value) == ["base64"]:
        return base64.b64decode(value["base64"])
    return {key: _revived(item) for key, item in value.items()}


def _described(error):
    data = {"error": type(error).__name__}
    causes, cause = [], _cause(error)
    while cause is not None:
        causes.append(f"{type(cause).__name__}: {cause}")
        cause = _cause(cause)
    if causes:
        data["cause"] = "; ".join(causes)
    for name, value in vars(error).items():
        try:
            data.setdefault(name, _plain(value))
        except TypeError:  # only plain values can be fields of a port's error
            continue
    return {"code": 1, "message": str(error), "data": data}


def _cause(error):
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)


# ---- what the client logs


class _Handler(logging.Handler):
    def __init__(self, wire):
        super().__init__()
        self._wire = wire
        self.setFormatter(logging.Formatter("%(message)s"))

    def emit(self, record):
        params = {"level": record.levelname.lower(), "logger": record.name, "text": self.format(record)}
        self._wire.send(method="log", params=params)


class _Log:
    """Standard output as a log."""

    def __init__(self, wire, name):
        self._wire, self._name = wire, name

    def write(self, text):
        if text.strip():
            self._wire.send(method="log", params={"level": "info", "logger": self._name, "text": text.rstrip()})
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False


# ---- the world's time


def _put_on_worlds_time(wire):
    if wire.on_worlds_time:
        return
    wire.on_worlds_time = True
    main = threading.get_ident()

    def clock(real, read):
        return lambda: read(wire.now) if threading.get_ident() == main else real()

    for name in ("time", "monotonic", "perf_counter"):
        setattr(time, name, clock(getattr(time, name), lambda now: now / 1_000_000))
        setattr(time, name + "_ns", clock(getattr(time, name + "_ns"), lambda now: now * 1_000))
    really_sleep = time.sleep

    def sleep(seconds):
        if threading.get_ident() != main:
            really_sleep(seconds)
        else:
            wire.wait(deadline=wire.now + round(seconds * 1_000_000))

    time.sleep = sleep
    for name in ("recv", "recv_into"):
        setattr(socket.socket, name, _patient(wire, main, getattr(socket.socket, name)))


def _patient(wire, main, real):
    """Return a method of a socket that waits on the world's time before it reads."""

    def read(self, *given, **options):
        timeout = self.gettimeout()
        if threading.get_ident() == main and timeout != 0:
            deadline = None if timeout is None else wire.now + round(timeout * 1_000_000)
            if wire.wait(deadline=deadline, also=[self]):
                raise TimeoutError("timed out")
        return real(self, *given, **options)

    return read


class _Selector(selectors.DefaultSelector):
    """Waits on the world's time, and for requests."""

    def __init__(self, wire, on_request):
        super().__init__()
        self._wire, self._on_request = wire, on_request

    def select(self, timeout=None):
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        wire = self._wire
        if wire.on_worlds_time:
            deadline = None if timeout is None else wire.now + max(1, math.ceil(timeout * 1_000_000))
            wire.wait(lambda: wire.requests, deadline, [self])
        elif wire._in in select.select([wire._in, self], (), (), timeout)[0]:
            wire.read()
        if wire.requests:
            self._on_request()
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    """The loop of an adapter with `async def` methods. Its tasks run between calls, too."""

    def __init__(self, wire):
        self._wire = wire
        self._came = None
        super().__init__(_Selector(wire, self._note))

    def time(self):
        """Return the loop's time, in seconds. Small numbers keep microseconds exact."""
        return (self._wire.now - self._wire.origin) / 1_000_000 if self._wire.on_worlds_time else super().time()

    async def request_came(self):
        """Wait for a request."""
        if not self._wire.requests:
            self._came = self.create_future()
            await self._came

    def _note(self):
        if self._came is not None and not self._came.done():
            self._came.set_result(None)
