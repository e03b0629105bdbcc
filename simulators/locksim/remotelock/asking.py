"""What a caller asks of a collection: page, filters, order (chapters *Pagination*, *Filtering*, *Sorting*).

Brackets come raw or percent-encoded. What a collection does not know is ignored, and said in the journal. Numbers that
are none, or out of their range, are clamped, and `meta` tells which were taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from locksim.remotelock.errors import BadRequest
from locksim.remotelock.indexed_collections import Order, Shelf, Where

__all__ = ["DEEPEST", "Asked", "ask", "parse_query", "snake"]

DEEPEST = 10_000
"""page × per_page may not exceed this."""

_NAME = re.compile(r"^(id|type|sort|page|per_page)(\[\])?$|^attributes\[([a-z0-9_]+)\](\[\])?$", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


class Asked(NamedTuple):
    """One page of a collection."""

    number: int
    size: int
    where: Where
    order: Order

    @property
    def start(self) -> int:
        """How many items lie before it."""
        return (self.number - 1) * self.size


def parse_query(raw: str) -> dict[str, list[str]]:
    """Name → its values, decoded; a bracket more or less is another name. `raw` is the query as WSGI has it."""
    text = raw.encode("latin-1", "replace").decode("utf-8", "replace")
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="replace"):
        query.setdefault(name, []).append(value)
    return query


def snake(text: str) -> str:
    """A type in either spelling of the document, as the wire has it: `ACS::Door` and `acs_door`, `PowerPlug`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.replace("::", "_").replace("/", "_"))
    return words.lower()


def ask(
    query: Mapping[str, list[str]],
    shelf: Shelf[Any],
    filters: Iterable[str],
    miss: Callable[[str], None],
    *,
    always: Where | None = None,
    otherwise: Where | None = None,
) -> Asked:
    """What the query asks of this shelf.

    `filters`: the facets that this endpoint has, `type` among them where its resources are of several types. `always`
    narrows whatever is asked; `otherwise` holds for facets that are not asked for. Raises BadRequest beyond the bound.
    """
    known = set(filters)
    where: dict[str, frozenset[Any]] = {}
    sort: list[str] = []
    numbers = {"page": 1, "per_page": 25}
    for name, values in query.items():
        form = _NAME.match(name)
        facet = "" if form is None else form[3] or form[1]
        array = form is not None and bool(form[2] or form[4])
        if form is not None and form[1] == "sort":
            sort = values if array else values[-1:]
        elif form is not None and form[1] in numbers and not array:
            numbers[facet] = _number(facet, values[-1], numbers[facet], miss)
        elif facet in known or facet == "id" or (facet == "type" and "type" in known):
            given = values if array else values[-1:]
            where[facet] = frozenset(map(_reading(facet), given))
        else:
            miss(_unknown(name, known))
    where = {**(otherwise or {}), **where}
    for facet, values_ in (always or {}).items():
        where[facet] = where[facet] & values_ if facet in where else frozenset(values_)
    page, size = max(1, numbers["page"]), min(50, max(1, numbers["per_page"]))
    if page * size > DEEPEST:
        raise BadRequest(
            f"Pagination is limited to {DEEPEST:,} resources",
            f"page × per_page is {page * size:,}, beyond {DEEPEST:,}; narrow the collection by filters",
        )
    return Asked(page, size, where, _order(sort, shelf, miss))


def _reading(facet: str) -> Callable[[str], str]:
    """Types come in two spellings; those of events with or without `_event`."""
    if facet in ("type", "event_type"):
        return lambda text: snake(text).removesuffix("_event")
    return snake if facet.endswith("_type") else str


def _number(name: str, text: str, default: int, miss: Callable[[str], None]) -> int:
    if _NUMBER.fullmatch(text.strip()):
        number = int(text)
        if number < 1 or (name == "per_page" and number > 50):
            miss(f"{name}={number} is out of range, and clamped; {'1 to 50' if name == 'per_page' else '1 or more'}")
        return number
    miss(f"{name}={text[:20]!r} is no number; {default} is taken")
    return default


def _order(sort: list[str], shelf: Shelf[Any], miss: Callable[[str], None]) -> Order:
    order: list[tuple[str, bool]] = []
    for text in sort:
        key = text.removeprefix("-")
        if key not in shelf.sorts:
            can = ", ".join(shelf.sorts) or "nothing"
            miss(f"sort={text[:40]!r} is ignored; this collection sorts by {can}")
        elif key not in (taken for taken, _ in order):
            order.append((key, text.startswith("-")))
    return tuple(order) or shelf.default


def _unknown(name: str, known: set[str]) -> str:
    forms = [
        *(f"attributes[{facet}]" for facet in sorted(known - {"type"})),
        "type",
        "id[]",
        "sort",
        "page",
        "per_page",
    ]
    near = get_close_matches(name[:60], forms, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(forms)}"
    return f"the parameter {name[:60]!r} is ignored; {hint}"
