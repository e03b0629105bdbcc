"""The recovery and replay tests, for any vendor: each vendor's own test file hands over its hints."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.engine import export, replay
from locksim.engine.inputs import Command, Input, Tick
from locksim.engine.journal import Entry, Journal, render
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore
from locksim.server.served_world import ServedWorld
from locksim.server.wall_clock import WallClock
from locksim.storage import recovery
from locksim.storage.group_commit import GroupCommit
from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Append, Begin, Change, Checkpoint, Kept, Row, Unwritten
from tests.engine import wander


class Recorder:
    """What the served driver's ledger does with a journal's changes, without a loop: it collects them."""

    def __init__(self, world: WorldCore) -> None:
        self.world = world
        self.changes: list[Change] = []
        self.about = recovery_about(world.vendors)
        self.begin(world.journal.base, world.journal.base_n)
        world.journal.keeper = self

    def append(self, entry: Entry) -> None:
        self.changes.append(Append(self.world.name, entry.n, entry.at, msgspec.msgpack.encode(entry)))

    def checkpoint(self, image: bytes, n: int, base: int) -> None:
        self.changes.append(Checkpoint(self.world.name, n, base, self.world.now, image))

    def begin(self, base: bytes, after: int) -> None:
        self.changes.append(Begin(self.world.name, self.about, after, self.world.now, base))


def recovery_about(vendors: Mapping[str, Vendor]) -> bytes:
    return msgspec.json.encode(recovery.about(vendors))


def store_in(folder: Path) -> SqliteStore:
    """The folder, held."""
    store = SqliteStore(folder)
    store.lease("a test")
    return store


def _same_journal(one: Journal, other: Journal) -> None:
    assert [render(e) for e in one] == [render(e) for e in other]
    assert (one.base, one.base_n, one.latest, one.latest_n, one.last) == (
        other.base,
        other.base_n,
        other.latest,
        other.latest_n,
        other.last,
    )


def check_comes_back(vendor: Vendor, hints: wander.Hints, *, examples: int = 25, **options: Any) -> None:
    """Cut a random walk anywhere, checkpointed or not: what comes back from disk goes on with the same bytes as the uncut."""

    @given(
        seed=st.integers(0, 2**32),
        before=st.integers(0, 60),
        checkpoint=st.booleans(),
        between=st.integers(0, 30),
        after=st.integers(1, 30),
        bound=st.sampled_from([6000, 16 * 1024 * 1024]),
    )
    @settings(deadline=None, max_examples=examples)
    def cut_is_as_uncut(seed: int, before: int, checkpoint: bool, between: int, after: int, bound: int) -> None:
        world = wander.begin(vendor, seed, **options)
        world.journal.bound = bound
        keeper = Recorder(world)
        wander.walk(world, vendor, hints, seed, before)
        if checkpoint and world.journal.latest_n < world.journal.last:
            world.journal.checkpoint(world.checkpoint())
        wander.walk(world, vendor, hints, seed + 1, between)
        with TemporaryDirectory() as folder:
            store = store_in(Path(folder))
            for some in (keeper.changes[: before // 2], keeper.changes[before // 2 :]):
                store.append(some)
            store.close()
            store = store_in(Path(folder))
            (one,) = recovery.recover(store, [vendor])
            store.close()
        again = one.core
        again.strict = True
        again.journal.bound = bound
        _same_journal(again.journal, world.journal)
        assert again.checkpoint() == world.checkpoint()
        for given_ in _inputs(world, vendor, hints, seed + 2, after):
            again.apply(given_)
        _same_journal(again.journal, world.journal)
        assert again.checkpoint() == world.checkpoint()

    cut_is_as_uncut()


def _inputs(world: WorldCore, vendor: Vendor, hints: wander.Hints, seed: int, steps: int) -> list[Input]:
    """The inputs of a walk that goes on here."""
    dice, found = random.Random(seed), []
    for _ in range(steps):
        found.append(wander.step(world, vendor, hints, dice))
        world.apply(found[-1])
    return found


def check_replays(vendor: Vendor, hints: wander.Hints, *, examples: int = 25, **options: Any) -> None:
    """An exported journal runs again on a fresh world, to the same bytes; and up to any entry, to the world of then."""

    @given(seed=st.integers(0, 2**32), steps=st.integers(1, 60), stop=st.integers(0, 60), bound=st.booleans())
    @settings(deadline=None, max_examples=examples)
    def goes_the_same_way(seed: int, steps: int, stop: int, *, bound: bool) -> None:
        world = wander.begin(vendor, seed, **options)
        if bound:
            world.journal.bound = 6000
        images = {}

        def heard(entry: Entry) -> None:
            images[entry.n] = world.snapshot().encode()

        world.on_entry = heard
        wander.walk(world, vendor, hints, seed, steps)
        recorded = replay.read(b"".join(export.lines(world, world.journal)))
        assert (recorded.header.base is None) == (world.journal.base_n == 0 and "state" not in options)
        fresh = replay.begin(recorded, {vendor.name: vendor})
        assert replay.again(recorded, fresh) is None
        assert fresh.snapshot().encode() == world.snapshot().encode()
        _same = [render(e) for e in fresh.journal.tail]
        assert _same == [render(e) for e in world.journal][len(world.journal) - len(_same) :]
        until = max(recorded.header.after, min(stop, recorded.last))
        then = replay.begin(recorded, {vendor.name: vendor})
        assert replay.again(recorded, then, until) is None
        if until in images:
            assert then.snapshot().encode() == images[until]

    goes_the_same_way()


class Moody:
    """A store that keeps what it is told in a list, unless it is `full`."""

    place = "a list"

    def __init__(self) -> None:
        self.full = False
        self.kept: list[Change] = []

    def append(self, changes: Sequence[Change]) -> None:
        if self.full:
            raise Unwritten("full")
        self.kept += changes

    def lease(self, holder: str) -> None: ...

    def worlds(self) -> list[Kept]:
        return []

    def read(self, world: str) -> Iterator[Row]:
        return iter(())

    def close(self) -> None: ...


def check_undone(vendor: Vendor, hints: wander.Hints, *, examples: int = 25) -> None:
    """Commits that fail at random moments of a random walk: each takes the world back to the last one that did not, byte for
    byte; and what the store was told in the end is the world that there is."""

    @given(seed=st.integers(0, 2**32), rounds=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=20))
    @settings(deadline=None, max_examples=examples)
    def failed_is_undone(seed: int, rounds: list[tuple[int, bool]]) -> None:
        with TemporaryDirectory() as folder:
            asyncio.run(_moody(vendor, hints, seed, rounds, Path(folder)))

    failed_is_undone()


async def _moody(vendor: Vendor, hints: wander.Hints, seed: int, rounds: list[tuple[int, bool]], folder: Path) -> None:
    core, store, dice = wander.begin(vendor, seed), Moody(), random.Random(seed)
    core.journal.bound = 6000
    ledger = GroupCommit(store)
    live = ServedWorld(core, WallClock(), barrier=ledger, about=lambda live: recovery_about(core.vendors))
    live.sender.close()  # outcomes are the walk's
    ledger.keep(live)
    safe = (core.snapshot().encode(), [render(entry) for entry in core.journal])
    for steps, full in rounds:
        for _ in range(steps):
            reset = dice.random() < 0.05
            live.apply(Command(core.now, "reset") if reset else wander.step(core, vendor, hints, dice))
        store.full = full
        with contextlib.suppress(Unwritten):
            ledger.commit()
        now = (core.snapshot().encode(), [render(entry) for entry in core.journal])
        if full:
            assert now == safe
        safe = now
    store.full = False
    live.apply(Tick(core.now))
    ledger.commit()
    live.close()
    disk = store_in(folder)
    disk.append(store.kept)
    disk.close()
    disk = store_in(folder)
    (one,) = recovery.recover(disk, [vendor])
    disk.close()
    _same_journal(one.core.journal, core.journal)
    assert one.core.checkpoint() == core.checkpoint()
