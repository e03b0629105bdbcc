"""Reports: JUnit XML, HTML, terminal, and files."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

from lockpact.core.traffic import Traffic
from lockpact.core.verdict import Breach, Verdict
from lockpact.report.findings import Report
from lockpact.report.html import render_html
from lockpact.report.writer import write_report
from lockpact.simulators.report_page import write_page
from tests.lockpact.toys import answers_even_numbers, asks_at_most_twice, exchange, step, tells_the_truth

EVIL = 'it said <script>alert("&")</script> \x00\x1b[31m s3cret'


@pytest.fixture
def report() -> Report:
    traffic = Traffic([exchange("/count?token=s3cret")])
    breach = Breach(answers_even_numbers, EVIL, [step(traffic=traffic)], traffic, journal='{"n":1}\n')
    verdicts = [
        Verdict(answers_even_numbers, "broken", 3, breach),
        Verdict(tells_the_truth, "not covered", why="the client has no tell"),
        Verdict(asks_at_most_twice, "kept", 7),
    ]
    return Report(
        "toy",
        "The manual",
        "my:Client",
        verdicts,
        7,
        50,
        1.25,
        ["s3cret"],
        reproduce="lockpact check --law {law}",
    )


class Written:
    def __init__(self, report: Report, folder: Path) -> None:
        out = StringIO()
        console = Console(file=out, width=120, no_color=True)
        write_report(report.model(), folder / "a/junit.xml", folder / "stories", console)
        write_page(report.model(), folder / "page.html")
        self.terminal = out.getvalue()
        self.junit = (folder / "a/junit.xml").read_bytes()
        self.page = (folder / "page.html").read_text()
        self.stories = {file.name: file.read_text() for file in (folder / "stories").iterdir()}


@pytest.fixture
def written(report: Report, tmp_path: Path) -> Written:
    return Written(report, tmp_path)


def test_junit_has_one_case_for_each_law_and_reads_as_xml(written: Written) -> None:
    suite = ET.fromstring(written.junit).find("testsuite")
    assert suite is not None
    assert {k: suite.get(k) for k in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3", "failures": "1", "errors": "0", "skipped": "1",
    }  # fmt: skip
    failed, skipped, kept = suite.findall("testcase")
    failure, skip = failed.find("failure"), skipped.find("skipped")
    assert failure is not None
    assert failure.text is not None
    assert "TOY-EVEN is broken: answers even numbers" in failure.text
    assert skip is not None
    assert skip.get("message") == "not covered: the client has no tell"
    assert len(kept) == 0


class Tags(HTMLParser):
    """The tags of a page, and where they lead."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.scripts: list[str | None] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag == "script":
            self.scripts.append(dict(attrs).get("type"))
        self.links.extend(value or "" for name, value in attrs if name in ("src", "href"))


def test_the_page_is_escaped_and_loads_nothing(written: Written) -> None:
    tags = Tags()
    tags.feed(written.page)
    assert tags.scripts == ["importmap", "application/json", "module"]
    assert "<script>alert" not in written.page
    assert "&lt;script&gt;" in written.page
    assert tags.links == ["data:,", "#TOY-EVEN"]
    assert "default-src 'none'" in written.page


def test_the_report_can_be_read_without_scripts(report: Report) -> None:
    tags = Tags()
    tags.feed(render_html(report.model()))
    assert "script" not in tags.seen
    assert tags.links == ["#TOY-EVEN"]


def test_the_page_has_each_exchange_whole_and_masked(written: Written) -> None:
    found = re.search(r'<script type="application/json" id="story">(.*?)</script>', written.page, re.DOTALL)
    assert found
    rows = {row["id"]: row for row in json.loads(found[1])["rows"]}
    assert [one["request"] for one in rows["TOY-EVEN"]["exchanges"]] == ["GET /count?token=•••"]
    assert rows["TOY-EVEN"]["evidence"] == answers_even_numbers.evidence
    assert "files" not in rows["TOY-EVEN"]


def test_no_report_shows_a_secret(written: Written) -> None:
    for output in (written.terminal, written.junit.decode(), written.page, *written.stories.values()):
        assert "s3cret" not in output
    assert "•••" in written.terminal


def test_the_terminal_gets_a_table_the_story_and_a_summary(written: Written) -> None:
    lines = written.terminal.splitlines()
    assert lines[0].startswith("my:Client and the toy pact")
    assert any(line.split() == ["TOY-SLOW", "✓", "kept", "asks", "at", "most", "twice", "7"] for line in lines)
    assert "not covered (the client has no tell): TOY-TRUE" in lines
    assert "  reproduce: lockpact check --law TOY-EVEN" in lines
    assert lines[-1] == "1 kept, 1 broken, 1 not covered in 50 examples, seed 7, 1.2 s"


def test_the_folder_gets_the_story_and_its_worlds_journal(written: Written) -> None:
    assert written.stories.keys() == {"TOY-EVEN.txt", "TOY-EVEN.journal.jsonl"}
    assert written.stories["TOY-EVEN.journal.jsonl"] == '{"n":1}\n'
