"""Simulated worlds and vendors for a user's own tests. The pytest fixtures use these.

with lock_world(seed=7) as world: ...
with site("nuki") as nuki: ...
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from locksim.inprocess.handles import ClockHandle
from locksim.inprocess.world import VendorHandle, World
from locksim.registry import NAMES

__all__ = ["VARIANTS_VARIABLE", "VENDORS", "ClockHandle", "VendorHandle", "World", "lock_world", "site"]

VENDORS = NAMES
"""The vendors that have a simulator."""
VARIANTS_VARIABLE = "LOCKPACT_VARIANTS"
"""The environment variable in which `lockpact grade` names the variants to activate: ids separated by spaces."""


@contextmanager
def lock_world(*, seed: int = 0, vendors: Iterable[str] | None = None, **options: Any) -> Iterator[World]:
    """Yield a fresh world with these vendors (None: all). `options` are those of `locksim.World`.

    Under `lockpact grade` the variant that is graded is active in it.
    """
    active = os.environ.get(VARIANTS_VARIABLE, "").split()
    chosen = list(VENDORS if vendors is None else vendors)
    options.setdefault("variants", [id_ for id_ in active if id_.partition("-")[0] in chosen])
    yield World(seed=seed, vendors=chosen, **options)


@contextmanager
def site(vendor: str, *, seed: int = 0, **options: Any) -> Iterator[VendorHandle]:
    """Yield the handle of one vendor in a fresh world of its own."""
    with lock_world(seed=seed, vendors=[vendor], **options) as world:
        yield world.site(vendor)
