"""The interface of a store: where the journals of several worlds are kept.

A store keeps each world as a description, checkpoints and entries:

    description ── base ── entries … ── latest ── entries …

1. `lease` comes first. Only one process at a time uses a store; a store that several processes use (`SharedStore`) has
   an owner for each world instead.
2. `append` is the only way to write. It takes a list of changes; when it returns, all of them are safe. If it raises,
   none of them is (after `Unresolved`, nobody knows).
3. The interface knows nothing of SQLite or PostgreSQL.

A world's owner in a shared store is whoever has its *epoch*, a number that is never used twice. `take` gives the world a new
epoch, and `append` compares the epoch in the transaction that writes. So a process that was overtaken, however long it was
stopped, can write nothing more to this world (`Overtaken`). No clock decides who is right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, runtime_checkable

import msgspec

from locksim.engine.errors import Refused

__all__ = [
    "Append",
    "Begin",
    "Change",
    "Checkpoint",
    "Damaged",
    "Drop",
    "NotTaken",
    "OutOfSync",
    "Overtaken",
    "Row",
    "SharedStore",
    "Status",
    "Store",
    "StoreInUse",
    "StoredWorld",
    "TakenWorld",
    "Unresolved",
    "WorldExists",
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


class Status(msgspec.Struct, frozen=True, gc=False):
    """What other processes may know of a world without taking it. Only a shared store keeps it.

    `due` is the real time at which something happens next there by itself, in microseconds since the epoch; None: nothing
    does. `summary` is what a list of worlds shows.
    """

    world: str
    due: int | None
    summary: bytes


Change = Begin | Append | Checkpoint | Drop | Status


class Row(msgspec.Struct, frozen=True, gc=False):
    """A stored checkpoint or entry."""

    n: int
    wall: int
    data: bytes


class StoredWorld(msgspec.Struct, frozen=True):
    """A stored world. `base` and `latest` may be the same checkpoint; `last` is the number of the last entry."""

    name: str
    description: bytes
    base: Row
    latest: Row
    last: int


class TakenWorld(msgspec.Struct, frozen=True):
    """A stored world, with the entries after its base."""

    stored: StoredWorld
    rows: list[Row]


class StoreInUse(Refused):
    """Another process uses this store; the text says which."""

    status = 409


class Damaged(Refused):
    """The store does not contain what was written; the text says what was found. The store was not changed."""

    status = 500


class WriteFailed(Refused):
    """Changes could not be written; the text says why. None of them is stored."""

    status = 503


class OutOfSync(WriteFailed):
    """The store does not contain what this process wrote last: a commit that failed is there after all.

    Nothing was written. The caller must write all its worlds again, completely. `worlds` names the stored ones.
    """

    worlds: tuple[str, ...] = ()


class WorldExists(WriteFailed):
    """A world of this name began elsewhere meanwhile. Nothing was written."""

    status = 409


class Overtaken(WriteFailed):
    """Another process owns these worlds now. Nothing was written.

    The status says that nothing was done, and that the request may be sent again, to another process.
    """

    status = 425
    worlds: tuple[str, ...] = ()


class Unresolved(WriteFailed):
    """The connection was lost during a commit, and nobody can say now whether the changes are stored.

    The caller must forget the worlds in the commit, and take them from the store before it uses them again.
    """


class NotTaken(Refused):
    """The world was not taken; the text says why. Another process may be able to."""

    status = 425


class Store(Protocol):
    """Where journals are kept. The module describes the rules."""

    place: str
    """Where it is, for log lines and errors."""
    shared: bool
    """Whether several processes use it at the same time: then it is a `SharedStore`."""

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


@runtime_checkable
class SharedStore(Store, Protocol):
    """A store that several processes, the nodes of a cluster, use at the same time.

    A node may `append` to the worlds that it owns, and to those that it begins. All methods raise WriteFailed when the store
    cannot be reached.
    """

    def take(self, world: str, accept: Callable[[StoredWorld], None], *, epoch: int | None = None) -> TakenWorld:
        """Become the owner of a world, and return it.

        Args:
            world: Its name.
            accept: Called before the world is taken. Whatever it raises leaves the world as it is. The checkpoints have no
                data yet.
            epoch: Take it only if it still has this epoch.

        Raises:
            Unknown: There is none of this name.
            NotTaken: It has another epoch than `epoch`.
            Damaged: It does not contain what was written. It is not taken.
        """

    def peek(self, world: str) -> TakenWorld:
        """Return a world as it is now, without taking it. Raises Unknown, Damaged."""

    def confirm(self, world: str) -> None:
        """Check that this node still owns a world. Raises Overtaken."""

    def lost(self) -> list[str]:
        """Return the worlds that this node owned, as far as it knew, and that another one has now."""

    def release(self, worlds: Sequence[str]) -> None:
        """Stop owning these worlds, so that nobody waits before taking them."""

    def beat(self) -> None:
        """Note that this node is alive."""

    def others(self, silent: float) -> list[int]:
        """Return the other nodes that gave a sign of life within so many seconds: for each start of a node a number."""

    def orphans(self, now: int, silent: float, limit: int) -> list[tuple[str, int]]:
        """Return worlds and their epochs where something is due and whose owner is silent or gone, the longest due first.

        Args:
            now: The real time, in microseconds since the epoch.
            silent: Seconds without a sign of life after which an owner counts as silent.
            limit: At most so many.
        """

    def unused(self, since: int, silent: float, limit: int) -> list[tuple[str, int]]:
        """Return worlds and their epochs that had no commit since then, and whose owner is silent or gone."""

    def summaries(self) -> list[bytes]:
        """Return the summaries of all worlds, in the order in which they began."""

    def count(self) -> int:
        """Return the number of worlds."""

    def new_number(self) -> int:
        """Return a number for a world's name that no node got before."""
