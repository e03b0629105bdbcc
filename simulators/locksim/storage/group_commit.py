"""Group commit: nothing that happened in a world is visible outside before it is on disk.

    turn → journal → WorldChanges ─┐                               ┌─ it succeeded: answers and deliveries leave
    turn → journal → WorldChanges ─┴─ GroupCommit → Store.append ──┤
                                      once in a round of the loop  └─ it failed: the worlds go back, callers get an error

1. One commit takes everything that all worlds did in one round of the event loop. A hundred callers pay for one write. If
   several callers share commits, a commit waits for one more round when the last one brought something, so that requests that
   have arrived meanwhile share it, too. A caller who is alone does not wait for others: its request is committed as soon as
   its turn is over, without another round of the loop.
2. The commit runs on the loop, not in a thread. Turns are serial, so the answers that it lets out belong to the turns
   that it wrote, and no later turn can overtake it. The price: a slow disk delays everybody.
3. What could not be written has not happened. Each world returns to its last stored entry (`Journal.back_to`, then the
   rebuild that also undoes a failed turn), and callers get an error.
4. Two inputs report what happened outside, whether it could be written or not: the outcome of a delivery, and a caller
   who hung up. A world that goes back gets these inputs again and applies them later.
5. While the disk refuses writes, what a world does by itself is tried every `RETRY_DELAY` seconds. A request is tried at
   once.
6. Without a store, the class `Durability` stands in its place: everything is safe at once.
7. A shared store may refuse a commit because another node has taken some of its worlds (`Overtaken`). These worlds are
   forgotten here, and their callers are asked to try elsewhere; the changes of the others are written without them. If
   nobody can say whether a commit was made (`Unresolved`), all its worlds are forgotten: whoever needs one next takes it
   from the store as it is there.

Loose end: a commit may fail and be on disk nevertheless, if only its last `fsync` failed. The store finds that out
(`OutOfSync`), and then all worlds are written again, completely.
"""

from __future__ import annotations

import asyncio
import logging
from bisect import bisect_left
from collections.abc import Callable, Container, Iterable
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

import msgspec

from locksim.engine.inputs import CallerGone, DeliveryOutcome, Input
from locksim.engine.journal import Entry, Journal
from locksim.storage.store import (
    Append,
    Begin,
    Change,
    Checkpoint,
    Drop,
    OutOfSync,
    Overtaken,
    Status,
    Store,
    Unresolved,
    WorldExists,
    WriteFailed,
)

__all__ = ["ALONE", "BUCKETS", "CommitCounts", "Durability", "DurableWorld", "GroupCommit", "WorldChanges"]

ALONE = 16
"""After so many commits in a row that let out one answer each, a commit waits for nobody, but for each `ALONE`th one."""
RETRY_DELAY = 1.0
"""Seconds between two tries of what a world does by itself, while the disk refuses writes."""
_log = logging.getLogger("locksim")


BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
"""Bounds of the classes in which the duration of commits is counted, in seconds."""


class CommitCounts:
    """Counts of the commits of a process, for its metrics."""

    def __init__(self) -> None:
        self.failed = 0
        self.lost = 0
        """Worlds that another process has taken, or whose last commit was not known."""
        self.changes = 0
        self.seconds = 0.0
        self.within = [0] * (len(BUCKETS) + 1)
        """Commits that took up to each bound of `BUCKETS`, and longer than the last."""

    def note(self, seconds: float, changes: int) -> None:
        """Count a commit that succeeded."""
        self.seconds += seconds
        self.changes += changes
        self.within[bisect_left(BUCKETS, seconds)] += 1


class Durability:
    """When what happened is safe: at once, since there is no store. `GroupCommit` is the other answer."""

    retry_delay = 0.0
    """Seconds by which worlds should delay what they do by themselves, because the disk refuses writes."""
    pending = False
    """Whether anything has happened that is not safe yet."""
    counts: CommitCounts | None = None
    """The counts of commits, if there are any."""

    def when_safe(
        self, then: Callable[[], Any], if_lost: Callable[[WriteFailed], Any], world: str | None = None
    ) -> None:
        """Call one of two functions once it is known whether everything that has happened so far is safe.

        Args:
            then: Called when it is safe.
            if_lost: Called with the reason when it could not be written, and so has not happened.
            world: The world that both are about; None: no particular one.
        """
        then()

    def commit(self) -> Container[str]:
        """Make everything safe that has happened so far, now. Return the worlds that are lost. Raises WriteFailed."""
        return ()

    def commit_if_alone(self) -> None:
        """Make it safe now if nobody is likely to share the commit. Call it when a request's turn is over."""

    def add_world(self, world: DurableWorld, *, stored: bool = False) -> None:
        """Keep this world from now on, and what its journal has already, unless it is `stored`. Raises WriteFailed."""

    def remove_world(self, name: str) -> None:
        """Delete a world from the store. Raises WriteFailed."""

    def close(self) -> None:
        """Write a checkpoint of every world, and release the store."""


