"""The Flask app of the Cloud API: one a process; the world arrives with the request."""

from __future__ import annotations

from flask import Flask, Request
from werkzeug.routing import MapAdapter

from locksim.lockt.errors import LocktError
from locksim.lockt.routes import api, door, refused

__all__ = ["make_app"]


class _App(Flask):
    """The customer is known by headers, not by the host: a Host header may say what it likes."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Flask's hook; without the Host header."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("cloudapi.lockt.com", path_info=request.path, default_method=request.method)


def make_app() -> Flask:
    """Paths are taken as they are, but for a trailing slash; a defect of ours is raised, for the kernel to heal."""
    app = _App(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.url_map.strict_slashes = app.url_map.merge_slashes = False
    app.before_request(door)
    app.register_error_handler(LocktError, refused)
    app.register_blueprint(api)
    return app
