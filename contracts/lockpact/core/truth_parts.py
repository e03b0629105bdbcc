"""Keep the parts of a world's truth, so that a turn costs what it changed.

A truth is read after every turn, and most turns change nothing of it. Encoding the records that a part is read from takes a
tenth of the time of reading it. So a vendor's `truth_of` gives each part a key, with the encoded records and whatever else the
part depends on, such as which of its times have passed. A part whose key is the same is the same object, and truths that
consist of the same objects are compared at once, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import msgspec

__all__ = ["TruthParts", "encoded", "parts_of"]

T = TypeVar("T")

encoded: Callable[[Any], bytes] = msgspec.msgpack.Encoder().encode
"""Returns records as bytes, for a key."""


class TruthParts:
    """The parts of one world's truth as they were read last."""

    def __init__(self) -> None:
        self._parts: dict[Any, tuple[Any, Any]] = {}

    def get(self, name: Any, key: Any, read: Callable[..., T], *arguments: Any) -> T:
        """Return a part: the last one if its key is the same, otherwise what `read` returns."""
        last = self._parts.get(name)
        if last is not None and last[0] == key:
            kept: T = last[1]
            return kept
        part = read(*arguments)
        self._parts[name] = key, part
        return part


_PARTS: WeakKeyDictionary[Any, TruthParts] = WeakKeyDictionary()


def parts_of(world: Any) -> TruthParts:
    """Return the parts of this world's truth. They live as long as the world."""
    found = _PARTS.get(world)
    if found is None:
        found = _PARTS[world] = TruthParts()
    return found
