"""A story has no step and no argument that the breach does not need."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from lockpact.core.verdict import Breach
from lockpact.driving.check import check
from lockpact.nuki import PACT
from lockpact.nuki.port import Action, Done, Failed
from lockpact.nuki.reference import Reference
from lockpact.simulators.stage import WorldStage


class Overlooks(Reference):
    """Takes a failure for success."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        try:
            return super().act(lock, action, wait)
        except Failed:
            return Done(completed=True, battery_critical=False)


class Impatient(Reference):
    """Gives the button ten seconds."""

    def authorize(self) -> str | None:
        answer = self._object(self._once("/auth", 10.0))
        return str(answer["token"]) if answer["success"] else None


def breach_of(adapter: Any, law: str, seed: int) -> Breach:
    report = check(PACT, adapter, partial(WorldStage, PACT), examples=60, seed=seed, laws=[law])
    breach = report.verdicts[0].breach
    assert breach is not None
    return breach


@pytest.mark.parametrize("seed", [2, 3])
def test_the_story_of_an_ignored_failure_has_two_steps(seed: int) -> None:
    assert [step.call for step in breach_of(Overlooks, "NK-ACT-1", seed).steps] == ["made", "act"]


@pytest.mark.parametrize("seed", [1, 2])
def test_the_story_of_a_short_timeout_has_two_steps_and_no_other_event(seed: int) -> None:
    steps = breach_of(Impatient, "NK-AUTH-1", seed).steps
    assert [step.call for step in steps] == ["made", "authorize"]
    assert 10 < steps[-1].given["press"] < 30
    assert steps[0].events_before == ()
