"""The Flask app of the service: the API and the OAuth host."""

from __future__ import annotations

from flask import Flask

from locksim.kernel import webapp
from locksim.remotelock.errors import RemoteLockError
from locksim.remotelock.routes import blueprints, desk

__all__ = ["make_app"]


def make_app() -> Flask:
    """Paths are found without the version in front and slashes behind; OPTIONS is a method like any other."""
    app = webapp.make_app(
        __name__,
        blueprints,
        door=desk.door,
        refusal=RemoteLockError,
        refused=desk.refused,
        options=False,
        routed=lambda path: desk.version_of(path)[1],
    )
    app.after_request(desk.rated)
    return app
