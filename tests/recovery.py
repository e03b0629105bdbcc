"""The tests of recovery, replay and rollback, for any vendor. Each vendor's own test file calls them with its hints."""

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
from locksim.storage.store import Append, Begin, Change, Checkpoint, Row, StoredWorld, WriteFailed
from tests.engine import wander


class Recorder:
    """Collects the changes of a journal, as the group commit does, but without an event loop."""

    def __init__(self, world: WorldCore) -> None:
        self.world = world
        self.changes: list[Change] = []
        self.description = description_of(world.vendors)
        self.begin(world.journal.base, world.journal.base_n)
        world.journal.observer = self

    def append(self, entry: Entry) -> None:
        self.changes.append(Append(self.world.name, entry.n, entry.at, msgspec.msgpack.encode(entry)))

    def checkpoint(self, snapshot: bytes, n: int, base: int) -> None:
        self.changes.append(Checkpoint(self.world.name, n, base, self.world.now, snapshot))

    def begin(self, base: bytes, after: int) -> None:
        self.changes.append(Begin(self.world.name, self.description, after, self.world.now, base))


def description_of(vendors: Mapping[str, Vendor]) -> bytes:
    return msgspec.json.encode(recovery.describe(vendors))


def store_in(folder: Path) -> SqliteStore:
    """Return the store in this folder, leased."""
    store = SqliteStore(folder)
    store.lease("a test")
    return store


def _assert_same_journal(one: Journal, other: Journal) -> None:
    assert [render(e) for e in one] == [render(e) for e in other]
    assert (one.base, one.base_n, one.latest, one.latest_n, one.last) == (
        other.base,
        other.base_n,
        other.latest,
        other.latest_n,
        other.last,
    )


