"""Read query strings and forms."""

from __future__ import annotations

from urllib.parse import parse_qs

__all__ = ["parse_pairs"]


def parse_pairs(raw: str | bytes) -> dict[str, list[str]]:
    """Return name → its values, in their order, percent-decoded.

    `raw` is a body, or a query as WSGI has it (latin-1). No bytes are too odd: what is not UTF-8 becomes U+FFFD.
    """
    data = raw if isinstance(raw, bytes) else raw.encode("latin-1", "replace")
    text = data.decode("utf-8", "replace")
    return parse_qs(text, keep_blank_values=True, encoding="utf-8", errors="replace")
