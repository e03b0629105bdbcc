"""`intercept()`: inside, unmodified clients reach a world at the vendors' real hosts, and no other host.

All clients meet at the socket, but there only real time passes: a read timeout could not count in the world's time, and TLS
would need certificates that clients trust. So the interception is one step up, where a library *opens a connection*: a pipe
into the world (`locksim.inprocess.pipe`, `stream`) takes the socket's place. The library's own parser, pool, timeouts, retries
and errors work on real bytes, and TLS is left out.

| clients on | are intercepted at |
|---|---|
| http.client, urllib.request, xmlrpc.client | `HTTPConnection.connect`, `HTTPSConnection.connect` |
| urllib3, requests and what is built on them | the `connect` of urllib3's two connections |
| aiohttp | `TCPConnector._create_connection`, and `BaseConnector.connect` for its timeouts |
| httpx, httpx2 | `handle_request` of their transports, with a whole request (see `locksim.inprocess.httpx_requests`) |

1. The innermost interception wins. It is looked up at each connection, and at each request on a kept-alive connection: first in
   the context, so that tasks and threads may use worlds of their own at the same time; then, for threads that were started
   inside and have no context, the one that was entered last in the process.
2. A host that the world does not know is refused: with the library's own error, and a sentence that names the hosts there
   are. Loopback is reached for real, since a test's own servers are there. `allow=("hooks.example",)` lets more hosts (`name`
   or `name:port`) through to the network.
3. The methods are replaced when the first interception begins, and put back when the last one ends, whatever happened inside.
   Connections that lead into a world are closed then, so that a session that outlives the block dials again. The methods of a
   library that is not yet imported are replaced when it is.

Timeouts count in the world's time. For aiohttp that holds for `total` and `sock_read`, each from the moment at which a request
has its connection. aiohttp itself starts `total` a little earlier, and lets redirects share it. Its own timers also run, on the
loop's clock: on a loop whose time is the world's they agree, on a real one they are too late to matter.

Not intercepted: libraries with sockets of their own (pycurl, websockets), connections that were opened before the block, bare
httpcore, and urllib.request behind a proxy. TCPConnector's method is private. It has kept its signature throughout aiohttp 3,
and a test fails when it changes.
"""

from __future__ import annotations

import functools
import http.client
import inspect
import socket
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ContextDecorator, ExitStack
from contextvars import ContextVar
from importlib import import_module
from ipaddress import ip_address
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from locksim.inprocess import endpoints
from locksim.inprocess.endpoints import Endpoint, EndpointWorld, NoSuchHost
from locksim.inprocess.late_imports import LateImports
from locksim.inprocess.pipe import Pipe
from locksim.inprocess.stream import Stream

__all__ = ["Interception", "intercept"]

Function = Callable[..., Any]
_Replacement = tuple[type, str, Callable[[Function], Function]]

_in_context: ContextVar[tuple[Interception, ...]] = ContextVar("locksim_interceptions", default=())
_entered: list[Interception] = []
_replaced = ExitStack()
"""Puts the methods back."""
_lock = threading.Lock()
_connections: weakref.WeakSet[Any] = weakref.WeakSet()
"""Open connections of clients that lead into a world."""


def intercept(world: EndpointWorld, *, allow: Sequence[str] = ()) -> Interception:
    """Return a context manager, or decorator of a function, inside which the vendors' hosts lead into a world."""
    return Interception(world, allow)


