"""How a world applies its inputs: order, ties, refusals, failures."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.inputs import CONNECTION_RESET, Answer, CallerGone, Command, DeviceAction, Request, Restarted, Tick
from locksim.engine.world import WorldCore
from tests.engine.toy import BELL, TOY

SECOND = 1_000_000
START = 1_800_000_000 * SECOND


def begin() -> WorldCore:
    world = WorldCore.begin({"toy": TOY}, start=START)
    world.strict = True
    return world


def get(world: WorldCore, target: str, method: str = "GET", at: int | None = None) -> Request:
    return Request(world.now if at is None else at, "toy", "api", method, target)


def wait(world: WorldCore, seconds: float) -> tuple[int, list[Answer]]:
    entry = world.apply(get(world, f"/wait?seconds={seconds}"))
    assert entry.pending_id is not None
    answers: list[Answer] = []
    world.waiters[entry.pending_id] = answers.append
    return entry.pending_id, answers


def schedule_ring(world: WorldCore, after: float) -> None:
    act = {"vendor": "toy", "device": BELL, "action": "ring"}
    assert world.apply(Command(world.now, "plan", {"after": after, "act": act})).refused is None


def test_an_action_scheduled_for_the_end_of_the_window_is_too_late() -> None:
    world = begin()
    _, answers = wait(world, 30)
    schedule_ring(world, 30)
    world.apply(Tick(START + 30 * SECOND))
    assert answers[0].body == b'{"rang":false}'


def test_an_action_a_microsecond_before_the_end_is_in_time() -> None:
    world = begin()
    _, answers = wait(world, 30)
    schedule_ring(world, 29.999999)
    world.apply(Tick(START + 40 * SECOND))
    assert answers[0].body == b'{"rang":true}'


def test_at_one_instant_timers_come_first_then_scheduled_commands_then_live_inputs() -> None:
    world = begin()
    wait(world, 5)
    schedule_ring(world, 5)
    world.apply(get(world, "/count", at=START + 5 * SECOND))
    kinds = [type(e.input).__name__ for e in world.journal][-3:]
    assert kinds == ["Tick", "DeviceAction", "Request"]
    assert len({e.at for e in list(world.journal)[-3:]}) == 1


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=12), st.integers(1, 10**9))
def test_everything_due_happens_at_its_own_time_and_in_order(dues: list[int], at: int) -> None:
    world = begin()
    for due in dues:
        schedule_ring(world, due / SECOND)
    world.apply(Tick(START + at))
    fired = [e.at - START for e in world.journal if isinstance(e.input, DeviceAction)]
    assert fired == sorted(d for d in dues if d <= at)
    assert world.now == START + at
    left = [d for d in dues if d > at]
    assert world.due() == (START + min(left) if left else None)


def test_an_input_from_the_past_happens_now() -> None:
    world = begin()
    world.apply(Tick(START + SECOND))
    assert world.apply(get(world, "/count", at=START)).at == START + SECOND


def test_a_caller_who_has_gone_gets_no_answer_and_the_turn_goes_on() -> None:
    world = begin()
    pending_id, answers = wait(world, 30)
    world.apply(CallerGone(world.now, pending_id))
    rung = world.apply(DeviceAction(world.now, "toy", BELL, "ring"))
    assert rung.result == {"heard": 0}
    assert rung.resolved == []
    assert answers == []


def test_one_turn_answers_all_pending_requests() -> None:
    world = begin()
    callers = [wait(world, 30) for _ in range(3)]
    entry = world.apply(DeviceAction(world.now, "toy", BELL, "ring"))
    assert [t for t, _ in entry.resolved] == [t for t, _ in callers]
    assert all(answers[0].body == b'{"rang":true}' for _, answers in callers)


def test_a_refused_action_is_journaled_with_status_and_sentence() -> None:
    world = begin()
    world.apply(DeviceAction(world.now, "toy", BELL, "unplug"))
    entry = world.apply(DeviceAction(world.now, "toy", BELL, "ring"))
    assert entry.refused == (409, "the bell is unplugged; plug_in first")
    for act, status, hint in (
        (DeviceAction(world.now, "toy", "back", "ring"), 404, "it has front"),
        (DeviceAction(world.now, "toy", BELL, "kick"), 404, "it has plug_in, ring, unplug"),
        (DeviceAction(world.now, "toy", BELL, "ring", {"times": "two"}), 400, "it takes times"),
        (DeviceAction(world.now, "toy", BELL, "ring", {"loud": True}), 400, "unknown field `loud`"),
        (DeviceAction(world.now, "toy", None, "promote"), 404, "it has reset_count"),
        (DeviceAction(world.now, "nobody", None, "promote"), 404, "there are toy"),
    ):
        refused = world.apply(act).refused
        assert refused is not None
        assert refused[0] == status
        assert hint in refused[1]


def test_a_failed_request_gets_the_vendors_own_5xx_and_changes_nothing() -> None:
    world = begin()
    world.apply(get(world, "/count", "POST"))
    entry = world.apply(get(world, "/broken"))
    assert entry.failed == "RuntimeError: a defect of the toy"
    assert entry.answer is not None
    assert (entry.answer.status, entry.answer.body) == (500, b'{"error":"broken"}')
    counted = world.apply(get(world, "/count")).answer
    assert counted is not None
    assert counted.body == b'{"count":1}'


def test_a_broken_invariant_is_a_failure_and_is_undone() -> None:
    world = begin()
    entry = world.apply(DeviceAction(world.now, "toy", None, "reset_count", {"to": -1}))
    assert entry.failed == "AssertionError: the counter is negative"
    assert entry.refused is not None
    assert entry.refused[0] == 500
    assert world.state("toy").count == 0


def test_a_failed_scheduled_action_is_used_up_and_hangs_up_its_vendors_pending_requests() -> None:
    world = begin()
    _, answers = wait(world, 30)
    act = {"vendor": "toy", "device": None, "action": "reset_count", "args": {"to": -1}}
    world.apply(Command(world.now, "plan", {"after": 1, "act": act}))
    world.apply(Tick(START + 2 * SECOND))
    assert world.scheduled_commands() == []
    assert answers == [CONNECTION_RESET], (
        "a failed turn that serves no request hangs up the pending requests of its vendor"
    )


def test_after_a_restart_no_request_is_pending() -> None:
    world = begin()
    wait(world, 30)
    world.apply(Restarted(world.now))
    assert world.pending_requests() == []
    world.apply(Tick(START + 60 * SECOND))
    assert world.state("toy").waiting == []


def test_a_turn_knows_the_site_of_its_request_even_if_the_request_was_delayed() -> None:
    world = begin()
    for site in ("api", "lan"):
        entry = world.apply(Request(world.now, "toy", site, "GET", "/site"))
        assert entry.answer is not None
        assert entry.answer.body == f'{{"site":"{site}"}}'.encode()
    world.apply(Command(world.now, "fault", {"effect": {"kind": "delay", "seconds": 2, "of": "request"}}))
    entry = world.apply(Request(world.now, "toy", "lan", "GET", "/site"))
    answers: list[Answer] = []
    world.waiters[entry.pending_id or 0] = answers.append
    world.apply(Tick(world.now + 2 * SECOND))
    assert answers[0].body == b'{"site":"lan"}'
