"""The faults that a machine injects: while one call is made, as a storm of several, or for as long as the vendor is away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

__all__ = ["TRANSPORT_FAULTS", "Absence", "Fault", "Storm", "absences", "faults", "storms"]

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


@dataclass(frozen=True)
class Storm:
    """Several faults at once, for some rounds (`PactMachine.endure`)."""

    faults: Sequence[Fault]
    """They affect requests to any path, each about half of them."""
    losses: Sequence[str]
    """What happens to about half of the deliveries to the client: `lose`, `double`, `late`."""
    rounds: int
    seconds: int
    """The time that passes after each round."""

    def effects(self) -> list[dict[str, Any]]:
        """Return the effects in the simulators' form."""
        lasting = {"late": {"seconds": 90}}
        deliveries = [{"kind": kind, **lasting.get(kind, {})} for kind in self.losses]
        return [*(fault.effect() for fault in self.faults), *deliveries]


def storms(kinds: Sequence[str], *, deliveries: bool = False) -> st.SearchStrategy[Storm]:
    """Return a strategy for storms: each has another subset of these kinds of faults. `deliveries`: callbacks suffer, too."""
    return st.builds(
        Storm,
        st.lists(faults(kinds, (None,)), max_size=3, unique=True),
        st.lists(st.sampled_from(("lose", "double", "late")), max_size=2 if deliveries else 0, unique=True),
        st.integers(1, 3),
        st.sampled_from((1, 20, 300)),
    )


@dataclass(frozen=True)
class Absence:
    """The vendor is away: each request meets the same fault (`PactMachine.absence`)."""

    fault: Fault
    minutes: int
    starts: bool
    """Whether the client is constructed while the vendor is away. Otherwise it was there before."""


def absences(kinds: Sequence[str] = ("reset before", "slow")) -> st.SearchStrategy[Absence]:
    """Return a strategy for absences of a minute to a night. Add the vendor's own refusal, such as `unavailable`."""
    return st.builds(Absence, faults(kinds, (None,)), st.sampled_from((1, 15, 600)), st.booleans())
