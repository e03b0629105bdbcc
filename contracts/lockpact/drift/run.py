"""One drift run: two servers, a budget, a verdict, and what was made removed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil
from pathlib import Path
from time import perf_counter

import httpx

from lockpact.core.pact import Pact
from lockpact.drift.accept import Known, read
from lockpact.drift.compare import WEIGHTS
from lockpact.drift.created_objects import CreatedObjects
from lockpact.drift.report import DriftResult
from lockpact.drift.search import Found, Search
from lockpact.drift.server_under_test import ServerUnderTest
from lockpact.drift.servers import LEDGER, Server, limits_at, script_of, side_at, tidied, with_door
from lockpact.live.conform import refuse_production
from lockpact.live.permission import READING, Bill, Permission
from lockpact.live.stage import Limits
from lockpact.report.findings import CouldNotRun

__all__ = ["drift"]


def drift(
    pact: Pact,
    baseline: Server,
    candidate: Server,
    *,
    permission: Permission = READING,
    accept: Path | None = None,
    sequences: int = 60,
    length: int = 12,
    seed: int = 0,
    ledger: Path = LEDGER,
    enough: Callable[[Found], bool] = lambda found: False,
    tell: Callable[[str], None] = lambda what: None,
) -> DriftResult:
    """See the module. A difference that is `enough`, and not accepted, ends the search. Raises CouldNotRun with a sentence
    when nothing could be compared.
    """
    began = perf_counter()
    script, known = script_of(pact), read(accept) if accept is not None else Known()
    sides: list[ServerUnderTest] = []
    limits: list[Limits] = []
    kept = CreatedObjects(ledger, pact.vendor)
    try:
        for name, given in (("baseline", baseline), ("candidate", candidate)):
            server = with_door(pact, given)
            refuse_production(pact, server.url, permission.account)
            limits.append(limits_at(pact, server, permission))
            sides.append(side_at(pact, script, server, limits[-1], permission, kept, name))
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
        notes = tidied(sides, kept, tell)
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
            Bill(name, one.sent, seconds, pact.live, permission, ours=side.fork is not None)
            for name, one, side in zip(("baseline", "candidate"), limits, sides, strict=True)
        ],
        seconds=seconds,
        secrets=frozenset().union(*(side.secrets for side in sides)),
        notes=notes,
    )


def _sorted(found: Iterable[Found]) -> list[Found]:
    order = ["breaking", "risky", "harmless"]
    return sorted(found, key=lambda one: (order.index(WEIGHTS[one.kind]), one.name))
