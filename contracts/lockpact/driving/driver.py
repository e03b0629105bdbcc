"""Drives one client on one stage, and hands each step to the judge."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lockpact.core.pact import Pact
from lockpact.core.recorded_rule import RecordedRule
from lockpact.core.step import Step
from lockpact.core.traffic import Traffic
from lockpact.core.verdict import Judge
from lockpact.driving.stage import CallResult, Stage

__all__ = ["Driver", "implements"]


def implements(pact: Pact, adapter: Any, method: str) -> bool:
    """Whether the adapter has this method of its own (one inherited from the port's Protocol is none)."""
    found = getattr(adapter, method, None)
    return callable(found) and found is not getattr(pact.port, method, None)


class Driver:
    """See the module. `steps` is what has been done; `script` what a machine drew for it."""

    def __init__(self, pact: Pact, adapter: Any, stage: Stage, judge: Judge) -> None:
        self.pact, self.adapter, self.stage, self.judge = pact, adapter, stage, judge
        self.client: Any = None
        self.steps: list[Step[Any]] = []
        self.script: list[RecordedRule] = []

    def has(self, method: str) -> bool:
        """Whether the client has this method."""
        return implements(self.pact, self.adapter, method)

    def make(self, credentials: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Step[Any]:
        """Make the client, with what it knows of its own. A constructor that raises is a step with an error."""
        site = self.stage.connection(credentials)
        before = self.stage.truth()
        called = self.stage.make(self.adapter, site)
        self.client = called.result
        return self._take("made", {"knows": sorted(credentials)}, given or {}, before, called)

    def do(self, call: str, given: Mapping[str, Any], arguments: Mapping[str, Any]) -> Step[Any]:
        """Call the client's method, and let the laws judge. `arguments` go by position; laws and story know them by
        the names that they have here. Raises what the judge raises."""
        before = self.stage.truth()
        called = self.stage.call(getattr(self.client, call), *arguments.values())
        return self._take(call, arguments, given, before, called)

    def _take(
        self, call: str, arguments: Mapping[str, Any], given: Mapping[str, Any], before: Any, called: CallResult
    ) -> Step[Any]:
        step: Step[Any] = Step(
            number=len(self.steps) + 1,
            call=call,
            arguments=dict(arguments),
            given={name: value for name, value in given.items() if value is not None},
            began=called.began,
            ended=called.ended,
            result=called.result,
            error=called.error,
            traffic=Traffic(called.traffic),
            events_before=tuple(called.events_before),
            events=tuple(called.events),
            before=before,
            after=self.stage.truth(),
            truth_history=tuple(called.truth_history),
            logs=tuple(called.logs),
            secrets=tuple(self.stage.secrets()),
            earlier=tuple(self.steps),
        )
        self.steps.append(step)
        self.judge.step(step, self.script, self.stage.journal)
        return step
