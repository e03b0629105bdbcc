"""What an adapter is constructed with: where the vendor is, and the client's credentials."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Connection"]


@dataclass(frozen=True)
class Connection:
    """The argument of an adapter's constructor: `Adapter(connection)`.

    During `lockpact check` the client's HTTP library is intercepted: it may use `url` unmodified. The transports are for
    clients that accept one.
    """

    url: str
    """The vendor's base URL, without a trailing slash."""
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """The client's own credentials, with the keys of the connection info. Empty for a client not yet authorized."""
    callback_url: str = ""
    """The URL to register with vendors that call back. What they deliver there is passed to the adapter's `on_callback`."""
    transport: Any = field(default=None, repr=False)
    """For `httpx.Client(transport=…)`. None on a live server."""
    async_transport: Any = field(default=None, repr=False)
    """For `httpx.AsyncClient(transport=…)`."""
    nearby: Any = field(default=None, repr=False)
    """What the client reaches without the network, such as a radio to locks. None where the pact has no such thing, and on
    a live server."""

    servers: Mapping[str, str] = field(default_factory=dict)
    """The base URLs of the vendor's servers, by their names in the connection info. Only adapters that are programs of their
    own get them: for all others the vendor's real host names are intercepted."""

    @property
    def host(self) -> str:
        """The URL's host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The URL's port; the default port of its scheme if it has none."""
        parts = urlsplit(self.url)
        return parts.port or {"https": 443}.get(parts.scheme, 80)
