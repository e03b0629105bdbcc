"""Two simulators that differ in everything that must not matter: seed, start, age, ports, clock mode."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from lockpact.core.pact import load
from lockpact.drift import DriftResult, Server, drift
from lockpact.drift.search import Finding
from locksim.engine.variants import Variant
from locksim.engine.vendor import variants_of
from locksim.registry import NAMES
from locksim.registry import load as simulator
from locksim.server.run import serving

CLOCKS = ("manual", "auto", "real", "x60")


FIXTURES = Path(__file__).parents[3] / "fixtures"
CATALOGUE = [(name, id_, variant) for name in NAMES for id_, variant in variants_of(simulator(name)).items()]
KNOWN_SEEDS = Path(__file__).with_name("known_seeds.json")


@cache
def known_seeds() -> Mapping[str, int]:
    """Return variant → a seed whose first sequence shows it; 0 is left out. `tests.lockpact.drift.remember` writes it.

    A seed that is no longer right costs time only: then the sequences after the first one show the variant.
    """
    seeds: dict[str, int] = json.loads(KNOWN_SEEDS.read_text())
    return seeds


def known(vendor: str) -> Path | None:
    """The differences between a live server and its pre-release that the vendor's document tells."""
    file = FIXTURES / vendor / "not-yet-live.toml"
    return file if file.exists() else None


@contextmanager
def pair(
    vendor: str, seed: int = 0, *variants: str, pre_release: bool | None = None
) -> Iterator[tuple[Server, Server]]:
    """The candidate has these variants. With any, it is the vendor's pre-release server, where there is one."""
    begins = f"2026-{seed % 11 + 1:02}-{seed % 27 + 1:02}T{seed * 5 % 24:02}:{seed * 7 % 60:02}:00Z"
    start = f"2026-{seed % 12 + 1:02}-{seed % 28 + 1:02}T{seed % 24:02}:17:00Z"
    clock = {"mode": CLOCKS[seed % 4], "now": start}
    with (
        serving([simulator(vendor)], seed=seed, clock={"mode": "real", "now": begins}) as one,
        serving([simulator(vendor)], seed=seed + 1000, clock=clock, variants=list(variants)) as other,
    ):
        yield (
            server(one, vendor),
            server(other, vendor, pre_release=bool(variants) if pre_release is None else pre_release),
        )


def server(ready: dict[str, Any], vendor: str, *, pre_release: bool = False) -> Server:
    """A simulator's server, the vendor's default; or that one's pre-release, where there is one."""
    shown = ready["vendors"][vendor]
    named = {url: name for name, url in shown.get("servers", {}).items()}
    next_one = load(vendor).live.pre_release.get(named.get(shown["url"], ""))
    url = shown["servers"][next_one] if pre_release and next_one else shown["url"]
    return Server(url, ready["control"])


def compared(
    vendor: str,
    seed: int = 0,
    variants: tuple[str, ...] = (),
    sequences: int = 200,
    enough: Callable[[Any], bool] = lambda found: False,
    pre_release: bool | None = None,
    **options: Any,
) -> DriftResult:
    """What a run finds."""
    with pair(vendor, seed, *variants, pre_release=pre_release) as (baseline, candidate):
        return drift(
            load(vendor), baseline, candidate, seed=seed, sequences=sequences, enough=enough,
            created_file=Path("no such folder/none"), **options,
        )  # fmt: skip


def search(
    vendor: str, id_: str, variant: Variant, seed: int = 0, sequences: int = 200
) -> tuple[DriftResult, list[Finding]]:
    """Return what a run finds, and what of that is this variant: its class, at most five steps, and not accepted."""

    def is_it(found: Finding) -> bool:
        return found.kind == variant.change and len(found.steps) <= 5

    verdict = compared(vendor, seed, (id_,), sequences, is_it, accept=known(vendor))
    return verdict, [found for found in verdict.found if is_it(found) and found.name not in verdict.accepted]
