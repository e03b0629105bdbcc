"""What every store promises: SQLite in a folder, and PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from locksim.storage import recovery
from locksim.storage.postgres import PostgresStore
from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Append, Begin, Change, Checkpoint, Damaged, Drop, Row, Store, WriteFailed
from tests.engine import wander
from tests.engine.toy import TOY
from tests.engine.toy_hints import HINTS
from tests.needs import POSTGRES
from tests.postgres import fresh_url, query
from tests.recovery import Recorder


class Place:
    """A place where a store keeps worlds. `open` returns a new store for it."""

    def __init__(self, open_store: Callable[[], Store], execute: Callable[[str], object]) -> None:
        self._open, self._opened = open_store, list[Store]()
        self.execute = execute
        """Executes SQL behind the store's back. `{}` stands before each table's name."""

    def open(self) -> Store:
        """Return a store, leased, after the one before was closed."""
        self.close()
        store = self._open()
        self._opened.append(store)
        store.lease("a test")
        return store

    def close(self) -> None:
        while self._opened:
            self._opened.pop().close()


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=[pytest.mark.needs(POSTGRES), pytest.mark.xdist_group("postgres")]),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "sqlite":

        def execute(sql: str) -> None:
            with sqlite3.connect(tmp_path / "journal.db") as db:
                db.execute(sql.format(""))
            db.close()

        made = Place(lambda: SqliteStore(tmp_path), execute)
    else:
        url = fresh_url()
        made = Place(lambda: PostgresStore(url, "a"), lambda sql: query(url, sql.format("locksim.")))
    yield made
    made.close()


def begin(world: str, n: int = 0) -> Begin:
    return Begin(world, b"about " + world.encode(), n, 1, b"base of " + world.encode())


def entry(world: str, n: int) -> Append:
    return Append(world, n, 10 + n, b"entry %d" % n)


def read_all(store: Store) -> None:
    for world in store.worlds():
        list(store.read(world.name))


def rows(store: Store, world: str) -> list[int]:
    return [row.n for row in store.read(world)]


def filled(place: Place, *more: Change) -> Store:
    """Return a new store with the worlds one and two, which have three and one entries."""
    store = place.open()
    assert store.worlds() == []
    store.append([begin("one"), *(entry("one", n) for n in (1, 2, 3)), begin("two", 7), entry("two", 8), *more])
    return place.open()


def test_what_was_appended_is_there_after_the_next_start(place: Place) -> None:
    store = filled(place)
    one, two = store.worlds()
    assert (one.name, one.description, one.base, one.latest, one.last) == (
        "one",
        b"about one",
        Row(0, 1, b"base of one"),
        Row(0, 1, b"base of one"),
        3,
    )
    assert (two.name, two.base.n, two.last) == ("two", 7, 8)
    assert list(store.read("one")) == [Row(n, 10 + n, b"entry %d" % n) for n in (1, 2, 3)]
    assert rows(store, "two") == [8]


def test_a_commit_that_fails_writes_nothing(place: Place) -> None:
    store = filled(place)
    if isinstance(store, PostgresStore):
        store.take("one", lambda world: None)
        store.take("two", lambda world: None)
    with pytest.raises(WriteFailed):
        store.append([entry("two", 9), begin("three"), entry("one", 4), entry("one", 4)])
    assert [world.name for world in store.worlds()] == ["one", "two"]
    assert (rows(store, "one"), rows(store, "two")) == ([1, 2, 3], [8])
    store.append([entry("two", 9), entry("one", 4)])
    store = place.open()
    assert (rows(store, "one"), rows(store, "two")) == ([1, 2, 3, 4], [8, 9])


def test_a_checkpoint_replaces_those_before_and_deletes_what_it_may(place: Place) -> None:
    middle, last = Checkpoint("one", 2, 0, 20, b"middle"), Checkpoint("one", 3, 2, 30, b"last")
    store = filled(place)
    if isinstance(store, PostgresStore):
        store.take("one", lambda world: None)
    store.append([begin("one"), entry("one", 1), entry("one", 2), middle, entry("one", 3), last, entry("one", 4)])
    store = place.open()
    one = next(world for world in store.worlds() if world.name == "one")
    assert (one.base, one.latest, one.last) == (Row(2, 20, b"middle"), Row(3, 30, b"last"), 4)
    assert rows(store, "one") == [3, 4]


def test_a_world_that_begins_again_and_one_that_is_dropped_leave_nothing(place: Place) -> None:
    store = filled(place, begin("one", 5), entry("one", 6), Drop("two"))
    (one,) = store.worlds()
    assert (one.name, one.base.n, rows(store, "one")) == ("one", 5, [6])
    store.append([begin("two")])
    store = place.open()
    assert [(world.name, rows(store, world.name)) for world in store.worlds()] == [("one", [6]), ("two", [])]


_ONE = "(SELECT id FROM worlds WHERE name = 'one')"
IN_SQLITE = {
    **{table: table for table in ("worlds", "checkpoints", "entries")},
    "blob": "blob",
    "key": "key",
    "n": "(key % 1099511627776)",
    "of_one": f"key / 1099511627776 = {_ONE}",
    "world_is_one": f"world = {_ONE}",
}
"""SQLite's words: an entry's key is its world's id and its number in one."""
IN_POSTGRES = {
    **{table: f"locksim.{table}" for table in ("worlds", "checkpoints", "entries")},
    "blob": "bytea",
    "key": "n",
    "n": "n",
    "of_one": "world = 'one'",
    "world_is_one": "world = 'one'",
}


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE {entries} SET data = CAST('!' AS {blob}) WHERE {of_one} AND {n} = 2",
        "UPDATE {entries} SET wall = wall + 1 WHERE {of_one} AND {n} = 2",
        "DELETE FROM {entries} WHERE {of_one} AND {n} = 2",
        "DELETE FROM {entries} WHERE {of_one} AND {n} = 3",
        "UPDATE {entries} SET {key} = {key} + 30 - 2 * {n} WHERE {of_one} AND {n} IN (1, 2)",
        "UPDATE {checkpoints} SET data = CAST('!' AS {blob}) WHERE {world_is_one}",
        "UPDATE {checkpoints} SET link = digest WHERE {world_is_one}",
        "DELETE FROM {checkpoints} WHERE {world_is_one}",
        "UPDATE {worlds} SET description = CAST('a description that is longer than its digest' AS {blob}) WHERE name = 'one'",
    ],
)
def test_damage_is_found_and_says_which_world(place: Place, damage: str) -> None:
    filled(place)
    place.close()
    is_sqlite = isinstance(place.open(), SqliteStore)
    place.close()
    place.execute(damage.format_map(IN_SQLITE if is_sqlite else IN_POSTGRES))
    store = place.open()
    with pytest.raises(Damaged, match="world one") as refused:
        read_all(store)
    assert "was not changed" in str(refused.value)


def test_a_recovered_world_goes_on_like_one_that_never_stopped(place: Place) -> None:
    world = wander.begin(TOY, 5)
    recorder = Recorder(world)
    store, done = place.open(), 0
    for commit in range(6):
        wander.walk(world, TOY, HINTS, commit, 5)
        store.append(recorder.changes[done:])
        done = len(recorder.changes)
    (recovered,) = recovery.recover(place.open(), [TOY])
    assert recovered.core.checkpoint() == world.checkpoint()
    wander.walk(world, TOY, HINTS, 99, 5)
    wander.walk(recovered.core, TOY, HINTS, 99, 5)
    assert recovered.core.checkpoint() == world.checkpoint()


def test_tables_of_another_version_are_refused(place: Place) -> None:
    filled(place)
    place.close()
    is_sqlite = isinstance(place.open(), SqliteStore)
    place.close()
    place.execute("PRAGMA user_version = 99" if is_sqlite else "UPDATE {}format SET version = 99")
    with pytest.raises(Damaged, match="format"):
        place.open().worlds()
