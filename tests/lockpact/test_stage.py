"""A client is driven in a world of its own and in the world's time, and everything it does is recorded."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from lockpact.driving.check import check
from lockpact.driving.logs import captured_logs
from lockpact.driving.stage import CallResult
from lockpact.driving.virtual_time import Deadlock
from lockpact.nuki import PACT
from lockpact.nuki.port import LockState, State
from lockpact.simulators.stage import WorldStage
from lockpact.simulators.world import CallLimitExceeded
from tests.lockpact import clients
from tests.vendor_suites import THOROUGH

SECOND = 1_000_000
EXAMPLES = 30 if THOROUGH else 10


@pytest.fixture
def stage() -> Iterator[WorldStage]:
    stage = WorldStage(PACT, seed=3)
    yield stage
    stage.close()


Drive = Callable[..., CallResult]


@pytest.fixture
def drive(stage: WorldStage) -> Drive:
    """Make a client that knows the token, and let it ask for the state of the first lock."""

    def drive(kind: Any, method: str = "lock_state") -> CallResult:
        made = stage.make(kind, stage.connection(stage.handles.credentials))
        assert made.error is None
        locks = [next(iter(stage.truth().locks))] if method == "lock_state" else []
        return stage.call(getattr(made.result, method), *locks)

    return drive


def test_an_unmodified_client_reaches_the_simulator_at_the_vendors_address(drive: Drive) -> None:
    called = drive(clients.Minimal)
    assert called.error is None
    assert called.result == LockState(State.LOCKED, battery_critical=False)
    assert [(x.path, x.status) for x in called.traffic] == [("/lockState", 200)]


def test_an_hour_of_the_clients_sleep_is_an_hour_of_the_worlds(drive: Drive) -> None:
    called = drive(clients.Sleepy)
    assert called.error is None
    assert called.ended - called.began == 3600 * SECOND
    assert called.traffic[0].began == called.ended


def test_an_async_client_sleeps_on_the_worlds_time_too(drive: Drive) -> None:
    called = drive(clients.Asynchronous)
    assert called.error is None
    assert called.result.state is State.LOCKED
    assert called.ended - called.began == 60 * SECOND


def test_an_async_clients_timeouts_are_on_the_worlds_time(stage: WorldStage, drive: Drive) -> None:
    stage.inject_fault({"kind": "delay", "seconds": 90}, path="/lockState")
    called = drive(clients.Asynchronous)
    assert str(called.error) == "ReadTimeout"
    assert called.ended - called.began == 65 * SECOND
    assert called.traffic[0].broken == "timeout"


def test_a_client_that_is_constructed_again_ends_the_one_before_and_keeps_its_loop(stage: WorldStage) -> None:
    connection = stage.connection(stage.handles.credentials)
    first = stage.make(clients.AtOnce, connection).result
    loop, ended = stage._loop, []
    first.aclose, first.close = None, lambda: ended.append(stage.now())
    second = stage.make(clients.AtOnce, connection).result
    assert second is not first
    assert ended == [stage.now()]
    assert stage._loop is loop


def test_concurrent_requests_of_an_async_client_overlap(stage: WorldStage, drive: Drive) -> None:
    stage.inject_fault({"kind": "delay", "seconds": 2}, path="/lockState")
    reads = [x for x in drive(clients.AtOnce, "refresh").traffic if x.path == "/lockState"]
    assert len(reads) == 3
    assert len({(x.began, x.ended) for x in reads}) == 1
    assert [x.ended - x.began for x in reads] == [2 * SECOND] * 3


def test_a_clients_own_thread_goes_on_while_time_passes(stage: WorldStage) -> None:
    made = stage.make(clients.Poller, stage.connection(stage.handles.credentials))
    stage.pass_time(150)
    assert [after - made.result.polled[0] for after in made.result.polled] == [0, 60, 120]
    assert [x.path for x in stage.world.exchanges] == ["/list"] * 3


def test_a_dead_thread_of_the_client_is_in_its_logs(stage: WorldStage) -> None:
    made = stage.make(clients.Poller, stage.connection({"token": "wrong-one"}))
    stage.pass_time(1)
    called = stage.call(made.result.ask, "/discover/bridges")
    assert [line.partition(" died: ")[2][:17] for line in called.logs if " died: " in line] == ["NukiError: 401 Cl"]


def test_a_client_that_sends_too_many_requests_is_stopped(drive: Drive, stage: WorldStage) -> None:
    stage.inject_fault({"kind": "refuse", "name": "unavailable"})
    called = drive(clients.Frantic)
    assert isinstance(called.error, CallLimitExceeded)
    assert str(called.error) == "this call has sent 100 requests; the run ended it"


def test_a_client_that_never_comes_back_is_stopped_after_a_day(drive: Drive) -> None:
    called = drive(clients.Napping)
    assert str(called.error) == "this call has taken more than a day; the run ended it"


def test_a_client_that_waits_forever_gets_a_deadlock(drive: Drive) -> None:
    assert isinstance(drive(clients.Stuck).error, Deadlock)


@pytest.mark.parametrize(("level", "shown"), [(logging.WARNING, False), (logging.DEBUG, True)])
def test_lines_of_libraries_are_captured_from_the_given_level_on(level: int, shown: bool) -> None:
    stage = WorldStage(PACT, library_logs=level)
    try:
        made = stage.make(clients.Minimal, stage.connection(stage.handles.credentials))
        logs = stage.call(made.result.lock_state, next(iter(stage.truth().locks))).logs
    finally:
        stage.close()
    assert any(line.startswith("urllib3.connectionpool DEBUG") for line in logs) is shown


def test_the_clients_own_lines_are_captured_at_any_level() -> None:
    with captured_logs() as lines:
        logging.getLogger("my_client").debug("mine")
        logging.getLogger("httpx").info("a library's")
        logging.getLogger("httpx").warning("a library's, which everybody sees")
    assert lines == ["my_client DEBUG: mine", "httpx WARNING: a library's, which everybody sees"]


def test_a_library_makes_no_line_that_does_not_count_and_has_its_level_back() -> None:
    library = logging.getLogger("httpx")
    before = library.level
    with captured_logs() as lines:
        assert not library.isEnabledFor(logging.INFO)
        library.setLevel(logging.DEBUG)  # as a client may do
        library.info("a library's")
    assert lines == []
    assert library.level == before


def test_device_actions_belong_to_the_call_during_which_they_happened(stage: WorldStage, drive: Drive) -> None:
    lock = next(iter(stage.truth().locks))
    stage.schedule(5, str(lock), "turn", to="unlocked")
    called = drive(clients.Sleepy)
    assert [(h.action, h.at - called.began) for h in called.events] == [("turn", 5 * SECOND)]
    assert [m.truth.locks[lock].state for m in called.truth_history] == [State.LOCKED, State.UNLOCKED]
    assert called.result.state is State.UNLOCKED


@pytest.mark.parametrize("kind", [clients.Minimal, clients.Poller, clients.Asynchronous, clients.AtOnce])
def test_the_same_seed_gives_the_same_run(kind: Any) -> None:
    def run() -> tuple[list[tuple[str, str, int]], list[str]]:
        report = check(PACT, kind, partial(WorldStage, PACT, seed=1), examples=EXAMPLES, seed=5, shrink=False)
        breaches = [v.breach for v in report.broken if v.breach is not None]
        return [(v.law.id, v.outcome, v.judged) for v in report.verdicts], [b.journal for b in breaches]

    assert run() == run()


def test_a_machine_may_choose_the_server_and_a_pact_what_is_nearby(stage: WorldStage) -> None:
    near = WorldStage(replace(PACT, nearby=lambda stage: ["near", stage.now()]))
    try:
        assert near.connection({}).nearby == ["near", near.now()]
    finally:
        near.close()
    assert stage.connection({}).nearby is None
    stage.server = "server"
    assert stage.connection({}).url == stage.handles.url_of("server")


def test_events_have_the_result_of_a_device_action(stage: WorldStage) -> None:
    lock = next(iter(stage.truth().locks))
    said = stage.act(str(lock), "battery", level="critical")
    assert [h.result for h in stage.world.events if h.action == "battery"] == [said]
