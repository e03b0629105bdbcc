"""A paper to its readers: the terminal, a CI system, a browser, and files to look into."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from lockpact.report.html import page
from lockpact.report.junit import junit
from lockpact.report.model import ReportModel
from lockpact.report.terminal import print_report

__all__ = ["deliver"]


def deliver(
    paper: ReportModel,
    junit_file: Path | None = None,
    html_file: Path | None = None,
    folder: Path | None = None,
    console: Console | None = None,
) -> None:
    """Print it, and write what was asked for. `folder` gets each story, and what belongs to it. Raises OSError."""
    print_report(paper, console or Console())
    if junit_file is not None:
        _write(junit_file, junit(paper))
    if html_file is not None:
        _write(html_file, page(paper).encode())
    if folder is None:
        return
    for row in paper.rows:
        if row.story:
            _write(folder / f"{row.id}.txt", row.story.encode())
        for suffix, text in row.files.items():
            _write(folder / f"{row.id}.{suffix}", text.encode())


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
