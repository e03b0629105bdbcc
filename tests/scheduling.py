"""How pytest-xdist hands out the groups of tests."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

__all__ = ["Groups"]


class Groups(LoadGroupScheduling):  # type: ignore[misc]
    """Forgets each group whose tests are done.

    pytest-xdist keeps them, and goes through all of them several times for each test. With thousands of groups, most of them
    one test, that took as much time as a twentieth of the tests.
    """

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        """Take a test as done."""
        nodeid = self.registered_collections[node][item_index]
        group = self._split_scope(nodeid)
        assigned = self.assigned_work[node]
        assigned[group][nodeid] = True
        if all(assigned[group].values()):
            del assigned[group]
        self._reschedule(node)
