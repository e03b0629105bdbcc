"""The worlds of one server by name, and the endpoints at which vendors' callers reach them.

In a cluster a registry has the worlds that its node owns. Others are taken from the shared store when somebody calls for them
(`locksim.server.cluster`).

`default` is always there, on the shared ports. Other worlds are reached there too, below `/~name`. A world made with
`"ports": true` has ports of its own instead, because many clients can be given a host but no path. The number of worlds is
limited. With `idle`, a world that nobody called for so long is dropped, unless a request is pending there.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec

from locksim.engine.errors import Impossible, Refused, Unknown
from locksim.engine.inputs import Answer, Input, Restarted
from locksim.engine.state import ClockMode, WorldSnapshot
from locksim.engine.timestamps import SECOND, parse_iso
from locksim.engine.vendor import Site, Vendor
from locksim.engine.world import WorldCore
from locksim.http.connection import Exchange, error_answer, too_early
from locksim.http.tls import certificate_of
from locksim.server import connection_info, world_summary
from locksim.server.config import ServerConfig
from locksim.server.kept_worlds import bind_near, check_unchanged, origin_of, time_after_restart
from locksim.server.listener import HostCheck, Listener, PortTaken
from locksim.server.served_world import LATEST, ServedWorld
from locksim.server.wall_clock import WallClock
from locksim.server.world_options import DEFAULT, START, NewWorld, WorldOptions
from locksim.storage import recovery
from locksim.storage.group_commit import Durability
from locksim.storage.recovery import RecoveredWorld
from locksim.storage.store import NotTaken, Overtaken, WriteFailed

__all__ = ["OtherNodes", "VendorEndpoint", "WorldRegistry", "sites_by_port"]

_log = logging.getLogger("locksim")


class OtherNodes(Protocol):
    """What a registry needs of its cluster. `locksim.server.cluster.Cluster` implements it."""

    @property
    def leaving(self) -> bool:
        """Whether this node stops, so that a proxy should send it nothing more."""

    @property
    def taken(self) -> int:
        """The number of worlds that were taken from the store."""

    def take(self, name: str) -> ServedWorld:
        """Take a world from the store, and let it go on here. Raises Refused."""

    def confirm(self, name: str) -> None:
        """Check that a world that is here still belongs to this node. Raises Refused."""

    def check_room(self) -> None:
        """Raises Impossible if there are as many worlds in the cluster as there may be."""

    def new_name(self) -> str:
        """Return a name for a world that no node has given."""

    def summaries(self) -> list[dict[str, Any]]:
        """Return what a list shows of all worlds of the cluster."""

    def look_at(self, name: str) -> WorldCore:
        """Return a copy of a world as it is now, wherever it is. Raises Refused."""


class WorldRegistry:
    """All worlds of this process.

    Args:
        vendors: the vendors of every world.
        config: the server's configuration.
        wall: the real clock.
        tls: the TLS context of the ports; None: plain HTTP.
        barrier: holds answers back until what they say is on disk.
    """

    def __init__(
        self,
        vendors: Iterable[Vendor],
        config: ServerConfig,
        wall: WallClock,
        tls: ssl.SSLContext | None,
        barrier: Durability | None = None,
    ) -> None:
        self.vendors = {v.name: v for v in vendors}
        self.config = config
        self.tls = tls
        self.barrier = barrier or Durability()
        self.url = ""
        """The base URL of the control port."""
        self.proxy_info: Callable[[], Mapping[str, Any]] | None = None
        """Returns the proxy's part of the connection info; None: there is no proxy."""
        self._sweeper: asyncio.TimerHandle | None = None
        self._wall = wall
        self._worlds: dict[str, ServedWorld] = {}
        self._own_ports: dict[str, list[Listener]] = {}
        self._shared: dict[str, int] = {}
        self._named = 0
        self._origins: dict[str, dict[str, Any]] = {}
        """World → what it was begun from, for the store."""
        self.nodes: OtherNodes | None = None
        """The rest of the cluster, if this server is a node of one."""
        self._spare: WorldCore | None = None
        """A world that only says what a vendor's 5xx looks like."""
        self.turns: dict[type[Input], int] = {}
        """Kind of input → the turns that there were, for the metrics."""

    def share(self, ports: Mapping[str, int]) -> None:
        """Set the ports on which all worlds can be reached, by "vendor/site"."""
        self._shared = dict(ports)

    def connection_info(self) -> dict[str, Any]:
        """Return the connection info."""
        document = connection_info.document(self._default(), self.url)
        if self.config.tls is not None:
            document["ca"] = str(certificate_of(self.config.tls))
        if self.proxy_info is not None:
            document["proxy"] = self.proxy_info()
        return document

    def _default(self) -> WorldCore:
        """Return the default world, or a copy of it if another node has it. Raises Refused."""
        if self.nodes is None:
            return self.world(DEFAULT).core
        with suppress(Overtaken):
            self.nodes.confirm(DEFAULT)
        return self._worlds[DEFAULT].core if DEFAULT in self._worlds else self.nodes.look_at(DEFAULT)

    # ---- the worlds

    def world(self, name: str) -> ServedWorld:
        """Return the world of this name. In a cluster it is taken from the store. Raises Unknown, Refused."""
        try:
            return self._worlds[name]
        except KeyError:
            if self.nodes is not None:
                return self.nodes.take(name)
            raise Unknown(f"there is no world {name!r}; there are {_some(self._worlds)}") from None

    def worlds(self) -> list[ServedWorld]:
        """Return all worlds, oldest first."""
        return list(self._worlds.values())

    def summaries(self) -> list[dict[str, Any]]:
        """Return what a list shows of all worlds, oldest first. Raises WriteFailed."""
        if self.nodes is not None:
            return self.nodes.summaries()
        return [world_summary.members(w.core, w.now, ports=self.has_ports(w.name)) for w in self.worlds()]

    def has(self, name: str) -> bool:
        """Return whether a world is here."""
        return name in self._worlds

    def names(self) -> list[str]:
        """Return the names of the worlds that are here."""
        return list(self._worlds)

    def idle_names(self) -> list[str]:
        """Return the names of those where no request is pending, no delivery is on its way and no advance runs."""
        return [name for name, world in self._worlds.items() if not world.busy]

    def unused(self, microseconds: int) -> list[str]:
        """Return the names of worlds that nobody used for so long, and where nothing will be due for as long."""
        now = self._wall.now()
        return [name for name in self.idle_names() if self._worlds[name].is_quiet(now, microseconds)]

    def put_away(self, name: str, why: str) -> None:
        """Close a world that stays in the store."""
        self._worlds.pop(name).close(why)

    def has_ports(self, name: str) -> bool:
        """Return whether a world has ports of its own."""
        return name in self._own_ports

    def begin(self, options: WorldOptions, name: str = DEFAULT) -> ServedWorld:
        """Create a world on the shared ports. Raises Refused."""
        self._check_room(name)
        return self._begin(name, options, self._addresses(name, self._shared, prefixed=name != DEFAULT))

    async def create(self, new: NewWorld) -> ServedWorld:
        """Create a world, with ports of its own if the options say so. Raises Refused."""
        name = new.name or self._next_name()
        self._check_room(name)
        if not new.ports:
            return self.begin(new, name)
        if self.nodes is not None:
            raise Impossible(
                f"in a cluster no world has ports of its own, since it may move; use the path /~{name}, or a host name "
                f"{name}.… of the cluster, on the vendors' ports"
            )
        listeners = self._listeners(name)
        self._own_ports[name] = list(dict.fromkeys(listeners.values()))
        try:
            ports = {place: listener.port for place, listener in listeners.items()}
            world = self._begin(name, new, self._addresses(name, ports, prefixed=False))
        except BaseException:
            for listener in self._own_ports.pop(name):
                listener.close()
            raise
        for listener in self._own_ports[name]:
            await listener.start()
        return world

    def fork(self, world: ServedWorld, name: str | None, moment: WorldCore | None = None) -> ServedWorld:
        """Copy a world, or an earlier `moment` of it, with its snapshots. Raises Impossible.

        A moment's copy has a manual clock, so that its tester decides how it goes on. Pending requests are not pending in the
        copy; deliveries that were about to leave there leave here too.
        """
        name = name or self._next_name()
        self._check_room(name)
        source = moment or world.core
        snapshot = WorldSnapshot.decode(source.checkpoint())
        if moment is not None:
            snapshot.world.clock = ClockMode()
        snapshot.world.addresses = self._addresses(name, self._shared, prefixed=True)
        core = WorldCore(world.core.vendors, snapshot, name=name)
        core.apply(Restarted(world.now if moment is None else moment.now))
        self._origins[name] = self._origins.get(world.name, {})
        return self._drive(core, began_at_present=world.began_at_present)

    def drop(self, name: str) -> None:
        """Drop a world; its pending requests are cut off. Raises Unknown, Impossible."""
        world = self.world(name)
        if name == DEFAULT:
            raise Impossible("the default world is always there; reset it instead")
        self.barrier.remove_world(name)
        del self._worlds[name]
        world.close()
        for listener in self._own_ports.pop(name, []):
            listener.close()

    def _sweep(self) -> None:
        """Drop the worlds that nobody used for long, and come back when the next may be due."""
        if self.config.idle is None:
            return
        limit = int(self.config.idle * SECOND)
        now, soonest = self._wall.now(), limit
        for name, world in list(self._worlds.items()):
            if name == DEFAULT:
                continue
            left = world.last_used + limit - now
            if left > 0:
                soonest = min(soonest, left)
            elif not world.busy:
                with suppress(WriteFailed):  # it is dropped when the disk can be written again
                    self.drop(name)
        self._sweeper = asyncio.get_running_loop().call_later(max(soonest / SECOND, 0.05), self._sweep)

    def close(self) -> None:
        """Close all worlds, once what happened in them is on disk."""
        self.barrier.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for world in self._worlds.values():
            world.close()
        for listeners in self._own_ports.values():
            for listener in listeners:
                listener.close()
        self._worlds, self._own_ports = {}, {}

    # ---- creating a world

    def _check_room(self, name: str) -> None:
        if name in self._worlds:
            raise Impossible(f"there is a world {name!r} already; drop it first, or choose another name")
        if self.nodes is not None:
            self.nodes.check_room()
        else:
            self.check_count(len(self._worlds))

    def check_count(self, count: int) -> None:
        """Raises Impossible if there may be no more than so many worlds."""
        if count >= self.config.max_worlds:
            raise Impossible(
                f"there are {self.config.max_worlds} worlds, which is the limit; drop one first (or serve with a "
                "higher --max-worlds, or with --idle)"
            )

    def _next_name(self) -> str:
        if self.nodes is not None:
            return self.nodes.new_name()
        while True:
            self._named += 1
            if f"world-{self._named}" not in self._worlds:
                return f"world-{self._named}"

    def _begin(self, name: str, options: WorldOptions, addresses: dict[str, str]) -> ServedWorld:
        clock = options.clock_options
        mode = clock.mode_or("real")
        start = _instant(clock.now) if clock.now is not None else None
        at_present = start is None and mode not in ("manual", "auto")
        core = WorldCore.begin(
            self.vendors,
            name=name,
            seed=options.seed,
            start=start if start is not None else self._wall.now() if at_present else parse_iso(START),
            profile=options.profile,
            limits=options.limits == "on",
            clock=mode,
            addresses=addresses,
            state=options.state,
            variants=options.variants,
            clock_drift=options.clock_drift,
            battery_drain=options.battery_drain,
        )
        self._origins[name] = origin_of(options)
        return self._drive(core, began_at_present=at_present)

    def _drive(
        self, core: WorldCore, *, began_at_present: bool, at: int | None = None, stored: bool = False
    ) -> ServedWorld:
        """Let time and callers into a world. Raises WriteFailed if the store cannot keep it; `stored`: it does already."""
        world = ServedWorld(
            core,
            self._wall,
            began_at_present=began_at_present,
            deliver_to=self.config.receivers,
            barrier=self.barrier,
            about=self._about,
            summary=self._summary,
            forgotten=self._forget,
            turns=self.turns,
            at=at,
            log=self.config.log,
            trace=self.config.trace,
        )
        try:
            self.barrier.add_world(world, stored=stored)
        except BaseException:
            world.close()
            raise
        self._worlds[core.name] = world
        if self.config.mask:
            world.masker.remember_state(core)
        if self._sweeper is None:
            self._sweep()
        return world

    # ---- worlds that a store kept

    def _about(self, world: ServedWorld) -> bytes:
        origin = self._origins.get(world.name, {})
        more = {"begun": origin, "present": world.began_at_present, "ports": world.name in self._own_ports}
        return msgspec.json.encode(recovery.describe(self.vendors, **more))

    def _summary(self, world: ServedWorld) -> bytes:
        return world_summary.encode(world.core, world.now, self._wall.now())

    def _forget(self, world: ServedWorld) -> None:
        if self._worlds.get(world.name) is world:
            del self._worlds[world.name]

    def adopt(self, one: RecoveredWorld) -> ServedWorld:
        """Let a world go on that was taken from a shared store. Raises WriteFailed."""
        name, core = one.core.name, one.core
        self._origins[name] = one.description.begun
        addresses = self._addresses(name, self._shared, prefixed=name != DEFAULT)
        at = time_after_restart(one, self._wall)
        world = self._drive(core, began_at_present=one.description.present, at=at, stored=not one.outdated)
        if addresses != core.addresses or core.pending_requests() or core.due_attempts():
            world.apply(Restarted(core.now, {} if addresses == core.addresses else addresses))
        return world

    def resume(self, recovered: Sequence[RecoveredWorld], options: WorldOptions, asked: Container[str]) -> None:
        """Continue kept worlds. Raises Refused.

        Args:
            recovered: the worlds.
            options: the options of the default world.
            asked: the keys of the options that were given.
        """
        for one in recovered:
            if one.core.name == DEFAULT:
                check_unchanged(one.description, options, asked)
        for one in recovered:
            name = one.core.name
            self._origins[name] = one.description.begun
            if one.description.ports:
                addresses = self._own_addresses(name, one)
            else:
                addresses = self._addresses(name, self._shared, prefixed=name != DEFAULT)
            at = time_after_restart(one, self._wall)
            world = self._drive(one.core, began_at_present=one.description.present, at=at, stored=not one.outdated)
            world.apply(Restarted(one.core.now, {} if addresses == one.core.addresses else addresses))

    def _own_addresses(self, name: str, one: RecoveredWorld) -> dict[str, str]:
        """Give a world ports of its own again: those that it had, if they are free."""
        before = {place: urlsplit(url).port or 0 for place, url in one.core.addresses.items()}
        listeners = self._listeners(name, before)
        self._own_ports[name] = list(dict.fromkeys(listeners.values()))
        return self._addresses(name, {place: listener.port for place, listener in listeners.items()}, prefixed=False)

    async def start(self) -> None:
        """Accept on the ports of kept worlds that have ports of their own."""
        for listeners in self._own_ports.values():
            for listener in listeners:
                await listener.start()

    def internal_error(self, vendor: str) -> Answer:
        """Return a vendor's own 5xx, for a world that is not here."""
        if self._spare is None:
            self._spare = WorldCore.begin(self.vendors, start=self._wall.now())
        return self._spare.internal_error(vendor)

    # ---- addresses

    def _addresses(self, name: str, ports: Mapping[str, int], *, prefixed: bool) -> dict[str, str]:
        prefix = f"/~{name}" if prefixed else ""
        base = f"{self.config.scheme}://{self.config.url_host}"
        return {
            f"{vendor.name}/{site.name}": f"{base}:{ports[_place(vendor, site)]}{prefix}{site.path}"
            for vendor in self.vendors.values()
            for site in vendor.sites
        }

    def _listeners(self, name: str, before: Mapping[str, int] = {}) -> dict[str, Listener]:
        """Open ports for a world, and return their listeners by "vendor/site". Raises Impossible.

        Sites that share a fixed port share a listener. The ports that the world had `before` are used if they are free.
        """
        listeners: dict[str, Listener] = {}
        try:
            for vendor, sites in sites_by_port(self.vendors.values()):
                answer = VendorEndpoint(self, vendor, sites, name)
                port = before.get(_place(vendor, sites[0]), 0)
                listener = Listener(bind_near(self.config.host, port), answer, self.tls)
                listeners |= {_place(vendor, site): listener for site in sites}
        except PortTaken as taken:
            for listener in listeners.values():
                listener.close()
            raise Impossible(f"there are no ports for this world: {taken}") from None
        return listeners


