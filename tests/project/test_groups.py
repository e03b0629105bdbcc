"""Tests that share a costly fixture stay together in one process of pytest-xdist."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from xdist.remote import WorkerInteractor  # type: ignore[import-untyped]

from tests.scheduling import Groups


def test_pytest_xdist_can_name_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    """It writes the group to the test's id. Where pytest does not let it, the group has no effect, and nothing says so."""
    parent = request.node.parent
    item = pytest.Function.from_parent(parent, name="one", callobj=lambda: None)
    item.add_marker(pytest.mark.xdist_group("site"))
    grouped: Any = SimpleNamespace(getvalue=lambda name: name == "loadgroup")
    WorkerInteractor.pytest_collection_modifyitems(None, grouped, [item])
    assert item.nodeid == f"{parent.nodeid}::one@site"


def test_a_group_is_forgotten_when_its_last_test_is_done() -> None:
    node, tests = object(), ["a.py::one@site", "b.py::two", "a.py::three@site"]
    groups = object.__new__(Groups)
    groups.registered_collections = {node: tests}
    groups.assigned_work = {node: {"site": {tests[0]: False, tests[2]: False}, "b.py::two": {tests[1]: False}}}
    rescheduled: list[object] = []
    groups._reschedule = rescheduled.append
    groups.mark_test_complete(node, 0)
    assert groups.assigned_work == {node: {"site": {tests[0]: True, tests[2]: False}, "b.py::two": {tests[1]: False}}}
    groups.mark_test_complete(node, 2)
    groups.mark_test_complete(node, 1)
    assert groups.assigned_work == {node: {}}
    assert rescheduled == [node] * 3
