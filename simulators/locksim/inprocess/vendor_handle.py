"""The tester's handle on one vendor of a world in process."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from locksim.engine.vendor import Vendor
from locksim.inprocess.handles import DeliveriesHandle, FaultsHandle, HardwareHandle, JournalHandle, act
from locksim.inprocess.world_handle import WorldHandle

if TYPE_CHECKING:
    from locksim.inprocess.httpx_transport import HttpxAsyncTransport, HttpxTransport
    from locksim.inprocess.requests_adapter import RequestsAdapter

__all__ = ["VendorHandle"]


class VendorHandle:
    """One vendor in one world."""

    hardware_type: ClassVar[type[HardwareHandle]] = HardwareHandle

    def __init__(self, world: WorldHandle, vendor: Vendor) -> None:
        self.world = world
        self.vendor = vendor.name
        self._vendor = vendor
        self.clock = world.clock
        self.hardware = self.hardware_type(world, vendor.name)
        self.faults = FaultsHandle(world, vendor.name)
        self.deliveries = DeliveriesHandle(world, vendor.name)
        self.journal = JournalHandle(world, vendor.name)

    @property
    def url(self) -> str:
        """The base URL of the vendor's main site."""
        return self.url_of(self._vendor.sites[0].name)

    def url_of(self, site: str) -> str:
        """Return the base URL of one of the vendor's sites."""
        return self.world.core.url(self.vendor, site)

    @property
    def credentials(self) -> dict[str, Any]:
        """The credentials as they are now, in the form of the connection info."""
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
        """Do what the vendor's own staff or the account's owner does, now or later. Raises Unknown, Impossible."""
        return self.act(None, action, after, args)

    if not TYPE_CHECKING:  # `locksim.inprocess.vendors` has the signatures

        def __getattr__(self, name: str) -> Any:
            """Return what adds a device: the support action `add_…`, as a method that returns the new device's handle."""
            if not name.startswith("add_") or name not in self._vendor.support:
                raise AttributeError(f"{type(self).__name__} has no attribute {name!r}")

            def add(**args: Any) -> Any:
                done = self.support(name, **args)
                return self.hardware[done["device"]] if "device" in done else done

            return add

    def act(
        self, device: str | None, action: str, after: float | Decimal | None, args: dict[str, Any]
    ) -> dict[str, Any]:
        """Act on a device, or (None) by the vendor's staff; now, or `after` some seconds. Raises Unknown, Impossible."""
        return act(self.world, self.vendor, device, action, after, args)
