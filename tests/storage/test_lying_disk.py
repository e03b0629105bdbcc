"""Power loss on a disk that reports an `fsync` and does not make it.

From some commit on every `fsync` is dropped. Later the power is lost. Then each sector of the folder's files may have any
content that was written to it since that commit, in any combination: writes that are lost, torn or reordered. These tests
keep the files after every commit, and put such folders together.

1. A start recovers the worlds exactly as they were after one of the commits, all after the same one, or refuses.
2. That commit is not older than the last honoured `fsync`, unless SQLite has overwritten its log since then.
3. Without the tip, a refused folder still has every commit up to the honoured `fsync`, with the same exception. If not even
   the first `fsync` was honoured, there is none to have, and the pages of the new database may be torn.
"""

from __future__ import annotations

import itertools
import random
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from locksim.storage import recovery
from locksim.storage.sqlite import SqliteStore
from locksim.storage.store import Damaged
from tests.engine import wander
from tests.engine.toy import TOY
from tests.engine.toy_hints import HINTS
from tests.recovery import Recorder, store_in
from tests.storage.test_restart import content

SECTOR = 512
FILES = ("journal.db", "journal.db-wal", "tip")
COMMITS = 60
WORLDS = 16
Files = dict[str, bytes]
Worlds = tuple[tuple[str, bytes], ...]
"""(name, checkpoint) of each world."""


class SmallLogStore(SqliteStore):
    """A data folder whose log SQLite moves into the database after so many pages."""

    pages = 60

    def _open(self) -> sqlite3.Connection:
        db = super()._open()
        db.execute(f"PRAGMA wal_autocheckpoint = {self.pages}")
        return db


@dataclass(frozen=True)
class Recording:
    """The files and the worlds after each commit. The first one is the empty folder."""

    files: list[Files]
    worlds: list[Worlds]

    def overwritten(self, first: int, last: int) -> bool:
        """Return whether SQLite has overwritten its log between these commits."""
        logs = [files.get("journal.db-wal", b"") for files in self.files[first : last + 1]]
        return any(not after.startswith(before) for before, after in itertools.pairwise(logs))


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """Record more worlds than the rows of one page describe."""
    return record(tmp_path_factory.mktemp("recorded") / "data")


def record(folder: Path) -> Recording:
    worlds = [wander.begin(TOY, seed, name=f"world-{seed}") for seed in range(WORLDS)]
    recorders = [Recorder(world) for world in worlds]
    done, rng = [0] * WORLDS, random.Random(7)
    store = SmallLogStore(folder)
    store.lease("a test")
    recorded = Recording([{}], [()])
    try:
        for commit in range(COMMITS):
            for n in rng.sample(range(WORLDS), 3 if commit else 0):
                wander.walk(worlds[n], TOY, HINTS, 100 * commit + n, rng.randrange(1, 4))
                if rng.random() < 0.1:
                    worlds[n].journal.checkpoint(worlds[n].checkpoint())
            changes = [change for at, recorder in zip(done, recorders, strict=True) for change in recorder.changes[at:]]
            done = [len(recorder.changes) for recorder in recorders]
            store.append(changes)
            recorded.files.append({name: (folder / name).read_bytes() for name in FILES})
            recorded.worlds.append(tuple((world.name, world.checkpoint()) for world in worlds))
    finally:
        store.close()
    return recorded


def opened(folder: Path) -> Worlds | str:
    """Return the recovered worlds, or the text of the refusal. A refused folder must not change."""
    before = content(folder)
    store = store_in(folder)
    try:
        recovered = recovery.recover(store, [TOY])
        store.append([])  # opens it for writing, which cuts off an interrupted commit
        return tuple((one.core.name, one.core.checkpoint()) for one in recovered)
    except Damaged as damaged:
        refusal = str(damaged)
    finally:
        store.close()
    assert content(folder) == before
    assert "is damaged, and was not changed" in refusal
    return refusal


def assembled(versions: list[Files], style: str, rng: random.Random) -> Files:
    """Put a folder together from several versions of it."""
    image: Files = {}
    for name in FILES:
        contents = [files.get(name, b"") for files in versions]
        length = len(rng.choice(contents)) if style == "any" else len(contents[-1])
        if style == "file":
            image[name] = rng.choice(contents)
            continue
        size = {"any": SECTOR, "sector": SECTOR, "page": 4096}[style]
        whole = bytearray()
        for at in range(0, length, size):
            # `any` chooses freely; the others lose a few of the last writes.
            kept = style != "any" and rng.random() < 0.9
            written = contents[-1] if kept else rng.choice(contents)
            whole += written[at : at + size].ljust(size, b"\0")
        image[name] = bytes(whole[:length])
    return image


