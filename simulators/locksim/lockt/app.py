"""The Flask app of the Cloud API. The customer is known by headers, not by the host."""

from __future__ import annotations

from flask import Flask

from locksim.api import old_app as flask_app
from locksim.lockt.errors import LocktError
from locksim.lockt.operations import api, door, refused

__all__ = ["make_app"]


def make_app() -> Flask:
    """Paths are taken as they are, but for a trailing slash."""
    return flask_app.make_app(__name__, [api], door=door, refusal=LocktError, refused=refused, strict_slashes=False)
