"""Two stand-ins that differ in all that must not matter: seed, start, age, ports, the way their time passes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lockpact.drift import Server, Verdict, drift
from lockpact.pact import load
from locksim.kernel.served import serving
from locksim.vendors import load as stand_in

CLOCKS = ("manual", "auto", "real", "x60")


@contextmanager
def pair(vendor: str, seed: int = 0, *variants: str) -> Iterator[tuple[Server, Server]]:
    """The candidate has these variants."""
    start = f"2026-{seed % 12 + 1:02}-{seed % 28 + 1:02}T{seed % 24:02}:17:00Z"
    clock = {"mode": CLOCKS[seed % 4], "now": start}
    with (
        serving([stand_in(vendor)], seed=seed, clock="real") as one,
        serving([stand_in(vendor)], seed=seed + 1000, clock=clock, variants=list(variants)) as other,
    ):
        yield _server(one, vendor), _server(other, vendor)


def _server(ready: dict[str, Any], vendor: str) -> Server:
    return Server(ready["vendors"][vendor]["url"], ready["control"])


def compared(
    vendor: str,
    seed: int = 0,
    variants: tuple[str, ...] = (),
    sequences: int = 200,
    enough: Callable[[Any], bool] = lambda found: False,
    **options: Any,
) -> Verdict:
    """What a run finds."""
    with pair(vendor, seed, *variants) as (baseline, candidate):
        return drift(
            load(vendor), baseline, candidate, seed=seed, sequences=sequences, enough=enough,
            ledger=Path("no such folder/none"), **options,
        )  # fmt: skip
