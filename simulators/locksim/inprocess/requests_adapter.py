"""requests into a world: the real HTTPAdapter and the real urllib3, over pipes in place of sockets.

So timeouts, retries, redirects, streaming, `response.raw` and every error are their own, met on real bytes.
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
from locksim.inprocess.endpoints import FindEndpoint, NoSuchHost, OutgoingRequest
from locksim.inprocess.pipe import Pipe
from locksim.inprocess.world import World

__all__ = ["RequestsAdapter", "dialled", "plug_in"]


class RequestsAdapter(HTTPAdapter):
    """For `session.mount(url, …)`. The options are HTTPAdapter's (`max_retries`, pool sizes)."""

    def __init__(self, local: World, **options: Any) -> None:
        self._local = local
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """HTTPAdapter's own, with pools whose connections lead into the world."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _pools(partial(endpoints.find_endpoint, self._local))

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        """As HTTPAdapter does; without TLS and without proxies. Raises requests' own errors."""
        return super().send(request, stream=stream, timeout=timeout)


def _pools(find: FindEndpoint) -> dict[str, type[HTTPConnectionPool]]:
    """Pools by scheme. They have urllib3's names, since these stand in the texts of its errors."""

    class Plain(HTTPConnection):
        def connect(self) -> None:
            plug_in(self, find)

    class Secure(HTTPSConnection):
        def connect(self) -> None:
            plug_in(self, find)

    plain = type("HTTPConnectionPool", (HTTPConnectionPool,), {"ConnectionCls": Plain})
    secure = type("HTTPSConnectionPool", (HTTPSConnectionPool,), {"ConnectionCls": Secure})
    Plain.__name__, Secure.__name__ = HTTPConnection.__name__, HTTPSConnection.__name__
    return {"http": plain, "https": secure}


def plug_in(connection: HTTPConnection, find: FindEndpoint) -> None:
    """What `connect()` of an urllib3 connection does in a world. Raises urllib3's NewConnectionError.

    A proxy that the environment names is passed by: through a tunnel the far end counts, and without one (plain
    http) the host stands in each request's target.
    """
    host, scheme = dialled(connection)
    forwards = connection.proxy is not None and connection._tunnel_host is None
    try:
        if not forwards:
            find(host, scheme)
    except NoSuchHost as nobody:
        raise NewConnectionError(connection, nobody.sentence) from nobody
    connection.sock = Pipe(lambda call: find(*_meant(call, host, scheme)), connection.timeout)
    connection.is_verified = True
    connection._has_connected_to_proxy = bool(connection.proxy)  # the pool asks for it after connect()


def dialled(connection: HTTPConnection) -> tuple[str, str]:
    """(host, scheme) of whom an urllib3 connection is for."""
    scheme = "https" if isinstance(connection, HTTPSConnection) else "http"
    if connection._tunnel_host is not None:
        return endpoints.authority(connection._tunnel_host, connection._tunnel_port, scheme), scheme
    return endpoints.authority(connection.host, connection.port, scheme), scheme


def _meant(call: OutgoingRequest, host: str, scheme: str) -> tuple[str, str]:
    """A target in absolute form, as for a proxy, names the host itself."""
    if call.target.startswith(("http://", "https://")):
        url = urlsplit(call.target)
        return url.netloc.rpartition("@")[2], url.scheme
    return host, scheme
