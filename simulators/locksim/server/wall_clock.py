"""The real clock. Nothing else in the simulators reads one.

The driver of a served world uses it to give inputs their times. A world itself gets its time with each input.
"""

from __future__ import annotations

import time

__all__ = ["WallClock"]


class WallClock:
    """Real time in microseconds since the epoch, UTC. It never goes back, even if the machine's clock does."""

    def __init__(self) -> None:
        epoch = time.time_ns()  # noqa: TID251 - `real` worlds begin at the present, so the calendar is read once
        self._offset = epoch // 1000 - self._ticks()

    def now(self) -> int:
        """Return the real time."""
        return self._offset + self._ticks()

    @staticmethod
    def spent() -> int:
        """Return the processor time that this thread has used, in microseconds."""
        return time.thread_time_ns() // 1000  # other programs do not count

    @staticmethod
    def _ticks() -> int:
        return time.monotonic_ns() // 1000  # noqa: TID251 - served worlds follow real time
