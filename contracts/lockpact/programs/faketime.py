"""Show a program the world's time by libfaketime, where its language asks the C library for the time.

The time stands still in a file that libfaketime reads whenever the program asks. So dates and measured durations are the
world's. Sleeping still takes real time.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import mkstemp

from lockpact.core.exit_codes import CouldNotRun

__all__ = ["ShownTime"]

_LIBRARIES = ("lib/*/faketime/libfaketimeMT.so.1", "lib*/faketime/libfaketimeMT.so.1")
"""Below /usr: Debian's place, and that of other distributions."""


class ShownTime:
    """The file with the time, and the environment variables for a program that is to read it. Raises CouldNotRun."""

    def __init__(self) -> None:
        library = next((str(found) for pattern in _LIBRARIES for found in Path("/usr").glob(pattern)), None)
        if library is None:
            raise CouldNotRun(
                "--adapter-clock faketime needs libfaketime on Linux, for instance Debian's package faketime"
            )
        self._file, name = mkstemp(prefix="lockpact-time-")
        self._path = Path(name)
        self.variables = {
            "LD_PRELOAD": " ".join(filter(None, (library, os.environ.get("LD_PRELOAD")))),
            "FAKETIME_TIMESTAMP_FILE": name,
            "FAKETIME_FMT": "%s",
            "FAKETIME_NO_CACHE": "1",
        }

    def show(self, now: int) -> None:
        """Show this time, in microseconds since the epoch."""
        # The length never changes, so a reader sees the old time or the new one.
        os.pwrite(self._file, f"{now // 1_000_000:012d}.{now % 1_000_000:06d}\n".encode(), 0)

    def close(self) -> None:
        """Remove the file."""
        os.close(self._file)
        self._path.unlink(missing_ok=True)
