"""Run a machine's examples as Hypothesis does, without Hypothesis's engine.

The engine records each choice and its place in the strategies, to shrink a failure and never to draw the same twice. Here
scripts are shortened instead of choices (`lockpact.driving.shrinking`), and each example is drawn afresh. So nobody reads
that record, and it took up to a quarter of a check.

The strategies are Hypothesis's, and they draw from a `ConjectureData`, whose values `UniformProvider` chooses. So an example
is the same as in Hypothesis's engine: a test compares them. What is used of Hypothesis is not its public API. Where `can_run`
finds that it has moved, `lockpact.driving.check` uses the engine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.control import BuildContext
from hypothesis.errors import InvalidDefinition, StopTest, UnsatisfiedAssumption
from hypothesis.internal.conjecture.choice import ChoiceTemplate, choice_size
from hypothesis.internal.conjecture.data import ConjectureData
from hypothesis.internal.conjecture.engine import BUFFER_SIZE
from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.internal.entropy import deterministic_PRNG
from hypothesis.strategies import SearchStrategy
from hypothesis.strategies._internal.lazy import unwrap_strategies

from lockpact.core.exit_codes import CouldNotRun
from lockpact.driving.uniform_backend import Examples, UniformProvider

__all__ = ["can_run", "run_examples"]

STOP = 2**-16
"""How probably an example ends after a rule, before it has run all its rules."""
ATTEMPTS = 1000
"""How often an example is drawn again because it was rejected."""


class _Draws(ConjectureData):
    """What strategies draw from: it keeps the length of what was drawn, and nothing else. `simplest`: not by chance."""

    def __init__(self, random: Random | None = None, *, simplest: bool = False) -> None:
        super().__init__(
            random=random,
            provider=HypothesisProvider if simplest else UniformProvider,
            prefix=(ChoiceTemplate("simplest", count=None),) if simplest else None,
        )

    def draw(self, strategy: SearchStrategy[Any], label: int | None = None, observe_as: str | None = None) -> Any:
        """Draw a value of a strategy that was validated, or that is part of one."""
        return unwrap_strategies(strategy).do_draw(self)  # type: ignore[no-untyped-call]

    def start_span(self, label: int) -> None:
        """Go one span deeper. Collections ask for the depth, and nobody for the rest of a span."""
        self.depth += 1

    def stop_span(self, *, discard: bool = False) -> None:
        """Go back to the span around."""
        self.depth -= 1

    def freeze(self) -> None:
        """End the draws."""
        self.frozen = True

    def _pooled_constraints(self, choice_type: Any, constraints: Any) -> Any:
        return constraints

    def _draw(self, choice_type: Any, constraints: Any, *, observe: bool, forced: Any) -> Any:
        if forced is not None:
            value = forced
        elif observe and self.prefix is not None:
            value = self._pop_choice(choice_type, constraints, forced=None)
        else:
            value = getattr(self.provider, f"draw_{choice_type}")(**constraints)
        if observe:
            self.length += choice_size(value)
            if self.length > self.max_length:
                self.mark_overrun()
        return value


class _Context(BuildContext):
    """Where strategies find the data. It forgets how the values were built, which only a printed failure would say."""

    def record_call(self, *_: Any, **__: Any) -> None:
        """Record nothing."""


class _Rule:
    """A rule of a machine: its function, the strategies of its arguments, and when it may run."""

    def __init__(self, rule: Any) -> None:
        self.name: str = rule.function.__name__
        self.function: Callable[..., None] = rule.function
        self.strategies: dict[str, SearchStrategy[Any]] = rule.arguments_strategies
        self._preconditions: Sequence[Callable[[Any], bool]] = rule.preconditions
        for strategy in self.strategies.values():
            strategy.validate()

    def may_run(self, machine: Any) -> bool:
        """Return whether all preconditions are met."""
        return all(condition(machine) for condition in self._preconditions)

    def arguments(self, draws: _Draws) -> dict[str, Any]:
        """Draw the arguments."""
        return {name: draws.draw(strategy) for name, strategy in self.strategies.items()}


class _Features:
    """Which rules an example may run: each example disables some, so that the others meet more often.

    They are drawn as Hypothesis draws them (`hypothesis.strategies._internal.featureflags`).
    """

    def __init__(self, draws: _Draws, rules: Sequence[_Rule]) -> None:
        self._draws = draws
        self._probability = draws.draw_integer(0, 254) / 255
        self._disabled: dict[str, bool] = {}
        self._one_of = {rule.name for rule in rules}
        """The last of these is enabled, since all others are not. Empty once one is."""

    def enables(self, name: str) -> bool:
        """Return whether this rule is enabled. That is drawn when it is asked for the first time."""
        last = len(self._one_of) == 1 and name in self._one_of
        disabled = self._draws.draw_boolean(self._probability, forced=False if last else self._disabled.get(name))
        self._disabled[name] = disabled
        if name in self._one_of and not disabled:
            self._one_of.clear()
        self._one_of.discard(name)
        return not disabled


def _choose(draws: _Draws, rules: Sequence[_Rule], allows: Callable[[_Rule], bool]) -> _Rule | None:
    """Choose one of the rules that are allowed, as `sampled_from(rules).filter(allows)` does. Returns None if none is."""
    refused: set[int] = set()
    for _ in range(3):
        index = draws.draw_integer(0, len(rules) - 1)
        if index not in refused:
            if allows(rules[index]):
                return rules[index]
            refused.add(index)
    if len(refused) == len(rules):
        return None
    # How many of the others are allowed is not known yet. If the chosen one is among them, the rest need not be asked.
    chosen = draws.draw_integer(0, len(rules) - len(refused) - 1)
    allowed: list[int] = []
    for index, rule in enumerate(rules):
        if index not in refused and allows(rule):
            allowed.append(index)
            if len(allowed) > chosen:
                break
    else:
        if not allowed:
            return None
        index = draws.choice(allowed)
    draws.draw_integer(0, len(rules) - 1, forced=index)
    return rules[index]


def _allowed(machine: Any, features: _Features, rule: _Rule) -> bool:
    return rule.may_run(machine) and features.enables(rule.name)


@cache
def _rules_of(base: Any) -> tuple[_Rule, SearchStrategy[Any], list[_Rule]]:
    """Return the rule that begins an example, the strategy of its arguments, and all other rules, in Hypothesis's order."""
    state = base.setup_state()
    (first,) = state.initializers
    arguments = st.fixed_dictionaries(first.arguments)
    arguments.validate()
    return (
        _Rule(first),
        arguments,
        sorted(map(_Rule, state.rules), key=lambda rule: (len(rule.strategies), rule.name)),
    )


