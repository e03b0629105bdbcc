"""The seed alone determines a run, not Hypothesis's profile or the imported modules."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, reject, settings
from hypothesis import strategies as st
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.pact import PACTS, Pact, load
from lockpact.driving import drawing
from lockpact.driving.check import STEPS, check
from lockpact.driving.drawing import can_run, run_examples
from lockpact.driving.state_machine import PactRun
from lockpact.driving.uniform_backend import BACKEND, Examples, UniformProvider
from lockpact.driving.virtual_time import virtual_time
from lockpact.nuki import PACT
from lockpact.nuki.reference import Reference
from lockpact.simulators.stage import WorldStage

RUN = """
import sys
from functools import partial
from lockpact.driving.check import check
from lockpact.simulators.stage import WorldStage
from lockpact.nuki import PACT
from lockpact.nuki.reference import Reference
report = check(PACT, Reference, partial(WorldStage, PACT), examples=20, seed=7)
print([verdict.judged for verdict in report.verdicts])
"""


@pytest.fixture(params=[False, True], ids=["as Hypothesis is", "derandomized"])
def _profile(request: pytest.FixtureRequest) -> Iterator[None]:
    before = settings.get_current_profile_name()
    settings.register_profile("of a test", derandomize=request.param, max_examples=3)
    settings.load_profile("of a test")
    yield
    settings.load_profile(before)


def judged(seed: int) -> list[int]:
    report = check(PACT, Reference, partial(WorldStage, PACT), examples=20, seed=seed)
    return [verdict.judged for verdict in report.verdicts]


@pytest.mark.usefixtures("_profile")
def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    assert judged(7) == judged(7)
    assert judged(7) != judged(8)


def test_another_process_with_other_modules_has_the_same_run(tmp_path: object) -> None:
    """Hypothesis draws constants that it reads in the modules of a program; ours does not."""
    said = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True, cwd=str(tmp_path))
    assert said.stdout.strip() == str(judged(7))


def by_hypothesis(machine: type[Any], base: type[Any], examples: Examples) -> None:
    """Run a machine in Hypothesis's own engine."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples.count,
            stateful_step_count=STEPS,
            backend=BACKEND,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )


def without_the_engine(machine: type[Any], base: type[Any], examples: Examples) -> None:
    """Run a machine as `check` does."""
    run_examples(machine, base, examples, STEPS)


def scripts(examples: Examples, run_all: Callable[..., None] = without_the_engine, pact: Pact = PACT) -> dict[int, str]:
    """Return what each of these examples drew."""
    module, _, name = pact.reference.partition(":")
    reference = getattr(import_module(module), name)
    run = PactRun.begin(pact, reference, partial(WorldStage, pact), laws=())
    drawn: dict[int, str] = {}

    class Recorded(run.machine()):  # type: ignore[misc]
        def teardown(self) -> None:
            if self.stage is not None:
                drawn[examples.number] = repr(self.script)
            super().teardown()

    with virtual_time(), examples.drawn():
        run_all(Recorded, pact.machine(), examples)
    return drawn


@pytest.mark.parametrize("vendor", PACTS)
def test_an_example_is_the_same_in_hypothesis_own_engine(vendor: str) -> None:
    """What is drawn depends on the world, too, so equal scripts are whole examples that are equal."""
    pact = load(vendor)
    assert can_run(pact.machine())
    numbers = [0, 21]
    assert scripts(Examples(2, numbers), pact=pact) == scripts(Examples(2, numbers), by_hypothesis, pact)


def test_a_hypothesis_with_other_internals_gives_the_same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def judged_in_few() -> list[int]:
        report = check(PACT, Reference, partial(WorldStage, PACT), examples=4, seed=7)
        return [verdict.judged for verdict in report.verdicts]

    ours = judged_in_few()
    monkeypatch.setattr(drawing, "_draws_alike", lambda: False)
    monkeypatch.delattr(drawing, "run_examples")
    assert judged_in_few() == ours


class Odd(RuleBasedStateMachine):
    """Rejects examples, draws much, has rules that may seldom run, and a strategy that rejects some values."""

    kept: ClassVar[list[list[object]]] = []
    drawn: list[object]

    @initialize(first=st.integers())
    def begin(self, first: int) -> None:
        self.drawn = [first]
        if first % 3 == 1:
            reject()

    @rule(values=st.lists(st.integers(0, 50), unique=True, min_size=2))
    def some(self, values: list[int]) -> None:
        self.drawn.append(values)

    @rule(number=st.integers(2**8_000, 2**16_000))
    def much(self, number: int) -> None:
        self.drawn.append(number)

    @rule(number=st.integers(0, 99).filter(lambda n: n % 7 == 0))
    def odd(self, number: int) -> None:
        self.drawn.append(number)

    @precondition(lambda self: len(self.drawn) > 4)
    @rule()
    def late(self) -> None:
        self.drawn.append("late")

    def teardown(self) -> None:
        if sys.exc_info()[0] is None:
            assert Examples.active is not None
            Examples.active.accept()
            self.kept.append(self.drawn)


def odd(run_all: Callable[..., None]) -> list[list[object]]:
    Odd.kept.clear()
    examples = Examples(1, range(40))
    with examples.drawn():
        run_all(Odd, Odd, examples)
    return [*Odd.kept]


def test_examples_that_are_rejected_or_too_long_are_the_same_in_hypothesis_own_engine() -> None:
    ours = odd(without_the_engine)
    assert ours == odd(by_hypothesis)
    assert len(ours) == 40
    assert any("late" in example for example in ours)
    assert min(map(len, ours)) < STEPS, "one drew so much that it ended early"


class Never(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        reject()

    @rule()
    def nothing(self) -> None: ...


def test_an_example_that_is_always_rejected_ends_the_run() -> None:
    examples = Examples(1, [1, 2])
    with examples.drawn(), pytest.raises(CouldNotRun, match="example 1 was rejected"):
        without_the_engine(Never, Never, examples)


def test_an_example_depends_on_the_seed_and_its_number_alone() -> None:
    whole = scripts(Examples(3, range(9)))
    assert len(set(whole.values())) == 9
    assert scripts(Examples(3, [0, 4, 8])) == {number: whole[number] for number in (0, 4, 8)}
    assert scripts(Examples(3, [7])) == {7: whole[7]}
    assert scripts(Examples(4, [7]))[7] != whole[7]


def test_a_rejected_example_is_drawn_again_under_its_number() -> None:
    examples = Examples(0, [5, 6])
    assert examples.skipped
    first = examples.next().random()
    assert (examples.number, examples.skipped) == (5, False)
    assert examples.next().random() != first
    assert examples.number == 5
    examples.accept()
    examples.next()
    assert examples.number == 6


def test_hypothesis_still_has_the_internals_that_the_backend_uses() -> None:
    assert AVAILABLE_PROVIDERS[BACKEND] == f"{UniformProvider.__module__}.{UniformProvider.__qualname__}"
    assert callable(HypothesisProvider._maybe_draw_constant)
