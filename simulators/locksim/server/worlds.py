"""The worlds of one server, by name, and the doors through which vendors' callers reach them.

`default` is always there, on the shared ports. Another world is reached through them too, below `/~name`; one made with
`"ports": true` has ports of its own instead, because many clients take a host but no path. Worlds are bounded in number,
and with `idle` one that nobody called for so long is dropped, unless somebody waits there.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Container, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import msgspec

from locksim.engine.errors import Impossible, Refused, Unknown
from locksim.engine.inputs import Restarted
from locksim.engine.state import WorldSnapshot
from locksim.engine.timestamps import SECOND, parse_iso
from locksim.engine.vendor import Site, Vendor
from locksim.engine.world import WorldCore
from locksim.http import tls
from locksim.http.connection import Exchange, sentence
from locksim.server import connection_info
from locksim.server.config import ServerConfig
from locksim.server.kept_worlds import begun, bound, goes_on, must_be_same
from locksim.server.listener import HostCheck, Listener, PortTaken
from locksim.server.served_world import LATEST, ServedWorld
from locksim.server.wall_clock import WallClock
from locksim.server.world_options import DEFAULT, START, NewWorld, WorldOptions
from locksim.storage import recovery
from locksim.storage.group_commit import Durability
from locksim.storage.recovery import RecoveredWorld
from locksim.storage.store import WriteFailed

__all__ = ["VendorEndpoint", "WorldRegistry"]


class WorldRegistry:
    """All worlds of this process. `shared` are the ports that all of them may be reached through."""

    def __init__(
        self,
        vendors: Iterable[Vendor],
        terms: ServerConfig,
        wall: WallClock,
        secure: ssl.SSLContext | None,
        barrier: Durability | None = None,
    ) -> None:
        self.vendors = {v.name: v for v in vendors}
        self.terms = terms
        self.secure = secure
        self.barrier = barrier or Durability()
        """What has to be on disk before it may be told."""
        self.url = ""
        """The hub's own base URL."""
        self._sweeper: asyncio.TimerHandle | None = None
        self._wall = wall
        self._worlds: dict[str, ServedWorld] = {}
        self._own: dict[str, list[Listener]] = {}
        self._shared: dict[str, int] = {}
        self._named = 0
        self._begun: dict[str, dict[str, Any]] = {}
        """world → what it was begun from, for the data folder."""

    def share(self, ports: Mapping[str, int]) -> None:
        """ "vendor/site" → the port on which all worlds can be reached."""
        self._shared = dict(ports)

    def connection_info(self) -> dict[str, Any]:
        """The ready document."""
        document = connection_info.document(self.world(DEFAULT).core, self.url)
        if self.terms.tls is not None:
            document["ca"] = str(tls.certificate_of(self.terms.tls))
        return document

    # ---- the worlds

    def world(self, name: str) -> ServedWorld:
        """The world of this name; raises Unknown."""
        try:
            return self._worlds[name]
        except KeyError:
            raise Unknown(f"there is no world {name!r}; there are {_some(self._worlds)}") from None

    def worlds(self) -> list[ServedWorld]:
        """All of them, oldest first."""
        return list(self._worlds.values())

    def has_ports(self, name: str) -> bool:
        """Whether this world has ports of its own."""
        return name in self._own

    def begin(self, fresh: WorldOptions, name: str = DEFAULT) -> ServedWorld:
        """A new world on the shared ports. Raises Refused."""
        self._vacant(name)
        return self._begin(name, fresh, self._addresses(name, self._shared, prefixed=name != DEFAULT))

    async def create(self, new: NewWorld) -> ServedWorld:
        """A new world, on ports of its own when it is to have them. Raises Refused."""
        name = new.name or self._next_name()
        self._vacant(name)
        if not new.ports:
            return self.begin(new, name)
        listeners = self._listeners(name)
        self._own[name] = list(dict.fromkeys(listeners.values()))
        try:
            ports = {place: listener.port for place, listener in listeners.items()}
            live = self._begin(name, new, self._addresses(name, ports, prefixed=False))
        except BaseException:
            for listener in self._own.pop(name):
                listener.close()
            raise
        for listener in self._own[name]:
            await listener.start()
        return live

    def fork(self, live: ServedWorld, name: str | None) -> ServedWorld:
        """A copy of a world as it stands, with its snapshots. Who waits there does not wait here; what was about to leave
        there leaves here too."""
        name = name or self._next_name()
        self._vacant(name)
        image = WorldSnapshot.decode(live.core.checkpoint())
        image.world.addresses = self._addresses(name, self._shared, prefixed=True)
        core = WorldCore(live.core.vendors, image, name=name)
        core.apply(Restarted(live.now))
        self._begun[name] = self._begun.get(live.name, {})
        return self._enliven(core, present=live.present)

    def drop(self, name: str) -> None:
        """Forget a world. Who waits there is hung up. Raises Unknown, Impossible."""
        live = self.world(name)
        if name == DEFAULT:
            raise Impossible("the default world is always there; reset it instead")
        self.barrier.remove_world(name)
        del self._worlds[name]
        live.close()
        for listener in self._own.pop(name, []):
            listener.close()

    def _sweep(self) -> None:
        """Drop the worlds that nobody used for long; look again when the next may be due."""
        if self.terms.idle is None:
            return
        patience = int(self.terms.idle * SECOND)
        now, soonest = self._wall.now(), patience
        for name, live in list(self._worlds.items()):
            if name == DEFAULT:
                continue
            left = live.used + patience - now
            if left > 0:
                soonest = min(soonest, left)
            elif not live.busy:
                with suppress(WriteFailed):  # then it goes when the disk takes that
                    self.drop(name)
        self._sweeper = asyncio.get_running_loop().call_later(max(soonest / SECOND, 0.05), self._sweep)

    def close(self) -> None:
        """Forget them all, once what happened in them is safe."""
        self.barrier.close()
        if self._sweeper is not None:
            self._sweeper.cancel()
        for live in self._worlds.values():
            live.close()
        for listeners in self._own.values():
            for listener in listeners:
                listener.close()
        self._worlds, self._own = {}, {}

    # ---- making one

    def _vacant(self, name: str) -> None:
        if name in self._worlds:
            raise Impossible(f"there is a world {name!r} already; drop it first, or take another name")
        if len(self._worlds) >= self.terms.max_worlds:
            raise Impossible(
                f"there are {self.terms.max_worlds} worlds, and there can be no more; drop one first (or serve with a "
                "higher --max-worlds, or with --idle)"
            )

    def _next_name(self) -> str:
        while True:
            self._named += 1
            if f"world-{self._named}" not in self._worlds:
                return f"world-{self._named}"

    def _begin(self, name: str, fresh: WorldOptions, addresses: dict[str, str]) -> ServedWorld:
        clock = fresh.clock_options
        mode = clock.mode_or("real")
        start = _instant(clock.now) if clock.now is not None else None
        present = start is None and mode not in ("manual", "auto")
        core = WorldCore.begin(
            self.vendors,
            name=name,
            seed=fresh.seed,
            start=start if start is not None else self._wall.now() if present else parse_iso(START),
            profile=fresh.profile,
            limits=fresh.limits == "on",
            clock=mode,
            addresses=addresses,
            state=fresh.state,
            variants=fresh.variants,
        )
        self._begun[name] = begun(fresh)
        return self._enliven(core, present=present)

    def _enliven(self, core: WorldCore, *, present: bool, at: int | None = None, there: bool = False) -> ServedWorld:
        """Let time and callers into a world. Raises WriteFailed when it is to be kept, unless it is `there` already."""
        live = ServedWorld(
            core,
            self._wall,
            present=present,
            deliver_to=self.terms.deliver_to,
            barrier=self.barrier,
            about=self._about,
            at=at,
        )
        try:
            self.barrier.add_world(live, stored=there)
        except BaseException:
            live.close()
            raise
        self._worlds[core.name] = live
        if self._sweeper is None:
            self._sweep()
        return live

    # ---- kept ones

    def _about(self, live: ServedWorld) -> bytes:
        more = {"begun": self._begun.get(live.name, {}), "present": live.present, "ports": live.name in self._own}
        return msgspec.json.encode(recovery.describe(self.vendors, **more))

    def resume(self, recovered: Sequence[RecoveredWorld], asked: WorldOptions, keys: Container[str]) -> None:
        """Go on with worlds that were kept. `asked` describes the default world as far as `keys` say. Raises Refused."""
        for one in recovered:
            if one.core.name == DEFAULT:
                must_be_same(one.description, asked, keys)
        for one in recovered:
            name = one.core.name
            self._begun[name] = one.description.begun
            if one.description.ports:
                addresses = self._return(name, one)
            else:
                addresses = self._addresses(name, self._shared, prefixed=name != DEFAULT)
            at = goes_on(one, self._wall)
            live = self._enliven(one.core, present=one.description.present, at=at, there=not one.outdated)
            live.apply(Restarted(one.core.now, {} if addresses == one.core.addresses else addresses))

    def _return(self, name: str, one: RecoveredWorld) -> dict[str, str]:
        """Ports of its own again: those that it had, where they are free."""
        had = {place: urlsplit(url).port or 0 for place, url in one.core.addresses.items()}
        listeners = self._listeners(name, had)
        self._own[name] = list(dict.fromkeys(listeners.values()))
        return self._addresses(name, {place: listener.port for place, listener in listeners.items()}, prefixed=False)

    async def start(self) -> None:
        """Accept on the ports of worlds that came back with ports of their own."""
        for listeners in self._own.values():
            for listener in listeners:
                await listener.start()

    # ---- where it is

    def _addresses(self, name: str, ports: Mapping[str, int], *, prefixed: bool) -> dict[str, str]:
        prefix = f"/~{name}" if prefixed else ""
        base = f"{self.terms.scheme}://{self.terms.called}"
        return {
            f"{vendor.name}/{site.name}": f"{base}:{ports[_place(vendor, site)]}{prefix}{site.path}"
            for vendor in self.vendors.values()
            for site in vendor.sites
        }

    def _listeners(self, name: str, had: Mapping[str, int] = {}) -> dict[str, Listener]:
        """Free ports for a world: "vendor/site" → its listener, one for all sites that share a fixed port. Those that it
        `had`, if they are free."""
        listeners: dict[str, Listener] = {}
        try:
            for vendor, sites in doors(self.vendors.values()):
                answer = VendorEndpoint(self, vendor, sites, name)
                listener = Listener(bound(self.terms.host, had.get(_place(vendor, sites[0]), 0)), answer, self.secure)
                listeners |= {_place(vendor, site): listener for site in sites}
        except PortTaken as taken:
            for listener in listeners.values():
                listener.close()
            raise Impossible(f"no ports for a world of its own: {taken}") from None
        return listeners


