"""pynuki 1.6.3, driven through the adapter in the docs, breaks the laws that docs/pynuki.md lists."""

from __future__ import annotations

import importlib.util
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lockpact.driving.check import check
from lockpact.driving.virtual_time import virtual_time
from lockpact.nuki import PACT
from lockpact.report.findings import Report
from lockpact.simulators.stage import WorldStage

DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def report() -> Report:
    with virtual_time():
        spec = importlib.util.spec_from_file_location("pynuki_adapter", DOCS / "adapters" / "pynuki_adapter.py")
        assert spec is not None
        assert spec.loader is not None
        module: Any = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return check(PACT, module.PynukiAdapter, partial(WorldStage, PACT), examples=100)


def test_the_page_lists_the_verdicts_and_shows_the_stories(report: Report) -> None:
    page = (DOCS / "pynuki.md").read_text(encoding="utf-8")
    listed = {
        row[0]: row[1]
        for row in re.findall(
            r"^\| ((?:NK|PORT)-[\w-]+) \| (kept|broken|not covered|not exercised) \|", page, re.MULTILINE
        )
    }
    assert listed == {verdict.law.id: verdict.outcome for verdict in report.verdicts}
    stories = report.stories()
    assert stories
    for law, story in stories.items():
        assert story.splitlines()[0] in page, f"docs/pynuki.md lacks the story of {law}"