def _run_example(machine: Any, base: Any, draws: _Draws, steps: int) -> None:
    first, arguments, rules = _rules_of(base)
    draws.hypothesis_runner = machine
    features: _Features | None = None
    taken = 0
    try:
        while True:
            ends = None
            if taken >= steps:
                ends = True
            elif taken == 0:
                ends = False
            elif draws.length > 0.8 * BUFFER_SIZE:
                ends = True  # rather than draw too much, and be rejected
            if draws.draw_boolean(STOP, forced=ends):
                break
            taken += 1
            if taken == 1:
                first.function(machine, **draws.draw(arguments))
                continue
            if features is None:
                features = _Features(draws, rules)
            rule = _choose(draws, rules, partial(_allowed, machine, features))
            if rule is not None:
                rule.function(machine, **rule.arguments(draws))
            elif any(rule.may_run(machine) for rule in rules):
                draws.mark_invalid("all rules that may run are disabled")
            else:
                raise InvalidDefinition(f"no rule of {type(machine).__name__} may run")
    finally:
        machine.teardown()


def run_examples(machine: Callable[[], Any], base: type[Any], examples: Examples, steps: int) -> None:
    """Run the active examples, each on a fresh machine.

    Args:
        machine: Makes a machine.
        base: The class that defines its rules.
        examples: The examples, which are active.
        steps: How many rules an example runs.

    Raises:
        CouldNotRun: An example is rejected whenever it is drawn.
        Exception: What a machine raises.
    """

    def run(draws: _Draws) -> None:
        # The client may use the global random numbers, so they are the same in each example.
        with deterministic_PRNG(), _Context(draws, wrapped_test=_nothing):
            try:
                _run_example(machine(), base, draws, steps)
            except (UnsatisfiedAssumption, StopTest):
                return  # the machine or a strategy rejected the example

    if not examples.skipped:
        run(_Draws(simplest=True))
    while examples.left:
        if examples.attempt > ATTEMPTS:
            raise CouldNotRun(f"example {examples.number} was rejected {ATTEMPTS} times")
        run(_Draws())


def can_run(base: type[Any]) -> bool:
    """Return whether this Hypothesis has what is used here, and this machine nothing else."""
    state = base.setup_state()
    if state.invariants or len(state.initializers) != 1 or any(rule.bundles or rule.targets for rule in state.rules):
        return False
    return _draws_alike()


@cache
def _draws_alike() -> bool:
    """Return whether strategies draw here what they draw in Hypothesis."""
    letters = st.sampled_from("abc")
    drawn = st.tuples(
        st.integers(), st.booleans(), letters.map(str.upper), st.lists(letters, unique=True), st.none() | st.integers(1, 9)
    )  # fmt: skip
    drawn = drawn.filter(lambda values: bool(values[3]))
    try:
        drawn.validate()
        for seed in range(3):
            ours, theirs = _Draws(Random(seed)), ConjectureData(random=Random(seed), provider=UniformProvider)  # noqa: S311 - a check, no secret
            with _Context(ours, wrapped_test=_nothing):
                value = ours.draw(drawn)
            with BuildContext(theirs, wrapped_test=_nothing):
                if (value, ours.length) != (theirs.draw(drawn), theirs.length):
                    return False
    except Exception:  # noqa: BLE001 - whatever has moved, Hypothesis's own engine is there
        return False
    return True


def _nothing() -> None:
    """Stand for the test in a `BuildContext`."""
