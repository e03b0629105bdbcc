"""What the journal shows, and how it stays bounded."""

from __future__ import annotations

import json

from locksim.inprocess.world import World
from tests.engine.toy import BELL


def test_a_request_is_recorded_as_it_came(world: World) -> None:
    headers = (("X-B", "2"), ("x-a", "1"), ("X-B", "3"))
    world.ask("toy", "lan", "PUT", "/echo/%2F?q=%zz&q=", headers, b"\xff\x00")
    (_, line) = [json.loads(text) for text in world.journal.jsonl().splitlines()]
    assert line["n"] == 1
    assert line["at"] == "2026-01-05T08:00:00Z"
    assert (line["vendor"], line["site"], line["method"]) == ("toy", "lan", "PUT")
    assert line["target"] == "/echo/%2F?q=%zz&q="
    assert line["headers"] == [["X-B", "2"], ["x-a", "1"], ["X-B", "3"]]
    assert line["body_base64"] == "/wA="
    assert json.loads(line["answer"]["body"])["body"] == "ff00"


def test_every_kind_of_input_has_an_entry(world: World) -> None:
    site = world.site("toy")
    world.ask("toy", "api", "POST", "/subscribe?url=http://127.0.0.1:9/")
    site.hardware[BELL].ring()
    site.hardware[BELL].ring(after=1)
    site.faults.inject({"kind": "reset"})
    world.ask("toy", "api", "GET", "/count")
    world.clock.advance(2)
    kinds = {line["kind"] for line in map(json.loads, world.journal.jsonl().splitlines()[1:])}
    assert kinds == {"request", "act", "control", "outcome", "tick"}
    assert world.journal.entries(after=2)[0].n == 3
    assert [e.n for e in site.journal.requests()] == [1, 6]


def test_the_oldest_entries_leave_at_a_checkpoint_and_the_world_goes_on(world: World) -> None:
    world.core.journal.bound = 50_000
    for _ in range(400):
        world.ask("toy", "api", "POST", "/count")
    journal = world.core.journal
    assert journal.bytes < 60_000
    assert journal.base_n > 0
    assert [e.n for e in journal] == list(range(journal.base_n + 1, 401))
    assert [e.n for e in journal.read(after=0, limit=2)] == [journal.base_n + 1, journal.base_n + 2]
    assert world.ask("toy", "api", "GET", "/broken").status == 500
    assert world.ask("toy", "api", "GET", "/count").body == b'{"count":400}'
