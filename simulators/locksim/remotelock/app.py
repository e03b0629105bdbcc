"""The Flask app of the service: one a process; the world arrives with the request."""

from __future__ import annotations

from flask import Flask

__all__ = ["make_app"]


def make_app() -> Flask:
    """A defect of ours is raised, for the kernel to heal."""
    app = Flask(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app
