"""A Hypothesis backend that draws every example afresh, from the seed and the example's number alone.

Hypothesis's own generator mutates a few examples many times, and draws constants from the modules that are imported. That
suits finding one bug in one function. Here it would leave laws unexercised, and the same seed would give other runs when
other modules are loaded. A named backend is Hypothesis's documented way to replace the generator.

Since an example depends on no other one, any part of a run can be run alone: one example, or a shard.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any, ClassVar

# Not public API of Hypothesis: a test fails if it moves.
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

__all__ = ["BACKEND", "Examples", "UniformProvider"]

BACKEND = "lockpact-uniform"
"""For `settings(backend=…)`."""


class Examples:
    """The numbered examples of a run. Each is drawn from the seed and its number.

    Hypothesis begins each run with the example in which everything is simplest. That one is number 0, with each seed.
    """

    active: ClassVar[Examples | None] = None
    """The examples that Hypothesis is drawing now."""

    def __init__(self, seed: int, numbers: Iterable[int]) -> None:
        self._seed = seed
        wanted = sorted(set(numbers))
        self.count = len(wanted)
        self.number = 0
        """The number of the example that runs now."""
        self.skipped = 0 not in wanted
        """Whether the example that runs now is not wanted: only the simplest one, which Hypothesis always runs."""
        self._left = deque(wanted[0 if self.skipped else 1 :])
        self.attempt = 0
        """How often this example was rejected, and drawn again."""
        self._valid = True

    @property
    def left(self) -> bool:
        """Whether an example must still be drawn."""
        return bool(self._left) or not self._valid

    @contextmanager
    def drawn(self) -> Iterator[None]:
        """Let the backend draw these examples inside the block."""
        before, Examples.active = Examples.active, self
        try:
            yield
        finally:
            Examples.active = before

    def next(self) -> Random:
        """Go on to the next example, or draw the last one again if it was rejected. Returns its source of random numbers."""
        if self._valid:
            self.number, self.attempt, self.skipped = self._left.popleft(), 0, False
        else:
            self.attempt += 1
        self._valid = False
        return Random(f"{self._seed}/{self.number}/{self.attempt}")  # noqa: S311 - a reproducible choice, no secret

    def accept(self) -> None:
        """Say that the example ran to its end."""
        self._valid = True


class UniformProvider(HypothesisProvider):
    """Draws as Hypothesis does, but never a constant from the imported modules."""

    def __init__(self, conjecturedata: Any, /) -> None:
        super().__init__(conjecturedata)
        if Examples.active is not None:
            self._random = Examples.active.next()

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        # Returning None means: draw a value.
        return


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{UniformProvider.__name__}"
