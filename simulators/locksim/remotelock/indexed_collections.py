"""A collection with its orders kept: a page costs what the page costs.

1. A shelf lies over a plain dict (id → item) of the state; the dict is the truth, and the shelf is made anew from it
   whenever the state is loaded. It is never dumped.
2. Whoever adds or changes an item says `keep`, whoever takes one away `drop`; the shelf changes the dict.
3. A *facet* is what one can filter by: a name and a function of the item. Of the `indexed` ones the shelf knows at once
   which items have a value.
4. A *view* is one filter in one order: a sorted list, made when it is first asked for, then kept right by bisection.
   The number of views is bounded; the one that nobody asked for longest is forgotten first. What is answered does not
   depend on which views there are.

Order: by the keys asked for, then created_at, then id, ascending; nulls last whichever way a key goes.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from functools import total_ordering
from typing import Any, Generic, Protocol, TypeVar

__all__ = ["Order", "Shelf", "Where"]


class _Kept(Protocol):
    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> int: ...


T = TypeVar("T", bound=_Kept)
Where = Mapping[str, frozenset[Hashable]]
"""facet → the values of which an item must have one."""
Order = tuple[tuple[str, bool], ...]
"""(sort key, descending) …"""

_VIEWS = 48
_LONG = 40


@total_ordering
class _Down:
    """A value that sorts the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.value == other.value

    def __lt__(self, other: _Down) -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]  # a place in an order, never a key


def _age(item: _Kept) -> tuple[int, str]:
    return item.created_at, item.id


class _View(Generic[T]):
    """The items that match, as sorted keys that end with the id."""

    def __init__(self, matches: Callable[[T], bool], key: Callable[[T], tuple[Any, ...]], items: Iterable[T]) -> None:
        self.matches = matches
        self.key = key
        self.places = {item.id: key(item) for item in items if matches(item)}
        self.rows = sorted(self.places.values())

    def refresh(self, item: T) -> None:
        """The item is new, or another than it was."""
        place = self.key(item) if self.matches(item) else None
        was = self.places.get(item.id)
        if place == was:
            return
        if was is not None:
            self.forget(item.id)
        if place is not None:
            self.places[item.id] = place
            insort(self.rows, place)

    def forget(self, id: str) -> None:
        was = self.places.pop(id, None)
        if was is not None:
            del self.rows[bisect_left(self.rows, was)]


