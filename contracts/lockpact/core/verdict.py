"""Verdicts: the outcome of each law in a run, and the judge that collects them.

    kept            judged at least once, and never broken
    broken          broken at least once; the breach has the story
    not exercised   its condition never occurred
    not covered     the client lacks what it judges, or this way of judging cannot see what it needs

Only the first counts as kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from lockpact.core.law import UNTRIGGERED, Judged, Law, Needs
from lockpact.core.recorded_rule import RecordedRule
from lockpact.core.step import EnvironmentEvent, Step
from lockpact.core.traffic import Traffic

__all__ = ["Breach", "Judge", "Outcome", "Verdict"]

Outcome = Literal["kept", "broken", "not exercised", "not covered"]

_SEES: dict[Needs, tuple[Needs, ...]] = {
    "truth": ("truth", "results", "traffic"),
    "results": ("results", "traffic"),
    "traffic": ("traffic",),
}


@dataclass(frozen=True)
class Breach:
    """A broken law: the steps that break it, and the law's sentence about it."""

    law: Law
    sentence: str
    steps: Sequence[Step[Any]]
    traffic: Traffic
    journal: str = ""
    """The world's journal up to the breach, as JSON lines."""
    script: Sequence[RecordedRule] = ()
    """What the machine had drawn up to the breach."""
    events: Sequence[EnvironmentEvent] = ()
    """What else happened in the world, for a breach without steps."""
    document: str = ""
    """The vendor's document, if it is not that of the whole report."""
    reproduce: str = ""
    """The command that shows this breach again, if it is not that of the whole report."""
    example: int = 0
    """The number of the example that broke it."""

    @property
    def step(self) -> Step[Any] | None:
        """The step at which the law was found broken; None for a law judged by traffic alone."""
        return self.steps[-1] if self.steps else None


@dataclass(frozen=True)
class Verdict:
    """The outcome of one law. `judged` is how often its condition occurred."""

    law: Law
    outcome: Outcome
    judged: int = 0
    breach: Breach | None = None
    why: str = ""


