"""The Flask app of the bridge."""

from __future__ import annotations

from flask import Flask

from locksim.api import flask_app
from locksim.nuki.errors import NukiError
from locksim.nuki.operations import api, door, refused

__all__ = ["make_app"]


def make_app() -> Flask:
    """Paths are taken as they are: `door` judges them."""
    return flask_app.make_app(__name__, [api], door=door, refusal=NukiError, refused=refused, merge_slashes=True)
