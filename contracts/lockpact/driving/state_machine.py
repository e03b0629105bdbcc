"""The state machine that drives a client: Hypothesis chooses the steps, the laws judge them.

    class NukiMachine(PactMachine[NukiPort]):
        @needs("authorize")
        @rule(press=st.none() | st.decimals(0, 31, places=1))
        def authorize(self, press):
            if press is not None:
                self.stage.schedule(press, BRIDGE, "press_button")
            self.do("authorize", given={"press": press})

What the environment does stands in the rules' arguments: so rare conjunctions are reached, and shrink.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from hypothesis import stateful
from hypothesis.strategies import SearchStrategy

from lockpact.core.law import Needs
from lockpact.core.pact import Pact
from lockpact.core.recorded_rule import RecordedRule
from lockpact.core.step import Step
from lockpact.core.verdict import Judge
from lockpact.driving.driver import Driver, implements
from lockpact.driving.stage import Stage
from lockpact.report.story import tell

__all__ = ["PactMachine", "PactRun", "initialize", "needs", "precondition", "rule"]

P = TypeVar("P")
R = TypeVar("R", bound=Callable[..., Any])


def rule(**arguments: SearchStrategy[Any]) -> Callable[[R], R]:
    """Hypothesis's `rule` for a method whose draws are written into the example's script."""
    return lambda method: _recorded(stateful.rule, method, arguments)


def initialize(**arguments: SearchStrategy[Any]) -> Callable[[R], R]:
    """Hypothesis's `initialize`, of the same kind. A machine has one."""
    return lambda method: _recorded(stateful.initialize, method, arguments)


def _recorded(decorate: Callable[..., Any], method: R, arguments: Mapping[str, SearchStrategy[Any]]) -> R:
    @functools.wraps(method)
    def recorded(machine: PactMachine[Any], **drawn: Any) -> None:
        machine.script.append(RecordedRule(method.__name__, drawn))
        method(machine, **drawn)

    marked: R = decorate(**arguments)(recorded)
    marked.strategies = arguments  # type: ignore[attr-defined]  # what a story is made shorter with
    return marked


def precondition(can: Callable[[Any], bool]) -> Callable[[R], R]:
    """Hypothesis's `precondition`, above a `rule`; a script that is played again keeps to it too."""

    def mark(rule: R) -> R:
        marked: R = stateful.precondition(can)(rule)
        marked.strategies = getattr(rule, "strategies", {})  # type: ignore[attr-defined]
        marked.conditions = (*getattr(rule, "conditions", ()), can)  # type: ignore[attr-defined]
        return marked

    return mark


def needs(*methods: str) -> Callable[[R], R]:
    """For a rule: it runs only once the client is made, and only with clients that have these methods."""

    def can(machine: PactMachine[Any]) -> bool:
        focus = machine.pact_run.focus
        if machine.client is None or not (focus is None or focus.intersection(methods)):
            return False
        return all(machine.has(method) for method in methods)

    return precondition(can)


@dataclass
class PactRun:
    """What all examples of a run share: the pact, the adapter, where it is driven, and the judge."""

    pact: Pact
    adapter: Any
    open: Callable[[], Stage]
    """A fresh stage for each example."""
    judge: Judge
    focus: frozenset[str] | None = None
    """Only rules that need one of these methods run (None: all); those that need none always do."""

    @classmethod
    def begin(
        cls,
        pact: Pact,
        adapter: Any,
        open: Callable[[], Stage],
        *,
        sees: Needs = "truth",
        laws: Container[str] | None = None,
        raising: Collection[str] | None = None,
    ) -> PactRun:
        """A new trial of these laws (None: all). `raising`: the ids whose breach ends an example (None: all)."""
        judged = [law for law in pact.laws if laws is None or law.id in laws]
        ids = [law.id for law in judged] if raising is None else raising
        judge = Judge(judged, sees, lambda method: implements(pact, adapter, method), ids, pact.errors)
        return cls(pact, adapter, open, judge)

    def machine(self) -> type[PactMachine[Any]]:
        """The pact's machine, bound to this trial."""
        base = self.pact.machine()
        return type(base.__name__, (base,), {"pact_run": self, "__module__": base.__module__})


class PactMachine(stateful.RuleBasedStateMachine, Generic[P]):
    """See the module. A subclass has the rules; `pact_run` is set by `PactRun.machine()`, or by `against`."""

    pact_run: ClassVar[PactRun]

    def __init__(self) -> None:
        super().__init__()
        self.stage: Any = self.pact_run.open()
        self._driver = Driver(self.pact_run.pact, self.pact_run.adapter, self.stage, self.pact_run.judge)
        self.script = self._driver.script

    @classmethod
    def against(cls, pact: Pact, adapter: Any, *, seed: int = 0) -> type[Self]:
        """This machine, for a test of one's own: `TestMyClient = NukiMachine.against(PACT, MyAdapter).TestCase`."""
        from lockpact.simulators.stage import WorldStage

        run = PactRun.begin(pact, adapter, functools.partial(WorldStage, pact, seed=seed))
        return type(cls.__name__, (cls,), {"pact_run": run, "__module__": cls.__module__})

    @property
    def client(self) -> P | None:
        """The client under test, once it is made."""
        made: P | None = self._driver.client
        return made

    def has(self, method: str) -> bool:
        """Whether the client under test has this method."""
        return self._driver.has(method)

    def make(self, credentials: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Step[Any]:
        """Make the client, with what it knows of its own. A constructor that raises is a step with an error."""
        with self._telling():
            return self._driver.make(credentials, given)

    def do(self, call: str, /, *, given: Mapping[str, Any] | None = None, **arguments: Any) -> Step[Any]:
        """Call the client's method, and let the laws judge. `arguments` go by position; laws and story know them by
        the names that they have here."""
        with self._telling():
            return self._driver.do(call, given or {}, arguments)

    def settle(self) -> None:
        """At the end of each example: faults lifted, everything delivered, and what laws of *eventually* ask.

        A subclass fills this in.
        """

    def teardown(self) -> None:
        """Settle, unless the example was broken off, and close the stage."""
        try:
            if sys.exc_info()[0] is None and self.client is not None:
                self.settle()
        finally:
            self.stage.close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """A breach that is raised brings its story, for whoever prints the exception."""
        try:
            yield
        except AssertionError as broken:
            breach = self.pact_run.judge.latest
            if breach is not None:
                broken.add_note("\n" + tell(breach, self.pact_run.pact.document, self.stage.secrets()))
            raise
