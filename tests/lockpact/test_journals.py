"""Reading exchanges from a journal in the form of the control API."""

from __future__ import annotations

import json

import pytest

import locksim
from lockpact.simulators.journal_traffic import traffic_of
from locksim.inprocess.world import ReadTimeout


def test_traffic_is_read_from_a_journal_with_its_times_and_ends() -> None:
    world = locksim.World(seed=7, vendors=["nuki"])
    nuki = world.site("nuki")
    token = nuki.credentials["token"]
    lock = nuki.hardware.kind("lock")[0].id
    nuki.faults.inject({"kind": "reset", "when": "before"}, path="/info", times=1)
    nuki.faults.inject({"kind": "truncate", "bytes": 4}, path="/log", times=1)
    for path in ("/list?", f"/lockAction?nukiId={lock}&action=1&", "/info?", "/log?"):
        world.ask("nuki", "bridge", "GET", f"{path}token={token}", timeout=10)
    with pytest.raises(ReadTimeout):
        world.ask("nuki", "bridge", "GET", "/auth", timeout=3)
    entries = [json.loads(line) for line in world.journal.jsonl().splitlines()[1:]]
    output = [(x.path, x.status, x.broken, (x.ended - x.began) / 1e6) for x in traffic_of(entries, "nuki")]
    assert output == [
        ("/list", 200, "", 0),
        ("/lockAction", 200, "", 2),
        ("/info", None, "reset", 0),
        ("/log", 200, "cut", 0),
        ("/auth", None, "timeout", 3),
    ]


def test_another_vendors_traffic_is_left_out_and_a_pending_request_is_waiting() -> None:
    request = {"at": "2026-01-05T08:00:00Z", "kind": "request", "site": "s", "method": "GET", "headers": [], "body": ""}
    entries = [
        {"n": 1, "vendor": "other", "target": "/x", "answer": {"status": 200, "headers": [], "body": ""}, **request},
        {"n": 2, "vendor": "toy", "target": "/wait", "ticket": 5, **request},
        {"n": 3, "at": "2026-01-05T08:00:07Z", "kind": "tick"},
    ]
    (waiting,) = traffic_of(entries, "toy")
    assert (waiting.target, waiting.broken, waiting.ended - waiting.began) == ("/wait", "waiting", 7_000_000)
