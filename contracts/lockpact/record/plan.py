"""Which operations a recording asks, in which order: reads first; then other allowed operations, each followed by the lists
that may show its effect; then all lists once more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from lockpact.drift.operations import HttpOperation, OperationTable, Ref, SequenceStep, WaitOperation

__all__ = ["planned", "with_pauses"]

_EACH = 3
"""How many objects of a kind are read."""
_DRAWS = 8
_PER_MINUTE = 40
"""Requests a minute that every vendor accepts."""


def planned(table: OperationTable, allows: Callable[[HttpOperation], bool]) -> list[SequenceStep]:
    """Return the steps. Operations that name objects come after those that find them, and DELETEs come last."""
    operations = _ordered([o for o in table.operations if isinstance(o, HttpOperation) and allows(o)])
    reads, changes = [o for o in operations if o.reads], [o for o in operations if not o.reads]
    found_by_reads = {kind for operation in reads for kind in operation.finds}
    late = [o for o in reads if not _kinds_named(o) <= found_by_reads]  # their objects must be created first
    early = [o for o in reads if o not in late]
    without_ids = [o for o in reversed(reads) if not _kinds_named(o)]
    lists = list({(o.method, o.documented_path): o for o in without_ids}.values())[::-1]
    steps = [step for operation in early for step in _steps(operation, _EACH)]
    for deletes in (False, True):
        for operation in changes:
            if (operation.method == "DELETE") == deletes:
                related = filter(_same_collection(operation), lists)
                steps += [step for o in (operation, *related) for step in _steps(o, 1)]
        steps += [step for operation in late if not deletes for step in _steps(operation, 1)]
    return steps + [step for operation in lists if changes for step in _steps(operation, 1)]


def with_pauses(table: OperationTable, steps: Sequence[SequenceStep]) -> list[SequenceStep]:
    """Insert minutes of waiting, so that a simulator's rate limits do not refuse the steps."""
    waits = [
        (seconds < 60, seconds, SequenceStep(operation.name, (n,)))
        for operation in table.operations
        if isinstance(operation, WaitOperation)
        for n, seconds in enumerate(operation.seconds.options)
    ]
    minute = [min(waits, key=lambda wait: wait[:2])[2]] if waits else []
    pieces = [steps[at : at + _PER_MINUTE] for at in range(0, len(steps), _PER_MINUTE)]
    return [step for piece in pieces for step in (*piece, *minute)]


def _same_collection(operation: HttpOperation) -> Callable[[HttpOperation], bool]:
    """Return a filter for operations whose path has the same first part: they may show the effect."""
    return lambda other: other.documented_path.split("/")[1:2] == operation.documented_path.split("/")[1:2]


def _steps(operation: HttpOperation, each: int) -> list[SequenceStep]:
    templates = (operation.path, operation.query, operation.headers, operation.body, operation.fields)
    return [SequenceStep(operation.name, (n,) * _DRAWS) for n in range(each if _has_choices(templates) else 1)]


def _ordered(operations: Sequence[HttpOperation]) -> list[HttpOperation]:
    """Order operations: opening ones first, then each after those that find its objects, if there are any."""
    left = sorted(operations, key=lambda operation: not operation.opens)
    ordered: list[HttpOperation] = []
    while left:
        known = {kind for operation in ordered for kind in operation.finds}
        following = next((operation for operation in left if _kinds_named(operation) <= known), left[0])
        left.remove(following)
        ordered.append(following)
    return ordered


def _kinds_named(operation: HttpOperation) -> set[str]:
    """Return the kinds of objects that a request names."""
    return set(_kinds((operation.path, operation.query, operation.headers, operation.body, operation.fields)))


def _kinds(template: Any) -> Iterable[str]:
    match template:
        case Ref(kind=kind):
            yield kind
        case str():
            yield from (piece.partition("}")[0] for piece in template.split("{")[1:])
        case _:
            for part in _parts(template):
                yield from _kinds(part)


def _has_choices(template: Any) -> bool:
    if isinstance(template, str):
        return "{" in template
    return isinstance(template, Ref) or hasattr(template, "options") or any(map(_has_choices, _parts(template)))


def _parts(template: Any) -> Iterable[Any]:
    if isinstance(template, Mapping):
        return template.values()
    if isinstance(template, list | tuple):
        return template
    return getattr(template, "options", ())
