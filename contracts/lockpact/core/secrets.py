"""Keep secrets out of what people read."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["MASK", "mask"]

MASK = "•••"


def mask(text: str, secrets: Iterable[str]) -> str:
    """Replace each secret in a text, the longest first, since one may contain another."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
