"""`intercept()`: inside, unmodified clients reach a world at the vendors' real host names, and no other host.

How it gets there. The deepest common point of all clients is the socket, but on a real socket only real time passes:
a read timeout could not count in the world's time, and TLS would need certificates that clients trust. One step up,
where a library *opens a connection*, a pipe into the world (`locksim.inprocess.pipe`, `stream`) takes the socket's place: the
library's own parser, pool, timeouts, retries and errors work on real bytes, and TLS is simply left out. So:

| clients on | are met at |
|---|---|
| http.client, urllib.request, xmlrpc.client | `HTTPConnection.connect`, `HTTPSConnection.connect` |
| urllib3, requests and what is built on them | the `connect` of urllib3's two connections |
| aiohttp | `TCPConnector._create_connection`, and `BaseConnector.connect` for its timeouts |
| httpx | `handle_request` of its transports: a whole request already (see `locksim.inprocess.httpx_transport`) |

1. The innermost interception wins. It is looked up at each connection *and* at each request on a kept-alive one:
   first in the context (so that tasks and threads may hold worlds of their own at once), then, for threads that were
   started inside and know no context, the one entered last in the process.
2. A host that the world does not know is refused, loopback too, in the library's own error with a sentence that
   names the hosts there are. `allow=("127.0.0.1",)` lets hosts (`name` or `name:port`) through to the network.
3. The points are set when the first interception begins and unset when the last one ends, whatever happened inside;
   connections that lead into a world are closed then, so that a session that outlives the block dials anew.

Timeouts count in the world's time. For aiohttp that holds of `total` and `sock_read`, each from the moment a request
has its connection; aiohttp starts `total` a little earlier and lets redirects share it. Its own timers run on the
loop's clock beside that: the same on a loop whose time is the world's, and out of reach on a real one.

Confessed: libraries with sockets of their own (pycurl, websockets), connections opened before the block, httpcore used
bare, and urllib.request behind a proxy are not met. TCPConnector's method is private; it has kept its shape through
aiohttp 3, and a test fails when it changes.
"""

from __future__ import annotations

import functools
import http.client
import importlib
import inspect
import socket
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ContextDecorator, ExitStack
from contextvars import ContextVar
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import urllib3.connection

from locksim.inprocess import endpoints, requests_adapter
from locksim.inprocess.endpoints import Endpoint, NoSuchHost
from locksim.inprocess.httpx_transport import HttpxAsyncTransport, HttpxTransport
from locksim.inprocess.pipe import Pipe
from locksim.inprocess.stream import Stream
from locksim.inprocess.world import World

__all__ = ["Interception", "intercept"]

Function = Callable[..., Any]

_here: ContextVar[tuple[Interception, ...]] = ContextVar("locksim_interceptions", default=())
_entered: list[Interception] = []
_patches = ExitStack()
_change = threading.Lock()
_open: weakref.WeakSet[Any] = weakref.WeakSet()
"""Connections of clients that lead into a world."""


def intercept(local: World, *, allow: Sequence[str] = ()) -> Interception:
    """Answers for the vendors' hosts out of `local`. As a context manager, or as a decorator of a function."""
    return Interception(local, allow)


