"""A Hypothesis backend that draws every example afresh, from the seed alone.

Hypothesis's own generator mutates a few examples many times, and draws constants from the modules that are imported. That
suits finding one bug in one function. Here it would leave laws unexercised, and the same seed would give other runs when
other modules are loaded. A named backend is Hypothesis's documented way to replace the generator.
"""

from __future__ import annotations

from typing import Any

# Not public API of Hypothesis: a test fails if it moves.
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

__all__ = ["BACKEND", "UniformProvider"]

BACKEND = "lockpact-uniform"
"""For `settings(backend=…)`."""


class UniformProvider(HypothesisProvider):
    """Draws as Hypothesis does, but never a constant from the imported modules."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        # Returning None means: draw a value.
        return


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{UniformProvider.__name__}"
