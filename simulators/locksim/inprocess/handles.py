"""The tester's handles on one world in process: its vendors' sites, hardware, clock, faults, deliveries, journal.

    site = World(seed=7).site("…")
    httpx.Client(transport=site.transport, base_url=site.url)
    site.hardware["12345678"].turn(to="locked")
    site.hardware.act("12345678", "turn", to="locked", after=2.5)     # planned
    site.clock.advance(30)
    site.faults.plant({"kind": "refuse", "name": "unavailable"}, path="/lock*", times=2)

Everything goes into the world as an input, and so into its journal.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from locksim.engine import deliveries as outgoing
from locksim.engine import faults as planted
from locksim.engine.errors import Impossible, Refused, Unknown
from locksim.engine.inputs import Command, DeviceAction, Request
from locksim.engine.journal import Entry
from locksim.engine.timestamps import iso, micros, parse_iso
from locksim.engine.vendor import Device, Vendor

if TYPE_CHECKING:
    from locksim.inprocess.httpx_transport import HttpxAsyncTransport, HttpxTransport, RequestsAdapter
    from locksim.inprocess.world import World

__all__ = [
    "ClockHandle",
    "DeliveriesHandle",
    "DeviceHandle",
    "FaultsHandle",
    "HardwareHandle",
    "JournalHandle",
    "VendorHandle",
    "result_of",
]


def result_of(entry: Entry) -> dict[str, Any]:
    """What an act or a control answered. Raises the Refused that it was."""
    if entry.refused is None:
        return entry.result or {}
    status, sentence = entry.refused
    refused = {404: Unknown, 409: Impossible}.get(status, Refused)(sentence)
    refused.status = status
    raise refused


class _Part:
    """Something of a world that is in process."""

    def __init__(self, world: World) -> None:
        self.world = world


class ClockHandle(_Part):
    """The world's time. Lengths are seconds, instants ISO 8601 texts with a zone."""

    @property
    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        return self.world.core.now

    @property
    def iso(self) -> str:
        """The same as text."""
        return iso(self.now)

    @property
    def mode(self) -> str:
        """`auto` or `manual`."""
        return self.world.core.clock.mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in ("auto", "manual"):
            raise Refused(f"a world in process has no wall clock to be {mode}: use auto or manual, or serve")
        self.world.control("clock", mode=mode)

    def advance(self, seconds: float | Decimal | None = None, *, until: str | None = None) -> None:
        """Let so many seconds pass, or all time until then. Raises Refused when that lies in the past."""
        if (seconds is None) == (until is None):
            raise Refused("advance takes seconds, or until")
        target = self.now + micros(seconds) if seconds is not None else parse_iso(until or "")
        if target < self.now:
            raise Refused(f"{iso(target)} is past; it is {self.iso} in this world, and time does not go back")
        self.world.advance_to(target)


class FaultsHandle(_Part):
    """What goes wrong, and when."""

    vendor: str | None = None

    def plant(
        self,
        effect: dict[str, Any] | planted.Effect,
        *,
        vendor: str | None = None,
        method: str | None = None,
        path: str | None = None,
        nth: int = 1,
        times: int | None = None,
        probability: float = 1.0,
    ) -> int:
        """Plant one; see `locksim.engine.faults` for the effects. → its id. Raises Refused."""
        matcher = {"vendor": vendor or self.vendor, "method": method, "path": path, "nth": nth, "times": times}
        as_json = effect if isinstance(effect, dict) else msgspec.to_builtins(effect)
        done = self.world.control("fault", effect=as_json, probability=probability, **matcher)
        return int(done["id"])

    def lift(self, id: int | None = None) -> None:
        """Lift one, or all."""
        self.world.control("lift", id=id)

    def list(self) -> list[planted.Fault]:
        """What is planted, with how often each matched and struck."""
        return self.world.core.faults()


class DeliveriesHandle(_Part):
    """What the vendors send out."""

    vendor: str | None = None

    def list(self) -> list[outgoing.Delivery]:
        """All, oldest first."""
        return [d for d in self.world.core.deliveries() if self.vendor in (None, d.vendor)]

    @property
    def mode(self) -> str:
        """`auto`: they leave by themselves; `held`: they wait for `release`, `double` or `drop`."""
        return self.world.core.deliveries_mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self.world.control("deliveries", mode=mode)

    def receive(self, url: str, receiver: Callable[[outgoing.Delivery], int | None]) -> None:
        """Let a function receive what is sent to this URL; it answers a status (None: 200), or raises."""
        self.world.receivers[url] = receiver

    def release(self, id: int) -> None:
        """Let a held one go."""
        self.world.control("release", id=id)

    def double(self, id: int) -> None:
        """Send one once more."""
        self.world.control("double", id=id)

    def drop(self, id: int) -> None:
        """Take one off the wire."""
        self.world.control("drop", id=id)


