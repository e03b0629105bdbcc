"""Parse what a caller asks of a collection: page, filters, order (chapters *Pagination*, *Filtering*, *Sorting*).

Brackets may be raw or percent-encoded. Unknown parameters and sort keys are ignored and reported in the journal. Numbers
that are invalid or out of range are clamped; `meta` shows the numbers used.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from locksim.api.near_miss import suggest
from locksim.remotelock.errors import BadRequest
from locksim.remotelock.indexed_collections import Filters, IndexedCollection, SortOrder

__all__ = ["MAX_RESOURCES", "PageRequest", "parse_page_request", "snake_case"]

MAX_RESOURCES = 10_000
"""page × per_page may not exceed this."""

_NAME = re.compile(r"^(id|type|sort|page|per_page)(\[\])?$|^attributes\[([a-z0-9_]+)\](\[\])?$", re.ASCII)
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)


class PageRequest(NamedTuple):
    """One page of a collection."""

    number: int
    size: int
    filters: Filters
    order: SortOrder

    @property
    def start(self) -> int:
        """The index of its first item."""
        return (self.number - 1) * self.size


def snake_case(text: str) -> str:
    """Return a type as JSON has it, from either spelling of the document: `ACS::Door` → `acs_door`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text.replace("::", "_").replace("/", "_"))
    return words.lower()


def parse_page_request(
    query: Mapping[str, list[str]],
    collection: IndexedCollection[Any],
    parameters: Iterable[str],
    near_miss: Callable[[str], None],
    *,
    fixed: Filters | None = None,
    default: Filters | None = None,
) -> PageRequest:
    """Return what the query asks of this collection.

    Args:
        query: parameter → its values.
        collection: what is asked for; it knows which sort keys there are.
        parameters: the names of the query parameters that the operation has.
        near_miss: receives a sentence for each parameter that is ignored or clamped.
        fixed: filters that apply to every request.
        default: filters for facets that the query does not filter by.

    Raises:
        BadRequest: the page lies beyond MAX_RESOURCES.
    """
    known = list(parameters)
    facets = {match[3] or match[1] for match in map(_NAME.match, known) if match is not None and match[1] != "sort"}
    filters: dict[str, frozenset[Any]] = {}
    sort: list[str] = []
    numbers = {"page": 1, "per_page": 25}
    for name, values in query.items():
        match = _NAME.match(name)
        facet = "" if match is None else match[3] or match[1]
        is_array = match is not None and bool(match[2] or match[4])
        if match is not None and match[1] == "sort":
            sort = values if is_array else values[-1:]
        elif match is not None and match[1] in numbers and not is_array:
            numbers[facet] = _parse_number(facet, values[-1], numbers[facet], near_miss)
        elif facet in facets and facet not in numbers:
            filters[facet] = frozenset(map(_value_parser(facet), values if is_array else values[-1:]))
        else:
            near_miss(f"the parameter {name[:60]!r} is ignored; {suggest(name[:60], known)}")
    filters = {**(default or {}), **filters}
    for facet, accepted in (fixed or {}).items():
        filters[facet] = filters[facet] & accepted if facet in filters else frozenset(accepted)
    page, size = max(1, numbers["page"]), min(50, max(1, numbers["per_page"]))
    if page * size > MAX_RESOURCES:
        raise BadRequest(
            f"Pagination is limited to {MAX_RESOURCES:,} resources",
            f"page × per_page is {page * size:,}; the limit is {MAX_RESOURCES:,}; use filters to get fewer resources",
        )
    return PageRequest(page, size, filters, _parse_order(sort, collection, near_miss))


def _value_parser(facet: str) -> Callable[[str], str]:
    """Types have two spellings. Event types may end in `_event`."""
    if facet in ("type", "event_type"):
        return lambda text: snake_case(text).removesuffix("_event")
    return snake_case if facet.endswith("_type") else str


def _parse_number(name: str, text: str, default: int, near_miss: Callable[[str], None]) -> int:
    if _NUMBER.fullmatch(text.strip()):
        number = int(text)
        if number < 1 or (name == "per_page" and number > 50):
            allowed = "1 to 50" if name == "per_page" else "1 or more"
            near_miss(f"{name}={number} is out of range and was clamped; it must be {allowed}")
        return number
    near_miss(f"{name}={text[:20]!r} is not a number; {default} was used")
    return default


def _parse_order(sort: list[str], collection: IndexedCollection[Any], near_miss: Callable[[str], None]) -> SortOrder:
    order: list[tuple[str, bool]] = []
    for text in sort:
        key = text.removeprefix("-")
        if key not in collection.sorts:
            keys = ", ".join(collection.sorts) or "nothing"
            near_miss(f"sort={text[:40]!r} is ignored; this collection can be sorted by {keys}")
        elif key not in (sorted_by for sorted_by, _ in order):
            order.append((key, text.startswith("-")))
    return tuple(order) or collection.default
