"""The console's files, as the control port serves them."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from locksim.console import files
from locksim.engine.inputs import Answer
from locksim.http.connection import own_answer

__all__ = ["page_file"]

_NAMES = frozenset(["style.css", *(f"{module}.js" for module in files.MODULES)])
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


def page_file(path: str) -> Answer | None:
    """Return the answer to a request for a file of the page; None if it has no such file."""
    name = "index.html" if path == "/" else path.removeprefix("/console/")
    if path != "/" and (name == path or name not in _NAMES):
        return None
    body = _index() if path == "/" else files.read(name)
    return own_answer(
        200,
        body,
        _TYPES[Path(name).suffix],
        ("Content-Security-Policy", _policy()),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
    )


@cache
def _index() -> bytes:
    return files.read("index.html").replace(b"{{ import_map }}", files.import_map().encode())


@cache
def _policy() -> str:
    """Return the content security policy: nothing but what this server has, and no inline script but the import map."""
    allowed = b64encode(sha256(files.import_map().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{allowed}'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
