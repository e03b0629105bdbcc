"""One drift run: two servers, a budget, a verdict, and what was made removed again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from lockpact.conform import credentials_of, loopback, refuse_production
from lockpact.drift.accept import Known, read
from lockpact.drift.compare import WEIGHTS
from lockpact.drift.ledger import Ledger
from lockpact.drift.script import Script
from lockpact.drift.search import Found, Search
from lockpact.drift.side import Side
from lockpact.drift.told import Verdict
from lockpact.harness.documents import control_of, place_of
from lockpact.lines import to_control
from lockpact.live import Limits
from lockpact.pact import Pact
from lockpact.paper import Paper, Row
from lockpact.permission import READING, Bill, Permission
from lockpact.report import BROKEN, KEPT, CouldNotRun

__all__ = ["LEDGER", "Server", "Verdict", "cleanup", "drift", "script_of"]

LEDGER = Path(".lockpact/created.jsonl")
"""What was made on servers that are not ours, until it is removed."""


@dataclass(frozen=True)
class Server:
    """One of the two: its URL, and how to get at it."""

    url: str
    control: str | None = None
    """Its control door, where it is a stand-in of ours. With the usual ports it is found."""
    credentials: Path | None = None
    """Its own, where they are others than the permission's."""


def script_of(pact: Pact) -> Script:
    """The vendor's table. Raises CouldNotRun where there is none."""
    try:
        script: Script = import_module(f"lockpact.{pact.vendor}.drift").SCRIPT
    except ModuleNotFoundError:
        raise CouldNotRun(f"there is no table of operations for {pact.vendor} yet") from None
    return script


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
) -> Verdict:
    """See the module. A difference that is `enough`, and not accepted, ends the search. Raises CouldNotRun with a sentence
    when nothing could be compared.
    """
    began = perf_counter()
    script, known = script_of(pact), read(accept) if accept is not None else Known()
    sides: list[Side] = []
    limits: list[Limits] = []
    kept = Ledger(ledger, pact.vendor)
    try:
        for name, given in (("baseline", baseline), ("candidate", candidate)):
            server = _ours(pact, given)
            refuse_production(pact, server.url, permission.account)
            limits.append(_limits(pact, server, permission))
            sides.append(_side(pact, script, server, limits[-1], permission, kept, name))
        if all(side.control is not None for side in sides):
            age = ceil(max(side.elapsed() for side in sides)) + 1
            for side in sides:
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
        notes = _tidied(sides, kept, tell)
        for side in sides:
            side.close()
    notes += [permission.spent(one) for one in limits[:1] if not all(one.left for one in limits)]
    seconds = perf_counter() - began
    found = _sorted(search.found.values())
    return Verdict(
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
            Bill(name, one.sent, seconds, pact.live, permission, ours=side.control is not None)
            for name, one, side in zip(("baseline", "candidate"), limits, sides, strict=True)
        ],
        seconds=seconds,
        secrets=frozenset().union(*(side.secrets for side in sides)),
        notes=notes,
    )


def _sorted(found: Any) -> list[Found]:
    order = ["breaking", "risky", "harmless"]
    return sorted(found, key=lambda one: (order.index(WEIGHTS[one.kind]), one.name))


def _ours(pact: Pact, server: Server) -> Server:
    """With its control door, where it is a stand-in with the usual ports."""
    if server.control is not None or not loopback(server.url):
        return server
    return replace(server, control=control_of(pact.vendor, server.url.rstrip("/")))


def _limits(pact: Pact, server: Server, permission: Permission) -> Limits:
    if server.control is not None:
        return Limits(lambda path, method="GET": True, permission.calls)
    if permission.allow and pact.live.named and not permission.locks:
        raise CouldNotRun(
            f"what does more than read is sent to {pact.title} for those {' and '.join(sorted(pact.live.named))}s alone that are "
            "named; name them with --lock ID"
        )

    def may(path: str, method: str = "GET", /) -> bool:
        return pact.live.allowed(path, permission.allow, method)

    return permission.limits(pact.live, may)


def _side(
    pact: Pact, script: Script, server: Server, limits: Limits, permission: Permission, ledger: Ledger, name: str
) -> Side:
    control, url = server.control.rstrip("/") if server.control is not None else None, server.url.rstrip("/")
    if control is not None and not (loopback(control) and loopback(url)):
        raise CouldNotRun("a control door is for a stand-in of ours on this machine; both URLs must be on loopback")
    place = "url"
    if control is None:
        keys = credentials_of(pact, server.credentials or permission.credentials)
        shown: Mapping[str, Any] = {"url": url, "credentials": keys}
    else:
        shown = _shown(pact, control)
        found = place_of(shown, url)
        if found is None:
            raise CouldNotRun(f"the stand-in of {control} serves {pact.vendor} at {shown['url']}, not at {url}")
        place = found
    only = {"lock": frozenset(permission.locks)} if permission.locks else {}
    try:
        return Side(
            script, pact.vendor, shown, limits, pact.live, name=name, secrets=pact.secrets, place=place,
            control=control, only=only, ledger=None if control is not None else ledger,
        )  # fmt: skip
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{control or url} cannot be used: {type(lost).__name__}: {lost}") from None


def _shown(pact: Pact, control: str) -> Mapping[str, Any]:
    try:
        with to_control(control) as door:
            shown: Mapping[str, Any] = door.get("/").raise_for_status().json()["vendors"][pact.vendor]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as wrong:
        raise CouldNotRun(f"there is no control door at {control}: {type(wrong).__name__}: {wrong}") from None
    return shown


def cleanup(pact: Pact, server: Server, permission: Permission = READING, ledger: Path = LEDGER) -> Paper:
    """Remove what runs before have made on this server, and could not remove themselves. Raises CouldNotRun."""
    refuse_production(pact, server.url, permission.account)
    began, kept = perf_counter(), Ledger(ledger, pact.vendor)
    before = [entry for entry in kept.left if entry.server == server.url.rstrip("/")]
    limits = permission.limits(pact.live, lambda path, method="GET": False)  # what was made may be removed, and no more
    side = _side(pact, script_of(pact), server, limits, permission, kept, "cleanup")
    try:
        left = {entry.number for entry in side.tidy()}
    except httpx.HTTPError as lost:
        raise CouldNotRun(f"{server.url} cannot be reached: {type(lost).__name__}: {lost}") from None
    finally:
        side.close()
        kept.forget()
    rows = [
        Row(str(e.id), "left", "bad", f"{e.kind} by {e.operation}", why="it could not be removed; look after it")
        if e.number in left
        else Row(str(e.id), "removed", "good", f"{e.kind} by {e.operation}")
        for e in before
    ]
    seconds = perf_counter() - began
    return Paper(
        title=f"What runs have left on {server.url}",
        vendor=pact.vendor,
        heading="id",
        counted="",
        rows=rows,
        summary=f"{len(rows) - len(left)} removed, {len(left)} left, {seconds:.1f} s",
        code=BROKEN if left else KEPT,
        seconds=seconds,
    )


def _tidied(sides: Sequence[Side], ledger: Ledger, tell: Callable[[str], None]) -> list[str]:
    """Take away what was made on servers that are not ours. → what is left there, for people."""
    tell("removing what was made")
    left = [entry for side in sides if side.control is None for entry in side.tidy()]
    ledger.forget()
    return [f"left on {e.server}: a {e.kind} by {e.operation} (id {e.id}); look after it" for e in left]
