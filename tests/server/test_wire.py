"""Bytes on the connection: requests as they were written, answers as the world wants them to arrive, also broken."""

from __future__ import annotations

import json
import socket
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.http.connection import BODY, HEAD, QUEUE
from tests.server.served import ServedToy, drain, serve_toy

CHUNKED = f"{BODY + 1:x}\n{'x' * (BODY + 1)}\n0\n\n"


def ask(toy: ServedToy, text: str, body: bytes = b"") -> tuple[int, dict[str, str], bytes]:
    """Bytes in, and what came back: status, headers, body."""
    return split(toy.send(text.replace("\n", "\r\n").encode("latin-1") + body))


def split(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    return int(status.split()[1]), headers, body


def saw(body: bytes) -> Any:
    return json.loads(body)


def test_target_and_headers_reach_the_world_as_they_were_written(toy: ServedToy) -> None:
    ask(toy, "GET /echo/%7e%41//a?b=%zz&&c HTTP/1.1\nhOST: localhost\nX-b: 2\nX-A:  1 \nX-b: 3\nConnection: close\n\n")
    (entry,) = toy.sim("GET", "/journal")["entries"]
    assert entry["target"] == "/echo/%7e%41//a?b=%zz&&c"
    assert [h for h in entry["headers"] if h[0] != "Connection"] == [
        ["hOST", "localhost"],
        ["X-b", "2"],
        ["X-A", "1"],
        ["X-b", "3"],
    ]


def test_a_body_in_chunks_is_one_body(toy: ServedToy) -> None:
    head = "POST /echo HTTP/1.1\nHost: localhost\nConnection: close\nTransfer-Encoding: chunked\n\n"
    _, _, body = ask(toy, head, b"3\r\nabc\r\n2\r\nde\r\n0\r\nX-Trailer: dropped\r\n\r\n")
    assert bytes.fromhex(saw(body)["body"]) == b"abcde"


def test_date_comes_from_the_world_and_there_is_no_server_header(toy: ServedToy) -> None:
    _, headers, _ = ask(toy, "GET /count HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert headers["Date"] == "Mon, 05 Jan 2026 08:00:00 GMT"
    assert "server" not in {name.lower() for name in headers}


def test_a_head_request_gets_no_body_but_its_length(toy: ServedToy) -> None:
    status, headers, body = ask(toy, "HEAD /big?bytes=7 HTTP/1.1\nHost: localhost\nConnection: close\n\n")
    assert (status, headers["Content-Length"], body) == (200, "7", b"")


def test_one_connection_serves_many_requests_in_order(toy: ServedToy) -> None:
    request = b"POST /count HTTP/1.1\r\nHost: localhost\r\n\r\n"
    last = b"GET /count HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answers = toy.send(request * (3 * QUEUE) + last)
    assert [int(part.split(b"}")[0]) for part in answers.split(b'{"count":')[1:]] == [
        *range(1, 3 * QUEUE + 1),
        3 * QUEUE,
    ]


def test_http_1_0_gets_its_answer_and_the_connection_is_closed(toy: ServedToy) -> None:
    status, headers, body = ask(toy, "GET /count HTTP/1.0\n\n")
    assert (status, headers["Connection"], body) == (200, "close", b'{"count":0}')


def test_a_client_that_expects_100_continue_gets_it(toy: ServedToy) -> None:
    with toy.connect() as connection:
        connection.sendall(
            b"POST /echo HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n"
        )
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"ok")
        assert saw(split(drain(connection))[2])["body"] == b"ok".hex()


@pytest.mark.parametrize("framing", ["Content-Length: 4\n\nbody", "Transfer-Encoding: chunked\n\n4\nbody\n0\n\n"])
def test_an_upgrade_is_declined_and_the_request_is_answered(toy: ServedToy, framing: str) -> None:
    """Java's client offers h2c with its first request, whatever its method."""
    text = (
        f"POST /echo HTTP/1.1\nHost: localhost\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n{framing}"
        "GET /count HTTP/1.1\nHost: localhost\nConnection: close\n\n"
    )
    answer = toy.send(text.replace("\n", "\r\n").encode())
    assert b"body".hex().encode() in answer
    assert answer.endswith(b'{"count":0}')


def test_a_target_in_absolute_form_names_its_host_itself(toy: ServedToy) -> None:
    status, _, body = ask(
        toy, "GET http://api.toy.example/count HTTP/1.1\nHost: elsewhere.example\nConnection: close\n\n"
    )
    assert (status, body) == (200, b'{"count":0}')


def test_a_line_break_in_an_answer_forges_no_header() -> None:
    from locksim.http.connection import _head

    head = _head(200, (("X-A", "1\r\nX-Forged: 2\n"), ("X-B", "3")), close=False)
    assert head == b"HTTP/1.1 200 OK\r\nX-A: 1  X-Forged: 2 \r\nX-B: 3\r\n\r\n"


@pytest.mark.parametrize(
    ("text", "method", "target"),
    [
        ("FLY /echo/x HTTP/1.1", "FLY", "/echo/x"),
        ("get /echo HTTP/1.1", "get", "/echo"),
        ("M-SEARCH /echo HTTP/1.1", "M-SEARCH", "/echo"),
        ("GET /echo/\xe9?a=\xff HTTP/1.1", "GET", "/echo/\xe9?a=\xff"),
        (f"GET /echo/{'a' * 90_000} HTTP/1.1", "GET", f"/echo/{'a' * 90_000}"),
    ],
)
def test_an_odd_request_reaches_the_vendor_as_it_was_written(
    toy: ServedToy, text: str, method: str, target: str
) -> None:
    status, _, body = ask(toy, f"{text}\nHost: localhost\nContent-Length: 2\nConnection: close\n\nhi")
    arrived = json.loads(body)
    assert (status, arrived["target"], arrived["body"]) == (200, target, b"hi".hex())
    assert toy.sim("GET", "/journal")["entries"][-1]["method"] == method


def test_the_request_after_an_odd_one_is_read_as_usual(toy: ServedToy) -> None:
    with toy.connect() as connection:
        for line, shown in ((b"FLY /echo HTTP/1.1", b'"FLY"'), (b"GET /echo HTTP/1.1", b'"GET"')):
            connection.sendall(line + b"\r\nHost: localhost\r\n\r\n")
            assert shown in connection.recv(65536)


# ---- what is refused before it reaches any world


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (400, "NONSENSE\n\n"),
        (400, "GET count HTTP/1.1\nHost: localhost\n\n"),
        (400, "GET /count HTTP/1.1\nHost: localhost\nX: a\x00b\n\n"),
        (400, "POST /count HTTP/1.1\nHost: localhost\nContent-Length: 1\nContent-Length: 2\n\n"),
        (400, "POST /count HTTP/1.1\nHost: localhost\nContent-Length: 1\nTransfer-Encoding: chunked\n\n"),
        (400, "POST /count HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked\n\nzz\n"),
        (400, "GET /count HTTP/1.1\nConnection: close\n\n"),
        (400, "GET /count HTTP/1.1\nHost: localhost\nHost: localhost\nConnection: close\n\n"),
        (431, f"GET /{'a' * HEAD} HTTP/1.1\nHost: localhost\n\n"),
        (431, f"GET / HTTP/1.1\nHost: localhost\nX: {'a' * HEAD}\n\n"),
        (431, f"GET / HTTP/1.1\nHost: localhost\n{'X: y' * (HEAD * 10)}"),
        (
            413,
            f"POST /count HTTP/1.1\nHost: localhost\nConnection: close\nContent-Length: {BODY + 1}\n\n{'x' * (BODY + 1)}",
        ),
        (413, f"POST /count HTTP/1.1\nHost: localhost\nExpect: 100-continue\nContent-Length: {BODY + 1}\n\n"),
        (413, f"POST /count HTTP/1.1\nHost: localhost\nConnection: close\nTransfer-Encoding: chunked\n\n{CHUNKED}"),
    ],
)
def test_invalid_http_gets_a_sentence_and_reaches_no_world(toy: ServedToy, status: int, text: str) -> None:
    got, _, body = ask(toy, text)
    assert got == status
    assert json.loads(body).keys() == {"error"}
    assert toy.sim("GET", "/journal")["last"] == 0


