"""Drive a client through a pact: find which laws it breaks, then the shortest story of each.

1. All laws are judged in every example, and no breach ends one: so one broken law hides no other.
2. Each breach is made as short as it gets by running its script again, now ended by that law alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from time import perf_counter
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis import seed as seeded
from hypothesis.reporting import with_reporter
from hypothesis.stateful import run_state_machine_as_test

from lockpact.core.pact import Pact
from lockpact.core.verdict import Breach, Judge
from lockpact.driving.shrinking import shorten
from lockpact.driving.stage import Stage
from lockpact.driving.state_machine import PactRun
from lockpact.driving.uniform_backend import BACKEND
from lockpact.driving.virtual_time import virtual_time
from lockpact.report.findings import CouldNotRun, Report

__all__ = ["check", "first_breach"]

STEPS = 10
"""Rules that an example runs."""


def check(
    pact: Pact,
    adapter: Any,
    stage: Callable[[], Stage],
    *,
    examples: int = 300,
    seed: int = 0,
    laws: Iterable[str] | None = None,
    shrink: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> Report:
    """Drive an adapter's client through the pact. `stage` makes a fresh stage for each example.

    `laws`: only these ids. `tell` hears what is being done. Raises CouldNotRun when the client cannot be made at all.
    """
    began = perf_counter()
    wanted = _wanted(pact, laws)
    with virtual_time():
        tell(f"{examples} examples")
        trial = PactRun.begin(pact, adapter, stage, laws=wanted, raising=())
        judge = trial.judge
        _explore(trial, examples, seed)
        _made_at_all(judge)
        for id_ in [law.id for law in judge.laws if law.id in judge.breaches] if shrink else ():
            tell(f"the shortest story of {id_}")
            again = partial(PactRun.begin, pact, adapter, stage, laws={id_})
            judge.breaches[id_] = shorten(again, judge.breaches[id_])
    return Report(
        pact.vendor,
        pact.document,
        getattr(adapter, "__qualname__", str(adapter)),
        judge.verdicts(),
        seed,
        examples,
        perf_counter() - began,
        list(judge.unexpected_errors.values()),
        sorted(judge.secrets),
    )


def first_breach(
    pact: Pact, adapter: Any, stage: Callable[[], Stage], law: str, *, examples: int = 300, seed: int = 0
) -> Breach | None:
    """The first breach of one law, as it was met; None when these examples do not break it.

    Only what the law speaks of is driven; so examples are others than `check`'s.
    """
    with virtual_time():
        trial = PactRun.begin(pact, adapter, stage, laws={law})
        trial.focus = frozenset(pact.law(law).shown_by or pact.law(law).on) or None
        with suppress(AssertionError):
            _explore(trial, examples, seed)
        return trial.judge.breaches.get(law)


def _wanted(pact: Pact, laws: Iterable[str] | None) -> set[str]:
    known = {law.id for law in pact.laws}
    wanted = known if laws is None else set(laws)
    if strange := sorted(wanted - known):
        raise CouldNotRun(
            f"the pact with {pact.vendor} has no law {', '.join(strange)}; it has {', '.join(sorted(known))}"
        )
    return wanted


def _explore(trial: PactRun, examples: int, seed: int) -> None:
    """One run of Hypothesis. Raises the first breach that the trial raises."""
    options = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=False,  # a CI system's profile may ask for it; the seed is ours
        backend=BACKEND,
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    with with_reporter(lambda _: None):
        run_state_machine_as_test(seeded(seed)(trial.machine()), settings=options)


def _made_at_all(judge: Judge) -> None:
    """A client that was never made proves nothing, whatever its laws say of that."""
    if judge.never_made is not None:
        raise CouldNotRun(
            f"the adapter could not be made, not once in {judge.calls['made']} examples; "
            f"its constructor raises {judge.never_made}"
        )
    calls = sum(count for call, count in judge.calls.items() if call != "made")
    strange = [surprise for surprise in judge.unexpected_errors.values() if surprise.call != "made"]
    if calls and sum(surprise.count for surprise in strange) == calls:
        raise CouldNotRun(
            f"every one of {calls} calls raised what is none of the port's errors, as {strange[0].call} did "
            f"{strange[0].what}: {strange[0].text}; the adapter seems not to fit its client"
        )
