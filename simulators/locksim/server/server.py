"""Everything that one `locksim serve` listens on, on one event loop: the hub's port, and a port for each vendor's site.

Why one loop, and why the HTTP is our own: a request runs inside the turn that it is, so a thread could only wait for its
turn; and eight callers who wait for a button would hold eight threads. There is no task, thread or message between the
parser and the world, which is faster than the servers that we measured (ARCHITECTURE.md, "Which server"); and the
hang-ups, the answers that break off and the raw heads need the connection itself anyway.
"""

from __future__ import annotations

import asyncio
import binascii
import hmac
from base64 import b64decode
from collections.abc import Container, Iterable, Sequence
from typing import Any

from locksim.engine.inputs import Answer
from locksim.engine.vendor import Vendor
from locksim.http import tls
from locksim.http.connection import Exchange, plain, sentence
from locksim.server import connection_info
from locksim.server.config import ServerConfig
from locksim.server.control_api import ControlApi
from locksim.server.listener import HostCheck, Listener, bind
from locksim.server.wall_clock import WallClock
from locksim.server.world_options import DEFAULT, WorldOptions
from locksim.server.worlds import VendorEndpoint, WorldRegistry, doors
from locksim.storage.group_commit import GroupCommit
from locksim.storage.recovery import RecoveredWorld, recover
from locksim.storage.store import Store

__all__ = ["HUB", "Server"]

HUB = 8700
"""The hub's port. A vendor's sites keep their distance from it, wherever it is."""


class Server:
    """The ports of one process. Made on the loop; `start` binds nothing that `__init__` has not bound already.

    `store` keeps the worlds, and is held already; `asked` are those keys of `fresh` that a kept world must have been begun
    with; `recovered` are worlds to go on with besides. Raises PortTaken when an address is in use, Refused when `fresh`
    describes no world, or a kept one cannot go on.
    """

    def __init__(
        self,
        vendors: Iterable[Vendor],
        *,
        terms: ServerConfig | None = None,
        port: int = HUB,
        fresh: WorldOptions | None = None,
        asked: Container[str] = (),
        store: Store | None = None,
        recovered: Sequence[RecoveredWorld] = (),
    ) -> None:
        terms = terms or ServerConfig()
        vendors = list(vendors)
        secure = None if terms.tls is None else tls.context(terms.tls, _names(vendors, terms))
        recovered = [*recovered, *([] if store is None else recover(store, vendors))]
        self.hub = WorldRegistry(vendors, terms, WallClock(), secure, None if store is None else GroupCommit(store))
        self._control = ControlApi(self.hub)
        self._listeners: list[Listener] = []
        try:
            self._open(terms, port)
            self.hub.resume(recovered, fresh or WorldOptions(), asked)
            if all(one.core.name != DEFAULT for one in recovered):
                self.hub.begin(fresh or WorldOptions())
        except BaseException:
            self.close()
            raise

    def _open(self, terms: ServerConfig, port: int) -> None:
        hub = self._listen(terms.host, port, HubEndpoint(self.hub, self._control))
        self.hub.url = f"{terms.scheme}://{terms.called}:{hub.port}"
        shared: dict[str, int] = {}
        for vendor, sites in doors(self.hub.vendors.values()):
            at = sites[0].port - HUB + port if port else 0
            listener = self._listen(terms.host, at, VendorEndpoint(self.hub, vendor, sites))
            shared |= {f"{vendor.name}/{site.name}": listener.port for site in sites}
        self.hub.share(shared)

    def _listen(self, host: str, port: int, door: Any) -> Listener:
        listener = Listener(bind(host, port), door, self.hub.secure)
        self._listeners.append(listener)
        return listener

    async def start(self) -> dict[str, Any]:
        """Accept on every port. → the ready document."""
        for listener in self._listeners:
            await listener.start()
        await self.hub.start()
        return self.hub.connection_info()

    async def stop(self, seconds: float) -> None:
        """Stop listening; answers under way get so many seconds to arrive; who waits is hung up."""
        self.close()
        for _ in range(int(seconds / 0.01)):
            if not any(listener.busy for listener in self._listeners):
                break
            await asyncio.sleep(0.01)

    def close(self) -> None:
        """Stop listening, and hang up."""
        self._control.close()
        self.hub.close()
        for listener in self._listeners:
            listener.close()


class HubEndpoint:
    """The hub's own port: the control door below `/_sim`, a page at `/`."""

    def __init__(self, hub: WorldRegistry, control: ControlApi) -> None:
        self._hub = hub
        self._control = control
        self._guard = HostCheck(hub.terms)
        self._token = hub.terms.admin_token

    def __call__(self, e: Exchange) -> None:
        """Answer a tester."""
        refusal = self._guard.refuses(e) or self._foreign(e) or self._stranger(e)
        path = e.target.partition("?")[0]
        if refusal is not None:
            e.respond(refusal)
        elif path == "/_sim" or path.startswith("/_sim/"):
            self._control(e)
        elif path != "/":
            e.respond(sentence(404, f"there is nothing at {path}; the control door is at /_sim"))
        elif e.method not in ("GET", "HEAD"):
            e.respond(sentence(405, "this page can only be read; the control door is at /_sim", ("Allow", "GET, HEAD")))
        else:
            e.respond(self._page())

    def _stranger(self, e: Exchange) -> Answer | None:
        """Where there is an admin token, its bearer only. A browser asks its reader for it as a password."""
        if self._token is None or hmac.compare_digest(_token_in(e.header("authorization") or ""), self._token.encode()):
            return None
        return sentence(
            401,
            "the control door and the console want the admin token: Authorization: Bearer …, or Basic, as the password",
            ("WWW-Authenticate", 'Bearer realm="locksim"'),
            ("WWW-Authenticate", 'Basic realm="locksim", charset="UTF-8"'),
        )

    def _foreign(self, e: Exchange) -> Answer | None:
        """A page of another site may not drive the stand-ins through its reader's browser."""
        origin = e.header("origin")
        if origin is None or self._guard.admits(origin.partition("://")[2]):
            return None
        return sentence(403, f"a page of {origin} may not use the control door")

    def _page(self) -> Answer:
        page = connection_info.console(
            self._hub.connection_info(), {name: vendor.title for name, vendor in self._hub.vendors.items()}
        )
        policy = ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        return plain(200, page, "text/html; charset=utf-8", policy, ("Cache-Control", "no-store"))


def _names(vendors: Iterable[Vendor], terms: ServerConfig) -> list[str]:
    """All names and addresses by which the ports may be called."""
    own = [terms.host, *terms.names, "localhost", "127.0.0.1", "::1"]
    theirs = [host.partition(":")[0] for vendor in vendors for site in vendor.sites for host in site.hosts]
    return [name for name in (*own, *theirs) if name not in ("0.0.0.0", "::")]  # noqa: S104 - no name for a certificate


def _token_in(authorization: str) -> bytes:
    """The token that a caller shows, as a bearer or as a password; empty for none."""
    scheme, _, shown = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip().encode()
    if scheme.lower() == "basic":
        try:
            return b64decode(shown, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return b""
