"""Capture what a client logs while it is driven.

The client's own lines count at any level. Those of libraries count from WARNING on, since that is what users' logging shows:
urllib3 logs each request's URL at DEBUG, whatever the client does.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["LIBRARIES", "captured_logs", "counts"]

LIBRARIES = frozenset(
    (
        "aiohttp",
        "asyncio",
        "concurrent",
        "h11",
        "h2",
        "hpack",
        "http",
        "httpcore",
        "httpcore2",
        "httpx",
        "httpx2",
        "requests",
        "urllib3",
        "websockets",
    )
)
"""The loggers of libraries by which clients send requests."""


def counts(logger: str, level: int, library_level: int) -> bool:
    """Return whether a line of this logger counts as the client's."""
    return level >= library_level or logger.partition(".")[0] not in LIBRARIES


class _LineHandler(logging.Handler):
    """Keeps each record as the line that would have been written, with its traceback."""

    def __init__(self, library_level: int) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []
        self._library_level = library_level

    def emit(self, record: logging.LogRecord) -> None:
        if counts(record.name, record.levelno, self._library_level):
            self.lines.append(f"{record.name} {record.levelname}: {self.format(record)}")


@contextmanager
def captured_logs(library_level: int = logging.WARNING) -> Iterator[list[str]]:
    """Yield a list that collects log lines; those of libraries from this level on. None reach the process's handlers."""
    root, handler = logging.getLogger(), _LineHandler(library_level)
    level, handlers = root.level, root.handlers[:]
    # A library's lines that do not count are not even made: httpx logs each request, which took 4 % of a run. A client may
    # set the level itself, so the handler looks at it, too. Root's `setLevel` makes all loggers look at their levels again.
    quiet = [(logger, logger.level) for logger in map(logging.getLogger, LIBRARIES) if logger.level < library_level]
    for logger, _ in quiet:
        logger.level = library_level
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG)
    try:
        yield handler.lines
    finally:
        for logger, before in quiet:
            logger.level = before
        root.handlers[:] = handlers
        root.setLevel(level)
