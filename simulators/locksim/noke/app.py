"""The Flask app of a Core API server: one a process for all four; the world, and the site, arrive with the request."""

from __future__ import annotations

from flask import Flask, Request
from werkzeug.routing import MapAdapter

from locksim.noke.errors import NokeError
from locksim.noke.routes import api, door, refused

__all__ = ["make_app"]


class _App(Flask):
    """A server goes by the path alone: a Host header may say what it likes, and must not fail the routing."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Flask's hook; without the Host header. `door` judges paths and methods: routing is left with what it let in."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("noke", path_info=request.path, default_method=request.method)


def make_app() -> Flask:
    """Paths are taken with or without a slash at their end; a defect of ours is raised, for the kernel to heal."""
    app = _App(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.before_request(door)
    app.register_error_handler(NokeError, refused)
    app.register_blueprint(api)
    return app
