"""The barrier between what happened in a world and who may hear of it.

In memory there is none: what happened is told. With a store, what happened waits until it is on disk:

    turn → journal → Book ─┐                                       ┌─ the answers leave, the pump is kicked
    turn → journal → Book ─┴─ GroupCommit ── one commit a loop's round ─┤
                                                                   └─ it failed: the worlds go back, who asked is told so

One commit takes all that the event loop's round has brought, of all worlds (a *group commit*): turns are serial anyway,
and a hundred callers pay for one write. It runs on the loop, not in a thread beside it: the answers it lets out are those
of turns that it holds, none can overtake it, and there is one state to go back to, not two.

What could not be written has not happened: every world goes back to its last entry on disk (`Journal.back_to`, then
the same rebuild that undoes a failed turn), and whoever asked gets a refusal. Outcomes of deliveries and callers who
hung up did happen, outside: they are owed to the world, and enter it again when the disk takes them. Meanwhile the world
tries by itself once a second (`patience`), and with each call.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import msgspec

from locksim.engine.inputs import CallerGone, DeliveryOutcome, Input
from locksim.engine.journal import Entry, Journal
from locksim.storage.store import Adrift, Append, Begin, Change, Checkpoint, Drop, Store, Unwritten

__all__ = ["CommitBarrier", "GroupCommit", "LoggedWorld", "WorldLog"]

PATIENCE = 1.0
"""Seconds between tries of what a world does by itself, while nothing can be written."""
_log = logging.getLogger("locksim")


class CommitBarrier:
    """None: what happened may be told at once. The form that a memory-only server has."""

    patience = 0.0
    """Seconds that what a world does by itself should wait, since the disk refuses it."""
    pending = False
    """Whether anything has happened that is not safe yet."""

    def after(self, then: Callable[[], Any], lost: Callable[[str], Any]) -> None:
        """`then`, once all that has happened so far is safe; or `lost`, with a sentence, when it has not happened after all."""
        then()

    def commit(self) -> None:
        """Make safe what has happened so far, now. Raises Unwritten."""

    def keep(self, world: LoggedWorld, *, there: bool = False) -> None:
        """Keep this world from now on; what its journal holds too, unless it is `there` already. Raises Unwritten."""

    def drop(self, name: str) -> None:
        """Forget it. Raises Unwritten."""

    def close(self) -> None:
        """Checkpoint every world, and let go."""


class LoggedWorld(Protocol):
    """What the ledger wants of a world: `locksim.server.served_world.Live` has it."""

    @property
    def name(self) -> str:
        """The world's."""

    @property
    def journal(self) -> Journal:
        """The world's."""

    def about(self) -> bytes:
        """What a restart needs to know beside the journal."""

    @property
    def stands(self) -> int:
        """Where the world's own time stands: at its last turn."""

    def wall(self, at: int | None = None) -> int:
        """The real time, in microseconds since the epoch, at which it was `at` in this world; None: the present."""

    def mark(self) -> Any:
        """What `back` will want."""

    def back(self, journal: Journal, mark: Any, owed: list[Input]) -> None:
        """Go back to this copy of the journal. `owed` happened outside nevertheless."""

    def checkpoint(self) -> None:
        """Put a checkpoint behind the last entry."""


class WorldLog:
    """One world's part of the ledger: it is told by the journal before the journal changes."""

    def __init__(self, ledger: GroupCommit, world: LoggedWorld) -> None:
        self.world = world
        self._ledger = ledger
        self._was: Journal | None = None
        self._mark: Any = None
        self._owed: list[Input] = []

    def append(self, entry: Entry) -> None:
        """An entry is about to be kept."""
        self._note(Append(self.world.name, entry.n, self.world.wall(entry.at), msgspec.msgpack.encode(entry)))
        if isinstance(entry.input, CallerGone | DeliveryOutcome):
            self._owed.append(entry.input)

    def checkpoint(self, image: bytes, n: int, base: int) -> None:
        """A checkpoint is about to be made, and what lies up to `base` to leave."""
        self._note(Checkpoint(self.world.name, n, base, self.world.wall(self.world.stands), image))

    def begin(self, base: bytes, after: int) -> None:
        """The journal is about to begin anew."""
        self._note(Begin(self.world.name, self.world.about(), after, self.world.wall(), base))

    def _note(self, change: Change) -> None:
        if self._was is None:
            self._was, self._mark = self.world.journal.copy(), self.world.mark()
        self._ledger.note(self, change)

    def whole(self) -> list[Change]:
        """All that the world's journal holds."""
        journal, name, wall = self.world.journal, self.world.name, self.world.wall(self.world.stands)
        changes: list[Change] = [Begin(name, self.world.about(), journal.base_n, wall, journal.base)]
        for entry in journal:
            changes.append(Append(name, entry.n, self.world.wall(entry.at), msgspec.msgpack.encode(entry)))
            if entry.n == journal.latest_n:
                changes.append(Checkpoint(name, entry.n, journal.base_n, wall, journal.latest))
        return changes

    def safe(self) -> None:
        """It is on disk."""
        self._was, self._mark = None, None
        self._owed.clear()

    def back(self) -> None:
        """It is not."""
        was, mark, owed = self._was, self._mark, self._owed
        self._was, self._mark, self._owed = None, None, []
        if was is not None:
            self.world.back(was, mark, owed)


