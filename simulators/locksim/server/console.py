"""The page at `/` of the control port."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

__all__ = ["console"]


def console(info: Mapping[str, Any], titles: Mapping[str, str]) -> bytes:
    """Return a small page for browsers, as HTML. It shows no credentials.

    Args:
        info: the connection info.
        titles: vendor name → its title.
    """
    return _template().render(info=info, titles=titles).encode()


@cache
def _template() -> Template:
    from jinja2 import Environment, StrictUndefined

    text = Path(__file__).with_name("console.html").read_text("utf-8")
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(text)
