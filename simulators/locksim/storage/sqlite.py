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
4. A commit that only appends entries, as almost all do, is one statement and mostly one page: its number and its seal are in
   the row of its last entry. Any other commit writes them into `commits`, and the end of each world that it changes into
   `worlds`. So a world ends at its last entry, or where `worlds` says, whichever is later; and the last commit is the one with
   the highest number in `commits` or at the end of a world.
5. Everything is read from a copy, and only then opened for writing, so a refused folder stays as it is. (Even a read-only
   connection deletes the log next to a database that it takes for empty.)
6. After a commit that failed the connection is given up. The next one reads what is on disk. If the commit is there after
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
from typing import NamedTuple

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

FORMAT = 3
"""The version of the tables. A database of another version is refused."""
_APPLICATION_ID = 0x4C50414A
"""Marks the database as one of ours (PRAGMA application_id)."""
_FILES = ("journal.db", "journal.db-wal", "journal.db-shm", "tip")
_TABLES = """
CREATE TABLE commits (made INTEGER NOT NULL, seal BLOB NOT NULL);
CREATE TABLE worlds (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, description BLOB NOT NULL, base INTEGER NOT NULL,
    latest INTEGER NOT NULL, last INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE TABLE checkpoints (world INTEGER NOT NULL, n INTEGER NOT NULL, wall INTEGER NOT NULL, link BLOB NOT NULL,
    digest BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (world, n));
CREATE TABLE entries (key INTEGER PRIMARY KEY, wall INTEGER NOT NULL, digest BLOB NOT NULL, made INTEGER, seal BLOB,
    data BLOB NOT NULL);
"""
_ENTRIES = 1 << 40
"""How many entries a world can have: the key of an entry is `world's id * _ENTRIES + n`, so that entries are appended to a table
in the order of its keys, which SQLite does best."""
_INSERT = "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?)"
_WAL_HEADER, _FRAME_HEADER = 32, 24
"""Sizes in SQLite's log, in bytes (https://sqlite.org/fileformat2.html#walformat)."""
_log = logging.getLogger("locksim")