class Shelf(Generic[T]):
    """See the module. `default` is the order of a collection that is asked for none."""

    def __init__(
        self,
        items: dict[str, T],
        *,
        facets: Mapping[str, Callable[[T], Hashable]] | None = None,
        sorts: Mapping[str, Callable[[T], Any]] | None = None,
        indexed: Collection[str] = (),
        default: Order = (),
    ) -> None:
        self._items = items
        self.facets = dict(facets or {})
        self.sorts = dict(sorts or {})
        self.default = default
        self._views: dict[tuple[Any, ...], _View[T]] = {}
        self._index: dict[str, dict[Hashable, dict[str, None]]] = {name: {} for name in indexed}
        self._filed: dict[str, tuple[Hashable, ...]] = {}
        self._checked = False
        for item in items.values():
            self._file(item)

    # ---- as a mapping

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[T]:
        return iter(self._items.values())

    def __contains__(self, id: object) -> bool:
        return id in self._items

    def get(self, id: object) -> T | None:
        """The item of this id, or None. Any JSON value may be asked for."""
        return self._items.get(id) if isinstance(id, str) else None

    def __getitem__(self, id: str) -> T:
        return self._items[id]

    # ---- changes

    def keep(self, item: T) -> T:
        """Add the item, or notice that it changed. → the item."""
        self._items[item.id] = item
        self._checked = False
        self._file(item)
        for view in self._views.values():
            view.refresh(item)
        return item

    def drop(self, id: str) -> T:
        """Take the item away. → the item."""
        item = self._items.pop(id)
        self._checked = False
        self._unfile(id)
        for view in self._views.values():
            view.forget(id)
        return item

    def _file(self, item: T) -> None:
        if not self._index:
            return
        values = tuple(self.facets[name](item) for name in self._index)
        if self._filed.get(item.id) == values:
            return
        self._unfile(item.id)
        self._filed[item.id] = values
        for index, value in zip(self._index.values(), values, strict=True):
            index.setdefault(value, {})[item.id] = None

    def _unfile(self, id: str) -> None:
        for index, value in zip(self._index.values(), self._filed.pop(id, ()), strict=False):
            del index[value][id]
            if not index[value]:
                del index[value]

    # ---- questions

    def of(self, facet: str, value: Hashable) -> list[T]:
        """The items whose (indexed) facet has this value, by created_at, then id: the index itself remembers an order
        that a world made anew from its image would not have."""
        found = [self._items[key] for key in self._index[facet].get(value, ())]
        return found if len(found) < 2 else sorted(found, key=_age)

    def any(self, facet: str, value: Hashable) -> bool:
        """Whether there is one."""
        return value in self._index[facet]

    def page(self, where: Where, order: Order, start: int, count: int) -> tuple[list[T], int]:
        """`count` items from `start` on of those that match, and how many match in all. `id` is a facet everywhere."""
        ids = where.get("id")
        if ids is not None:
            found = [item for key in ids if (item := self.get(key)) is not None]
            rest = {name: values for name, values in where.items() if name != "id"}
            rows = sorted(map(self._key(order), filter(self._matches(rest), found)))
        else:
            rows = self._view(where, order).rows
        return [self._items[row[-1]] for row in rows[start : start + count]], len(rows)

    def _view(self, where: Where, order: Order) -> _View[T]:
        name = (tuple(sorted(where.items(), key=lambda facet: facet[0])), order)
        view = self._views.pop(name, None)
        if view is None:
            if len(self._views) >= _VIEWS:
                del self._views[next(iter(self._views))]
            self._checked = False
            view = _View(self._matches(where), self._key(order), self._candidates(where))
        self._views[name] = view
        return view

    def _candidates(self, where: Where) -> Iterable[T]:
        """As few items as the indices allow, among which all that match are."""
        for facet, values in where.items():
            if facet in self._index:
                return [item for value in values for item in self.of(facet, value)]
        return self._items.values()

    def _matches(self, where: Where) -> Callable[[T], bool]:
        tests = [(self.facets[name], values) for name, values in where.items()]
        return lambda item: all(facet(item) in values for facet, values in tests)

    def _key(self, order: Order) -> Callable[[T], tuple[Any, ...]]:
        keys = [(self.sorts[name], descending) for name, descending in order]

        def place(item: T) -> tuple[Any, ...]:
            parts: list[Any] = []
            for read, descending in keys:
                value = read(item)
                parts.append(value is None)
                parts.append(None if value is None else _Down(value) if descending else value)
            return (*parts, item.created_at, item.id)

        return place

    def check(self) -> None:
        """Raises AssertionError when an index or a view is not what the items would give afresh.

        A long collection in which nothing was kept or dropped since the last time is not read through again.
        """
        items = self._items
        if self._checked and len(items) > _LONG:
            return
        if self._index:
            assert self._filed.keys() == items.keys(), "the index knows other items than there are"
            facets = [self.facets[name] for name in self._index]
            for item in items.values():
                assert self._filed[item.id] == tuple([facet(item) for facet in facets]), (
                    f"the index of {item.id} is stale"
                )
        for place, (name, index) in enumerate(self._index.items()):
            assert sum(map(len, index.values())) == len(items), f"the index {name} has too many items, or too few"
            for key, values in self._filed.items():
                assert key in index[values[place]], f"the index {name} has {key} elsewhere"
        for asked, view in self._views.items():
            fresh = {item.id: view.key(item) for item in items.values() if view.matches(item)}
            assert view.places == fresh, f"the view {asked} is stale"
            assert view.rows == sorted(fresh.values()), f"the view {asked} is out of order"
        self._checked = True
