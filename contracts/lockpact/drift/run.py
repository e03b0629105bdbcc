"""One drift run: two servers, a budget, a verdict, and what was made removed again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import import_module
from math import ceil
from pathlib import Path
from time import perf_counter
from typing import Any

import httpx

from lockpact.conform import credentials_of, loopback, refuse_production
from lockpact.drift.accept import Accepted, read, stale
from lockpact.drift.compare import WEIGHTS
from lockpact.drift.ledger import Ledger
from lockpact.drift.script import Script
from lockpact.drift.search import Found, Search
from lockpact.drift.side import Seen, Side
from lockpact.harness.documents import control_of, place_of
from lockpact.lines import to_control
from lockpact.live import Limits
from lockpact.pact import Pact
from lockpact.paper import Paper, Row
from lockpact.permission import READING, Bill, Permission
from lockpact.report import BROKEN, KEPT, NOTHING, CouldNotRun
from lockpact.story import mask

__all__ = ["LEDGER", "Server", "Verdict", "cleanup", "common_age", "drift", "script_of"]

LEDGER = Path(".lockpact/created.jsonl")
"""What was made on servers that are not ours, until it is removed."""
EARLY = 31 * 60
"""Seconds of an hour. Just over half of it: then there is an age at which both are early, whenever they began."""


@dataclass(frozen=True)
class Server:
    """One of the two: its URL, and how to get at it."""

    url: str
    control: str | None = None
    """Its control door, where it is a stand-in of ours. With the usual ports it is found."""
    credentials: Path | None = None
    """Its own, where they are others than the permission's."""


@dataclass(frozen=True)
class Verdict:
    """What a run found."""

    pact: Pact
    baseline: str
    candidate: str
    seed: int
    found: Sequence[Found]
    accepted: Mapping[str, Accepted]
    stale: Sequence[Accepted]
    sequences: int
    bills: Sequence[Bill]
    seconds: float
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What nobody may be shown."""
    notes: Sequence[str] = ()

    @property
    def code(self) -> int:
        """0 nothing new, 1 drift, 2 could not tell."""
        if any(found.name not in self.accepted for found in self.found):
            return BROKEN
        return KEPT if self.sequences and sum(bill.calls for bill in self.bills) else NOTHING

    def paper(self) -> Paper:
        """As its readers get it."""
        rows = [self._row(number, found) for number, found in enumerate(self.found, 1)]
        fresh = sum(found.name not in self.accepted for found in self.found)
        return Paper(
            title=f"{self.pact.title}: {self.candidate} beside {self.baseline}",
            vendor=self.pact.vendor,
            heading="difference",
            counted="steps",
            rows=rows,
            summary=f"{fresh} new differences, {len(self.found) - fresh} accepted, in {self.sequences} sequences, "
            f"seed {self.seed}, {self.seconds:.1f} s",
            code=self.code,
            about=self.pact.document,
            notes=[
                *(
                    f"accepted, and no longer found: {entry.difference} ({entry.date}: {entry.reason})"
                    for entry in self.stale
                ),
                *self.notes,
                *map(str, self.bills),
            ],
            seconds=self.seconds,
            facts={"baseline": self.baseline, "candidate": self.candidate, "seed": str(self.seed)},
        )

    def _row(self, number: int, found: Found) -> Row:
        known = self.accepted.get(found.name)
        weight = WEIGHTS[found.kind]
        if known is not None:
            return Row(f"D{number}", "accepted", "good", found.name, len(found.steps), f"{known.date}: {known.reason}")
        return Row(f"D{number}", weight, "bad", found.name, len(found.steps), weight, self._story(found))

    def _story(self, found: Found) -> str:
        d = found.difference
        law = self._law(found)
        lines = [f"{found.name} ({WEIGHTS[found.kind]})" + (f", endangers {law}" if law else "")]
        for at, (was, now) in enumerate(zip(found.baseline, found.candidate, strict=False), 1):
            lines.append(f"  {at:2}. {was.asked or was.line}")
            if at - 1 == d.index:
                lines += [f"      baseline   {self._told(was)}", f"      candidate  {self._told(now)}"]
            else:
                lines.append(f"      → {self._told(was)}")
        lines.append(f"  {d.where}: {d.baseline or 'not there'} … {d.candidate or 'not there'}")
        return mask("\n".join(lines), self.secrets)

    def _told(self, seen: Seen) -> str:
        body = seen.said if isinstance(seen.said, str) else json.dumps(seen.said, ensure_ascii=False)
        body = mask(body, self.secrets)  # before it is cut: half a secret is none that could be found
        return f"{seen.status} {body if len(body) <= 300 else body[:300] + '…'}"

    def _law(self, found: Found) -> str:
        script = script_of(self.pact)
        line = next((line for line in script.lines if line.name == found.difference.operation), None)
        return line.laws[0] if line is not None and line.laws else ""

    def json(self) -> bytes:
        """For machines."""
        told = {
            "vendor": self.pact.vendor,
            "baseline": self.baseline,
            "candidate": self.candidate,
            "seed": self.seed,
            "sequences": self.sequences,
            "seconds": round(self.seconds, 3),
            "bills": {
                bill.server: {
                    "calls": bill.calls,
                    "rate_share": round(bill.rate, 4),
                    "quota_share": None if bill.quota is None else round(bill.quota, 4),
                    "live_seconds": round(bill.live, 1),
                }
                for bill in self.bills
            },
            "exit_code": self.code,
            "differences": [self._difference(found) for found in self.found],
            "stale": [{"difference": e.difference, "reason": e.reason, "date": e.date.isoformat()} for e in self.stale],
        }
        return mask(json.dumps(told, indent=2, ensure_ascii=False), self.secrets).encode() + b"\n"

    def _difference(self, found: Found) -> dict[str, Any]:
        d = found.difference
        return {
            "difference": found.name,
            "operation": d.operation,
            "class": found.kind,
            "where": d.where,
            "judgement": WEIGHTS[found.kind],
            "law": self._law(found) or None,
            "baseline": d.baseline,
            "candidate": d.candidate,
            "accepted": found.name in self.accepted,
            "steps": [step.line for step in found.steps],
            "curl": [seen.asked for seen in found.baseline if seen.asked],
        }


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
    script, known = script_of(pact), {e.difference: e for e in read(accept)} if accept is not None else {}
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
            age = common_age(sides)
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
            if any(enough(one) for one in search.look(number, length) if one.name not in known):
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
    names = {one.name for one in found}
    return Verdict(
        pact=pact,
        baseline=baseline.url,
        candidate=candidate.url,
        seed=seed,
        found=found,
        accepted={name: entry for name, entry in known.items() if name in names},
        stale=stale(known.values(), names),
        sequences=done,
        bills=[
            Bill(name, one.sent, seconds, pact.live, permission.share, ours=side.control is not None)
            for name, one, side in zip(("baseline", "candidate"), limits, sides, strict=True)
        ],
        seconds=seconds,
        secrets=frozenset().union(*(side.secrets for side in sides)),
        notes=notes,
    )


def common_age(sides: Sequence[Side]) -> int:
    """Seconds since their begin at which two stand-ins are compared: the same for both, and early in an hour for both.
    What goes by the clock goes by full hours, and they began at different ones."""
    age = ceil(max(side.elapsed() for side in sides)) + 1
    while any((side.start + age) % 3600 > EARLY for side in sides):
        age += 60
    return age


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
            f"{pact.title}'s servers share their {' and '.join(sorted(pact.live.named))}s with others, so what does more than "
            "read is sent for those alone that are named; name them with --lock ID"
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
