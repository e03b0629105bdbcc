"""Read multipart/form-data bodies. A module of its own, so that only operations with forms import werkzeug's parser."""

from __future__ import annotations

from io import BytesIO
from typing import IO

from werkzeug.exceptions import HTTPException
from werkzeug.formparser import MultiPartParser
from werkzeug.http import parse_options_header

__all__ = ["is_multipart", "parse_multipart"]

_MOST_PARTS = 1000


def is_multipart(content_type: str | None) -> bool:
    """Return whether a Content-Type is multipart/form-data."""
    return parse_options_header(content_type)[0].lower() == "multipart/form-data"


def parse_multipart(content_type: str, body: bytes) -> dict[str, list[str]]:
    """Return field name → its values, in their order. Files are ignored. A malformed body has no fields."""
    boundary = parse_options_header(content_type)[1].get("boundary", "")
    if not boundary:
        return {}
    parser = MultiPartParser(stream_factory=_file_in_memory, max_form_parts=_MOST_PARTS)
    try:
        fields, _ = parser.parse(BytesIO(body), boundary.encode(), len(body))
    except (ValueError, HTTPException):  # also UnicodeError, and more parts than allowed
        return {}
    return {name: values for name, values in fields.lists() if name}


def _file_in_memory(
    total_content_length: int | None, content_type: str | None, filename: str | None, content_length: int | None = None
) -> IO[bytes]:
    """Return where the parser writes a file. Its own default may write to the disk."""
    return BytesIO()
