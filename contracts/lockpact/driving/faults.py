"""The faults that a machine injects while a client is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

__all__ = ["TRANSPORT_FAULTS", "Fault", "faults"]

TRANSPORT_FAULTS: dict[str, dict[str, Any]] = {
    "reset before": {"kind": "reset", "when": "before"},
    "reset after": {"kind": "reset", "when": "after"},
    "slow": {"kind": "delay", "seconds": 90},
    "cut": {"kind": "truncate", "bytes": 9},
}
"""Faults of the network, the same for every vendor → the simulators' form of the effect. `reset after` loses the answer of
a request that the vendor has carried out."""


@dataclass(frozen=True)
class Fault:
    """A fault of one call: a network fault, or the name of one of the vendor's refusals.

    `times` is how many requests it affects; None: all of them.
    """

    kind: str
    times: int | None

    def effect(self) -> dict[str, Any]:
        """Return the effect in the simulators' form."""
        return TRANSPORT_FAULTS.get(self.kind, {"kind": "refuse", "name": self.kind})


def faults(kinds: Sequence[str], times: Sequence[int | None] = (1, 2, None)) -> st.SearchStrategy[Fault]:
    """Return a strategy for faults of these kinds. Put the simplest first: shrinking prefers it."""
    return st.builds(Fault, st.sampled_from(kinds), st.sampled_from(times))
