"""One drift run: two servers, a budget, a verdict, and what was made removed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil
from pathlib import Path
from time import perf_counter

import httpx

from lockpact.core.pact import Pact
from lockpact.drift.accept import AcceptedDifferences, read
from lockpact.drift.compare import WEIGHTS
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.report import DriftResult
from lockpact.drift.search import Finding, Search
from lockpact.drift.server_under_test import ServerUnderTest
from lockpact.drift.servers import LEDGER, Server, clean_up, limits_at, open_server, operations_of, with_control
from lockpact.live.conform import refuse_production
from lockpact.live.permission import READ_ONLY, Permission, Usage
from lockpact.live.stage import Limits
from lockpact.report.findings import CouldNotRun

__all__ = ["drift"]


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
    ledger: Path = LEDGER,
    enough: Callable[[Finding], bool] = lambda found: False,
    tell: Callable[[str], None] = lambda what: None,
) -> DriftResult:
    """See the module. A difference that is `enough`, and not accepted, ends the search. Raises CouldNotRun with a sentence
    when nothing could be compared.
    """
    began = perf_counter()
    script, known = operations_of(pact), read(accept) if accept is not None else AcceptedDifferences()
    sides: list[ServerUnderTest] = []
    limits: list[Limits] = []
    kept = CreatedObjects(ledger, pact.vendor)
    try:
        for name, given in (("baseline", baseline), ("candidate", candidate)):
            server = with_control(pact, given)
            refuse_production(pact, server.url, permission.account)
            limits.append(limits_at(pact, server, permission))
            sides.append(open_server(pact, script, server, limits[-1], permission, kept, name))
        age = ceil(max((side.fork.elapsed for side in sides if side.fork is not None), default=0.0)) + 1
        for side in sides:
            if side.fork is not None:
                side.settle(age)
        search = Search(script, sides[0], sides[1], seed)
        if not search.possible:
            raise CouldNotRun("no operation may be sent; --allow names more")
        done = 0
        for number in range(sequences):
            if not all(one.left for one in limits):
                break
            done += 1
            if any(enough(one) for one in search.look(number, length) if known.of(one) is None):
                break
            tell(f"{done} of {sequences} sequences, {len(search.found)} differences")
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"a server cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        notes = clean_up(sides, kept, tell)
        for side in sides:
            side.close()
    notes += [permission.spent(one) for one in limits[:1] if not all(one.left for one in limits)]
    seconds = perf_counter() - began
    found = _sorted(search.found.values())
    return DriftResult(
        pact=pact,
        script=script,
        baseline=baseline.url,
        candidate=candidate.url,
        seed=seed,
        found=found,
        accepted={one.name: entry for one in found if (entry := known.of(one)) is not None},
        stale=known.stale(found),
        sequences=done,
        bills=[
            Usage(name, one.sent, seconds, pact.live, permission, ours=side.fork is not None)
            for name, one, side in zip(("baseline", "candidate"), limits, sides, strict=True)
        ],
        seconds=seconds,
        secrets=frozenset().union(*(side.secrets for side in sides)),
        notes=notes,
    )


def _sorted(found: Iterable[Finding]) -> list[Finding]:
    order = ["breaking", "risky", "harmless"]
    return sorted(found, key=lambda one: (order.index(WEIGHTS[one.kind]), one.name))
