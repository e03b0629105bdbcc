"""Stores with commits that block or fail, and copies of data folders."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Change, WriteFailed


class FaultyStore(SqliteStore):
    """A data folder whose commits block while `gate` is cleared, and fail with the text `failure` if it is set.

    `commits` are those that succeeded, `refused` counts those that failed. With `written_anyway`, a failed commit is on
    disk nevertheless and the connection is closed, as if only the last `fsync` had failed.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()
        self.failure: str | None = None
        self.written_anyway = False
        self.refused = 0
        self.commits: list[list[Change]] = []

    def append(self, changes: Sequence[Change]) -> None:
        self.asked.set()
        self.gate.wait(30)
        if self.failure is not None:
            self.refused += 1
            if self.written_anyway:
                made, links = self._made, dict(self._links)
                super().append(changes)
                self._made, self._links = made, links
                assert self._db is not None
                self._db.close()
                self._db = None
            raise WriteFailed(self.failure)
        super().append(changes)
        self.commits.append(list(changes))

    def factory(self) -> Callable[[], SqliteStore]:
        """Return the `store` argument of `serving`: a function that leases this store."""

        def make() -> SqliteStore:
            self.lease("a test")
            return self

        return make


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
