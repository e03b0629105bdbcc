"""A paper to its readers: the terminal, a CI system, a browser, and files to look into."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from lockpact.report.findings.junit import junit
from lockpact.report.findings.html import page
from lockpact.report.findings.model import Paper
from lockpact.report.findings.terminal import print_paper

__all__ = ["deliver"]


def deliver(
    paper: Paper,
    junit_file: Path | None = None,
    html_file: Path | None = None,
    folder: Path | None = None,
    console: Console | None = None,
) -> None:
    """Print it, and write what was asked for. `folder` gets each story, and what belongs to it. Raises OSError."""
    print_paper(paper, console or Console())
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
