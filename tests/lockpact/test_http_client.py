"""Secret query parameters reach the server, and no log."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from lockpact.core.http_client import PlainClient, SecretQueryTransport, secret_query
from lockpact.core.pact import PACTS


def test_a_secret_parameter_is_sent_but_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.extensions.get("target", request.url.raw_path))
        return httpx.Response(200, content=request.read())

    with (
        caplog.at_level(logging.DEBUG),
        httpx.Client(transport=SecretQueryTransport(httpx.MockTransport(answer))) as client,
    ):
        echoed = client.post(
            "http://x/y", params={"a": 1}, content=b"body", extensions=secret_query({"key": "s3cret& é"})
        )
        client.get("http://x/z", params={"a": 1})
    assert sent == [b"/y?a=1&key=s3cret%26+%C3%A9", b"/z?a=1"]
    assert echoed.content == b"body"
    assert "http://x/y?a=1" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("vendor", PACTS)
def test_importing_a_reference_client_changes_no_logger(vendor: str) -> None:
    code = (
        f"import logging, lockpact.{vendor}.reference\n"
        "loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]\n"
        "print([logger.name for logger in loggers if logger.filters])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_plain_client_gives_what_httpx_gives_and_no_cookie_back() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(
            302, headers={"Set-Cookie": "a=1", "Location": "/z"}, json=[request.headers.get("cookie")]
        )

    with PlainClient(transport=httpx.MockTransport(answer), base_url="http://x") as client:
        answers = [client.get("/y"), client.post("/y", json={})]
    assert [(one.status_code, one.json(), str(one.request.url)) for one in answers] == [(302, [None], "http://x/y")] * 2
    with pytest.raises(RuntimeError, match="closed"):
        client.get("/y")


def test_a_plain_client_closes_an_answer_that_breaks_off() -> None:
    class BreaksOff(httpx.SyncByteStream):
        closed = False

        def __iter__(self) -> Iterator[bytes]:
            yield b"{"
            raise httpx.ReadError("gone")

        def close(self) -> None:
            BreaksOff.closed = True

    with (
        PlainClient(transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=BreaksOff()))) as client,
        pytest.raises(httpx.ReadError, match="gone"),
    ):
        client.get("http://x/y")
    assert BreaksOff.closed


def test_a_plain_client_takes_at_most_three_quarters_of_httpxs_calls() -> None:
    def calls_of(kind: type[httpx.Client]) -> int:
        with kind(transport=httpx.MockTransport(lambda _: httpx.Response(200, json={}))) as client:
            client.get("http://x/y")  # the first request fills caches
            counted = Counter[str]()
            sys.setprofile(lambda frame, event, argument: counted.update([event]))
            try:
                client.get("http://x/y")
            finally:
                sys.setprofile(None)
        return counted["call"]

    assert calls_of(PlainClient) <= 0.75 * calls_of(httpx.Client)


SORTS: list[tuple[str, str, dict[str, Any]]] = [
    ("GET", "/a b", {}),
    ("GET", "/a b", {"params": {"page": 1, "of": True, "name": "ü &"}}),
    ("GET", "/a b", {"params": {"page": 1, "of": 1, "name": "ü &"}}),
    ("GET", "c?d=1", {"params": [("e[]", "x"), ("e[]", "y")], "headers": {"Accept": "x/y", "Authorization": "Bearer 1"}}),
    ("GET", "c?d=1", {"params": [], "headers": {"Authorization": "Bearer 2"}, "timeout": 3}),
    ("GET", "http://other:81/f#g", {"timeout": None, "extensions": {"x": 1}}),
    ("POST", "/a", {"json": {"ü": [1, None, 2.5]}}),
    ("POST", "/a", {"json": []}),
    ("POST", "/a", {"json": {}, "headers": {"content-type": "x/json"}}),
    ("POST", "/a", {}),
    ("post", "/a", {"data": {"a": "b"}}),
    ("PUT", "/a", {"content": b"bytes"}),
    ("PUT", "/a", {"content": b""}),
    ("DELETE", "/a", {"cookies": {"c": "d"}}),
    ("DELETE", "/a", {"headers": [("x", "1"), ("x", "2")]}),
]  # fmt: skip


@pytest.mark.filterwarnings("ignore:Setting per-request cookies")
@pytest.mark.parametrize("options", [{"base_url": "http://x:80/y"}, {"base_url": "http://x/y/", "headers": {"k": "v"}}])
def test_a_plain_client_builds_the_requests_that_httpx_builds(options: dict[str, Any]) -> None:
    """Also when it has built one of the same sort before."""
    with PlainClient(**options) as plain, httpx.Client(**options) as usual:
        for method, url, given in [*SORTS, *SORTS[::-1], *SORTS]:
            ours, theirs = plain.build_request(method, url, **given), usual.build_request(method, url, **given)
            assert (ours.method, str(ours.url), ours.url.raw_path) == (
                theirs.method,
                str(theirs.url),
                theirs.url.raw_path,
            )
            assert (ours.headers.raw, ours.read()) == (theirs.headers.raw, theirs.read())
            assert ours.extensions == theirs.extensions