class _End(NamedTuple):
    """Where a world ends."""

    number: int
    """The world's `id` in the database."""
    n: int
    """The number of the last entry."""
    link: bytes
    """The digest of the last row."""

    def after(self, entry: Append) -> _End:
        """Return where the world ends with this entry."""
        return _End(self.number, entry.n, link_of(self.link, entry.n, entry.wall, entry.data))


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
        self._ends: dict[str, _End] = {}
        """world → where it ends."""
        self._sum = 0
        """The sum (`_sum_of`) of these ends."""

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
            made, seal, ends = _last_commit(db)
            self._compare_with_tip(made)
            if seal != _seal(made, _sum_of(ends.items())):
                raise self._damaged(f"a part of commit {made} is missing")
            rows = db.execute("SELECT name, description, base, latest FROM worlds ORDER BY id").fetchall()
            return [
                StoredWorld(
                    name,
                    opened(name, description, self._damaged),
                    self._checkpoint(db, ends[name].number, name, base),
                    self._checkpoint(db, ends[name].number, name, latest),
                    ends[name].n,
                )
                for name, description, base, latest in rows
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

    def _checkpoint(self, db: sqlite3.Connection, number: int, world: str, n: int) -> Row:
        row = db.execute(
            "SELECT wall, link, digest, data FROM checkpoints WHERE world = ? AND n = ?", (number, n)
        ).fetchone()
        return checked_checkpoint(world, n, row, self._damaged)

    def read(self, world: str) -> Iterator[Row]:
        """Yield the entries after the base, each compared with its digest. Raises Damaged."""
        db = self._open_copy()
        try:
            base, latest = db.execute("SELECT base, latest FROM worlds WHERE name = ?", (world,)).fetchone()
            number, last, end = _last_commit(db)[2][world]
            at = dict(db.execute("SELECT n, link FROM checkpoints WHERE world = ?", (number,)).fetchall())
            first = number * _ENTRIES
            rows = db.execute(
                "SELECT key - ?, wall, digest, data FROM entries WHERE key > ? AND key < ? ORDER BY key",
                (first, first + base, first + _ENTRIES),
            )
            yield from checked_entries(world, rows, at, base, latest, (last, end), self._damaged)
        except (sqlite3.Error, TypeError, KeyError) as error:
            raise self._damaged(str(error)) from None

    # ---- writing

    def append(self, changes: Sequence[Change]) -> None:
        """Write all of these changes, or none. Raises WriteFailed; OutOfSync if the database is not as this process left it."""
        try:
            db = self._db or self._open()
            made = (self._made or 0) + 1
            if changes and all(isinstance(change, Append) for change in changes):
                changed, total = self._append_entries(db, made, changes)  # type: ignore[arg-type] # all are Append
                # In place: a copy of the ends of all worlds would cost each commit more with each world.
                self._ends.update(changed)
            else:
                self._ends, total = self._append_all(db, made, changes)
        except (sqlite3.Error, OSError) as error:
            self._give_up_connection()
            raise self._write_failed(error) from None
        self._sum, self._made = total, made
        self._write_tip()

    def _append_entries(
        self, db: sqlite3.Connection, made: int, entries: Sequence[Append]
    ) -> tuple[dict[str, _End], int]:
        """Write a commit that only appends entries. Return the changed worlds' ends after it, and the sum of all ends."""
        changed: dict[str, _End] = {}
        rows: list[tuple[int, int, bytes, int, bytes | None, bytes]] = []
        for entry in entries:
            world = entry.world
            before = changed.get(world) or self._ends[world]
            end = changed[world] = before.after(entry)
            rows.append((end.number * _ENTRIES + end.n, entry.wall, end.link, made, None, entry.data))
        total = self._sum ^ _sum_of((world, self._ends[world]) for world in changed) ^ _sum_of(changed.items())
        key, wall, digest, made, _, data = rows.pop()
        rows.append((key, wall, digest, made, _seal(made, total), data))
        if len(rows) == 1:
            db.execute(_INSERT, rows[0])
        else:
            db.execute("BEGIN IMMEDIATE")
            db.executemany(_INSERT, rows)
            db.execute("COMMIT")
        return changed, total

    def _append_all(self, db: sqlite3.Connection, made: int, changes: Sequence[Change]) -> tuple[dict[str, _End], int]:
        """Write any commit. Return the worlds' ends after it, and their sum."""
        ends = dict(self._ends)
        db.execute("BEGIN IMMEDIATE")
        for change in changes:
            self._execute(db, ends, change)
        # Also of a world that has only a new checkpoint, with which the row of its last entry may go.
        changed = {ends[change.world] for change in changes if change.world in ends}
        rows = [(end.n, end.link, end.number) for end in changed]
        db.executemany("UPDATE worlds SET last = ?, digest = ? WHERE id = ?", rows)
        total = self._sum ^ _sum_of(self._ends.items() ^ ends.items())
        db.execute("UPDATE commits SET made = ?, seal = ?", (made, _seal(made, total)))
        db.execute("COMMIT")
        return ends, total

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
            os.pwrite(self._tip, b"%020d" % (self._made or 0), 0)

    def _execute(self, db: sqlite3.Connection, ends: dict[str, _End], change: Change) -> None:
        match change:
            case Append(world=world, wall=wall, data=data):
                end = ends[world] = ends[world].after(change)
                db.execute(_INSERT, (end.number * _ENTRIES + end.n, wall, end.link, None, None, data))
            case Checkpoint(world=world, n=n, base=base, wall=wall, data=data):
                number, _, link = ends[world]
                self._put_checkpoint(db, number, n, wall, link, data)
                db.execute("UPDATE worlds SET base = ?, latest = ? WHERE id = ?", (base, n, number))
                first = number * _ENTRIES
                db.execute("DELETE FROM entries WHERE key BETWEEN ? AND ?", (first, first + base))
                db.execute("DELETE FROM checkpoints WHERE world = ? AND n NOT IN (?, ?)", (number, base, n))
            case Begin(world=world, description=description, n=n, wall=wall, data=data):
                self._delete_world(db, ends, world)
                link = link_of(b"", n, wall, description)
                row = (world, sealed(description), n, n, n, link)
                number = db.execute("INSERT INTO worlds VALUES (NULL, ?, ?, ?, ?, ?, ?)", row).lastrowid or 0
                ends[world] = _End(number, n, link)
                self._put_checkpoint(db, number, n, wall, link, data)
            case Drop(world=world):
                self._delete_world(db, ends, world)

    def _put_checkpoint(self, db: sqlite3.Connection, number: int, n: int, wall: int, link: bytes, data: bytes) -> None:
        row = (number, n, wall, link, link_of(link, n, wall, data), data)
        db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)", row)

    def _delete_world(self, db: sqlite3.Connection, ends: dict[str, _End], world: str) -> None:
        if world in ends:
            number = ends.pop(world).number
            first = number * _ENTRIES
            db.execute("DELETE FROM entries WHERE key BETWEEN ? AND ?", (first, first + _ENTRIES - 1))
            db.execute("DELETE FROM checkpoints WHERE world = ?", (number,))
            db.execute("DELETE FROM worlds WHERE id = ?", (number,))

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
            made, _, ends = _last_commit(db)
        except BaseException:
            db.close()
            raise
        expected, self._db, self._made, self._ends = self._made, db, made, ends
        self._sum = _sum_of(ends.items())
        if expected not in (None, made):
            out_of_sync = OutOfSync(f"{self._file} has {made} commits, expected {expected}")
            out_of_sync.worlds = tuple(ends)
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


def _last_commit(db: sqlite3.Connection) -> tuple[int, bytes | None, dict[str, _End]]:
    """Return the number and the seal of the last commit, and where each world ends. Raises sqlite3.Error."""
    made, seal = db.execute("SELECT made, seal FROM commits").fetchone()
    ends: dict[str, _End] = {}
    for number, name, last, digest in db.execute("SELECT id, name, last, digest FROM worlds").fetchall():
        first = number * _ENTRIES
        ends[name] = _End(number, last, digest)
        entry = db.execute(
            "SELECT key, digest, made, seal FROM entries WHERE key > ? AND key < ? ORDER BY key DESC LIMIT 1",
            (first + last, first + _ENTRIES),
        ).fetchone()
        if entry is not None:
            key, link, its_commit, its_seal = entry
            if its_commit is None:
                raise sqlite3.DatabaseError(f"world {name}: entry {key - first} belongs to no commit")
            ends[name] = _End(number, key - first, link)
            if its_commit > made or (its_commit == made and its_seal is not None):
                made, seal = its_commit, its_seal
    return made, seal, ends


def _sum_of(ends: Iterable[tuple[str, _End]]) -> int:
    """Return a digest of worlds and their last digests, in any order. A pair that is added twice is removed again."""
    total = 0
    for world, end in ends:
        total ^= int.from_bytes(blake2b(b"%b:%b" % (world.encode(), end.link), digest_size=DIGEST).digest(), "big")
    return total


def _seal(made: int, total: int) -> bytes:
    """Return the digest of a commit: of its number and of the sum of all worlds after it."""
    return blake2b(b"%d:%b" % (made, total.to_bytes(DIGEST, "big")), digest_size=DIGEST).digest()
