"""The console: a page that shows a world and lets a tester act on it, at `/` of the control port.

The page is static: an HTML file, a style sheet, and ES modules, without a build step. It gets all its data from the control API.
Modules import each other by bare names ("console/film"), which an import map turns into addresses. A page in one file
(`locksim.server.console.story`) turns the same names into data.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

import msgspec

from locksim.engine.inputs import Answer
from locksim.http.connection import own_answer

__all__ = ["MODULES", "page_file"]

_FOLDER = Path(__file__).with_name("page")
MODULES = ("preact", "api", "app", "building", "film", "forms", "moment", "panels", "time", "views")
"""The modules of the page. `preact` is a library (LICENCES.txt); the others are ours."""
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}


def page_file(path: str) -> Answer | None:
    """Return the answer to a request for a file of the page; None if it has no such file."""
    name = "index.html" if path == "/" else path.removeprefix("/console/")
    if name != "index.html" and (name == path or name not in _names()):
        return None
    body = index() if name == "index.html" else _read(name)
    return own_answer(
        200,
        body,
        _TYPES[Path(name).suffix],
        ("Content-Security-Policy", _policy()),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-cache"),
    )


@cache
def _names() -> frozenset[str]:
    return frozenset(["style.css", *(f"{module}.js" for module in MODULES)])


@cache
def _read(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


def import_map() -> str:
    """Return the import map of the served page."""
    return msgspec.json.encode({"imports": {f"console/{name}": f"/console/{name}.js" for name in MODULES}}).decode()


@cache
def index() -> bytes:
    """Return the HTML of the served page."""
    return _read("index.html").replace(b"{{ import_map }}", import_map().encode())


@cache
def _policy() -> str:
    """Return the content security policy: nothing but what this server has, and no inline script but the import map."""
    allowed = b64encode(sha256(import_map().encode()).digest()).decode()
    return (
        f"default-src 'none'; script-src 'self' 'sha256-{allowed}'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
