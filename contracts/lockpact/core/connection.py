"""What an adapter is made of: where the vendor is, and who its client is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Connection"]


@dataclass(frozen=True)
class Connection:
    """Handed to an adapter's constructor: `Adapter(site)`.

    Inside a pact the client is intercepted: it dials `url` with whatever HTTP library it uses, unmodified. The
    transports are there for a client that takes one.
    """

    url: str
    """The vendor's base URL, without a trailing slash."""
    credentials: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What the client knows of its own: the same keys as in the ready document; empty before it was authorized."""
    callback_url: str = ""
    """Where this client is reached: the URL to register with vendors that call back. What they deliver there is handed
    to the adapter's `on_callback`."""
    transport: Any = field(default=None, repr=False)
    """For `httpx.Client(transport=…)`; None on a live server."""
    async_transport: Any = field(default=None, repr=False)
    """For `httpx.AsyncClient(transport=…)`."""
    nearby: Any = field(default=None, repr=False)
    """What the client reaches otherwise than by the network (a radio to locks), where its pact has such; None on a live
    server."""

    @property
    def host(self) -> str:
        """The URL's host name."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """The URL's port, its scheme's own where none is said."""
        parts = urlsplit(self.url)
        return parts.port or {"https": 443}.get(parts.scheme, 80)
