"""A report on the terminal: a table, then the stories."""

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
"""Tone → its mark and its style."""


def print_report(report: ReportModel, console: Console) -> None:
    """Print the table, the stories, the notes and the summary."""
    console.print(_table(report))
    for row in report.rows:
        if row.story:
            console.print()
            console.print(Text(row.story.rstrip()), soft_wrap=True)
    for note in [*_not_looked_at(report), *report.notes]:
        console.print(Text(note, style="yellow"), soft_wrap=True)
    console.print(Text(report.summary, style={0: "green", 1: "bold red", 2: "yellow"}[report.code]))


def _table(report: ReportModel) -> Table:
    table = Table(title=report.title, title_justify="left", box=None, pad_edge=False)
    table.add_column(report.heading, no_wrap=True)
    table.add_column("", no_wrap=True)
    table.add_column("")
    table.add_column(report.counted, justify="right", no_wrap=True)
    group = ""
    for row in report.rows:
        if row.tone != "dim":
            if row.group != group:
                group = row.group
                table.add_section()
                table.add_row("", "", Text(group, "italic"), "")
            mark, style = MARKS[row.tone]
            table.add_row(row.id, Text(f"{mark} {row.word}", style), Text(row.sentence), str(row.count or ""))
    return table


def _not_looked_at(report: ReportModel) -> list[str]:
    """Return one line for each reason, since many rows share the same one."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in report.rows:
        if row.tone in ("open", "dim"):
            reasons.setdefault((row.word, row.why), []).append(row.id)
    return [f"{word} ({why}): {', '.join(ids)}" for (word, why), ids in reasons.items()]
