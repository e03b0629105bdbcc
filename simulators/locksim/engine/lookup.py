"""Find an item of a long list by its id, without searching the list each time.

The place where an item with this id was found last, in any list, is tried first and checked. So no index has to follow
the list's changes: a wrong place costs a search, and never gives a wrong item.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

__all__ = ["find", "locate"]

T = TypeVar("T")

_MOST_PLACES = 10_000
_PLACES: dict[tuple[type, Hashable], int] = {}
"""(type of the item, id) → the place in its list where it was found last."""


def find(items: Sequence[T], attribute: str, id: Hashable) -> T | None:
    """Return the item whose attribute is `id`, which no other item of the list has. Return None if there is none."""
    found = locate((items,), attribute, id)
    return None if found is None else found[1]


def locate(lists: Sequence[Sequence[T]], attribute: str, id: Hashable) -> tuple[int, T] | None:
    """Return the item whose attribute is `id`, which no other item of the lists has, and the number of its list."""
    for number, items in enumerate(lists):
        place = _PLACES.get((type(items[0]), id)) if items else None
        if place is not None and place < len(items) and getattr(items[place], attribute) == id:
            return number, items[place]
    for number, items in enumerate(lists):
        for place, item in enumerate(items):
            if getattr(item, attribute) == id:
                if len(_PLACES) >= _MOST_PLACES:
                    _PLACES.clear()
                _PLACES[type(item), id] = place
                return number, item
    return None
