"""Faults below SQLite: flipped bytes, cut files, torn tails, full disks, broken ones.

Whatever was done to the files, a start has two ways only: the very world that it was, or a refusal that leaves them alone.
"""

from __future__ import annotations

import logging
import os
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from locksim.storage import recovery
from locksim.storage.store import Change, Damaged
from tests.engine import wander
from tests.engine.toy import TOY
from tests.engine.toy_hints import HINTS
from tests.recovery import Recorder, store_in
from tests.server.served import serve_toy
from tests.storage.stores import Troubled, copied
from tests.storage.test_restart import content

COMMITS = 12


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """A folder with some of its journal in the database and some in the log, and the world that it holds."""
    path = tmp_path_factory.mktemp("kept")
    world = wander.begin(TOY, 5)
    keeper = Recorder(world)
    done = 0
    for round_ in range(2):
        store = store_in(path / "data")
        store.worlds()
        for commit in range(COMMITS):
            wander.walk(world, TOY, HINTS, 100 * round_ + commit, 3)
            store.append(keeper.changes[done:])
            done = len(keeper.changes)
        if round_:
            copied(path / "data", path / "killed")
        store.close()
    copied(path / "data", path / "stopped")
    return path / "killed", world.checkpoint()


def whole(kept: Path, file: str, to: Path) -> Path:
    """A copy of the folder in which most of this file matters: the log of a killed process, the database of a stopped one."""
    return Path(shutil.copytree(kept if file == "journal.db-wal" else kept.with_name("stopped"), to))


@pytest.fixture
def folder(kept: tuple[Path, bytes], tmp_path: Path) -> Path:
    """A copy to be damaged."""
    return Path(shutil.copytree(kept[0], tmp_path / "data"))


def outcome(folder: Path) -> bytes | str:
    """The world that comes back, as bytes; or what the refusal says. Whatever is refused is left alone."""
    before = content(folder)
    store = store_in(folder)
    try:
        (one,) = recovery.recover(store, [TOY])
        store.append([])  # opens it for writing, and cuts off
        return one.core.checkpoint()
    except Damaged as damaged:
        assert content(folder) == before
        return str(damaged)
    finally:
        store.close()


