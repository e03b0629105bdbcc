"""Drive a client through a pact: find which laws it breaks, then the shortest story of each.

1. All laws are judged in every example, and a breach does not end the example. So one broken law hides no other.
2. Each breach is shortened: its script runs again, and now only that law ends an example.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis.reporting import with_reporter
from hypothesis.stateful import run_state_machine_as_test

from lockpact.core.exit_codes import CouldNotRun
from lockpact.core.interruption import report_so_far
from lockpact.core.pact import Pact
from lockpact.core.verdict import Breach, Judge
from lockpact.driving.adapters import check_signatures
from lockpact.driving.shrinking import shorten
from lockpact.driving.stage import EnoughExamples, Stage
from lockpact.driving.state_machine import PactRun
from lockpact.driving.uniform_backend import BACKEND, Examples
from lockpact.driving.virtual_time import virtual_time
from lockpact.report.findings import Report

__all__ = ["check", "drive_focused", "first_breach", "focus_of"]

STEPS = 10
"""Rules that an example runs."""


def check(
    pact: Pact,
    adapter: Any,
    stage: Callable[..., Stage],
    *,
    examples: int = 300,
    seed: int = 0,
    numbers: Sequence[int] | None = None,
    laws: Iterable[str] | None = None,
    shrink: bool = True,
    known: Container[str] = (),
    progress: Callable[[str], None] = lambda _: None,
) -> Report:
    """Drive an adapter's client through the pact.

    Args:
        pact: The pact to check.
        adapter: The adapter class.
        stage: Makes a fresh stage for each example.
        examples: How many examples to run.
        seed: The same seed gives the same run.
        numbers: The numbers of the examples to run, below `examples`. None: all. An example is the same in each run of its seed.
        laws: The ids of the laws to judge. None: all.
        shrink: Whether to shorten the breaches.
        known: The ids of laws whose breaches are not shortened, since one is known.
        progress: Called with a text about what is being done.

    Raises:
        CouldNotRun: The client cannot be constructed, a method has not the port's arguments, all its calls raise unexpected
            errors, or a law id is unknown.
    """
    began = perf_counter()
    wanted = _known_laws(pact, laws)
    check_signatures(adapter, pact)
    numbers = range(examples) if numbers is None else numbers
    with virtual_time():
        progress(f"{len(numbers)} examples")
        run = PactRun.begin(pact, adapter, stage, laws=wanted, raising=())
        judge = run.judge

        def report() -> Report:
            return Report(
                pact.vendor,
                pact.document,
                getattr(adapter, "__qualname__", str(adapter)),
                judge.verdicts(),
                seed,
                len(numbers),
                perf_counter() - began,
                sorted(judge.secrets),
                unlisted=judge.unlisted(),
                of_examples=examples,
            )

        report_so_far(lambda: report().model())
        with suppress(EnoughExamples):
            _explore(run, Examples(seed, numbers))
        _raise_if_unusable(judge)
        for id_ in [law.id for law in judge.laws if law.id in judge.breaches and law.id not in known] if shrink else ():
            progress(f"the shortest story of {id_}")
            begin = partial(PactRun.begin, pact, adapter, stage, laws={id_})
            with suppress(EnoughExamples):
                judge.breaches[id_] = shorten(begin, judge.breaches[id_])
    return report()


def first_breach(
    pact: Pact, adapter: Any, stage: Callable[..., Stage], law: str, *, numbers: Sequence[int], seed: int = 0
) -> Breach | None:
    """Return the first breach of one law, not shortened; None if the examples of these numbers do not break it.

    Only the calls that the law is about are driven, so the examples differ from those of `check`.
    """
    return drive_focused(pact, adapter, stage, focus_of(pact, law), laws={law}, numbers=numbers, seed=seed).get(law)


def focus_of(pact: Pact, law: str) -> frozenset[str] | None:
    """Return the calls that a search for this law alone drives; None: all."""
    return frozenset(pact.law(law).shown_by or pact.law(law).on) or None


def drive_focused(
    pact: Pact,
    adapter: Any,
    stage: Callable[..., Stage],
    focus: frozenset[str] | None,
    *,
    laws: Collection[str] | None = None,
    numbers: Sequence[int],
    seed: int = 0,
) -> Mapping[str, Breach]:
    """Drive only these calls, in the examples of these numbers. Returns the breaches by law.

    With `laws` only these are judged, and the first breach ends the drive.
    """
    with virtual_time():
        run = PactRun.begin(pact, adapter, stage, laws=laws, raising=())
        run.focus, run.first_only = focus, laws is not None
        with suppress(EnoughExamples):
            _explore(run, Examples(seed, numbers))
        return run.judge.breaches


def _known_laws(pact: Pact, laws: Iterable[str] | None) -> set[str]:
    """Return the ids of the laws to judge, and of the implied laws of the calls that they judge."""
    known = {law.id for law in pact.laws}
    implied = {law.id: law for law in pact.port_laws}
    wanted = known if laws is None else set(laws)
    if unknown := sorted(wanted - known - implied.keys()):
        raise CouldNotRun(
            f"the {pact.vendor} pact has no law {', '.join(unknown)}; its laws: {', '.join(sorted(known))}"
        )
    calls = {call for id_ in wanted for call in pact.law(id_).on}
    return wanted | {id_ for id_, law in implied.items() if laws is None or calls.issuperset(law.on)}


def _explore(run: PactRun, examples: Examples) -> None:
    """Run the examples."""
    base = run.pact.machine()
    if _without_the_engine(base):
        from lockpact.driving.drawing import run_examples

        with examples.drawn(), _rarely_collecting():
            run_examples(run.machine(), base, examples, STEPS)
        return
    options = settings(
        max_examples=examples.count,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=False,  # a CI system's profile may set it, but the seed is ours
        backend=BACKEND,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    # Hypothesis would hash the source of a class, for a database that is not there, and that takes longer than an example.
    # A partial has no source.
    machine: Any = partial(run.machine())
    with with_reporter(lambda _: None), examples.drawn(), _rarely_collecting():
        # Hypothesis's own seed draws nothing: each example has one of its own.
        run_state_machine_as_test(seeded(0)(machine), settings=options)


def _without_the_engine(base: type[Any]) -> bool:
    """Return whether the examples of a machine can be run without Hypothesis's engine, which takes much longer."""
    try:
        from lockpact.driving.drawing import can_run
    except ImportError:  # another version of Hypothesis has its internals elsewhere
        return False
    return can_run(base)


@contextmanager
def _rarely_collecting() -> Iterator[None]:
    """Collect garbage more rarely inside. Worlds are many objects, most of which are needed: a tenth of the time went there.

    `gc.freeze` would save a twentieth more. But it also forgets how often the young objects were collected, so a process with
    many short checks would never collect the old ones.
    """
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], 20_000), *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _raise_if_unusable(judge: Judge) -> None:
    """Raise CouldNotRun if no construction or no call succeeded: then the verdicts prove nothing."""
    if judge.constructor_error is not None:
        raise CouldNotRun(
            f"the adapter could not be constructed in any of {judge.calls['made']} examples; "
            f"its constructor raises {judge.constructor_error}"
        )
    calls = sum(count for call, count in judge.calls.items() if call != "made")
    if calls and len(judge.unexpected_errors) == calls:
        raise CouldNotRun(
            f"each of {calls} calls raised an error that the port does not have, for example {judge.unexpected_errors[0]}; "
            "check that the adapter fits its client"
        )
