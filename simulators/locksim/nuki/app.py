"""The Flask app of the bridge: one a process; the world arrives with the request."""

from __future__ import annotations

from flask import Flask, Request
from werkzeug.routing import MapAdapter

from locksim.nuki.errors import NukiError
from locksim.nuki.routes import api, door, refused

__all__ = ["make_app"]


class _App(Flask):
    """A bridge goes by the path alone: a Host header may say what it likes, and must not fail the routing."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Flask's hook; without the Host header."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("bridge", path_info=request.path, default_method=request.method)


def make_app() -> Flask:
    """Paths are taken as they are (`door` judges them); a defect of ours is raised, for the kernel to heal."""
    app = _App(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.before_request(door)
    app.register_error_handler(NukiError, refused)
    app.register_blueprint(api)
    return app
