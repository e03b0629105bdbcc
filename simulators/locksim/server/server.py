"""Everything that one `locksim serve` listens on, on one event loop: the control port, and a port for each vendor's site.

Why one loop and our own HTTP: a request runs inside the turn that it is, so a thread could only wait for its turn, and eight
callers who wait for a button would need eight threads. There is no task, thread or message between the parser and the world,
which is faster than the servers that we measured (ARCHITECTURE.md, "Which server"). Disconnects, answers that break off and raw
heads need the connection itself anyway.
"""

from __future__ import annotations

import asyncio
import binascii
import hmac
from base64 import b64decode
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Any, cast

from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer
from locksim.engine.vendor import Vendor
from locksim.http import tls
from locksim.http.connection import Exchange, error_answer
from locksim.server.cluster import Cluster
from locksim.server.config import ServerConfig
from locksim.server.console_page import page_file
from locksim.server.control_api import ControlApi
from locksim.server.listener import HostCheck, Listener, bind
from locksim.server.proxy import Proxy
from locksim.server.proxy_environment import environment
from locksim.server.wall_clock import WallClock
from locksim.server.world_options import DEFAULT, WorldOptions, with_own_seed
from locksim.server.worlds import VendorEndpoint, WorldRegistry, sites_by_port
from locksim.storage.group_commit import GroupCommit
from locksim.storage.recovery import RecoveredWorld, recover
from locksim.storage.store import SharedStore, Store

__all__ = ["CONTROL_PORT", "Server"]

CONTROL_PORT = 8700
"""The default control port. The ports of vendors' sites keep their distance from it."""


_ACCEPTING = 3
"""Rounds of the event loop from an accepted socket to its connection: the accept, its task, `connection_made`."""
_HEALTH = "/_sim/health"
"""What a proxy asks, which has no admin token."""


class Server:
    """The ports of one process. It is made on the loop, and binds its ports at once.

    Args:
        vendors: the vendors to serve.
        config: who may call the server, and its limits.
        port: the control port; 0 takes free ports.
        options: the options of the default world.
        asked: the keys of `options` that were given; a kept world must have been begun with the same. Without a seed, a new
            world that other machines can reach gets a random one.
        store: keeps the worlds; it is leased already. A shared one makes this server a node of a cluster.
        recovered: other worlds to continue.

    Raises:
        PortTaken: an address is in use.
        Refused: the options are invalid, or a kept world cannot continue.
    """

    def __init__(
        self,
        vendors: Iterable[Vendor],
        *,
        config: ServerConfig | None = None,
        port: int = CONTROL_PORT,
        options: WorldOptions | None = None,
        asked: Container[str] = (),
        store: Store | None = None,
        recovered: Sequence[RecoveredWorld] = (),
    ) -> None:
        config = config or ServerConfig()
        vendors = list(vendors)
        context = None if config.tls is None else tls.Authority(config.tls, "--tls").context(_names(vendors, config))
        alone = store is None or not store.shared
        recovered = [*recovered, *(recover(store, vendors) if store is not None and alone else [])]
        commits, wall = None if store is None else GroupCommit(store), WallClock()
        self.registry = WorldRegistry(vendors, config, wall, context, commits)
        self.cluster: Cluster | None = None
        if commits is not None and not alone:
            self.cluster = Cluster(self.registry, cast("SharedStore", store), commits, wall)
            self.registry.nodes = self.cluster
        self._control = ControlApi(self.registry)
        self._listeners: list[Listener] = []
        self._proxy: Proxy | None = None
        try:
            self._open(config, port)
            self._open_proxy(config)
            self.registry.resume(recovered, options or WorldOptions(), asked)
            if self.cluster is not None:
                self.cluster.begin_default(options or WorldOptions(), asked)
            elif all(one.core.name != DEFAULT for one in recovered):
                options = options or WorldOptions()
                self.registry.begin(options if "seed" in asked or not config.exposed else with_own_seed(options))
        except BaseException:
            self.close()
            raise

    def _open(self, config: ServerConfig, port: int) -> None:
        control = self._listen(config.host, port, ControlEndpoint(self.registry, self._control))
        public = config.public_port
        self.registry.url = f"{config.scheme}://{config.url_host}:{public or control.port}"
        shared: dict[str, int] = {}
        for vendor, sites in sites_by_port(self.registry.vendors.values()):
            site_port = sites[0].port - CONTROL_PORT + port if port else 0
            listener = self._listen(config.host, site_port, VendorEndpoint(self.registry, vendor, sites))
            shown = sites[0].port - CONTROL_PORT + public if public else listener.port
            shared |= {f"{vendor.name}/{site.name}": shown for site in sites}
        self.registry.share(shared)

    def _open_proxy(self, config: ServerConfig) -> None:
        if config.proxy is None:
            return
        self._proxy = proxy = Proxy(self.registry, config.proxy)
        try:
            certificate, variables = environment(config.proxy.folder, proxy.url, proxy.certificate)
        except OSError as error:
            raise Refused(f"cannot write to {config.proxy.folder}: {error.strerror or error}") from None
        shown = {"url": proxy.url, "ca": str(certificate), "hosts": proxy.hosts, "environment": variables}
        self.registry.proxy_info = lambda: {**shown, "refused": proxy.refused}

    def _listen(self, host: str, port: int, answer: Callable[[Exchange], None]) -> Listener:
        listener = Listener(bind(host, port), answer, self.registry.tls)
        self._listeners.append(listener)
        return listener

    async def start(self) -> dict[str, Any]:
        """Accept on every port, and return the connection info."""
        for listener in self._listeners:
            await listener.start()
        if self._proxy is not None:
            await self._proxy.listener.start()
        await self.registry.start()
        if self.cluster is not None:
            self.cluster.start()
        return self.registry.connection_info()

    async def drain(self, seconds: float) -> None:
        """Give the worlds back to the other nodes of the cluster, if there is one."""
        if self.cluster is not None:
            await self.cluster.drain(seconds)

    async def stop(self, seconds: float) -> None:
        """Stop listening. Answers under way get so many seconds to arrive; pending requests are cut off."""
        listeners = [*self._listeners, *([] if self._proxy is None else [self._proxy.listener])]
        self.close()
        for _ in range(_ACCEPTING):
            await asyncio.sleep(0)
        for _ in range(int(seconds / 0.01)):
            if not any(listener.busy for listener in listeners):
                return
            await asyncio.sleep(0.01)
        for listener in listeners:
            listener.abort()
        await asyncio.sleep(0)  # the transports close their sockets in the next round

    def close(self) -> None:
        """Stop listening, and close all connections."""
        self._control.close()
        if self.cluster is not None:
            self.cluster.close()
        self.registry.close()
        for listener in self._listeners:
            listener.close()
        if self._proxy is not None:
            self._proxy.close()


