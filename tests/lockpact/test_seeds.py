"""The seed alone determines a run, not Hypothesis's profile or the imported modules."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import Phase, settings
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider
from hypothesis.stateful import run_state_machine_as_test

from lockpact.driving.check import check
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


def scripts(examples: Examples) -> dict[int, str]:
    """Return what each of these examples drew."""
    run = PactRun.begin(PACT, Reference, partial(WorldStage, PACT), laws=())
    drawn: dict[int, str] = {}

    class Recorded(run.machine()):  # type: ignore[misc]
        def teardown(self) -> None:
            if self.stage is not None:
                drawn[examples.number] = repr(self.script)
            super().teardown()

    with virtual_time(), examples.drawn():
        run_state_machine_as_test(
            Recorded,
            settings=settings(max_examples=examples.count, backend=BACKEND, database=None, phases=[Phase.generate]),
        )
    return drawn


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
