"""A law: one property that a client, or a server, owes, as a plain function under an id that lasts.

    @law("NK-ID-1", "tells an unknown lock", on="lock_state", evidence="/lockState: HTTP 404", mutants=("…",))
    def tells_an_unknown_lock(s: Step[Truth]) -> Judged:
        if s.arguments["lock"] in s.before.locks:
            return UNTRIGGERED
        assert isinstance(s.error, UnknownLock), "…"

The function gets one `Step` (or, with `needs="traffic"`, all of a run's `Traffic`), answers UNTRIGGERED when its
condition did not come true, and asserts otherwise. The assertion stands in the law itself, not in a helper: Hypothesis
tells failures apart by the line they come from, and the line is what a reader is sent to.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Literal, TypeVar

from lockpact.core.traffic import Traffic

__all__ = ["UNTRIGGERED", "Judged", "Law", "Needs", "Untriggered", "law", "laws_of"]

Needs = Literal["truth", "results", "traffic"]
"""What a law must see: the world's truth (stand-ins only), the client's results, or no more than the traffic."""


class Untriggered(enum.Enum):
    """The one thing that a law says when there was nothing to judge."""

    UNTRIGGERED = "untriggered"


UNTRIGGERED: Final = Untriggered.UNTRIGGERED

Judged = Literal[Untriggered.UNTRIGGERED] | None
"""What a law returns: UNTRIGGERED, or None for kept."""

C = TypeVar("C")


@dataclass(frozen=True)
class Law:
    """See the module. Calling it judges."""

    id: str
    sentence: str
    on: tuple[str, ...]
    """The port's methods whose steps it judges; empty for a law of conduct."""
    evidence: str
    """Where the vendor's document (or whose experience) says so."""
    mutants: tuple[str, ...]
    """The planted faults that it is there to find, by the names they have in the tests."""
    needs: Needs
    judge: Callable[[Any], Judged]
    conduct: Callable[[Traffic], Judged] | None = None
    """What of it the traffic alone shows; it is judged where nothing else is to be seen."""
    shown_by: tuple[str, ...] = ()
    """Of many calls in `on`, those that show it soonest: a search that is after this law alone drives them only."""

    def __call__(self, case: Any) -> Judged:
        """Judge one step, or one run's traffic. Raises AssertionError with a sentence when the law is broken."""
        return self.judge(case)

    @property
    def of_conduct(self) -> Callable[[Traffic], Judged] | None:
        """What judges any client, in any language, by its traffic; None where that does not suffice."""
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
) -> Callable[[Callable[[C], Judged]], Law]:
    """Make a law of a function. Raises ValueError when it could never be judged."""
    calls = (on,) if isinstance(on, str) else tuple(on)
    if bool(calls) == (needs == "traffic"):
        raise ValueError(f"{id}: a law of conduct (needs='traffic') takes no `on`, and every other law needs one")

    def make(function: Callable[[C], Judged]) -> Law:
        return Law(id, sentence, calls, evidence, tuple(mutants), needs, function, conduct, tuple(shown_by))

    return make


def laws_of(*modules: ModuleType) -> tuple[Law, ...]:
    """All laws that these modules define, in the order they stand there. Raises ValueError for an id given twice."""
    found: dict[str, Law] = {}
    for module in modules:
        for thing in vars(module).values():
            if isinstance(thing, Law) and found.setdefault(thing.id, thing) is not thing:
                raise ValueError(f"the id {thing.id} is given to two laws")
    return tuple(found.values())