class VendorEndpoint:
    """One port of a vendor.

    Args:
        registry: the server's worlds.
        vendor: the vendor.
        sites: its sites on this port.
        world: the world whose own port it is; None: a port that all worlds share.
        hosts: other host names of these sites.
    """

    def __init__(
        self,
        registry: WorldRegistry,
        vendor: Vendor,
        sites: list[Site],
        world: str | None = None,
        hosts: Sequence[str] = (),
    ) -> None:
        self._registry = registry
        self._vendor = vendor.name
        self._sites = sites
        self._world = world
        self._hosts = HostCheck(registry.config, [*hosts, *(host for site in sites for host in site.hosts)])
        self._domain = registry.config.domain

    def __call__(self, exchange: Exchange) -> None:
        """Apply a request to its world."""
        refusal = self._hosts.refusal(exchange)
        if refusal is not None:
            exchange.respond(refusal)
            return
        name, target = self._world or DEFAULT, exchange.target
        if self._world is None and "/~" in target:
            name, target = _split_target(target)
        elif self._world is None and self._domain:
            name = self._world_of_host(exchange)
        try:
            world = self._registry.world(name)
        except Unknown as unknown:
            exchange.respond(error_answer(404, str(unknown)))
            return
        except NotTaken as elsewhere:
            exchange.respond(too_early(str(elsewhere)))
            return
        except Refused as refused:  # the store cannot be used, or the world is damaged
            if not isinstance(refused, WriteFailed):
                _log.error("world %s: %s", name, refused)
            exchange.respond(self._registry.internal_error(self._vendor))
            return
        world.request(exchange, self._vendor, self._site(exchange), target)

    def _world_of_host(self, exchange: Exchange) -> str:
        """Return the world that the host names, as `mine.locks.example`; the default one for any other host."""
        host = (exchange.header("host") or "").lower().partition(":")[0]
        return host.removesuffix(self._domain) if host.endswith(self._domain) else DEFAULT

    def _site(self, exchange: Exchange) -> str:
        """Return the site whose host the request names, of those that share this port; otherwise the first."""
        if len(self._sites) > 1:
            host = (exchange.header("host") or "").lower()
            for site in self._sites:
                if host in site.hosts:
                    return site.name
        return self._sites[0].name


