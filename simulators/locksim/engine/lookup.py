"""Find an item of a long list by its id, without searching the list each time.

The place where an item with this id was found last, in any list, is tried first and checked. So no index has to follow
the list's changes: a wrong place costs a search, and never gives a wrong item. A search remembers the places of all items
that it passed, so a list is searched once and not once for each of its items.

Loose end: an id that no item has costs a search each time.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from operator import attrgetter
from typing import TypeVar

__all__ = ["find", "locate", "place_of"]

T = TypeVar("T")

_MOST_PLACES = 200_000
_PLACES: dict[type, dict[Hashable, int]] = {}
"""Type of the items → id → the place in its list where it was found last. At most `_MOST_PLACES` for each type."""
_NOWHERE: dict[Hashable, int] = {}


def find(items: Sequence[T], attribute: str, id: Hashable) -> T | None:
    """Return the item whose attribute is `id`, which no other item of the list has. Return None if there is none."""
    found = locate((items,), attribute, id)
    return None if found is None else found[1]


def locate(lists: Sequence[Sequence[T]], attribute: str, id: Hashable) -> tuple[int, T] | None:
    """Return the item whose attribute is `id`, which no other item of the lists has, and the number of its list."""
    for number, items in enumerate(lists):
        place = _known_place(items, attribute, id)
        if place is not None:
            return number, items[place]
    for number, items in enumerate(lists):
        place = _search(items, attribute, id)
        if place is not None:
            return number, items[place]
    return None


def place_of(items: Sequence[T], attribute: str, id: Hashable) -> int | None:
    """Return the place of the item whose attribute is `id`, which no other item of the list has; None if there is none."""
    place = _known_place(items, attribute, id)
    return _search(items, attribute, id) if place is None else place


def _known_place(items: Sequence[T], attribute: str, id: Hashable) -> int | None:
    if not items:
        return None
    place = _PLACES.get(type(items[0]), _NOWHERE).get(id)
    return place if place is not None and place < len(items) and getattr(items[place], attribute) == id else None


def _search(items: Sequence[T], attribute: str, id: Hashable) -> int | None:
    ids = list(map(attrgetter(attribute), items))
    if id not in ids:
        return None
    place = ids.index(id)
    known = _PLACES.setdefault(type(items[place]), {})
    if len(known) + place >= _MOST_PLACES:
        known.clear()
    # The latest, if there are too many: one that is asked for now may be asked for again.
    first = max(0, place + 1 - _MOST_PLACES)
    known.update(zip(ids[first : place + 1], range(first, place + 1), strict=True))
    return place
