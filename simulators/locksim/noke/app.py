"""The Flask app of a Core API server: one for all four."""

from __future__ import annotations

from flask import Flask

from locksim.api import old_app as flask_app
from locksim.noke.errors import NokeError
from locksim.noke.operations import api, door, refused

__all__ = ["make_app"]


def make_app() -> Flask:
    """Paths are taken with or without a slash at their end; `door` judges paths and methods before the routing."""
    return flask_app.make_app(__name__, [api], door=door, refusal=NokeError, refused=refused, strict_slashes=False)
