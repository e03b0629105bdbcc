"""Storms of faults, absences of the vendor, and the laws about what comes after them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from lockpact.core.connection import Connection
from lockpact.core.law import UNTRIGGERED, convergence, return_to_work
from lockpact.core.pact import ENVIRONMENTS
from lockpact.driving.faults import Absence, Fault, Storm
from lockpact.driving.state_machine import PactRun
from lockpact.driving.virtual_time import virtual_time
from lockpact.nuki import PACT
from lockpact.nuki.machine import NukiMachine
from lockpact.nuki.port import NukiError, Unavailable
from lockpact.nuki.reference import Reference
from lockpact.simulators.stage import WorldStage
from tests.lockpact.toys import exchange, step

CONVERGES = convergence(
    "NK-TEST-1",
    on="believed_state",
    evidence="nothing",
    belief=lambda s: s.result,
    truth=lambda s: s.after.locks[s.arguments["lock"]].state,
)
RETURNS = return_to_work("NK-TEST-2", on=("made", "list_locks", "refresh"), evidence="nothing")
TOY = replace(PACT, laws=(CONVERGES, RETURNS))
STORM = Storm([Fault("unavailable", None), Fault("reset after", None)], ["lose"], rounds=3, seconds=300)


@contextmanager
def driven(adapter: Any, seed: int = 0) -> Iterator[NukiMachine]:
    with virtual_time():
        machine: Any = PactRun.begin(TOY, adapter, partial(WorldStage, TOY, seed=seed)).machine()()
        machine.open(0)
        try:
            yield machine
        finally:
            machine.close()


def start(machine: NukiMachine) -> Any:
    return machine.make(machine.stage.handles.credentials, {"away": True})


def refresh(machine: NukiMachine, **given: Any) -> None:
    machine.do("refresh", given=given)


def survive_a_storm(adapter: Any, seed: int = 0) -> None:
    with driven(adapter, seed) as machine:
        machine.make(machine.stage.handles.credentials)
        lock = next(iter(machine.truth.locks))
        machine.endure(STORM, lambda: machine._device_action(lock, "turn"), lambda: refresh(machine))
        machine.do("believed_state", lock=lock, given={"calm": 5})


class GivesUp(Reference):
    """Does not poll any more once the bridge was unavailable."""

    gone = False

    def refresh(self) -> None:
        if not self.gone:
            try:
                super().refresh()
            except Unavailable:
                self.gone = True


@pytest.mark.parametrize("seed", range(4))
def test_a_client_that_goes_on_polling_shows_the_truth_after_a_storm(seed: int) -> None:
    survive_a_storm(Reference, seed)


def test_a_client_that_gives_up_in_a_storm_breaks_convergence() -> None:
    with pytest.raises(
        AssertionError, match=r"the storm was over 5 minutes ago, State\.\w+ is true, and the client shows"
    ):
        survive_a_storm(GivesUp)


def test_a_storm_affects_only_a_part_of_the_requests_and_ends() -> None:
    with driven(Reference) as machine:
        machine.make(machine.stage.handles.credentials)
        machine.endure(STORM, lambda: None, lambda: refresh(machine))
        steps = machine._driver.steps
        assert any(x.status != 200 for s in steps for x in s.traffic)
        assert any(x.status == 200 for s in steps[:4] for x in s.traffic)
        assert all(x.status == 200 for s in steps[4:] for x in s.traffic)
        assert [effect["kind"] for effect in STORM.effects()] == ["refuse", "reset", "lose"]


def absent(adapter: Any, *, starts: bool, kind: str = "unavailable") -> None:
    with driven(adapter) as machine:
        if not starts:
            machine.make(machine.stage.handles.credentials)
        machine.absence(
            Absence(Fault(kind, None), 600, starts), lambda: start(machine), lambda: refresh(machine, away=True)
        )
        machine.do("list_locks", given={"back": True})


class FailsToStart(Reference):
    """Asks the bridge when it is constructed, and passes on what that raises."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.list_locks()


class DeadAtBirth(Reference):
    """Asks the bridge when it is constructed, and never again if that fails."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.alive = True
        try:
            self.list_locks()
        except NukiError:
            self.alive = False

    def list_locks(self) -> Any:
        if not self.alive:
            raise Unavailable("no bridge was found")
        return super().list_locks()


class Impatient(Reference):
    """Asks an absent bridge without a pause."""

    def refresh(self) -> None:
        for _ in range(25):
            try:
                self._once("/list")
            except NukiError:
                continue


@pytest.mark.parametrize("adapter", [Reference, FailsToStart])
@pytest.mark.parametrize("starts", [True, False])
def test_a_client_that_was_away_from_the_vendor_works_when_it_is_back(adapter: Any, starts: bool) -> None:
    absent(adapter, starts=starts)


def test_a_client_that_never_tries_again_breaks_the_return() -> None:
    absent(DeadAtBirth, starts=False)
    with pytest.raises(
        AssertionError, match="the vendor has been back for a minute, and list_locks raised Unavailable"
    ):
        absent(DeadAtBirth, starts=True)


def test_a_client_that_hammers_an_absent_vendor_breaks_the_return() -> None:
    with pytest.raises(AssertionError, match="the vendor is away, and one refresh sent 25 requests"):
        absent(Impatient, starts=False)


def test_the_laws_judge_only_what_follows_a_storm_or_an_absence() -> None:
    assert CONVERGES(step()) is UNTRIGGERED
    assert RETURNS(step(error=Unavailable("x"), traffic=[exchange()] * 30)) is UNTRIGGERED
    unknown = convergence("X", on="count", evidence="", belief=lambda s: s.result, truth=lambda s: None)
    assert unknown(step(given={"calm": 5})) is UNTRIGGERED


def test_each_example_runs_in_one_of_the_pacts_environments() -> None:
    with virtual_time():
        pact = replace(PACT, environments=ENVIRONMENTS)
        machine: Any = PactRun.begin(pact, Reference, partial(WorldStage, pact)).machine()()
        assert "world" in machine.begin.strategies, "it is drawn, so it is in the script"
        machine.open(3)
        began = machine.stage.now()
        machine.make(machine.stage.handles.credentials)
        try:
            assert machine.stage.world.physics()["clock_drift"] == 3
            assert began == 1774735200 * 1_000_000, "the night in which Europe's clocks change"
            assert (
                machine._driver.steps[0].events_before[0].what == "the world: start 2026-03-28T22:00:00Z, clock_drift 3"
            )
        finally:
            machine.close()
