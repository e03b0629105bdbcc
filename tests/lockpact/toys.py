"""A small pact: three laws on artificial steps, for tests of the framework."""

from __future__ import annotations

from typing import Any

from lockpact import UNTRIGGERED, Exchange, Judged, Step, Traffic, law


class ToyError(Exception):
    """The toy port's errors."""


@law("TOY-EVEN", "answers even numbers", on="count", evidence="the manual, page 1", needs="results")
def answers_even_numbers(s: Step[Any]) -> Judged:
    if s.error is not None:
        return UNTRIGGERED
    assert s.result % 2 == 0, f"{s.result} is odd"
    return None


@law("TOY-TRUE", "tells the truth", on=("count", "tell"), evidence="the manual, page 2")
def tells_the_truth(s: Step[Any]) -> Judged:
    assert s.result == s.after, f"it was {s.after}, and the client said {s.result}"
    return None


@law("TOY-SLOW", "asks at most twice", evidence="the manual, page 3", needs="traffic")
def asks_at_most_twice(t: Traffic) -> Judged:
    if len(t) < 2:
        return UNTRIGGERED
    assert len(t) == 2, f"it asked {len(t)} times"
    return None


LAWS = (answers_even_numbers, tells_the_truth, asks_at_most_twice)
SECOND = 1_000_000


def exchange(target: str = "/count", at: float = 0, took: float = 0, **more: Any) -> Exchange:
    began = round(at * SECOND)
    method = more.pop("method", "GET")
    return Exchange("toy", "main", method, target, began, began + round(took * SECOND), **{"status": 200} | more)


def step(call: str = "count", result: Any = 2, after: Any = 2, **more: Any) -> Step[Any]:
    given: dict[str, Any] = {"number": 1, "arguments": {}, "given": {}, "began": 0, "ended": 0, "error": None}
    return Step(
        call=call, result=result, before=after, after=after, traffic=Traffic(more.pop("traffic", ())), **given | more
    )
