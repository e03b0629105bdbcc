"""Files and folders for one user: they contain journals, tokens and keys."""

from __future__ import annotations

import errno
import os
from collections.abc import Container
from contextlib import suppress
from pathlib import Path

__all__ = ["make_folder", "open_file"]

_FOLDER, _FILE = 0o700, 0o600


def make_folder(folder: Path, contents: Container[str]) -> None:
    """Create a folder that only its owner may enter. Raises OSError.

    An existing folder gets this mode too, unless it has anything else than `contents`: then it may be a project or `/tmp`,
    which others must be able to enter.
    """
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    if all(entry.name in contents for entry in folder.iterdir()):
        with suppress(PermissionError):  # it belongs to another user, as a mounted volume may
            folder.chmod(_FOLDER)


def open_file(path: Path, flags: int, mode: int = _FILE) -> int:
    """Open a file, and give it this mode if it is accessible to more users. Raises OSError, also for a symlink.

    Args:
        path: The file.
        flags: As for `os.open`, which never lets child processes inherit the descriptor.
        mode: The file's mode.
    """
    if path.is_symlink():  # Windows has no O_NOFOLLOW
        raise OSError(errno.ELOOP, f"{path.name} is a symbolic link; delete it")
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, mode)
    if hasattr(os, "fchmod") and os.fstat(descriptor).st_mode & 0o777 & ~mode:
        with suppress(OSError):  # another user's file, or a read-only file system
            os.fchmod(descriptor, mode)
    return descriptor