class DurableWorld(Protocol):
    """What the group commit needs of a world. `locksim.server.served_world.ServedWorld` implements it."""

    @property
    def name(self) -> str:
        """The world's name."""

    @property
    def journal(self) -> Journal:
        """The world's journal."""

    def description(self) -> bytes:
        """Return what a restart needs to know in addition to the journal."""

    @property
    def last_turn_at(self) -> int:
        """The world's time at its last turn."""

    def real_time(self, at: int | None = None) -> int:
        """Return the real time, in microseconds since the epoch, of `at` in this world; None stands for the present."""

    def time_mapping(self) -> Any:
        """Return how the world's time and real time correspond, in the form that `roll_back` takes."""

    def roll_back(self, journal: Journal, time_mapping: Any, happened: list[Input]) -> None:
        """Return to the state of this copy of the journal. The inputs in `happened` must be applied again later."""

    def checkpoint(self) -> None:
        """Put a checkpoint after the journal's last entry."""

    def status(self) -> tuple[int | None, bytes]:
        """Return when something happens next by itself (real time, in microseconds), and what a list shows of the world."""

    def forget(self, why: WriteFailed) -> None:
        """End here: another process has the world, or nobody knows whether its last changes are stored."""


class WorldChanges:
    """Turns the changes of one world's journal into changes of the store. It is the journal's observer."""

    def __init__(self, commits: GroupCommit, world: DurableWorld) -> None:
        self.world = world
        self._commits = commits
        self._safe_journal: Journal | None = None
        """A copy of the journal as it is on disk; None while the journal itself is."""
        self._safe_mapping: Any = None
        self._happened: list[Input] = []
        """The inputs since the last commit that report what happened outside."""

    def append(self, entry: Entry) -> None:
        """Note that an entry is about to be appended."""
        self._note(Append(self.world.name, entry.n, self.world.real_time(entry.at), msgspec.msgpack.encode(entry)))
        if isinstance(entry.input, CallerGone | DeliveryOutcome):
            self._happened.append(entry.input)

    def checkpoint(self, snapshot: bytes, n: int, base: int) -> None:
        """Note that a checkpoint is about to be made, and that entries up to `base` are about to leave."""
        real_time = self.world.real_time(self.world.last_turn_at)
        self._note(Checkpoint(self.world.name, n, base, real_time, snapshot))

    def begin(self, base: bytes, after: int) -> None:
        """Note that the journal is about to begin again."""
        self._note(Begin(self.world.name, self.world.description(), after, self.world.real_time(), base))

    def _note(self, change: Change) -> None:
        if self._safe_journal is None:
            self._safe_journal, self._safe_mapping = self.world.journal.copy(), self.world.time_mapping()
        self._commits.add_change(self, change)

    def complete(self) -> list[Change]:
        """Return the changes that write the whole world."""
        journal, name = self.world.journal, self.world.name
        real_time = self.world.real_time(self.world.last_turn_at)
        changes: list[Change] = [Begin(name, self.world.description(), journal.base_n, real_time, journal.base)]
        for entry in journal:
            changes.append(Append(name, entry.n, self.world.real_time(entry.at), msgspec.msgpack.encode(entry)))
            if entry.n == journal.latest_n:
                changes.append(Checkpoint(name, entry.n, journal.base_n, real_time, journal.latest))
        return changes

    def committed(self) -> None:
        """Forget how to go back: the changes are on disk."""
        self._safe_journal, self._safe_mapping = None, None
        self._happened.clear()

    def undo(self) -> None:
        """Take the world back to what is on disk."""
        journal, mapping, happened = self._safe_journal, self._safe_mapping, self._happened
        self._safe_journal, self._safe_mapping, self._happened = None, None, []
        if journal is not None:
            self.world.roll_back(journal, mapping, happened)


