"""A connection below every HTTP library gives each answer as it came, and says where the connection broke."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

import pytest

from lockpact.simulators.wire import Wire
from locksim.engine.inputs import CONNECTION_RESET, Answer

HEAD = b"HTTP/1.1 200 OK\r\nX-Odd:  a b\r\nContent-Length: 5\r\n\r\n"
HEADERS = (("X-Odd", "a b"), ("Content-Length", "5"))
CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"


@contextmanager
def answering(*connections: Sequence[bytes], piece: int = 65536) -> Iterator[str]:
    """Yield the URL of a server that answers each connection's requests with these bytes, in pieces, then closes it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            for answers in connections:
                there, _ = listener.accept()
                with there:
                    there.settimeout(10)
                    there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    for answer in answers:
                        there.recv(65536)
                        for at in range(0, len(answer), piece):
                            there.sendall(answer[at : at + piece])

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join(20)
        assert not thread.is_alive()


@pytest.mark.parametrize(
    ("method", "sent", "answer"),
    [
        ("GET", HEAD + b"hello", Answer(200, HEADERS, b"hello")),
        ("GET", HEAD + b"hel", Answer(200, HEADERS, b"hel??", 3)),
        ("GET", HEAD, Answer(200, HEADERS, b"?????", 0)),
        ("HEAD", HEAD, Answer(200, HEADERS, b"")),
        ("GET", HEAD[:20], CONNECTION_RESET),
        ("GET", b"", CONNECTION_RESET),
        ("GET", b"SSH-2.0-OpenSSH\r\n", CONNECTION_RESET),
        (
            "GET",
            CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n",
            Answer(201, (("Transfer-Encoding", "chunked"),), b"hello"),
        ),
        ("GET", CHUNKED + b"3\r\nhel\r\n2\r\n", Answer(201, (("Transfer-Encoding", "chunked"),), b"hel?", 3)),
        ("GET", b"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n" + HEAD + b"hello", Answer(200, HEADERS, b"hello")),
        ("GET", b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", CONNECTION_RESET),
        ("GET", HEAD + b"hello, and more", Answer(200, HEADERS, b"hello")),
        ("GET", HEAD + b"hello" + b"HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n", Answer(200, HEADERS, b"hello")),
        ("GET", CHUNKED + b"2\r\nhi\r\n0\r\nX: 1\r\n\r\n", Answer(201, (("Transfer-Encoding", "chunked"),), b"hi")),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", Answer(204, (), b"")),
        ("GET", b"HTTP/1.0 200 OK\r\nX: caf\xe9\r\n\r\nto the end", Answer(200, (("X", "caf\xe9"),), b"to the end")),
    ],
)
def test_an_answer_is_given_as_it_came(method: str, sent: bytes, answer: Answer) -> None:
    with answering([sent]) as url, closing(Wire(url)) as wire:
        assert wire.ask(method, "/") == answer


def test_a_connection_is_used_again_and_opened_again_once_it_ended() -> None:
    with answering([HEAD + b"first", HEAD + b"again"], [HEAD + b"third"]) as url, closing(Wire(url)) as wire:
        assert [wire.ask("GET", "/").body for _ in range(2)] == [b"first", b"again"]
        assert wire.readable(10), "the server's end of the connection"
        assert wire.ask("GET", "/").body == b"third"


def test_a_connection_that_the_server_does_not_keep_is_closed() -> None:
    last = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n"
    with answering([last + b"ok"], [HEAD + b"fresh"]) as url, closing(Wire(url)) as wire:
        assert wire.ask("GET", "/").body == b"ok"
        assert not wire.reusable
        assert wire.ask("GET", "/").body == b"fresh"
        assert wire.reusable


def test_a_connection_on_which_more_came_than_an_answer_is_not_used_again() -> None:
    with answering([HEAD + b"hello, and more"], [HEAD + b"fresh"]) as url, closing(Wire(url)) as wire:
        assert wire.ask("GET", "/").body == b"hello"
        assert not wire.reusable
        assert wire.ask("GET", "/").body == b"fresh"


def test_an_answer_may_come_in_pieces() -> None:
    with answering([HEAD + b"hello"], piece=1) as url, closing(Wire(url)) as wire:
        assert wire.ask("GET", "/") == Answer(200, HEADERS, b"hello")
