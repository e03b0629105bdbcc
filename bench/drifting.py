"""Measure a drift run between two simulators, each in a process of its own, and which variants it finds."""

from __future__ import annotations

from contextlib import ExitStack
from typing import NamedTuple

from lockpact.core.pact import load
from lockpact.drift import DriftResult, Server, drift
from lockpact.simulators.served import served, variants_of

__all__ = ["Cost", "costs", "found"]


class Cost(NamedTuple):
    """A whole run, with its defaults, between two servers that do not differ."""

    calls: int
    """To the baseline."""
    seconds: float
    live_minutes: float
    """That it would take two live servers, at half their rate limit."""


def costs(vendor: str) -> Cost:
    """Measure it."""
    verdict = _run(vendor)
    bill = verdict.usage[0]
    return Cost(bill.calls, verdict.seconds, bill.live / 60)


def found(vendor: str) -> tuple[int, int, int, float]:
    """Return how many variants a run with its defaults finds and classifies correctly; how many there are;
    the most steps that it takes to show one; the longest run, in seconds.
    """
    catalogue = variants_of(vendor)
    steps: list[int] = []
    longest = 0.0
    for id_, variant in catalogue.items():
        verdict = _run(vendor, id_)
        longest = max(longest, verdict.seconds)
        steps += sorted(
            len(one.steps)
            for one in verdict.found
            if one.kind == variant["class"] and len(one.steps) <= 5 and one.name not in verdict.accepted
        )[:1]
    return len(steps), len(catalogue), max(steps, default=0), longest


def _run(vendor: str, *variants: str) -> DriftResult:
    pact = load(vendor)
    with ExitStack() as stack:
        one, other = (
            stack.enter_context(served([vendor], seed=seed, variants=v)) for seed, v in ((0, ()), (1, variants))
        )
        servers = []
        for ready in (one, other):
            shown = ready["vendors"][vendor]
            name = next((name for name, url in shown.get("servers", {}).items() if url == shown["url"]), "")
            after = pact.live.pre_release.get(name) if variants and ready is other else None
            servers.append(Server(shown["servers"][after] if after else shown["url"], ready["control"]))
        return drift(pact, *servers)
