"""One drift run: open two servers, search within their limits, and remove what was created."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import ceil
from pathlib import Path
from time import perf_counter

import httpx

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.interruption import report_so_far
from lockpact.core.pact import Pact
from lockpact.drift.accept import AcceptedDifferences, read
from lockpact.drift.compare import WEIGHTS
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.report import DriftResult
from lockpact.drift.search import Finding, Search
from lockpact.drift.server_under_test import ServerUnderTest
from lockpact.drift.servers import (
    CREATED_FILE,
    Server,
    clean_up,
    limits_at,
    open_server,
    operations_of,
    with_control,
)
from lockpact.live.permission import READ_ONLY, Permission, Usage
from lockpact.live.stage import Limits
from lockpact.live.targets import refuse_production

__all__ = ["drift"]

_CLEANUP = "what this run created may be left on a live server; lockpact cleanup {vendor} --url URL removes it"


def drift(
    pact: Pact,
    baseline: Server,
    candidate: Server,
    *,
    permission: Permission = READ_ONLY,
    accept: Path | None = None,
    sequences: int = 60,
    length: int = 12,
    seed: int = 0,
    created_file: Path = CREATED_FILE,
    enough: Callable[[Finding], bool] = lambda finding: False,
    progress: Callable[[str], None] = lambda what: None,
) -> DriftResult:
    """Compare two servers of a vendor.

    Args:
        pact: The vendor's pact.
        baseline: The server that is known to be right.
        candidate: The server that may have changed.
        permission: What may be sent to a live server.
        accept: The file of accepted differences.
        sequences: How many sequences to run.
        length: How many steps a sequence has.
        seed: The same seed gives the same run.
        created_file: The file of what is created on live servers.
        enough: The search ends with the first new difference for which this is true.
        progress: Called with a text about what is being done.

    Raises:
        CouldNotRun: Nothing could be compared.
    """
    began = perf_counter()
    table, accepted = operations_of(pact), read(accept) if accept is not None else AcceptedDifferences()
    servers: list[ServerUnderTest] = []
    limits: list[Limits] = []
    created = CreatedObjects(created_file, pact.vendor)
    try:
        for name, address in (("baseline", baseline), ("candidate", candidate)):
            server = with_control(pact, address)
            refuse_production(pact, server.url, permission.account)
            limits.append(limits_at(pact, server, permission))
            servers.append(open_server(pact, table, server, limits[-1], permission, created, name))
        age = ceil(max((server.fork.elapsed for server in servers if server.fork is not None), default=0.0)) + 1
        for opened in servers:
            if opened.fork is not None:
                opened.settle(age)
        search = Search(table, servers[0], servers[1], seed)
        if not search.possible:
            raise CouldNotRun("no operation may be sent; allow some with --allow")
        done = 0

        def result(notes: Sequence[str] = ()) -> DriftResult:
            seconds, found = perf_counter() - began, _sorted(search.found.values())
            return DriftResult(
                pact=pact,
                table=table,
                baseline=baseline.url,
                candidate=candidate.url,
                seed=seed,
                found=found,
                accepted={finding.name: entry for finding in found if (entry := accepted.of(finding)) is not None},
                stale=accepted.stale(found),
                sequences=done,
                usage=[
                    Usage(name, limit.sent, seconds, pact.live, permission, simulated=opened.fork is not None)
                    for name, limit, opened in zip(("baseline", "candidate"), limits, servers, strict=True)
                ],
                seconds=seconds,
                secrets=frozenset().union(*(opened.secrets for opened in servers)),
                notes=list(notes),
            )

        report_so_far(lambda: result([_CLEANUP.format(vendor=pact.vendor)]).model())
        for number in range(sequences):
            if not all(limit.left for limit in limits):
                break
            done += 1
            if any(enough(finding) for finding in search.run(number, length) if accepted.of(finding) is None):
                break
            progress(f"{done} of {sequences} sequences, {len(search.found)} differences")
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"a server cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        notes = clean_up(servers, created, progress)
        for opened in servers:
            opened.close()
    if not all(limit.left for limit in limits):
        notes.append(permission.exhausted(limits[0]))
    return result(notes)


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    order = ["breaking", "risky", "harmless"]
    return sorted(found, key=lambda finding: (order.index(WEIGHTS[finding.kind]), finding.name))