class JournalHandle(_Part):
    """What entered the world, and what it answered."""

    vendor: str | None = None

    def entries(self, vendor: str | None = None, *, after: int = 0, limit: int | None = None) -> list[Entry]:
        """The entries above number `after`, oldest first; of one vendor, or all."""
        wanted = vendor or self.vendor
        found = [
            e
            for e in self.world.core.journal.read(after)
            if wanted is None or getattr(e.input, "vendor", None) == wanted
        ]
        return found if limit is None else found[:limit]

    def requests(self) -> list[Entry]:
        """The entries of requests."""
        return [e for e in self.entries() if isinstance(e.input, Request)]

    def misses(self) -> list[str]:
        """All near misses, oldest first."""
        return [m for e in self.entries() for m in e.misses]

    def jsonl(self) -> str:
        """As JSON lines: a header, then the entries. That of a whole world can be replayed (`locksim replay`)."""
        from locksim.engine.export import lines

        return b"".join(lines(self.world.core, self.entries(), self.vendor)).decode()


class DeviceHandle:
    """One device: every action that it has is a method, with the action's arguments and `after`."""

    def __init__(self, hardware: HardwareHandle, id: str, kind: str) -> None:
        self._hardware, self.id, self.kind = hardware, id, kind

    @property
    def state(self) -> dict[str, Any]:
        """What a person standing before it sees now."""
        return self._hardware.device(self.id).state

    def __getattr__(self, action: str) -> Callable[..., dict[str, Any]]:
        if action.startswith("_"):
            raise AttributeError(action)
        return lambda **args: self._hardware.act(self.id, action, **args)

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id} {self.state}>"


class HardwareHandle:
    """The physical side of one vendor."""

    def __init__(self, site: VendorHandle) -> None:
        self._site = site

    def devices(self) -> list[Device]:
        """All there is."""
        return self._site.world.core.devices(self._site.vendor)

    def device(self, id: str) -> Device:
        """One, as it is now. Raises Unknown."""
        for device in self.devices():
            if device.id == id:
                return device
        raise Unknown(f"{self._site.vendor} has no device {id!r}; it has {', '.join(d.id for d in self.devices())}")

    def __getitem__(self, id: str) -> DeviceHandle:
        return DeviceHandle(self, id, self.device(id).kind)

    def kind(self, kind: str) -> list[DeviceHandle]:
        """All devices of a kind."""
        return [DeviceHandle(self, d.id, d.kind) for d in self.devices() if d.kind == kind]

    def act(self, device: str, action: str, *, after: float | Decimal | None = None, **args: Any) -> dict[str, Any]:
        """Do it now, or plan it `after` seconds from now. → what happened. Raises Unknown, Impossible, WrongArguments."""
        return self._site.act(device, action, after, args)


class VendorHandle:
    """One vendor in one world."""

    def __init__(self, world: World, vendor: Vendor) -> None:
        self.world = world
        self.vendor = vendor.name
        self._vendor = vendor
        self.hardware = HardwareHandle(self)
        self.clock = world.clock
        self.faults, self.deliveries, self.journal = FaultsHandle(world), DeliveriesHandle(world), JournalHandle(world)
        self.faults.vendor = self.deliveries.vendor = self.journal.vendor = vendor.name

    @property
    def url(self) -> str:
        """The base URL of the vendor's main site."""
        return self.url_of(self._vendor.sites[0].name)

    def url_of(self, site: str) -> str:
        """The base URL of one of the vendor's sites."""
        return self.world.core.url(self.vendor, site)

    @property
    def credentials(self) -> dict[str, Any]:
        """As in the ready document, as they are now."""
        return self._vendor.credentials(self.world.core.state(self.vendor))

    @property
    def state(self) -> Any:
        """The vendor's typed state: to look at, not to change."""
        return self.world.core.state(self.vendor)

    @property
    def transport(self) -> HttpxTransport:
        """For `httpx.Client(transport=…, base_url=site.url)`."""
        return self.world.transport

    @property
    def async_transport(self) -> HttpxAsyncTransport:
        """For `httpx.AsyncClient(transport=…, base_url=site.url)`."""
        return self.world.async_transport

    @property
    def adapter(self) -> RequestsAdapter:
        """For `requests.Session().mount(site.url, …)`."""
        return self.world.adapter

    def support(self, action: str, *, after: float | Decimal | None = None, **args: Any) -> dict[str, Any]:
        """What the vendor's own staff or the account's owner does, now or later. Raises Unknown, Impossible."""
        return self.act(None, action, after, args)

    def act(
        self, device: str | None, action: str, after: float | Decimal | None, args: dict[str, Any]
    ) -> dict[str, Any]:
        """An act on a device, or (None) by the vendor's staff."""
        now = self.world.core.now
        if after is None:
            return result_of(self.world.apply(DeviceAction(now, self.vendor, device, action, args)))
        what = {"vendor": self.vendor, "device": device, "action": action, "args": args}
        return result_of(self.world.apply(Command(now, "plan", {"after": float(after), "act": what})))
