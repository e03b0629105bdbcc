"""requests into a world: the real HTTPAdapter and the real urllib3, over pipes in place of sockets.

Timeouts, retries, redirects, streaming, `response.raw` and every error are therefore their own, on real bytes.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from locksim.inprocess import endpoints
from locksim.inprocess.endpoints import EndpointWorld, FindEndpoint
from locksim.inprocess.urllib3_connection import connect_into_world

__all__ = ["RequestsAdapter"]


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
