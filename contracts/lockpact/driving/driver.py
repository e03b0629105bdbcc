"""Drive one client on one stage: each call becomes a step, which the judge judges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lockpact.core.pact import Pact, RequestFilter
from lockpact.core.recorded_rule import RecordedRule
from lockpact.core.step import Step
from lockpact.core.traffic import Traffic
from lockpact.core.verdict import Judge
from lockpact.driving.stage import CallResult, Stage

__all__ = ["Driver", "LiveCalls", "MissingMethod", "implements"]


class MissingMethod(Exception):
    """The client does not have this method of the port."""


def implements(pact: Pact, adapter: Any, method: str) -> bool:
    """Return whether the adapter defines this method itself. One inherited from the port's Protocol does not count."""
    found = getattr(adapter, method, None)
    return callable(found) and found is not getattr(pact.port, method, None)


class Driver:
    """Calls a client's methods. `steps` is what was done so far; `script` is what a machine drew for it."""

    def __init__(
        self, pact: Pact, adapter: Any, stage: Stage, judge: Judge, script: Sequence[RecordedRule] = ()
    ) -> None:
        self.script = script
        self.pact, self.adapter, self.stage, self.judge = pact, adapter, stage, judge
        self.client: Any = None
        self.steps: list[Step[Any]] = []

    def has(self, method: str) -> bool:
        """Return whether the client has this method."""
        return implements(self.pact, self.adapter, method)

    def make(self, credentials: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Step[Any]:
        """Construct the client with these credentials. If the constructor raises, the step has the error."""
        connection = self.stage.connection(credentials)
        before = self.stage.truth()
        result = self.stage.make(self.adapter, connection)
        self.client = result.result
        return self._take_step("made", {"knows": sorted(credentials)}, given or {}, before, result)

    def do(self, call: str, given: Mapping[str, Any], arguments: Mapping[str, Any]) -> Step[Any]:
        """Call the client's method, and let the laws judge the step.

        The arguments are passed by position. Their names here are those that laws and stories use. A method that the client
        lacks is not called: the step has the error MissingMethod, and no law sees it. Raises what the judge raises.
        """
        if not self.has(call):
            now = self.stage.now()
            return Step(0, call, dict(arguments), dict(given), now, now, None, MissingMethod(call), Traffic())
        before = self.stage.truth()
        result = self.stage.call(getattr(self.client, call), *arguments.values())
        return self._take_step(call, arguments, given, before, result)

    def _take_step(
        self, call: str, arguments: Mapping[str, Any], given: Mapping[str, Any], before: Any, result: CallResult
    ) -> Step[Any]:
        step: Step[Any] = Step(
            number=len(self.steps) + 1,
            call=call,
            arguments=dict(arguments),
            given={name: value for name, value in given.items() if value is not None},
            began=result.began,
            ended=result.ended,
            result=result.result,
            error=result.error,
            traffic=Traffic(result.traffic),
            events_before=tuple(result.events_before),
            events=tuple(result.events),
            before=before,
            after=self.stage.truth(),
            truth_history=tuple(result.truth_history),
            logs=tuple(result.logs),
            secrets=tuple(self.stage.secrets()),
            earlier=tuple(self.steps),
        )
        self.steps.append(step)
        self.judge.step(step, self.script, self.stage.journal)
        return step


class LiveCalls:
    """Calls the client on a live server, where only some operations may be sent.

    do = LiveCalls(driver, allows)
    locks = do("GET /list", "list_locks") or []
    """

    def __init__(self, driver: Driver, allows: RequestFilter) -> None:
        self._driver, self._allows = driver, allows

    def __call__(self, operation: str, call: str, given: Mapping[str, Any] | None = None, **arguments: Any) -> Any:
        """Call the client's method if its operation (`GET /list`, or a path) may be sent.

        Returns the call's result; None if the operation may not be sent.
        """
        method, _, path = operation.rpartition(" ")
        return self._driver.do(call, given or {}, arguments).result if self._allows(path, method or "GET") else None
