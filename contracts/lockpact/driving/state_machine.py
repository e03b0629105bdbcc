"""The state machine that drives a client: Hypothesis chooses the steps, and the laws judge them.

    class NukiMachine(PactMachine[NukiPort]):
        @needs("authorize")
        @rule(press=st.none() | st.decimals(0, 31, places=1))
        def authorize(self, press):
            if press is not None:
                self.stage.schedule(press, BRIDGE, "press_button")
            self.do("authorize", given={"press": press})

What the environment does is an argument of the rule. So rare combinations are reached, and shrink.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Collection, Container, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Self, TypeVar

from hypothesis import reject, stateful
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from lockpact.core.law import Needs
from lockpact.core.pact import Pact
from lockpact.core.recorded_rule import RecordedRule
from lockpact.core.step import Step
from lockpact.core.verdict import Judge
from lockpact.driving.driver import Driver, implements
from lockpact.driving.faults import Absence, Fault, Storm
from lockpact.driving.stage import CallResult, EnoughExamples, Stage
from lockpact.driving.uniform_backend import Examples
from lockpact.report.story import render_story

__all__ = ["PactMachine", "PactRun", "initialize", "needs", "precondition", "rule"]

P = TypeVar("P")
R = TypeVar("R", bound=Callable[..., Any])


def rule(**arguments: SearchStrategy[Any]) -> Callable[[R], R]:
    """Decorate a method as Hypothesis's `rule` does, and record its arguments in the example's script."""
    return lambda method: _recorded(stateful.rule, method, arguments)


def initialize(**arguments: SearchStrategy[Any]) -> Callable[[R], R]:
    """Decorate a method as Hypothesis's `initialize` does, and record its arguments. A machine has one.

    The world is drawn, too: `world` is the index of one of the pact's environments. The stage is opened in it before
    the method runs.
    """

    def mark(method: R) -> R:
        @functools.wraps(method)
        def begin(machine: PactMachine[Any], world: int, **drawn: Any) -> None:
            machine.open(world)
            method(machine, **drawn)

        marked: R = _recorded(stateful.initialize, begin, {"world": st.integers(0, 11), **arguments})
        return marked

    return mark


def _recorded(decorate: Callable[..., Any], method: Any, arguments: Mapping[str, SearchStrategy[Any]]) -> Any:
    @functools.wraps(method)
    def recorded(machine: PactMachine[Any], **drawn: Any) -> None:
        machine.script.append(RecordedRule(method.__name__, drawn))
        try:
            method(machine, **drawn)
        except (LookupError, ValueError, TypeError, AttributeError):
            # A rule goes by the truth. A server that is known to differ from it may name what does not exist there.
            if not getattr(machine.stage, "diverged", False):
                raise

    marked = decorate(**arguments)(recorded)
    marked.strategies = arguments  # shrinking needs them
    return marked


def precondition(condition: Callable[[Any], bool]) -> Callable[[R], R]:
    """Decorate a `rule` with Hypothesis's `precondition`. A replayed script respects it too."""

    def mark(rule: R) -> R:
        marked: R = stateful.precondition(condition)(rule)
        marked.strategies = getattr(rule, "strategies", {})  # type: ignore[attr-defined]
        marked.conditions = (*getattr(rule, "conditions", ()), condition)  # type: ignore[attr-defined]
        return marked

    return mark


def needs(*methods: str) -> Callable[[R], R]:
    """Let a rule run once the client is constructed, if the client has at least one of these methods, which the rule calls.

    Calls of methods that the client lacks are skipped (`PactMachine.do`). If a law is not exercised, its report names them.
    """

    def condition(machine: PactMachine[Any]) -> bool:
        focus = machine.pact_run.focus
        if machine.client is None or not (focus is None or focus.intersection(methods)):
            return False
        return any(machine.has(method) for method in methods)

    def mark(rule: R) -> R:
        marked: R = precondition(condition)(rule)
        marked.calls = frozenset(methods)  # type: ignore[attr-defined]
        return marked

    return mark