def write(folder: Path, image: Files) -> None:
    folder.mkdir()
    for name, data in image.items():
        (folder / name).write_bytes(data)


@given(
    honoured=st.integers(0, COMMITS),
    later=st.integers(0, 25),
    style=st.sampled_from(["file", "page", "sector", "any"]),
    seed=st.integers(0, 2**32),
    torn=st.booleans(),
    old_tip=st.booleans(),
)
def test_what_was_safe_is_there_and_the_rest_is_refused_or_cut_off(
    recording: Recording, honoured: int, later: int, style: str, seed: int, torn: bool, old_tip: bool
) -> None:
    last = min(COMMITS, honoured + later)
    rng = random.Random(seed)
    image = assembled(recording.files[honoured : last + 1], style, rng)
    if torn:
        safe = len(recording.files[honoured].get("journal.db-wal", b""))
        log = image["journal.db-wal"]
        image["journal.db-wal"] = log[: max(safe, rng.randrange(len(log) + 1))]
    if old_tip:  # it is written without fsync, so it may be older than the last honoured one
        image["tip"] = recording.files[rng.randrange(honoured + 1)].get("tip", b"")
    tip = int(image["tip"].strip(b"\0") or 0)
    overwritten = recording.overwritten(honoured, last)
    with TemporaryDirectory() as parent:
        folder = Path(parent) / "data"
        write(folder, image)
        found = opened(folder)
        if isinstance(found, str):
            (folder / "tip").unlink()
            tip = 0
            event(f"overwritten={overwritten}: refused")
            found = opened(folder)
            if isinstance(found, str):
                assert overwritten or not honoured, found
                return
        else:
            event(f"overwritten={overwritten}: recovered")
        assert found in recording.worlds, "a part of a commit"
        assert found in recording.worlds[tip:], "a commit is lost that the tip knows"
        if not overwritten:
            assert found in recording.worlds[honoured:], "a commit is lost that was safe"


def test_a_log_that_is_cut_anywhere_loses_whole_commits(recording: Recording, tmp_path: Path) -> None:
    """Without the tip; with it, the folder is refused."""
    database = recording.files[1]["journal.db"]  # it has no commit before SQLite has moved the log into it
    last = max(n for n in range(1, COMMITS) if recording.files[n]["journal.db"] == database)
    image = recording.files[last]
    log = image["journal.db-wal"]
    ends = [len(files.get("journal.db-wal", b"")) for files in recording.files[: last + 1]]
    frames = range(32, len(log) + 1, 24 + 4096)
    assert len(frames) > 20
    for cut in sorted({0, 31, *frames, *(end - 1 for end in frames[::4]), *(end + 25 for end in frames[:-1:4])}):
        folder = tmp_path / f"{cut}"
        write(folder, image | {"journal.db-wal": log[:cut]})
        kept = max(n for n, end in enumerate(ends) if end <= cut)
        if kept < last:
            assert f"its last {last - kept} commits are missing" in str(opened(folder))
        (folder / "tip").unlink()
        assert opened(folder) == recording.worlds[kept]


def test_every_part_of_a_commit_in_the_database_is_found(tmp_path: Path) -> None:
    """SQLite moved the commit into the database, and an arbitrary part of these pages was lost with the log."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SmallLogStore, "pages", 1)
        recorded = record(tmp_path / "data")
    tried = 0
    for n in range(2, COMMITS):
        before, after = recorded.files[n]["journal.db"], recorded.files[n + 1]["journal.db"]
        pages = [at for at in range(0, len(before), 4096) if before[at : at + 4096] != after[at : at + 4096]]
        if len(after) > len(before) or len(pages) > 6:
            continue
        for lost in itertools.product([False, True], repeat=len(pages)):
            image = bytearray(after)
            for at in itertools.compress(pages, lost):
                image[at : at + 4096] = before[at : at + 4096]
            folder = tmp_path / f"{n}-{tried}"
            write(folder, {"journal.db": bytes(image), "tip": recorded.files[n + 1]["tip"]})
            found = opened(folder)
            assert isinstance(found, str) or found == recorded.worlds[n + 1], (n, lost)
            assert any(lost) or not isinstance(found, str)
            tried += 1
    assert tried > 50, "too little was tried to prove anything"
