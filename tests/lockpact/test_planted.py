"""A mutant counts as killed only if the unmutated reference survives the very same drive."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from lockpact.core.law import Judged, law
from lockpact.core.pact import Pact
from lockpact.core.step import Step
from lockpact.nuki import PACT
from lockpact.nuki.port import LockState
from lockpact.nuki.reference import Reference
from lockpact.simulators.stage import WorldStage
from tests.planted import Mutant, assert_killed


class Dozing(Reference):
    """Says that no battery is critical."""

    def lock_state(self, lock: int) -> LockState:
        return replace(super().lock_state(lock), battery_critical=False)


@law("NK-FALSE-1", "accuses everybody who reads a lock", on="lock_state", evidence="nothing", needs="results")
def accuses_everybody(s: Step[Any]) -> Judged:
    assert not isinstance(s.result, LockState), "it has read a lock"
    return None


def mutant(adapter: Any, law: str, pact: Pact = PACT) -> Mutant:
    return Mutant("dozing", law, "says that no battery is critical", "client", pact, adapter, partial(WorldStage, pact))


def test_a_mutant_is_killed_by_a_law_that_the_reference_keeps() -> None:
    assert_killed(mutant(Dozing, "NK-BATT-1"))


@pytest.mark.parametrize("number", [0, 10_000], ids=["that does not", "of a machine that has changed"])
def test_a_known_kill_that_is_none_costs_time_only(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one = mutant(Dozing, "NK-BATT-1")
    assert one.breach([0]) is None
    monkeypatch.setattr("tests.planted.known_kills", lambda: {"nuki": {"dozing": number}})
    assert_killed(one, at_once=True)
    with pytest.raises(AssertionError, match="NK-BATT-1 does not kill dozing"):
        assert_killed(replace(mutant(Reference, "NK-BATT-1"), examples=5), at_once=True)


def test_the_unmutated_reference_in_the_mutants_place_is_not_killed() -> None:
    with pytest.raises(AssertionError, match="NK-BATT-1 does not kill dozing: says that no battery is critical"):
        assert_killed(replace(mutant(Reference, "NK-BATT-1"), examples=40))


@pytest.mark.parametrize("adapter", [Dozing, Reference])
def test_a_law_that_breaks_the_reference_in_the_same_drive_kills_nobody(adapter: Any) -> None:
    pact = replace(PACT, laws=(accuses_everybody,))
    with pytest.raises(AssertionError, match="and the unmutated reference in the same drive: it has read a lock"):
        assert_killed(mutant(adapter, "NK-FALSE-1", pact))
