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
    from locksim.inprocess.world import World

__all__ = ["World", "__version__"]


def __getattr__(name: str) -> Any:
    """Load `World` at its first use."""
    if name == "World":
        from locksim.inprocess.world import World

        return World
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
