"""`--github`: annotations for GitHub Actions, and the job's summary."""

from __future__ import annotations

import io
from pathlib import Path

from lockpact.report.github import annotate
from lockpact.report.model import ReportModel, Row

ROWS = [
    Row("A-1", "kept", "good", "answers"),
    Row("A-2", "broken", "bad", "a|b <c>", story="first: 100 %\nsecond"),
    Row("A-3", "risky", "mild", "changes", why="it did"),
    Row("A-4", "not covered", "dim", "is left out"),
]
REPORT = ReportModel("Yours, and ours", "nuki", "law", "judged", ROWS, "1 kept", 1, notes=["note"])


def test_failed_rows_are_annotations(tmp_path: Path) -> None:
    output = io.StringIO()
    annotate(REPORT, output, None)
    assert output.getvalue() == (
        "::error title=A-2 broken::first: 100 %25%0Asecond\n::warning title=A-3 risky::it did\n"
    )


def test_the_summary_is_appended(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    file.write_text("before\n")
    annotate(REPORT, io.StringIO(), str(file))
    lines = file.read_text().splitlines()
    assert lines[:2] == ["before", "### Yours, and ours"]
    assert "| A-2 | ✗ broken | a\\|b &lt;c> |" in lines
    assert "<details><summary>A-2</summary>" in lines
    assert not [line for line in lines if "A-4" in line]
    assert lines[-2] == "**1 kept**"
