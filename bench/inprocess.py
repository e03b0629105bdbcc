"""What a request, a reset and a fixture cost in process."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec

import locksim
from bench import bare
from bench.load import quantile

__all__ = ["each", "fixtures", "requests", "resets", "through_httpx"]

WARM = 0.2
"""The share of the calls that is not counted."""


def each(call: Callable[[], object], seconds: float) -> float:
    """The median of one call, in microseconds."""
    took: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        call()
        took.append((time.perf_counter() - began) * 1e6)
    return quantile(sorted(took[int(len(took) * WARM) :]), 0.5)


def requests(seconds: float) -> tuple[float, float]:
    """µs of `/list`: (ours, bare Flask), each called as directly as it can be."""
    world = locksim.World(seed=7)
    token = world.site("nuki").credentials["token"]
    app = bare.create_app()
    headers = (("Host", "192.168.1.50:8080"), ("Accept", "*/*"))
    return (
        each(lambda: world.ask("nuki", "bridge", "GET", f"/list?token={token}", headers), seconds),
        each(lambda: bare.call(app, "GET", "/list?token=none", headers), seconds),
    )


def through_httpx(seconds: float) -> tuple[float, float]:
    """µs of the same through an `httpx.Client`: ours by its transport, Flask by httpx's own WSGITransport."""
    site = locksim.World(seed=7).site("nuki")
    token = site.credentials
    with httpx.Client(transport=site.transport, base_url=site.url) as client:
        ours = each(lambda: client.get("/list", params=token), seconds)
    with httpx.Client(transport=httpx.WSGITransport(bare.create_app()), base_url=site.url) as client:
        return ours, each(lambda: client.get("/list", params=token), seconds)


def crowded(locks: int) -> dict[str, Any]:
    """The default world's state with so many more locks."""
    state: dict[str, Any] = msgspec.to_builtins(locksim.World(seed=7).site("nuki").state)
    front, *_ = state["bridges"][0]["locks"]
    state["bridges"][0]["locks"] += [front | {"id": 500_000_000 + n, "name": f"Door {n}"} for n in range(locks)]
    return state


def resets(locks: int, seconds: float) -> tuple[float, int]:
    """(µs of a reset, how many locks there were): a world that holds so many locks, changed a little before each."""
    world = locksim.World(seed=7, state={"nuki": crowded(locks)})
    site = world.site("nuki")
    took: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        site.hardware.kind("lock")[0].battery(level="critical")
        began = time.perf_counter()
        world.reset()
        took.append((time.perf_counter() - began) * 1e6)
    return quantile(sorted(took), 0.5), len(site.hardware.kind("lock"))


_COUNT = """
import time
import pytest

took = {"test_with": [], "test_without": []}

def timed(item):
    began = time.perf_counter()
    result = yield
    took[item.originalname].append((time.perf_counter() - began) * 1e6)
    return result

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item):
    return (yield from timed(item))

@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    return (yield from timed(item))

def pytest_unconfigure():
    sums = {name: [a + b for a, b in zip(t[::2], t[1::2])] for name, t in took.items()}
    middle = {name: sorted(s)[len(s) // 2] for name, s in sums.items()}
    print(f"fixture: {middle['test_with'] - middle['test_without']:.1f} us")
"""

_TESTS = """
import pytest

@pytest.mark.parametrize("n", range(300))
def test_with({fixture}, n):
    pass

@pytest.mark.parametrize("n", range(300))
def test_without(n):
    pass
"""


def fixtures(name: str) -> float:
    """µs that a fixture takes to be set up and torn down, beyond those of a test without one."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "conftest.py").write_text(_COUNT)
        Path(folder, "test_cost.py").write_text(_TESTS.format(fixture=name))
        command = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly", folder]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
        found = re.search(r"fixture: (\S+) us", done.stdout)
        if done.returncode or not found:
            raise SystemExit(f"the fixture {name!r} could not be measured:\n{done.stdout}{done.stderr}")
        return float(found[1])
