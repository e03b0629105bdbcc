"""This node's part in a cluster: it takes worlds from the shared store, gives them back, and looks after those of silent nodes.

    a request for a world that is not here ── take: a new epoch, checkpoint, entries ── the world goes on here
    a commit or a check finds another epoch ── forget: 425, and HAProxy asks another node
    SIGTERM ── checkpoints; health says 404, and all is answered as before ── worlds are released, 425 to whoever still comes
    every second ── a sign of life; what others have taken is forgotten; worlds of silent nodes where something is due

1. The store decides who owns a world (`SharedStore`). Nothing here compares clocks to find that out.
2. A node that cannot run a world's entries again, since other code wrote them, does not take it: it answers 425, and HAProxy
   asks the next. It takes a world that has a checkpoint after its last entry, as one has after SIGTERM.
3. A world that moves gets an entry `restarted` only if that changes something: requests were pending, deliveries are made
   again, or its addresses differ. So the journal of a world that moved while nobody used it is as if it had stayed.
4. Worlds that nobody has used for `AWAY` seconds, and where nothing is due soon, are given back, so memory is bounded by
   what is in use.
5. A node that stops does so in this order, so that no caller notices:
   a. It waits until another node has been there for `FOUND` seconds, so HAProxy knows where to send requests.
   b. Each world gets a checkpoint, and from now on each commit has one. So a node of any version can take a world.
   c. Health says 404. HAProxy then cuts nothing, and sends what comes next to the other nodes, which take the worlds. For
      `LAST_CALLS` seconds this node answers whoever still comes.
   d. It releases its worlds, and takes none. Whoever comes gets 425, and HAProxy sends that to another node. A world where
      something waits (a request, an advance, a delivery) stays up to the end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from typing import Any

from locksim.engine.errors import Refused, Unknown
from locksim.engine.timestamps import SECOND
from locksim.engine.world import WorldCore
from locksim.server import world_summary
from locksim.server.kept_worlds import check_unchanged
from locksim.server.served_world import ServedWorld
from locksim.server.wall_clock import WallClock
from locksim.server.world_options import DEFAULT, WorldOptions, with_own_seed
from locksim.server.worlds import WorldRegistry
from locksim.storage import recovery
from locksim.storage.group_commit import GroupCommit
from locksim.storage.store import NotTaken, Overtaken, SharedStore, StoredWorld, WorldExists, WriteFailed

__all__ = ["AWAY", "FOUND", "LAST_CALLS", "SILENT", "Cluster"]

BEAT = 1.0
"""Seconds between two signs of life, and between two sweeps."""
SILENT = 5.0
"""Seconds without a sign of life after which others try to take a node's worlds where something is due."""
AWAY = 600.0
"""Seconds without a call after which a world is given back."""
FOUND = 3.0
"""Seconds after which HAProxy has found a node that started: it checks once a second, and a start takes a while."""
LAST_CALLS = 2.0
"""Seconds after which HAProxy has noticed that a node stops: two of its checks."""
_SWEEP = 20
"""Worlds that one sweep takes at most, so that callers have their turn."""
_HAND_OVER = 20
"""Worlds whose checkpoints are written in one commit at the end."""
_log = logging.getLogger("locksim")


