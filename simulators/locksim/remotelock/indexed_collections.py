"""A collection that stays sorted and indexed, so that the cost of a page does not grow with the collection.

1. An `IndexedCollection` wraps a plain dict (id → item) of the state. The dict holds the items; the collection is built
   from it whenever the state is loaded, and is never saved.
2. Add or change an item with `save`, delete it with `remove`. Both change the dict, too.
3. A *facet* is a name and a function of the item, to filter by. For the `indexed` facets an index gives the items with a
   value directly.
4. A *view* is one filter in one order: a sorted list. It is built at the first request and then updated by bisection.
   The number of views is bounded; the least recently used one is deleted. Answers do not depend on which views exist.

Items are sorted by the requested keys. Ties go by the order of creation: created_at, sequence, id, in the direction of the
last key (ascending without keys). So a descending list is the exact reverse of an ascending one, except that nulls come
last in both directions.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import total_ordering
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Filters", "IndexedCollection", "SortOrder"]


class _Item(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> int: ...
    @property
    def sequence(self) -> int: ...


T = TypeVar("T", bound=_Item)
Filters = Mapping[str, frozenset[Hashable]]
"""Facet → the accepted values."""
SortOrder = tuple[tuple[str, bool], ...]
"""(sort key, whether descending), …"""

_MAX_VIEWS = 48
_ALWAYS_CHECKED = 40
"""`check` reads unchanged collections of at most this many items again."""


@total_ordering
class _Descending:
    """A value that sorts in descending order."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Descending) and self.value == other.value

    def __lt__(self, other: _Descending) -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]  # used in sort keys only, never as a dict key


def _creation(item: _Item) -> tuple[int, int, str]:
    return item.created_at, item.sequence, item.id


class _View(Generic[T]):
    """The sort keys of the matching items, sorted. Each key ends with the item's id."""

    def __init__(self, matches: Callable[[T], bool], key: Callable[[T], tuple[Any, ...]], items: Iterable[T]) -> None:
        self.matches = matches
        self.key_of = key
        self.keys = {item.id: key(item) for item in items if matches(item)}
        self.rows = sorted(self.keys.values())

    def refresh(self, item: T) -> None:
        """Add the item, or move or drop it after a change."""
        key = self.key_of(item) if self.matches(item) else None
        previous = self.keys.get(item.id)
        if key == previous:
            return
        if previous is not None:
            self.discard(item.id)
        if key is not None:
            self.keys[item.id] = key
            insort(self.rows, key)

    def discard(self, id: str) -> None:
        """Drop the item if the view has it."""
        key = self.keys.pop(id, None)
        if key is not None:
            del self.rows[bisect_left(self.rows, key)]


