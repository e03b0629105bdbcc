"""What a drift run found, for its readers: rows in a table, stories with curl lines, JSON.

The same change often shows in many operations: then it is one row, told by the first of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lockpact.core.pact import Pact
from lockpact.drift.accept import AcceptedDifference
from lockpact.drift.compare import WEIGHTS
from lockpact.drift.script import OperationTable
from lockpact.drift.search import Finding
from lockpact.drift.server_under_test import Observation
from lockpact.live.permission import Usage
from lockpact.report.findings import BROKEN, KEPT, NOTHING
from lockpact.report.model import ReportModel, Row, Tone
from lockpact.report.story import mask

__all__ = ["DriftResult"]

TONES: Mapping[str, Tone] = {"breaking": "bad", "risky": "mild", "harmless": "mild"}
MANY = 3
"""Operations in which the same change is one row."""


@dataclass(frozen=True)
class DriftResult:
    """What a run found."""

    pact: Pact
    script: OperationTable
    baseline: str
    candidate: str
    seed: int
    found: Sequence[Finding]
    accepted: Mapping[str, AcceptedDifference]
    stale: Sequence[AcceptedDifference]
    sequences: int
    bills: Sequence[Usage]
    seconds: float
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What nobody may be shown."""
    notes: Sequence[str] = ()

    @property
    def code(self) -> int:
        """0 nothing new, 1 drift, 2 could not tell."""
        if any(found.name not in self.accepted for found in self.found):
            return BROKEN
        return KEPT if self.sequences and sum(bill.calls for bill in self.bills) else NOTHING

    def paper(self) -> ReportModel:
        """As its readers get it."""
        rows = [self._row(number, group) for number, group in enumerate(self._groups(), 1)]
        fresh = sum(found.name not in self.accepted for found in self.found)
        return ReportModel(
            title=f"{self.pact.title}: {self.candidate} beside {self.baseline}",
            vendor=self.pact.vendor,
            heading="difference",
            counted="steps",
            rows=rows,
            summary=f"{fresh} new differences, {len(self.found) - fresh} accepted, in {self.sequences} sequences, "
            f"seed {self.seed}, {self.seconds:.1f} s",
            code=self.code,
            about=self.pact.document,
            notes=[
                *(
                    f"accepted, and no longer found: {entry.difference} ({entry.date}: {entry.reason})"
                    for entry in self.stale
                ),
                *self.notes,
                *map(str, self.bills),
            ],
            seconds=self.seconds,
            facts={"baseline": self.baseline, "candidate": self.candidate, "seed": str(self.seed)},
        )

    def _groups(self) -> list[list[Finding]]:
        """What is one row, in the order of what was found."""
        same: dict[object, list[Finding]] = {}
        for found in self.found:
            same.setdefault((found.everywhere, self.accepted.get(found.name)), []).append(found)
        groups: list[list[Finding]] = []
        for found in self.found:
            all_of_it = same[found.everywhere, self.accepted.get(found.name)]
            if len(all_of_it) < MANY:
                groups.append([found])
            elif found is all_of_it[0]:
                groups.append(all_of_it)
        return groups

    def _row(self, number: int, group: list[Finding]) -> Row:
        found = group[0]
        known, weight = self.accepted.get(found.name), WEIGHTS[found.kind]
        sentence = found.name if len(group) == 1 else found.everywhere.replace("*", f"{len(group)} operations", 1)
        steps = len(found.steps)
        if known is not None:
            return Row(f"D{number}", "accepted", "good", sentence, steps, f"{known.date}: {known.reason}")
        d, tone = found.difference, TONES[weight]
        why = mask(f"{d.baseline or 'not there'} … {d.candidate or 'not there'}", self.secrets)
        return Row(f"D{number}", weight, tone, sentence, steps, why, self._story(group))

    def _story(self, group: list[Finding]) -> str:
        found = group[0]
        d, weight = found.difference, WEIGHTS[found.kind]
        law = self._law(found) if weight != "harmless" else ""
        lines = [f"{found.name} ({weight})" + (f", endangers {law}" if law else "")]
        for at, (was, now) in enumerate(zip(found.baseline, found.candidate, strict=False), 1):
            lines.append(f"  {at:2}. {was.asked or was.line}")
            if at - 1 == d.index:
                lines += [f"      baseline   {self._told(was)}", f"      candidate  {self._told(now)}"]
            else:
                lines.append(f"      → {self._told(was)}")
        lines.append(f"  {d.where}: {d.baseline or 'not there'} … {d.candidate or 'not there'}")
        if len(group) > 1:
            lines.append(f"  also in {', '.join(other.difference.operation for other in group[1:])}")
        return mask("\n".join(lines), self.secrets)

    def _told(self, seen: Observation) -> str:
        body = seen.said if isinstance(seen.said, str) else json.dumps(seen.said, ensure_ascii=False)
        body = mask(body, self.secrets)  # before it is cut: half a secret is none that could be found
        return f"{seen.status} {body if len(body) <= 300 else body[:300] + '…'}"

    def _law(self, found: Finding) -> str:
        line = next((line for line in self.script.operations if line.name == found.difference.operation), None)
        return line.laws[0] if line is not None and line.laws else ""

    def json(self) -> bytes:
        """For machines."""
        told = {
            "vendor": self.pact.vendor,
            "baseline": self.baseline,
            "candidate": self.candidate,
            "seed": self.seed,
            "sequences": self.sequences,
            "seconds": round(self.seconds, 3),
            "bills": {
                bill.server: {
                    "calls": bill.calls,
                    "rate_share": round(bill.rate, 4),
                    "quota_share": None if bill.quota is None else round(bill.quota, 4),
                    "live_seconds": round(bill.live, 1),
                }
                for bill in self.bills
            },
            "exit_code": self.code,
            "differences": [self._difference(found) for found in self.found],
            "stale": [{"difference": e.difference, "reason": e.reason, "date": e.date.isoformat()} for e in self.stale],
        }
        return mask(json.dumps(told, indent=2, ensure_ascii=False), self.secrets).encode() + b"\n"

    def _difference(self, found: Finding) -> dict[str, Any]:
        d = found.difference
        return {
            "difference": found.name,
            "operation": d.operation,
            "class": found.kind,
            "where": d.where,
            "judgement": WEIGHTS[found.kind],
            "law": self._law(found) or None,
            "baseline": d.baseline,
            "candidate": d.candidate,
            "accepted": found.name in self.accepted,
            "steps": [step.line for step in found.steps],
            "curl": [seen.asked for seen in found.baseline if seen.asked],
        }
