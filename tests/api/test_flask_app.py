"""An app answers requests for its operations without Flask's own work, and with the same bytes as under Flask."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from flask import request_started

import locksim
from locksim.engine import wsgi
from locksim.engine.inputs import Answer
from locksim.registry import NAMES, load

PATHS = {
    "noke": "/api/lock/",
    "remotelock": "/devices?per_page=3",
    "lockt": "/api/v1/user?page=1",
    "codelocks": "/u/1/durations?lockmodel=KL1060",
    "nuki": "/list",
}


def ask(vendor: Any, path: str, method: str = "GET") -> Answer:
    headers = (("Host", "localhost"),)
    return locksim.World([vendor], seed=7).ask(vendor.name, vendor.sites[0].name, method, path, headers)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "OPTIONS"])
def test_an_app_under_flasks_test_client_sends_the_same_bytes(name: str, method: str) -> None:
    vendor = load(name)

    def app() -> Any:
        client = vendor.app().test_client()  # type: ignore[attr-defined]

        def through_client(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
            answer = client.open(environ)
            start(answer.status, list(answer.headers))
            return [answer.data]

        return through_client

    assert ask(vendor, PATHS[name], method) == ask(dataclasses.replace(vendor, app=app), PATHS[name], method)


Note = Callable[[], None]
Extend = Callable[[Any, Note], object]


def noting(note: Note, inner: Callable[..., Any]) -> Callable[..., Any]:
    def noted(*given: Any, **named: Any) -> Any:
        note()
        return inner(*given, **named)

    return noted


def before(app: Any, note: Note) -> None:
    app.before_request(note)


def after(app: Any, note: Note) -> None:
    app.after_request(noting(note, lambda response: response))


def teardown(app: Any, note: Note) -> None:
    app.teardown_request(noting(note, lambda error: None))


def signal(app: Any, note: Note) -> None:
    request_started.connect(noting(note, lambda sender, **_: None), app, weak=False)


def middleware(app: Any, note: Note) -> None:
    app.wsgi_app = noting(note, app.wsgi_app)


def view(app: Any, note: Note) -> None:
    app.view_functions["GET /list"] = noting(note, app.view_functions["GET /list"])


@pytest.mark.parametrize("extend", [before, after, teardown, signal, middleware, view])
def test_an_extension_of_the_app_is_called(extend: Extend) -> None:
    vendor = load("nuki")
    noted: list[None] = []
    app: Any = vendor.app()
    world = locksim.World([dataclasses.replace(vendor, app=lambda: app)], seed=7)
    target = f"/list?token={world.site('nuki').credentials['token']}"
    plain = world.ask("nuki", "bridge", "GET", target)
    extend(app, lambda: noted.append(None))
    try:
        assert world.ask("nuki", "bridge", "GET", target) == plain
    finally:
        request_started.receivers.clear()
    assert len(noted) == 1


def test_flask_is_left_out_where_nobody_extends_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wsgi, "_through_wsgi", None)
    assert ask(load("nuki"), "/list").status == 401
    assert ask(load("nuki"), "/nothing").status == 503, "an unknown path is left to Flask"


def test_the_app_still_builds_urls() -> None:
    app: Any = load("noke").app()
    with app.test_request_context():
        assert app.url_for("POST /lock/") == "/lock/"
    app = load("remotelock").app()
    with app.test_request_context():
        assert app.url_for("GET /devices/{device_id}", device_id="a b", page=2) == "/devices/a%20b?page=2"
