"""Many worlds in one process: what an idle one weighs, and whether callers of many at once ever meet."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.serving import Served
from locksim.engine import replay
from locksim.registry import select

__all__ = ["CALLERS", "WORLDS", "Weighed", "crowd", "weigh"]

IDLE = 400
"""Idle worlds that are weighed together."""
WORLDS, CALLERS = 32, 64


@dataclass(frozen=True)
class Weighed:
    """What a world costs: milliseconds to make, KiB of memory while nobody uses it."""

    made: float
    memory: float


def _begin(control: str, name: str, http: httpx.Client) -> dict[str, Any]:
    made: dict[str, Any] = http.post(f"{control}/worlds", json={"name": name, "clock": "manual"}).json()
    return made


def weigh(served: Served, ready: Path) -> Weighed:
    """Make worlds with every vendor, and look at the process before and after."""
    control = json.loads(ready.read_text())["control"]
    with httpx.Client(trust_env=False) as http:
        _begin(control, "first", http)
        before, began = served.memory, time.perf_counter()
        for number in range(IDLE):
            _begin(control, f"idle-{number}", http)
        made, after = time.perf_counter() - began, served.memory
        for number in range(IDLE):
            http.delete(f"{control}/worlds/idle-{number}")
    return Weighed(made / IDLE * 1e3, (after - before) * 1000 / 1.024 / IDLE)


def crowd(ready: Path, seconds: float) -> tuple[int, int]:
    """64 callers over 32 worlds. → the calls, and how many worlds answered as their own journals do, run again alone."""
    control = json.loads(ready.read_text())["control"]
    with httpx.Client(trust_env=False, timeout=60) as http:
        worlds = [_begin(control, f"crowd-{number}", http) for number in range(WORLDS)]
        targets = [(w["vendors"]["nuki"]["url"], w["vendors"]["nuki"]["credentials"]["token"]) for w in worlds]
        with ThreadPoolExecutor(CALLERS) as pool:
            made = [pool.submit(_calls, *targets[n % WORLDS], n, seconds) for n in range(CALLERS)]
            calls = sum(one.result() for one in made)
        vendors = {vendor.name: vendor for vendor in select()}
        same = 0
        for world in worlds:
            recorded = replay.read(http.get(f"{control}/worlds/{world['name']}/journal.jsonl").content)
            same += replay.run(recorded, replay.begin(recorded, vendors)) is None
    return calls, same


def _calls(url: str, token: str, number: int, seconds: float) -> int:
    """One caller: reads, and turns on callbacks and off again. → its calls."""
    end, made = time.monotonic() + seconds, 0
    with httpx.Client(base_url=url, params={"token": token}, trust_env=False, timeout=60) as client:
        while time.monotonic() < end:
            client.get("/callback/add", params={"url": f"http://127.0.0.1:9/{number}"})
            client.get("/list")
            client.get("/callback/remove", params={"id": number % 3})
            made += 3
    return made