class ControlEndpoint:
    """The control port: the control API below `/_sim`, and the console at `/`."""

    def __init__(self, registry: WorldRegistry, control: ControlApi) -> None:
        self._registry = registry
        self._control = control
        self._hosts = HostCheck(registry.config)
        self._token = registry.config.admin_token

    def __call__(self, exchange: Exchange) -> None:
        """Answer a tester's request."""
        path = exchange.target.partition("?")[0]
        refusal = self._hosts.refusal(exchange) or self._check_origin(exchange)
        if path != _HEALTH:
            refusal = refusal or self._check_token(exchange)
        if refusal is not None:
            exchange.respond(refusal)
        elif path == "/_sim" or path.startswith("/_sim/"):
            self._control(exchange)
        elif (page := page_file(path)) is None:
            exchange.respond(error_answer(404, f"there is nothing at {path}; the control API is at /_sim"))
        elif exchange.method not in ("GET", "HEAD"):
            allow = ("Allow", "GET, HEAD")
            exchange.respond(error_answer(405, "this page can only be read; the control API is at /_sim", allow))
        else:
            exchange.respond(page)

    def _check_token(self, exchange: Exchange) -> Answer | None:
        """Return the refusal of a request without the admin token. A browser asks its user for it as a password."""
        shown = _token_in(exchange.header("authorization") or "")
        if self._token is None or hmac.compare_digest(shown, self._token.encode()):
            return None
        return error_answer(
            401,
            "the control API and the console need the admin token: Authorization: Bearer …, or Basic, as the password",
            ("WWW-Authenticate", 'Bearer realm="locksim"'),
            ("WWW-Authenticate", 'Basic realm="locksim", charset="UTF-8"'),
        )

    def _check_origin(self, exchange: Exchange) -> Answer | None:
        """Return the refusal of a request that a page of another origin makes through its reader's browser.

        Another port of this machine is another origin: whatever is served there may not control the worlds. The names of
        `--allow-host` may be a proxy's, whose scheme is its own.
        """
        origin = exchange.header("origin")
        if origin is None:
            return None
        scheme, _, authority = origin.lower().partition("://")
        config, own = self._registry.config, (exchange.header("host") or "").lower()
        if authority == own and (scheme == config.scheme or own.partition(":")[0] in config.all_names):
            return None
        return error_answer(403, f"a page of {origin} may not use the control API")


def _names(vendors: Iterable[Vendor], config: ServerConfig) -> list[str]:
    """Return all names and addresses of the ports, for their certificate."""
    own = [config.host, *config.all_names, "localhost", "127.0.0.1", "::1"]
    real = [host.partition(":")[0] for vendor in vendors for site in vendor.sites for host in site.hosts]
    return [name for name in (*own, *real) if name not in ("0.0.0.0", "::")]  # noqa: S104 - not a name for a certificate


def _token_in(authorization: str) -> bytes:
    """Return the token that a caller shows, as a bearer or as a password; empty without one."""
    scheme, _, shown = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip().encode()
    if scheme.lower() == "basic":
        try:
            return b64decode(shown, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return b""
