"""What a judging command found out, and the exit code that says it to a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lockpact.core.verdict import Outcome, UnexpectedError, Verdict
from lockpact.report.model import ReportModel, Row, Tone
from lockpact.report.story import mask, tell

__all__ = ["BROKEN", "KEPT", "NOTHING", "CouldNotRun", "Report", "summary"]

_TONES: dict[Outcome, Tone] = {"kept": "good", "broken": "bad", "not exercised": "open", "not covered": "dim"}

KEPT, BROKEN, NOTHING = 0, 1, 2
"""Exit codes: kept; broken; could not run, or proved nothing."""


class CouldNotRun(Exception):
    """The run proved nothing; the text says why, and what to do."""


@dataclass(frozen=True)
class Report:
    """See the module. `subject` is whom it judges: the adapter, the command, the URL."""

    vendor: str
    document: str
    subject: str
    verdicts: Sequence[Verdict]
    seed: int | None = None
    examples: int = 0
    seconds: float = 0.0
    unexpected_errors: Sequence[UnexpectedError] = ()
    secrets: Sequence[str] = field(default=(), repr=False)
    """What no report may show."""
    notes: Sequence[str] = ()
    failed: bool = False
    """Whether the subject itself ended in failure, so that what it would have done next was not judged."""
    again: str = ""
    """The command that tells a breach's story again; `{law}` stands for the law's id."""

    @property
    def broken(self) -> list[Verdict]:
        """What was broken."""
        return [verdict for verdict in self.verdicts if verdict.outcome == "broken"]

    @property
    def code(self) -> int:
        """The exit code."""
        if self.broken:
            return BROKEN
        return KEPT if not self.failed and any(verdict.outcome == "kept" for verdict in self.verdicts) else NOTHING

    def stories(self) -> dict[str, str]:
        """Law id → the story of its breach, with secrets masked."""
        return {
            v.law.id: tell(v.breach, self.document, self.secrets, self.again.format(law=v.law.id))
            for v in self.broken
            if v.breach is not None
        }

    def paper(self) -> ReportModel:
        """As its readers get it, with secrets masked."""
        return ReportModel(
            title=f"{self.subject} and the {self.vendor} pact",
            vendor=self.vendor,
            heading="law",
            counted="judged",
            rows=[self._row(verdict) for verdict in self.verdicts],
            summary=summary(self),
            code=self.code,
            about=self.document,
            notes=[*map(_surprise, self.unexpected_errors), *self.notes],
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
            files={"journal.jsonl": breach.journal} if breach is not None and breach.journal else {},
        )


def _surprise(surprise: UnexpectedError) -> str:
    return (
        f"{surprise.call} raised {surprise.what} {surprise.count} times; that is none of the port's errors: "
        "translate it in the adapter, if the client means one of them"
    )


def summary(report: Report) -> str:
    """One line: how many laws were kept, broken, and neither."""
    counts = {outcome: sum(v.outcome == outcome for v in report.verdicts) for outcome in _TONES}
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    how = f" in {report.examples} examples, seed {report.seed}" if report.seed is not None else ""
    nothing = ": this run proved nothing" if report.code == 2 else ""
    return f"{said}{how}, {report.seconds:.1f} s{nothing}"
