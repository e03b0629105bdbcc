"""Search for differences: run seeded sequences on both servers, and shorten each one that shows a difference.

If the servers differ, the sequence runs once more on the baseline: what differs between its two runs is noise, and is not
reported. A sequence is compared up to its first difference, since later ones may be consequences of it. So that one change
does not hide all others, the comparison goes on after a difference that has no consequences: one of certain classes, or one
that is known to occur in reads alone and that does not affect later steps. Also, sequences no longer begin with a read
whose answer is known to mislead later steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from lockpact.drift.compare import Difference, Normalizer, differences
from lockpact.drift.operations import (
    DeviceOperation,
    HttpOperation,
    Operation,
    OperationTable,
    SequenceStep,
    WaitOperation,
)
from lockpact.drift.server_under_test import Observation, ServerUnderTest

__all__ = ["CHANGES", "Finding", "Search"]

DRAWS = 8
CHANGES = 4
"""How many requests of a sequence are sent once more with a change."""
_CONTINUE = 0.75
"""The probability that a procedure is continued with one of its next steps."""
_WITHOUT_CONSEQUENCES = frozenset({"key new", "order", "header"})
"""Classes of differences after which both servers can still be asked the same."""
_WITH_CONSEQUENCES = frozenset({"status", "paging", "side effect"})
"""Classes of differences after which the servers may not be asked the same."""


@dataclass(frozen=True)
class Finding:
    """A difference, and the fewest steps that show it."""

    difference: Difference
    kind: str
    """Its class, considering the steps: a value that differs only after something was changed is a side effect."""
    steps: tuple[SequenceStep, ...]
    baseline: tuple[Observation, ...]
    candidate: tuple[Observation, ...]

    @property
    def everywhere(self) -> str:
        """The name that accepts it in all operations."""
        where = self.difference.place.removeprefix(self.kind).lstrip()  # do not repeat "status" and "header"
        return f"*: {self.kind} {where}".rstrip()

    @property
    def name(self) -> str:
        """The name that accepts it in its operation."""
        return self.everywhere.replace("*", self.difference.operation, 1)


class Search:
    """Searches for differences between two servers. `found` grows."""

    def __init__(self, table: OperationTable, baseline: ServerUnderTest, candidate: ServerUnderTest, seed: int) -> None:
        self._table, self._baseline, self._candidate = table, baseline, candidate
        self._seed = seed
        self._noise: set[tuple[str, str]] = set()
        self.found: dict[tuple[str, str, str], Finding] = {}
        self._operations = [operation for operation in table.operations if self._is_possible(operation)]
        self._opening = [o for o in self._operations if not isinstance(o, WaitOperation) and o.opens]

    def _is_possible(self, operation: Operation) -> bool:
        servers = (self._baseline, self._candidate)
        if isinstance(operation, HttpOperation):
            return all(server.limits.allows(operation.documented_path, operation.method) for server in servers)
        return all(server.fork is not None for server in servers)

    @property
    def possible(self) -> int:
        """How many operations may be sent."""
        return len(self._operations)

    def run(self, number: int, length: int) -> Iterator[Finding]:
        """Run the sequence of this number. Yields each new difference, with its steps shortened."""
        steps = self._steps(number, length)
        baseline, candidate = self._baseline.run(steps), self._candidate.run(steps)
        if not self._new(baseline, candidate):
            return
        for noise in self._compare(baseline, self._baseline.run(steps), self._baseline, self._baseline):
            self._noise.add((noise.operation, noise.where))
        for difference in self._new(baseline, candidate):
            finding = self._shortened(steps, difference)
            if finding is not None:
                self.found[difference.key] = finding
                yield finding

    def _new(self, baseline: Sequence[Observation], candidate: Sequence[Observation]) -> list[Difference]:
        return [d for d in self._leading(baseline, candidate) if d.key not in self.found]

    def _is_noise(self, difference: Difference) -> bool:
        return (difference.operation, difference.where) in self._noise

    def _steps(self, number: int, length: int) -> list[SequenceStep]:
        random = Random(f"{self._seed}/{number}")  # noqa: S311 - the same seed gives the same run
        opening = [SequenceStep(operation.name, _draws(random)) for operation in self._opening]
        opening = [step for step in opening if step.operation not in self._misleading]
        chosen = [SequenceStep(name, _draws(random)) for name in self._procedure_of(number)]
        while len(chosen) < length:
            operation = random.choice(self._operations)
            # Sometimes repeat one operation, to reach limits and duplicates.
            chosen += [SequenceStep(operation.name, _draws(random)) for _ in range(random.choice((1, 1, 1, 2, 4)))]
            while (following := self._following(operation)) and random.random() < _CONTINUE:
                operation = random.choice(following)
                chosen.append(SequenceStep(operation.name, _draws(random)))
        steps = opening + chosen[: max(length, len(self._procedure_of(number)))]
        # End with the opening reads once more: they show what was changed.
        return steps + self._changed(steps, random) + [step for step in opening if self._table.reads(step)]

    def _procedure_of(self, number: int) -> Sequence[str]:
        """Return the procedure with which the sequence of this number begins, every second one: the others are chance alone."""
        possible = {operation.name for operation in self._operations}
        procedures = [one for one in self._table.procedures if possible.issuperset(one)]
        return procedures[number // 2 % len(procedures)] if procedures and number % 2 else ()

    def _changed(self, steps: Sequence[SequenceStep], random: Random) -> list[SequenceStep]:
        """Return some requests of a sequence with changes; to a server that is not a simulator only such as read."""
        simulated = self._baseline.fork is not None and self._candidate.fork is not None
        some = [
            step
            for step in steps
            if isinstance(operation := self._table.operation(step.operation), HttpOperation)
            and (simulated or operation.reads)
        ]
        return [
            replace(random.choice(some), change=random.randrange(1, 1 << 30)) for _ in range(CHANGES if some else 0)
        ]

    def _following(self, operation: Operation) -> list[Operation]:
        return [other for other in self._operations if other.name in operation.then]

    def _run_and_compare(self, steps: Sequence[SequenceStep]) -> list[Difference]:
        return self._leading(self._baseline.run(steps), self._candidate.run(steps))

    def _leading(self, baseline: Sequence[Observation], candidate: Sequence[Observation]) -> list[Difference]:
        """Return the differences up to the first one that may have consequences."""
        leading: list[Difference] = []
        for difference in self._compare(baseline, candidate, self._baseline, self._candidate):
            if leading and difference.index != leading[-1].index and not all(map(self._is_harmless, leading)):
                break
            if not self._is_noise(difference):
                leading.append(difference)
        return leading

    def _is_harmless(self, difference: Difference) -> bool:
        """Return whether the comparison may go on after it.

        Either its class has no consequences, or it is known to occur in reads alone, and later steps do not use the value.
        """
        if difference.kind in _WITHOUT_CONSEQUENCES:
            return not difference.shuffled
        if difference.kind in _WITH_CONSEQUENCES or not self._occurs_in_reads(difference):
            return False
        operation = self._table.operation(difference.operation)
        places = operation.finds.values() if not isinstance(operation, WaitOperation) else ()
        return not any(f"{place}.".startswith(f"{difference.where}.") for place in places)

    def _occurs_in_reads(self, difference: Difference) -> bool:
        finding = self.found.get(difference.key)
        return finding is not None and all(map(self._table.reads, finding.steps))

    @property
    def _misleading(self) -> set[str]:
        """The operations that always name different objects, or different numbers of them, on the two servers."""
        known = [finding.difference for finding in self.found.values()]
        return {d.operation for d in known if self._occurs_in_reads(d) and not self._is_harmless(d)}

    def _compare(
        self, a: Sequence[Observation], b: Sequence[Observation], left: ServerUnderTest, right: ServerUnderTest
    ) -> list[Difference]:
        normalizers = (Normalizer(self._table, server.began, server.addresses) for server in (left, right))
        return list(differences(self._table, a, b, *normalizers))

    # ---- the fewest steps

    def _shortened(self, steps: Sequence[SequenceStep], difference: Difference) -> Finding | None:
        def shows(some: Sequence[SequenceStep]) -> bool:
            return any(d.key == difference.key for d in self._run_and_compare(some))

        left = list(steps[: difference.index + 1]) if difference.index < len(steps) else list(steps)
        if not shows(left):
            return None  # not reproducible: chance, not drift
        size = max(1, len(left) // 2)
        while size:
            at = 0
            while at < len(left):
                shorter = left[:at] + left[at + size :]
                if shorter and shows(shorter):
                    left = shorter
                else:
                    at += size
            size //= 2
        left = self._simplified(left, shows)
        baseline, candidate = self._baseline.run(left), self._candidate.run(left)
        final = next((d for d in self._run_and_compare(left) if d.key == difference.key), difference)
        return Finding(final, self._kind(left, final, shows), tuple(left), tuple(baseline), tuple(candidate))

    def _simplified(
        self, steps: list[SequenceStep], shows: Callable[[Sequence[SequenceStep]], bool]
    ) -> list[SequenceStep]:
        """Take back the change of each step, and replace its draws by zeros, if that still shows the difference."""
        for at in range(len(steps)):
            for plain in (replace(steps[at], change=0), replace(steps[at], draws=(0,) * DRAWS)):
                if plain != steps[at] and shows([*steps[:at], plain, *steps[at + 1 :]]):
                    steps = [*steps[:at], plain, *steps[at + 1 :]]
        return steps

    def _kind(
        self, steps: Sequence[SequenceStep], difference: Difference, shows: Callable[[Sequence[SequenceStep]], bool]
    ) -> str:
        """Return the class, considering whether the steps need waiting, or a change before."""
        operations = [self._table.operation(step.operation) for step in steps]
        for at, operation in enumerate(operations):
            waits = isinstance(operation, WaitOperation) or (
                isinstance(operation, DeviceOperation) and operation.after is not None
            )
            if not waits or difference.kind in _WITHOUT_CONSEQUENCES:
                continue
            shortest_wait = [replace(step, draws=(0,) * DRAWS) if n == at else step for n, step in enumerate(steps)]
            if shortest_wait != list(steps) and not shows(shortest_wait):
                return "timing"
        changed = not all(map(self._table.reads, steps[: difference.index]))
        if difference.kind == "enum value" and changed:
            return "side effect"
        return difference.kind


def _draws(random: Random) -> tuple[int, ...]:
    return tuple(random.randrange(64) for _ in range(DRAWS))
