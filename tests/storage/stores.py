"""Stores with commits that block or fail, and copies of data folders."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from locksim.storage.postgres import PostgresStore
from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Change, WriteFailed


class Faulty:
    """Makes commits of a store block while `gate` is cleared, and fail with the text `failure` if it is set.

    `commits` are those that succeeded, `refused` counts those that failed.
    """

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()
        self.failure: str | None = None
        self.refused = 0
        self.commits: list[list[Change]] = []

    def append(self, changes: Sequence[Change]) -> None:
        self.asked.set()
        self.gate.wait(30)
        if self.failure is not None:
            self.refused += 1
            self.fail(changes)
            raise WriteFailed(self.failure)
        super().append(changes)  # type: ignore[misc] # a store's
        self.commits.append(list(changes))

    def fail(self, changes: Sequence[Change]) -> None:
        """Do what happens before the error."""

    def factory(self) -> Callable[[], Any]:
        """Return the `store` argument of `serving`: a function that leases this store."""

        def make() -> Any:
            self.lease("a test")  # type: ignore[attr-defined] # a store's
            return self

        return make


class FaultyStore(Faulty, SqliteStore):
    """A data folder whose commits block or fail.

    With `written_anyway`, a failed commit is on disk nevertheless and the connection is closed, as if only the last `fsync`
    had failed.
    """

    written_anyway = False

    def fail(self, changes: Sequence[Change]) -> None:
        if self.written_anyway:
            made, ends = self._made, dict(self._ends)
            SqliteStore.append(self, changes)
            self._made, self._ends = made, ends
            assert self._db is not None
            self._db.close()
            self._db = None


class FaultyPostgres(Faulty, PostgresStore):
    """A database whose commits block or fail."""


def copy_of(folder: Path, to: Path) -> Path:
    """Copy the folder as a process that is killed now would leave it. Call it while no commit is being written."""
    to.mkdir()
    for file in ("journal.db", "journal.db-wal", "tip"):
        if (folder / file).exists():
            shutil.copy(folder / file, to / file)
    return to


def leased(folder: Path) -> Callable[[], SqliteStore]:
    """Return the `store` argument of `serving`: a function that leases a data folder."""
    return FaultyStore(folder).factory()