def _scenarios(machine: type[Any]) -> list[frozenset[str]]:
    """Return the methods that each rule of a machine calls."""
    rules = (getattr(machine, name) for name in dir(machine) if not name.startswith("__"))
    return [rule.calls for rule in rules if isinstance(getattr(rule, "calls", None), frozenset)]


@dataclass
class PactRun:
    """What all examples of a run share: the pact, the adapter, the stages, and the judge."""

    pact: Pact
    adapter: Any
    open: Callable[..., Stage]
    """Makes a fresh stage for each example, with the options of a world."""
    judge: Judge
    focus: frozenset[str] | None = None
    """Only rules that need one of these methods run, and rules that need none. None: all rules run."""
    first_only: bool = False
    """Whether the first breach ends the run."""

    @classmethod
    def begin(
        cls,
        pact: Pact,
        adapter: Any,
        open: Callable[..., Stage],
        *,
        sees: Needs = "truth",
        laws: Container[str] | None = None,
        raising: Collection[str] | None = None,
    ) -> PactRun:
        """Begin a run of these laws (None: all). `raising`: the ids of the laws whose breach ends an example (None: all)."""
        judged = [law for law in (*pact.laws, *pact.port_laws) if laws is None or law.id in laws]
        ids = [law.id for law in judged] if raising is None else raising
        judge = Judge(
            judged,
            sees,
            lambda method: implements(pact, adapter, method),
            ids,
            pact.errors,
            getattr(adapter, "on_worlds_time", True),
            scenarios=_scenarios(pact.machine()),
        )
        return cls(pact, adapter, open, judge)

    def machine(self) -> type[PactMachine[Any]]:
        """Return the pact's machine, bound to this run."""
        base = self.pact.machine()
        return type(base.__name__, (base,), {"pact_run": self, "__module__": base.__module__})


