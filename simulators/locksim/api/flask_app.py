"""Make a vendor's Flask app from its table of operations.

There is one app per vendor and process. The world, and the vendor's site, arrive with each request
(`locksim.engine.wsgi`). Flask is imported when a world is first called.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from flask import Flask, Request, Response
from flask.globals import request_ctx
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import MapAdapter

from locksim.api.context import Context
from locksim.api.operations import Api, Operation, flask_rule
from locksim.engine.inputs import Answer
from locksim.engine.wsgi import this_turn

__all__ = ["make_app"]

_CONTEXT: ContextVar[Context[Any]] = ContextVar("context")
"""The context of the request that is being answered."""


class _Response(Response):
    """Has the headers that the answer names, and no others."""

    default_mimetype = None


class _App(Flask):
    """Finds operations by the path alone: a Host header may hold anything, and must not fail the routing."""

    normalize: Callable[[str], str]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map without the Host header (Flask's hook)."""
        if request is None:
            return super().create_url_adapter(request)
        return self.url_map.bind("vendor", path_info=self.normalize(request.path), default_method=request.method)


def make_app(api: Api[Any], name: str) -> Flask:
    """Return the Flask app of this API. `name` is the vendor's package.

    An exception that is not one of the vendor's errors is a defect of the simulator: it goes through, and the engine
    rolls the turn back.
    """
    app = _App(name, static_folder=None)
    app.normalize = api.normalize
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = api.options
    app.url_map.strict_slashes, app.url_map.merge_slashes = api.strict_slashes, api.merge_slashes
    rows: dict[str, Operation[Any]] = {}

    def finish(context: Any, answer: Answer) -> Response:
        return _response(answer if api.finish is None else api.finish(context, answer))

    def before() -> Response | None:
        # Flask's `request` and `g` look their object up at each access, so the request is looked up once.
        here = request_ctx.request
        context = api.context(this_turn(), here.environ)
        _CONTEXT.set(context)
        rule, missed = here.url_rule, here.routing_exception
        if rule is not None:
            context.operation = rows.get(rule.endpoint)
            context.path_values = here.view_args or {}
        elif isinstance(missed, MethodNotAllowed):
            context.allowed_methods = frozenset(missed.valid_methods or ())
        for check in api.checks:
            answer = check(context)
            if answer is not None:
                return finish(context, answer)
        return None

    def call(**_: str) -> Response:
        context = _CONTEXT.get()
        return finish(context, context.operation.call(context))

    def refuse(error: Any) -> Response:
        context = _CONTEXT.get()
        context.turn.near_miss(error.sentence)
        return finish(context, api.refuse(context, error))

    app.before_request(before)
    app.register_error_handler(api.error, refuse)
    for operation in api:
        rows[operation.id] = operation
        for path in filter(None, (operation.path, operation.short_path)):
            app.add_url_rule(flask_rule(api.base + path), operation.id, call, methods=[operation.method])
    return app


def _response(answer: Answer) -> Response:
    if answer.status == 0:
        this_turn().hung_up = True
        return _Response(status=204)
    return _Response(answer.body, answer.status, list(answer.headers))
