"""A vendor's Flask app: one a process; the world, and the site, arrive with the request (`locksim.engine.wsgi`).

Only a vendor's `app` imports this room: Flask is loaded when a world is called for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Blueprint, Flask, Request
from werkzeug.routing import MapAdapter

__all__ = ["make_app"]


class _App(Flask):
    """It goes by the path alone: a Host header may say what it likes, and must not fail the routing."""

    routed: Callable[[str], str]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Flask's hook; without the Host header."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("vendor", path_info=self.routed(request.path), default_method=request.method)


def make_app(
    name: str,
    blueprints: Iterable[Blueprint],
    *,
    door: Callable[[], Any],
    refusal: type[Exception],
    refused: Callable[[Any], Any],
    strict_slashes: bool = True,
    merge_slashes: bool = False,
    options: bool = True,
    routed: Callable[[str], str] = lambda path: path,
) -> Flask:
    """The app. `door` is asked before any route, `refused` renders each `refusal`; what else is raised is a defect of ours,
    and goes through, for the kernel to heal. `options`: whether OPTIONS is answered unasked; `routed` says by which path a
    request's path is found.
    """
    app = _App(name, static_folder=None)
    app.routed = routed
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = options
    app.url_map.strict_slashes, app.url_map.merge_slashes = strict_slashes, merge_slashes
    app.before_request(door)
    app.register_error_handler(refusal, refused)
    for blueprint in blueprints:
        app.register_blueprint(blueprint)
    return app
