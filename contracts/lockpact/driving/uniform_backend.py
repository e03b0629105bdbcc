"""Plain chance for Hypothesis: every example drawn afresh, and from nothing but the seed.

Hypothesis's own generator varies a few examples many times over, and takes hints from the constants in whatever
modules happen to be imported. Both are good for finding one bug in one function; here they leave laws unexercised, and
make the same seed mean another run beside other modules. Its documented way for other generators is a registered name.
"""

from __future__ import annotations

from typing import Any

# Not a promise of Hypothesis's, this place: a test tells when it moves.
from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS, HypothesisProvider

__all__ = ["BACKEND", "Plain"]

BACKEND = "lockpact-plain"
"""For `settings(backend=…)`."""


class Plain(HypothesisProvider):
    """Draws as Hypothesis does, but for constants."""

    def _maybe_draw_constant(self, *_: Any, **__: Any) -> None:
        """None: draw."""
        return


AVAILABLE_PROVIDERS[BACKEND] = f"{__name__}.{Plain.__name__}"
