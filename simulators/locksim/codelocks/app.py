"""The Flask app of the API, and of the gateway before it."""

from __future__ import annotations

from flask import Flask

from locksim.api import old_app as flask_app
from locksim.codelocks.errors import CodelocksError
from locksim.codelocks.operations import api, door, refused

__all__ = ["make_app"]


def make_app() -> Flask:
    """Paths are taken to the letter."""
    return flask_app.make_app(__name__, [api], door=door, refusal=CodelocksError, refused=refused)
