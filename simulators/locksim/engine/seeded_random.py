"""Random values that are a function of the seed.

A value is a keyed hash of (seed, vendor, label, key). The same label and key give the same value, whatever was asked for
before, so there is no generator and no position in it to save.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["SeededValue", "seeded"]

T = TypeVar("T")


class SeededValue(bytes):
    """32 random bytes, to be read in the form that is needed."""

    def below(self, n: int) -> int:
        """Return an integer from 0 to n - 1."""
        return int.from_bytes(self, "big") % n

    def between(self, low: int, high: int) -> int:
        """Return an integer from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        """Return one of the items."""
        return items[self.below(len(items))]

    def text(self, length: int, alphabet: str = "0123456789abcdef") -> str:
        """Return `length` letters of an alphabet. The bytes suffice for 32 letters of an alphabet of up to 256."""
        number, letters = int.from_bytes(self, "big"), []
        for _ in range(length):
            number, place = divmod(number, len(alphabet))
            letters.append(alphabet[place])
        return "".join(letters)

    def uuid(self) -> str:
        """Return a UUID of version 4."""
        raw = bytearray(self[:16])
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        h = raw.hex()
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    def happens(self, probability: float) -> bool:
        """Return True with this probability (0: never, 1: always)."""
        return self.below(1 << 53) < probability * (1 << 53)


def seeded(seed: int, vendor: str, label: str, *key: int | str) -> SeededValue:
    """Return the value for this label and key. Keys differ by type and position: (1, "2") is not ("1", 2)."""
    name = repr((vendor, label, key)).encode()
    return SeededValue(blake2b(name, key=seed.to_bytes(16, "big", signed=True), digest_size=32).digest())
