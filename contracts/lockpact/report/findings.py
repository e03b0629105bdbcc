"""The verdicts of a run as a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lockpact.core.exit_codes import BROKEN, KEPT, NOTHING
from lockpact.core.secrets import mask
from lockpact.core.verdict import Breach, Outcome, Verdict
from lockpact.report.model import ReportModel, Row, Tone
from lockpact.report.story import client_steps, render_story, shown_exchanges

__all__ = ["TONES", "Report", "summarized", "summary"]

TONES: dict[Outcome, Tone] = {"kept": "good", "broken": "bad", "not exercised": "open", "not covered": "dim"}
"""Outcome of a law → the tone of its row."""


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
    """The command that shows a breach's story again. `{law}` stands for the law's id, `{example}` for the example's number."""
    unlisted: Mapping[str, int] = field(default_factory=dict)
    """Implied law that is not broken → how often it was judged."""
    of_examples: int = 0
    """How many numbered examples the whole run has, of which this may be a part. 0: they have no numbers."""
    shard: str = ""
    """`K/N`: this part has every Nth example, from the Kth on. Empty: all."""

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
                v.breach.reproduce or self.reproduce.format(law=v.law.id, example=v.breach.example),
            )
            for v in self.broken
            if v.breach is not None
        }

    def _reproduce(self, breach: Breach) -> str:
        return self.reproduce.format(law=breach.law.id, example=breach.example)

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
            facts={"subject": self.subject, "document": self.document, "seed": str(self.seed), **self._run()},
            unlisted=self.unlisted,
        )

    def _run(self) -> dict[str, str]:
        """Return what `lockpact merge` must know of a run of numbered examples."""
        if not self.of_examples:
            return {}
        shard = {"shard": self.shard} if self.shard else {}
        return {"examples": str(self.of_examples), "ran": str(self.examples), **shard}

    def _row(self, verdict: Verdict) -> Row:
        law, breach = verdict.law, verdict.breach
        return Row(
            law.id,
            verdict.outcome,
            TONES[verdict.outcome],
            law.sentence,
            verdict.judged,
            why=verdict.why if breach is None else mask(breach.sentence, self.secrets),
            story=self.stories().get(law.id, ""),
            steps=() if breach is None else client_steps(breach, self.secrets),
            evidence=law.evidence,
            exchanges=() if breach is None else shown_exchanges(breach, self.secrets),
            files={"journal.jsonl": breach.journal} if breach is not None and breach.journal else {},
            found=(self.seed, breach.example) if breach is not None and self.seed is not None else None,
        )


def summary(report: Report) -> str:
    """Return one line: how many laws were kept, broken, and neither."""
    run = f"in {report.examples} examples, seed {report.seed}" if report.seed is not None else ""
    run += f", shard {report.shard}" if report.shard else ""
    return summarized([verdict.outcome for verdict in report.verdicts], run, report.seconds, report.code)


def summarized(outcomes: Sequence[str], run: str, seconds: float, code: int) -> str:
    """Return one line: how many laws have each outcome, in which run."""
    counts = {outcome: outcomes.count(outcome) for outcome in TONES}
    text = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    nothing = ": this run proved nothing" if code == NOTHING else ""
    return f"{text}{' ' * bool(run)}{run}, {seconds:.1f} s{nothing}"
