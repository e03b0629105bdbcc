"""The real clock. This is the only place in the stand-ins that reads one.

Only the driver of a served world asks it, to give inputs their times; a world itself is told what time it is.
"""

from __future__ import annotations

import time

__all__ = ["WallClock"]


class WallClock:
    """Real time in microseconds since the epoch, UTC. It never goes back, whatever is done to the machine's clock."""

    def __init__(self) -> None:
        epoch = time.time_ns()  # noqa: TID251 - `real` worlds begin at now: the one look at the calendar
        self._offset = epoch // 1000 - self._ticks()

    def now(self) -> int:
        """What time it is."""
        return self._offset + self._ticks()

    @staticmethod
    def _ticks() -> int:
        return time.monotonic_ns() // 1000  # noqa: TID251 - served worlds follow real time: the one reading of it
