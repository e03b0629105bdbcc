"""The interface of a store: where the journals of several worlds are kept.

A store keeps each world as a description, checkpoints and entries:

    description ── base ── entries … ── latest ── entries …

1. `lease` comes first: only one process at a time uses a store.
2. `append` is the only way to write. It takes a list of changes; when it returns, all of them are safe. If it raises,
   none of them is.
3. The interface knows nothing of SQLite. A store that several machines share has the same methods.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from locksim.engine.errors import Refused

__all__ = [
    "Append",
    "Begin",
    "Change",
    "Checkpoint",
    "Damaged",
    "Drop",
    "OutOfSync",
    "Row",
    "Store",
    "StoreInUse",
    "StoredWorld",
    "WriteFailed",
]


class Begin(msgspec.Struct, frozen=True, gc=False):
    """A world begins (again) at the checkpoint `data`, which stands after entry `n`. It replaces a world of its name."""

    world: str
    description: bytes
    n: int
    wall: int
    data: bytes


class Append(msgspec.Struct, frozen=True, gc=False):
    """The entry `n`. `wall` is the real time at which it happened, in microseconds since the epoch."""

    world: str
    n: int
    wall: int
    data: bytes


class Checkpoint(msgspec.Struct, frozen=True, gc=False):
    """A checkpoint after entry `n`. Entries up to `base`, and checkpoints between `base` and `n`, are deleted."""

    world: str
    n: int
    base: int
    wall: int
    data: bytes


class Drop(msgspec.Struct, frozen=True, gc=False):
    """The world is deleted."""

    world: str


Change = Begin | Append | Checkpoint | Drop


class Row(msgspec.Struct, frozen=True, gc=False):
    """A stored checkpoint or entry."""

    n: int
    wall: int
    data: bytes


class StoredWorld(msgspec.Struct, frozen=True):
    """A stored world. `base` and `latest` may be the same checkpoint."""

    name: str
    description: bytes
    base: Row
    latest: Row


class StoreInUse(Refused):
    """Another process uses this store; the text says which."""

    status = 409


class Damaged(Refused):
    """The store does not contain what was written; the text says what was found. The store was not changed."""


class WriteFailed(Refused):
    """Changes could not be written; the text says why. None of them is stored."""

    status = 503


class OutOfSync(WriteFailed):
    """The store does not contain what this process wrote last: a commit that failed is there after all.

    Nothing was written. The caller must write all its worlds again, completely. `worlds` names the stored ones.
    """

    worlds: tuple[str, ...] = ()


class Store(Protocol):
    """Where journals are kept. The module describes the rules."""

    place: str
    """Where it is, for log lines and errors."""

    def lease(self, holder: str) -> None:
        """Reserve the store for this process until `close`.

        Args:
            holder: A text that names this process to others who want the store.

        Raises:
            StoreInUse: Another process has it.
            WriteFailed: It cannot be created or locked.
        """

    def worlds(self) -> list[StoredWorld]:
        """Return the stored worlds, in the order in which they began. Raises Damaged."""

    def read(self, world: str) -> Iterator[Row]:
        """Yield the entries after the world's base, oldest first. Raises Damaged if one is missing or was changed."""

    def append(self, changes: Sequence[Change]) -> None:
        """Write all of these changes, or none. They are safe when it returns. Raises WriteFailed, OutOfSync."""

    def close(self) -> None:
        """Release the store."""
