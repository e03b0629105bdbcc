"""A test whose need is missing is left out, and the summary says so; LOCKPACT_REQUIRE makes it fail."""

from __future__ import annotations

import pytest

pytest_plugins = ["pytester"]

TESTS = """
import pytest
from tests.needs import Need, pytest_runtest_setup, pytest_terminal_summary

GONE = Need("browser", "install one", lambda: False)

@pytest.mark.needs(GONE)
@pytest.mark.parametrize("number", [1, 2])
def test_left_out(number): pass

@pytest.mark.needs(Need("python", "", lambda: True))
def test_run(): pass
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeini("[pytest]\nmarkers = needs(what): x")
    pytester.makeconftest("from tests.needs import pytest_runtest_setup, pytest_terminal_summary")
    pytester.makepyfile(TESTS)
    return pytester


def test_the_summary_says_in_one_line_what_was_left_out(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LOCKPACT_REQUIRE", raising=False)
    ran = project.runpytest("-p", "no:randomly")
    ran.assert_outcomes(passed=1, skipped=2)
    ran.stdout.fnmatch_lines(["left out: 2 tests that need browser: install one"])


def test_what_is_required_fails(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKPACT_REQUIRE", "node,browser")
    ran = project.runpytest("-p", "no:randomly")
    ran.assert_outcomes(passed=1, errors=2)
    ran.stdout.fnmatch_lines(["*this test needs browser, which LOCKPACT_REQUIRE names: install one*"])
