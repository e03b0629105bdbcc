"""A law: one property that a client or a server must have. It is a plain function with a permanent id.

    @law("NK-ID-1", "reports an unknown lock", on="lock_state", evidence="/lockState: HTTP 404", mutants=("…",))
    def reports_an_unknown_lock(s: Step[Truth]) -> Judged:
        if s.arguments["lock"] in s.before.locks:
            return UNTRIGGERED
        assert isinstance(s.error, UnknownLock), "…"

The function gets one `Step`, or with `needs="traffic"` the `Traffic` of the whole run. It returns UNTRIGGERED if its
condition did not occur, and asserts otherwise. Write the assertion in the law itself, not in a helper: Hypothesis
distinguishes failures by the line that raises, and reports refer to that line.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Literal, TypeVar

from lockpact.core.traffic import Traffic

__all__ = [
    "UNTRIGGERED",
    "Judged",
    "Law",
    "Needs",
    "Untriggered",
    "convergence",
    "law",
    "laws_of",
    "return_to_work",
]

Needs = Literal["truth", "results", "traffic"]
"""What a law must see: the world's truth (simulators only), the client's results, or only the traffic."""


class Untriggered(enum.Enum):
    """The type of UNTRIGGERED, which a law returns when there was nothing to judge."""

    UNTRIGGERED = "untriggered"


UNTRIGGERED: Final = Untriggered.UNTRIGGERED

Judged = Literal[Untriggered.UNTRIGGERED] | None
"""What a law returns: UNTRIGGERED, or None if it was kept."""

C = TypeVar("C")


@dataclass(frozen=True)
class Law:
    """A law. Call it to judge a step or the traffic."""

    id: str
    sentence: str
    on: tuple[str, ...]
    """The port's methods whose steps it judges. Empty for a law of conduct, which needs only the traffic."""
    evidence: str
    """Where the vendor's document, or another source, says so."""
    mutants: tuple[str, ...]
    """The names of the mutants (in the tests) that it must kill."""
    needs: Needs
    judge: Callable[[Any], Judged]
    conduct: Callable[[Traffic], Judged] | None = None
    """The part of the law that traffic alone can show. It is judged where results and truth are unknown."""
    shown_by: tuple[str, ...] = ()
    """The calls of `on` that show a breach soonest. A search for this law alone drives only these."""
    implied: bool = False
    """Whether it is reported only if it is broken."""
    timed: bool = False
    """Whether it can be judged only if the client's clock is the world's: it is about durations, timeouts or dates."""

    def __call__(self, case: Any) -> Judged:
        """Judge one step, or the traffic of one run. Raises AssertionError with a sentence if the law is broken."""
        return self.judge(case)

    @property
    def of_conduct(self) -> Callable[[Traffic], Judged] | None:
        """The function that judges a client by its traffic alone; None if traffic does not suffice."""
        return self.judge if self.needs == "traffic" else self.conduct


def law(
    id: str,
    sentence: str,
    *,
    on: str | Iterable[str] = (),
    evidence: str,
    mutants: Iterable[str] = (),
    needs: Needs = "truth",
    conduct: Callable[[Traffic], Judged] | None = None,
    shown_by: Iterable[str] = (),
    timed: bool = False,
) -> Callable[[Callable[[C], Judged]], Law]:
    """Make a law of a function. Raises ValueError if it could never be judged."""
    calls = (on,) if isinstance(on, str) else tuple(on)
    if bool(calls) == (needs == "traffic"):
        raise ValueError(f"{id}: a law with needs='traffic' takes no `on`; every other law needs one")

    def make(function: Callable[[C], Judged]) -> Law:
        return Law(
            id, sentence, calls, evidence, tuple(mutants), needs, function, conduct, tuple(shown_by), timed=timed
        )

    return make


def convergence(
    id: str,
    *,
    on: str | Iterable[str],
    evidence: str,
    belief: Callable[[Any], object],
    truth: Callable[[Any], object],
    mutants: Iterable[str] = (),
) -> Law:
    """Return the law that the client's belief equals the truth, some minutes after a storm (`PactMachine.endure`).

    Args:
        id: The law's id.
        on: The calls that ask the client what it believes.
        evidence: Where the vendor's document says how a client can learn the truth.
        belief: The step → what the client shows. Not called if the call raised.
        truth: The step → what is true, in the same form; None if nobody could learn it now, so that nothing is judged.
        mutants: The names of the mutants that it must kill.
    """

    def judge(s: Any) -> Judged:
        calm = s.given.get("calm")
        true = None if calm is None else truth(s)
        if true is None:
            return UNTRIGGERED
        shown = s.error if s.error is not None else belief(s)
        assert shown == true, f"the storm was over {calm} minutes ago, {true} is true, and the client shows {shown!r}"
        return None

    sentence = "minutes after a storm of faults it shows what is true"
    return law(id, sentence, on=on, evidence=evidence, mutants=mutants, timed=True)(judge)


REQUESTS_AWAY = 20
"""The most requests that a call may send while the vendor is away."""


def return_to_work(id: str, *, on: str | Iterable[str], evidence: str, mutants: Iterable[str] = ()) -> Law:
    """Return the law that a client works by itself when the vendor is back, and was moderate meanwhile.

    It judges calls with `away` in `given` by the number of their requests, and calls with `back` by their success
    (`PactMachine.absence`).
    """

    def judge(s: Any) -> Judged:
        if s.given.get("away"):
            assert len(s.traffic) <= REQUESTS_AWAY, (
                f"the vendor is away, and one {s.call} sent {len(s.traffic)} requests"
            )
            return None
        if not s.given.get("back"):
            return UNTRIGGERED
        assert s.error is None, f"the vendor has been back for a minute, and {s.call} raised {type(s.error).__name__}"
        return None

    sentence = "started without the vendor, or after a night without it, it works once the vendor is back"
    return law(id, sentence, on=on, evidence=evidence, mutants=mutants, needs="results", timed=True)(judge)


def laws_of(*modules: ModuleType) -> tuple[Law, ...]:
    """Return all laws that these modules define, in order. Raises ValueError if two laws have the same id."""
    found: dict[str, Law] = {}
    for module in modules:
        for thing in vars(module).values():
            if isinstance(thing, Law) and found.setdefault(thing.id, thing) is not thing:
                raise ValueError(f"two laws have the id {thing.id}")
    return tuple(found.values())