class Interception(ContextDecorator):
    """One `intercept()`. It may be entered again, also inside itself."""

    def __init__(self, local: World, allow: Sequence[str] = ()) -> None:
        self.local = local
        self._allow = frozenset(host.lower() for host in allow)
        self._depth = 0

    def __enter__(self) -> Self:
        """Begin."""
        with _change:
            if not _entered:
                _patch()
            _entered.append(self)
            self._depth += 1
        _here.set((*_here.get(), self))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End; when it is the last one, leave no trace."""
        with _change:
            _remove_last(_entered, self)
            self._depth -= 1
            if not _entered:
                _unpatch()
        # Not by a token: a fixture may end in another context than it began in.
        here = list(_here.get())
        _remove_last(here, self)
        _here.set(tuple(here))

    def __call__(self, function: Any) -> Any:
        """As a decorator, of coroutine functions too."""
        if not inspect.iscoroutinefunction(function):
            return super().__call__(function)

        @functools.wraps(function)
        async def inside(*args: Any, **options: Any) -> Any:
            with self:
                return await function(*args, **options)

        return inside

    @property
    def active(self) -> bool:
        """Whether it was entered and not yet left."""
        return self._depth > 0

    def lets_through(self, host: str) -> bool:
        """Whether this host is reached for real."""
        host = host.lower()
        return host in self._allow or urlsplit(f"//{host}").hostname in self._allow

    def find(self, host: str, scheme: str) -> Endpoint:
        """The door at this host. Raises NoSuchHost."""
        try:
            return endpoints.find_endpoint(self.local, host, scheme)
        except NoSuchHost as nobody:
            through = f'; to let it through to the network: intercept(allow=("{host}",))'
            raise NoSuchHost(nobody.sentence + through) from None


def _remove_last(among: list[Interception], one: Interception) -> None:
    for place in range(len(among) - 1, -1, -1):
        if among[place] is one:
            del among[place]
            return


def _innermost() -> Interception | None:
    for one in reversed(_here.get()):
        if one.active:
            return one
    return _entered[-1] if _entered else None


def _meets(host: str) -> Interception | None:
    """The interception that answers or refuses this host; None when it is reached for real."""
    one = _innermost()
    return None if one is None or one.lets_through(host) else one


def _find(host: str, scheme: str) -> Endpoint:
    """The door for one call on an open connection, in the interception that is innermost by now."""
    one = _innermost()
    if one is None:
        raise NoSuchHost(f"the interception in which this connection to {scheme}://{host} was opened is over")
    return one.find(host, scheme)


def _keep(connection: Any) -> None:
    with _change:
        _open.add(connection)


# ---- setting and unsetting the points


def _patch() -> None:
    """Set all points, or none."""
    with ExitStack() as done:
        for owner, name, wrap in _points():
            original = owner.__dict__[name]
            setattr(owner, name, functools.wraps(original)(wrap(original)))
            done.callback(setattr, owner, name, original)
        _patches.push(done.pop_all())


def _unpatch() -> None:
    try:
        _patches.close()
    finally:
        for connection in list(_open):
            connection.retire() if isinstance(connection, Stream) else connection.close()
        _open.clear()


def _points() -> Iterator[tuple[type, str, Callable[[Function], Function]]]:
    """(class, method, what makes the method in its place out of the original)."""
    yield http.client.HTTPConnection, "connect", _http_client("http")
    yield http.client.HTTPSConnection, "connect", _http_client("https")
    yield urllib3.connection.HTTPConnection, "connect", _urllib3
    yield urllib3.connection.HTTPSConnection, "connect", _urllib3
    yield httpx.HTTPTransport, "handle_request", _httpx
    yield httpx.AsyncHTTPTransport, "handle_async_request", _httpx_async
    if find_spec("aiohttp") is not None:
        yield from _aiohttp_points(importlib.import_module("aiohttp"))


# ---- the points


def _http_client(scheme: str) -> Callable[[Function], Function]:
    def wrap(original: Function) -> Function:
        def connect(self: http.client.HTTPConnection) -> None:
            tunnel: str | None = self._tunnel_host  # type: ignore[attr-defined]  # it has no public name
            port: int | None = self._tunnel_port if tunnel else self.port  # type: ignore[attr-defined]
            host = endpoints.authority(tunnel or self.host, port, scheme)
            one = _meets(host)
            if one is None:
                original(self)
                return
            one.find(host, scheme)
            timeout: Any = self.timeout  # a number, None, or an object that stands for the process's default
            seconds = timeout if isinstance(timeout, (int, float, type(None))) else socket.getdefaulttimeout()
            self.sock = Pipe(lambda call: _find(host, scheme), seconds)
            _keep(self)

        return connect

    return wrap


def _urllib3(original: Function) -> Function:
    def connect(self: urllib3.connection.HTTPConnection) -> None:
        host, _ = requests_adapter.dialled(self)
        one = _meets(host)
        if one is None:
            original(self)
            return
        requests_adapter.plug_in(self, _find)
        _keep(self)

    return connect


def _httpx(original: Function) -> Function:
    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> Any:
        one = _meets(request.url.netloc.decode("ascii"))
        return original(self, request) if one is None else HttpxTransport(one.local, one.find).handle_request(request)

    return handle_request


def _httpx_async(original: Function) -> Function:
    async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> Any:
        one = _meets(request.url.netloc.decode("ascii"))
        if one is None:
            return await original(self, request)
        return await HttpxAsyncTransport(one.local, one.find).handle_async_request(request)

    return handle_async_request


def _aiohttp_points(aiohttp: Any) -> Iterable[tuple[type, str, Callable[[Function], Function]]]:
    def create(original: Function) -> Function:
        async def _create_connection(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
            scheme = "https" if req.is_ssl() else "http"
            host = endpoints.authority(req.url.raw_host, req.url.port, scheme)
            one = _meets(host)
            if one is None:
                return await original(self, req, traces, timeout)
            try:
                one.find(host, scheme)
            except NoSuchHost as nobody:
                raise aiohttp.ClientConnectorError(req.connection_key, nobody) from nobody
            protocol = self._factory()
            _keep(Stream(self._loop, protocol, lambda call: _find(host, scheme)))
            return protocol

        return _create_connection

    def connect(original: Function) -> Function:
        async def connect(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
            connection = await original(self, req, traces, timeout)
            stream = connection.protocol.transport
            if isinstance(stream, Stream):
                _give_patience(aiohttp, stream, connection.protocol, timeout)
            return connection

        return connect

    return [(aiohttp.TCPConnector, "_create_connection", create), (aiohttp.BaseConnector, "connect", connect)]


def _give_patience(aiohttp: Any, stream: Stream, protocol: Any, timeout: Any) -> None:
    """Let the next call on this stream end with the client's own timeouts, in the world's time."""
    on_read = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)  # the first is of aiohttp 3.10
    limits = [(timeout.total, TimeoutError()), (timeout.sock_read, on_read("Timeout on reading data from socket"))]
    seconds, error = min(((s, e) for s, e in limits if s), default=(None, None), key=lambda limit: limit[0])
    stream.patience = lambda door: seconds
    stream.late = lambda: protocol.set_exception(error)
