"""The short table that every judging command prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lockpact.report import Report
from lockpact.verdict import Outcome, Surprise

__all__ = ["MARKS", "print_report"]

MARKS: dict[Outcome, tuple[str, str]] = {
    "kept": ("✓", "green"),
    "broken": ("✗", "bold red"),
    "not exercised": ("–", "yellow"),
    "not covered": ("·", "dim"),
}
"""outcome → its mark and its style."""


def print_report(report: Report, console: Console, stories: Sequence[str] = ()) -> None:
    """The table, then the stories, then what else is to be said, then one line that sums it up."""
    console.print(_table(report))
    for story in stories:
        console.print()
        console.print(Text(story.rstrip()), soft_wrap=True)
    for note in _remarks(report):
        console.print(Text(note, style="yellow"), soft_wrap=True)
    console.print(Text(summary(report), style={0: "green", 1: "bold red", 2: "yellow"}[report.code]))


def _table(report: Report) -> Table:
    table = Table(
        title=f"{report.subject} and the {report.vendor} pact", title_justify="left", box=None, pad_edge=False
    )
    table.add_column("law", no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("")
    table.add_column("judged", justify="right", no_wrap=True)
    for verdict in report.verdicts:
        if verdict.outcome == "not covered":
            continue
        mark, style = MARKS[verdict.outcome]
        table.add_row(
            verdict.law.id,
            Text(f"{mark} {verdict.outcome}", style),
            Text(verdict.law.sentence),
            str(verdict.judged or ""),
        )
    return table


def _remarks(report: Report) -> list[str]:
    return [*_not_covered(report), *map(_surprise, report.surprises), *report.notes]


def _not_covered(report: Report) -> list[str]:
    """One line for each reason, since the laws in question share few."""
    reasons: dict[str, list[str]] = {}
    for verdict in report.verdicts:
        if verdict.outcome == "not covered":
            reasons.setdefault(verdict.why, []).append(verdict.law.id)
    return [f"not covered ({why}): {', '.join(ids)}" for why, ids in reasons.items()]


def _surprise(surprise: Surprise) -> str:
    return (
        f"{surprise.call} raised {surprise.what} {surprise.count} times; that is none of the port's errors: "
        "translate it in the adapter, if the client means one of them"
    )


def summary(report: Report) -> str:
    """One line: how many laws were kept, broken, and neither."""
    counts = {outcome: sum(v.outcome == outcome for v in report.verdicts) for outcome in MARKS}
    said = ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)
    how = f" in {report.examples} examples, seed {report.seed}" if report.seed is not None else ""
    nothing = ": this run proved nothing" if report.code == 2 else ""
    return f"{said}{how}, {report.seconds:.1f} s{nothing}"
