"""Make a vendor's Flask app from its table of operations.

There is one app per vendor and process. The world, and the vendor's site, arrive with each request
(`locksim.engine.wsgi`). Flask is imported when a world is first called.

Most of the time of a small request was Flask's own: contexts, request and response objects, dispatch. So an app answers a
request for one of its operations itself (`_App.answer`), and Flask does all others, such as unknown paths. Both ways give the
same bytes. As soon as somebody extends the app (a hook, an error handler, a signal, a WSGI middleware), Flask does all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from flask import Flask, Request, Response, signals
from flask.globals import request_ctx
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import MapAdapter, Rule

from locksim.api.context import Context
from locksim.api.operations import Api, Operation, flask_rule
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.wsgi import this_turn

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["make_app"]

_CONTEXT: ContextVar[Context[Any]] = ContextVar("context")
"""The context of the request that is being answered."""


class _Response(Response):
    """Has the headers that the answer names, and no others."""

    default_mimetype = None


_SIGNALS = (
    signals.appcontext_popped,
    signals.appcontext_pushed,
    signals.appcontext_tearing_down,
    signals.got_request_exception,
    signals.request_finished,
    signals.request_started,
    signals.request_tearing_down,
)
_CHANGED_BY_WERKZEUG = frozenset({"content-length", "content-location", "location"})
"""The headers whose values Werkzeug's response may change."""


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
    rows: dict[str, Operation[Any]]
    fixed: dict[tuple[str, str], Operation[Any]]
    """Method and path → operation, for the paths without parameters, which come before the others."""
    view: Callable[..., Response]

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        """Bind the URL map without the Host header (Flask's hook)."""
        if request is None:
            return super().create_url_adapter(request)
        return self._bind(request.path, request.method)

    def _bind(self, path: str, method: str) -> MapAdapter:
        return self.url_map.bind("vendor", path_info=self.api.normalize(path), default_method=method)

    def answer(self, turn: Turn, environ: WSGIEnvironment) -> Answer | None:
        """Answer a request for an operation as Flask would. Return None, with nothing done, if Flask has to."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        values: Mapping[str, Any] = {}
        operation = self.fixed.get((method, self.api.normalize(path)))
        if operation is None:
            if not path.isascii():
                path = path.encode("latin-1").decode(errors="replace")
            try:
                rule, values = self._bind("/" + path.lstrip("/"), method).match(return_rule=True)
            except HTTPException:
                return None
            operation = self.rows.get(rule.endpoint)
        if operation is None or operation.method != method or self._is_extended(operation.id):
            return None
        api, context = self.api, self.api.context(turn, environ)
        context.operation, context.path_values = operation, values
        try:
            for check in api.checks:
                answer = check(context)
                if answer is not None:
                    break
            else:
                answer = operation.call(context)
        except api.error as error:
            turn.near_miss(error.sentence)
            answer = api.refuse(context, error)
        if api.finish is not None:
            answer = api.finish(context, answer)
        turn.hung_up = answer.status == 0
        return answer if turn.hung_up else _as_sent(answer, environ)

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
            or any(signal.receivers for signal in _SIGNALS)
        )


def make_app(api: Api[Any], name: str) -> Flask:
    """Return the Flask app of this API. `name` is the vendor's package.

    An exception that is not one of the vendor's errors is a defect of the simulator: it goes through, and the engine
    rolls the turn back.
    """
    app = _App(name, static_folder=None)
    app.api, app.rows, app.fixed = api, {}, {}
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = api.options
    app.url_map.strict_slashes, app.url_map.merge_slashes = api.strict_slashes, api.merge_slashes
    rows = app.rows

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

    app.view = call
    app.before_request(before)
    app.register_error_handler(api.error, refuse)
    for operation in api:
        rows[operation.id] = operation
        for path in filter(None, (operation.path, operation.short_path)):
            rule = flask_rule(api.base + path)
            app.add_url_rule(rule, operation.id, call, methods=[operation.method])
            if "<" not in rule:
                app.fixed[operation.method, rule] = operation
    return app


def _as_sent(answer: Answer, environ: WSGIEnvironment) -> Answer:
    """Return the answer as Werkzeug's response would send it."""
    for name, value in answer.headers:
        if name.lower() in _CHANGED_BY_WERKZEUG or "\n" in value or "\r" in value:
            break
    else:
        if answer.status >= 200 and answer.status not in (204, 304):
            return answer
    response = _response(answer)
    headers = response.get_wsgi_headers(environ).to_wsgi_list()
    return Answer(answer.status, tuple(headers), b"".join(response.get_app_iter(environ)))


def _response(answer: Answer) -> Response:
    if answer.status == 0:
        this_turn().hung_up = True
        return _Response(status=204)
    return _Response(answer.body, answer.status, list(answer.headers))