@dataclass
class Judge:
    """Judges steps and traffic, and collects the outcomes of many runs.

    `sees` is what this way of judging can see. `covered` says whether the client has a method. A breach of a law whose id
    is in `raising` is raised as the law raised it; every other breach is only recorded.
    """

    laws: Sequence[Law]
    sees: Needs
    covered: Callable[[str], bool]
    raising: Collection[str] = ()
    errors: type[Exception] = Exception
    on_worlds_time: bool = True
    """Whether the client's clock is the world's. Otherwise laws about time are not judged."""
    scenarios: Collection[frozenset[str]] = ()
    """For each rule of the machine, the methods that it calls."""
    judged: dict[str, int] = field(default_factory=dict)
    breaches: dict[str, Breach] = field(default_factory=dict)
    unexpected_errors: list[str] = field(default_factory=list)
    """What calls raised that is not one of the port's errors."""
    calls: dict[str, int] = field(default_factory=dict)
    """How often each method was called."""
    secrets: set[str] = field(default_factory=set)
    """What no report may show."""
    example: int = 0
    """The number of the example that is judged now."""
    latest: Breach | None = None
    """The breach that was raised last."""
    constructor_error: str | None = None
    """The exception of the client's constructor, as long as no construction has succeeded."""
    _by_call: dict[str, Sequence[Law]] = field(default_factory=dict, repr=False)

    def step(self, step: Step[Any], script: Sequence[RecordedRule] = (), journal: Callable[[], str] = str) -> None:
        """Judge one step by every law about its call, and the traffic so far by the laws of conduct."""
        self.calls[step.call] = self.calls.get(step.call, 0) + 1
        self.secrets.update(step.secrets)
        self._record_error(step)
        steps = (*step.earlier, step)

        def breach(law: Law, sentence: str) -> Breach:
            return Breach(law, sentence, steps, step.traffic, journal(), tuple(script), example=self.example)

        for law in self._laws_about(step.call):
            if law.needs != "traffic":
                self._judge(law, law.judge, step, breach)
            elif len(step.traffic):
                self._judge(law, law.judge, step.all_traffic, breach)

    def _laws_about(self, call: str) -> Sequence[Law]:
        """Return the laws that judge steps of this call, and those of conduct, in their order."""
        if call not in self._by_call:
            self._by_call[call] = [
                law for law in self.laws if law.needs == "traffic" or (call in law.on and law.needs in _SEES[self.sees])
            ]
        return self._by_call[call]

    def traffic(self, traffic: Traffic) -> None:
        """Judge traffic alone, by the laws that traffic suffices for."""
        for law in self.laws:
            if law.of_conduct is not None:
                self._judge(law, law.of_conduct, traffic, lambda law, sentence: Breach(law, sentence, (), traffic))

    def verdicts(self) -> list[Verdict]:
        """Return a verdict for each law, in the order of the laws. An implied law has one only if it is broken."""
        return [self._verdict(law) for law in self.laws if not law.implied or law.id in self.breaches]

    def unlisted(self) -> dict[str, int]:
        """Return how often each implied law was judged that has no verdict."""
        implied = [law.id for law in self.laws if law.implied and law.id not in self.breaches]
        return {id_: self.judged[id_] for id_ in implied if id_ in self.judged}

    def _verdict(self, law: Law) -> Verdict:
        if law.id in self.breaches:
            return Verdict(law, "broken", self.judged.get(law.id, 0), self.breaches[law.id])
        if law.timed and not self.on_worlds_time:
            return Verdict(law, "not covered", why="it is about time, and the client is on the machine's clock")
        if not self._can_see(law):
            return Verdict(law, "not covered", why=f"it needs {_NEEDED[law.needs]}")
        missing = [call for call in law.on if not self.covered(call)]
        if law.on and len(missing) == len(law.on) and self.sees != "traffic":
            return Verdict(law, "not covered", why=f"the client has no {' or '.join(missing)}")
        if not self.judged.get(law.id):
            return Verdict(law, "not exercised", why=self._why_not_exercised(law))
        return Verdict(law, "kept", self.judged[law.id])

    def _why_not_exercised(self, law: Law) -> str:
        called = frozenset(law.on).union(*(calls for calls in self.scenarios if not calls.isdisjoint(law.on)))
        missing = sorted(call for call in called - {"made"} if self.sees != "traffic" and not self.covered(call))
        if not missing:
            return "its condition never occurred"
        return f"its scenario needs {', '.join(f'`{call}`' for call in missing)}, which the client does not have"

    def _can_see(self, law: Law) -> bool:
        return law.needs in _SEES[self.sees] or law.of_conduct is not None

    def _judge(self, law: Law, judge: Callable[[Any], Judged], case: Any, breach: Callable[[Law, str], Breach]) -> None:
        if law.timed and not self.on_worlds_time:
            return
        try:
            if judge(case) is UNTRIGGERED:
                return
        except AssertionError as broken:
            if law.id in self.raising or law.id not in self.breaches:
                self.breaches[law.id] = breach(law, _sentence(broken))
            if law.id in self.raising:
                self.latest = self.breaches[law.id]
                raise
        self.judged[law.id] = self.judged.get(law.id, 0) + 1

    def _record_error(self, step: Step[Any]) -> None:
        if step.call == "made" and (self.calls["made"] == 1 or self.constructor_error is not None):
            self.constructor_error = None if step.error is None else f"{type(step.error).__name__}: {step.error}"
        if step.call != "made" and step.error is not None and not isinstance(step.error, self.errors):
            self.unexpected_errors.append(f"{step.call} raised {type(step.error).__name__}: {step.error}")


_NEEDED: dict[Needs, str] = {
    "truth": "the client's results and the world's truth, which only a simulator in process provides",
    "results": "the client's results, which its traffic does not show",
    "traffic": "traffic",
}


def _sentence(broken: AssertionError) -> str:
    # Pytest's assertion rewriting appends how the values compared, for its own reports.
    return str(broken).partition("\nassert ")[0] or "it is broken"
