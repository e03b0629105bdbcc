"""What a recording asks, in which order: all that reads; what else is allowed, each with the lists beside it; all lists."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lockpact.drift.script import HttpOperation, OperationTable, Ref, SequenceStep, WaitOperation

__all__ = ["patient", "planned"]

_EACH = 3
"""How many things of a kind are looked at."""
_DRAWS = 8
_A_MINUTE = 40
"""Requests that every vendor takes in a minute."""


def planned(script: OperationTable, may: Callable[[HttpOperation], bool]) -> list[SequenceStep]:
    """The steps. An operation that names things comes behind those that find them, and what deletes comes last."""
    lines = _ordered([line for line in script.operations if isinstance(line, HttpOperation) and may(line)])
    reads, changes = [line for line in lines if line.reads], [line for line in lines if not line.reads]
    there = {kind for line in reads for kind in line.finds}
    late = [line for line in reads if not _named(line) <= there]  # what they read is to be made first
    early = [line for line in reads if line not in late]
    lists = list({(line.method, line.place): line for line in reversed(reads) if not _named(line)}.values())[::-1]
    steps = [step for line in early for step in _steps(line, _EACH)]
    for deletes in (False, True):
        for line in changes:
            if (line.method == "DELETE") == deletes:
                steps += [step for one in (line, *filter(_beside(line), lists)) for step in _steps(one, 1)]
        steps += [step for line in late if not deletes for step in _steps(line, 1)]
    return steps + [step for one in lists if changes for step in _steps(one, 1)]


def patient(script: OperationTable, steps: Sequence[SequenceStep]) -> list[SequenceStep]:
    """For a stand-in, whose time does not pass by itself: the steps with a minute now and then, as rate limits want it."""
    waits = [
        (seconds < 60, seconds, SequenceStep(line.name, (n,)))
        for line in script.operations
        if isinstance(line, WaitOperation)
        for n, seconds in enumerate(line.seconds.options)
    ]
    minute = [min(waits, key=lambda wait: wait[:2])[2]] if waits else []
    pieces = [steps[at : at + _A_MINUTE] for at in range(0, len(steps), _A_MINUTE)]
    return [step for piece in pieces for step in (*piece, *minute)]


def _beside(line: HttpOperation) -> Callable[[HttpOperation], bool]:
    """Whether another's path begins like this one's: what changes there shows there."""
    return lambda other: other.place.split("/")[1:2] == line.place.split("/")[1:2]


def _steps(line: HttpOperation, each: int) -> list[SequenceStep]:
    places = (line.path, line.query, line.headers, line.body, line.fields)
    return [SequenceStep(line.name, (n,) * _DRAWS) for n in range(each if _open(places) else 1)]


def _ordered(lines: Sequence[HttpOperation]) -> list[HttpOperation]:
    """What opens first; then whatever has its things found before. What nothing finds comes last."""
    left = sorted(lines, key=lambda line: not line.opens)
    done: list[HttpOperation] = []
    while left:
        known = {kind for line in done for kind in line.finds}
        ready = next((line for line in left if _named(line) <= known), left[0])
        left.remove(ready)
        done.append(ready)
    return done


def _named(line: HttpOperation) -> set[str]:
    """The kinds of things that a request names."""
    return set(_kinds((line.path, line.query, line.headers, line.body, line.fields)))


def _kinds(template: Any) -> Iterable[str]:
    match template:
        case Ref(kind=kind):
            yield kind
        case str():
            yield from (piece.partition("}")[0] for piece in template.split("{")[1:])
        case _:
            for part in _parts(template):
                yield from _kinds(part)


def _open(template: Any) -> bool:
    """Whether there is something to choose."""
    if isinstance(template, str):
        return "{" in template
    return isinstance(template, Ref) or hasattr(template, "options") or any(map(_open, _parts(template)))


def _parts(template: Any) -> Iterable[Any]:
    if isinstance(template, Mapping):
        return template.values()
    if isinstance(template, list | tuple):
        return template
    return getattr(template, "options", ())
