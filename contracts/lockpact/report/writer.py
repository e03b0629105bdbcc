"""Write a report: to the terminal, as JUnit XML or JSON, and its stories as files. `simulators.report_page` writes HTML."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from lockpact.report.json_form import encode_report
from lockpact.report.junit import render_junit
from lockpact.report.model import ReportModel
from lockpact.report.terminal import print_report

__all__ = ["write_report"]


def write_report(
    report: ReportModel,
    junit_file: Path | None = None,
    folder: Path | None = None,
    console: Console | None = None,
    json_file: Path | None = None,
) -> None:
    """Print the report, and write the files that are wanted. `folder` gets each story and its journal. Raises OSError."""
    print_report(report, console or Console())
    if junit_file is not None:
        _write(junit_file, render_junit(report))
    if json_file is not None:
        _write(json_file, encode_report(report))
    if folder is None:
        return
    for row in report.rows:
        if row.story:
            _write(folder / f"{row.id}.txt", row.story.encode())
        for suffix, text in row.files.items():
            _write(folder / f"{row.id}.{suffix}", text.encode())


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
