"""Transports that lead httpx clients (sync and async) into a world.

    httpx.Client(transport=world.transport, base_url=site.url)
    httpx.AsyncClient(transport=world.async_transport, base_url=site.url)

What they do with a request: `locksim.inprocess.httpx_requests`.
"""

from __future__ import annotations

from functools import partial
from typing import cast

import httpx

from locksim.inprocess import endpoints, httpx_requests
from locksim.inprocess.endpoints import EndpointWorld, FindEndpoint

__all__ = ["HttpxAsyncTransport", "HttpxTransport"]


class HttpxTransport(httpx.BaseTransport):
    """A transport for `httpx.Client(transport=…)`.

    Args:
        world: the world that answers.
        find: finds the endpoint at (host, scheme) in another way.
    """

    def __init__(self, world: EndpointWorld, find: FindEndpoint | None = None) -> None:
        self._find = find or partial(endpoints.find_endpoint, world)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request into the world.

        Raises:
            httpx.TransportError: ConnectError, ReadTimeout, ReadError and LocalProtocolError, as a real connection does.
        """
        return cast("httpx.Response", httpx_requests.send(httpx, self._find, request))


class HttpxAsyncTransport(httpx.AsyncBaseTransport):
    """A transport for `httpx.AsyncClient(transport=…)`, on asyncio. Several tasks of one loop may wait at once."""

    def __init__(self, world: EndpointWorld, find: FindEndpoint | None = None) -> None:
        self._find = find or partial(endpoints.find_endpoint, world)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request into the world. Raises as `HttpxTransport` does."""
        return cast("httpx.Response", await httpx_requests.send_async(httpx, self._find, request))
