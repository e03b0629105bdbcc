"""Capture what a client logs while it is driven."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["captured_logs"]


class _LineHandler(logging.Handler):
    """Keeps each record as the line that would have been written, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname}: {self.format(record)}")


@contextmanager
def captured_logs() -> Iterator[list[str]]:
    """Yield a list that collects all log lines of any level. They do not reach the handlers of the process."""
    root, handler = logging.getLogger(), _LineHandler()
    level, handlers = root.level, root.handlers[:]
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