class GroupCommit(Durability):
    """Commits the changes of all worlds to a store, once in a round of the event loop.

    Create it on the event loop, with a store that is leased already.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._worlds: dict[str, WorldChanges] = {}
        self._changes: list[Change] = []
        """What is not on disk yet."""
        self._seen = 0
        """How many of them there were when the commit was put off by a round."""
        self._alone = 0
        """How many commits in a row have let out one answer at most."""
        self._changed: dict[str, WorldChanges] = {}
        """The worlds that these changes belong to."""
        self._waiting: list[tuple[Callable[[], Any], Callable[[WriteFailed], Any], str | None]] = []
        """What was given to `when_safe`."""
        self._counts = self.counts = CommitCounts()
        self._out_of_sync: tuple[str, ...] | None = None
        """The stored worlds that must be written again; None if the store has what this process wrote."""
        self._next_commit: asyncio.Handle | None = None
        self.with_checkpoints = False
        """Whether each commit has a checkpoint of its worlds too, so that a node of any version can take them from here."""

    @property
    def pending(self) -> bool:  # type: ignore[override] # a constant in the base class
        """Whether anything has happened that is not on disk."""
        return bool(self._changes)

    # ---- collecting

    def add_change(self, world: WorldChanges, change: Change) -> None:
        """Add a change to the next commit."""
        self._changes.append(change)
        self._changed[world.world.name] = world
        if self._next_commit is None:
            self._next_commit = self._loop.call_soon(self._commit_round)

    def when_safe(
        self, then: Callable[[], Any], if_lost: Callable[[WriteFailed], Any], world: str | None = None
    ) -> None:
        """Call one of two functions after the next commit, or `then` at once if nothing is pending."""
        if self._changes:
            self._waiting.append((then, if_lost, world))
        else:
            then()

    # ---- committing

    @property
    def _waits_for_others(self) -> bool:
        return self._alone < ALONE or self._alone % ALONE == 0

    def commit_if_alone(self) -> None:
        """Commit now if nobody is likely to share the commit."""
        if self._changes and not self._waits_for_others:
            with suppress(WriteFailed):  # as in `_commit_round`
                self.commit()

    def _commit_round(self) -> None:
        if self._waits_for_others and len(self._changes) > self._seen:
            self._seen = len(self._changes)
            self._next_commit = self._loop.call_soon(self._commit_round)
            return
        self._next_commit = None
        with suppress(WriteFailed):  # the callers get an error, and the log has a line
            self.commit()

    def commit(self) -> Container[str]:
        """Write what has happened; then let it out, or undo it. Raises WriteFailed.

        Returns:
            The worlds that another process has taken. They are forgotten, and their changes are not written.
        """
        if not self._changes:
            return ()
        if self.with_checkpoints:
            self._add_checkpoints()
        lost: set[str] = set()
        changes, changed, waiting = self._changes, self._changed, self._waiting
        self._changes, self._changed, self._waiting = [], {}, []
        self._seen, self._alone = 0, self._alone + 1 if len(waiting) < 2 else 0
        if self._next_commit is not None:
            self._next_commit.cancel()
            self._next_commit = None
        if self._store.shared:
            changes += [Status(name, *world.world.status()) for name, world in changed.items()]
        try:
            while changes:
                try:
                    self._write(changes)
                except Overtaken as overtaken:
                    lost.update(overtaken.worlds)
                    self._forget(overtaken, overtaken.worlds, changed)
                    waiting = self._refuse(overtaken, waiting, overtaken.worlds)
                    changes = [change for change in changes if change.world not in overtaken.worlds]
                else:
                    break
        except WriteFailed as failed:
            self._note_failure(failed)
            if isinstance(failed, Unresolved):
                self._forget(failed, list(changed), changed)
            for world in changed.values():
                self._call(world.undo)
            self._refuse(failed, waiting)
            raise
        self._note_success()
        for world in changed.values():
            world.committed()
        for then, _, _ in waiting:
            self._call(then)
        return lost

    def _add_checkpoints(self) -> None:
        for one in list(self._changed.values()):
            if one.world.journal.observer is one:  # a world that is being added is written completely anyway
                one.world.checkpoint()

    def _forget(self, why: WriteFailed, names: Iterable[str], changed: dict[str, WorldChanges]) -> None:
        """Forget worlds that another process has, or whose last commit is not known."""
        for name in names:
            changed.pop(name, None)
            lost = self._worlds.pop(name, None)
            if lost is not None:
                self._counts.lost += 1
                _log.warning("world %s is forgotten here: %s", name, why)
                lost.world.journal.observer = None
                self._call(partial(lost.world.forget, why))

    def _refuse(
        self,
        why: WriteFailed,
        waiting: list[tuple[Callable[[], Any], Callable[[WriteFailed], Any], str | None]],
        worlds: Container[str | None] | None = None,
    ) -> list[tuple[Callable[[], Any], Callable[[WriteFailed], Any], str | None]]:
        """Report to those who wait, or only to those of some worlds, that it was lost. Return the others."""
        for _, if_lost, world in waiting:
            if worlds is None or world in worlds:
                self._call(partial(if_lost, why))
        return [] if worlds is None else [one for one in waiting if one[2] not in worlds]

    def _write(self, changes: list[Change]) -> None:
        began = self._loop.time()
        try:
            if self._out_of_sync is None:
                self._store.append(changes)
                self._counts.note(self._loop.time() - began, len(changes))
                return
        except OutOfSync as found:
            _log.warning("%s; its worlds are written again", found)
            self._out_of_sync = found.worlds
        # The journals of the worlds contain `changes` already, so writing the worlds writes these too.
        deletions: list[Change] = [Drop(name) for name in self._out_of_sync]
        self._store.append([*deletions, *(change for world in self._worlds.values() for change in world.complete())])
        self._out_of_sync = None

    @staticmethod
    def _call(function: Callable[[], Any]) -> None:
        try:
            function()
        except Exception:  # noqa: BLE001 - an error here must not cost the callers and worlds that come next
            _log.exception("a step after a commit failed")

    def _note_failure(self, failed: WriteFailed) -> None:
        if isinstance(failed, WorldExists):  # nothing is wrong with the store
            return
        self._counts.failed += 1
        if not self.retry_delay:
            _log.error("%s; until it can be written, callers get their vendor's 5xx and no world changes", failed)
        self.retry_delay = RETRY_DELAY

    def _note_success(self) -> None:
        if self.retry_delay:
            _log.warning("%s can be written again", self._store.place)
        self.retry_delay = 0.0

    # ---- worlds that come and go

    def add_world(self, world: DurableWorld, *, stored: bool = False) -> None:
        """Keep this world from now on, and what its journal has already, unless it is `stored`. Raises WriteFailed."""
        if self._store.shared:
            self.commit()  # a name that is taken elsewhere must not cost other worlds their commit
        added = WorldChanges(self, world)
        if not stored:
            self._changes += added.complete()
            self._changed[world.name] = added
        self._worlds[world.name] = added
        try:
            self.commit()
        except WriteFailed:
            self._worlds.pop(world.name, None)
            raise
        world.journal.observer = added

    def remove_world(self, name: str) -> None:
        """Delete a world from the store. Raises WriteFailed."""
        if self._store.shared:
            self.commit()
        removed = self._worlds.pop(name, None)
        if removed is None:
            raise Overtaken(f"another node has taken world {name}")
        self._changes.append(Drop(name))
        try:
            lost = self.commit()
        except WriteFailed as failed:
            if isinstance(failed, Unresolved):
                removed.world.forget(failed)
            else:
                self._worlds[name] = removed
            raise
        removed.world.journal.observer = None
        if name in lost:
            overtaken = Overtaken(f"another node has taken world {name}")
            removed.world.forget(overtaken)
            raise overtaken

    def forget(self, why: WriteFailed, name: str) -> None:
        """Forget a world that another process has, with what is not written of it."""
        mine = [one for one in self._waiting if one[2] == name]
        self._waiting = [one for one in self._waiting if one[2] != name]
        self._changes = [change for change in self._changes if change.world != name]
        self._forget(why, [name], self._changed)
        self._refuse(why, mine)

    def write_checkpoints(self, names: Iterable[str]) -> list[str]:
        """Write checkpoints of these worlds. Raises WriteFailed.

        Returns:
            The names of those that are kept here.
        """
        self.commit()
        known = [name for name in names if name in self._worlds]
        for name in known:
            self._worlds[name].world.checkpoint()
        self.commit()
        return [name for name in known if name in self._worlds]  # without those that are lost to another process

    def release_worlds(self, names: Iterable[str]) -> list[str]:
        """Write checkpoints of these worlds, and keep them no more: they stay in the store. Raises WriteFailed.

        Returns:
            The names of those that were still kept here.
        """
        released = self.write_checkpoints(names)
        for name in released:
            self._worlds.pop(name).world.journal.observer = None
        return released

    def close(self) -> None:
        """Commit, write a checkpoint of every world, and release the store."""
        with suppress(WriteFailed):
            self.commit()
            for one in self._worlds.values():
                one.world.checkpoint()
            self.commit()
        for one in self._worlds.values():
            one.world.journal.observer = None
        self._worlds = {}
        self._store.close()
