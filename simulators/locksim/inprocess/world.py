"""`locksim.World`: a world in this process, without sockets, and the tester's handles on it.

site = World(seed=7).site("nuki")
client = httpx.Client(transport=site.transport, base_url=site.url)
"""

from __future__ import annotations

from typing import Literal, overload

from locksim.inprocess.endpoints import NobodyAnswers, ReadTimeout
from locksim.inprocess.vendor_handle import VendorHandle
from locksim.inprocess.vendors import HANDLES, Codelocks, Lockt, Noke, Nuki, RemoteLock
from locksim.inprocess.world_handle import DEFAULT_START, WorldHandle

__all__ = ["DEFAULT_START", "NobodyAnswers", "ReadTimeout", "VendorHandle", "World"]


class World(WorldHandle):
    """One world in this process. Its arguments are those of `WorldHandle`."""

    @overload
    def site(self, vendor: Literal["noke"]) -> Noke: ...
    @overload
    def site(self, vendor: Literal["remotelock"]) -> RemoteLock: ...
    @overload
    def site(self, vendor: Literal["lockt"]) -> Lockt: ...
    @overload
    def site(self, vendor: Literal["codelocks"]) -> Codelocks: ...
    @overload
    def site(self, vendor: Literal["nuki"]) -> Nuki: ...
    @overload
    def site(self, vendor: str) -> VendorHandle: ...
    def site(self, vendor: str) -> VendorHandle:
        """Return the tester's handles on one vendor. Raises Unknown."""
        return HANDLES.get(vendor, VendorHandle)(self, self.core.vendor(vendor))

    def physics(self, *, clock_drift: float | None = None, battery_drain: float | None = None) -> dict[str, float]:
        """Change how far clocks drift (seconds a day) and how fast batteries drain. Return both as they are now.

        What is left out stays as it is. Nothing jumps: clocks show what they showed, and batteries have what they had.
        """
        return self.control("physics", clock_drift=clock_drift, battery_drain=battery_drain)
