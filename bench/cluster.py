"""What a cluster costs: one node on PostgreSQL compared with SQLite and memory, three nodes with one, and worlds that move.

PostgreSQL, HAProxy and all nodes run on this machine, so three nodes share its cores: compare processor times, too.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from bench.load import Load
from bench.serving import load
from tests.cluster.harness import Cluster, Node, cluster
from tests.postgres import PostgresServer, own_server, query

__all__ = ["CONNECTIONS", "Compared", "Moves", "compare_nodes", "compare_stores", "moves"]

CONNECTIONS = (2, 16, 64)
WORLDS = 100
"""Worlds that are made, moved and dropped."""
ENTRIES = 300
"""Entries of a world that is taken over after a kill."""
KILLS = 5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Compared:
    """One load: answers a second, the median in µs, and processor time in µs an answer, of the nodes and of PostgreSQL."""

    what: str
    connections: int
    rate: float
    p50: float
    node: float
    database: float


@dataclass(frozen=True)
class Moves:
    """Worlds a second that are made, taken by another node and dropped; ms from a kill to the first answer elsewhere."""

    made: float
    taken: float
    dropped: float
    takeover: float
    slowest: float


def compare_stores(seconds: float) -> Iterator[Compared]:
    """Load `/list` of a world in memory, on SQLite and on PostgreSQL, in turns."""
    with tempfile.TemporaryDirectory() as folder, own_server() as postgres, _nodes(postgres, Path(folder)) as nodes:
        for connections in CONNECTIONS:
            for name, node in nodes.items():
                yield _measure(name, [node], postgres, [_url(node.info)], seconds, connections)


@contextmanager
def _nodes(postgres: PostgresServer, folder: Path) -> Iterator[dict[str, Node]]:
    """Yield three servers: in memory, on SQLite, on PostgreSQL."""
    with cluster(postgres.url, "--clock", "manual", names="", vendors=["nuki"], proxy=False) as made:
        node = made.add("postgres")
        nodes = {"PostgreSQL": node}
        base = node.port
        for number, (name, more) in enumerate([("SQLite", ["--data", str(folder / "data")]), ("memory", [])], start=1):
            own = Node(name, base + 32 * number, made.folder, ["--clock", "manual", *more, "nuki"], None)
            made.nodes[name] = nodes[name] = own
            own.start()
        for one in nodes.values():
            one.wait()
        # A node of a cluster names the cluster's addresses, and is called here without its proxy.
        info = node.info["vendors"]["nuki"]
        info["url"] = f"http://127.0.0.1:{node.port + 5}"
        yield dict(reversed(nodes.items()))


def compare_nodes(seconds: float) -> Iterator[Compared]:
    """Load worlds behind HAProxy: with one node, and with three."""
    with own_server() as postgres:
        for names in ("a", "abc"):
            with cluster(postgres.url, "--clock", "manual", names=names, vendors=["nuki"]) as made:
                with _client() as http:
                    urls = [_url(_make(made, http, f"{names}-{number}")) for number in range(12)]
                what = f"{len(names)} node{'s' * (len(names) > 1)} behind HAProxy, 12 worlds"
                for connections in (12, 60):
                    yield _measure(what, list(made.nodes.values()), postgres, urls, seconds, connections)


def _measure(
    what: str, nodes: list[Node], postgres: PostgresServer, urls: list[str], seconds: float, connections: int
) -> Compared:
    each = connections // len(urls)
    before = _spent(nodes), _cpu(postgres.children())
    with ThreadPoolExecutor(len(urls)) as pool:
        loads: list[Load] = list(pool.map(lambda url: load(url, seconds, each), urls))
    node, database = _spent(nodes) - before[0], _cpu(postgres.children()) - before[1]
    answers = sum(one.requests for one in loads)
    rate, p50 = sum(one.rate for one in loads), statistics.median(one.p50 for one in loads)
    return Compared(what, connections, rate, p50, node / answers * 1e6, database / answers * 1e6)


def moves() -> Moves:
    """Make worlds, let another node take them, drop them; then kill owners."""
    with own_server() as postgres, cluster(postgres.url, "--clock", "manual", names="ab", vendors=["nuki"]) as made:
        a, b = made.nodes.values()
        with _client() as http:
            began = time.perf_counter()
            for number in range(WORLDS):
                http.post(f"{a.control}/worlds", json={"name": f"m{number}", "clock": "manual"}).raise_for_status()
            created = time.perf_counter()
            for number in range(WORLDS):
                http.get(f"{b.control}/worlds/m{number}/clock").raise_for_status()
            taken = time.perf_counter()
            for number in range(WORLDS):
                http.delete(f"{b.control}/worlds/m{number}").raise_for_status()
            dropped = time.perf_counter()
        takeovers = [_takeover(made, postgres, number) for number in range(KILLS)]
    return Moves(
        WORLDS / (created - began),
        WORLDS / (taken - created),
        WORLDS / (dropped - taken),
        statistics.median(takeovers),
        max(takeovers),
    )


def _takeover(made: Cluster, postgres: PostgresServer, number: int) -> float:
    """Kill a world's owner. Return the ms until the other node has answered through HAProxy."""
    with _client() as http:
        url = _url(_make(made, http, f"k{number}"))
        for _ in range(ENTRIES):
            http.get(url).raise_for_status()
    owner = next(node for node in made.nodes.values() if _owns(node, f"k{number}"))
    owner.end()
    began = time.perf_counter()
    with _client() as http:
        while True:
            with suppress(httpx.TransportError):
                if http.get(url).status_code == 200:
                    break
            time.sleep(0.005)
    took = (time.perf_counter() - began) * 1e3
    owner.start()
    owner.wait()
    time.sleep(2.5)  # HAProxy's check finds it
    return took


def _owns(node: Node, world: str) -> bool:
    sql = "SELECT 1 FROM locksim.heads JOIN locksim.nodes USING (boot) WHERE world = %s AND name = %s"
    return bool(query(node.store, sql, world, node.name))


def _client() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=60)


def _make(made: Cluster, http: httpx.Client, name: str) -> dict[str, Any]:
    answer = http.post(f"{made.control}/worlds", json={"name": name, "clock": "manual"}).raise_for_status()
    created: dict[str, Any] = answer.json()
    return created


def _url(info: dict[str, Any]) -> str:
    nuki = info["vendors"]["nuki"]
    return f"{nuki['url']}/list?token={nuki['credentials']['token']}"


def _spent(nodes: list[Node]) -> float:
    return _cpu([node.process.pid for node in nodes if node.process is not None])


def _cpu(pids: list[int]) -> float:
    """Return the processor time of these processes, in seconds."""
    total = 0
    for pid in pids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
    return total / _TICKS
