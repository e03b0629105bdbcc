"""hb-nb-tools 2.0.19, driven through the adapter in the docs, breaks the laws that docs/hb-nb-tools.md lists."""

from __future__ import annotations

import re
import shlex
import shutil
from functools import partial
from pathlib import Path

import pytest

from lockpact.core.kits import copy_kit
from lockpact.driving.check import check
from lockpact.nuki import PACT
from lockpact.programs.start import running
from lockpact.report.findings import Report
from lockpact.simulators.stage import WorldStage
from tests.needs import NODE, NODE_FOLDER

# One worker drives the library for both tests.
pytestmark = [pytest.mark.needs(NODE), pytest.mark.xdist_group("hb-nb-tools")]
DOCS = Path(__file__).parents[3] / "docs"


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("adapter")
    copy_kit("node", folder / "lockpact", "nuki")
    (folder / "node_modules").symlink_to(NODE_FOLDER / "node_modules")
    adapter = Path(shutil.copy(DOCS / "adapters" / "hb_nb_tools_adapter.mjs", folder))
    with running(PACT, f"node {shlex.quote(str(adapter))}") as program:
        stage = partial(WorldStage, PACT, program=program)
        return check(PACT, program.adapter(), stage, examples=70)


def test_the_page_lists_the_verdicts_and_shows_the_stories(report: Report) -> None:
    page = (DOCS / "hb-nb-tools.md").read_text(encoding="utf-8")
    row = r"^\| ((?:NK|PORT)-[\w-]+) \| (kept|broken|not covered|not exercised) \|"
    listed = dict(re.findall(row, page, re.MULTILINE))
    assert listed == {verdict.law.id: verdict.outcome for verdict in report.verdicts}
    shown = [law for law, story in report.stories().items() if story.splitlines()[0] in page]
    assert shown == ["NK-AUTH-1", "NK-ACT-2", "NK-ACT-5", "NK-CB-1", "PORT-list_locks"]


def test_an_answer_that_is_cut_off_leaves_its_caller_waiting_for_ever(report: Report) -> None:
    story = report.stories()["PORT-list_locks"]
    assert "cut off after 9 bytes" in story
    assert "→ Deadlock: the client waits and nothing can wake it" in story
