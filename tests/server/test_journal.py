"""The journal can be read in pages, and exported whole."""

from __future__ import annotations

import json

import pytest

from tests.server.served import ServedToy


def test_the_journal_is_read_in_pages(toy: ServedToy) -> None:
    for _ in range(5):
        toy.post("/count")
    first = toy.sim("GET", "/journal?limit=2")
    rest = toy.sim("GET", f"/journal?after={first['entries'][-1]['n']}")
    assert [e["n"] for e in first["entries"] + rest["entries"]] == [1, 2, 3, 4, 5]
    assert first["last"] == rest["last"] == 5


def test_the_journal_can_be_filtered_by_vendor(toy: ServedToy) -> None:
    toy.post("/count")
    toy.sim("PUT", "/limits", {"limits": "off"})
    toy.act("ring")
    assert [e["kind"] for e in toy.sim("GET", "/journal")["entries"]] == ["request", "control", "act"]
    assert [e["kind"] for e in toy.sim("GET", "/journal?vendor=toy")["entries"]] == ["request", "act"]
    assert "toy" in toy.sim("GET", "/journal?vendor=boat", status=404)["error"]


def test_the_whole_journal_is_exported_as_json_lines(toy: ServedToy) -> None:
    for _ in range(450):
        toy.post("/count")
    export = toy.http.get(f"{toy.control}/worlds/default/journal.jsonl")
    assert export.headers["Content-Type"] == "application/jsonl"
    header, *lines = [json.loads(line) for line in export.text.splitlines()]
    assert (header["journal"], header["clock"], header["vendors"], header["base"]) == (1, "manual", {"toy": 1}, None)
    assert [line["n"] for line in lines] == list(range(1, 451))
    assert lines[:100] == toy.sim("GET", "/journal")["entries"]


def test_an_export_that_nobody_reads_blocks_nobody(toy: ServedToy) -> None:
    for _ in range(40):
        toy.get("/big?bytes=1000000")
    host, port = toy.control.removeprefix("http://").removesuffix("/_sim").split(":")
    import socket

    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"GET /_sim/worlds/default/journal.jsonl HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert line.recv(12) == b"HTTP/1.1 200"
        assert toy.post("/count").json() == {"count": 1}
    assert toy.post("/count").json() == {"count": 2}


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "after=-1", "after=1.5", "after=", "limt=1",
                                   "after=1&after=2", "after=99999999999999999", "limit=%C2%B2"])  # fmt: skip
def test_an_invalid_query_is_refused(toy: ServedToy, query: str) -> None:
    assert toy.sim("GET", f"/journal?{query}", status=400)["error"]
