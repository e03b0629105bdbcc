"""Connections of urllib3, and so of requests, that lead into a world: pipes in place of sockets."""

from __future__ import annotations

from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NewConnectionError

from locksim.inprocess import endpoints
from locksim.inprocess.endpoints import FindEndpoint, NoSuchHost, OutgoingRequest
from locksim.inprocess.pipe import Pipe

__all__ = ["connect_into_world", "destination"]


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
