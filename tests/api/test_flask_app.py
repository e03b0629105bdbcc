"""An app answers requests for its operations without Flask's own work, and with the same bytes as under Flask."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import request_started
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException
from werkzeug.test import create_environ

import locksim
from locksim.api.direct import Direct, _as_sent
from locksim.api.responses import as_sent
from locksim.engine import wsgi
from locksim.engine.inputs import Answer
from locksim.registry import NAMES, api, load

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


@pytest.mark.parametrize("name", NAMES)
def test_an_operation_is_found_as_werkzeug_finds_it(name: str) -> None:
    table = api(name)
    app: Any = load(name).app()
    rows = [(operation.method, table.base + operation.path) for operation in table]
    segment = st.sampled_from(sorted({part for _, path in rows for part in path.split("/")})) | st.text(
        "aé%\n{<", max_size=2
    )
    asked = st.sampled_from(rows) | st.tuples(
        st.sampled_from(["GET", "POST", "PUT", "DELETE", "HEAD"]), st.lists(segment).map("/".join)
    )

    @given(asked, st.sampled_from(["", "", "/", "//", "\n"]))
    def is_found(row: tuple[str, str], end: str) -> None:
        method, path = row
        found = Direct(table).find(method, path + end)
        if found is None:
            return
        urls = app.url_map.bind("vendor", path_info=table.normalize(path + end), default_method=method)
        try:
            endpoint, values = urls.match()
        except HTTPException as error:
            raise AssertionError(f"Werkzeug says {error!r}") from None
        assert (found[0].id, dict(found[1])) == (endpoint, dict(values))

    is_found()


@pytest.mark.parametrize("name", NAMES)
def test_each_operation_is_found_without_flask(name: str) -> None:
    table = api(name)
    direct = Direct(table)
    for operation in table:
        path = (table.base + operation.path).replace("{", "a-").replace("}", "")
        found = direct.find(operation.method, path)
        assert found is not None, operation.id
        assert found[0] is operation


@pytest.mark.parametrize("status", [100, 200, 201, 204, 302, 304, 401, 503])
@given(
    st.lists(
        st.sampled_from([("Content-Type", "text/plain"), ("Location", "/ä"), ("Content-Length", "9"), ("X", "1")])
    ),
    st.binary(max_size=3),
)
def test_an_answer_is_sent_as_werkzeug_sends_it(status: int, headers: list[tuple[str, str]], body: bytes) -> None:
    environ = create_environ()
    answer = Answer(status, tuple(headers), body)
    assert wsgi.finished(_as_sent(answer, environ), 0) == wsgi.finished(as_sent(answer, environ), 0)


def test_flask_is_imported_only_for_what_needs_it() -> None:
    script = """
import sys
import locksim
world = locksim.World(["nuki"], seed=7)
assert world.ask("nuki", "bridge", "GET", "/list").status == 401
token = world.site("nuki").credentials["token"]
assert world.ask("nuki", "bridge", "GET", f"/lockAction?nukiId=407225611&action=1&token={token}").status == 200
assert world.core.journal.last > 2, "that took time"
assert not {"flask", "werkzeug", "jinja2"} & set(sys.modules), "imported for an operation"
world.ask("nuki", "bridge", "GET", "/nothing")
assert "flask" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_signal_that_the_vendors_own_app_sends_is_heard() -> None:
    heard: list[Any] = []

    def hear(sender: Any, **_: Any) -> None:
        heard.append(sender)

    vendor = load("nuki")
    world = locksim.World([vendor], seed=7)
    world.ask("nuki", "bridge", "GET", "/list")
    assert not heard
    with request_started.connected_to(hear):
        world.ask("nuki", "bridge", "GET", "/list")
    assert len(heard) == 1


def test_the_app_still_builds_urls() -> None:
    app: Any = load("noke").app()
    with app.test_request_context():
        assert app.url_for("POST /lock/") == "/lock/"
    app = load("remotelock").app()
    with app.test_request_context():
        assert app.url_for("GET /devices/{device_id}", device_id="a b", page=2) == "/devices/a%20b?page=2"