def sites_by_port(vendors: Iterable[Vendor]) -> list[tuple[Vendor, list[Site]]]:
    """Return the vendors' sites, those with the same fixed port together."""
    found: dict[tuple[str, int], tuple[Vendor, list[Site]]] = {}
    for vendor in vendors:
        for site in vendor.sites:
            found.setdefault((vendor.name, site.port), (vendor, []))[1].append(site)
    return list(found.values())


def _place(vendor: Vendor, site: Site) -> str:
    return f"{vendor.name}/{site.name}"


def _split_target(target: str) -> tuple[str, str]:
    """Split `/~name/rest` into the world's name and `/rest`, also for a target in absolute form."""
    path = target
    if not target.startswith("/"):
        scheme, _, rest = target.partition("://")
        path = "/" + rest.partition("/")[2] if scheme in ("http", "https") else target
    if not path.startswith("/~"):
        return DEFAULT, target
    end = min((i for i in (path.find("/", 2), path.find("?", 2)) if i > 0), default=len(path))
    rest = path[end:]
    return path[2:end], rest if rest.startswith("/") else f"/{rest}"


def _instant(text: str) -> int:
    """Parse when a world begins. Raises Refused, Impossible."""
    try:
        at = parse_iso(text)
    except ValueError as wrong:
        raise Refused(str(wrong)) from None
    if not 0 <= at < LATEST:
        raise Impossible(f"no world can begin at {text}; choose a time from 1970 on, and before 9000")
    return at


def _some(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")
