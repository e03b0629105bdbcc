"""What a client logs while it is driven."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["captured_logs"]


class _Lines(logging.Handler):
    """Keeps each line as it would have been written, with its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname}: {self.format(record)}")


@contextmanager
def captured_logs() -> Iterator[list[str]]:
    """Everything that anyone logs inside, at any level; nothing of it reaches the handlers of the process."""
    root, handler = logging.getLogger(), _Lines()
    level, handlers = root.level, root.handlers[:]
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
