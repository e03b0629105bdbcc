"""A report to its readers: the terminal, a CI system, a browser, and files to look into."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console

from lockpact.junit import junit
from lockpact.page import page
from lockpact.report import Report
from lockpact.story import tell
from lockpact.table import print_report

__all__ = ["deliver", "stories"]


def stories(report: Report) -> dict[str, str]:
    """Law id → the story of its breach, with secrets masked."""
    return {
        v.law.id: tell(v.breach, report.document, report.secrets, report.again.format(law=v.law.id))
        for v in report.broken
        if v.breach is not None
    }


def deliver(
    report: Report,
    junit_file: Path | None = None,
    html_file: Path | None = None,
    folder: Path | None = None,
    console: Console | None = None,
) -> None:
    """Print it, and write what was asked for. `folder` gets each story, and the journal of its world. Raises OSError."""
    told = stories(report)
    print_report(report, console or Console(), list(told.values()))
    if junit_file is not None:
        _write(junit_file, junit(report, told))
    if html_file is not None:
        _write(html_file, page(report, told).encode())
    if folder is None:
        return
    for verdict in report.broken:
        _write(folder / f"{verdict.law.id}.txt", told[verdict.law.id].encode())
        if verdict.breach is not None and verdict.breach.journal:
            _write(folder / f"{verdict.law.id}.journal.jsonl", verdict.breach.journal.encode())


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
