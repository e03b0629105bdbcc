"""What to install when the libraries of the extra `pacts` are missing."""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["LIBRARIES", "MissingExtra", "need_pacts"]

LIBRARIES = ("hypothesis", "schemathesis", "httpx", "rich", "jinja2")
"""What the extra `pacts` brings."""


class MissingExtra(ImportError):
    """The extra `pacts` is not installed. The text says how to install it."""


def need_pacts(what: str) -> None:
    """Raise MissingExtra if a library of the extra `pacts` is missing, which `what` needs."""
    missing = [library for library in LIBRARIES if find_spec(library) is None]
    if missing:
        raise MissingExtra(
            f"{what} needs {', '.join(missing)}, which a light install lacks; run: pip install 'lockpact[pacts]'"
        )
