"""Whatever the client, the world sees the same request, and the client gets the answer that the world gave."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.inputs import Request
from locksim.inprocess.world import World
from tests.engine.toy import TOY
from tests.inprocess.ways import WAYS, ClientRequest, Way

# What all these clients leave as it is: no dot segments, no quotes or brackets, escapes in capitals and none that
# could be spelt plainly. What they do to the rest is theirs, and happens before any wire.
LETTERS = string.ascii_letters + string.digits + "-_~"
plain = st.sampled_from(LETTERS + "!$&'()*+,;=:@")
escapes = st.sampled_from([f"%{byte:02X}" for byte in range(256) if chr(byte) not in LETTERS + "."])
pieces = st.one_of(plain, escapes)
paths = st.lists(st.one_of(pieces, st.just("/")), max_size=20).map(lambda parts: "/echo/" + "".join(parts))
queries = st.lists(st.one_of(pieces, st.sampled_from("/?")), max_size=20).map("".join)
targets = st.builds(lambda path, query: f"{path}?{query}" if query else path, paths, queries)

values = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=20)
headers = (
    st.dictionaries(st.sampled_from(["X-Plain", "x-small", "X-LOUD", "X-Per-Cent"]), values).map(dict.items).map(list)
)

methods = st.sampled_from(["GET", "HEAD", "OPTIONS", "DELETE"])
bodiless = st.builds(ClientRequest, methods, targets, headers, st.just(b""), st.none())
with_body = st.builds(
    ClientRequest, st.sampled_from(["POST", "PUT", "PATCH"]), targets, headers, st.binary(), st.none()
)
requests_ = st.one_of(bodiless, with_body)


@pytest.mark.parametrize("way", WAYS)
@given(request=requests_, host=st.sampled_from(["https://api.toy.example", "http://192.0.2.50:8080"]))
def test_the_world_sees_what_was_sent_and_the_client_gets_what_was_answered(
    way: Way, request: ClientRequest, host: str
) -> None:
    world = World([TOY])

    got = way(world, request._replace(url=host + request.url))

    entry = world.journal.requests()[-1]
    saw = entry.input
    assert isinstance(saw, Request)
    assert (saw.method, saw.target, saw.body) == (request.method, request.url, request.body)
    assert saw.site == ("api" if host.startswith("https") else "lan")
    arrived = {name.lower(): value for name, value in saw.headers}
    assert arrived["host"] == host.partition("://")[2]
    assert {name.lower(): value for name, value in request.headers}.items() <= arrived.items()

    answer = entry.answer
    assert answer is not None
    assert got.status == answer.status
    assert got.headers == list(answer.headers)
    assert got.body == (b"" if request.method == "HEAD" else answer.body)


@pytest.mark.parametrize("way", WAYS)
def test_a_pending_answer_is_the_same_in_every_way(way: Way, world: World) -> None:
    got = way(world, ClientRequest(url="https://api.toy.example/wait?seconds=30"))

    assert (got.status, got.body) == (200, b'{"rang":false}')
    assert world.clock.iso == "2026-01-05T08:00:30Z"


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_to_head_has_no_body_even_if_it_is_a_refusal(way: Way, world: World) -> None:
    world.faults.inject({"kind": "refuse", "name": "unavailable"})

    got = way(world, ClientRequest("HEAD"))

    assert (got.status, got.body) == (503, b"")
    assert dict(got.headers)["Content-Length"] == "23"


@pytest.mark.parametrize("way", WAYS)
def test_a_header_that_comes_twice_stays_two(way: Way, world: World) -> None:
    got = way(world, ClientRequest(url="https://api.toy.example/cookies"))

    assert [value for name, value in got.headers if name == "Set-Cookie"] == [
        "first=1; Path=/",
        "second=two; Path=/cookies",
    ]


@pytest.mark.parametrize("way", WAYS)
def test_a_large_body_arrives_complete_both_ways(way: Way, world: World) -> None:
    body = bytes(range(256)) * 4_000

    sent = way(world, ClientRequest("POST", body=body))
    got = way(world, ClientRequest(url="https://api.toy.example/big?bytes=3000000"))

    assert json.loads(sent.body)["body"] == body.hex()
    assert len(got.body) == 3_000_000
