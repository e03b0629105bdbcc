"""Turn an `Answer` into Werkzeug's response, or into what Werkzeug would send of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response

from locksim.engine.inputs import Answer
from locksim.engine.wsgi import this_turn

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["as_sent", "response"]


class _Response(Response):
    """Has the headers that the answer names, and no others."""

    default_mimetype = None


def as_sent(answer: Answer, environ: WSGIEnvironment) -> Answer:
    """Return the answer as Werkzeug's response would send it."""
    sent = response(answer)
    headers = sent.get_wsgi_headers(environ).to_wsgi_list()
    return Answer(answer.status, tuple(headers), b"".join(sent.get_app_iter(environ)))


def response(answer: Answer) -> Response:
    """Return the response with which Flask sends this answer."""
    if answer.status == 0:
        this_turn().hung_up = True
        return _Response(status=204)
    return _Response(answer.body, answer.status, list(answer.headers))
