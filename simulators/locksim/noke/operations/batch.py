"""Requests of several items that are done one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from locksim.engine.inputs import Answer
from locksim.noke.errors import NokeError
from locksim.noke.operations.request import Request, fail, succeed

__all__ = ["Batch", "FailedItem"]


class FailedItem(NamedTuple):
    """One item that could not be done."""

    mac: str
    name: str
    """Its tracking key, or its quick click code."""
    action: str
    error: NokeError


class Batch:
    """Items that are done one by one: each failure is kept, and the other items are done all the same."""

    def __init__(self, context: Request) -> None:
        self._context = context
        self.done = 0
        self.failed: list[FailedItem] = []

    @contextmanager
    def item(self, mac: str, name: str, action: str) -> Iterator[None]:
        """Count the item that is done inside as done, or as failed when a NokeError is raised."""
        try:
            yield
            self.done += 1
        except NokeError as error:
            self._context.turn.near_miss(f"{action} {mac[:40]}: {error.sentence}")
            self.failed.append(FailedItem(mac, name, action, error))

    def answer(self, data: Any, detail: Callable[[FailedItem], dict[str, Any]]) -> Answer:
        """Answer a success with each failure in error_details, or the first failure's code when nothing was done."""
        details = [detail(failed) for failed in self.failed]
        if self.done or not self.failed:
            return succeed(self._context, data=data, error_details=details)
        return fail(self._context, self.failed[0].error, error_details=details, data=data)
