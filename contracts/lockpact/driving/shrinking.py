"""The shortest script that still breaks a law: found by running it again without a line, and with simpler arguments.

Hypothesis shrinks what it drew; a script is shorter for having been played, not drawn: a line can be left out without
moving what the later ones get. Values still come from Hypothesis, which knows the simplest of each strategy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from lockpact.core.recorded_rule import RecordedRule
from lockpact.core.verdict import Breach
from lockpact.driving.state_machine import PactMachine, PactRun

__all__ = ["replay_script", "shorten"]

PLAYS = 400
"""Times that a script is run again, at most."""
_SEARCH = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def replay_script(machine: type[PactMachine[Any]], script: Sequence[RecordedRule]) -> None:
    """Run a script on a fresh machine. Raises what its rules, or laws that are raised, raise."""
    with_it = machine()
    try:
        for line in script:
            rule = getattr(with_it, line.rule)
            if all(can(with_it) for can in getattr(rule, "conditions", ())):
                rule(**line.arguments)
    except BaseException:
        with_it.stage.close()
        raise
    with_it.teardown()


class _Plays:
    """Runs scripts again, and keeps the shortest breach that it saw."""

    def __init__(self, trial: Callable[[], PactRun], breach: Breach) -> None:
        self._trial = trial
        self.breach = breach
        self.left = PLAYS

    def breaks(self, script: Sequence[RecordedRule]) -> bool:
        """Whether the law is still broken by this script. When plays have run out: no."""
        if self.left <= 0:
            return False
        self.left -= 1
        trial = self._trial()
        try:
            replay_script(trial.machine(), script)
        except AssertionError:
            found = trial.judge.breaches.get(self.breach.law.id)
            if found is not None:
                self.breach = found
                return True
        return False


def shorten(trial: Callable[[], PactRun], breach: Breach) -> Breach:
    """A shorter breach of the same law, or the same one. `trial` begins a new trial that raises this law alone."""
    plays = _Plays(trial, breach)
    if not plays.breaks(breach.script):
        return breach
    machine = trial().pact.machine()
    script = _fewer(plays, list(breach.script))
    for place, line in enumerate(script):
        strategies: Mapping[str, SearchStrategy[Any]] = getattr(machine, line.rule).strategies
        for name, strategy in strategies.items():
            script[place] = _simpler(plays, script, place, name, strategy)
    plays.breaks(_fewer(plays, script))
    return plays.breach


def _fewer(plays: _Plays, script: list[RecordedRule]) -> list[RecordedRule]:
    """Without the lines that it does not take (the first one makes the client, and stays)."""
    place = len(script) - 1
    while place > 0:
        without = script[:place] + script[place + 1 :]
        if plays.breaks(without):
            script = without
        place -= 1
    return script


def _simpler(
    plays: _Plays, script: list[RecordedRule], place: int, name: str, strategy: SearchStrategy[Any]
) -> RecordedRule:
    """The line with the simplest value of one argument that will do."""
    line = script[place]

    def with_value(value: Any) -> RecordedRule:
        return RecordedRule(line.rule, {**line.arguments, name: value})

    def will_do(value: Any) -> bool:
        return plays.breaks([*script[:place], with_value(value), *script[place + 1 :]])

    simplest = find(strategy, lambda _: True, settings=_SEARCH)
    if line.arguments[name] == simplest:
        return line
    if will_do(simplest):
        return with_value(simplest)
    try:
        return with_value(find(strategy, will_do, settings=_SEARCH))
    except NoSuchExample:
        return line
