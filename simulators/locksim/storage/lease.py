"""One process at a time: the lock on a data folder, which says who holds it.

The lock is the operating system's, so it ends with its process, however that ends; the text in the file is only what
the next one is told.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from locksim.storage.store import Held

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment] # typeshed knows it everywhere

__all__ = ["Lease"]


class Lease:
    """Held from `__init__` to `release`. Raises Held, OSError."""

    def __init__(self, file: Path, holder: str) -> None:
        self._number = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._lock()
        except OSError:
            who = os.read(self._number, 1000).decode(errors="replace").strip() or "another process"
            os.close(self._number)
            raise Held(f"{file.parent} is in use: {who}; stop that one first, or take another folder") from None
        pid = os.getpid()  # noqa: TID251 - for whoever finds the folder held; no world hears of it
        os.ftruncate(self._number, 0)
        os.write(self._number, f"process {pid}, {holder}\n".encode())

    def _lock(self) -> None:
        if fcntl is not None:
            fcntl.flock(self._number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        import msvcrt  # type: ignore[unreachable] # on Windows

        os.lseek(self._number, 1 << 20, os.SEEK_SET)  # behind the text, which others shall be able to read
        msvcrt.locking(self._number, msvcrt.LK_NBLCK, 1)
        os.lseek(self._number, 0, os.SEEK_SET)

    def release(self) -> None:
        """Let go."""
        with suppress(OSError):
            os.close(self._number)
