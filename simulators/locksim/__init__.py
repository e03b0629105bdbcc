"""Simulators of smart-lock vendors' APIs, with the locks behind them. The tester controls time, randomness and failures.

    world = locksim.World(seed=7)
    site = world.site("nuki")
    client = httpx.Client(transport=site.transport, base_url=site.url)

`import locksim` loads nothing else; the first use of `World` loads the engine, and a world loads its vendors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from locksim.version import __version__

if TYPE_CHECKING:
    from locksim.inprocess.handles import DeviceHandle
    from locksim.inprocess.vendors import Codelocks, Lockt, Noke, Nuki, RemoteLock
    from locksim.inprocess.world import VendorHandle, World

__all__ = [
    "Codelocks", "DeviceHandle", "Lockt", "Noke", "Nuki", "RemoteLock", "VendorHandle", "World", "__version__",
]  # fmt: skip


_LAZY = {
    "DeviceHandle": "handles",
    "VendorHandle": "vendor_handle",
    "World": "world",
} | dict.fromkeys(("Codelocks", "Lockt", "Noke", "Nuki", "RemoteLock"), "vendors")
"""Name → its module in `locksim.inprocess`, imported at first use: it loads the engine."""


def __getattr__(name: str) -> Any:
    """Load a name at its first use."""
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"locksim.inprocess.{_LAZY[name]}"), name)
