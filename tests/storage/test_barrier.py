"""Nothing leaves before it is on disk, and what cannot be written has not happened."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from locksim.engine.inputs import CallerGone, DeviceAction, Request, Tick
from locksim.engine.world import WorldCore
from locksim.server.served_world import ServedWorld
from locksim.server.wall_clock import WallClock
from locksim.storage.group_commit import CommitBarrier, GroupCommit
from locksim.storage.store import Unwritten
from tests.engine.toy import BELL, TOY
from tests.recovery import Moody
from tests.server.receiver import Receiver, receiver
from tests.server.served import ServedToy, serve_toy, until
from tests.storage.stores import Troubled

FULL = "cannot write: No space left on device"


@contextmanager
def troubled(path: Path, **world: str) -> Iterator[tuple[ServedToy, Troubled]]:
    """A served toy in a data folder, and its store."""
    store = Troubled(path / "data")
    with serve_toy(store=store.making(), **{"clock": "manual"} | world) as toy:
        try:
            yield toy, store
        finally:
            store.trouble = None
            store.gate.set()


def asked(toy: ServedToy, target: str, method: str = "POST") -> socket.socket:
    """A request on its way."""
    line = toy.connect()
    line.sendall(
        f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
    )
    return line


def silent(line: socket.socket, seconds: float = 0.2) -> bool:
    """Whether nothing comes."""
    line.settimeout(seconds)
    try:
        return not line.recv(1)
    except TimeoutError:
        return True
    finally:
        line.settimeout(20)


def heard(line: socket.socket) -> bytes:
    with line:
        parts = []
        while part := line.recv(65536):
            parts.append(part)
        return b"".join(parts)


def test_no_answer_leaves_while_its_commit_blocks(tmp_path: Path) -> None:
    with troubled(tmp_path) as (toy, store):
        store.asked.clear()
        store.gate.clear()
        line = asked(toy, "/count")
        assert store.asked.wait(20)
        assert silent(line)
        store.gate.set()
        assert heard(line).endswith(b'{"count":1}')


def test_no_answer_of_the_control_door_leaves_either(tmp_path: Path) -> None:
    with troubled(tmp_path) as (toy, store):
        store.asked.clear()
        store.gate.clear()
        host, port = toy.control.removeprefix("http://").removesuffix("/_sim").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as line:
            line.sendall(
                b"POST /_sim/worlds/default/toy/hardware/front/ring HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            )
            assert store.asked.wait(20)
            assert silent(line)
            store.gate.set()
            assert b'{"heard":0}' in heard(line)


def test_who_waits_is_not_answered_before_the_turn_that_answers_is_on_disk(tmp_path: Path) -> None:
    with troubled(tmp_path) as (toy, store):
        waiting = asked(toy, "/wait?seconds=never", "GET")
        toy.wait_for_pending(1)
        store.asked.clear()
        store.gate.clear()
        ring = asked_control(toy, "/toy/hardware/front/ring")
        assert store.asked.wait(20)
        assert silent(waiting)
        store.gate.set()
        assert heard(waiting).endswith(b'{"rang":true}')
        assert b'{"heard":1}' in heard(ring)


def asked_control(toy: ServedToy, path: str) -> socket.socket:
    host, port = toy.control.removeprefix("http://").removesuffix("/_sim").split(":")
    line = socket.create_connection((host, int(port)), timeout=20)
    line.sendall(f"POST /_sim/worlds/default{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return line


def test_no_delivery_leaves_before_its_intent_is_on_disk(tmp_path: Path) -> None:
    with receiver() as inbox, troubled(tmp_path) as (toy, store):
        toy.post(f"/subscribe?url={inbox.url}")
        store.asked.clear()
        store.gate.clear()
        ring = asked_control(toy, "/toy/hardware/front/ring")
        assert store.asked.wait(20)
        assert silent(ring)
        assert inbox.got == []
        store.gate.set()
        heard(ring)
        until(lambda: len(inbox.got) == 1)


class Shut(CommitBarrier):
    """Nothing is ever safe, until it is opened."""

    pending = True

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def after(self, then: Callable[[], Any], lost: Callable[[str], Any]) -> None:
        self.waiting.append(then)

    def open(self) -> None:
        waiting, self.waiting = self.waiting, []
        for then in waiting:
            then()


def test_the_pump_is_not_even_told_before() -> None:
    """On one loop a commit comes before whatever the pump could begin; this holds for stores that do not block it, too."""

    async def told(inbox: Receiver) -> int:
        barrier = Shut()
        core = WorldCore.begin({"toy": TOY}, start=0)
        live = ServedWorld(core, WallClock(), barrier=barrier)
        live.apply(Request(0, "toy", "api", "POST", f"/subscribe?url={inbox.url}"))
        live.apply(DeviceAction(0, "toy", BELL, "ring"))
        await asyncio.sleep(0.1)
        before = len(inbox.got)
        barrier.open()
        await live.sender.settle()
        assert len(inbox.got) == 1
        live.close()
        return before

    with receiver() as inbox:
        assert asyncio.run(told(inbox)) == 0


def test_an_advance_delivers_nothing_that_could_not_be_written(tmp_path: Path) -> None:
    with receiver() as inbox, troubled(tmp_path) as (toy, store):
        toy.post(f"/subscribe?url={inbox.url}")
        toy.act("ring", after=5)
        store.trouble = FULL
        assert "No space" in toy.sim("POST", "/clock/advance", {"seconds": 10}, status=503)["error"]
        assert inbox.got == []
        store.trouble = None
        toy.sim("POST", "/clock/advance", {"seconds": 10})
        assert len(inbox.got) == 1


def test_what_cannot_be_written_is_the_vendors_5xx_and_leaves_the_world_as_it_was(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with troubled(tmp_path) as (toy, store), caplog.at_level(logging.WARNING, "locksim"):
        toy.post("/count")
        before = toy.sim("GET", "/toy/state"), toy.sim("GET", "/journal")
        store.trouble = FULL
        for _ in range(3):
            refused = toy.post("/count")
            assert (refused.status_code, refused.json()) == (500, {"error": "broken"})
        assert "No space" in toy.sim("POST", "/toy/hardware/front/ring", {}, status=503)["error"]
        assert "No space" in toy.api("POST", "/worlds", {"name": "second"}, status=503)["error"]
        assert "No space" in toy.sim("POST", "/reset", status=503)["error"]
        assert (toy.sim("GET", "/toy/state"), toy.sim("GET", "/journal")) == before
        assert [w["name"] for w in toy.api("GET", "/worlds")["worlds"]] == ["default"]
        store.trouble = None
        assert toy.post("/count").json() == {"count": 2}
        said = [record.getMessage() for record in caplog.records]
        assert [FULL in line for line in said] == [True, False], "once when it begins, once when it is over"
        assert "can be written again" in said[1]


def test_a_request_that_was_to_wait_gets_the_5xx_too(tmp_path: Path) -> None:
    with troubled(tmp_path) as (toy, store):
        store.trouble = FULL
        assert b"500" in heard(asked(toy, "/wait?seconds=never", "GET"))
        store.trouble = None
        toy.wait_for_pending(0)
        assert toy.act("ring") == {"heard": 0}


def test_who_waits_waits_on_when_the_turn_that_answered_could_not_be_written(tmp_path: Path) -> None:
    with troubled(tmp_path) as (toy, store):
        waiting = asked(toy, "/wait?seconds=never", "GET")
        toy.wait_for_pending(1)
        store.trouble = FULL
        toy.sim("POST", "/toy/hardware/front/ring", {}, status=503)
        assert silent(waiting)
        store.trouble = None
        assert toy.act("ring") == {"heard": 1}
        assert heard(waiting).endswith(b'{"rang":true}')


def test_a_caller_who_hangs_up_meanwhile_is_forgotten_when_the_disk_is_back(tmp_path: Path) -> None:
    with troubled(tmp_path) as (toy, store):
        waiting = asked(toy, "/wait?seconds=never", "GET")
        toy.wait_for_pending(1)
        store.trouble = FULL
        waiting.close()
        until(lambda: store.refused > 0)
        store.trouble = None
        toy.wait_for_pending(0)
        until(lambda: [e["kind"] for e in toy.sim("GET", "/journal")["entries"]] == ["request", "gone"])
        assert toy.act("ring") == {"heard": 0}


def test_who_asked_and_hung_up_before_a_failed_commit_was_never_there() -> None:
    """Nothing is owed for a request that has not happened; and the next caller, who gets the same number, keeps it."""

    async def told() -> tuple[list[int], list[str]]:
        store = Moody()
        ledger = GroupCommit(store)
        live = ServedWorld(WorldCore.begin({"toy": TOY}, start=0), WallClock(), barrier=ledger)
        ledger.keep(live)
        live.apply(Request(0, "toy", "api", "GET", "/wait"))
        live.apply(CallerGone(0, 1))
        store.full = True
        with pytest.raises(Unwritten):
            ledger.commit()
        store.full = False
        live.apply(Request(0, "toy", "api", "GET", "/wait"))
        ledger.commit()
        live.apply(Tick(0))
        ledger.commit()
        live.close()
        return [pending_id.id for pending_id in live.core.pending_requests()], [
            type(e.input).__name__ for e in live.journal
        ]

    assert asyncio.run(told()) == ([1], ["Request", "Tick"])


def test_a_delivery_is_not_made_again_because_its_outcome_could_not_be_written(tmp_path: Path) -> None:
    def slowly(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with receiver(slowly) as inbox, troubled(tmp_path) as (toy, store):
        toy.post(f"/subscribe?url={inbox.url}")
        toy.act("ring")
        until(lambda: len(inbox.got) == 1)
        store.trouble = FULL
        inbox.proceed.set()
        until(lambda: store.refused > 1)
        store.trouble = None
        (delivery,) = toy.wait_for_deliveries()
        assert [a["status"] for a in delivery["attempts"]] == [200]
        assert len(inbox.got) == 1


def test_time_goes_on_when_the_disk_does(tmp_path: Path) -> None:
    """What falls due while nothing can be written happens when it can."""
    with troubled(tmp_path, clock="x60") as (toy, store):
        toy.act("ring", after=3)
        store.trouble = FULL
        until(lambda: store.refused > 0)
        assert toy.sim("GET", "/journal")["last"] == 1
        store.trouble = None
        until(lambda: toy.sim("GET", "/toy/state")["rings"] == 1)


def test_one_commit_takes_all_that_came_at_once(tmp_path: Path) -> None:
    with troubled(tmp_path) as (toy, store):
        store.asked.clear()
        store.gate.clear()
        lines = [asked(toy, "/count")]
        assert store.asked.wait(20)
        lines += [asked(toy, "/count") for _ in range(15)]
        store.commits.clear()
        store.gate.set()
        counts = {json.loads(heard(line).rpartition(b"\r\n\r\n")[2])["count"] for line in lines}
        assert counts == set(range(1, 17))
        assert len(store.commits) < 12, "each request was committed by itself"


def test_worlds_are_refused_and_answered_each_by_itself(tmp_path: Path) -> None:
    """A commit holds turns of several worlds; when it fails, all of them go back, and no other."""
    with troubled(tmp_path) as (toy, store):
        toy.api("POST", "/worlds", {"name": "two", "clock": "manual"}, status=201)
        assert toy.post("/~two/count").json() == {"count": 1}
        store.trouble = FULL
        assert toy.post("/~two/count").status_code == 500
        store.trouble = None
        assert toy.post("/count").json() == {"count": 1}
        assert toy.post("/~two/count").json() == {"count": 2}
