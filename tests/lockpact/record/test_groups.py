"""The rows of a group have its heading, on the terminal and in HTML."""

from __future__ import annotations

from io import StringIO

from rich.console import Console

from lockpact.report.html import render_html
from lockpact.report.model import ReportModel, Row
from lockpact.report.terminal import print_report

ROWS = [
    Row("L1", "kept", "good", "a law"),
    Row("R1", "confirmed", "good", "a rule", group="the <rules>"),
    Row("R2", "contradicted", "bad", "another", group="the <rules>"),
]
PAPER = ReportModel("t", "nuki", "law", "judged", ROWS, "s", 1)


def test_the_terminal_shows_a_groups_heading_once() -> None:
    output = StringIO()
    print_report(PAPER, Console(file=output, width=100))
    lines = [line.split() for line in output.getvalue().splitlines()]
    assert [words[:2] for words in lines[2:6]] == [["L1", "✓"], ["the", "<rules>"], ["R1", "✓"], ["R2", "✗"]]


def test_the_page_shows_a_groups_heading_once_and_escaped() -> None:
    html = render_html(PAPER)
    assert html.count("the &lt;rules&gt;") == 1
    assert html.index("L1") < html.index("the &lt;rules&gt;") < html.index("R1")
    assert "the &lt;rules&gt;" not in render_html(ReportModel("t", "nuki", "law", "judged", ROWS[:1], "s", 0))
