"""Metrics for Prometheus, at `GET /_sim/metrics`, written by its client library (the extra `postgres` brings it).

The figures are plain counts that the server keeps anyway; the library is loaded at the first scrape. Nothing is registered
globally, so several servers in one process do not mix. No label grows with the worlds: a cluster may have thousands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from locksim.engine.errors import Refused
from locksim.engine.inputs import (
    Answer,
    CallerGone,
    Command,
    DeliveryOutcome,
    DeviceAction,
    Input,
    Request,
    Restarted,
    Tick,
)
from locksim.extras import require
from locksim.http.connection import own_answer
from locksim.server.worlds import WorldRegistry
from locksim.storage.group_commit import BUCKETS, CommitCounts
from locksim.version import __version__

__all__ = ["NotInstalled", "scrape"]

_KINDS: tuple[tuple[type[Input], str], ...] = (
    (Request, "request"),
    (Tick, "tick"),
    (DeviceAction, "act"),
    (CallerGone, "gone"),
    (DeliveryOutcome, "outcome"),
    (Command, "control"),
    (Restarted, "restarted"),
)
"""The kinds of turns, as the journal names them."""


class NotInstalled(Refused):
    """The client library is not installed."""

    status = 501


def scrape(registry: WorldRegistry) -> Answer:
    """Return the metrics of a server as text. Raises NotInstalled."""
    try:
        library = require("prometheus_client", "postgres", "/_sim/metrics")
    except Refused as missing:
        raise NotInstalled(str(missing)) from None
    collectors = library.CollectorRegistry(auto_describe=False)
    collectors.register(_Collector(registry, library))
    return own_answer(200, library.generate_latest(collectors), library.CONTENT_TYPE_LATEST)


class _Collector:
    """Turns a server's counts into the library's metrics."""

    def __init__(self, registry: WorldRegistry, library: Any) -> None:
        self._registry, self._library = registry, library

    def collect(self) -> Iterator[Any]:
        """Yield the metrics."""
        core, registry = self._library.metrics_core, self._registry
        node = registry.config.node or ""
        yield core.InfoMetricFamily("locksim", "The server.", value={"version": __version__, "node": node})
        yield core.GaugeMetricFamily("locksim_worlds", "Worlds in this process.", value=len(registry.worlds()))
        waiting = sum(len(world.core.waiters) for world in registry.worlds())
        yield core.GaugeMetricFamily("locksim_pending_requests", "Requests that wait for an answer.", value=waiting)
        turns = core.CounterMetricFamily("locksim_turns", "Turns of all worlds, by what entered.", labels=["kind"])
        for kind, name in _KINDS:
            turns.add_metric([name], registry.turns.get(kind, 0))
        yield turns
        if registry.barrier.counts is not None:
            yield from self._commits(registry.barrier.counts)
        if registry.nodes is not None:
            taken = registry.nodes.taken
            yield core.CounterMetricFamily("locksim_worlds_taken", "Worlds taken from the store.", value=taken)
            leaving = int(registry.nodes.leaving)
            yield core.GaugeMetricFamily("locksim_draining", "1 while the node gives its worlds back.", value=leaving)

    def _commits(self, counts: CommitCounts) -> Iterator[Any]:
        core = self._library.metrics_core
        total, buckets = 0, []
        for bound, number in zip((*BUCKETS, float("inf")), counts.within, strict=True):
            total += number
            buckets.append(("+Inf" if bound == float("inf") else f"{bound:g}", total))
        yield core.HistogramMetricFamily(
            "locksim_commit_seconds", "How long commits to the store took.", buckets=buckets, sum_value=counts.seconds
        )
        yield core.CounterMetricFamily("locksim_changes", "Changes that were committed.", value=counts.changes)
        yield core.CounterMetricFamily("locksim_commit_failures", "Commits that failed.", value=counts.failed)
        yield core.CounterMetricFamily(
            "locksim_worlds_lost",
            "Worlds that another node took, or whose last commit was not known.",
            value=counts.lost,
        )
