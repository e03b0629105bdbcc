"""`locksim.World`: a world in process that finds its vendors in the registry.

The kernel knows no vendor by name, so its `LocalWorld` is handed them; this is where the two meet for callers in
Python. (The server's place is `locksim.cli`.)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from locksim.inprocess.driver import DEFAULT_START, LocalWorld
from locksim.registry import select

__all__ = ["World"]


def World(  # noqa: N802 - to its users it is the class that they make worlds of
    *,
    seed: int = 0,
    vendors: Iterable[str] | None = None,
    start: str = DEFAULT_START,
    profile: str = "documented",
    clock: str = "auto",
    limits: bool = True,
    deliveries: str = "auto",
    state: Mapping[str, Any] | None = None,
    variants: Iterable[str] = (),
) -> LocalWorld:
    """A new world with the vendors of these names (None: all that there are).

    `start` is an ISO 8601 time with its zone, `profile` `documented` or `observed`, `clock` `auto` or `manual`,
    `deliveries` `auto` or `held`; `state` maps a vendor to the state it begins with, in place of its default world.

    Raises locksim.engine.vendor.Refused, with a sentence, for what is none of these.
    """
    return LocalWorld(
        select(vendors),
        seed=seed,
        start=start,
        profile=profile,
        clock=clock,
        limits=limits,
        deliveries=deliveries,
        state=state,
        variants=variants,
    )
