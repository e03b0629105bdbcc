"""Find an item of a long list by its id, without searching the list each time.

The place where an item with this id was found last, in any list, is tried first and checked. So no index has to follow
the list's changes: a wrong place costs a search, and never gives a wrong item.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TypeVar

__all__ = ["find"]

T = TypeVar("T")

_MOST_PLACES = 10_000
_PLACES: dict[Hashable, int] = {}
"""id → the place where it was found last."""


def find(items: Sequence[T], attribute: str, id: Hashable) -> T | None:
    """Return the item whose attribute is `id`, which no other item of the list has. Return None if there is none."""
    place = _PLACES.get(id, len(items))
    if place < len(items) and getattr(items[place], attribute) == id:
        return items[place]
    for place, item in enumerate(items):
        if getattr(item, attribute) == id:
            if len(_PLACES) >= _MOST_PLACES:
                _PLACES.clear()
            _PLACES[id] = place
            return item
    return None
