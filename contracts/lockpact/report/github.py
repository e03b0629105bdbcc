"""A report for GitHub Actions: an annotation for each failed row, and a table in the job's summary."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from lockpact.report.model import ReportModel, Row
from lockpact.report.terminal import MARKS

__all__ = ["annotate"]

_LEVELS = {"bad": "error", "mild": "warning"}


def annotate(report: ReportModel, output: IO[str], summary_file: str | None) -> None:
    """Write annotations to the output, and append the report to the job's summary, if there is one. Raises OSError."""
    for row in report.rows:
        if row.tone in _LEVELS:
            text = _data(row.story or row.why or row.sentence)
            output.write(f"::{_LEVELS[row.tone]} title={_property(f'{row.id} {row.word}')}::{text}\n")
    if summary_file:
        with Path(summary_file).open("a", encoding="utf-8") as file:
            file.write(_markdown(report))


def _markdown(report: ReportModel) -> str:
    rows = [row for row in report.rows if row.tone != "dim"]
    table = [
        f"| {report.heading} | | |",
        "|---|---|---|",
        *(f"| {_cell(row.id)} | {_mark(row)} | {_cell(row.sentence)} |" for row in rows),
    ]
    stories = [
        f"<details><summary>{row.id}</summary>\n\n```text\n{row.story.rstrip()}\n```\n\n</details>"
        for row in rows
        if row.story
    ]
    return "\n".join(
        [f"### {_cell(report.title)}", "", *table, "", *stories, *report.notes, "", f"**{report.summary}**", "", ""]
    )


def _mark(row: Row) -> str:
    return f"{MARKS[row.tone][0]} {row.word}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _data(text: str) -> str:
    """Escape an annotation's text, as GitHub's toolkit does."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
