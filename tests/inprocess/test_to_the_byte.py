"""A pipe in process and a socket of `locksim serve` answer the same bytes with the same bytes, whatever they are."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.inprocess import endpoints
from locksim.inprocess.pipe import Pipe
from locksim.inprocess.world import World
from locksim.server.run import serving
from tests.engine.toy import TOY

# `latin-1` texts, so that the strategies read as what they make.
targets = st.one_of(
    st.sampled_from(
        [
            "/echo",
            "/echo?a=%zz",
            "/cookies",
            "/broken",
            "/nowhere",
            "/big?bytes=70000",
            "http://api.toy.example/echo",
            "*",
            "echo",
            "",
        ]
    ),
    st.text(st.characters(max_codepoint=0xFF), max_size=20).map(lambda rest: "/echo" + rest),
)
names = st.one_of(
    st.sampled_from(["X-One", "x_two", "Expect", "Upgrade"]), st.text(st.characters(max_codepoint=0xFF), max_size=5)
)
fields = st.tuples(names, st.text(st.characters(max_codepoint=0xFF), max_size=10)).map(": ".join)
methods = st.sampled_from(["GET", "HEAD", "POST", "PUT", "OPTIONS", "get", "BREW", "G T", ""])
versions = st.sampled_from(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "http/1.1", ""])
framings = st.sampled_from(
    ["", "Content-Length: 3\r\n", "Content-Length: x\r\n", "Content-Length: 3\r\nContent-Length: 4\r\n"]
)


@st.composite
def noise(draw: st.DrawFn) -> bytes:
    head = f"{draw(methods)} {draw(targets)} {draw(versions)}\r\nHost: api.toy.example\r\nConnection: close\r\n"
    more = "".join(field + "\r\n" for field in draw(st.lists(fields, max_size=3)))
    framing = draw(framings)
    return (head + more + framing + "\r\n" + ("abc" if framing else "")).encode("latin-1")


@pytest.fixture(scope="module")
def served() -> Iterator[int]:
    with serving([TOY], clock="manual") as ready:
        yield int(ready["vendors"]["toy"]["url"].rpartition(":")[2])


def over_a_socket(port: int, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(sent)
        got = b""
        while chunk := connection.recv(1 << 16):
            got += chunk
        return got


def over_a_pipe(sent: bytes) -> bytes:
    world = World([TOY], clock="manual")
    pipe = Pipe(lambda call: endpoints.find_endpoint(world, "api.toy.example", "https"), timeout=10)
    pipe.sendall(sent)
    with pipe.makefile("rb") as answer:
        return answer.read()


@given(sent=noise())
def test_whatever_is_sent_the_answers_are_equal(served: int, sent: bytes) -> None:
    assert over_a_pipe(sent) == over_a_socket(served, sent)
