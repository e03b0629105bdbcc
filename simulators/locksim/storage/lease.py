"""The lock on a data folder: one process at a time may use it.

The operating system releases the lock when the process ends, however it ends. The text in the file only names the
process to others who want the folder.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from locksim.private_files import open_file
from locksim.storage.store import StoreInUse

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment] # typeshed knows it everywhere

__all__ = ["Lease"]


class Lease:
    """A lock that is held from `__init__` to `release`. Raises StoreInUse, OSError."""

    def __init__(self, file: Path, holder: str) -> None:
        self._descriptor = open_file(file, os.O_RDWR | os.O_CREAT)
        try:
            self._lock()
        except OSError:
            other = os.read(self._descriptor, 1000).decode(errors="replace").strip() or "another process"
            os.close(self._descriptor)
            raise StoreInUse(f"{file.parent} is in use: {other}; stop that one first, or take another folder") from None
        pid = os.getpid()  # noqa: TID251 - for the error above in another process; no world sees it
        os.ftruncate(self._descriptor, 0)
        os.write(self._descriptor, f"process {pid}, {holder}\n".encode())

    def _lock(self) -> None:
        if fcntl is not None:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        import msvcrt  # type: ignore[unreachable] # on Windows

        # Windows locks bytes, not files: a byte far behind the text, so that others can read the text.
        os.lseek(self._descriptor, 1 << 20, os.SEEK_SET)
        msvcrt.locking(self._descriptor, msvcrt.LK_NBLCK, 1)
        os.lseek(self._descriptor, 0, os.SEEK_SET)

    def release(self) -> None:
        """Release the lock."""
        with suppress(OSError):
            os.close(self._descriptor)
