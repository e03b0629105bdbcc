"""The digests that chain a world's rows, for every store.

    description ── base ── entry ── entry … ── latest ── entry …

The digest of a row covers the digest before it and the row's own number, time and bytes. So reading a world finds a row that
was changed, lost or moved. The digests have no key: they find damage, not forgery.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import blake2b

from locksim.storage.store import Damaged, Row

__all__ = ["DIGEST", "checked_checkpoint", "checked_entries", "link_of", "opened", "sealed"]

DIGEST = 16
"""Bytes of a digest."""

MakeDamaged = Callable[[str], Damaged]


def link_of(link: bytes, n: int, wall: int, data: bytes) -> bytes:
    """Return the digest of a row: of the digest before it, its number, its time and its bytes."""
    return blake2b(b"%b%d:%d:%b" % (link, n, wall, data), digest_size=DIGEST).digest()


def sealed(description: bytes) -> bytes:
    """Return a description with its digest before it."""
    return blake2b(description, digest_size=DIGEST).digest() + description


def opened(world: str, data: bytes, damaged: MakeDamaged) -> bytes:
    """Return the description in what `sealed` made. Raises Damaged."""
    description = data[DIGEST:]
    if blake2b(description, digest_size=DIGEST).digest() != data[:DIGEST]:
        raise damaged(f"the description of world {world} has been changed")
    return description


def checked_checkpoint(world: str, n: int, found: tuple[int, bytes, bytes, bytes] | None, damaged: MakeDamaged) -> Row:
    """Return a checkpoint, compared with its digest. Raises Damaged.

    Args:
        world: the world's name.
        n: the entry after which it stands.
        found: its time, the digest of the row before it, its digest and its bytes; None if there is no such row.
        damaged: makes the error from what was found.
    """
    if found is None:
        raise damaged(f"the checkpoint after entry {n} of world {world} is missing")
    wall, link, digest, data = found
    if link_of(link, n, wall, data) != digest:
        raise damaged(f"the checkpoint after entry {n} of world {world} has been changed")
    return Row(n, wall, data)


def checked_entries(
    world: str,
    rows: Iterable[tuple[int, int, bytes, bytes]],
    links: Mapping[int, bytes],
    base: int,
    latest: int,
    end: tuple[int, bytes],
    damaged: MakeDamaged,
) -> Iterator[Row]:
    """Yield the entries after the base, each compared with its digest. Raises Damaged.

    Args:
        world: the world's name.
        rows: number, time, digest and bytes of each entry, oldest first.
        links: the digests of the rows before the checkpoints, by the checkpoint's number.
        base: the number of the base checkpoint.
        latest: the number of the latest checkpoint.
        end: the number and the digest of the last row.
        damaged: makes the error from what was found.
    """
    if base not in links or latest not in links:
        raise damaged(f"a checkpoint of world {world} is missing")
    link, n = links[base], base
    for number, wall, digest, data in rows:
        n += 1
        if number != n or link_of(link, n, wall, data) != digest:
            raise damaged(f"entry {n} of world {world} is missing or has been changed")
        link = digest
        yield Row(n, wall, data)
        if n == latest and links[latest] != link:
            raise damaged(f"the checkpoint after entry {n} of world {world} belongs to other entries")
    if (n, link) != end:
        raise damaged(f"world {world} ends at entry {n} instead of {end[0]}")
