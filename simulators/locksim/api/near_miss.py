"""Say what would have worked."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["suggest"]

_LONGEST = 100
"""Characters of the caller's text that are compared: matching grows with the product of both lengths."""


def suggest(asked: str, known: Iterable[str], *, cutoff: float = 0.6, suffix: str = "") -> str:
    """Return "did you mean X?" for the nearest of the known names, or a list of them all when none is near.

    `suffix` is written behind the nearest name, for paths whose last slash is not part of the known name.
    """
    names = list(known)
    near = get_close_matches(asked[:_LONGEST], names, n=1, cutoff=cutoff)
    return f"did you mean {near[0]}{suffix}?" if near else f"there are {', '.join(names)}"
