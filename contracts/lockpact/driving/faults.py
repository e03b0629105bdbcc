"""The faults that a machine injects: while one call is made, as a storm of several, or for as long as the vendor is away."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hypothesis import strategies as st

__all__ = [
    "FOREIGN_PAGE",
    "TRANSPORT_FAULTS",
    "Absence",
    "Fault",
    "Storm",
    "absences",
    "faults",
    "short_storm",
    "storms",
]

TRANSPORT_FAULTS: dict[str, dict[str, Any]] = {
    "reset before": {"kind": "reset", "when": "before"},
    "reset after": {"kind": "reset", "when": "after"},
    "slow": {"kind": "delay", "seconds": 90},
    "cut": {"kind": "truncate", "bytes": 9},
}
"""Faults of the network, the same for every vendor → the simulators' form of the effect. `reset after` loses the answer of
a request that the vendor has carried out."""

FOREIGN_PAGE: dict[str, dict[str, Any]] = {"foreign page": {"kind": "page"}}
"""Something between client and vendor answers 200 with a page of HTML, and the vendor never gets the request. Laws of a
vendor that draws it must take such an answer for none."""


@dataclass(frozen=True)
class Fault:
    """A fault of one call: a network fault, or the name of one of the vendor's refusals.

    `times` is how many requests it affects; None: all of them.
    """

    kind: str
    times: int | None

    def effect(self) -> dict[str, Any]:
        """Return the effect in the simulators' form."""
        return {**TRANSPORT_FAULTS, **FOREIGN_PAGE}.get(self.kind, {"kind": "refuse", "name": self.kind})


def faults(kinds: Sequence[str], times: Sequence[int | None] = (1, 2, None)) -> st.SearchStrategy[Fault]:
    """Return a strategy for faults of these kinds. Put the simplest first: shrinking prefers it."""
    from hypothesis import strategies as st  # `watch` has storms, and no machine that draws them

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
    from hypothesis import strategies as st

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
    from hypothesis import strategies as st

    return st.builds(Absence, faults(kinds, (None,)), st.sampled_from((1, 15, 600)), st.booleans())


STRIKES = 4
"""How often a fault of a short storm strikes. Then it is over, so that who repeats a request gets an answer."""


def short_storm(seed: int, refusals: Mapping[str, Sequence[str]], seconds: int = 15) -> list[dict[str, Any]]:
    """Return a storm for a program that nobody drives: another subset of faults for each seed, each for a few requests.

    Args:
        seed: The same seed gives the same storm.
        refusals: Vendor → the names of its refusals that pass by themselves.
        seconds: The length of a delay. In real time somebody waits for it.

    Returns:
        The faults in the form of the simulators' control API.
    """
    drawn = random.Random(seed)  # noqa: S311 - reproducible, not secret
    network = drawn.sample(sorted(TRANSPORT_FAULTS), drawn.randint(0, 2))
    refused = [(vendor, name) for vendor in sorted(refusals) for name in refusals[vendor] if drawn.random() < 0.5]
    lost = drawn.sample(("lose", "double", "late"), drawn.randint(0, 1))
    if not network and not refused:
        network = [drawn.choice(sorted(TRANSPORT_FAULTS))]
    lasting = {"slow": {"seconds": seconds}, "late": {"seconds": seconds}}
    faults: list[dict[str, Any]] = [
        {"effect": {**TRANSPORT_FAULTS[kind], **lasting.get(kind, {})}, "times": 2 if kind == "slow" else STRIKES}
        for kind in network
    ]
    faults += [
        {"vendor": vendor, "effect": {"kind": "refuse", "name": name}, "times": STRIKES} for vendor, name in refused
    ]
    faults += [{"effect": {"kind": kind, **lasting.get(kind, {})}, "times": STRIKES} for kind in lost]
    return [{**fault, "probability": 0.5} for fault in faults]
