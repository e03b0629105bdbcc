"""A store in a data folder: journals in SQLite (write-ahead log, `synchronous=FULL`).

    DIR/journal.db  -wal -shm   worlds, checkpoints, entries
    DIR/tip                     the number of commits made; written after each commit, without waiting for the disk
    DIR/lock                    names the process that uses the folder
    DIR/tls                     the certificates of `--tls`, which are not this module's

Only the folder's owner can read it (0700) and its files (0600). A symlink in place of one of these files is refused.

1. Rows are chained. Each row's digest covers the digest before it and its own bytes, so reading finds a row that was
   changed, lost or moved. SQLite does not: its pages have no checksums.
2. The tip finds lost commits. SQLite silently ignores everything after a damaged page of its log, and the chain of what
   is left is intact. The tip is written after the commit, so it is never ahead of what was answered:

       database behind the tip   answered commits are lost: `Damaged`
       log longer than its end   its last commit was interrupted and never answered: it is cut off, with a log line

3. The seal finds a part of a commit. Each commit stores a digest of its number and of the last digests of all worlds. A disk
   that reports an `fsync` and does not make it may keep some pages of a commit and lose others, and each world's chain
   may be intact nevertheless.
4. Everything is read from a copy, and only then opened for writing, so a refused folder stays as it is. (Even a read-only
   connection deletes the log next to a database that it takes for empty.)
5. After a commit that failed the connection is given up. The next one reads what is on disk. If the commit is there after
   all (only its `fsync` had failed), `append` raises `OutOfSync`.

Digests and tip are both needed. Of 220 bits flipped at random in the database, 34 change a world unnoticed without the
digests; of 220 in the log, all do without the tip. With both, none does.

Loose ends: a folder without a tip is taken as it is, so whoever deletes the tip can go on with an older copy. The digests
have no key: they find damage, not forgery. On a disk that drops `fsync`, SQLite may overwrite its log although the database
has none of its commits; if the tip on the disk is as old as the database, the older worlds are taken without notice.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from locksim.private_files import make_folder, open_file
from locksim.storage.chain import DIGEST, checked_checkpoint, checked_entries, link_of, opened, sealed
from locksim.storage.lease import Lease
from locksim.storage.store import (
    Append,
    Begin,
    Change,
    Checkpoint,
    Damaged,
    Drop,
    OutOfSync,
    Row,
    StoredWorld,
    WriteFailed,
)

__all__ = ["FORMAT", "SqliteStore"]

FORMAT = 2
"""The version of the tables. A database of another version is refused."""
_APPLICATION_ID = 0x4C50414A
"""Marks the database as one of ours (PRAGMA application_id)."""
_FILES = ("journal.db", "journal.db-wal", "journal.db-shm", "tip")
_TABLES = """
CREATE TABLE commits (made INTEGER NOT NULL, seal BLOB NOT NULL);
CREATE TABLE worlds (name TEXT PRIMARY KEY, description BLOB NOT NULL, base INTEGER NOT NULL, latest INTEGER NOT NULL,
    last INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE TABLE checkpoints (world TEXT NOT NULL, n INTEGER NOT NULL, wall INTEGER NOT NULL, link BLOB NOT NULL,
    digest BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (world, n));
CREATE TABLE entries (world TEXT NOT NULL, n INTEGER NOT NULL, wall INTEGER NOT NULL, digest BLOB NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (world, n)) WITHOUT ROWID;
"""
_WAL_HEADER, _FRAME_HEADER = 32, 24
"""Sizes in SQLite's log, in bytes (https://sqlite.org/fileformat2.html#walformat)."""
_log = logging.getLogger("locksim")


class SqliteStore:
    """The journals in one folder, which is created if it does not exist."""

    shared = False

    def __init__(self, folder: Path) -> None:
        self.place = str(folder)
        self._folder = folder
        self._file = folder / "journal.db"
        self._lease: Lease | None = None
        self._tip: int | None = None
        self._db: sqlite3.Connection | None = None
        self._copy: TemporaryDirectory[str] | None = None
        self._reader: sqlite3.Connection | None = None
        """A connection to the copy."""
        self._made: int | None = None
        """The number of commits, as this process knows it; None before it has opened the database."""
        self._links: dict[str, bytes] = {}
        """world → the digest of its last row."""
        self._sum = 0
        """The sum (`_sum_of`) of `_links`."""

    def lease(self, holder: str) -> None:
        """Reserve the folder for this process until `close`. Raises StoreInUse, WriteFailed."""
        try:
            make_folder(self._folder, ("lock", *_FILES, "tls"))
            self._lease = Lease(self._folder / "lock", holder)
            for file in _FILES:
                with suppress(FileNotFoundError):
                    os.close(open_file(self._folder / file, os.O_RDWR))
        except OSError as error:
            raise self._write_failed(error) from None

    def close(self) -> None:
        """Release the folder. SQLite moves its log into the database."""
        self._close_copy()
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None
        if self._tip is not None:
            os.close(self._tip)
            self._tip = None
        if self._lease is not None:
            self._lease.release()
            self._lease = None

    # ---- reading, which changes nothing

    def _open_copy(self) -> sqlite3.Connection:
        """Copy the folder, check the copy as far as SQLite can, and return a connection to it. Raises Damaged."""
        if self._reader is None:
            self._copy = TemporaryDirectory(prefix="locksim-")
            try:
                for suffix in ("", "-wal"):
                    with suppress(FileNotFoundError):
                        shutil.copy(f"{self._file}{suffix}", f"{self._copy.name}/journal.db{suffix}")
                self._reader = sqlite3.connect(f"{self._copy.name}/journal.db", isolation_level=None)
                self._reader.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._check_database(self._reader)
            except (sqlite3.Error, OSError) as error:
                self._close_copy()
                raise self._damaged(str(error)) from None
            except BaseException:
                self._close_copy()
                raise
        return self._reader

    def _close_copy(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def _check_database(self, db: sqlite3.Connection) -> None:
        (application,), (version,) = (
            db.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
        )
        if (application, version) not in ((_APPLICATION_ID, FORMAT), (0, 0)):
            raise self._damaged(f"it has format {version} of {application:#x}; this locksim reads format {FORMAT}")
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self._damaged(found)

    def worlds(self) -> list[StoredWorld]:
        """Return the stored worlds; an empty list for a new folder. Raises Damaged."""
        if not self._file.exists() or not self._file.stat().st_size:
            self._compare_with_tip(0)
            return []
        db = self._open_copy()
        try:
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():  # the process stopped before its first commit
                self._compare_with_tip(0)
                return []
            made, seal = db.execute("SELECT made, seal FROM commits").fetchone()
            self._compare_with_tip(made)
            if seal != _seal(made, _sum_of(db.execute("SELECT name, digest FROM worlds"))):
                raise self._damaged(f"a part of commit {made} is missing")
            names = db.execute("SELECT name, description, base, latest, last FROM worlds ORDER BY rowid").fetchall()
            return [
                StoredWorld(
                    name,
                    opened(name, description, self._damaged),
                    self._checkpoint(db, name, base),
                    self._checkpoint(db, name, latest),
                    last,
                )
                for name, description, base, latest, last in names
            ]
        except (sqlite3.Error, TypeError) as error:
            raise self._damaged(str(error)) from None

    def _read_tip(self) -> int:
        """Return the number of commits in the tip, or 0 if there is none."""
        try:
            return int((self._folder / "tip").read_text("ascii") or 0)
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as error:
            raise self._damaged(f"its tip cannot be read: {error}") from None

    def _compare_with_tip(self, made: int) -> None:
        lost = self._read_tip() - made
        if lost > 0:
            raise self._damaged(
                f"its last {lost} commits are missing, and callers had their answers. If it is an older copy, delete "
                f"{self._folder / 'tip'} to go on with it"
            )

    def _checkpoint(self, db: sqlite3.Connection, world: str, n: int) -> Row:
        row = db.execute(
            "SELECT wall, link, digest, data FROM checkpoints WHERE world = ? AND n = ?", (world, n)
        ).fetchone()
        return checked_checkpoint(world, n, row, self._damaged)

    def read(self, world: str) -> Iterator[Row]:
        """Yield the entries after the base, each compared with its digest. Raises Damaged."""
        db = self._open_copy()
        try:
            base, latest, last, end = db.execute(
                "SELECT base, latest, last, digest FROM worlds WHERE name = ?", (world,)
            ).fetchone()
            at = dict(db.execute("SELECT n, link FROM checkpoints WHERE world = ?", (world,)).fetchall())
            rows = db.execute(
                "SELECT n, wall, digest, data FROM entries WHERE world = ? AND n > ? ORDER BY n", (world, base)
            )
            yield from checked_entries(world, rows, at, base, latest, (last, end), self._damaged)
        except (sqlite3.Error, TypeError) as error:
            raise self._damaged(str(error)) from None

    # ---- writing

    def append(self, changes: Sequence[Change]) -> None:
        """Write all of these changes, or none. Raises WriteFailed; OutOfSync if the database is not as this process left it."""
        try:
            db = self._db or self._open()
            links = dict(self._links)
            db.execute("BEGIN IMMEDIATE")
            ends: dict[str, int] = {}
            for change in changes:
                self._execute(db, links, change)
                if isinstance(change, Append):
                    ends[change.world] = change.n
                elif not isinstance(change, Checkpoint):
                    ends.pop(change.world, None)
            last = [(n, links[world], world) for world, n in ends.items()]
            db.executemany("UPDATE worlds SET last = ?, digest = ? WHERE name = ?", last)
            total = self._sum ^ _sum_of(self._links.items() ^ links.items())
            made = (self._made or 0) + 1
            db.execute("UPDATE commits SET made = ?, seal = ?", (made, _seal(made, total)))
            db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._give_up_connection()
            raise self._write_failed(error) from None
        self._links, self._sum, self._made = links, total, made
        self._write_tip()

    def _give_up_connection(self) -> None:
        """Close the connection after a commit that failed: its memory may differ from the disk, which the next one reads."""
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):
                if db.in_transaction:
                    db.execute("ROLLBACK")
            with suppress(sqlite3.Error):
                db.close()

    def _write_tip(self) -> None:
        """Write the number of commits into the tip. A tip that is too low refuses nothing, so an error is ignored."""
        with suppress(OSError):
            if self._tip is None:
                self._tip = open_file(self._folder / "tip", os.O_RDWR | os.O_CREAT)
            os.lseek(self._tip, 0, os.SEEK_SET)
            os.write(self._tip, b"%020d" % (self._made or 0))

    def _execute(self, db: sqlite3.Connection, links: dict[str, bytes], change: Change) -> None:
        match change:
            case Append(world=world, n=n, wall=wall, data=data):
                links[world] = digest = link_of(links[world], n, wall, data)
                db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", (world, n, wall, digest, data))
            case Checkpoint(world=world, n=n, base=base, wall=wall, data=data):
                self._put_checkpoint(db, world, n, wall, links[world], data)
                db.execute("UPDATE worlds SET base = ?, latest = ? WHERE name = ?", (base, n, world))
                db.execute("DELETE FROM entries WHERE world = ? AND n <= ?", (world, base))
                db.execute("DELETE FROM checkpoints WHERE world = ? AND n NOT IN (?, ?)", (world, base, n))
            case Begin(world=world, description=description, n=n, wall=wall, data=data):
                self._delete_world(db, links, world)
                links[world] = link = link_of(b"", n, wall, description)
                row = (world, sealed(description), n, n, n, link)
                db.execute("INSERT INTO worlds VALUES (?, ?, ?, ?, ?, ?)", row)
                self._put_checkpoint(db, world, n, wall, link, data)
            case Drop(world=world):
                self._delete_world(db, links, world)

    def _put_checkpoint(self, db: sqlite3.Connection, world: str, n: int, wall: int, link: bytes, data: bytes) -> None:
        row = (world, n, wall, link, link_of(link, n, wall, data), data)
        db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)", row)

    def _delete_world(self, db: sqlite3.Connection, links: dict[str, bytes], world: str) -> None:
        links.pop(world, None)
        for table, column in (("entries", "world"), ("checkpoints", "world"), ("worlds", "name")):
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", (world,))  # noqa: S608 - our own three tables

    def _open(self) -> sqlite3.Connection:
        """Open the database for writing. SQLite cuts off a commit that was interrupted. Raises OutOfSync."""
        if self._lease is None:
            raise OSError(errno.EBADF, "this folder is not leased")
        self._close_copy()
        length = self._log_length()
        os.close(open_file(self._file, os.O_RDWR | os.O_CREAT))  # SQLite gives its log the mode of the database
        db = sqlite3.connect(self._file, isolation_level=None)
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {FORMAT};"
                commits = f"INSERT INTO commits VALUES (0, x'{_seal(0, 0).hex()}');"  # noqa: S608 - our own digest
                db.executescript(f"BEGIN; {marks} {_TABLES} {commits} COMMIT;")
            self._report_torn_tail(db, length)
            made = db.execute("SELECT made FROM commits").fetchone()[0]
            links = dict(db.execute("SELECT name, digest FROM worlds").fetchall())
        except BaseException:
            db.close()
            raise
        expected, self._db, self._made, self._links = self._made, db, made, links
        self._sum = _sum_of(links.items())
        if expected not in (None, made):
            out_of_sync = OutOfSync(f"{self._file} has {made} commits, expected {expected}")
            out_of_sync.worlds = tuple(links)
            raise out_of_sync
        return db

    def _log_length(self) -> int:
        """Return the length in bytes of SQLite's log, without frames of an older log (they have another salt)."""
        try:
            log = (self._folder / "journal.db-wal").read_bytes()
        except FileNotFoundError:
            return 0
        salt, size, end = log[16:24], int.from_bytes(log[8:12], "big"), _WAL_HEADER
        while len(log) >= _WAL_HEADER and log[end + 8 : end + 16] == salt:
            end = min(len(log), end + _FRAME_HEADER + size)
        return end if end > _WAL_HEADER else 0

    def _report_torn_tail(self, db: sqlite3.Connection, length: int) -> None:
        """Write a log line if SQLite's log ends with an incomplete commit."""
        frames = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
        size = db.execute("PRAGMA page_size").fetchone()[0]
        torn = length - (_WAL_HEADER + frames * (_FRAME_HEADER + size)) if frames > 0 else length
        if torn > 0:
            _log.warning(
                "%s: the last %d bytes belong to a commit that was interrupted before any caller was answered; they are cut off",
                self._file,
                torn,
            )

    # ---- errors

    def _damaged(self, what: str) -> Damaged:
        return Damaged(
            f"{self._file} is damaged, and was not changed: {what}. Begin in another folder, or restore a copy of this one"
        )

    def _write_failed(self, error: sqlite3.Error | OSError) -> WriteFailed:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        return WriteFailed(f"cannot write to {self._folder}: {reason}")


def _sum_of(links: Iterable[tuple[str, bytes]]) -> int:
    """Return a digest of worlds and their last digests, in any order. A pair that is added twice is removed again."""
    total = 0
    for world, link in links:
        total ^= int.from_bytes(blake2b(b"%b:%b" % (world.encode(), link), digest_size=DIGEST).digest(), "big")
    return total


def _seal(made: int, total: int) -> bytes:
    """Return the digest of a commit: of its number and of the sum of all worlds after it."""
    return blake2b(b"%d:%b" % (made, total.to_bytes(DIGEST, "big")), digest_size=DIGEST).digest()
