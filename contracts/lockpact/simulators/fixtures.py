"""Worlds and sites for tests of one's own: what the pytest fixtures are made of.

with lock_world(seed=7) as world: ...
with site("nuki") as nuki: ...
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from locksim.inprocess.world import World
from locksim.registry import NAMES

if TYPE_CHECKING:
    from locksim.inprocess.world import VendorHandle, World

__all__ = ["VENDORS", "lock_world", "site"]

VENDORS = NAMES
"""The vendors that there are stand-ins for."""


@contextmanager
def lock_world(*, seed: int = 0, vendors: Iterable[str] | None = None, **options: Any) -> Iterator[World]:
    """A fresh world with these vendors (None: all). `options` are those of `locksim.World`.

    Under `lockpact grade`, what is being graded is planted in it.
    """
    graded = os.environ.get("LOCKPACT_VARIANTS", "").split()
    from locksim.inprocess.world import World

    chosen = list(VENDORS if vendors is None else vendors)
    options.setdefault("variants", [id_ for id_ in graded if id_.partition("-")[0] in chosen])
    yield World(seed=seed, vendors=chosen, **options)


@contextmanager
def site(vendor: str, *, seed: int = 0, **options: Any) -> Iterator[VendorHandle]:
    """One vendor in a fresh world of its own."""
    with lock_world(seed=seed, vendors=[vendor], **options) as world:
        yield world.site(vendor)