class PactMachine(stateful.RuleBasedStateMachine, Generic[P]):
    """The base of the vendors' machines, which have the rules. `PactRun.machine()` or `against` sets `pact_run`."""

    pact_run: ClassVar[PactRun]

    def __init__(self) -> None:
        super().__init__()
        self.script: list[RecordedRule] = []
        self.stage: Any = None
        self._driver: Driver

    def open(self, world: int) -> None:
        """Open the stage in one of the pact's environments. `world` is its index, counted round."""
        if Examples.active is not None:
            if Examples.active.skipped:
                reject()
            self.pact_run.judge.example = Examples.active.number
        pact = self.pact_run.pact
        options = pact.environments[world % len(pact.environments)]
        self.stage = self.pact_run.open(**options)
        self._driver = Driver(pact, self.pact_run.adapter, self.stage, self.pact_run.judge, self.script)
        if options:
            self.stage.note("the world: " + ", ".join(f"{name} {value}" for name, value in options.items()))

    @classmethod
    def against(cls, pact: Pact, adapter: Any, stage: Callable[..., Stage], *, seed: int = 0) -> type[Self]:
        """Return this machine for a test with settings of your own.

            TestMyClient = NukiMachine.against(PACT, MyAdapter, WorldStage).TestCase

        `stage(pact, seed=seed)` makes a fresh stage for each example.
        """
        run = PactRun.begin(pact, adapter, functools.partial(stage, pact, seed=seed))
        return type(cls.__name__, (cls,), {"pact_run": run, "__module__": cls.__module__})

    @property
    def client(self) -> P | None:
        """The client under test; None until it is constructed."""
        client: P | None = None if self.stage is None else self._driver.client
        return client

    def has(self, method: str) -> bool:
        """Return whether the client under test has this method."""
        return self._driver.has(method)

    def make(self, credentials: Mapping[str, Any], given: Mapping[str, Any] | None = None) -> Step[Any]:
        """Construct the client with these credentials. If the constructor raises, the step has the error."""
        with self._adding_the_story():
            step = self._driver.make(credentials, given)
        self._end_if_enough()
        return step

    def do(self, call: str, /, *, given: Mapping[str, Any] | None = None, **arguments: Any) -> Step[Any]:
        """Call the client's method, and let the laws judge the step. If the client lacks it, the step has a MissingMethod.

        The arguments are passed by position. Their names here are those that laws and stories use.
        """
        with self._adding_the_story():
            step = self._driver.do(call, given or {}, arguments)
        self._end_if_enough()
        return step

    @contextmanager
    def faulty(self, fault: Fault | None, path: str, method: str | None = None, nth: int = 1) -> Iterator[None]:
        """Inject a fault for requests to this path, from the `nth` on, and clear the stage at the end. None: inject nothing."""
        if fault is not None:
            self.stage.inject_fault(fault.effect(), path=path, method=method, times=fault.times, nth=nth)
        try:
            yield
        finally:
            self.stage.clear()

    def endure(self, storm: Storm, happens: Callable[[], None], lives: Callable[[], None], minutes: int = 5) -> None:
        """Let a storm rage and then give the client time in calm. Afterwards ask what it believes, with `calm` in `given`.

            @needs("refresh", "believed_state")
            @rule(storm=storms(("unavailable", "reset after", "slow"), deliveries=True), which=PAIRED)
            def storm(self, storm, which):
                self.endure(storm, lambda: self._turn(which), self._live)
                self.do("believed_state", lock=self._lock(which), given=self._given(None, calm=5))

        `lockpact.core.law.convergence` makes the law about those steps.

        Args:
            storm: Which faults there are, and for how many rounds.
            happens: Changes something in the world that the client should learn of; called once a round.
            lives: Lets the client do what it does regularly, such as `refresh`, and receive what the vendor has sent. Called
                once a round, and once a minute in the calm.
            minutes: How many minutes of the world's time the calm lasts.
        """
        for effect in storm.effects():
            self.stage.inject_fault(effect, probability=0.5)
        for _ in range(storm.rounds):
            happens()
            lives()
            self.stage.pass_time(storm.seconds)
        self.stage.clear()
        self.stage.note("the storm is over")
        for _ in range(minutes):
            self.stage.pass_time(60)
            lives()

    def absence(self, absence: Absence, start: Callable[[], Step[Any] | CallResult], lives: Callable[[], None]) -> None:
        """Take the vendor away for a while, and bring it back. Afterwards call the client with `back` in `given`.

            @needs("list_locks")
            @rule(absence=absences(("reset before", "slow", "unavailable")))
            def away(self, absence):
                self.absence(absence, self._start, lambda: self._do_if("refresh", away=True))
                self.do("list_locks", given=self._given(None, back=True))

        A client that cannot be constructed meanwhile is constructed again when the vendor is back, as its host would do.
        `lockpact.core.law.return_to_work` makes the law about those steps.

        Args:
            absence: How the vendor is away, for how long, and whether the client is constructed meanwhile.
            start: Constructs the client (`self.make`), and returns the step, or the result of the call.
            lives: Lets the client do what it does regularly. Called when the vendor goes, and again before it is back.
        """
        self.stage.note(f"the vendor is away for {absence.minutes} min")
        self.stage.inject_fault(absence.fault.effect())
        failed = absence.starts and start().error is not None
        if not failed:
            lives()
        self.stage.pass_time(absence.minutes * 60)
        if not failed:
            lives()
        self.stage.clear()
        self.stage.note("the vendor is back")
        self.stage.pass_time(60)
        if failed:
            start()

    def settle(self) -> None:
        """End an example: remove faults, deliver what is pending, and check what laws require *eventually*.

        Subclasses override it.
        """

    def teardown(self) -> None:
        """Settle, unless the example has failed, and close the stage."""
        try:
            if sys.exc_info()[0] is None:
                if self.client is not None:
                    self.settle()
                if Examples.active is not None:
                    Examples.active.accept()
        finally:
            self.close()

    def close(self) -> None:
        """Close the stage, if it was opened."""
        if self.stage is not None:
            self.stage.close()

    def _end_if_enough(self) -> None:
        if self.pact_run.first_only and self.pact_run.judge.breaches:
            raise EnoughExamples

    @contextmanager
    def _adding_the_story(self) -> Iterator[None]:
        """Add the story to a breach that is raised, for whoever prints the exception."""
        try:
            yield
        except AssertionError as broken:
            breach = self.pact_run.judge.latest
            if breach is not None:
                broken.add_note("\n" + render_story(breach, self.pact_run.pact.document, self.stage.secrets()))
            raise
