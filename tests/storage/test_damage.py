"""Damage below SQLite: flipped bits, truncated files, interrupted commits, full and broken disks.

Whatever happened to the files, a start either recovers exactly the world that was stored, or refuses and changes nothing.
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
from tests.storage.stores import FaultyStore, copy_of
from tests.storage.test_restart import content

COMMITS = 12


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    """Return a folder with a part of its journal in the database and a part in the log, and the world in it."""
    path = tmp_path_factory.mktemp("stored")
    world = wander.begin(TOY, 5)
    recorder = Recorder(world)
    done = 0
    for round_ in range(2):
        store = store_in(path / "data")
        store.worlds()
        for commit in range(COMMITS):
            wander.walk(world, TOY, HINTS, 100 * round_ + commit, 3)
            store.append(recorder.changes[done:])
            done = len(recorder.changes)
        if round_:
            copy_of(path / "data", path / "killed")
        store.close()
    copy_of(path / "data", path / "stopped")
    return path / "killed", world.checkpoint()


def copy_with(file: str, stored: Path, to: Path) -> Path:
    """Copy a folder that has most of its data in this file: in the log after a kill, in the database after a stop."""
    return Path(shutil.copytree(stored if file == "journal.db-wal" else stored.with_name("stopped"), to))


@pytest.fixture
def folder(stored: tuple[Path, bytes], tmp_path: Path) -> Path:
    """Return a copy to damage."""
    return Path(shutil.copytree(stored[0], tmp_path / "data"))


def outcome(folder: Path) -> bytes | str:
    """Return the recovered world as bytes, or the text of the refusal. A refused folder must not change."""
    before = content(folder)
    store = store_in(folder)
    try:
        (recovered,) = recovery.recover(store, [TOY])
        store.append([])  # opens it for writing, which cuts off an interrupted commit
        return recovered.core.checkpoint()
    except Damaged as damaged:
        assert content(folder) == before
        return str(damaged)
    finally:
        store.close()


def test_an_undamaged_folder_is_recovered(
    stored: tuple[Path, bytes], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert outcome(folder) == stored[1]
    assert caplog.text == ""


@pytest.mark.parametrize("file", ["journal.db", "journal.db-wal"])
def test_a_flipped_bit_is_found_or_harmless(stored: tuple[Path, bytes], tmp_path: Path, file: str) -> None:
    rng, refused = random.Random(file), 0
    for number in range(60):
        folder = copy_with(file, stored[0], tmp_path / str(number))
        data = bytearray((folder / file).read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        (folder / file).write_bytes(data)
        result = outcome(folder)
        if isinstance(result, str):
            assert "is damaged, and was not changed" in result
            refused += 1
        else:
            assert result == stored[1]
        shutil.rmtree(folder)
    assert refused > 3, "most bits of the pages in use matter"


@pytest.mark.parametrize("file", ["journal.db", "journal.db-wal"])
def test_a_truncated_file_is_refused_unless_nothing_is_lost(
    stored: tuple[Path, bytes], tmp_path: Path, file: str
) -> None:
    length = (copy_with(file, stored[0], tmp_path / "first") / file).stat().st_size
    rng, refused = random.Random(file), 0
    for number, at in enumerate([0, 1, 40, length - 1, *(rng.randrange(length) for _ in range(30))]):
        folder = copy_with(file, stored[0], tmp_path / str(number))
        with (folder / file).open("r+b") as cut:
            cut.truncate(at)
        result = outcome(folder)
        assert result == stored[1] or "is damaged" in str(result), f"truncated at {at} of {length} without notice"
        refused += isinstance(result, str)
        shutil.rmtree(folder)
    assert refused >= 20


def test_an_interrupted_commit_is_cut_off_with_a_log_line(
    stored: tuple[Path, bytes], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A commit that was being written when the machine went down was never answered."""
    log = (stored[0] / "journal.db-wal").read_bytes()
    size = int.from_bytes(log[8:12], "big") + 24
    frame = log[32 : 32 + size]
    assert log[16:24] == frame[8:16]
    for number, tail in enumerate([frame, frame[:100], frame + frame[:50]]):
        caplog.clear()
        folder = Path(shutil.copytree(stored[0], tmp_path / str(number)))
        (folder / "journal.db-wal").write_bytes(log + tail)
        assert outcome(folder) == stored[1]
        assert f"the last {len(tail)} bytes belong to a commit that was interrupted" in caplog.text
        caplog.clear()
        assert outcome(folder) == stored[1]
        assert caplog.text == ""


