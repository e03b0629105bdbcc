"""The Flask app of the service: the API and the OAuth host."""

from __future__ import annotations

from flask import Flask

from locksim.api import old_app as flask_app
from locksim.remotelock.errors import RemoteLockError
from locksim.remotelock.operations import blueprints, common

__all__ = ["make_app"]


def make_app() -> Flask:
    """Paths are found without the version in front and slashes behind; OPTIONS is a method like any other."""
    app = flask_app.make_app(
        __name__,
        blueprints,
        door=common.door,
        refusal=RemoteLockError,
        refused=common.refused,
        options=False,
        routed=lambda path: common.version_of(path)[1],
    )
    app.after_request(common.rated)
    return app
