"""The short table that every judging command prints."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lockpact.report.model import ReportModel, Tone

__all__ = ["MARKS", "print_report"]

MARKS: dict[Tone, tuple[str, str]] = {
    "good": ("✓", "green"),
    "bad": ("✗", "bold red"),
    "mild": ("!", "yellow"),
    "open": ("–", "yellow"),
    "dim": ("·", "dim"),
}
"""tone → its mark and its style."""


def print_report(paper: ReportModel, console: Console) -> None:
    """The table, then the stories, then what else is to be said, then one line that sums it up."""
    console.print(_table(paper))
    for row in paper.rows:
        if row.story:
            console.print()
            console.print(Text(row.story.rstrip()), soft_wrap=True)
    for note in [*_not_looked_at(paper), *paper.notes]:
        console.print(Text(note, style="yellow"), soft_wrap=True)
    console.print(Text(paper.summary, style={0: "green", 1: "bold red", 2: "yellow"}[paper.code]))


def _table(paper: ReportModel) -> Table:
    table = Table(title=paper.title, title_justify="left", box=None, pad_edge=False)
    table.add_column(paper.heading, no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("")
    table.add_column(paper.counted, justify="right", no_wrap=True)
    group = ""
    for row in paper.rows:
        if row.tone != "dim":
            if row.group != group:
                group = row.group
                table.add_section()
                table.add_row("", "", Text(group, "italic"), "")
            mark, style = MARKS[row.tone]
            table.add_row(row.id, Text(f"{mark} {row.word}", style), Text(row.sentence), str(row.count or ""))
    return table


def _not_looked_at(paper: ReportModel) -> list[str]:
    """One line for each reason, since the rows in question share few."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in paper.rows:
        if row.tone == "dim":
            reasons.setdefault((row.word, row.why), []).append(row.id)
    return [f"{word} ({why}): {', '.join(ids)}" for (word, why), ids in reasons.items()]
