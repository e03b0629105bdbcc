"""The files of the page, and how they are put together."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from pathlib import Path

import msgspec

__all__ = ["MODULES", "import_map", "in_one_file", "read"]

_FOLDER = Path(__file__).with_name("page")
MODULES = (
    "preact",
    "api",
    "app",
    "building",
    "client",
    "film",
    "forms",
    "gauges",
    "json",
    "moment",
    "panels",
    "report",
    "rules",
    "send",
    "time",
    "views",
)
"""The modules of the page. `preact` is a library (LICENCES.txt); the others are ours."""


@cache
def read(name: str) -> bytes:
    """Return a file of the page."""
    return (_FOLDER / name).read_bytes()


def import_map() -> str:
    """Return the import map of the served page."""
    return _map({name: f"/console/{name}.js" for name in MODULES})


def in_one_file(title: str, data: bytes, *, view: str = "app", static: bytes = b"") -> bytes:
    """Return the page as one HTML file that shows `data` (JSON) and loads nothing.

    Args:
        title: The page's title.
        data: What the page shows.
        view: The module that shows it.
        static: HTML that stands there until the module runs, and where scripts do not run. It must be escaped.
    """
    modules = {name: f"data:text/javascript;base64,{b64encode(read(f'{name}.js')).decode()}" for name in MODULES}
    parts = {
        b"{{ title }}": _text(title).encode(),
        b"{{ style }}": read("style.css"),
        b"{{ import_map }}": _map(modules).encode(),
        b"{{ view }}": view.encode(),
        b"{{ static }}": static or b"<main><h1>locksim</h1><p>This page needs JavaScript.</p></main>",
        b"{{ data }}": data.replace(b"<", b"\\u003c"),  # no text of the data can end the element that holds it
    }
    # In one pass: no part is searched for the name of another one.
    return re.sub(rb"{{ \w+ }}", lambda found: parts[found[0]], read("story.html"))


def _map(modules: dict[str, str]) -> str:
    return msgspec.json.encode({"imports": {f"console/{name}": address for name, address in modules.items()}}).decode()


def _text(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")
