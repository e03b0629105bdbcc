"""What a judging command found out, and the exit code that says it to a machine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lockpact.verdict import Surprise, Verdict

__all__ = ["BROKEN", "KEPT", "NOTHING", "CouldNotRun", "Report"]

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
    surprises: Sequence[Surprise] = ()
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
