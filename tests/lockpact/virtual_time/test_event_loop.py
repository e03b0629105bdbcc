"""The event loop of an async client advances the timeline when no task is ready."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator

import pytest

from lockpact.driving.virtual_time import Deadlock, ThreadScheduler, VirtualEventLoop, virtual_time
from tests.lockpact.virtual_time.manual_timeline import ManualTimeline


@pytest.fixture
def timeline() -> ManualTimeline:
    return ManualTimeline()


@pytest.fixture
def run(timeline: ManualTimeline) -> Iterator[Callable[[Awaitable[object]], object]]:
    with virtual_time():
        scheduler = ThreadScheduler(timeline)
        loop = VirtualEventLoop(scheduler)

        def run_it(awaitable: Awaitable[object]) -> object:
            with scheduler.inside():
                return loop.run_until_complete(awaitable)

        yield run_it
        loop.close()
        scheduler.end()


Run = Callable[[Awaitable[object]], object]


def test_a_day_of_async_sleep_takes_no_real_time(run: Run, timeline: ManualTimeline) -> None:
    run(asyncio.sleep(86_400))
    assert timeline.now() == 86_401_000_000


def test_tasks_wake_at_their_own_times(run: Run) -> None:
    seen: list[tuple[str, float]] = []

    async def wake(name: str, after: float) -> None:
        await asyncio.sleep(after)
        seen.append((name, time.monotonic()))

    async def both() -> None:
        await asyncio.gather(wake("late", 0.3), wake("early", 0.1))

    run(both())
    assert seen == [("early", 1.1), ("late", 1.3)]


def test_a_timeout_ends_on_the_timeline(run: Run, timeline: ManualTimeline) -> None:
    async def impatient() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5):
                await asyncio.Event().wait()

    run(impatient())
    assert timeline.now() == 6_000_000


def test_a_world_event_at_the_same_time_comes_before_the_timeout(run: Run, timeline: ManualTimeline) -> None:
    async def both_at_five() -> object:
        loop = asyncio.get_running_loop()
        answer = loop.create_future()
        timeline.plan(5, lambda: answer.set_result("answered"))
        return await asyncio.wait_for(answer, 5)

    assert run(both_at_five()) == "answered"


def test_work_handed_to_a_thread_is_waited_for_and_may_sleep(run: Run, timeline: ManualTimeline) -> None:
    async def hand_over() -> None:
        await asyncio.to_thread(time.sleep, 7)

    run(hand_over())
    assert timeline.now() == 8_000_000


def test_a_task_that_waits_forever_gets_a_deadlock(run: Run) -> None:
    async def forever() -> None:
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match="nothing can wake it"):
        run(forever())
