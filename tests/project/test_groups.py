"""Tests that share a costly fixture stay together in one process of pytest-xdist."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from xdist.remote import WorkerInteractor  # type: ignore[import-untyped]


def test_pytest_xdist_can_name_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    """It writes the group to the test's id. Where pytest does not let it, the group has no effect, and nothing says so."""
    parent = request.node.parent
    item = pytest.Function.from_parent(parent, name="one", callobj=lambda: None)
    item.add_marker(pytest.mark.xdist_group("site"))
    grouped: Any = SimpleNamespace(getvalue=lambda name: name == "loadgroup")
    WorkerInteractor.pytest_collection_modifyitems(None, grouped, [item])
    assert item.nodeid == f"{parent.nodeid}::one@site"
