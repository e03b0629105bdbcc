"""The stateful part of `conform`: drive the reference client on the simulated server as `lockpact check` drives clients.

The vendor's machine draws calls of the client, device actions, faults and time; the laws judge each step. The reference client
keeps every law on a server that answers as the document says. So a broken law is the server's fault. Each example has a fresh
world on the server, made through its control API, and the same world in this process, which gives the laws the truth
(`lockpact.simulators.paired_world`). Where the two answer differently, that is reported, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import count
from typing import Any

from lockpact.core.law import UNTRIGGERED, Law
from lockpact.core.pact import Pact
from lockpact.core.traffic import Traffic
from lockpact.core.verdict import Breach, Outcome, Verdict
from lockpact.driving.check import check
from lockpact.simulators.paired_stage import PairedStage
from lockpact.simulators.paired_world import CannotPair, WorldDifference

__all__ = ["StatefulRun", "combined", "drive_statefully"]

_RANK: Sequence[Outcome] = ("broken", "kept", "not exercised", "not covered")


class StatefulRun:
    """What the reference client's sequences found: verdicts of the laws, and where the server differs from our simulator."""

    def __init__(self, pact: Pact) -> None:
        self._pact = pact
        self.laws: Sequence[Verdict] = ()
        self.examples = 0
        self.note = ""
        """Why there were no sequences, or not all of them; else empty."""
        self._found: dict[str, dict[str, WorldDifference]] = {}

    def add(self, differences: Sequence[WorldDifference]) -> None:
        """Add what one example showed."""
        self.examples += 1
        for one in differences:
            self._found.setdefault(self._named(one.operation), {}).setdefault(one.sentence, one)

    def differences(self) -> list[Verdict]:
        """Return a verdict for each operation that differs, or one for all if none does."""
        if not self._found:
            outcome: Outcome = "kept" if self.examples else "not exercised"
            return [Verdict(_law("reference client"), outcome, self.examples, why=self.note)]
        return [self._difference(name, found) for name, found in self._found.items()]

    def _difference(self, name: str, found: dict[str, WorldDifference]) -> Verdict:
        one = next(iter(found.values()))
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        sentence = f"{one.sentence}: our simulator has {one.ours}, the server {one.theirs}{more}"
        law, traffic = _law(f"{name}, in sequences"), Traffic([one.exchange] if one.exchange else [])
        return Verdict(law, "broken", self.examples, Breach(law, sentence, (), traffic))

    def _named(self, operation: str) -> str:
        """Return the operation with the placeholders of the vendor's table, so that all its objects are one row."""
        method, _, path = operation.partition(" ")
        for row in self._pact.live.operations():
            parts = ("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"({[^}]*})", row.path))
            if row.method == method and re.fullmatch(f".*{''.join(parts)}", path):
                return row.id
        return operation


def drive_statefully(
    pact: Pact,
    control: str,
    *,
    profile: str,
    variants: Sequence[str],
    examples: int,
    seed: int,
    progress: Callable[[str], None] = lambda what: None,
) -> StatefulRun:
    """Drive the reference client on the simulator whose control API is at `control`.

    Args:
        pact: The vendor's pact.
        control: The control API's URL. The server's own worlds stay as they are.
        profile: The profile of the worlds, where the pact asks for none.
        variants: The ids of the variants of the server's world.
        examples: How many examples to run.
        seed: The same seed gives the same run.
        progress: Called with a text about what is being done.
    """
    module, _, name = pact.reference.partition(":")
    run, stages = StatefulRun(pact), count(1)

    def stage(**world: Any) -> PairedStage:
        if (number := next(stages)) <= examples:
            progress(f"the reference client: {number} of {examples} examples")
        options = {"profile": profile, "seed": seed, **world}
        return PairedStage(pact, control=control, variants=variants, number=number, report=run.add, **options)

    try:
        report = check(pact, getattr(import_module(module), name), stage, examples=examples, seed=seed, shrink=False)
        run.laws = report.verdicts
    except CannotPair as wrong:
        run.note = f"the reference client's sequences were not run to the end: {wrong}"
    return run


def combined(*runs: Sequence[Verdict]) -> list[Verdict]:
    """Return one verdict a law, in the order of first appearance. A breach outweighs the rest, and a kept law what is open."""
    found: dict[str, Verdict] = {}
    for verdict in (verdict for run in runs for verdict in run):
        other = found.get(verdict.law.id)
        if other is None or _RANK.index(verdict.outcome) < _RANK.index(other.outcome):
            found[verdict.law.id] = verdict
    return list(found.values())


def _law(name: str) -> Law:
    """Return "answers like our simulator" as a law about this operation."""
    return Law(name, "answers like our simulator", (), "our simulator", (), "traffic", lambda case: UNTRIGGERED)
