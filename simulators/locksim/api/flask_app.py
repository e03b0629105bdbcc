"""Make a vendor's Flask app from its table of operations.

The world, and the vendor's site, arrive with each request (`locksim.engine.wsgi`). Only `locksim.api.app` imports this module,
when a request needs Flask. An app that nobody has extended leaves the requests for its operations to `Direct`, too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response
from flask.globals import request_ctx
from werkzeug.exceptions import MethodNotAllowed
from werkzeug.routing import MapAdapter, Rule

from locksim.api.context import Context
from locksim.api.direct import Direct, signals_are_heard
from locksim.api.operations import Api, Operation, flask_rules
from locksim.api.responses import response
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.wsgi import this_turn

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["make_app"]

_CONTEXT: ContextVar[Context[Any]] = ContextVar("context")
"""The context of the request that is being answered."""


class _Rule(Rule):
    """Compiles the functions that build a URL when one is built: simulators never do, and compiling them is most of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(rule: _Rule, **values: Any) -> tuple[str, str]:
            compiled = super()._compile_builder(append_unknown)
            return compiled(rule, **values)

        return build


class _App(Flask):
    """Finds operations by the path alone: a Host header may hold anything, and must not fail the routing."""

    url_rule_class = _Rule
    api: Api[Any]
    direct: Direct
    view: Callable[..., Response]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map without the Host header (Flask's hook)."""
        if request is None:
            return super().create_url_adapter(request)
        path = self.api.normalize(request.path)
        return self.url_map.bind("vendor", path_info=path, default_method=request.method)

    def answer(self, turn: Turn, environ: WSGIEnvironment) -> Answer | None:
        """Answer a request for an operation as Flask would. Return None, with nothing done, if Flask has to."""
        found = self.direct.find(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        return None if found is None or self._is_extended(found[0].id) else self.direct.answer(turn, environ, *found)

    def _is_extended(self, endpoint: str) -> bool:
        """Return whether somebody has added to the app what must be called."""
        return (
            "wsgi_app" in vars(self)
            or self.view_functions[endpoint] is not self.view
            or len(self.before_request_funcs[None]) > 1
            or len(self.before_request_funcs) > 1
            or sum(map(len, self.error_handler_spec[None].values())) > 1
            or bool(
                self.blueprints
                or self.after_request_funcs
                or self.teardown_request_funcs
                or self.teardown_appcontext_funcs
                or self.url_value_preprocessors
                or self.secret_key
            )
            or signals_are_heard()
        )


def make_app(api: Api[Any], name: str) -> Flask:
    """Return the Flask app of this API. `name` is the vendor's package.

    An exception that is not one of the vendor's errors is a defect of the simulator: it goes through, and the engine
    rolls the turn back.
    """
    app = _App(name, static_folder=None)
    app.api, app.direct = api, Direct(api)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = api.options
    app.url_map.strict_slashes, app.url_map.merge_slashes = api.strict_slashes, api.merge_slashes
    rows: dict[str, Operation[Any]] = {}

    def finish(context: Any, answer: Answer) -> Response:
        return response(answer if api.finish is None else api.finish(context, answer))

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

    app.view = call
    app.before_request(before)
    app.register_error_handler(api.error, refuse)
    for rule, operation in flask_rules(api):
        rows[operation.id] = operation
        app.add_url_rule(rule, operation.id, call, methods=[operation.method])
    return app