def test_a_body_of_exactly_the_limit_is_accepted(toy: ServedToy) -> None:
    answer = toy.http.post(f"{toy.url}/echo", content=b"x" * BODY)
    assert len(answer.json()["body"]) == 2 * BODY


def test_after_a_body_that_is_too_long_the_connection_stays_open(toy: ServedToy) -> None:
    with httpx.Client(trust_env=False, verify=False) as client:
        assert client.post(f"{toy.url}/count", content=b"x" * (BODY + 1)).status_code == 413
        assert client.get(f"{toy.url}/count").json() == {"count": 0}


def test_no_bytes_break_the_server() -> None:
    with serve_toy(clock="manual") as toy:

        @given(st.binary(max_size=200), st.booleans())
        def throw(data: bytes, headed: bool) -> None:
            with toy.connect() as connection:
                connection.sendall((b"POST /echo HTTP/1.1\r\nHost: localhost\r\n" if headed else b"") + data)
                connection.shutdown(socket.SHUT_WR)
                answer = drain(connection)
            assert answer == b"" or answer.startswith((b"HTTP/1.1 2", b"HTTP/1.1 4"))

        throw()
        assert toy.get("/count").status_code == 200


# ---- answers that break off


def test_a_connection_is_reset_without_any_byte(toy: ServedToy) -> None:
    plant(toy, {"kind": "reset", "when": "after"})
    with toy.connect() as connection:
        connection.sendall(b"POST /count HTTP/1.1\r\nHost: localhost\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)
    assert toy.get("/count").json() == {"count": 1}, "what was asked was done"


@pytest.mark.parametrize("bytes_", [1, 3, 4])
def test_a_body_breaks_off_after_the_given_bytes(toy: ServedToy, bytes_: int) -> None:
    plant(toy, {"kind": "truncate", "bytes": bytes_})
    _, headers, body = split(toy.send(b"GET /big?bytes=5 HTTP/1.1\r\nHost: localhost\r\n\r\n"))
    assert (headers["Content-Length"], body) == ("5", b"x" * bytes_)


def test_a_shorter_body_arrives_complete_and_the_connection_stays_open(toy: ServedToy) -> None:
    plant(toy, {"kind": "truncate", "bytes": 5})
    with httpx.Client(trust_env=False, verify=False) as client:
        assert client.get(f"{toy.url}/big?bytes=5").content == b"xxxxx"
        assert client.get(f"{toy.url}/count").json() == {"count": 0}


def test_a_client_sees_a_reset_as_a_reset(toy: ServedToy) -> None:
    plant(toy, {"kind": "reset"})
    with pytest.raises(httpx.ReadError):
        toy.get("/count")
    assert toy.get("/count").status_code == 200


def plant(toy: ServedToy, effect: dict[str, Any]) -> None:
    toy.sim("POST", "/faults", {"effect": effect, "times": 1}, status=201)


@pytest.mark.parametrize(("version", "expected"), [("2.0", 505), ("1.1", 200), ("1.0", 200)])
def test_another_version_of_http_is_refused(toy: ServedToy, version: str, expected: int) -> None:
    status, _, body = ask(toy, f"GET /count HTTP/{version}\nHost: localhost\nConnection: close\n\n")
    assert status == expected, body
