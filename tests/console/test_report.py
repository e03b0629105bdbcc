"""A report of lockpact as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lockpact.report.model import ReportModel, Row, ShownExchange
from lockpact.simulators.report_page import report_page
from tests.needs import BROWSER

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.needs(BROWSER), pytest.mark.xdist_group("browser")]

SIDES = [
    ShownExchange("curl /auth", '{"token":"•••","success":true}', status="200", other='{"success":false}',
                  other_status="200", differs=True)
]  # fmt: skip
ROWS = [
    Row("NK-ACT-1", "kept", "good", "success: <b>false</b> is a failure", 6, evidence="/lockAction: success, flag"),
    Row("D1", "breaking", "bad", "GET /auth: timing success", 2, story="a story", group="one answer", exchanges=SIDES),
    Row("D2", "breaking", "bad", "GET /auth: timing token", 2, story="a story", group="one answer", exchanges=SIDES),
]


def test_a_report_is_filtered_by_verdict_and_shows_both_answers_side_by_side(browser: Browser, tmp_path: Path) -> None:
    from axe_playwright_python.sync_playwright import Axe

    file = tmp_path / "report.html"
    file.write_bytes(report_page(ReportModel("what <b>changed</b>", "nuki", "difference", "steps", ROWS, "2 new", 1)))
    page = browser.new_page()
    said: list[str] = []
    page.on("request", lambda one: said.append(one.url) if not one.url.startswith(("file:", "data:")) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    page.get_by_role("button", name="breaking 2").wait_for()
    assert page.get_by_role("heading", level=1).inner_text() == "what <b>changed</b>"
    assert page.get_by_text("success: <b>false</b> is a failure").count() == 1
    marked = page.locator("#D1 .pair .mark")
    assert [one.strip() for one in marked.all_inner_texts()] == ['token: "•••"', "success: true", "success: false"]
    assert page.locator("#D2 .pair").count() == 0
    assert page.locator("#D2").get_by_text("the same answers as D1").count() == 1
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="kept 1").click()
    assert page.locator(".verdict").count() == 1
    page.locator("#NK-ACT-1 summary").click()
    page.get_by_text("rules of the simulator").wait_for()
    assert said == []
    page.context.close()
