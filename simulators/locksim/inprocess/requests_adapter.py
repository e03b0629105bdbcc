"""requests into a world: the real HTTPAdapter and the real urllib3, over pipes in place of sockets.

Timeouts, retries, redirects, streaming, `response.raw` and every error are therefore their own, on real bytes.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError

from locksim.inprocess import endpoints
from locksim.inprocess.endpoints import EndpointWorld, FindEndpoint, NoSuchHost, OutgoingRequest
from locksim.inprocess.pipe import Pipe

__all__ = ["RequestsAdapter", "connect_into_world", "destination"]


class RequestsAdapter(HTTPAdapter):
    """An adapter for `session.mount(url, …)`.

    Args:
        world: the world that answers.
        options: those of HTTPAdapter (`max_retries`, pool sizes).
    """

    def __init__(self, world: EndpointWorld, **options: Any) -> None:
        self._world = world
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make HTTPAdapter's pool manager, with pools whose connections lead into the world."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(partial(endpoints.find_endpoint, self._world))

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        """Send a request as HTTPAdapter does, without TLS and without proxies. Raises requests' own errors."""
        return super().send(request, stream=stream, timeout=timeout)


def _pools(find: FindEndpoint) -> dict[str, type[HTTPConnectionPool]]:
    """Return connection pools by scheme. They have urllib3's names, since the texts of its errors show them."""

    class PlainConnection(HTTPConnection):
        def connect(self) -> None:
            connect_into_world(self, find)

    class SecureConnection(HTTPSConnection):
        def connect(self) -> None:
            connect_into_world(self, find)

    plain = type("HTTPConnectionPool", (HTTPConnectionPool,), {"ConnectionCls": PlainConnection})
    secure = type("HTTPSConnectionPool", (HTTPSConnectionPool,), {"ConnectionCls": SecureConnection})
    PlainConnection.__name__, SecureConnection.__name__ = HTTPConnection.__name__, HTTPSConnection.__name__
    return {"http": plain, "https": secure}


def connect_into_world(connection: HTTPConnection, find: FindEndpoint) -> None:
    """Do what `connect()` of an urllib3 connection does, with a pipe into a world. Raises urllib3's NewConnectionError.

    A proxy that the environment names is ignored: through a tunnel the far end counts, and without one (plain http) each
    request's target names the host.
    """
    host, scheme = destination(connection)
    forwards = connection.proxy is not None and connection._tunnel_host is None
    try:
        if not forwards:
            find(host, scheme)
    except NoSuchHost as unknown:
        raise NewConnectionError(connection, unknown.sentence) from unknown
    connection.sock = Pipe(lambda request: find(*_addressed(request, host, scheme)), connection.timeout)
    connection.is_verified = True
    connection._has_connected_to_proxy = bool(connection.proxy)  # the pool asks for it after connect()


def destination(connection: HTTPConnection) -> tuple[str, str]:
    """Return the host and the scheme that an urllib3 connection is for."""
    scheme = "https" if isinstance(connection, HTTPSConnection) else "http"
    if connection._tunnel_host is not None:
        return endpoints.authority(connection._tunnel_host, connection._tunnel_port, scheme), scheme
    return endpoints.authority(connection.host, connection.port, scheme), scheme


def _addressed(request: OutgoingRequest, host: str, scheme: str) -> tuple[str, str]:
    """Return the host and scheme of a target in absolute form, as for a proxy; otherwise the connection's."""
    if request.target.startswith(("http://", "https://")):
        url = urlsplit(request.target)
        return url.netloc.rpartition("@")[2], url.scheme
    return host, scheme
