"""Two simulators that differ in everything that must not matter: seed, start, age, ports, clock mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lockpact.core.pact import load
from lockpact.drift import DriftResult, Server, drift
from locksim.registry import load as simulator
from locksim.server.run import serving

CLOCKS = ("manual", "auto", "real", "x60")


FIXTURES = Path(__file__).parents[3] / "fixtures"


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
