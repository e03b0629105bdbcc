"""Measure a page as a collection grows: RemoteLock's devices, 50 per page, compared with a bare Flask app that has the page
ready and only encodes it.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

import locksim
from bench import bare
from locksim.remotelock import seed

__all__ = ["BOUND", "COUNTS", "SIZE", "Page", "pages"]

COUNTS = (100, 1_000, 10_000)
BOUND = 1.3
"""A page out of the longest collection may cost so many times one out of the shortest."""
SIZE = 50


class Page(NamedTuple):
    """One kind of page: µs of a request by the length of the collection, and of the bare app with the same page."""

    what: str
    took: dict[int, float]
    bare: float

    @property
    def growth(self) -> float:
        """How much dearer it is in the longest collection than in the shortest."""
        return self.took[COUNTS[-1]] / self.took[COUNTS[0]]


KINDS: dict[str, Callable[[int], str]] = {
    "first page": lambda count: f"per_page={SIZE}",
    "last page": lambda count: f"per_page={SIZE}&page={count // SIZE}",
    "by name, descending": lambda count: f"per_page={SIZE}&sort=-name",
    "by two keys": lambda count: f"per_page={SIZE}&sort[]=name&sort[]=-created_at",
    "of one location": lambda count: f"per_page={SIZE}&attributes[location_id]={seed.QUAY}",
    "of one type, by name": lambda count: f"per_page={SIZE}&type=lock&sort=name",
}
"""what is asked → the query, in a collection of so many."""


class House:
    """A world with so many devices, and a token for it."""

    def __init__(self, devices: int) -> None:
        self.devices = devices
        self.world = locksim.World(
            seed=7, vendors=["remotelock"], limits=False, state={"remotelock": _crowded(devices)}
        )
        form = {"grant_type": "client_credentials"} | {
            name: self.world.site("remotelock").credentials[name] for name in ("client_id", "client_secret")
        }
        answer = self.world.ask(
            "remotelock",
            "oauth",
            "POST",
            "/oauth/token",
            (("Content-Type", "application/json"),),
            msgspec.json.encode(form),
        )
        self.headers = (("Authorization", f"Bearer {msgspec.json.decode(answer.body)['access_token']}"),)

    def get(self, query: str) -> bytes:
        """The body of a page of devices."""
        answer = self.world.ask("remotelock", "api", "GET", f"/devices?{query}", self.headers)
        assert answer.status == 200, answer.body
        return answer.body


def _crowded(devices: int) -> dict[str, Any]:
    """The default world with so many devices in all, most of them locks at QUAY; names in no order."""
    state: dict[str, Any] = msgspec.to_builtins(locksim.World(seed=7, vendors=["remotelock"]).site("remotelock").state)
    account = state["accounts"][seed.HARBOUR_STAYS]
    kept: dict[str, Any] = account["devices"]
    like = kept[seed.FRONT_DOOR]
    for n in range(devices - len(kept)):
        key = f"00000000-0000-4000-8000-{n:012}"
        kept[key] = like | {
            "id": key, "name": f"Door {n * 7919 % devices}", "serial_number": f"S{n}", "location_id": seed.QUAY,
            "created_at": like["created_at"] + n // 3,
        }  # fmt: skip
    return state


def pages(seconds: float) -> list[Page]:
    """Every kind of page in collections of every length, called in turns, so that what else the machine does meets all."""
    houses = [House(count) for count in COUNTS]
    found = []
    for what, query in KINDS.items():
        queries = [query(house.devices) for house in houses]
        ready = msgspec.json.decode(houses[0].get(queries[0]))
        app = _bare(ready)
        calls: list[Callable[[], object]] = [lambda app=app: bare.call(app, "GET", "/devices")]  # type: ignore[misc]
        calls += [lambda house=house, q=q: house.get(q) for house, q in zip(houses, queries, strict=True)]  # type: ignore[misc]
        plain, *took = in_turns(calls, seconds)
        found.append(Page(what, dict(zip(COUNTS, took, strict=True)), plain))
    return found


def in_turns(calls: list[Callable[[], object]], seconds: float) -> list[float]:
    """The median µs of each call."""
    took: list[list[float]] = [[] for _ in calls]
    for call in calls:
        call()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for call, times in zip(calls, took, strict=True):
            began = time.perf_counter()
            call()
            times.append((time.perf_counter() - began) * 1e6)
    return [statistics.median(times) for times in took]


def _bare(page: Any) -> Any:
    """`GET /devices` → the page, encoded at each request as a simulator must."""
    from flask import Flask, Response

    app = Flask("bare")

    @app.get("/devices")
    def devices() -> Response:
        return Response(msgspec.json.encode(page), mimetype="application/json")

    return app