class GroupCommit(CommitBarrier):
    """See the module. Made on the loop; the store is held already."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._books: dict[str, WorldLog] = {}
        self._changes: list[Change] = []
        self._touched: dict[str, WorldLog] = {}
        self._waiting: list[tuple[Callable[[], Any], Callable[[str], Any]]] = []
        self._adrift: tuple[str, ...] | None = None
        """What the store keeps wrongly; None, when all is as it should be."""
        self._flush: asyncio.Handle | None = None

    @property
    def pending(self) -> bool:  # type: ignore[override] # a truth of the moment here
        """Whether anything has happened that is not on disk."""
        return bool(self._changes)

    # ---- what happened

    def note(self, book: WorldLog, change: Change) -> None:
        """For books: this has happened."""
        self._changes.append(change)
        self._touched[book.world.name] = book
        if self._flush is None:
            self._flush = self._loop.call_soon(self._round)

    def after(self, then: Callable[[], Any], lost: Callable[[str], Any]) -> None:
        """See CommitBarrier."""
        if self._changes:
            self._waiting.append((then, lost))
        else:
            then()

    # ---- making it safe

    def _round(self) -> None:
        self._flush = None
        with suppress(Unwritten):  # who asked is told, and so is the log
            self.commit()

    def commit(self) -> None:
        """Write what has happened; then tell, or go back. Raises Unwritten."""
        if not self._changes:
            return
        changes, touched, waiting = self._changes, self._touched, self._waiting
        self._changes, self._touched, self._waiting = [], {}, []
        if self._flush is not None:
            self._flush.cancel()
            self._flush = None
        try:
            self._write(changes)
        except Unwritten as failed:
            why = str(failed)
            self._sick(why)
            for book in touched.values():
                self._call(book.back)
            for _, lost in waiting:
                self._call(partial(lost, why))
            raise
        self._well()
        for book in touched.values():
            book.safe()
        for then, _ in waiting:
            self._call(then)

    def _write(self, changes: list[Change]) -> None:
        try:
            if self._adrift is None:
                self._store.append(changes)
                return
        except Adrift as adrift:
            _log.warning("%s; its worlds are written anew", adrift)
            self._adrift = adrift.worlds
        # The worlds' own journals hold what `changes` say already.
        anew: list[Change] = [Drop(name) for name in self._adrift]
        self._store.append([*anew, *(change for book in self._books.values() for change in book.whole())])
        self._adrift = None

    @staticmethod
    def _call(what: Callable[[], Any]) -> None:
        try:
            what()
        except Exception:  # noqa: BLE001 - it costs this caller (or world), not those behind it
            _log.exception("what was to follow a commit failed")

    def _sick(self, why: str) -> None:
        if not self.patience:
            _log.error(
                "%s; callers get their vendor's 5xx, and the worlds stay as they are, until it can be written", why
            )
        self.patience = PATIENCE

    def _well(self) -> None:
        if self.patience:
            _log.warning("%s can be written again", self._store.place)
        self.patience = 0.0

    # ---- worlds that come and go

    def keep(self, world: LoggedWorld, *, there: bool = False) -> None:
        """See CommitBarrier."""
        book = self._books[world.name] = WorldLog(self, world)
        self._changes += [] if there else book.whole()
        try:
            self.commit()
        except Unwritten:
            del self._books[world.name]
            raise
        world.journal.keeper = book

    def drop(self, name: str) -> None:
        """See CommitBarrier."""
        book = self._books.pop(name)
        self._changes.append(Drop(name))
        try:
            self.commit()
        except Unwritten:
            self._books[name] = book
            raise
        book.world.journal.keeper = None

    def close(self) -> None:
        """Make safe what has happened, checkpoint every world, and let go of the store."""
        with suppress(Unwritten):
            self.commit()
            for book in self._books.values():
                book.world.checkpoint()
            self.commit()
        for book in self._books.values():
            book.world.journal.keeper = None
        self._books = {}
        self._store.close()
