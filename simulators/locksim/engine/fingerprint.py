"""Which code wrote a journal.

A replay gives the same answers only if the code is the same. So a journal carries a fingerprint of the sources that
decide answers, and the version of the time zones. If anything else should change an answer (another version of Flask,
say), the replay notices, since it compares each answer.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from hashlib import blake2b
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
    digest = blake2b(digest_size=16)
    for package in packages:
        for file in sorted(package.glob("**/*.py")):
            text = file.read_bytes().replace(b"\r\n", b"\n")
            name = file.relative_to(package.parent).as_posix().encode()
            digest.update(b"%d %b %d\n%b" % (len(packages), name, len(text), text))
    return digest.hexdigest()


@cache
def zones() -> str:
    """Return the version of the tzdata package."""
    from importlib.metadata import version  # it imports a parser of e-mails, which a start need not wait for

    return version("tzdata")
