"""Timers come in the order in which they are due, and one is found wherever it stands."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.scheduler import Scheduler
from locksim.engine.state import ClockMode, WorldState


@given(
    st.lists(st.one_of(st.tuples(st.just("set"), st.integers(0, 9)), st.tuples(st.just("take"), st.integers(0, 12))))
)
def test_it_takes_what_a_search_would_find(steps: list[tuple[str, int]]) -> None:
    state = WorldState(0, 3, 3, "documented", True, ClockMode(), "auto", {}, timers=[], scheduled_commands=[])
    scheduler, expected = Scheduler(state), dict[int, int]()
    for what, number in steps:
        if what == "set":
            expected[scheduler.set_timer(number, "toy", "rings", {})] = max(3, number)
        else:
            taken = scheduler.take_timer(number)
            assert (None if taken is None else taken.due) == expected.pop(number, None)
        assert [(timer.due, timer.id) for timer in state.timers] == sorted((due, id_) for id_, due in expected.items())
