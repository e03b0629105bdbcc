"""A data folder: journals in SQLite (WAL, `synchronous=FULL`), the first of the stores.

    DIR/journal.db  -wal -shm   worlds, checkpoints, entries
    DIR/tip                     how many commits were made: written after each, never waited for
    DIR/lock                    who holds the folder

What is written is chained: each row's digest is over the digest before it and its own bytes, so that a changed, lost
or swapped row is found when it is read. SQLite itself forgets, without a word, what follows a damaged page of its log;
hence the tip. It is never ahead of what an answer left for, so:

    database behind the tip     answered commits are lost: damaged, refused
    log longer than its end     a commit that nobody was answered for was cut off midway: it goes, with a line in the log

All is read from a copy, and only then opened for writing: what is refused stays as it is. (Even a connection that may
only read deletes the log beside a database that it takes for empty.)
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory

from locksim.storage.lease import Lease
from locksim.storage.store import Adrift, Append, Begin, Change, Checkpoint, Damaged, Drop, Kept, Row, Unwritten

__all__ = ["FORMAT", "SqliteStore"]

FORMAT = 1
"""The version of the tables; another one is refused."""
_MARK = 0x4C50414A
"""The database's application id: these are our tables."""
_DIGEST = 16
_TABLES = """
CREATE TABLE commits (made INTEGER NOT NULL);
INSERT INTO commits VALUES (0);
CREATE TABLE worlds (name TEXT PRIMARY KEY, about BLOB NOT NULL, base INTEGER NOT NULL, latest INTEGER NOT NULL,
    last INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE TABLE checkpoints (world TEXT NOT NULL, n INTEGER NOT NULL, wall INTEGER NOT NULL, link BLOB NOT NULL,
    digest BLOB NOT NULL, data BLOB NOT NULL, PRIMARY KEY (world, n));
CREATE TABLE entries (world TEXT NOT NULL, n INTEGER NOT NULL, wall INTEGER NOT NULL, digest BLOB NOT NULL,
    data BLOB NOT NULL, PRIMARY KEY (world, n)) WITHOUT ROWID;
"""
_WAL_HEAD, _FRAME_HEAD = 32, 24
_log = logging.getLogger("locksim")


