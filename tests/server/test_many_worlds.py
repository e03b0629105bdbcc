"""A thousand worlds in one process, and many callers at once: each world knows its own callers only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx

from locksim.engine import replay
from tests.engine.toy import TOY
from tests.server.served import ServedToy

WORLDS = 999
"""With the default world, that is the limit without `--max-worlds`."""


def test_a_thousand_worlds_are_independent(toy: ServedToy) -> None:
    names = [f"w{n}" for n in range(WORLDS)]
    for seed, name in enumerate(names):
        toy.api("POST", "/worlds", {"name": name, "seed": seed, "clock": "manual"}, status=201)
    assert "the limit" in toy.api("POST", "/worlds", status=409)["error"]
    for name in names[::97]:
        toy.post(f"/~{name}/count")
    counts = [toy.get(f"/~{name}/count").json()["count"] for name in names]
    assert [n for n, count in enumerate(counts) if count] == list(range(WORLDS))[::97]
    for name in names[::50]:
        toy.sim("DELETE", "", world=name)
    assert toy.get("/count").json() == {"count": 0}


def test_concurrent_callers_of_many_worlds_do_not_mix(toy: ServedToy) -> None:
    """64 callers over 32 worlds: each world counts the requests of its own two callers only, and its answers are those of its own
    journal, replayed alone. (`make bench` does it for longer.)"""
    worlds, calls = [f"w{n}" for n in range(32)], 20
    for name in worlds:
        toy.api("POST", "/worlds", {"name": name, "clock": "manual"}, status=201)

    def caller(number: int) -> list[int]:
        name = worlds[number % 32]
        with httpx.Client(base_url=f"{toy.url}/~{name}", verify=False, trust_env=False) as client:
            return [client.post("/count").json()["count"] for _ in range(calls)]

    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(caller, range(64)))
    for number in range(32):
        one, other = answers[number], answers[number + 32]
        assert one == sorted(one)
        assert sorted([*one, *other]) == list(range(1, 2 * calls + 1))
    for name in worlds:
        recorded = replay.read(toy.http.get(f"{toy.control}/worlds/{name}/journal.jsonl").content)
        assert recorded.last == 2 * calls
        assert replay.run(recorded, replay.begin(recorded, {"toy": TOY})) is None
