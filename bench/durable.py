"""What durability costs: answers with and without a data folder, starts against the length of the journal behind them."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import NamedTuple

import msgspec

import locksim
from bench.inprocess import crowded, each
from bench.paging import in_turns
from locksim.engine.inputs import Request
from locksim.engine.journal import Entry
from locksim.engine.world import WorldCore
from locksim.storage import recovery
from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Append, Begin, Change, Checkpoint

__all__ = ["LENGTHS", "Commits", "commits", "folder_behind", "keeping", "recovering"]

LENGTHS = (100, 10_999, 100_999)
"""Entries behind a start: as many as there may be before the next checkpoint, so that the most is run again."""
BATCH = 500
_PAGE = 4096
_LOG = 1000
"""Pages of SQLite's log before it begins again at its start."""


class Commits(NamedTuple):
    """Median µs of a commit of one entry."""

    bare: float
    """Writing one page into a file that has the length already, and `fdatasync`. Nothing that is durable takes less."""
    sqlite: float
    """SQLite alone, with one insert."""
    ours: float


def commits(seconds: float) -> Commits:
    """Measure the three in turns, on the file system of temporary files, where the bench's data folders are, too."""
    entry = b"x" * 900
    with tempfile.TemporaryDirectory() as name:
        file = os.open(Path(name, "bare"), os.O_RDWR | os.O_CREAT)
        database = sqlite3.connect(Path(name, "alone.db"), isolation_level=None)
        store = SqliteStore(Path(name, "ours"))
        try:
            os.pwrite(file, bytes(_LOG * _PAGE), 0)
            os.fsync(file)
            for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL"):
                database.execute(f"PRAGMA {pragma}")
            database.execute("CREATE TABLE entries (key INTEGER PRIMARY KEY, data BLOB)")
            store.lease("the bench")
            store.append([Begin("default", b"{}", 0, 0, b"")])
            numbers = count(1)

            def bare() -> None:
                os.pwrite(file, bytes(_PAGE), next(numbers) % _LOG * _PAGE)
                os.fdatasync(file)

            doings: list[Callable[[], object]] = [
                bare,
                lambda: database.execute("INSERT INTO entries VALUES (NULL, ?)", (entry,)),
                partial(_append_next, store, count(1), entry),
            ]
            return Commits(*in_turns(doings, seconds))
        finally:
            os.close(file)
            database.close()
            store.close()


def _append_next(store: SqliteStore, numbers: Iterator[int], entry: bytes) -> None:
    number = next(numbers)
    store.append([Append("default", number, number, entry)])


class _Keeper:
    """Writes a journal's changes in large commits."""

    def __init__(self, world: WorldCore, store: SqliteStore) -> None:
        self._world, self._store = world, store
        self._about = msgspec.json.encode(recovery.describe(world.vendors))
        self._changes: list[Change] = []
        self.begin(world.journal.base, 0)
        world.journal.observer = self

    def append(self, entry: Entry) -> None:
        self._note(Append(self._world.name, entry.n, entry.at, msgspec.msgpack.encode(entry)))

    def checkpoint(self, image: bytes, n: int, base: int) -> None:
        self._note(Checkpoint(self._world.name, n, base, self._world.now, image))

    def begin(self, base: bytes, after: int) -> None:
        self._note(Begin(self._world.name, self._about, after, self._world.now, base))

    def _note(self, change: Change) -> None:
        self._changes.append(change)
        if len(self._changes) >= BATCH:
            self.flush()

    def flush(self) -> None:
        """Write everything reported so far."""
        self._store.append(self._changes)
        self._changes = []


@contextmanager
def folder_behind(entries: int) -> Iterator[Path]:
    """A data folder as a killed server leaves it after so many `/list`: no checkpoint at the end."""
    with tempfile.TemporaryDirectory() as name:
        world = locksim.World(seed=7).core
        store = SqliteStore(Path(name))
        store.lease("the bench")
        keeper = _Keeper(world, store)
        token = world.vendor("nuki").credentials(world.state("nuki"))["token"]
        headers = (("Host", "127.0.0.1:8705"), ("Accept", "*/*"))
        for _ in range(entries):
            world.apply(Request(world.now, "nuki", "bridge", "GET", f"/list?token={token}", headers))
        keeper.flush()
        store.close()
        yield Path(name)


def recovering(folder: Path) -> tuple[float, int, int]:
    """(ms until the world is back, entries that were run again, entries that are kept)."""
    vendors = locksim.World(seed=7).core.vendors.values()
    store = SqliteStore(folder)
    store.lease("the bench")
    began = time.perf_counter()
    (one,) = recovery.recover(store, vendors)
    took = (time.perf_counter() - began) * 1e3
    store.close()
    journal = one.core.journal
    return took, len(journal.tail), len(journal)


def keeping(locks: int, seconds: float) -> list[tuple[str, float]]:
    """µs of a snapshot, a restore and a fork of a world with so many more locks."""
    world = locksim.World(seed=7, state={"nuki": crowded(locks)})

    world.snapshot("kept")
    doings: list[tuple[str, Callable[[], object]]] = [
        ("snapshot", lambda: world.snapshot("kept")),
        ("restore", lambda: world.restore("kept")),
        ("fork", world.fork),
    ]
    return [(name, each(what, seconds / 3)) for name, what in doings]
