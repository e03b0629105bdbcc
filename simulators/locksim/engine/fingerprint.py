"""Which code it is that a journal was written by.

Replaying is only the same where the code is: so a journal carries the fingerprint of the sources that are shipped (the
kernel's and its vendors'), and the version of the time zones. Nothing else outside a world has a say in its answers; and
if it had, the replay would notice, since each answer is compared.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path

from locksim.engine.vendor import Vendor

__all__ = ["fingerprint", "zones"]


def fingerprint(vendors: Iterable[Vendor]) -> str:
    """Of the kernel's sources and these vendors'."""
    rooms = sorted({Path(__file__).parent, *(Path(inspect.getfile(vendor.state)).parent for vendor in vendors)})
    return _of(tuple(rooms))


@cache
def _of(rooms: tuple[Path, ...]) -> str:
    found = blake2b(digest_size=16)
    for room in rooms:
        for file in sorted(room.glob("**/*.py")):
            text = file.read_bytes().replace(b"\r\n", b"\n")
            found.update(
                b"%d %b %d\n%b" % (len(rooms), file.relative_to(room.parent).as_posix().encode(), len(text), text)
            )
    return found.hexdigest()


@cache
def zones() -> str:
    """The version of the tzdata package."""
    return version("tzdata")