class IndexedCollection(Generic[T]):
    """A collection of the state with its indices and views. `default` is the order when none is requested."""

    def __init__(
        self,
        items: dict[str, T],
        *,
        facets: Mapping[str, Callable[[T], Hashable]] | None = None,
        sorts: Mapping[str, Callable[[T], Any]] | None = None,
        indexed: Collection[str] = (),
        default: SortOrder = (),
    ) -> None:
        self._items = items
        self.facets = dict(facets or {})
        self.sorts = dict(sorts or {})
        self.default = default
        self._views: dict[tuple[Any, ...], _View[T]] = {}
        self._index: dict[str, dict[Hashable, dict[str, None]]] = {name: {} for name in indexed}
        self._indexed_values: dict[str, tuple[Hashable, ...]] = {}
        self._checked = False
        for item in items.values():
            self._index_item(item)

    # ---- as a mapping

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def __contains__(self, id: object) -> bool:
        return id in self._items

    def get(self, id: object) -> T | None:
        """Return the item with this id, or None. `id` may be any JSON value."""
        return self._items.get(id) if isinstance(id, str) else None

    def __getitem__(self, id: str) -> T:
        return self._items[id]

    # ---- changes

    def save(self, item: T) -> T:
        """Add the item, or update indices and views after it changed. Return the item."""
        self._items[item.id] = item
        self._checked = False
        self._index_item(item)
        for view in self._views.values():
            view.refresh(item)
        return item

    def remove(self, id: str) -> T:
        """Delete the item. Return it."""
        item = self._items.pop(id)
        self._checked = False
        self._unindex_item(id)
        for view in self._views.values():
            view.discard(id)
        return item

    def _index_item(self, item: T) -> None:
        if not self._index:
            return
        values = tuple(self.facets[name](item) for name in self._index)
        if self._indexed_values.get(item.id) == values:
            return
        self._unindex_item(item.id)
        self._indexed_values[item.id] = values
        for index, value in zip(self._index.values(), values, strict=True):
            index.setdefault(value, {})[item.id] = None

    def _unindex_item(self, id: str) -> None:
        for index, value in zip(self._index.values(), self._indexed_values.pop(id, ()), strict=False):
            del index[value][id]
            if not index[value]:
                del index[value]

    # ---- queries

    def find(self, facet: str, value: Hashable) -> list[T]:
        """Return the items whose indexed facet has this value, in the order of creation.

        They are sorted because the index's own order is lost when the state is loaded.
        """
        found = [self._items[key] for key in self._index[facet].get(value, ())]
        return found if len(found) < 2 else sorted(found, key=_creation)

    def exists(self, facet: str, value: Hashable) -> bool:
        """Return whether the indexed facet has this value in any item."""
        return value in self._index[facet]

    def page(self, filters: Filters, order: SortOrder, start: int, count: int) -> tuple[list[T], int]:
        """Return `count` matching items from index `start`, and the number of all matching items.

        Every collection can be filtered by `id`.
        """
        ids = filters.get("id")
        if ids is not None:
            found = [item for key in ids if (item := self.get(key)) is not None]
            rest = {name: values for name, values in filters.items() if name != "id"}
            rows = sorted(map(self._key(order), filter(self._matches(rest), found)))
        else:
            rows = self._view(filters, order).rows
        return [self._items[row[-1]] for row in rows[start : start + count]], len(rows)

    def _view(self, filters: Filters, order: SortOrder) -> _View[T]:
        name = (tuple(sorted(filters.items(), key=lambda facet: facet[0])), order)
        view = self._views.pop(name, None)
        if view is None:
            if len(self._views) >= _MAX_VIEWS:
                del self._views[next(iter(self._views))]
            self._checked = False
            view = _View(self._matches(filters), self._key(order), self._candidates(filters))
        self._views[name] = view
        return view

    def _candidates(self, filters: Filters) -> Iterable[T]:
        """Return a superset of the matching items, narrowed by an index where one fits."""
        for facet, values in filters.items():
            if facet in self._index:
                return [item for value in values for item in self.find(facet, value)]
        return self._items.values()

    def _matches(self, filters: Filters) -> Callable[[T], bool]:
        tests = [(self.facets[name], values) for name, values in filters.items()]
        return lambda item: all(facet(item) in values for facet, values in tests)

    def _key(self, order: SortOrder) -> Callable[[T], tuple[Any, ...]]:
        keys = [(self.sorts[name], descending) for name, descending in order]

        def key(item: T) -> tuple[Any, ...]:
            parts: list[Any] = []
            for read, descending in keys:
                value = read(item)
                parts.append(value is None)
                parts.append(None if value is None else _Descending(value) if descending else value)
            creation = _creation(item)
            return (*parts, _Descending(creation) if keys and keys[-1][1] else creation, item.id)

        return key

    def check(self) -> None:
        """Raise AssertionError if an index or a view differs from one built anew.

        A long collection that has not changed since the last check is not read again.
        """
        items = self._items
        if self._checked and len(items) > _ALWAYS_CHECKED:
            return
        if self._index:
            assert self._indexed_values.keys() == items.keys(), "the index has other items than the collection"
            facets = [self.facets[name] for name in self._index]
            for item in items.values():
                assert self._indexed_values[item.id] == tuple([facet(item) for facet in facets]), (
                    f"the index of {item.id} is stale"
                )
        for position, (name, index) in enumerate(self._index.items()):
            assert sum(map(len, index.values())) == len(items), f"the index {name} has a wrong number of items"
            for key, values in self._indexed_values.items():
                assert key in index[values[position]], f"the index {name} has {key} under another value"
        for name_and_order, view in self._views.items():
            fresh = {item.id: view.key_of(item) for item in items.values() if view.matches(item)}
            assert view.keys == fresh, f"the view {name_and_order} is stale"
            assert view.rows == sorted(fresh.values()), f"the view {name_and_order} is out of order"
        self._checked = True
