"""The result of a drift run: as a report with stories and curl commands, and as JSON.

If the same change occurs in many operations it is one row, with the story of the first operation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lockpact.core.exit_codes import BROKEN, KEPT, NOTHING
from lockpact.core.pact import Pact
from lockpact.core.secrets import mask
from lockpact.drift.accept import AcceptedDifference
from lockpact.drift.compare import WEIGHTS
from lockpact.drift.operations import OperationTable
from lockpact.drift.search import Finding
from lockpact.drift.server_under_test import Observation
from lockpact.live.permission import Usage
from lockpact.report.model import ReportModel, Row, ShownExchange, Tone

__all__ = ["DriftResult"]

TONES: Mapping[str, Tone] = {"breaking": "bad", "risky": "mild", "harmless": "mild"}
MANY = 3
"""From so many operations on, the same change is one row."""


@dataclass(frozen=True)
class DriftResult:
    """The result of a run."""

    pact: Pact
    table: OperationTable
    baseline: str
    candidate: str
    seed: int
    found: Sequence[Finding]
    accepted: Mapping[str, AcceptedDifference]
    stale: Sequence[AcceptedDifference]
    sequences: int
    usage: Sequence[Usage]
    seconds: float
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    """What no report may show."""
    notes: Sequence[str] = ()

    @property
    def code(self) -> int:
        """The exit code: 0 nothing new, 1 drift, 2 nothing could be compared."""
        if any(finding.name not in self.accepted for finding in self.found):
            return BROKEN
        return KEPT if self.sequences and sum(usage.calls for usage in self.usage) else NOTHING

    def model(self) -> ReportModel:
        """Return the report for any form, with secrets masked."""
        causes = self._by_cause(self._groups())
        rows = [self._row(number, *one) for number, one in enumerate(causes, 1)]
        new = sum(finding.name not in self.accepted for finding in self.found)
        return ReportModel(
            title=f"{self.pact.title}: {self.baseline} → {self.candidate}",
            vendor=self.pact.vendor,
            heading="difference",
            counted="steps",
            rows=rows,
            summary=f"{new} new differences, {len(self.found) - new} accepted, in {self.sequences} sequences, "
            f"seed {self.seed}, {self.seconds:.1f} s",
            code=self.code,
            about=self.pact.document,
            notes=[
                *(
                    f"accepted, but no longer found: {entry.difference} ({entry.date}: {entry.reason})"
                    for entry in self.stale
                ),
                *self.notes,
                *map(str, self.usage),
            ],
            seconds=self.seconds,
            facts={"baseline": self.baseline, "candidate": self.candidate, "seed": str(self.seed)},
        )

    def _groups(self) -> list[list[Finding]]:
        """Return the findings of each row, in the order in which they were found."""
        same: dict[object, list[Finding]] = {}
        for finding in self.found:
            same.setdefault((finding.everywhere, self.accepted.get(finding.name)), []).append(finding)
        groups: list[list[Finding]] = []
        for finding in self.found:
            group = same[finding.everywhere, self.accepted.get(finding.name)]
            if len(group) < MANY:
                groups.append([finding])
            elif finding is group[0]:
                groups.append(group)
        return groups

    def _by_cause(self, groups: list[list[Finding]]) -> list[tuple[list[Finding], str]]:
        """Return the groups with a heading for each cause: what differs in one answer after the same steps stands together."""
        together: dict[object, list[list[Finding]]] = {}
        for group in groups:
            first = group[0]
            together.setdefault((first.difference.operation, first.steps, first.difference.index), []).append(group)
        found = []
        for same in together.values():
            operation = same[0][0].difference.operation
            heading = f"{operation}: one answer differs in {len(same)} places" if len(same) > 1 else ""
            found += [(group, heading) for group in same]
        return found

    def _row(self, number: int, group: list[Finding], heading: str) -> Row:
        finding = group[0]
        accepted, weight = self.accepted.get(finding.name), WEIGHTS[finding.kind]
        sentence = finding.name if len(group) == 1 else finding.everywhere.replace("*", f"{len(group)} operations", 1)
        steps = len(finding.steps)
        if accepted is not None:
            why = f"{accepted.date}: {accepted.reason}"
            return Row(f"D{number}", "accepted", "good", sentence, steps, why, group=heading)
        why = mask(_change(finding), self.secrets)
        return Row(
            f"D{number}",
            weight,
            TONES[weight],
            sentence,
            steps,
            why,
            self._story(group),
            group=heading,
            exchanges=self._exchanges(finding),
        )

    def _exchanges(self, finding: Finding) -> list[ShownExchange]:
        """Return each step with the answers of both servers, whole."""
        pairs = zip(finding.baseline, finding.candidate, strict=False)
        return [
            ShownExchange(
                request=mask(was.command or was.operation, self.secrets),
                answer=mask(_text(was.body), self.secrets),
                status=str(was.status),
                other=mask(_text(now.body), self.secrets),
                other_status=str(now.status),
                differs=index == finding.difference.index,
            )
            for index, (was, now) in enumerate(pairs)
        ]

    def _story(self, group: list[Finding]) -> str:
        finding = group[0]
        difference, weight = finding.difference, WEIGHTS[finding.kind]
        law = self._law(finding) if weight != "harmless" else ""
        lines = [f"{finding.name} ({weight})" + (f", endangers {law}" if law else "")]
        for index, (was, now) in enumerate(zip(finding.baseline, finding.candidate, strict=False)):
            lines.append(f"  {index + 1:2}. {was.command or was.operation}")
            if index == difference.index:
                lines += [f"      baseline   {self._answer(was)}", f"      candidate  {self._answer(now)}"]
            else:
                lines.append(f"      → {self._answer(was)}")
        lines.append(f"  {difference.where}: {_change(finding)}")
        if len(group) > 1:
            lines.append(f"  also in {', '.join(other.difference.operation for other in group[1:])}")
        return mask("\n".join(lines), self.secrets)

    def _answer(self, seen: Observation) -> str:
        body = mask(_text(seen.body), self.secrets)  # before cutting: half a secret would not be recognized
        return f"{seen.status} {body if len(body) <= 300 else body[:300] + '…'}"

    def _law(self, finding: Finding) -> str:
        name = finding.difference.operation
        operation = next((operation for operation in self.table.operations if operation.name == name), None)
        return operation.laws[0] if operation is not None and operation.laws else ""

    def json(self) -> bytes:
        """Return the result as JSON, with secrets masked."""
        result = {
            "vendor": self.pact.vendor,
            "baseline": self.baseline,
            "candidate": self.candidate,
            "seed": self.seed,
            "sequences": self.sequences,
            "seconds": round(self.seconds, 3),
            "bills": {
                usage.server: {
                    "calls": usage.calls,
                    "rate_share": round(usage.rate, 4),
                    "quota_share": None if usage.quota is None else round(usage.quota, 4),
                    "live_seconds": round(usage.live, 1),
                }
                for usage in self.usage
            },
            "exit_code": self.code,
            "differences": [self._difference(finding) for finding in self.found],
            "stale": [{"difference": e.difference, "reason": e.reason, "date": e.date.isoformat()} for e in self.stale],
        }
        return mask(json.dumps(result, indent=2, ensure_ascii=False), self.secrets).encode() + b"\n"

    def _difference(self, finding: Finding) -> dict[str, Any]:
        difference = finding.difference
        return {
            "difference": finding.name,
            "operation": difference.operation,
            "class": finding.kind,
            "where": difference.where,
            "judgement": WEIGHTS[finding.kind],
            "law": self._law(finding) or None,
            "baseline": difference.baseline,
            "candidate": difference.candidate,
            "accepted": finding.name in self.accepted,
            "steps": [step.operation for step in finding.steps],
            "curl": [seen.command for seen in finding.baseline if seen.command],
        }


def _text(body: Any) -> str:
    return body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)


def _change(finding: Finding) -> str:
    difference = finding.difference
    return f"{difference.baseline or 'not there'} … {difference.candidate or 'not there'}"
