"""A stored world continues where it ended, after a clean stop and after a kill."""

from __future__ import annotations

import json
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from locksim.engine.errors import Refused
from locksim.engine.timestamps import parse_iso
from tests.server.receiver import Receiver, receiver
from tests.server.served import ServedToy, serve_toy, until
from tests.storage.stores import FaultyStore, copy_of, leased

Restart = Callable[..., Any]


@pytest.fixture(params=["stopped", "killed"])
def restart(request: pytest.FixtureRequest, tmp_path: Path) -> Restart:
    """`with restart(first) as toy`: the world as `first(toy)` left it, after a clean stop or after a kill."""

    def again(first: Callable[[ServedToy], None], **world: Any) -> Any:
        folder = tmp_path / "data"
        with serve_toy(store=leased(folder), **{"clock": "manual"} | world) as toy:
            first(toy)
            killed = copy_of(folder, tmp_path / "killed") if request.param == "killed" else None
        return serve_toy(store=leased(killed or folder))

    return again


def entries(toy: ServedToy, world: str = "default") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = toy.sim("GET", "/journal", world=world)["entries"]
    return found


def test_every_answered_input_is_recovered(restart: Restart) -> None:
    before: list[Any] = []

    def first(toy: ServedToy) -> None:
        for _ in range(5):
            toy.post("/count")
        toy.act("ring")
        toy.sim("POST", "/clock/advance", {"seconds": 12})
        toy.sim("POST", "/faults", {"effect": {"kind": "refuse", "name": "unavailable"}, "path": "/no*"}, status=201)
        toy.sim("POST", "/snapshots", {"name": "kept"}, status=201)
        before.extend((entries(toy), toy.sim("GET", "/toy/state"), toy.sim("GET", "/clock"), toy.sim("GET", "/faults")))

    with restart(first) as toy:
        now = [entries(toy), toy.sim("GET", "/toy/state"), toy.sim("GET", "/clock"), toy.sim("GET", "/faults")]
        assert [*before[0], now[0][-1]] == now[0]
        assert now[0][-1]["kind"] == "restarted"
        assert now[1:] == before[1:]
        toy.post("/count")
        toy.sim("POST", "/snapshots/kept/restore")
        assert toy.post("/count").json() == {"count": 6}


