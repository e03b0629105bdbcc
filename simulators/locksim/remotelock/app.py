"""The Flask app of the service: one a process; the world arrives with the request."""

from __future__ import annotations

from flask import Flask, Request
from werkzeug.routing import MapAdapter

from locksim.remotelock.errors import RemoteLockError
from locksim.remotelock.routes import blueprints, desk

__all__ = ["make_app"]


class _App(Flask):
    """Routing goes by the path alone: without the version in front and slashes behind, whatever the Host header says."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Flask's hook."""
        if request is None:
            return super().create_url_adapter(request)
        _, path = desk.version_of(request.path)
        return self.url_map.bind("api", path_info=path, default_method=request.method)


def make_app() -> Flask:
    """A defect of ours is raised, for the kernel to heal."""
    app = _App(__name__, static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.merge_slashes = False
    app.before_request(desk.door)
    app.after_request(desk.rated)
    app.register_error_handler(RemoteLockError, desk.refused)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app
