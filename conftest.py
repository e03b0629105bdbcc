"""Hypothesis profiles for this repository's own tests: `dev`, `ci` and `thorough`; and the tests that a machine leaves out.

`HYPOTHESIS_PROFILE` chooses; without it, `ci` where `CI=true`, else `dev`. None has a deadline: tests never measure time.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from tests.needs import pytest_runtest_setup, pytest_terminal_summary

__all__ = [
    "pytest_collection_modifyitems",
    "pytest_runtest_setup",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_xdist_make_scheduler",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests of many examples first, then groups, so that no worker has long work left when the others are done."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=lambda item: [item.get_closest_marker(name) is None for name in ("fuzz", "xdist_group")])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With `--dist loadgroup`, forget the tests that are done. Without it, pytest-xdist chooses."""
    if config.getoption("dist") != "loadgroup":
        return None
    from tests.scheduling import Groups

    return Groups(config, log)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """Collect garbage, then let nobody look again at what is left: pytest would do so five times, and Python at its end."""
    gc.collect()
    gc.freeze()


# The tests make many objects and keep most: collecting them rarely saves a tenth of their time.
gc.set_threshold(100_000, 20, 50)

settings.register_profile("dev", deadline=None, max_examples=40)
settings.register_profile("ci", deadline=None, max_examples=40, derandomize=True, print_blob=True)
settings.register_profile("thorough", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") == "true" else "dev"))
