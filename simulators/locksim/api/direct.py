"""Answer the requests for a vendor's operations from its table, without Flask, and with the same bytes.

Most of the time of a small request was Flask's own: contexts, request and response objects, dispatch. Here a request goes from
its path through the checks and parameters into the handler. What `find` does not know for certain is left to Flask.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from locksim.api.operations import Api, Operation, flask_rules
from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

__all__ = ["Direct", "signals_are_heard"]

_PLAIN = re.compile(r"[/\x20-\x7e]+")
"""Paths of these characters mean the same to Flask as to us; others are left to it."""
_CHANGED_BY_WERKZEUG = frozenset({"content-length", "content-location", "location"})
"""The headers whose values Werkzeug's response may change."""
_SIGNALS = (
    "appcontext_popped",
    "appcontext_pushed",
    "appcontext_tearing_down",
    "got_request_exception",
    "request_finished",
    "request_started",
    "request_tearing_down",
)


class Direct:
    """Finds a request's operation by method and path, and runs it without Flask."""

    def __init__(self, api: Api[Any]) -> None:
        self._api = api
        self._fixed: dict[tuple[str, str], Operation[Any]] = {}
        """Method and path → operation, for the paths without parameters, which come before the others."""
        self._shaped: dict[tuple[str, int], list[tuple[list[str | None], list[str], Operation[Any]]]] = {}
        """Method and number of segments → segments (None: a parameter), names of the parameters, operation."""
        for rule, operation in flask_rules(api):
            if "<" not in rule:
                self._fixed[operation.method, rule] = operation
                continue
            parts = rule.split("/")
            segments = [None if part.startswith("<") and part.endswith(">") else part for part in parts]
            names = [part[1:-1] for part in parts if part.startswith("<")]
            if all(part is None or "<" not in part for part in segments):  # Flask has the paths that mix both
                self._shaped.setdefault((operation.method, len(parts)), []).append((segments, names, operation))
        for shapes in self._shaped.values():
            shapes.sort(key=lambda shape: [part is None for part in shape[0]])  # as Werkzeug: fixed segments first

    def find(self, method: str, path: str) -> tuple[Operation[Any], Mapping[str, str]] | None:
        """Return a request's operation and the values in its path. Return None if Flask has to look for it."""
        path = self._api.normalize(path)
        operation = self._fixed.get((method, path))
        if operation is not None:
            return operation, {}
        if not _PLAIN.fullmatch(path) or path.startswith("//"):
            return None
        parts = path.split("/")
        for segments, names, operation in self._shaped.get((method, len(parts)), ()):
            if all(part if wanted is None else part == wanted for part, wanted in zip(parts, segments, strict=True)):
                values = (part for part, wanted in zip(parts, segments, strict=True) if wanted is None)
                return operation, dict(zip(names, values, strict=True))
        return None

    def answer(
        self, turn: Turn, environ: WSGIEnvironment, operation: Operation[Any], values: Mapping[str, str]
    ) -> Answer:
        """Answer a request for this operation as Flask would."""
        api = self._api
        context = api.context(turn, environ)
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


def signals_are_heard() -> bool:
    """Return whether somebody listens to a signal that Flask sends with a request."""
    flask = sys.modules.get("flask.signals")
    return flask is not None and any(getattr(flask, name).receivers for name in _SIGNALS)


def _as_sent(answer: Answer, environ: WSGIEnvironment) -> Answer:
    """Return the answer as Werkzeug's response would send it."""
    for name, value in answer.headers:
        if name.lower() in _CHANGED_BY_WERKZEUG or "\n" in value or "\r" in value:
            break
    else:
        if answer.status == 204:
            return answer if not answer.body else Answer(204, answer.headers, b"")
        if answer.status >= 200 and answer.status != 304:
            return answer
    from locksim.api.responses import as_sent

    return as_sent(answer, environ)
