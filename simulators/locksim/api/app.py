"""A vendor's app as the engine asks it: without Flask where that can be, and with Flask everywhere else.

Most of the time of a start was Flask's import. So Flask is imported, and the vendor's Flask app is made, for the first request
that `Direct` cannot answer:

    request ── Direct ── the path is an operation's ─────── checks ── parameters ── handler ── Answer
                  └───── unknown path, other method, … ──── Flask app (`flask_app`) ── the same checks and handlers

Whoever wants to extend a vendor's app (a hook, an error handler, a signal, a WSGI middleware) makes it with `vendor.app()` and
gives it to a copy of the vendor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from locksim.api.direct import Direct, signals_are_heard
from locksim.api.operations import Api
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from flask import Flask

__all__ = ["AppFactory", "LazyApp"]


class AppFactory:
    """Makes a vendor's Flask app; `lazy` makes the app that the engine uses, which makes the Flask app when it has to.

    Args:
        api: Loads the vendor's table of operations.
        name: The vendor's package.
    """

    def __init__(self, api: Callable[[], Api[Any]], name: str) -> None:
        self._api = api
        self._name = name

    def __call__(self) -> Flask:
        """Make the Flask app."""
        from locksim.api.flask_app import make_app

        return make_app(self._api(), self._name)

    def lazy(self) -> LazyApp:
        """Make the app without Flask's part."""
        return LazyApp(self._api(), self)


class LazyApp:
    """A WSGI app that answers by `Direct`, and makes its Flask app when that cannot answer."""

    def __init__(self, api: Api[Any], make_flask: Callable[[], WSGIApplication]) -> None:
        self._direct = Direct(api)
        self._make_flask = make_flask

    @cached_property
    def flask(self) -> WSGIApplication:
        """The Flask app."""
        return self._make_flask()

    def answer(self, turn: Turn, environ: WSGIEnvironment) -> Answer | None:
        """Answer a request for an operation as Flask would. Return None, with nothing done, if Flask has to."""
        found = self._direct.find(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        return None if found is None or signals_are_heard() else self._direct.answer(turn, environ, *found)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer through Flask (WSGI)."""
        return self.flask(environ, start_response)
