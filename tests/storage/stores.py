"""Stores that do on purpose what disks do by accident."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Change, WriteFailed


class Troubled(SqliteStore):
    """A data folder whose commits block while `gate` is shut, and fail with `trouble` where that is set.

    `commits` are those that were made. With `landing`, a commit that fails is on disk nevertheless, and the connection is
    gone: as when only the last `fsync` failed.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.gate = threading.Event()
        self.gate.set()
        self.asked = threading.Event()
        self.trouble: str | None = None
        self.landing = False
        self.refused = 0
        self.commits: list[list[Change]] = []

    def append(self, changes: Sequence[Change]) -> None:
        self.asked.set()
        self.gate.wait(30)
        if self.trouble is not None:
            self.refused += 1
            if self.landing:
                made, links = self._made, dict(self._links)
                super().append(changes)
                self._made, self._links = made, links
                assert self._db is not None
                self._db.close()
                self._db = None
            raise WriteFailed(self.trouble)
        super().append(changes)
        self.commits.append(list(changes))

    def making(self) -> Callable[[], SqliteStore]:
        """For `serving(store=…)`."""

        def make() -> SqliteStore:
            self.lease("a test")
            return self

        return make


def copied(folder: Path, to: Path) -> Path:
    """The folder as a process that is killed at this moment leaves it. (Only whole commits are asked of it: the copy is made
    while no commit is.)"""
    to.mkdir()
    for file in ("journal.db", "journal.db-wal", "tip"):
        if (folder / file).exists():
            shutil.copy(folder / file, to / file)
    return to


def held(folder: Path) -> Callable[[], SqliteStore]:
    """For `serving(store=…)`: a data folder as it is."""
    return Troubled(folder).making()
