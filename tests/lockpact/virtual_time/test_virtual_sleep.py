"""A client's sleeps and clocks follow the timeline while it is driven, and the machine's clock otherwise."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator

import pytest

from lockpact.driving.virtual_time import ThreadScheduler, virtual_time
from tests.lockpact.virtual_time.manual_timeline import ManualTimeline


@pytest.fixture
def scheduler() -> Iterator[ThreadScheduler]:
    with virtual_time():
        yield ThreadScheduler(ManualTimeline())


def test_an_hour_of_sleep_takes_an_hour_of_the_timeline(scheduler: ThreadScheduler) -> None:
    with scheduler.inside():
        time.sleep(3600)
    assert scheduler.timeline.now() == 3_601_000_000


@pytest.mark.parametrize("clock", ["time", "monotonic", "perf_counter"])
def test_every_clock_advances_by_what_was_slept(scheduler: ThreadScheduler, clock: str) -> None:
    with scheduler.inside():
        before, before_ns = getattr(time, clock)(), getattr(time, clock + "_ns")()
        time.sleep(12.5)
        assert getattr(time, clock)() - before == 12.5
        assert getattr(time, clock + "_ns")() - before_ns == 12_500_000_000


def test_a_clock_that_is_ahead_shows_another_time_of_day_and_measures_the_same(scheduler: ThreadScheduler) -> None:
    scheduler.clock_ahead = 75_000_000
    with scheduler.inside():
        began = time.monotonic(), time.perf_counter()
        assert (time.time(), time.time_ns()) == (76.0, 76_000_000_000)
        time.sleep(10)
        assert time.time() == 86.0
        assert (time.monotonic() - began[0], time.perf_counter() - began[1]) == (10.0, 10.0)


def test_outside_of_the_client_the_machines_clock_is_used(scheduler: ThreadScheduler) -> None:
    assert time.time() > 1_000_000_000
    with scheduler.inside():
        assert time.time() == 1.0
    assert time.time() > 1_000_000_000


def test_a_scheduled_event_happens_at_its_time_during_a_sleep(scheduler: ThreadScheduler) -> None:
    assert isinstance(scheduler.timeline, ManualTimeline)
    seen: list[float] = []
    scheduler.timeline.plan(2, lambda: seen.append(scheduler.timeline.now() / 1e6))
    with scheduler.inside():
        time.sleep(10)
    assert seen == [3.0]
    assert scheduler.timeline.now() == 11_000_000


def test_a_negative_sleep_is_refused_as_ever(scheduler: ThreadScheduler) -> None:
    with scheduler.inside(), pytest.raises(ValueError, match="non-negative"):
        time.sleep(-1)


def test_an_event_is_waited_for_on_the_timeline(scheduler: ThreadScheduler) -> None:
    with scheduler.inside():
        assert not threading.Event().wait(30)
    assert scheduler.timeline.now() == 31_000_000


def test_a_queue_is_waited_for_on_the_timeline(scheduler: ThreadScheduler) -> None:
    with scheduler.inside(), pytest.raises(queue.Empty):
        queue.Queue[int]().get(timeout=30)
    assert scheduler.timeline.now() == 31_000_000


def test_all_patches_are_removed_at_the_end() -> None:
    before = (time.sleep, time.monotonic, threading.Lock, threading.RLock, threading.Thread.start, queue.SimpleQueue)
    with virtual_time(), virtual_time():
        assert time.sleep is not before[0]
    assert before == (
        time.sleep,
        time.monotonic,
        threading.Lock,
        threading.RLock,
        threading.Thread.start,
        queue.SimpleQueue,
    )