class Cluster:
    """A node's part in its cluster.

    Args:
        registry: the worlds that are here.
        store: the shared store, leased.
        commits: writes the worlds to the store.
        wall: the real clock.
    """

    def __init__(self, registry: WorldRegistry, store: SharedStore, commits: GroupCommit, wall: WallClock) -> None:
        self._registry, self._store, self._commits, self._wall = registry, store, commits, wall
        self.leaving = False
        """Whether this node stops, so that HAProxy should send it nothing more."""
        self.draining = False
        """Whether this node gives its worlds back and takes none."""
        self.taken = 0
        """Worlds that were taken from the store."""
        self._task: asyncio.Task[None] | None = None
        self._company: dict[int, float] = {}
        """The other nodes that are there, each with the time of the event loop at which it was first seen."""
        self._away = False
        """Whether the store could not be used at the last sweep."""

    # ---- worlds

    def take(self, name: str, epoch: int | None = None) -> ServedWorld:
        """Take a world from the store, and let it go on here. Raises Unknown, NotTaken, Damaged, WriteFailed."""
        if self.draining:
            raise NotTaken(f"this node stops, and takes no world; world {name} is on another node")
        taken = self._store.take(name, self._check_code, epoch=epoch)
        try:
            world = self._registry.adopt(
                recovery.recover_world(self._store, taken.stored, taken.rows, self._registry.vendors)
            )
        except BaseException:
            with suppress(WriteFailed):
                self._store.release([name])
            raise
        self.taken += 1
        return world

    def _check_code(self, world: StoredWorld) -> None:
        try:
            recovery.check_can_continue(self._store, world, self._registry.vendors)
        except Refused as refused:
            raise NotTaken(str(refused)) from None

    def confirm(self, name: str) -> None:
        """Check that a world that is here still belongs to this node, before its state is read. Raises WriteFailed, NotTaken."""
        if not self._registry.has(name):
            return
        try:
            self._store.confirm(name)
        except WriteFailed as failed:
            if failed.status == NotTaken.status:
                self._commits.forget(failed, name)
            raise

    def check_room(self) -> None:
        """Raises NotTaken if this node stops, Impossible if there are as many worlds in the cluster as there may be."""
        if self.draining:
            raise NotTaken("this node stops, and no world begins here; another node creates it")
        self._registry.check_count(self._store.count())

    def new_name(self) -> str:
        """Return a name for a world that no node has given."""
        return f"world-{self._store.new_number()}"

    def summaries(self) -> list[dict[str, Any]]:
        """Return what a list shows of all worlds of the cluster."""
        wall = self._wall.now()
        return [world_summary.read(data, wall) for data in self._store.summaries()]

    def begin_default(self, options: WorldOptions, asked: Container[str]) -> None:
        """Begin the default world, unless there is one; then check that it was begun from these options. Raises Refused."""
        with suppress(Unknown):
            self._check_default(options, asked)
            return
        exposed = self._registry.config.exposed
        try:
            self._registry.begin(options if "seed" in asked or not exposed else with_own_seed(options))
        except WorldExists:  # another node started at the same time
            self._check_default(options, asked)

    def _check_default(self, options: WorldOptions, asked: Container[str]) -> None:
        description = recovery.description_of(self._store, self._store.peek(DEFAULT).stored)
        recovery.check_vendors(self._store, description, self._registry.vendors)
        check_unchanged(description, options, asked)

    def look_at(self, name: str) -> WorldCore:
        """Return a copy of a world as it is now, wherever it is. Raises Unknown, Damaged, WriteFailed.

        If other code wrote its last entries, it is the world as it was at its latest checkpoint.
        """
        taken, vendors = self._store.peek(name), self._registry.vendors
        try:
            return recovery.recover_world(self._store, taken.stored, taken.rows, vendors).core
        except Refused:
            return WorldCore.load(vendors, taken.stored.latest.data, name=name)

    # ---- the sweep

    def start(self) -> None:
        """Begin to give signs of life, and to look after worlds of silent nodes."""
        self._look_around()
        self._task = asyncio.get_running_loop().create_task(self._sweep_for_ever())

    async def _sweep_for_ever(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                self._store.beat()
                if self._away:
                    self._away = False
                    _log.warning("%s can be used again", self._store.place)
                self._look_around()
                self._forget_lost()
                if not self.leaving:
                    await self._sweep()
            except WriteFailed as failed:
                if not self._away and not self.draining:  # one line for each time that it is away
                    self._away = True
                    _log.error("%s; until it can be used, no world is taken", failed)
            except Exception:  # noqa: BLE001 - the next sweep must come
                _log.exception("a sweep failed")

    def _forget_lost(self) -> None:
        """Forget what other nodes have, so that pending requests end, and nobody looks at an old state for long."""
        for name in self._store.lost():
            if self._registry.has(name):
                self._commits.forget(Overtaken(f"another node has taken world {name}"), name)

    async def _sweep(self) -> None:
        now = self._wall.now()
        for name, epoch in self._store.orphans(now, SILENT, _SWEEP):
            await self._take_orphan(name, epoch)
        idle = self._registry.config.idle
        if idle is not None:
            for name, epoch in self._store.unused(now - int(idle * SECOND), SILENT, _SWEEP):
                if name != DEFAULT and await self._take_orphan(name, epoch):
                    self._registry.drop(name)
        self._give_back(self._registry.unused(int(AWAY * SECOND))[:_HAND_OVER], "put away")

    async def _take_orphan(self, name: str, epoch: int) -> bool:
        await asyncio.sleep(0)  # callers have their turn
        if self.leaving or self._registry.has(name):
            return False
        try:
            self.take(name, epoch)
        except Refused as refused:
            level = logging.DEBUG if isinstance(refused, NotTaken | Unknown) else logging.WARNING
            _log.log(level, "world %s, where something is due, was not taken: %s", name, refused)
            return False
        return True

    # ---- the end

    def _give_back(self, names: Sequence[str], why: str) -> None:
        """Write checkpoints of worlds, and release them. Raises WriteFailed."""
        if not names:
            return
        released = self._commits.release_worlds(names)
        for name in released:
            self._registry.put_away(name, why)
        self._store.release(released)

    async def drain(self, seconds: float) -> None:
        """Stop in the order of rule 5, if there are other nodes; health says 404 for so many seconds.

        Worlds where something waits are given back when it has ended, or when the time is over.
        """
        loop = asyncio.get_running_loop()
        end = loop.time()
        if self._look_around():
            await self.announce(seconds)
            end = loop.time() + seconds
            await asyncio.sleep(min(LAST_CALLS, seconds))
        self.leaving = self.draining = True
        while loop.time() < end:
            await self._hand_over(self._registry.idle_names())
            await asyncio.sleep(0.05)
        await self._hand_over(self._registry.names())

    async def announce(self, seconds: float) -> None:
        """Let HAProxy know that this node stops, when it knows another one. That one has so many seconds to be found."""
        await self._wait_until_another_is_found(seconds)
        await self._write_checkpoints()
        self.leaving = True

    async def _wait_until_another_is_found(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end and self._company and min(self._company.values()) > loop.time() - FOUND:
            await asyncio.sleep(0.1)
            self._look_around()

    async def _write_checkpoints(self) -> None:
        self._commits.with_checkpoints = True
        for names in _portions(self._registry.names()):
            with suppress(WriteFailed):
                self._commits.write_checkpoints(names)
            await asyncio.sleep(0)  # callers have their turn

    async def _hand_over(self, names: list[str]) -> None:
        for portion in _portions(names):
            with suppress(WriteFailed):
                self._give_back(portion, "handed over")
            await asyncio.sleep(0)

    def _look_around(self) -> bool:
        """Note which other nodes are there, and since when. Return whether there are any; no, if the store cannot say."""
        now = asyncio.get_running_loop().time()
        try:
            self._company = {boot: self._company.get(boot, now) for boot in self._store.others(SILENT)}
        except WriteFailed:
            return False
        return bool(self._company)

    def close(self) -> None:
        """Stop the sweep."""
        self.leaving = self.draining = True
        if self._task is not None:
            self._task.cancel()


def _portions(names: list[str]) -> Iterator[list[str]]:
    for begin in range(0, len(names), _HAND_OVER):
        yield names[begin : begin + _HAND_OVER]
