"""The Flask app of the API: one a process; the world arrives with the request."""

from __future__ import annotations

from flask import Flask, Request
from werkzeug.routing import MapAdapter

from locksim.codelocks.errors import CodelocksError
from locksim.codelocks.routes import api, door, refused

__all__ = ["make_app"]


class _App(Flask):
    """The gateway goes by the path alone; a Host header may say what it likes, and must not fail the routing."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Flask's hook; without the Host header."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("api", path_info=request.path, default_method=request.method)


def make_app() -> Flask:
    """Paths are taken to the letter; a defect of ours is raised, for the kernel to heal."""
    app = _App(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.merge_slashes = False
    app.url_map.strict_slashes = True
    app.before_request(door)
    app.register_error_handler(CodelocksError, refused)
    app.register_blueprint(api)
    return app
