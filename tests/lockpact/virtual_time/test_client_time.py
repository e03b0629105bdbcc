"""`with world.time():` and the fixture `lock_time` put a client on the world's time."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
import time
import types
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from lockpact.driving.virtual_time import Deadlock
from locksim.inprocess.world import VendorHandle, World
from locksim.nuki.seed import BRIDGE

DAY = 86_400
NAMES = ["time", "monotonic", "perf_counter", "sleep", "time_ns"]


@pytest.fixture
def world() -> World:
    return World(vendors=["nuki"])


@pytest.fixture
def site(world: World) -> VendorHandle:
    return world.site("nuki")


def seconds(world: World) -> float:
    return world.core.now / 1_000_000


def test_a_sleep_moves_the_worlds_time_and_takes_none_of_ours(world: World) -> None:
    began, real = seconds(world), time.monotonic()
    with world.time() as clock:
        assert time.time() == began
        time.sleep(DAY)
        assert time.time() == began + DAY
        assert clock.now == world.clock.now
    assert seconds(world) == began + DAY
    assert time.monotonic() - real < DAY / 2


def test_what_is_due_happens_during_a_sleep(world: World, site: VendorHandle) -> None:
    site.hardware[BRIDGE].press_button(after=10)
    with world.time():
        time.sleep(9)
        assert not [entry for entry in world.journal.entries() if getattr(entry.input, "action", "") == "press_button"]
        time.sleep(1)
        assert [entry for entry in world.journal.entries() if getattr(entry.input, "action", "") == "press_button"]


def test_names_bound_before_follow_too_and_are_put_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = types.ModuleType("a_client")
    vars(client).update({name: getattr(time, name) for name in NAMES})
    monkeypatch.setitem(sys.modules, "a_client", client)
    before = [vars(client)[name] for name in NAMES]
    with world.time():
        client.sleep(5)
        assert client.time() == seconds(world)
    assert [vars(client)[name] for name in NAMES] == before
    assert [getattr(time, name) for name in NAMES] == before


def test_threads_sleep_at_the_same_time(world: World) -> None:
    began = seconds(world)
    woken = []

    def nap(length: int) -> None:
        time.sleep(length)
        woken.append((length, seconds(world) - began))

    with world.time():
        threads = [threading.Thread(target=nap, args=(length,)) for length in (30, 10, 20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert woken == [(10, 10.0), (20, 20.0), (30, 30.0)]


def work(done: queue.Queue[str]) -> None:
    time.sleep(60)
    done.put("done")


def test_a_pool_and_a_queue_wait_in_the_worlds_time(world: World) -> None:
    began = seconds(world)
    with world.time(), ThreadPoolExecutor(2) as pool:
        done: queue.Queue[str] = queue.Queue()
        pool.submit(work, done)
        with pytest.raises(queue.Empty):
            done.get(timeout=59)
        assert done.get(timeout=2) == "done"
    assert seconds(world) == began + 60


def test_asyncio_run_uses_the_worlds_time(world: World) -> None:
    async def client() -> float:
        await asyncio.gather(asyncio.sleep(DAY), asyncio.sleep(5))
        return asyncio.get_running_loop().time()

    began = seconds(world)
    with world.time():
        assert asyncio.run(client()) == DAY
    assert seconds(world) == began + DAY


def test_the_testers_advance_lets_threads_run_at_their_own_times(world: World) -> None:
    began = seconds(world)
    polled = []

    def poll() -> None:
        while True:
            polled.append(seconds(world) - began)
            time.sleep(10)

    with world.time() as clock:
        threading.Thread(target=poll).start()
        clock.advance(25)
        assert polled == [0.0, 10.0, 20.0]


def test_a_thread_that_still_waits_is_ended_with_the_block(world: World) -> None:
    with world.time():
        thread = threading.Thread(target=time.sleep, args=(10 * DAY,))
        thread.start()
        time.sleep(1)
        assert thread.is_alive()
    thread.join(10)
    assert not thread.is_alive()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_dies_is_reported_as_python_does(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    reported = []
    monkeypatch.setattr(threading, "excepthook", lambda args: reported.append(args.exc_value))
    with world.time():
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    assert [type(error) for error in reported] == [ZeroDivisionError]


@pytest.mark.parametrize("wait", [9.0, 11.0])
def test_a_request_that_waits_lets_other_threads_run(world: World, site: VendorHandle, wait: float) -> None:
    def press() -> None:
        time.sleep(10)
        site.hardware[BRIDGE].press_button()

    with world.time(), httpx.Client(transport=site.transport, base_url=site.url) as client:
        threading.Thread(target=press).start()
        if wait < 10:
            with pytest.raises(httpx.ReadTimeout):
                client.get("/auth", timeout=wait)
        else:
            assert client.get("/auth", timeout=wait).json()["success"]


def test_an_async_request_waits_on_the_same_time_as_other_tasks(world: World, site: VendorHandle) -> None:
    async def press() -> None:
        await asyncio.sleep(10)
        site.hardware[BRIDGE].press_button()

    async def client() -> tuple[bool, float]:
        task = asyncio.create_task(press())
        async with httpx.AsyncClient(transport=site.async_transport, base_url=site.url) as http:
            answer = (await http.get("/auth", timeout=11)).json()
        await task
        return answer["success"], asyncio.get_running_loop().time()

    with world.time():
        assert asyncio.run(client()) == (True, 10.0)


def test_waiting_for_what_nothing_will_bring_is_reported(world: World) -> None:
    with world.time(), pytest.raises(Deadlock):
        threading.Event().wait()


def test_without_it_the_client_sleeps_for_real(world: World) -> None:
    before, real = world.clock.now, time.monotonic()
    time.sleep(0.01)
    assert world.clock.now == before
    assert time.monotonic() - real >= 0.01


def test_the_fixture_does_the_same(lock_time: object, lock_world: World) -> None:
    began = seconds(lock_world)
    time.sleep(DAY)
    assert seconds(lock_world) == time.time() == began + DAY
