"""Why a vendor refused a request: its near misses, the operation that was meant, and the rules of that operation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

from locksim import registry
from locksim.api.operations import Operation
from locksim.engine.errors import Unknown
from locksim.mcp.control_client import ControlClient

__all__ = ["explain"]

PAGE = 100
"""Entries that are read at a time, from the newest back."""
PAGES = 10
MAX_RULES = 20
_ROW = re.compile(r"\| (?P<id>[A-Z]+-R\d+) \| (?P<sentence>.*) \| (?P<evidence>\w+) \| (?P<place>.*) \|")


class Rule(NamedTuple):
    """A row of a vendor's FIDELITY.md."""

    id: str
    sentence: str
    evidence: str
    place: str


async def explain(control: ControlClient, world: str, entry: int | None) -> dict[str, Any]:
    """Say why a request was refused.

    Args:
        control: the server.
        world: the world's name.
        entry: the number of the request's entry in the journal; None: the last request that was refused.

    Raises:
        Unknown: there is no such entry, or no request was refused.
    """
    shown = await (_last_refused(control, world) if entry is None else _entry(control, world, entry))
    found: dict[str, Any] = {
        "entry": shown["n"],
        "request": f"{shown['method']} {shown['target']}",
        "answer": shown.get("answer"),
        "near_misses": shown.get("misses", []),
    }
    if shown.get("struck"):
        found["injected_faults"] = shown["struck"]
    operation = meant_by(shown["vendor"], shown["method"], shown["target"])
    if operation is not None:
        found["operation"] = {
            "id": operation.id,
            "chapter": operation.chapter,
            "access": operation.access or "the usual caller",
        }
        found["rules"] = [rule._asdict() for rule in rules_of(shown["vendor"], operation)][:MAX_RULES]
    return found


async def _entry(control: ControlClient, world: str, n: int) -> Mapping[str, Any]:
    page = await control.call("readJournal", {"world": world, "after": max(n - 1, 0), "limit": 1})
    for entry in page["entries"]:
        if entry["n"] == n:
            if entry["kind"] != "request":
                raise Unknown(f"entry {n} is no request to a vendor; its kind is {entry['kind']!r}")
            return _whole(entry)
    raise Unknown(f"there is no entry {n} in this journal; its last one is {page['last']}")


async def _last_refused(control: ControlClient, world: str) -> Mapping[str, Any]:
    last = (await control.call("readJournal", {"world": world, "after": 10**15, "limit": 1}))["last"]
    for page in range(1, PAGES + 1):
        after = max(last - page * PAGE, 0)
        for entry in reversed(await _entries(control, world, after, last - (page - 1) * PAGE)):
            if entry["kind"] == "request" and _is_refused(entry):
                return _whole(entry)
        if after == 0:
            break
    raise Unknown(f"there is no refused request among the last {PAGE * PAGES} entries of the journal; name an entry")


async def _entries(control: ControlClient, world: str, after: int, until: int) -> list[Mapping[str, Any]]:
    """Return these entries, which may take several pages where they are large."""
    found: list[Mapping[str, Any]] = []
    while after < until:
        page = await control.call("readJournal", {"world": world, "after": after, "limit": until - after})
        if not page["entries"]:
            break
        found += page["entries"]
        after = page["entries"][-1]["n"]
    return found


def _is_refused(entry: Mapping[str, Any]) -> bool:
    """Return whether a vendor objected. Some refuse with status 200, and say so in the body: then there is a near miss."""
    status = entry.get("answer", {}).get("status", 200)
    return bool(entry.get("misses")) or status == 0 or status >= 400


def _whole(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the entry, with the answer that a pending request got within its own turn."""
    own = [one["answer"] for one in entry.get("resolved", ()) if one["ticket"] == entry.get("ticket")]
    return {**entry, "answer": entry.get("answer", *own)} if own else entry


def meant_by(vendor: str, method: str, target: str) -> Operation[Any] | None:
    """Return the vendor's operation that a request means; None for an unknown path, or another method."""
    return registry.api(vendor).find(method, unquote(urlsplit(target).path))


def rules_of(vendor: str, operation: Operation[Any]) -> Iterator[Rule]:
    """Yield the rules whose place is the operation's chapter, then those whose sentence names its path."""
    named = re.compile(rf"(?<![\w/]){re.escape(operation.path)}(?![\w/{{])")
    rules = _rules(vendor)
    yield from (rule for rule in rules if rule.place == operation.chapter)
    yield from (rule for rule in rules if rule.place != operation.chapter and named.search(rule.sentence))


@cache
def _rules(vendor: str) -> tuple[Rule, ...]:
    text = registry.load(vendor).openapi.with_name("FIDELITY.md").read_text("utf-8")
    return tuple(Rule(**row.groupdict()) for row in map(_ROW.fullmatch, text.splitlines()) if row)
