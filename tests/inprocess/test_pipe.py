"""The pipe by itself: what a socket would do, in corners where clients rarely go."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
import xmlrpc.client

import pytest

from locksim.inprocess import endpoints
from locksim.inprocess.pipe import Pipe
from locksim.inprocess.world import World

HEAD = b" HTTP/1.1\r\nHost: api.toy.example\r\n"


@pytest.fixture
def pipe(world: World) -> Pipe:
    return Pipe(lambda request: endpoints.find_endpoint(world, "api.toy.example", "https"), timeout=5)


def everything(pipe: Pipe) -> bytes:
    with pipe.makefile("rb") as file:
        return file.read()


def test_a_request_enters_the_world_when_the_client_reads(pipe: Pipe, world: World) -> None:
    pipe.sendall(b"POST /count" + HEAD + b"\r\n")
    assert world.site("toy").state.count == 0

    assert pipe.recv(8) == b"HTTP/1.1"
    assert world.site("toy").state.count == 1


def test_a_request_of_a_client_that_closes_without_reading_is_done(pipe: Pipe, world: World) -> None:
    pipe.sendall(b"POST /count" + HEAD + b"\r\n")
    pipe.close()
    assert world.site("toy").state.count == 1


def test_a_client_that_closes_does_not_wait(pipe: Pipe, world: World) -> None:
    pipe.sendall(b"GET /wait" + HEAD + b"\r\n")
    pipe.close()
    assert world.clock.iso == "2026-01-05T08:00:00Z"
    assert not world.core.pending_requests()


def test_a_file_that_is_still_open_keeps_the_connection(pipe: Pipe, world: World) -> None:
    pipe.settimeout(60)
    pipe.sendall(b"GET /wait" + HEAD + b"Connection: close\r\n\r\n")
    with pipe.makefile("rb") as file:
        pipe.close()
        assert file.read().endswith(b'{"rang":false}')
    assert world.clock.iso == "2026-01-05T08:00:30Z"


def test_half_a_request_is_not_a_request(pipe: Pipe, world: World) -> None:
    pipe.sendall(b"POST /count" + HEAD + b"Content-Length: 10\r\n\r\nhalf")
    with pytest.raises(TimeoutError):
        pipe.recv(1)
    pipe.close()
    assert not world.journal.requests()


def test_reading_for_ever_is_refused(world: World) -> None:
    pipe = Pipe(lambda request: endpoints.find_endpoint(world, "api.toy.example", "https"))
    with pytest.raises(OSError, match="wait for ever"):
        pipe.recv(1)


def test_a_client_that_expects_100_continue_gets_it(pipe: Pipe) -> None:
    pipe.sendall(b"POST /count" + HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    assert pipe.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
    pipe.sendall(b"{}")
    assert pipe.recv(12) == b"HTTP/1.1 200"


def test_pipelined_requests_are_answered_in_their_order(pipe: Pipe) -> None:
    pipe.sendall((b"POST /count" + HEAD + b"\r\n") * 2 + b"POST /count" + HEAD + b"Connection: close\r\n\r\n")
    got = everything(pipe)
    assert [got.index(b'{"count":%d}' % n) for n in (1, 2, 3)] == sorted(
        got.index(b'{"count":%d}' % n) for n in (1, 2, 3)
    )
    assert got.count(b"HTTP/1.1 200") == 3


@pytest.mark.parametrize("noise", [b"\x00\xff\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/1.1\r\nno colon\r\n\r\n"])
def test_invalid_http_gets_a_400_and_reaches_no_world(noise: bytes, pipe: Pipe, world: World) -> None:
    pipe.sendall(noise)
    assert everything(pipe).startswith(b"HTTP/1.1 400 ")
    assert not world.journal.requests()


def test_after_the_end_nothing_can_be_sent(pipe: Pipe) -> None:
    pipe.sendall(b"GET /count" + HEAD + b"Connection: close\r\n\r\n")
    everything(pipe)
    with pytest.raises(BrokenPipeError):
        pipe.sendall(b"GET /count" + HEAD + b"\r\n")


def test_the_answer_can_be_read_after_the_connection_is_closed(world: World) -> None:
    """As http.client does with `Connection: close`: the file outlives the socket."""
    with world.intercept():
        connection = http.client.HTTPSConnection("api.toy.example")
        connection.request("GET", "/big?bytes=100000", headers={"Connection": "close"})
        answer = connection.getresponse()
        connection.close()
        assert len(answer.read()) == 100_000


def test_urllib_and_what_is_built_on_it_are_intercepted(world: World) -> None:
    with world.intercept():
        with urllib.request.urlopen("https://api.toy.example/count", data=b"") as answer:
            assert answer.read() == b'{"count":1}'
        with pytest.raises(urllib.error.HTTPError) as missing:
            urllib.request.urlopen("https://api.toy.example/nowhere")
        missing.value.close()
        with (
            xmlrpc.client.ServerProxy("https://api.toy.example/RPC2") as proxy,
            pytest.raises(xmlrpc.client.ProtocolError, match="404"),
        ):
            proxy.anything()