def test_what_is_undamaged_comes_back(kept: tuple[Path, bytes], folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert outcome(folder) == kept[1]
    assert caplog.text == ""


@pytest.mark.parametrize("file", ["journal.db", "journal.db-wal"])
def test_a_flipped_byte_is_found_or_harmless(kept: tuple[Path, bytes], tmp_path: Path, file: str) -> None:
    dice, refused = random.Random(file), 0
    for number in range(60):
        folder = whole(kept[0], file, tmp_path / str(number))
        data = bytearray((folder / file).read_bytes())
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        (folder / file).write_bytes(data)
        came = outcome(folder)
        if isinstance(came, str):
            assert "is damaged, and was left as it is" in came
            refused += 1
        else:
            assert came == kept[1]
        shutil.rmtree(folder)
    assert refused > 3, "of the pages that are in use, most bytes matter"


@pytest.mark.parametrize("file", ["journal.db", "journal.db-wal"])
def test_a_file_that_was_cut_is_refused_unless_nothing_is_lost(
    kept: tuple[Path, bytes], tmp_path: Path, file: str
) -> None:
    length = (whole(kept[0], file, tmp_path / "first") / file).stat().st_size
    dice, refused = random.Random(file), 0
    for number, at in enumerate([0, 1, 40, length - 1, *(dice.randrange(length) for _ in range(30))]):
        folder = whole(kept[0], file, tmp_path / str(number))
        with (folder / file).open("r+b") as cut:
            cut.truncate(at)
        came = outcome(folder)
        assert came == kept[1] or "is damaged" in str(came), f"cut at {at} of {length}, nobody noticed"
        refused += isinstance(came, str)
        shutil.rmtree(folder)
    assert refused >= 20


def test_a_torn_tail_is_cut_off_with_a_line_in_the_log(
    kept: tuple[Path, bytes], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A commit that was under way when the machine went down was never answered: it goes."""
    log = (kept[0] / "journal.db-wal").read_bytes()
    size = int.from_bytes(log[8:12], "big") + 24
    frame = log[32 : 32 + size]
    assert log[16:24] == frame[8:16]
    for number, tail in enumerate([frame, frame[:100], frame + frame[:50]]):
        caplog.clear()
        folder = Path(shutil.copytree(kept[0], tmp_path / str(number)))
        (folder / "journal.db-wal").write_bytes(log + tail)
        assert outcome(folder) == kept[1]
        assert f"the last {len(tail)} bytes belong to a commit that was never finished" in caplog.text
        caplog.clear()
        assert outcome(folder) == kept[1]
        assert caplog.text == ""


@pytest.mark.parametrize(("file", "data", "says"), [
    ("journal.db-wal", None, "commits are missing"),
    ("journal.db", None, "commits are missing"),
    ("journal.db", b"", "commits are missing"),
    ("journal.db", b"no database" * 1000, "is damaged"),
    ("tip", b"00000000000000000099", "commits are missing"),
    ("tip", b"nonsense", "tip cannot be read"),
])  # fmt: skip
def test_what_is_missing_is_told(folder: Path, file: str, data: bytes | None, says: str) -> None:
    if data is None:
        (folder / file).unlink()
        if file == "journal.db":
            (folder / "journal.db-wal").unlink()
    else:
        (folder / file).write_bytes(data)
    assert says in str(outcome(folder))


def test_without_its_witness_a_folder_is_taken_as_it_is(kept: tuple[Path, bytes], folder: Path) -> None:
    (folder / "tip").unlink()
    assert outcome(folder) == kept[1]


def test_a_database_of_somebody_else_is_refused(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data" / "journal.db") as db:
        db.execute("CREATE TABLE theirs (a)")
        db.execute("PRAGMA user_version = 7")
    db.close()
    assert "it has format 7" in str(outcome(tmp_path / "data"))


def test_a_start_that_died_before_its_first_commit_left_nothing(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "data").mkdir()
    db = sqlite3.connect(tmp_path / "data" / "journal.db")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    store = store_in(tmp_path / "data")
    assert store.worlds() == []
    store.append([])
    store.close()


# ---- while it runs


def broken(folder: Path, flags: int, stand_in: str) -> None:
    """Whatever this process has open of the folder's log and database is `stand_in` from now on."""
    there = [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    ours = [int(fd.name) for fd in there if str(fd.readlink()).startswith(str(folder / "journal.db"))]
    assert ours
    other = os.open(stand_in, flags)
    for fd in ours:
        os.dup2(other, fd)
    os.close(other)


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux' /proc")


@needs_proc
@pytest.mark.parametrize(("stand_in", "flags", "says"), [
    ("/dev/full", os.O_RDWR, "full"),                   # each write: no space left on device
    ("/dev/null", os.O_RDONLY, "I/O error"),            # each write: an error
])  # fmt: skip
def test_a_write_that_fails_costs_the_call_and_not_the_world(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, stand_in: str, flags: int, says: str
) -> None:
    data = tmp_path / "data"
    with caplog.at_level(logging.WARNING, "locksim"), serve_toy(store=Troubled(data).making(), clock="manual") as toy:
        for given in (1, 2, 3):
            assert toy.post("/count").json() == {"count": given}
            broken(data, flags, stand_in)
            refused = toy.post("/count")
            assert (refused.status_code, refused.json()) == (500, {"error": "broken"})
        killed = copied(data, tmp_path / "killed")
        assert [e["n"] for e in toy.sim("GET", "/journal")["entries"]] == [1, 2, 3]
    told = [line for line in caplog.text.splitlines() if "callers get their vendor's 5xx" in line]
    assert len(told) == 3
    assert says in told[0]
    with serve_toy(store=Troubled(killed).making()) as toy:
        assert toy.post("/count").json() == {"count": 4}


class Small(Troubled):
    """A data folder in which the database may have so many pages."""

    pages = 30

    def append(self, changes: Sequence[Change]) -> None:
        (self._db or self._open()).execute(f"PRAGMA max_page_count = {self.pages}")
        super().append(changes)


def test_a_full_database_costs_the_calls_and_not_the_world(tmp_path: Path) -> None:
    store = Small(tmp_path / "data")
    with serve_toy(store=store.making(), clock="manual") as toy:
        given = 0
        while toy.post("/count").status_code == 200:
            given += 1
            assert given < 1000
        assert toy.get("/count").status_code == 500
        assert toy.sim("GET", "/toy/state")["count"] == given
        store.pages = 10_000
        assert toy.post("/count").json() == {"count": given + 1}


@pytest.mark.parametrize("make", [
    lambda path: path.write_text("a file"),
    lambda path: (path.mkdir(), (path / "lock").mkdir()),
])  # fmt: skip
def test_a_folder_that_is_none_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    from locksim.storage.store import Unwritten

    make(tmp_path / "data")
    with pytest.raises(Unwritten, match="cannot write to"):
        Troubled(tmp_path / "data").lease("a test")
