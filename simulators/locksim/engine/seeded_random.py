"""Chance without dice.

A draw is a keyed hash of (seed, vendor, label, key): the same question gets the same answer, and one more question
elsewhere shifts nothing. There is no generator and so no position in it to save.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

__all__ = ["SeededValue", "seeded"]

T = TypeVar("T")


class SeededValue(bytes):
    """32 bytes of settled chance, read in the form that is wanted."""

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        return int.from_bytes(self, "big") % n

    def between(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def pick(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.below(len(items))]

    def text(self, length: int, alphabet: str = "0123456789abcdef") -> str:
        """`length` letters of an alphabet (32 bytes carry at least 32 of them for alphabets up to 256)."""
        number, letters = int.from_bytes(self, "big"), []
        for _ in range(length):
            number, place = divmod(number, len(alphabet))
            letters.append(alphabet[place])
        return "".join(letters)

    def uuid(self) -> str:
        """In the form of a version 4 UUID."""
        raw = bytearray(self[:16])
        raw[6] = raw[6] & 0x0F | 0x40
        raw[8] = raw[8] & 0x3F | 0x80
        h = raw.hex()
        return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"

    def happens(self, probability: float) -> bool:
        """True with this probability (0 never, 1 always)."""
        return self.below(1 << 53) < probability * (1 << 53)


def seeded(seed: int, vendor: str, label: str, *key: int | str) -> SeededValue:
    """The draw for this question. Keys are told apart by type and place: (1, "2") is not ("1", 2)."""
    question = repr((vendor, label, key)).encode()
    return SeededValue(blake2b(question, key=seed.to_bytes(16, "big", signed=True), digest_size=32).digest())
