"""The Flask app of the Cloud API. The customer is known by headers, not by the host."""

from __future__ import annotations

from flask import Flask

from locksim.kernel import webapp
from locksim.lockt.errors import LocktError
from locksim.lockt.routes import api, door, refused

__all__ = ["make_app"]


def make_app() -> Flask:
    """Paths are taken as they are, but for a trailing slash."""
    return webapp.make_app(__name__, [api], door=door, refusal=LocktError, refused=refused, strict_slashes=False)
