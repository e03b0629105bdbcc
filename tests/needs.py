"""What some tests need and not every machine has, such as Node.

A test says so: `@pytest.mark.needs(NODE)`. Where it is missing the test is left out, and pytest's summary says so in one
line for each need. `LOCKPACT_REQUIRE=node,browser` in the environment turns a test that would be left out into a failure.

`pytest_runtest_setup` and `pytest_terminal_summary` are the hooks of the repository's `conftest.py`.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

__all__ = [
    "BROWSER",
    "CHROMIUM",
    "CURL",
    "FAKETIME",
    "GO",
    "HAPROXY",
    "JAVA",
    "NODE",
    "NODE_FOLDER",
    "PHP",
    "POSTGRES",
    "POSTGRES_PROGRAMS",
    "RUBY",
    "Need",
    "pytest_runtest_setup",
    "pytest_terminal_summary",
]

NODE_FOLDER = Path(__file__).parent / "nuki" / "real_clients" / "node"
"""Where npm has installed real clients in JavaScript."""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))), "chromium")
"""The browser. Without windows of its own, as the first, it takes two thirds of the time."""
POSTGRES_PROGRAMS = max(
    Path("/usr/lib/postgresql").glob("*/bin"), default=None, key=lambda found: int(found.parent.name)
)
"""Where Debian keeps `initdb` and `postgres`; None without them."""
_LEFT_OUT = "left out, needs "


class Need(NamedTuple):
    """Something that tests need.

    Attributes:
        name: Its name in `LOCKPACT_REQUIRE`.
        remedy: How to get it.
        is_there: Returns whether this machine has it.
    """

    name: str
    remedy: str
    is_there: Callable[[], bool]


NODE = Need(
    "node",
    "install Node 20 or newer, then: npm ci --prefix tests/nuki/real_clients/node",
    lambda: shutil.which("node") is not None and (NODE_FOLDER / "node_modules").is_dir(),
)
BROWSER = Need(
    "browser",
    "install Chromium, for instance Debian's package chromium-headless-shell",
    lambda: shutil.which(CHROMIUM) is not None,
)
CURL = Need("curl", "install curl", lambda: _has("curl"))
RUBY = Need("ruby", "install Ruby 3, for instance Debian's package ruby", lambda: _has("ruby"))
PHP = Need("php", "install PHP 8 with curl, Debian's packages php-cli and php-curl", lambda: _has("php"))
GO = Need("go", "install Go 1.19 or newer, for instance Debian's package golang-go", lambda: _has("go"))
JAVA = Need(
    "java", "install a JDK 17 or newer, for instance Debian's package default-jdk-headless", lambda: _has("javac")
)
FAKETIME = Need("faketime", "install libfaketime, for instance Debian's package faketime", lambda: _has("faketime"))
HAPROXY = Need(
    "haproxy", "install HAProxy 2.6 or newer, for instance Debian's package haproxy", lambda: _has("haproxy")
)
POSTGRES = Need(
    "postgres",
    "install PostgreSQL 15 or newer, Debian's package postgresql, or name a server in LOCKSIM_TEST_POSTGRES",
    lambda: POSTGRES_PROGRAMS is not None or "LOCKSIM_TEST_POSTGRES" in os.environ,
)


def _has(program: str) -> bool:
    return shutil.which(program) is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out if something that it needs is missing, or fail if the environment requires it."""
    for marker in item.iter_markers("needs"):
        (need,) = marker.args
        if need.is_there():
            continue
        if need.name in os.environ.get("LOCKPACT_REQUIRE", "").split(","):
            pytest.fail(f"this test needs {need.name}, which LOCKPACT_REQUIRE names: {need.remedy}", pytrace=False)
        pytest.skip(f"{_LEFT_OUT}{need.name}: {need.remedy}")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in one line for each need how many tests were left out."""
    reasons = Counter(
        str(report.longrepr[2]).partition(_LEFT_OUT)[2]
        for report in terminalreporter.stats.get("skipped", ())
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in sorted(reasons.items()):
        if reason:
            terminalreporter.write_line(f"left out: {count} tests that need {reason}", yellow=True)
