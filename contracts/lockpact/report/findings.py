"""The verdicts of a run as a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lockpact.core.exit_codes import BROKEN, KEPT, NOTHING
from lockpact.core.secrets import mask
from lockpact.core.verdict import Outcome, Verdict
from lockpact.report.model import ReportModel, Row, Tone
from lockpact.report.story import client_steps, render_story, shown_exchanges

__all__ = ["Report", "summary"]

_TONES: dict[Outcome, Tone] = {"kept": "good", "broken": "bad", "not exercised": "open", "not covered": "dim"}


@dataclass(frozen=True)
class Report:
    """The verdicts of a run on one subject: the adapter, the command or the URL that is judged."""

    vendor: str
    document: str
    subject: str
    verdicts: Sequence[Verdict]
    seed: int | None = None
    examples: int = 0
    seconds: float = 0.0
    secrets: Sequence[str] = field(default=(), repr=False)
    """What no report may show."""
    notes: Sequence[str] = ()
    failed: bool = False
    """Whether the subject itself failed, so that its further requests were not judged."""
    reproduce: str = ""
    """The command that shows a breach's story again. `{law}` stands for the law's id."""

    @property
    def broken(self) -> list[Verdict]:
        """The verdicts of the broken laws."""
        return [verdict for verdict in self.verdicts if verdict.outcome == "broken"]

    @property
    def code(self) -> int:
        """The exit code."""
        if self.broken:
            return BROKEN
        return KEPT if not self.failed and any(verdict.outcome == "kept" for verdict in self.verdicts) else NOTHING

    def stories(self) -> dict[str, str]:
        """Return the story of each breach by its law's id, with secrets masked."""
        return {
            v.law.id: render_story(
                v.breach,
                v.breach.document or self.document,
                self.secrets,
                v.breach.reproduce or self.reproduce.format(law=v.law.id),
            )
            for v in self.broken
            if v.breach is not None
        }

    def model(self) -> ReportModel:
        """Return the report for any form, with secrets masked."""
        return ReportModel(
            title=f"{self.subject} and the {self.vendor} pact",
            vendor=self.vendor,
            heading="law",
            counted="judged",
            rows=[self._row(verdict) for verdict in self.verdicts],
            summary=summary(self),
            code=self.code,
            about=self.document,
            notes=self.notes,
            seconds=self.seconds,
            facts={"subject": self.subject, "document": self.document, "seed": str(self.seed)},
        )

    def _row(self, verdict: Verdict) -> Row:
        law, breach = verdict.law, verdict.breach
        return Row(
            law.id,
            verdict.outcome,
            _TONES[verdict.outcome],
            law.sentence,
            verdict.judged,
            why=verdict.why if breach is None else mask(breach.sentence, self.secrets),
            story=self.stories().get(law.id, ""),
            steps=() if breach is None else client_steps(breach, self.secrets),
            evidence=law.evidence,
            exchanges=() if breach is None else shown_exchanges(breach, self.secrets),
            files={"journal.jsonl": breach.journal} if breach is not None and breach.journal else {},
        )


def summary(report: Report) -> str:
    """Return one line: how many laws were kept, broken, and neither."""
    counts = {outcome: sum(v.outcome == outcome for v in report.verdicts) for outcome in _TONES}
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    run = f" in {report.examples} examples, seed {report.seed}" if report.seed is not None else ""
    nothing = ": this run proved nothing" if report.code == NOTHING else ""
    return f"{outcomes}{run}, {report.seconds:.1f} s{nothing}"
