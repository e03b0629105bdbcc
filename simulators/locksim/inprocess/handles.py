"""The tester's handles on a world in process: its clock, devices, faults, deliveries and journal.

    site = World(seed=7).site("nuki")
    site.hardware["12345678"].turn(to="locked")
    site.hardware.act("12345678", "turn", to="locked", after=2.5)     # scheduled
    site.clock.advance(30)
    site.faults.inject({"kind": "refuse", "name": "unavailable"}, path="/lock*", times=2)

Everything enters the world as an input, and so its journal. The rows of `locksim.server.operations` state the arguments, their
bounds and descriptions, for these handles and for the control API alike.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import msgspec

from locksim.engine.commands import result_of
from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Refused, Unknown
from locksim.engine.faults import Effect, Fault
from locksim.engine.inputs import DeviceAction, Request
from locksim.engine.journal import Entry
from locksim.engine.timestamps import iso, micros, parse_iso
from locksim.engine.vendor import Device
from locksim.inprocess.driver import Driver

__all__ = [
    "BaseDeviceHandle",
    "ClockHandle",
    "DeliveriesHandle",
    "DeviceHandle",
    "FaultsHandle",
    "HardwareHandle",
    "JournalHandle",
    "act",
]


def act(
    driver: Driver, vendor: str, device: str | None, action: str, after: float | Decimal | None, args: dict[str, Any]
) -> dict[str, Any]:
    """Act on a device, or (None) by the vendor's staff; now, or `after` some seconds. Raises Unknown, Impossible."""
    if after is None:
        return result_of(driver.apply(DeviceAction(driver.core.now, vendor, device, action, args)))
    scheduled = {"vendor": vendor, "device": device, "action": action, "args": args}
    return driver.control("plan", after=float(after), act=scheduled)


class ClockHandle:
    """The world's time. Lengths are seconds, times are ISO 8601 texts with a zone."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    @property
    def now(self) -> int:
        """Microseconds since the epoch, UTC."""
        return self._driver.core.now

    @property
    def iso(self) -> str:
        """The same as text."""
        return iso(self.now)

    @property
    def mode(self) -> str:
        """`auto` or `manual`."""
        return self._driver.core.clock.mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in ("auto", "manual"):
            raise Refused(f"a world in process has no wall clock, so it cannot be {mode}: use auto or manual, or serve")
        self._driver.control("clock", mode=mode)

    def advance(self, seconds: float | Decimal | None = None, *, until: str | None = None) -> None:
        """Let time pass: `seconds`, or `until` a time. Raises Refused when that is past."""
        if (seconds is None) == (until is None):
            raise Refused("advance takes either seconds or until")
        target = self.now + micros(seconds) if seconds is not None else parse_iso(until or "")
        if target < self.now:
            raise Refused(f"{iso(target)} is past; it is {self.iso} in this world, and time never goes back")
        self._driver.pass_time(target)


class FaultsHandle:
    """The faults of a world; those that a vendor's handle injects are limited to this vendor."""

    def __init__(self, driver: Driver, vendor: str | None = None) -> None:
        self._driver = driver
        self._vendor = vendor

    def inject(
        self,
        effect: dict[str, Any] | Effect,
        *,
        vendor: str | None = None,
        method: str | None = None,
        path: str | None = None,
        nth: int = 1,
        times: int | None = None,
        probability: float = 1.0,
    ) -> int:
        """Inject a fault, and return its id. Raises Refused.

        Args:
            effect: what happens; see `locksim.engine.faults`.
            vendor: match only requests to this vendor.
            method: match only this HTTP method.
            path: a glob over the path; for deliveries, over the receiver's URL.
            nth: the first match that the fault may strike.
            times: how often it strikes at most; None: no limit.
            probability: how likely it strikes a match.
        """
        matcher = {"vendor": vendor or self._vendor, "method": method, "path": path, "nth": nth, "times": times}
        as_json = effect if isinstance(effect, dict) else msgspec.to_builtins(effect)
        return int(self._driver.control("fault", effect=as_json, probability=probability, **matcher)["id"])

    def remove(self, id: int | None = None) -> None:
        """Remove one fault, or all."""
        self._driver.control("lift", id=id)

    def list(self) -> list[Fault]:
        """Return the injected faults, with how often each matched and struck."""
        return self._driver.core.faults()