class Interception(ContextDecorator):
    """One `intercept()`. It may be entered again, also inside itself."""

    def __init__(self, world: EndpointWorld, allow: Sequence[str] = ()) -> None:
        self.world = world
        self._allow = frozenset(host.lower() for host in allow)
        self._depth = 0

    def __enter__(self) -> Self:
        """Begin the interception."""
        with _lock:
            if not _entered:
                _replace_methods()
            _entered.append(self)
            self._depth += 1
        _in_context.set((*_in_context.get(), self))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the interception; the last one puts the methods back."""
        with _lock:
            _remove_last(_entered, self)
            self._depth -= 1
            if not _entered:
                _restore_methods()
        # A token would not do: a fixture may end in another context than it began in.
        in_context = list(_in_context.get())
        _remove_last(in_context, self)
        _in_context.set(tuple(in_context))

    def __call__(self, function: Any) -> Any:
        """Decorate a function, or a coroutine function."""
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
        """Return whether this host is reached for real: it is allowed, or loopback where the world does not answer."""
        host = host.lower()
        name = urlsplit(f"//{host}").hostname or ""
        return host in self._allow or name in self._allow or (_is_loopback(name) and not self._answers_at(host))

    def _answers_at(self, host: str) -> bool:
        return any(self.world.find_site(host, scheme) for scheme in ("http", "https"))

    def find(self, host: str, scheme: str) -> Endpoint:
        """Return the endpoint at this host. Raises NoSuchHost."""
        try:
            return endpoints.find_endpoint(self.world, host, scheme)
        except NoSuchHost as unknown:
            hint = f'; to let it through to the network: intercept(allow=("{host}",))'
            raise NoSuchHost(unknown.sentence + hint) from None


def _is_loopback(name: str) -> bool:
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def _remove_last(interceptions: list[Interception], interception: Interception) -> None:
    for index in range(len(interceptions) - 1, -1, -1):
        if interceptions[index] is interception:
            del interceptions[index]
            return


def _innermost() -> Interception | None:
    for interception in reversed(_in_context.get()):
        if interception.active:
            return interception
    return _entered[-1] if _entered else None


def _interception_of(host: str) -> Interception | None:
    """Return the interception that answers or refuses this host; None when it is reached for real."""
    interception = _innermost()
    return None if interception is None or interception.lets_through(host) else interception


def _find(host: str, scheme: str) -> Endpoint:
    """Return the endpoint for a request on an open connection, in the interception that is innermost now."""
    interception = _innermost()
    if interception is None:
        raise NoSuchHost(f"the interception in which this connection to {scheme}://{host} was opened has ended")
    return interception.find(host, scheme)


def _keep(connection: Any) -> None:
    with _lock:
        _connections.add(connection)


# ---- replacing methods


def _replace_methods() -> None:
    """Replace all methods, or none. Those of a library that is not imported yet are replaced when it is."""
    with ExitStack() as done:
        http_client = http.client.HTTPConnection, http.client.HTTPSConnection
        for owner, scheme in zip(http_client, ("http", "https"), strict=True):
            _replace(owner, "connect", _http_client(scheme), done)
        absent = [name for name in _LIBRARIES if sys.modules.get(name) is None]
        late = LateImports(absent, _replace_later)
        late.start()
        done.callback(late.stop)
        for name in _LIBRARIES:
            if name not in absent:
                _replace_in(name, done)
        _replaced.push(done.pop_all())


def _replace_later(late: LateImports, name: str) -> None:
    """Replace the methods of a library that has just been imported, unless all methods have been put back meanwhile."""
    # Looked at before the lock, too: whoever begins a new interception holds it, and waits for this very import.
    if late.active:
        with _lock:
            if late.active:
                _replace_in(name, _replaced)


def _replace_in(name: str, done: ExitStack) -> None:
    for owner, method, wrap in _LIBRARIES[name]():
        _replace(owner, method, wrap, done)


def _replace(owner: type, name: str, wrap: Callable[[Function], Function], done: ExitStack) -> None:
    original = owner.__dict__[name]
    setattr(owner, name, functools.wraps(original)(wrap(original)))
    done.callback(setattr, owner, name, original)


def _restore_methods() -> None:
    try:
        _replaced.close()
    finally:
        for connection in list(_connections):
            connection.retire() if isinstance(connection, Stream) else connection.close()
        _connections.clear()


# ---- the new methods


def _http_client(scheme: str) -> Callable[[Function], Function]:
    def wrap(original: Function) -> Function:
        def connect(self: http.client.HTTPConnection) -> None:
            tunnel: str | None = self._tunnel_host  # type: ignore[attr-defined]  # it has no public name
            port: int | None = self._tunnel_port if tunnel else self.port  # type: ignore[attr-defined]
            host = endpoints.authority(tunnel or self.host, port, scheme)
            interception = _interception_of(host)
            if interception is None:
                original(self)
                return
            interception.find(host, scheme)
            timeout: Any = self.timeout  # a number, None, or an object that stands for the process's default
            seconds = timeout if isinstance(timeout, (int, float, type(None))) else socket.getdefaulttimeout()
            self.sock = Pipe(lambda request: _find(host, scheme), seconds)
            _keep(self)

        return connect

    return wrap


def _urllib3_replacements() -> Iterable[_Replacement]:
    from urllib3.connection import HTTPConnection, HTTPSConnection

    from locksim.inprocess import urllib3_connection

    def wrap(original: Function) -> Function:
        def connect(self: HTTPConnection) -> None:
            host, _ = urllib3_connection.destination(self)
            interception = _interception_of(host)
            if interception is None:
                original(self)
                return
            urllib3_connection.connect_into_world(self, _find)
            _keep(self)

        return connect

    return [(HTTPConnection, "connect", wrap), (HTTPSConnection, "connect", wrap)]


def _httpx_replacements(name: str) -> Iterable[_Replacement]:
    from locksim.inprocess import httpx_requests

    library = import_module(name)

    def wrap(original: Function) -> Function:
        def handle_request(self: Any, request: Any) -> Any:
            interception = _interception_of(request.url.netloc.decode("ascii"))
            if interception is None:
                return original(self, request)
            return httpx_requests.send(library, interception.find, request)

        return handle_request

    def wrap_async(original: Function) -> Function:
        async def handle_async_request(self: Any, request: Any) -> Any:
            interception = _interception_of(request.url.netloc.decode("ascii"))
            if interception is None:
                return await original(self, request)
            return await httpx_requests.send_async(library, interception.find, request)

        return handle_async_request

    return [
        (library.HTTPTransport, "handle_request", wrap),
        (library.AsyncHTTPTransport, "handle_async_request", wrap_async),
    ]


def _aiohttp_replacements() -> Iterable[_Replacement]:
    import aiohttp

    def create(original: Function) -> Function:
        async def _create_connection(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
            scheme = "https" if req.is_ssl() else "http"
            host = endpoints.authority(req.url.raw_host, req.url.port, scheme)
            interception = _interception_of(host)
            if interception is None:
                return await original(self, req, traces, timeout)
            try:
                interception.find(host, scheme)
            except NoSuchHost as unknown:
                raise aiohttp.ClientConnectorError(req.connection_key, unknown) from unknown
            protocol = self._factory()
            _keep(Stream(self._loop, protocol, lambda request: _find(host, scheme)))
            return protocol

        return _create_connection

    def connect(original: Function) -> Function:
        async def connect(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
            connection = await original(self, req, traces, timeout)
            stream = connection.protocol.transport
            if isinstance(stream, Stream):
                _set_timeouts(aiohttp, stream, connection.protocol, timeout)
            return connection

        return connect

    return [(aiohttp.TCPConnector, "_create_connection", create), (aiohttp.BaseConnector, "connect", connect)]


def _set_timeouts(aiohttp: Any, stream: Stream, protocol: Any, timeout: Any) -> None:
    """Let the next request on this stream end with the client's own timeouts, in the world's time."""
    on_read = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)  # the first is of aiohttp 3.10
    limits = [(timeout.total, TimeoutError()), (timeout.sock_read, on_read("Timeout on reading data from socket"))]
    seconds, error = min(((s, e) for s, e in limits if s), default=(None, None), key=lambda limit: limit[0])
    stream.read_timeout = lambda: seconds
    stream.on_timeout = lambda: protocol.set_exception(error)


_LIBRARIES: Mapping[str, Callable[[], Iterable[_Replacement]]] = {
    "urllib3": _urllib3_replacements,
    "httpx": functools.partial(_httpx_replacements, "httpx"),
    "httpx2": functools.partial(_httpx_replacements, "httpx2"),
    "aiohttp": _aiohttp_replacements,
}
"""Library → what is replaced in it."""
