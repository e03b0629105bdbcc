"""What every operation needs: the door before it, the caller, the body, the page, the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any, TypeVar

import msgspec
from flask import Blueprint, Response, current_app, g, request
from werkzeug.exceptions import MethodNotAllowed

from locksim.engine.inputs import Answer
from locksim.engine.turn import Turn
from locksim.engine.wsgi import respond, this_turn
from locksim.remotelock import auth, rate, serialization
from locksim.remotelock.asking import ask, parse_query
from locksim.remotelock.errors import (
    BadRequest,
    Invalid,
    NotAcceptable,
    NotFound,
    NotJson,
    RemoteLockError,
    WrongMethod,
)
from locksim.remotelock.indexed_collections import Shelf, Where
from locksim.remotelock.state import Here, State

__all__ = [
    "attributes",
    "blueprint",
    "door",
    "found",
    "gone",
    "here",
    "kind",
    "listed",
    "one",
    "rated",
    "refused",
    "version_of",
]

T = TypeVar("T", bound=Any)

_VERSION = re.compile(r"/v(\d{1,6})(?=/|$)", re.ASCII)
_MEDIA = re.compile(
    r"application/vnd\.lockstate(?:\.v(?P<dotted>[^+;,\s]+))?\+json(?P<rest>[^,]*)", re.ASCII | re.IGNORECASE
)
_PARAMETER = re.compile(r";\s*version\s*=\s*\"?(?P<version>[^\s;,\"]+)", re.ASCII | re.IGNORECASE)


def blueprint(name: str) -> Blueprint:
    """A chapter's routes."""
    return Blueprint(name, __name__)


# ---- at the door


def version_of(path: str) -> tuple[str | None, str]:
    """`/v1/devices/` → ("1", "/devices"). What has no version in front has none."""
    match = _VERSION.match(path)
    rest = path[match.end() :] if match else path
    return (match[1] if match else None), rest.rstrip("/") or "/"


def door() -> None:
    """Who is answered by an operation, and who is not. See the package."""
    turn = this_turn()
    g.sent = {}
    _, path = version_of(request.path)
    public = path.startswith("/oauth/")
    if turn.site == "oauth" and not public:
        raise NotFound("Not found", f"there is no {path[:60]!r} at the OAuth host; the API is at {turn.url('api')}")
    if not public:
        who = auth.admit(turn, turn.state, request.environ.get("HTTP_AUTHORIZATION"))
        g.account = who.account
        g.here = who
        rate.count(turn, who.account)
        _judge_version()
    missed = request.routing_exception
    if isinstance(missed, MethodNotAllowed):
        allow = ", ".join(sorted(missed.valid_methods or ()))
        raise WrongMethod("Method not allowed", allow, f"{request.method[:20]!r} is not for this path; it has {allow}")
    if missed is not None:
        raise NotFound("Not found", _no_such_path(path))


def _judge_version() -> None:
    """In the path, in the Accept header, or nowhere (chapter *API versioning*)."""
    asked = [version_of(request.path)[0] or "1"]
    for media in _MEDIA.finditer(request.environ.get("HTTP_ACCEPT", "")):
        parameter = _PARAMETER.search(media["rest"])
        asked.append(parameter["version"] if parameter else media["dotted"] or "1")
    for version in asked:
        if version != "1":
            raise NotAcceptable("Unknown API version", f"there is no version {version[:20]!r}; there is version 1")


def _no_such_path(path: str) -> str:
    rules = sorted({rule.rule for rule in current_app.url_map.iter_rules()})
    near = get_close_matches(path[:60], rules, n=1, cutoff=0.5)
    return f"there is no {path[:60]!r}" + (f"; did you mean {near[0]}?" if near else "")


def rated(response: Response) -> Response:
    """The rate headers, on every answer to a caller who is known."""
    account = g.get("account")
    if account is not None:
        response.headers.extend(rate.headers(this_turn(), account))
    return response


def refused(error: RemoteLockError) -> Response:
    """The one place where a refusal becomes an answer."""
    this_turn().near_miss(error.sentence)
    return respond(serialization.refusal(error, g.get("sent") or {}))


# ---- what was asked


def here() -> Here:
    """Who asks, where."""
    who: Here = g.here
    return who


def state() -> tuple[Turn, State]:
    """For the paths that need no token."""
    turn = this_turn()
    return turn, turn.state


def found(item: T | None, what: str) -> T:
    """The item. Raises NotFound."""
    if item is None:
        raise NotFound("Resource not found", f"there is no {what} of this id in this account")
    return item


def attributes(*, optional: bool = False) -> dict[str, Any]:
    """The body's `attributes`. `optional`: there may be no body at all. Raises NotJson, BadRequest."""
    raw = request.get_data()
    if optional and not raw:
        return {}
    mime = request.environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if mime != serialization.JSON:
        raise NotJson(
            "The request must have the header Content-Type: application/json",
            f"Content-Type is {mime[:40]!r}; send application/json",
        )
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadRequest("The request body is not valid JSON", "the body is no JSON; send an object") from None
    if not isinstance(body, dict) or not isinstance(body.get("attributes"), dict):
        if optional and body == {}:
            return {}
        raise BadRequest(
            "The request body must have attributes", 'the body must be an object with an object "attributes" in it'
        )
    g.body = body
    sent: dict[str, Any] = body["attributes"]
    g.sent = sent
    return sent


def kind(among: Iterable[str]) -> str:
    """The body's `type`, which says what is to be made. Raises Invalid. `attributes` has been called."""
    told = g.body.get("type")
    listed = list(among)
    if told is None or told == "":
        raise Invalid(("type", "is empty"), sentence=f"type stands beside attributes; it is one of {', '.join(listed)}")
    if told not in listed:
        raise Invalid(("type", "is not included in the list"), sentence=f"type is one of {', '.join(listed)}")
    return str(told)


# ---- what is answered


def one(resource: serialization.Told, status: int = 200) -> Response:
    """One resource."""
    return respond(serialization.answer(serialization.single(resource), status))


def gone(status: int = 204) -> Response:
    """Nothing to say."""
    return respond(Answer(status))


def listed(
    shelf: Shelf[T],
    render: Callable[[T], serialization.Told],
    filters: Iterable[str] = (),
    *,
    always: Where | None = None,
    otherwise: Where | None = None,
) -> Response:
    """The page that the query asks for."""
    asked = ask(
        parse_query(request.environ.get("QUERY_STRING", "")),
        shelf,
        filters,
        this_turn().near_miss,
        always=always,
        otherwise=otherwise,
    )
    items, total = shelf.page(asked.where, asked.order, asked.start, asked.size)
    return respond(
        serialization.answer(serialization.page([render(item) for item in items], asked.number, asked.size, total))
    )
