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
    """Return a digest of the sources that decide answers: the engine, the shared API package and these vendors."""
    engine = Path(__file__).parent
    shared = [engine, engine.with_name("api")]
    packages = sorted({*shared, *(Path(inspect.getfile(vendor.state)).parent for vendor in vendors)})
    return _digest(tuple(packages))


@cache
def _digest(packages: tuple[Path, ...]) -> str:
    found = blake2b(digest_size=16)
    for package in packages:
        for file in sorted(package.glob("**/*.py")):
            text = file.read_bytes().replace(b"\r\n", b"\n")
            name = file.relative_to(package.parent).as_posix().encode()
            found.update(b"%d %b %d\n%b" % (len(packages), name, len(text), text))
    return found.hexdigest()


@cache
def zones() -> str:
    """The version of the tzdata package."""
    return version("tzdata")
