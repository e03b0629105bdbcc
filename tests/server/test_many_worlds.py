"""A thousand worlds in one process, and many callers at once: each world knows its own callers only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from locksim.engine import replay
from tests.engine.toy import TOY
from tests.server.door import Stand

WORLDS = 999
"""Beside the default one: the bound that there is without `--max-worlds`."""


def test_a_thousand_worlds_live_beside_each_other(toy: Stand) -> None:
    names = [f"w{n}" for n in range(WORLDS)]
    for seed, name in enumerate(names):
        toy.door("POST", "/worlds", {"name": name, "seed": seed, "clock": "manual"}, status=201)
    assert "no more" in toy.door("POST", "/worlds", status=409)["error"]
    for name in names[::97]:
        toy.post(f"/~{name}/count")
    counts = [toy.get(f"/~{name}/count").json()["count"] for name in names]
    assert [n for n, count in enumerate(counts) if count] == list(range(WORLDS))[::97]
    for name in names[::50]:
        toy.sim("DELETE", "", world=name)
    assert toy.get("/count").json() == {"count": 0}


def test_callers_of_many_worlds_at_once_never_meet(toy: Stand) -> None:
    """64 callers over 32 worlds: each world has counted its own two callers' calls, and nobody else's; and its answers are
    those of its own journal, run again serially and alone. (`make bench` does it for longer.)"""
    worlds, calls = [f"w{n}" for n in range(32)], 20
    for name in worlds:
        toy.door("POST", "/worlds", {"name": name, "clock": "manual"}, status=201)

    def caller(number: int) -> list[int]:
        name = worlds[number % 32]
        with httpx.Client(base_url=f"{toy.url}/~{name}", trust_env=False) as client:
            return [client.post("/count").json()["count"] for _ in range(calls)]

    with ThreadPoolExecutor(64) as pool:
        heard = list(pool.map(caller, range(64)))
    for number in range(32):
        one, other = heard[number], heard[number + 32]
        assert one == sorted(one)
        assert sorted([*one, *other]) == list(range(1, 2 * calls + 1))
    for name in worlds:
        recorded = replay.read(toy.http.get(f"{toy.control}/worlds/{name}/journal.jsonl").content)
        assert recorded.last == 2 * calls
        assert replay.run(recorded, replay.begin(recorded, {"toy": TOY})) is None
