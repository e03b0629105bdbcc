"""Nothing leaves a world before it is on disk, and what cannot be written has not happened."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from locksim.engine.inputs import Answer, CallerGone, DeviceAction, Request, Tick
from locksim.engine.world import WorldCore
from locksim.server.served_world import ServedWorld
from locksim.server.wall_clock import WallClock
from locksim.storage import group_commit
from locksim.storage.group_commit import ALONE, Durability, GroupCommit
from locksim.storage.store import Append, Change, Drop, Overtaken, Unresolved, WriteFailed
from tests.engine.toy import BELL, TOY
from tests.needs import POSTGRES
from tests.postgres import fresh_url
from tests.recovery import ListStore
from tests.server.receiver import Receiver, receiver
from tests.server.served import ServedToy, serve_toy, until
from tests.storage.stores import FaultyPostgres, FaultyStore

FULL = "cannot write: No space left on device"


Serve = Callable[..., AbstractContextManager[tuple[ServedToy, Any]]]


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=[pytest.mark.needs(POSTGRES), pytest.mark.xdist_group("postgres")]),
    ]
)
def faulty(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Serve:
    """`with faulty() as (toy, store)`: serve the toy with a store whose commits block or fail."""
    monkeypatch.setattr(group_commit, "RETRY_DELAY", 0.1)  # a second would only be waited for

    @contextmanager
    def serve(**world: str) -> Iterator[tuple[ServedToy, Any]]:
        is_sqlite = request.param == "sqlite"
        store = FaultyStore(tmp_path / "data") if is_sqlite else FaultyPostgres(fresh_url(), "a")
        with serve_toy(store=store.factory(), **{"clock": "manual"} | world) as toy:
            try:
                yield toy, store
            finally:
                store.failure = None
                store.gate.set()

    return serve


def send(toy: ServedToy, target: str, method: str = "POST") -> socket.socket:
    """Send a request, and return its connection."""
    line = toy.connect()
    line.sendall(
        f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode()
    )
    return line


def silent(line: socket.socket, seconds: float = 0.2) -> bool:
    """Return whether nothing arrives."""
    line.settimeout(seconds)
    try:
        return not line.recv(1)
    except TimeoutError:
        return True
    finally:
        line.settimeout(20)


def receive(line: socket.socket) -> bytes:
    with line:
        parts = []
        while part := line.recv(65536):
            parts.append(part)
        return b"".join(parts)


def test_no_answer_leaves_while_its_commit_blocks(faulty: Serve) -> None:
    with faulty() as (toy, store):
        store.asked.clear()
        store.gate.clear()
        line = send(toy, "/count")
        assert store.asked.wait(20)
        assert silent(line)
        store.gate.set()
        assert receive(line).endswith(b'{"count":1}')


def test_no_answer_of_the_control_api_leaves_while_its_commit_blocks(faulty: Serve) -> None:
    with faulty() as (toy, store):
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
            assert b'{"heard":0}' in receive(line)


def test_a_pending_request_is_not_answered_before_its_turn_is_on_disk(faulty: Serve) -> None:
    with faulty() as (toy, store):
        waiting = send(toy, "/wait?seconds=never", "GET")
        toy.wait_for_pending(1)
        store.asked.clear()
        store.gate.clear()
        ring = send_control(toy, "/toy/hardware/front/ring")
        assert store.asked.wait(20)
        assert silent(waiting)
        store.gate.set()
        assert receive(waiting).endswith(b'{"rang":true}')
        assert b'{"heard":1}' in receive(ring)


def send_control(toy: ServedToy, path: str) -> socket.socket:
    host, port = toy.control.removeprefix("http://").removesuffix("/_sim").split(":")
    line = socket.create_connection((host, int(port)), timeout=20)
    line.sendall(f"POST /_sim/worlds/default{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    return line


def test_no_delivery_leaves_before_it_is_on_disk(faulty: Serve) -> None:
    with receiver() as inbox, faulty() as (toy, store):
        toy.post(f"/subscribe?url={inbox.url}")
        store.asked.clear()
        store.gate.clear()
        ring = send_control(toy, "/toy/hardware/front/ring")
        assert store.asked.wait(20)
        assert silent(ring)
        assert inbox.got == []
        store.gate.set()
        receive(ring)
        until(lambda: len(inbox.got) == 1)


class NotYet(Durability):
    """Nothing is safe until `release` is called."""

    pending = True

    def __init__(self) -> None:
        self.waiting: list[Callable[[], Any]] = []

    def when_safe(
        self, then: Callable[[], Any], if_lost: Callable[[WriteFailed], Any], world: str | None = None
    ) -> None:
        self.waiting.append(then)

    def release(self) -> None:
        waiting, self.waiting = self.waiting, []
        for then in waiting:
            then()


def test_the_webhook_sender_is_not_started_before_the_commit() -> None:
    """A commit on the loop always comes first. This test covers commits that do not block the loop."""

    async def received_before_release(inbox: Receiver) -> int:
        barrier = NotYet()
        core = WorldCore.begin({"toy": TOY}, start=0)
        live = ServedWorld(core, WallClock(), barrier=barrier)
        live.apply(Request(0, "toy", "api", "POST", f"/subscribe?url={inbox.url}"))
        live.apply(DeviceAction(0, "toy", BELL, "ring"))
        await asyncio.sleep(0.1)
        before = len(inbox.got)
        barrier.release()
        await live.sender.settle()
        assert len(inbox.got) == 1
        live.close()
        return before

    with receiver() as inbox:
        assert asyncio.run(received_before_release(inbox)) == 0


def test_an_advance_delivers_nothing_that_could_not_be_written(faulty: Serve) -> None:
    with receiver() as inbox, faulty() as (toy, store):
        toy.post(f"/subscribe?url={inbox.url}")
        toy.act("ring", after=5)
        store.failure = FULL
        assert "No space" in toy.sim("POST", "/clock/advance", {"seconds": 10}, status=503)["error"]
        assert inbox.got == []
        store.failure = None
        toy.sim("POST", "/clock/advance", {"seconds": 10})
        assert len(inbox.got) == 1


def test_a_request_that_cannot_be_written_gets_the_vendors_5xx_and_changes_nothing(
    faulty: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    with faulty() as (toy, store), caplog.at_level(logging.WARNING, "locksim"):
        toy.post("/count")
        before = toy.sim("GET", "/toy/state"), toy.sim("GET", "/journal")
        store.failure = FULL
        for _ in range(3):
            refused = toy.post("/count")
            assert (refused.status_code, refused.json()) == (500, {"error": "broken"})
        assert "No space" in toy.sim("POST", "/toy/hardware/front/ring", {}, status=503)["error"]
        assert "No space" in toy.api("POST", "/worlds", {"name": "second"}, status=503)["error"]
        assert "No space" in toy.sim("POST", "/reset", status=503)["error"]
        assert (toy.sim("GET", "/toy/state"), toy.sim("GET", "/journal")) == before
        assert [w["name"] for w in toy.api("GET", "/worlds")["worlds"]] == ["default"]
        store.failure = None
        assert toy.post("/count").json() == {"count": 2}
        lines = [record.getMessage() for record in caplog.records]
        assert [FULL in line for line in lines] == [True, False], "one line when it begins, one when it is over"
        assert "can be written again" in lines[1]


def test_a_pending_request_that_cannot_be_written_gets_the_vendors_5xx(faulty: Serve) -> None:
    with faulty() as (toy, store):
        store.failure = FULL
        assert b"500" in receive(send(toy, "/wait?seconds=never", "GET"))
        store.failure = None
        toy.wait_for_pending(0)
        assert toy.act("ring") == {"heard": 0}


def test_a_request_stays_pending_if_the_turn_that_answered_it_cannot_be_written(faulty: Serve) -> None:
    with faulty() as (toy, store):
        waiting = send(toy, "/wait?seconds=never", "GET")
        toy.wait_for_pending(1)
        store.failure = FULL
        toy.sim("POST", "/toy/hardware/front/ring", {}, status=503)
        assert silent(waiting)
        store.failure = None
        assert toy.act("ring") == {"heard": 1}
        assert receive(waiting).endswith(b'{"rang":true}')


def test_a_caller_who_hung_up_during_a_disk_failure_is_removed_afterwards(faulty: Serve) -> None:
    with faulty() as (toy, store):
        waiting = send(toy, "/wait?seconds=never", "GET")
        toy.wait_for_pending(1)
        store.failure = FULL
        waiting.close()
        until(lambda: store.refused > 0)
        store.failure = None
        toy.wait_for_pending(0)
        until(lambda: [e["kind"] for e in toy.sim("GET", "/journal")["entries"]] == ["request", "gone"])
        assert toy.act("ring") == {"heard": 0}


def test_a_caller_who_came_and_went_before_a_failed_commit_leaves_no_trace() -> None:
    """The hang-up must not be applied later: the next request has the same id."""

    async def pending_and_entries() -> tuple[list[int], list[str]]:
        store = ListStore()
        commits = GroupCommit(store)
        live = ServedWorld(WorldCore.begin({"toy": TOY}, start=0), WallClock(), barrier=commits)
        commits.add_world(live)
        live.apply(Request(0, "toy", "api", "GET", "/wait"))
        live.apply(CallerGone(0, 1))
        store.full = True
        with pytest.raises(WriteFailed):
            commits.commit()
        store.full = False
        live.apply(Request(0, "toy", "api", "GET", "/wait"))
        commits.commit()
        live.apply(Tick(0))
        commits.commit()
        live.close()
        return [request.id for request in live.core.pending_requests()], [type(e.input).__name__ for e in live.journal]

    assert asyncio.run(pending_and_entries()) == ([1], ["Request", "Tick"])


def test_a_delivery_is_not_repeated_if_its_outcome_could_not_be_written(faulty: Serve) -> None:
    def slowly(inbox: Receiver, path: str) -> int:
        inbox.proceed.wait(20)
        return 200

    with receiver(slowly) as inbox, faulty() as (toy, store):
        toy.post(f"/subscribe?url={inbox.url}")
        toy.act("ring")
        until(lambda: len(inbox.got) == 1)
        store.failure = FULL
        inbox.proceed.set()
        until(lambda: store.refused > 1)
        store.failure = None
        (delivery,) = toy.wait_for_deliveries()
        assert [a["status"] for a in delivery["attempts"]] == [200]
        assert len(inbox.got) == 1


def test_time_goes_on_when_the_disk_can_be_written_again(faulty: Serve) -> None:
    """Actions that become due during a disk failure happen afterwards."""
    with faulty(clock="x60") as (toy, store):
        toy.act("ring", after=3)
        store.failure = FULL
        until(lambda: store.refused > 0)
        assert toy.sim("GET", "/journal")["last"] == 1
        store.failure = None
        until(lambda: toy.sim("GET", "/toy/state")["rings"] == 1)


def test_requests_that_arrive_together_share_a_commit(faulty: Serve) -> None:
    with faulty() as (toy, store):
        store.asked.clear()
        store.gate.clear()
        lines = [send(toy, "/count")]
        assert store.asked.wait(20)
        lines += [send(toy, "/count") for _ in range(15)]
        store.commits.clear()
        store.gate.set()
        counts = {json.loads(receive(line).rpartition(b"\r\n\r\n")[2])["count"] for line in lines}
        assert counts == set(range(1, 17))
        assert len(store.commits) < 12, "each request had a commit of its own"


def test_a_failed_commit_affects_only_the_worlds_in_it(faulty: Serve) -> None:
    """When a commit fails, all worlds with turns in it go back, and no other."""
    with faulty() as (toy, store):
        toy.api("POST", "/worlds", {"name": "two", "clock": "manual"}, status=201)
        assert toy.post("/~two/count").json() == {"count": 1}
        store.failure = FULL
        assert toy.post("/~two/count").status_code == 500
        store.failure = None
        assert toy.post("/count").json() == {"count": 1}
        assert toy.post("/~two/count").json() == {"count": 2}


# ---- worlds that another process takes


class TakenStore(ListStore):
    """A store that others share. Worlds in `taken` belong to somebody else."""

    shared = True

    def __init__(self) -> None:
        super().__init__()
        self.taken: set[str] = set()

    def append(self, changes: Sequence[Change]) -> None:
        lost = tuple({change.world for change in changes} & self.taken)
        if lost:
            overtaken = Overtaken("another node has it")
            overtaken.worlds = lost
            raise overtaken
        super().append(changes)


def two_worlds(commits: GroupCommit) -> tuple[ServedWorld, ServedWorld]:
    """Return two worlds that are kept."""

    def make(name: str) -> ServedWorld:
        live = ServedWorld(WorldCore.begin({"toy": TOY}, start=0, name=name), WallClock(), barrier=commits)
        commits.add_world(live)
        return live

    return make("one"), make("two")


def hear(heard: list[str], name: str, why: WriteFailed) -> None:
    heard.append(f"{name}: {why}")


def test_a_world_that_another_process_took_is_forgotten_and_costs_the_others_nothing() -> None:
    async def run() -> tuple[list[str], bool, bool, list[int], list[int]]:
        store, heard = TakenStore(), list[str]()
        commits = GroupCommit(store)
        one, two = two_worlds(commits)
        for live in (one, two):
            live.apply(Request(0, "toy", "api", "POST", "/count"))
            commits.when_safe(
                partial(heard.append, f"{live.name} is safe"),
                partial(hear, heard, live.name),
                live.name,
            )
        store.taken = {"one"}
        lost = commits.commit()
        assert "one" in lost
        assert "two" not in lost
        lost_two = two.closed
        stored = [change for change in store.changes if isinstance(change, Append)]
        two.close()
        of_one, of_two = ([change.n for change in stored if change.world == world] for world in ("one", "two"))
        return heard, one.closed, not lost_two, of_one, of_two

    heard, *rest = asyncio.run(run())
    assert sorted(heard) == ["one: another node has it", "two is safe"]
    assert rest == [True, True, [], [1]]


def test_nothing_more_is_written_of_a_world_that_was_forgotten() -> None:
    async def run() -> list[Change]:
        store = TakenStore()
        commits = GroupCommit(store)
        one, two = two_worlds(commits)
        one.apply(Request(0, "toy", "api", "POST", "/count"))
        store.taken = {"one"}
        commits.commit()
        before = len(store.changes)
        store.taken = set()
        one.apply(Request(0, "toy", "api", "POST", "/count"))
        commits.commit()
        two.close()
        return store.changes[before:]

    assert asyncio.run(run()) == []


def test_a_commit_that_nobody_can_look_for_costs_all_its_worlds_and_no_other() -> None:
    class Unknown(TakenStore):
        unresolved = False

        def append(self, changes: Sequence[Change]) -> None:
            if self.unresolved:
                raise Unresolved("nobody knows")
            super().append(changes)

    async def run() -> tuple[bool, bool, list[str]]:
        store, heard = Unknown(), list[str]()
        commits = GroupCommit(store)
        one, two = two_worlds(commits)
        one.apply(Request(0, "toy", "api", "POST", "/count"))
        commits.when_safe(lambda: heard.append("safe"), lambda why: heard.append(str(why)), "one")
        store.unresolved = True
        with pytest.raises(Unresolved):
            commits.commit()
        state = one.closed, two.closed, heard
        two.close()
        return state

    assert asyncio.run(run()) == (True, False, ["nobody knows"])


def test_a_world_that_another_process_took_cannot_be_dropped_here() -> None:
    async def run() -> list[Change]:
        store = TakenStore()
        commits = GroupCommit(store)
        one, two = two_worlds(commits)
        store.taken = {"one"}
        with pytest.raises(Overtaken):
            commits.remove_world("one")
        assert one.closed
        two.close()
        return [change for change in store.changes if isinstance(change, Drop)]

    assert asyncio.run(run()) == []


# ---- which requests share a commit


class Sizes:
    """A store that notes how many changes each commit has."""

    place = "nowhere"
    shared = False

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def append(self, changes: Sequence[Change]) -> None:
        self.sizes.append(len(changes))


def sizes_after(lone: int) -> list[int]:
    """Return the sizes of the commits of two requests of which one comes a round later, after so many of a lone caller."""
    store = Sizes()

    async def requests() -> None:
        commits = GroupCommit(store)  # type: ignore[arg-type]
        world: Any = SimpleNamespace(world=SimpleNamespace(name="toy"), committed=lambda: None)
        loop = asyncio.get_running_loop()

        def request(safe: asyncio.Future[None]) -> None:
            commits.add_change(world, Append("toy", 1, 0, b""))
            commits.when_safe(partial(safe.set_result, None), safe.set_exception)

        for _ in range(lone):
            safe = loop.create_future()
            request(safe)
            await safe
        store.sizes.clear()
        first, second = loop.create_future(), loop.create_future()
        request(first)
        loop.call_soon(request, second)
        await asyncio.gather(first, second)

    asyncio.run(requests())
    return store.sizes


def test_requests_of_two_rounds_share_a_commit() -> None:
    assert sizes_after(lone=0) == [2]
    assert sizes_after(lone=ALONE - 1) == [2]


def test_a_caller_who_has_been_alone_waits_for_nobody_but_now_and_then() -> None:
    assert sizes_after(lone=ALONE + 1) == [1, 1]
    assert sizes_after(lone=2 * ALONE) == [2]


def test_a_caller_who_has_been_alone_has_its_answer_without_another_round_of_the_loop() -> None:
    """The guard of what a commit costs with one connection: its answer leaves before the request returns."""

    async def run() -> list[bool]:
        commits = GroupCommit(Sizes())  # type: ignore[arg-type]
        world, _ = two_worlds(commits)
        at_once = []
        for _ in range(ALONE + 4):
            answers: list[Answer] = []
            exchange: Any = SimpleNamespace(method="POST", headers=(), body=b"", respond=answers.append)
            world.request(exchange, "toy", "api", "/count")
            at_once.append(bool(answers))
            for _ in range(3):  # rounds of the loop
                await asyncio.sleep(0)
            assert [answer.status for answer in answers] == [200]
        return at_once

    at_once = asyncio.run(run())
    assert not any(at_once[: ALONE - 2])  # the worlds' own first commits count, too
    assert all(at_once[ALONE:])


def test_an_answer_that_leaves_at_once_does_not_leave_without_its_commit() -> None:
    class Full(Sizes):
        full = False

        def append(self, changes: Sequence[Change]) -> None:
            if self.full:
                raise WriteFailed(FULL)
            super().append(changes)

    async def run() -> tuple[list[int], list[int], int]:
        store = Full()
        commits = GroupCommit(store)  # type: ignore[arg-type]
        world, _ = two_worlds(commits)
        statuses: list[int] = []
        for number in range(ALONE + 4):
            store.full = number == ALONE + 2
            exchange: Any = SimpleNamespace(
                method="POST", headers=(), body=b"", respond=lambda answer: statuses.append(answer.status)
            )
            world.request(exchange, "toy", "api", "/count")
            for _ in range(3):  # rounds of the loop
                await asyncio.sleep(0)
        return statuses[:-2], statuses[-2:], world.core.journal.last

    before, after, entries = asyncio.run(run())
    assert set(before) == {200}
    assert after == [500, 200]
    assert entries == ALONE + 3
