"""A timeline for tests: a counter with scheduled events."""

from __future__ import annotations

from collections.abc import Callable


class ManualTimeline:
    """Starts at one second. `plan` puts something on it."""

    def __init__(self) -> None:
        self._now = 1_000_000
        self._plans: list[tuple[int, Callable[[], None]]] = []

    def plan(self, seconds: float, act: Callable[[], None]) -> None:
        self._plans.append((self._now + round(seconds * 1_000_000), act))
        self._plans.sort(key=lambda plan: plan[0])

    def now(self) -> int:
        return self._now

    def due(self) -> int | None:
        return self._plans[0][0] if self._plans else None

    def advance_to(self, until: int) -> None:
        while self._plans and self._plans[0][0] <= until:
            self._now, act = self._plans.pop(0)
            act()
        self._now = max(self._now, until)