class VendorEndpoint:
    """One port of a vendor: which world and which site a request is for."""

    def __init__(self, hub: WorldRegistry, vendor: Vendor, sites: list[Site], world: str | None = None) -> None:
        self._hub = hub
        self._vendor = vendor.name
        self._sites = sites
        self._world = world
        self._guard = HostCheck(hub.terms, [host for site in sites for host in site.hosts])

    def __call__(self, e: Exchange) -> None:
        """Take this request into its world."""
        refusal = self._guard.refuses(e)
        if refusal is not None:
            e.respond(refusal)
            return
        name, target = self._world or DEFAULT, e.target
        if self._world is None and "/~" in target:
            name, target = _world_in(target)
        try:
            live = self._hub.world(name)
        except Unknown as unknown:
            e.respond(sentence(404, str(unknown)))
            return
        live.request(e, self._vendor, self._site(e), target)

    def _site(self, e: Exchange) -> str:
        """Sites that share a port are told apart by the host that the caller names; the first is meant otherwise."""
        if len(self._sites) > 1:
            host = (e.header("host") or "").lower()
            for site in self._sites:
                if host in site.hosts:
                    return site.name
        return self._sites[0].name


def doors(vendors: Iterable[Vendor]) -> list[tuple[Vendor, list[Site]]]:
    """The ports that there must be: each vendor's sites, those of one fixed port together."""
    found: dict[tuple[str, int], tuple[Vendor, list[Site]]] = {}
    for vendor in vendors:
        for site in vendor.sites:
            found.setdefault((vendor.name, site.port), (vendor, []))[1].append(site)
    return list(found.values())


def _place(vendor: Vendor, site: Site) -> str:
    return f"{vendor.name}/{site.name}"


def _world_in(target: str) -> tuple[str, str]:
    """`/~name/rest` → the name and `/rest`; also when the target is in absolute form."""
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
    """Raises Refused when it is none, Impossible where no world's clock goes."""
    try:
        at = parse_iso(text)
    except ValueError as wrong:
        raise Refused(str(wrong)) from None
    if not 0 <= at < LATEST:
        raise Impossible(f"no world can begin at {text}: from 1970 on, and before 9000")
    return at


def _some(names: Iterable[str]) -> str:
    shown = sorted(names)
    return ", ".join(shown[:20]) + (f" and {len(shown) - 20} more" if len(shown) > 20 else "")