class SqliteStore:
    """The journals of one folder, which is made when it is not there. Raises Unwritten, Damaged."""

    def __init__(self, folder: Path) -> None:
        self.place = str(folder)
        self._folder = folder
        self._file = folder / "journal.db"
        self._lease: Lease | None = None
        self._tip: int | None = None
        self._db: sqlite3.Connection | None = None
        self._copy: TemporaryDirectory[str] | None = None
        self._view: sqlite3.Connection | None = None
        """What is read before anything is written."""
        self._made: int | None = None
        """Commits as this process knows them; None before it has opened the database."""
        self._links: dict[str, bytes] = {}
        """world → the digest of its last row."""

    # ---- holding it

    def lease(self, holder: str) -> None:
        """Take hold of the folder. Raises Held, Unwritten."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._lease = Lease(self._folder / "lock", holder)
        except OSError as error:
            raise self._unwritten(error) from None

    def close(self) -> None:
        """Let go: the log is brought home into the database."""
        self._blink()
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

    def _look(self) -> sqlite3.Connection:
        """The folder as it is, copied: found whole, as SQLite sees it. Raises Damaged."""
        if self._view is None:
            self._copy = TemporaryDirectory(prefix="locksim-")
            try:
                for suffix in ("", "-wal"):
                    with suppress(FileNotFoundError):
                        shutil.copy(f"{self._file}{suffix}", f"{self._copy.name}/journal.db{suffix}")
                self._view = sqlite3.connect(f"{self._copy.name}/journal.db", isolation_level=None)
                self._view.execute("PRAGMA locking_mode = EXCLUSIVE")
                self._judge(self._view)
            except (sqlite3.Error, OSError) as error:
                self._blink()
                raise self._damaged(str(error)) from None
            except BaseException:
                self._blink()
                raise
        return self._view

    def _blink(self) -> None:
        """Done with looking."""
        if self._view is not None:
            self._view.close()
            self._view = None
        if self._copy is not None:
            self._copy.cleanup()
            self._copy = None

    def _judge(self, db: sqlite3.Connection) -> None:
        (mark,), (version,) = (db.execute(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version"))
        if (mark, version) not in ((_MARK, FORMAT), (0, 0)):
            raise self._damaged(f"it has format {version} of {mark:#x}; this locksim reads format {FORMAT}")
        (found,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise self._damaged(found)

    def worlds(self) -> list[Kept]:
        """What the folder keeps; nothing, when it is new. Raises Damaged."""
        if not self._file.exists() or not self._file.stat().st_size:
            self._compare(0)
            return []
        db = self._look()
        try:
            if not db.execute("SELECT 1 FROM sqlite_master").fetchone():  # the first commit was never made
                self._compare(0)
                return []
            (made,) = db.execute("SELECT made FROM commits").fetchone()
            self._compare(made)
            names = db.execute("SELECT name, about, base, latest FROM worlds ORDER BY rowid").fetchall()
            return [
                Kept(name, self._about(name, about), self._kept(db, name, base), self._kept(db, name, latest))
                for name, about, base, latest in names
            ]
        except (sqlite3.Error, TypeError) as error:
            raise self._damaged(str(error)) from None

    def _seen(self) -> int:
        """What the tip says; 0 when there is none."""
        try:
            return int((self._folder / "tip").read_text("ascii") or 0)
        except FileNotFoundError:
            return 0
        except (OSError, ValueError) as wrong:
            raise self._damaged(f"its tip cannot be read: {wrong}") from None

    def _compare(self, made: int) -> None:
        lost = self._seen() - made
        if lost > 0:
            raise self._damaged(
                f"its last {lost} commits are missing, and they had been answered. If it is an older copy, remove "
                f"{self._folder / 'tip'} to go on from what there is"
            )

    def _about(self, world: str, data: bytes) -> bytes:
        about = data[_DIGEST:]
        if blake2b(about, digest_size=_DIGEST).digest() != data[:_DIGEST]:
            raise self._damaged(f"the description of world {world} has been changed")
        return about

    def _kept(self, db: sqlite3.Connection, world: str, n: int) -> Row:
        row = db.execute(
            "SELECT wall, link, digest, data FROM checkpoints WHERE world = ? AND n = ?", (world, n)
        ).fetchone()
        if row is None:
            raise self._damaged(f"the checkpoint after entry {n} of world {world} is missing")
        wall, link, digest, data = row
        if _digest(link, n, wall, data) != digest:
            raise self._damaged(f"the checkpoint after entry {n} of world {world} has been changed")
        return Row(n, wall, data)

    def read(self, world: str) -> Iterator[Row]:
        """The entries behind the base, each found to be what was written. Raises Damaged."""
        db = self._look()
        try:
            base, latest, last, end = db.execute(
                "SELECT base, latest, last, digest FROM worlds WHERE name = ?", (world,)
            ).fetchone()
            at = dict(db.execute("SELECT n, link FROM checkpoints WHERE world = ?", (world,)).fetchall())
            link, n = at[base], base
            rows = db.execute(
                "SELECT n, wall, digest, data FROM entries WHERE world = ? AND n > ? ORDER BY n", (world, base)
            )
            for number, wall, digest, data in rows:
                n += 1
                if number != n or _digest(link, n, wall, data) != digest:
                    raise self._damaged(f"entry {n} of world {world} is missing or has been changed")
                link = digest
                yield Row(n, wall, data)
                if n == latest and at[latest] != link:
                    raise self._damaged(f"the checkpoint after entry {n} of world {world} is another history's")
        except (sqlite3.Error, TypeError, KeyError) as error:
            raise self._damaged(str(error)) from None
        if n != last or link != end:
            raise self._damaged(f"world {world} ends at entry {n}, not at {last} as it should")

    # ---- writing

    def append(self, changes: Sequence[Change]) -> None:
        """All of it, or nothing. Raises Unwritten; Adrift, when the database is not as this process left it."""
        try:
            db = self._db or self._open()
            links = dict(self._links)
            db.execute("BEGIN IMMEDIATE")
            ends: dict[str, int] = {}
            for change in changes:
                self._put(db, links, change)
                if isinstance(change, Append):
                    ends[change.world] = change.n
                elif not isinstance(change, Checkpoint):
                    ends.pop(change.world, None)
            last = [(n, links[world], world) for world, n in ends.items()]
            db.executemany("UPDATE worlds SET last = ?, digest = ? WHERE name = ?", last)
            db.execute("UPDATE commits SET made = made + 1")
            db.execute("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._undo()
            raise self._unwritten(error) from None
        self._links = links
        self._made = (self._made or 0) + 1
        self._witness()

    def _undo(self) -> None:
        """Give up the connection: what an interrupted commit left in its memory is not worth knowing. The next one sees what
        is on disk, and whether the commit is there after all."""
        db, self._db = self._db, None
        if db is not None:
            with suppress(sqlite3.Error):
                if db.in_transaction:
                    db.execute("ROLLBACK")
            with suppress(sqlite3.Error):
                db.close()

    def _witness(self) -> None:
        """Note the commit in the tip. One that says too little accuses nobody, so nothing hangs on it."""
        with suppress(OSError):
            if self._tip is None:
                self._tip = os.open(self._folder / "tip", os.O_RDWR | os.O_CREAT, 0o644)
            os.lseek(self._tip, 0, os.SEEK_SET)
            os.write(self._tip, b"%020d" % (self._made or 0))

    def _put(self, db: sqlite3.Connection, links: dict[str, bytes], change: Change) -> None:
        match change:
            case Append(world=world, n=n, wall=wall, data=data):
                links[world] = digest = _digest(links[world], n, wall, data)
                db.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?)", (world, n, wall, digest, data))
            case Checkpoint(world=world, n=n, base=base, wall=wall, data=data):
                self._keep(db, world, n, wall, links[world], data)
                db.execute("UPDATE worlds SET base = ?, latest = ? WHERE name = ?", (base, n, world))
                db.execute("DELETE FROM entries WHERE world = ? AND n <= ?", (world, base))
                db.execute("DELETE FROM checkpoints WHERE world = ? AND n NOT IN (?, ?)", (world, base, n))
            case Begin(world=world, about=about, n=n, wall=wall, data=data):
                self._drop(db, links, world)
                links[world] = link = _digest(b"", n, wall, about)
                sealed = blake2b(about, digest_size=_DIGEST).digest() + about
                db.execute("INSERT INTO worlds VALUES (?, ?, ?, ?, ?, ?)", (world, sealed, n, n, n, link))
                self._keep(db, world, n, wall, link, data)
            case Drop(world=world):
                self._drop(db, links, world)

    def _keep(self, db: sqlite3.Connection, world: str, n: int, wall: int, link: bytes, data: bytes) -> None:
        row = (world, n, wall, link, _digest(link, n, wall, data), data)
        db.execute("INSERT OR REPLACE INTO checkpoints VALUES (?, ?, ?, ?, ?, ?)", row)

    def _drop(self, db: sqlite3.Connection, links: dict[str, bytes], world: str) -> None:
        links.pop(world, None)
        for table, column in (("entries", "world"), ("checkpoints", "world"), ("worlds", "name")):
            db.execute(f"DELETE FROM {table} WHERE {column} = ?", (world,))  # noqa: S608 - our own three tables

    def _open(self) -> sqlite3.Connection:
        """Open for writing; what no commit ended is cut off."""
        if self._lease is None:
            raise OSError(errno.EBADF, "nobody holds this folder")
        self._blink()
        length = self._log_length()
        db = sqlite3.connect(self._file, isolation_level=None)
        try:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            if db.execute("PRAGMA user_version").fetchone()[0] == 0:
                marks = f"PRAGMA application_id = {_MARK}; PRAGMA user_version = {FORMAT};"
                db.executescript(f"BEGIN; {marks} {_TABLES} COMMIT;")
            self._told(db, length)
            made = db.execute("SELECT made FROM commits").fetchone()[0]
            links = dict(db.execute("SELECT name, digest FROM worlds").fetchall())
        except BaseException:
            db.close()
            raise
        was, self._db, self._made, self._links = self._made, db, made, links
        if was not in (None, made):
            adrift = Adrift(f"{self._file} is not as it was left: {made} commits, not {was}")
            adrift.worlds = tuple(links)
            raise adrift
        return db

    def _log_length(self) -> int:
        """Bytes of this generation of SQLite's log: the frames that carry the salt of its head."""
        try:
            log = (self._folder / "journal.db-wal").read_bytes()
        except FileNotFoundError:
            return 0
        salt, size, end = log[16:24], int.from_bytes(log[8:12], "big"), _WAL_HEAD
        while len(log) >= _WAL_HEAD and log[end + 8 : end + 16] == salt:
            end = min(len(log), end + _FRAME_HEAD + size)
        return end if end > _WAL_HEAD else 0

    def _told(self, db: sqlite3.Connection, length: int) -> None:
        """A line in the log, if the tail of SQLite's log was no whole commit."""
        frames = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()[1]
        size = db.execute("PRAGMA page_size").fetchone()[0]
        torn = length - (_WAL_HEAD + frames * (_FRAME_HEAD + size)) if frames > 0 else length
        if torn > 0:
            _log.warning(
                "%s: the last %d bytes belong to a commit that was never finished (and never answered); cut off",
                self._file,
                torn,
            )

    # ---- sentences

    def _damaged(self, what: str) -> Damaged:
        return Damaged(
            f"{self._file} is damaged, and was left as it is: {what}. Begin in another folder, or bring back a copy of this one"
        )

    def _unwritten(self, error: sqlite3.Error | OSError) -> Unwritten:
        why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        return Unwritten(f"cannot write to {self._folder}: {why}")


def _digest(link: bytes, n: int, wall: int, data: bytes) -> bytes:
    """Of a row: what came before it, its place, and its bytes."""
    return blake2b(b"%b%d:%d:%b" % (link, n, wall, data), digest_size=_DIGEST).digest()