@pytest.mark.parametrize(("file", "data", "says"), [
    ("journal.db-wal", None, "commits are missing"),
    ("journal.db", None, "commits are missing"),
    ("journal.db", b"", "commits are missing"),
    ("journal.db", b"no database" * 1000, "is damaged"),
    ("tip", b"00000000000000000099", "commits are missing"),
    ("tip", b"nonsense", "tip cannot be read"),
])  # fmt: skip
def test_missing_data_is_named(folder: Path, file: str, data: bytes | None, says: str) -> None:
    if data is None:
        (folder / file).unlink()
        if file == "journal.db":
            (folder / "journal.db-wal").unlink()
    else:
        (folder / file).write_bytes(data)
    assert says in str(outcome(folder))


def test_a_folder_without_a_tip_is_taken_as_it_is(stored: tuple[Path, bytes], folder: Path) -> None:
    (folder / "tip").unlink()
    assert outcome(folder) == stored[1]


def test_a_database_of_another_program_is_refused(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "data").mkdir()
    with sqlite3.connect(tmp_path / "data" / "journal.db") as db:
        db.execute("CREATE TABLE theirs (a)")
        db.execute("PRAGMA user_version = 7")
    db.close()
    assert "it has format 7" in str(outcome(tmp_path / "data"))


def test_a_folder_whose_process_stopped_before_its_first_commit_is_empty(tmp_path: Path) -> None:
    import sqlite3

    (tmp_path / "data").mkdir()
    db = sqlite3.connect(tmp_path / "data" / "journal.db")
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    store = store_in(tmp_path / "data")
    assert store.worlds() == []
    store.append([])
    store.close()


# ---- while the server runs


def redirect(folder: Path, flags: int, device: str) -> None:
    """Redirect what this process has open of the folder's log and database to a device."""
    links = [fd for fd in Path("/proc/self/fd").iterdir() if fd.is_symlink()]
    ours = [int(fd.name) for fd in links if str(fd.readlink()).startswith(str(folder / "journal.db"))]
    assert ours
    other = os.open(device, flags)
    for fd in ours:
        os.dup2(other, fd)
    os.close(other)


needs_proc = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs Linux' /proc")


@needs_proc
@pytest.mark.parametrize(("device", "flags", "says"), [
    ("/dev/full", os.O_RDWR, "full"),                   # each write: no space left on device
    ("/dev/null", os.O_RDONLY, "I/O error"),            # each write: an error
])  # fmt: skip
def test_a_write_that_fails_costs_the_call_and_not_the_world(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, device: str, flags: int, says: str
) -> None:
    data = tmp_path / "data"
    with (
        caplog.at_level(logging.WARNING, "locksim"),
        serve_toy(store=FaultyStore(data).factory(), clock="manual") as toy,
    ):
        for count in (1, 2, 3):
            assert toy.post("/count").json() == {"count": count}
            redirect(data, flags, device)
            refused = toy.post("/count")
            assert (refused.status_code, refused.json()) == (500, {"error": "broken"})
        killed = copy_of(data, tmp_path / "killed")
        assert [e["n"] for e in toy.sim("GET", "/journal")["entries"]] == [1, 2, 3]
    lines = [line for line in caplog.text.splitlines() if "callers get their vendor's 5xx" in line]
    assert len(lines) == 3
    assert says in lines[0]
    with serve_toy(store=FaultyStore(killed).factory()) as toy:
        assert toy.post("/count").json() == {"count": 4}


class SmallStore(FaultyStore):
    """A data folder whose database may have so many pages."""

    pages = 30

    def append(self, changes: Sequence[Change]) -> None:
        (self._db or self._open()).execute(f"PRAGMA max_page_count = {self.pages}")
        super().append(changes)


def test_a_full_database_costs_the_calls_and_not_the_world(tmp_path: Path) -> None:
    store = SmallStore(tmp_path / "data")
    with serve_toy(store=store.factory(), clock="manual") as toy:
        counted = 0
        while toy.post("/count").status_code == 200:
            counted += 1
            assert counted < 1000
        assert toy.get("/count").status_code == 500
        assert toy.sim("GET", "/toy/state")["count"] == counted
        store.pages = 10_000
        assert toy.post("/count").json() == {"count": counted + 1}


@pytest.mark.parametrize("make", [
    lambda path: path.write_text("a file"),
    lambda path: (path.mkdir(), (path / "lock").mkdir()),
])  # fmt: skip
def test_an_invalid_data_folder_is_refused(tmp_path: Path, make: Callable[[Path], object]) -> None:
    from locksim.storage.store import WriteFailed

    make(tmp_path / "data")
    with pytest.raises(WriteFailed, match="cannot write to"):
        FaultyStore(tmp_path / "data").lease("a test")
