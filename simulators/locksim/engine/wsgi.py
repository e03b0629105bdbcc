"""Take one request through a vendor's Flask app, inside a turn.

There is one app for each vendor in a process, and the world comes with the request. What a WSGI server does to a request
(decode the path, join repeated headers) is done here, so that the app gets the same from every way in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from locksim.engine.inputs import CONNECTION_RESET, Answer, Headers, Request
from locksim.engine.timestamps import SECOND, http_date

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

    from locksim.engine.turn import Turn

__all__ = ["call", "finished", "this_turn"]

_TURN: ContextVar[Turn] = ContextVar("turn")
_BODILESS = frozenset({204, 304})


def this_turn() -> Turn:
    """Return the turn that the current Flask request is part of."""
    return _TURN.get()


def call(app: WSGIApplication, turn: Turn, request: Request, host: str, scheme: str) -> Answer:
    """Return the app's answer to this request. Raises what the app raises.

    An app may have a method `answer(turn, environ)`, which answers what it can without WSGI, and else returns None.
    """
    environ = _environ(request, host, scheme)
    direct = getattr(app, "answer", None)
    answer: Answer | None = None if direct is None else direct(turn, environ)
    if answer is None:
        answer = _through_wsgi(app, turn, environ)
    return CONNECTION_RESET if turn.hung_up else finished(answer, turn.now)


def _through_wsgi(app: WSGIApplication, turn: Turn, environ: dict[str, Any]) -> Answer:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started[:] = [status, headers]
        return None

    token = _TURN.set(turn)
    try:
        chunks: Iterable[bytes] = app(environ, start_response)
        try:
            body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()
    finally:
        _TURN.reset(token)
    status, headers = started
    return Answer(int(status[:3]), tuple(headers), body)


def finished(answer: Answer, now: int) -> Answer:
    """Return the answer with the headers that every answer has: Content-Length and, by the world's clock, Date."""
    if answer.status == 0:
        return answer
    names = {name.lower() for name, _ in answer.headers}
    added: list[tuple[str, str]] = []
    if "content-length" not in names and answer.status not in _BODILESS:
        added.append(_content_length(len(answer.body)))
    if "date" not in names:
        added.append(_date(now - now % SECOND))
    return Answer(answer.status, (*answer.headers, *added), answer.body, answer.cut) if added else answer


@lru_cache(maxsize=1024)  # a journal keeps answers, which then share these pairs
def _content_length(length: int) -> tuple[str, str]:
    return "Content-Length", str(length)


@lru_cache(maxsize=16)
def _date(now: int) -> tuple[str, str]:
    return "Date", http_date(now)


def _environ(request: Request, host: str, scheme: str) -> dict[str, Any]:
    path, _, query = _origin_form(request.target).partition("?")
    name, _, port = host.rpartition(":") if ":" in host else (host, "", "")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": request.target,
        "RAW_URI": request.target,
        "SERVER_NAME": name,
        "SERVER_PORT": port or ("443" if scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": BytesIO(request.body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
    }
    _add_headers(environ, request.headers)
    if request.body or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def _add_headers(environ: dict[str, Any], headers: Headers) -> None:
    """Add the headers in WSGI's form, repeated ones joined by commas."""
    for name, value in headers:
        if "_" in name:  # servers drop these: WSGI could not tell `X_Y` from `X-Y`
            continue
        key = name.upper().replace("-", "_")
        if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            key = "HTTP_" + key
        environ[key] = f"{environ[key]},{value}" if key in environ else value


def _origin_form(target: str) -> str:
    """Return `/path?query` of a target. Proxies send targets in absolute form (`http://host/path?query`)."""
    if target.startswith(("http://", "https://")):
        rest = target.partition("://")[2]
        slash = min((i for i in (rest.find("/"), rest.find("?")) if i >= 0), default=len(rest))
        rest = rest[slash:]
        return rest if rest.startswith("/") else "/" + rest
    return target