def check_comes_back(vendor: Vendor, hints: wander.Hints, *, examples: int = 25, **options: Any) -> None:
    """Check that a world recovered from disk at any point goes on exactly like the world that never stopped."""

    @given(
        seed=st.integers(0, 2**32),
        before=st.integers(0, 60),
        checkpoint=st.booleans(),
        between=st.integers(0, 30),
        after=st.integers(1, 30),
        bound=st.sampled_from([6000, 16 * 1024 * 1024]),
    )
    @settings(deadline=None, max_examples=examples)
    def recovered_is_the_same(seed: int, before: int, checkpoint: bool, between: int, after: int, bound: int) -> None:
        world = wander.begin(vendor, seed, **options)
        world.journal.bound = bound
        recorder = Recorder(world)
        wander.walk(world, vendor, hints, seed, before)
        if checkpoint and world.journal.latest_n < world.journal.last:
            world.journal.checkpoint(world.checkpoint())
        wander.walk(world, vendor, hints, seed + 1, between)
        with TemporaryDirectory() as folder:
            store = store_in(Path(folder))
            for changes in (recorder.changes[: before // 2], recorder.changes[before // 2 :]):
                store.append(changes)
            store.close()
            store = store_in(Path(folder))
            (recovered,) = recovery.recover(store, [vendor])
            store.close()
        again = recovered.core
        again.strict = True
        again.journal.bound = bound
        _assert_same_journal(again.journal, world.journal)
        assert again.checkpoint() == world.checkpoint()
        for given_ in _inputs(world, vendor, hints, seed + 2, after):
            again.apply(given_)
        _assert_same_journal(again.journal, world.journal)
        assert again.checkpoint() == world.checkpoint()

    recovered_is_the_same()


def _inputs(world: WorldCore, vendor: Vendor, hints: wander.Hints, seed: int, steps: int) -> list[Input]:
    """Walk on, and return the inputs."""
    rng, inputs = random.Random(seed), []
    for _ in range(steps):
        inputs.append(wander.step(world, vendor, hints, rng))
        world.apply(inputs[-1])
    return inputs


def check_replays(vendor: Vendor, hints: wander.Hints, *, examples: int = 25, **options: Any) -> None:
    """Check that an exported journal replays to the same bytes on a new world, and to the state after any of its entries."""

    @given(seed=st.integers(0, 2**32), steps=st.integers(1, 60), stop=st.integers(0, 60), bound=st.booleans())
    @settings(deadline=None, max_examples=examples)
    def replayed_is_the_same(seed: int, steps: int, stop: int, *, bound: bool) -> None:
        world = wander.begin(vendor, seed, **options)
        if bound:
            world.journal.bound = 6000
        snapshots = {0: world.snapshot().encode()}

        def record(entry: Entry) -> None:
            snapshots[entry.n] = world.snapshot().encode()

        world.on_entry = record
        wander.walk(world, vendor, hints, seed, steps)
        recorded = replay.read(b"".join(export.lines(world, world.journal)))
        assert (recorded.header.base is None) == (world.journal.base_n == 0 and "state" not in options)
        again = replay.begin(recorded, {vendor.name: vendor})
        assert replay.run(recorded, again) is None
        assert again.snapshot().encode() == world.snapshot().encode()
        tail = [render(e) for e in again.journal.tail]
        assert tail == [render(e) for e in world.journal][len(world.journal) - len(tail) :]
        until = max(recorded.header.after, min(stop, recorded.last))
        earlier = replay.begin(recorded, {vendor.name: vendor})
        assert replay.run(recorded, earlier, until) is None
        assert earlier.snapshot().encode() == snapshots[until]

    replayed_is_the_same()


class ListStore:
    """A store in a list, whose writes fail while it is `full`."""

    place = "a list"
    shared = False

    def __init__(self) -> None:
        self.full = False
        self.changes: list[Change] = []

    def append(self, changes: Sequence[Change]) -> None:
        if self.full:
            raise WriteFailed("full")
        self.changes += changes

    def lease(self, holder: str) -> None: ...

    def worlds(self) -> list[StoredWorld]:
        return []

    def read(self, world: str) -> Iterator[Row]:
        return iter(())

    def close(self) -> None: ...


def check_undone(vendor: Vendor, hints: wander.Hints, *, examples: int = 25) -> None:
    """Check that a failed commit takes the world back to the last successful one, byte for byte.

    Commits fail at random moments of a random walk. In the end the store must contain the world as it is.
    """

    @given(seed=st.integers(0, 2**32), rounds=st.lists(st.tuples(st.integers(0, 6), st.booleans()), max_size=20))
    @settings(deadline=None, max_examples=examples)
    def failed_commits_are_undone(seed: int, rounds: list[tuple[int, bool]]) -> None:
        with TemporaryDirectory() as folder:
            asyncio.run(_walk_and_fail(vendor, hints, seed, rounds, Path(folder)))

    failed_commits_are_undone()


async def _walk_and_fail(
    vendor: Vendor, hints: wander.Hints, seed: int, rounds: list[tuple[int, bool]], folder: Path
) -> None:
    core, store, rng = wander.begin(vendor, seed), ListStore(), random.Random(seed)
    core.journal.bound = 6000
    commits = GroupCommit(store)
    live = ServedWorld(core, WallClock(), barrier=commits, about=lambda live: description_of(core.vendors))
    live.sender.close()  # the walk makes the outcomes
    commits.add_world(live)
    safe = (core.snapshot().encode(), [render(entry) for entry in core.journal])
    for steps, full in rounds:
        for _ in range(steps):
            reset = rng.random() < 0.05
            live.apply(Command(core.now, "reset") if reset else wander.step(core, vendor, hints, rng))
        store.full = full
        with contextlib.suppress(WriteFailed):
            commits.commit()
        now = (core.snapshot().encode(), [render(entry) for entry in core.journal])
        if full:
            assert now == safe
        safe = now
    store.full = False
    live.apply(Tick(core.now))
    commits.commit()
    live.close()
    disk = store_in(folder)
    disk.append(store.changes)
    disk.close()
    disk = store_in(folder)
    (recovered,) = recovery.recover(disk, [vendor])
    disk.close()
    _assert_same_journal(recovered.core.journal, core.journal)
    assert recovered.core.checkpoint() == core.checkpoint()