class DeliveriesHandle:
    """What the vendors send out; with a vendor, only this vendor's."""

    def __init__(self, driver: Driver, vendor: str | None = None) -> None:
        self._driver = driver
        self._vendor = vendor

    def list(self) -> list[Delivery]:
        """Return all deliveries, oldest first."""
        return [one for one in self._driver.core.deliveries() if self._vendor in (None, one.vendor)]

    @property
    def mode(self) -> str:
        """`auto`: deliveries leave by themselves; `held`: they wait for `release`, `double` or `drop`."""
        return self._driver.core.deliveries_mode

    @mode.setter
    def mode(self, mode: str) -> None:
        self._driver.control("deliveries", mode=mode)

    def receive(self, url: str, receiver: Callable[[Delivery], int | None]) -> None:
        """Let a function receive what is sent to a URL. It returns a status (None: 200), or raises."""
        self._driver.receivers[url] = receiver

    def release(self, id: int) -> None:
        """Let a held delivery leave."""
        self._driver.control("release", id=id)

    def double(self, id: int) -> None:
        """Send a delivery once more."""
        self._driver.control("double", id=id)

    def drop(self, id: int) -> None:
        """Drop a delivery: its vendor sees the error `dropped`."""
        self._driver.control("drop", id=id)


class JournalHandle:
    """What entered the world, and what it answered; with a vendor, only what concerns this vendor."""

    def __init__(self, driver: Driver, vendor: str | None = None) -> None:
        self._driver = driver
        self._vendor = vendor

    def entries(self, vendor: str | None = None, *, after: int = 0, limit: int | None = None) -> list[Entry]:
        """Return the entries above number `after`, oldest first; of one vendor, or all."""
        wanted = vendor or self._vendor
        found = [
            entry
            for entry in self._driver.core.journal.read(after)
            if wanted is None or getattr(entry.input, "vendor", None) == wanted
        ]
        return found if limit is None else found[:limit]

    def requests(self) -> list[Entry]:
        """Return the entries of requests."""
        return [entry for entry in self.entries() if isinstance(entry.input, Request)]

    def misses(self) -> list[str]:
        """Return all near misses, oldest first."""
        return [miss for entry in self.entries() for miss in entry.misses]

    def jsonl(self) -> str:
        """Return the journal as JSON lines: a header, then the entries. That of a whole world can be replayed."""
        from locksim.engine.export import lines

        return b"".join(lines(self._driver.core, self.entries(), self._vendor)).decode()


class BaseDeviceHandle:
    """One device. Each of its actions is a method, with the action's arguments and `after`."""

    def __init__(self, hardware: HardwareHandle, id: str, kind: str) -> None:
        self._hardware, self.id, self.kind = hardware, id, kind

    @property
    def state(self) -> dict[str, Any]:
        """What a person in front of the device sees now."""
        return self._hardware.device(self.id).state

    @property
    def actions(self) -> tuple[str, ...]:
        """The names of its actions."""
        return self._hardware.device(self.id).actions

    if not TYPE_CHECKING:  # `locksim.inprocess.vendors` has the signatures

        def __getattr__(self, action: str) -> Callable[..., dict[str, Any]]:
            if action.startswith("_"):
                raise AttributeError(action)
            return lambda **args: self._hardware.act(self.id, action, **args)

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self.actions]

    def __repr__(self) -> str:
        return f"<{self.kind} {self.id} {self.state}>"


class DeviceHandle(BaseDeviceHandle):
    """A device of a vendor that is not known before run time."""

    if TYPE_CHECKING:

        def __getattr__(self, action: str) -> Callable[..., dict[str, Any]]: ...


class HardwareHandle:
    """The devices of one vendor."""

    kinds: Mapping[str, type[BaseDeviceHandle]] = {}
    """Kind → the class of its devices."""

    def __init__(self, driver: Driver, vendor: str) -> None:
        self._driver = driver
        self._vendor = vendor

    def devices(self) -> list[Device]:
        """Return all devices."""
        return self._driver.core.devices(self._vendor)

    def device(self, id: str | int) -> Device:
        """Return one device as it is now. Raises Unknown."""
        return self._driver.core.device(self._vendor, str(id))

    def __getitem__(self, id: str | int) -> DeviceHandle:
        handle: DeviceHandle = self._handle(self.device(id))
        return handle

    def kind(self, kind: str) -> list[DeviceHandle]:
        """Return all devices of a kind. Raises Unknown: there is no such kind."""
        kinds = self._driver.core.vendor(self._vendor).actions
        if kind not in kinds:
            raise Unknown(f"{self._vendor} has no devices of the kind {kind!r}; it has {', '.join(kinds)}")
        return [self._handle(device) for device in self.devices() if device.kind == kind]

    def _handle(self, device: Device) -> Any:
        return self.kinds.get(device.kind, DeviceHandle)(self, device.id, device.kind)

    def act(
        self, device: str | int, action: str, *, after: float | Decimal | None = None, **args: Any
    ) -> dict[str, Any]:
        """Act on a device now, or `after` some seconds, and return what happened.

        Raises:
            Unknown: there is no such device or action.
            Impossible: it cannot be done now.
            WrongArguments: the action does not take these arguments.
        """
        return act(self._driver, self._vendor, str(device), action, after, args)
