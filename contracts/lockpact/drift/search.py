"""Search for differences: sequences by a seed, each on both servers; then the few steps that show each difference.

Where they differ the baseline is asked once more: what differs between its two runs is noise, and is not told. A sequence
is followed up to its first difference, since what comes behind it may be its consequence; sequences are many, and one
that begins another way meets the next. So that one change does not hide all others, a sequence goes on behind what is
known of reads, where it is of a class without consequences, and does not begin with a read of which something else is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from lockpact.drift.compare import Difference, Normalizer, differences
from lockpact.drift.script import DeviceOperation, HttpOperation, Line, OperationTable, SequenceStep, WaitOperation
from lockpact.drift.server_under_test import Observation, ServerUnderTest

__all__ = ["Finding", "Search"]

DRAWS = 8
_ON = 0.75
"""How often a way is gone on."""
_GENTLE = frozenset({"key new", "order", "header"})
"""Classes of differences that have no consequences: behind them a sequence is still worth following."""
_ELSEWHERE = frozenset({"status", "paging", "side effect"})
"""Classes of those behind which the two servers may no longer be asked the same."""


@dataclass(frozen=True)
class Finding:
    """A difference, with the fewest steps that show it."""

    difference: Difference
    kind: str
    """Its class, by what the steps need: a value that differs only after something was changed is a side effect."""
    steps: tuple[SequenceStep, ...]
    baseline: tuple[Observation, ...]
    candidate: tuple[Observation, ...]

    @property
    def everywhere(self) -> str:
        """What it is accepted by in any operation."""
        where = self.difference.where.removeprefix(self.kind).lstrip()  # of `status`, and `header …`, once is enough
        return f"*: {self.kind} {where}".rstrip()

    @property
    def name(self) -> str:
        """What it is accepted by."""
        return self.everywhere.replace("*", self.difference.operation, 1)


class Search:
    """See the module."""

    def __init__(
        self, script: OperationTable, baseline: ServerUnderTest, candidate: ServerUnderTest, seed: int
    ) -> None:
        self._script, self._baseline, self._candidate = script, baseline, candidate
        self._seed = seed
        self._noise: set[tuple[str, str]] = set()
        self.found: dict[tuple[str, str, str], Finding] = {}
        lines = [line for line in script.operations if self._possible(line)]
        self._opening = [line for line in lines if not isinstance(line, WaitOperation) and line.opens]
        self._lines = lines

    def _possible(self, line: Line) -> bool:
        if isinstance(line, HttpOperation):
            return all(side.limits.may(line.place, line.method) for side in (self._baseline, self._candidate))
        return self._baseline.fork is not None and self._candidate.fork is not None

    @property
    def possible(self) -> int:
        """How many lines of the script may be sent."""
        return len(self._lines)

    def look(self, number: int, length: int) -> Iterator[Finding]:
        """The sequence of this number. → what it found that was not known, each when it has been shrunk."""
        steps = self._steps(number, length)
        first, other = self._baseline.run(steps), self._candidate.run(steps)
        if not self._news(first, other):
            return
        for noise in self._compare(first, self._baseline.run(steps), self._baseline, self._baseline):
            self._noise.add((noise.operation, noise.where))
        for difference in self._news(first, other):
            found = self._shrunk(steps, difference)
            if found is not None:
                self.found[difference.key] = found
                yield found

    def _news(self, baseline: Sequence[Observation], candidate: Sequence[Observation]) -> list[Difference]:
        return [d for d in self._leading(baseline, candidate) if d.key not in self.found]

    def _known(self, difference: Difference) -> bool:
        return (difference.operation, difference.where) in self._noise

    def _steps(self, number: int, length: int) -> list[SequenceStep]:
        chance = Random(f"{self._seed}/{number}")  # noqa: S311 - the same seed gives the same run
        opening = [SequenceStep(line.name, _draws(chance)) for line in self._opening]
        opening = [step for step in opening if step.line not in self._misleading]
        chosen: list[SequenceStep] = []
        while len(chosen) < length:
            line = chance.choice(self._lines)
            # Now and then one thing several times: that is how bounds and repetitions are met.
            chosen += [SequenceStep(line.name, _draws(chance)) for _ in range(chance.choice((1, 1, 1, 2, 4)))]
            while (following := self._following(line)) and chance.random() < _ON:
                line = chance.choice(following)
                chosen.append(SequenceStep(line.name, _draws(chance)))
        # It ends with another look: what was changed shows in what is read behind it.
        return opening + chosen[:length] + [step for step in opening if self._script.reads(step)]

    def _following(self, line: Line) -> list[Line]:
        return [one for one in self._lines if one.name in line.then]

    def _told(self, steps: Sequence[SequenceStep]) -> list[Difference]:
        """The differences of both servers at these steps."""
        return self._leading(self._baseline.run(steps), self._candidate.run(steps))

    def _leading(self, baseline: Sequence[Observation], candidate: Sequence[Observation]) -> list[Difference]:
        """The differences up to the first that may have consequences."""
        told: list[Difference] = []
        for difference in self._compare(baseline, candidate, self._baseline, self._candidate):
            if told and difference.index != told[-1].index and not all(map(self._harmless, told)):
                break
            if not self._known(difference):
                told.append(difference)
        return told

    def _harmless(self, difference: Difference) -> bool:
        """Whether a sequence may be followed behind it: it has no consequences by its class; or it is known by now to show
        by reading alone, in nothing that later steps name or choose from."""
        if difference.kind in _GENTLE:
            return not difference.shuffled
        if difference.kind in _ELSEWHERE or not self._of_reads(difference):
            return False
        line = self._script.line(difference.operation)
        places = line.finds.values() if not isinstance(line, WaitOperation) else ()
        return not any(f"{place}.".startswith(f"{difference.where}.") for place in places)

    def _of_reads(self, difference: Difference) -> bool:
        found = self.found.get(difference.key)
        return found is not None and all(map(self._script.reads, found.steps))

    @property
    def _misleading(self) -> set[str]:
        """Operations that name other things on either side, or different numbers of them, whatever was done before."""
        known = [found.difference for found in self.found.values()]
        return {d.operation for d in known if self._of_reads(d) and not self._harmless(d)}

    def _compare(
        self, one: Sequence[Observation], other: Sequence[Observation], left: ServerUnderTest, right: ServerUnderTest
    ) -> list[Difference]:
        eyes = (Normalizer(self._script, side.began, side.addresses) for side in (left, right))
        return list(differences(self._script, one, other, *eyes))

    # ---- the fewest steps

    def _shrunk(self, steps: Sequence[SequenceStep], difference: Difference) -> Finding | None:
        def shows(some: Sequence[SequenceStep]) -> bool:
            return any(d.key == difference.key for d in self._told(some))

        left = list(steps[: difference.index + 1]) if difference.index < len(steps) else list(steps)
        if not shows(left):
            return None  # it does not come again: chance, not drift
        size = max(1, len(left) // 2)
        while size:
            at = 0
            while at < len(left):
                without = left[:at] + left[at + size :]
                if without and shows(without):
                    left = without
                else:
                    at += size
            size //= 2
        left = self._simpler(left, shows)
        baseline, candidate = self._baseline.run(left), self._candidate.run(left)
        final = next((d for d in self._told(left) if d.key == difference.key), difference)
        return Finding(final, self._kind(left, final, shows), tuple(left), tuple(baseline), tuple(candidate))

    def _simpler(
        self, steps: list[SequenceStep], shows: Callable[[Sequence[SequenceStep]], bool]
    ) -> list[SequenceStep]:
        """The same steps with the first options wherever these do."""
        for at, step in enumerate(steps):
            plain = replace(step, draws=(0,) * DRAWS)
            if plain != step and shows([*steps[:at], plain, *steps[at + 1 :]]):
                steps = [*steps[:at], plain, *steps[at + 1 :]]
        return steps

    def _kind(
        self, steps: Sequence[SequenceStep], difference: Difference, shows: Callable[[Sequence[SequenceStep]], bool]
    ) -> str:
        """The class, by what the steps need: waiting, or a change before."""
        lines = [self._script.line(step.line) for step in steps]
        for at, line in enumerate(lines):
            patient = isinstance(line, WaitOperation) or (isinstance(line, DeviceOperation) and line.after is not None)
            if not patient or difference.kind in _GENTLE:
                continue
            hasty = [replace(step, draws=(0,) * DRAWS) if n == at else step for n, step in enumerate(steps)]
            if hasty != list(steps) and not shows(hasty):
                return "timing"
        changed = any(not (isinstance(line, HttpOperation) and line.reads) for line in lines[: difference.index])
        if difference.kind == "enum value" and changed:
            return "side effect"
        return difference.kind


def _draws(chance: Random) -> tuple[int, ...]:
    return tuple(chance.randrange(64) for _ in range(DRAWS))
