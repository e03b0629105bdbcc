"""Find the shortest script that still breaks a law, by running it again without a line or with simpler arguments.

Hypothesis would shrink the values that it drew. Here the script is replayed instead of drawn, so a line can be removed
without changing the values of later lines. Simpler values still come from Hypothesis.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

from lockpact.core.recorded_rule import RecordedRule
from lockpact.core.verdict import Breach
from lockpact.driving.state_machine import PactMachine, PactRun

__all__ = ["replay_script", "shorten"]

REPLAYS = 400
"""How often a script is run again, at most."""
_SEARCH = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    verbosity=Verbosity.quiet,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)


def replay_script(machine_class: type[PactMachine[Any]], script: Sequence[RecordedRule]) -> None:
    """Run a script on a fresh machine. Raises what its rules and raising laws raise."""
    machine = machine_class()
    try:
        for line in script:
            rule = getattr(machine, line.rule)
            if all(condition(machine) for condition in getattr(rule, "conditions", ())):
                rule(**line.arguments)
    except BaseException:
        machine.close()
        raise
    machine.teardown()


class _Replays:
    """Replays scripts, and keeps the shortest breach that it saw."""

    def __init__(self, begin: Callable[[], PactRun], breach: Breach) -> None:
        self._begin = begin
        self.breach = breach
        self.left = REPLAYS

    def breaks(self, script: Sequence[RecordedRule]) -> bool:
        """Return whether this script breaks the law. Returns False when no replays are left."""
        if self.left <= 0:
            return False
        self.left -= 1
        run = self._begin()
        try:
            replay_script(run.machine(), script)
        except AssertionError:
            breach = run.judge.breaches.get(self.breach.law.id)
            if breach is not None:
                self.breach = replace(breach, example=self.breach.example)
                return True
        return False


def shorten(begin: Callable[[], PactRun], breach: Breach) -> Breach:
    """Return a shorter breach of the same law, or the same one. `begin` begins a run that raises only this law."""
    replays = _Replays(begin, breach)
    if not replays.breaks(breach.script):
        return breach
    machine = begin().pact.machine()
    script = _without_needless_lines(replays, list(breach.script))
    for index, line in enumerate(script):
        strategies: Mapping[str, SearchStrategy[Any]] = getattr(machine, line.rule).strategies
        for name, strategy in strategies.items():
            script[index] = _simplified(replays, script, index, name, strategy)
    replays.breaks(_without_needless_lines(replays, script))
    return replays.breach


def _without_needless_lines(replays: _Replays, script: list[RecordedRule]) -> list[RecordedRule]:
    index = len(script) - 1
    while index > 0:  # line 0 constructs the client
        shorter = script[:index] + script[index + 1 :]
        if replays.breaks(shorter):
            script = shorter
        index -= 1
    return script


def _simplified(
    replays: _Replays, script: list[RecordedRule], index: int, name: str, strategy: SearchStrategy[Any]
) -> RecordedRule:
    """Return the line with the simplest value of one argument with which the script still breaks the law."""
    line = script[index]

    def with_value(value: Any) -> RecordedRule:
        return RecordedRule(line.rule, {**line.arguments, name: value})

    def suffices(value: Any) -> bool:
        return replays.breaks([*script[:index], with_value(value), *script[index + 1 :]])

    simplest = find(strategy, lambda _: True, settings=_SEARCH)
    if line.arguments[name] == simplest:
        return line
    if suffices(simplest):
        return with_value(simplest)
    try:
        return with_value(find(strategy, suffices, settings=_SEARCH))
    except NoSuchExample:
        return line
