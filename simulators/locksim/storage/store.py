"""Where journals are kept: the small interface between a served world and whatever remembers it.

A store keeps several worlds, each as a description, checkpoints and entries:

    about ── base ── entries … ── latest ── entries …

`append` is the only way in: a list of changes, all of them on disk when it returns, or none. `lease` comes before all
else: one process at a time holds a store. Nothing here knows SQLite; a store that several machines share has the same
doings, and no world notices.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import msgspec

from locksim.engine.errors import Refused

__all__ = [
    "Adrift",
    "Append",
    "Begin",
    "Change",
    "Checkpoint",
    "Damaged",
    "Drop",
    "Held",
    "Kept",
    "Row",
    "Store",
    "Unwritten",
]


class Begin(msgspec.Struct, frozen=True, gc=False):
    """A world begins (again) behind the checkpoint `data`, which stands after entry `n`; what was kept under its name goes."""

    world: str
    about: bytes
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
    """A checkpoint after entry `n`. Entries up to `base`, and checkpoints between `base` and `n`, may go."""

    world: str
    n: int
    base: int
    wall: int
    data: bytes


class Drop(msgspec.Struct, frozen=True, gc=False):
    """The world is forgotten."""

    world: str


Change = Begin | Append | Checkpoint | Drop


class Row(msgspec.Struct, frozen=True, gc=False):
    """A checkpoint or an entry, as it was kept."""

    n: int
    wall: int
    data: bytes


class Kept(msgspec.Struct, frozen=True):
    """A world as it was kept. `base` and `latest` may be the same checkpoint."""

    name: str
    about: bytes
    base: Row
    latest: Row


class Held(Refused):
    """Another process holds this store; the text says which."""

    status = 409


class Damaged(Refused):
    """What is kept is not what was written; the text says what was found. It was left as it is."""


class Unwritten(Refused):
    """A change could not be written; the text says why. Nothing of it is kept."""

    status = 503


class Adrift(Unwritten):
    """What is kept is not what this process wrote last (a commit that failed is there after all). Nothing was written;
    who knows the worlds begins them anew, with all that they hold. `worlds` names what is kept."""

    worlds: tuple[str, ...] = ()


class Store(Protocol):
    """See the module."""

    place: str
    """Where it is, for sentences about it."""

    def lease(self, holder: str) -> None:
        """Take hold of it until `close`. `holder` is told to whoever comes too late. Raises Held, Unwritten."""

    def worlds(self) -> list[Kept]:
        """What it keeps, in the order in which it began. Raises Damaged."""

    def read(self, world: str) -> Iterator[Row]:
        """The entries behind the world's base, oldest first. Raises Damaged when one is missing or was changed."""

    def append(self, changes: Sequence[Change]) -> None:
        """Write these, all or none; they are safe when it returns. Raises Unwritten, Adrift."""

    def close(self) -> None:
        """Let go."""