def test_pending_requests_are_gone_after_a_restart(restart: Restart) -> None:
    def first(toy: ServedToy) -> None:
        line = toy.connect()
        line.sendall(b"GET /wait?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        toy.wait_for_pending(1)
        first.line = line  # type: ignore[attr-defined] # keeps the connection open

    with restart(first) as toy:
        assert entries(toy)[-1]["result"] == {"gone": [1]}
        toy.wait_for_pending(0)
        assert toy.act("ring") == {"heard": 0}
        toy.sim("POST", "/clock/advance", {"seconds": 100})
    first.line.close()  # type: ignore[attr-defined] # see above


def test_a_delivery_without_a_stored_outcome_is_made_again(tmp_path: Path) -> None:
    """Deliveries are made at least once, and the journal says which may have been made twice."""

    def slowly(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with receiver(slowly) as inbox:
        with serve_toy(store=leased(tmp_path / "data"), clock="manual") as toy:
            toy.post(f"/subscribe?url={inbox.url}")
            toy.act("ring")
            until(lambda: len(inbox.got) == 1)
            killed = copy_of(tmp_path / "data", tmp_path / "killed")
        inbox.proceed.set()
        with serve_toy(store=leased(killed)) as toy:
            (delivery,) = toy.wait_for_deliveries()
            assert [(a["id"], a["status"]) for a in delivery["attempts"]] == [(1, 200)]
            assert [e.get("result") for e in entries(toy) if e["kind"] == "restarted"] == [{"again": [1]}]
            assert len(inbox.got) == 2
            assert toy.sim("GET", "/toy/state")["acknowledged"] == 1


def test_created_worlds_are_recovered_and_dropped_worlds_are_not(restart: Restart) -> None:
    def first(toy: ServedToy) -> None:
        for name in ("one", "two"):
            toy.api("POST", "/worlds", {"name": name, "clock": "manual", "seed": 9}, status=201)
        toy.http.post(f"{toy.url}/~two/count")
        toy.sim("POST", "/fork", {"name": "three"}, world="two", status=201)
        toy.api("DELETE", "/worlds/one")

    with restart(first) as toy:
        worlds = toy.api("GET", "/worlds")["worlds"]
        assert [(w["name"], w["seed"]) for w in worlds] == [("default", 0), ("two", 9), ("three", 9)]
        assert toy.http.post(f"{toy.url}/~two/count").json() == {"count": 2}
        assert toy.http.post(f"{toy.url}/~three/count").json() == {"count": 2}


def test_a_world_with_ports_of_its_own_keeps_them(restart: Restart) -> None:
    urls: list[str] = []

    def first(toy: ServedToy) -> None:
        made = toy.api("POST", "/worlds", {"name": "mine", "ports": True, "clock": "manual"}, status=201)
        urls.append(made["vendors"]["toy"]["url"])
        toy.http.post(f"{urls[0]}/count")

    with restart(first) as toy:
        assert toy.api("GET", "/worlds/mine")["ports"] is True
        assert toy.api("GET", "/worlds/mine")["vendors"]["toy"]["url"] == urls[0]
        assert httpx.post(f"{urls[0]}/count", trust_env=False, verify=False).json() == {"count": 2}


def test_a_world_learns_its_new_address(restart: Restart) -> None:
    urls: list[str] = []
    with restart(lambda toy: urls.append(toy.url)) as toy:
        where = f"http://127.0.0.1:{urlsplit(toy.url).port}"
        assert toy.url == where
        restarts = [e for e in entries(toy) if e["kind"] == "restarted"]
        assert [e.get("addresses", {}).get("toy/api") for e in restarts] == [None if urls[0] == where else where]


def test_a_reset_world_is_recovered_from_its_reset(restart: Restart) -> None:
    def first(toy: ServedToy) -> None:
        for _ in range(3):
            toy.post("/count")
        toy.sim("POST", "/reset")
        toy.post("/count")

    with restart(first) as toy:
        assert [e["kind"] for e in entries(toy)] == ["request", "restarted"]
        assert toy.post("/count").json() == {"count": 2}


def test_a_failed_turn_is_not_run_again(restart: Restart) -> None:
    def first(toy: ServedToy) -> None:
        toy.post("/count")
        assert toy.get("/broken").status_code == 500
        toy.post("/count")

    with restart(first) as toy:
        assert [("failed" in e) for e in entries(toy)] == [False, True, False, False]
        assert toy.post("/count").json() == {"count": 3}


def test_the_oldest_entries_leave_the_disk_as_they_leave_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("locksim.engine.journal.Journal.__init__.__defaults__", (0, 50_000))
    with serve_toy(store=leased(tmp_path / "data"), clock="manual") as toy:
        for _ in range(400):
            toy.post("/count")
        before = toy.sim("GET", "/journal?limit=1000")
        killed = copy_of(tmp_path / "data", tmp_path / "killed")
    with closing(sqlite3.connect(killed / "journal.db")) as db:
        rows = [key % (1 << 40) for (key,) in db.execute("SELECT key FROM entries ORDER BY key")]
        assert rows == [entry["n"] for entry in before["entries"]]
        assert db.execute("SELECT count(*) FROM checkpoints").fetchone()[0] == 2
    with serve_toy(store=leased(killed)) as toy:
        after = toy.sim("GET", "/journal?limit=1000")
        assert before["entries"][0]["n"] > 1
        assert after["entries"][:-1] == before["entries"]
        assert toy.post("/count").json() == {"count": 401}


# ---- time


def test_running_time_goes_on_while_a_world_is_down_and_due_actions_happen_at_their_time(
    restart: Restart,
) -> None:
    def first(toy: ServedToy) -> None:
        for after in (400_000, 200_000, 10**9):
            toy.act("ring", after=after)

    with restart(first, clock="x999999") as toy:
        until(lambda: toy.sim("GET", "/toy/state")["rings"] == 2)
        kinds = [(e["kind"], e.get("planned")) for e in entries(toy) if e["kind"] in ("restarted", "act")]
        assert kinds == [("restarted", None), ("act", 2), ("act", 1)] or kinds[-2:] == [("act", 2), ("act", 1)]
        rings = [e["at"] for e in entries(toy) if e["kind"] == "act"]
        plans = [e["result"]["at"] for e in entries(toy) if e["kind"] == "control"]
        assert rings == [plans[1], plans[0]]


def test_stopped_time_stays_stopped(restart: Restart) -> None:
    now: list[str] = []

    def first(toy: ServedToy) -> None:
        toy.act("ring", after=30)
        toy.sim("POST", "/clock/advance", {"seconds": 29})
        now.append(toy.sim("GET", "/clock")["now"])

    with restart(first) as toy:
        assert toy.sim("GET", "/clock")["now"] == now[0]
        assert toy.sim("GET", "/toy/state")["rings"] == 0
        toy.sim("POST", "/clock/advance", {"seconds": 1})
        assert toy.sim("GET", "/toy/state")["rings"] == 1


def test_a_world_ahead_of_the_present_stays_ahead(restart: Restart) -> None:
    def first(toy: ServedToy) -> None:
        toy.sim("POST", "/clock/advance", {"seconds": 72 * 3600})
        toy.post("/count")
        first.now = toy.sim("GET", "/clock")["now"]  # type: ignore[attr-defined] # read below

    with restart(first, clock="real") as toy:
        assert toy.sim("GET", "/clock")["now"] > first.now  # type: ignore[attr-defined] # see above


def test_time_that_passes_while_a_world_is_down_counts_after_an_advance_too(restart: Restart) -> None:
    """Time passes from the moment at which the advance was made."""

    def clock(toy: ServedToy) -> int:
        return parse_iso(toy.sim("GET", "/clock")["now"])

    def first(toy: ServedToy) -> None:
        toy.sim("POST", "/clock/advance", {"seconds": 10**8})
        first.then = clock(toy), time.monotonic()  # type: ignore[attr-defined] # read below

    with restart(first, clock="x100000") as toy:
        before, since = first.then  # type: ignore[attr-defined] # see above
        passed = time.monotonic() - since
        assert clock(toy) - before >= passed * 0.9 * 100_000 * 1_000_000


# ---- what is refused, and not changed


def content(folder: Path) -> dict[str, bytes]:
    """Return the contents of the files that are not empty. (SQLite creates an empty log when it reads.)"""
    found = {file: folder / file for file in ("journal.db", "journal.db-wal", "tip")}
    return {name: file.read_bytes() for name, file in found.items() if file.exists() and file.stat().st_size}


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """Return the data folder of a killed server."""
    with serve_toy(store=leased(tmp_path / "data"), clock="manual", seed=3) as toy:
        for _ in range(3):
            toy.post("/count")
        return copy_of(tmp_path / "data", tmp_path / "killed")


@pytest.fixture
def stopped(tmp_path: Path) -> Path:
    """Return the data folder of a stopped server."""
    with serve_toy(store=leased(tmp_path / "data"), clock="manual", seed=3) as toy:
        for _ in range(3):
            toy.post("/count")
    return tmp_path / "data"


def refusal(folder: Path, **world: Any) -> str:
    """Return the text with which a start refuses the folder. The folder must not change."""
    before = content(folder)
    with pytest.raises(Refused) as refused, serve_toy(store=leased(folder), **world):
        pass
    assert content(folder) == before
    return str(refused.value)


@pytest.mark.parametrize("what", ["fingerprint", "zones"])
def test_entries_of_other_code_are_refused(killed: Path, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"locksim.storage.recovery.{what}", lambda *_: "other")
    text = refusal(killed)
    assert ("another version of locksim" if what == "fingerprint" else "time zones") in text
    assert "its last 3 entries" in text


def test_other_code_continues_from_the_checkpoint_of_a_clean_stop(
    stopped: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("locksim.storage.recovery.fingerprint", lambda *_: "other")
    with serve_toy(store=leased(stopped)) as toy:
        assert [(e["n"], e["kind"]) for e in entries(toy)] == [(4, "restarted")]
        assert toy.post("/count").json() == {"count": 4}
    assert "its journal begins again after entry 3" in caplog.text
    with serve_toy(store=leased(stopped)) as toy:
        assert toy.post("/count").json() == {"count": 5}


def test_a_state_of_another_schema_is_refused(stopped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from tests.engine.toy import TOY

    monkeypatch.setattr("tests.server.served.TOY", replace(TOY, schema=2))
    assert "this state has schema 1; this locksim reads schema 2" in refusal(stopped)


def test_worlds_of_other_vendors_are_refused(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from locksim.nuki import VENDOR

    monkeypatch.setattr("tests.server.served.TOY", VENDOR)
    assert "holds a world of toy" in refusal(killed)


@pytest.mark.parametrize("world", [
    {"seed": 4}, {"profile": "observed"}, {"limits": "off"}, {"clock": "real"}, {"state": {"toy": {}}},
    {"clock": {"mode": "manual", "now": "2026-01-01T00:00:00Z"}},
])  # fmt: skip
def test_options_of_another_world_are_refused(killed: Path, world: dict[str, Any]) -> None:
    assert "the world in the data folder was begun with" in refusal(killed, **world)


def test_the_options_that_a_world_was_begun_with_are_accepted(killed: Path) -> None:
    with serve_toy(store=leased(killed), clock="manual", seed=3) as toy:
        assert toy.post("/count").json() == {"count": 4}


def test_a_folder_is_used_by_one_process(tmp_path: Path) -> None:
    with serve_toy(store=leased(tmp_path / "data")), pytest.raises(Refused, match=r"is in use: process \d+, a test"):
        FaultyStore(tmp_path / "data").lease("another")
    FaultyStore(tmp_path / "data").lease("another")


def test_an_entry_with_another_result_is_refused(killed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sources are the same, and something else changed an answer."""
    monkeypatch.setattr("locksim.engine.wsgi._date", lambda now: ("Date", "never"))
    assert "run again, entry 1 differs" in refusal(killed)


def test_a_failed_commit_that_is_on_disk_after_all_is_undone(tmp_path: Path) -> None:
    store = FaultyStore(tmp_path / "data")
    with serve_toy(store=store.factory(), clock="manual") as toy:
        toy.post("/count")
        store.failure, store.written_anyway = "fsync failed", True
        assert toy.post("/count").status_code == 500
        store.failure = None
        assert toy.post("/count").json() == {"count": 2}
        assert toy.post("/count").json() == {"count": 3}
        killed = copy_of(tmp_path / "data", tmp_path / "killed")
    with serve_toy(store=leased(killed)) as toy:
        assert [e["n"] for e in entries(toy)] == [1, 2, 3, 4]
        assert toy.post("/count").json() == {"count": 4}


def test_the_journal_of_a_recovered_world_replays(restart: Restart, tmp_path: Path) -> None:
    from locksim.engine import replay
    from tests.engine.toy import TOY

    def first(toy: ServedToy) -> None:
        toy.post("/count")
        toy.get("/broken")

    with restart(first) as toy:
        toy.post("/count")
        export = toy.http.get(f"{toy.control}/worlds/default/journal.jsonl").content
    recorded = replay.read(export)
    assert [json.loads(line)["kind"] for line in recorded.lines] == ["request", "request", "restarted", "request"]
    assert replay.run(recorded, replay.begin(recorded, {"toy": TOY})) is None


def test_no_thread_is_left(tmp_path: Path) -> None:
    with serve_toy(store=leased(tmp_path / "data")):
        pass
    assert [t.name for t in threading.enumerate() if t.name == "locksim"] == []
