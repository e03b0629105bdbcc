"""Managed threads take scheduler: one runs at a time, the seed chooses the next, and time advances when none is ready."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from lockpact.driving.virtual_time import Deadlock, ThreadScheduler, virtual_time
from tests.lockpact.virtual_time.manual_timeline import ManualTimeline


@pytest.fixture(autouse=True)
def _virtual() -> Iterator[None]:
    with virtual_time():
        yield


def run(seed: int, program: Callable[[list[str]], None]) -> tuple[list[str], int]:
    scheduler, said = ThreadScheduler(ManualTimeline(), seed), list[str]()
    with scheduler.inside():
        program(said)
    scheduler.end()
    return said, scheduler.timeline.now()


def three_talkers(said: list[str]) -> None:
    def talk(name: str) -> None:
        for n in range(3):
            said.append(f"{name}{n}")
            time.sleep(0)

    threads = [threading.Thread(target=talk, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_the_same_seed_gives_the_same_order() -> None:
    assert run(7, three_talkers) == run(7, three_talkers)


def test_other_seeds_give_other_orders_and_nothing_is_lost() -> None:
    orders = {tuple(run(seed, three_talkers)[0]) for seed in range(8)}
    assert len(orders) > 3
    assert {tuple(sorted(order)) for order in orders} == {("a0", "a1", "a2", "b0", "b1", "b2", "c0", "c1", "c2")}


def test_sleepers_wake_in_the_order_of_their_times_with_any_seed() -> None:
    def sleepers(said: list[str]) -> None:
        def sleep(seconds: float) -> None:
            time.sleep(seconds)
            said.append(f"{seconds} at {time.monotonic() - 1}")

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(sleep, [30, 10, 20]))

    for seed in range(5):
        said, ended = run(seed, sleepers)
        assert said == ["10 at 10.0", "20 at 20.0", "30 at 30.0"]
        assert ended == 31_000_000


def test_a_lock_is_held_by_one_thread_and_a_waiting_thread_gives_up_its_turn() -> None:
    def holders(said: list[str]) -> None:
        lock = threading.Lock()

        def hold(name: str) -> None:
            with lock:
                said.append(f"{name} in")
                time.sleep(5)
                said.append(f"{name} out")

        threads = [threading.Thread(target=hold, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    said, ended = run(3, holders)
    assert [line.split()[1] for line in said] == ["in", "out", "in", "out"]
    assert ended == 11_000_000


def test_an_rlock_is_entered_again_by_its_holder_and_released_only_by_it() -> None:
    with virtual_time():
        lock = threading.RLock()
        with lock, lock:
            pass
        with pytest.raises(RuntimeError, match="cannot release"):
            lock.release()


def test_a_background_poller_polls_while_its_client_sleeps_and_is_ended_with_the_run() -> None:
    def poller(said: list[str]) -> None:
        def poll() -> None:
            while True:
                said.append("poll")
                time.sleep(60)

        threading.Thread(target=poll).start()
        time.sleep(150)

    said, ended = run(1, poller)
    assert said == ["poll"] * 3
    assert ended == 151_000_000


def test_a_join_with_a_timeout_gives_up_on_the_timeline() -> None:
    def impatient(said: list[str]) -> None:
        thread = threading.Thread(target=lambda: time.sleep(100))
        thread.start()
        thread.join(timeout=10)
        said.append(f"alive: {thread.is_alive()} at {time.monotonic()}")

    assert run(1, impatient)[0] == ["alive: True at 11.0"]


def test_a_client_that_waits_forever_gets_a_deadlock() -> None:
    def stuck(_: list[str]) -> None:
        lock = threading.Lock()
        lock.acquire()
        lock.acquire()

    with pytest.raises(Deadlock, match="nothing can wake it"):
        run(1, stuck)


def test_a_pool_left_open_is_ended_with_the_run() -> None:
    pools = []

    def leaves_it_open(said: list[str]) -> None:
        pool = ThreadPoolExecutor(2)
        pools.append(pool)
        said.append(pool.submit(lambda: "done").result())

    assert run(1, leaves_it_open)[0] == ["done"]
    pools[0].shutdown()


def test_an_exception_ends_only_its_thread_and_is_recorded() -> None:
    def divides(said: list[str]) -> None:
        thread = threading.Thread(target=lambda: 1 // 0, name="divider")
        thread.start()
        thread.join()
        said.append("went on")

    scheduler, said = ThreadScheduler(ManualTimeline()), list[str]()
    with scheduler.inside():
        divides(said)
    assert said == ["went on"]
    assert [(name, type(error)) for name, error in scheduler.died] == [("divider", ZeroDivisionError)]
