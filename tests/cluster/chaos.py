"""Chaos: three nodes behind HAProxy on PostgreSQL, under load, while everything fails in turn.

    python -m tests.cluster.chaos --worlds 300 --clients 16 --seconds 180

Clients send requests to all five vendors in many worlds, each with a mark of its own, and act on devices. Meanwhile nodes are
killed and stopped, PostgreSQL restarts, crashes, stands still and has no room, and connections to it are cut. Afterwards, for
each world:

- every acknowledged input is in the journal exactly once, with the answer that the caller got, and what was refused with 425
  is not there;
- its entries have no hole, and their replay leads to the state that the cluster shows;
- every delivery has arrived, and nothing has arrived that the world did not send.

`--without-epochs` takes the check of the epoch out of the database. Then the run must fail.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec

from locksim import registry
from locksim.engine import replay
from tests.cluster.harness import Cluster
from tests.postgres import PostgresServer, own_server, query
from tests.server.receiver import Receiver, receiver
from tests.storage.crash import GONE, call
from tests.storage.crash_vendors import CLIENTS, MARK, Client, Known, _check_inputs
from tests.tcp_proxy import TcpProxy, tcp_proxy

CLOCK = {"mode": "x10", "now": "2026-01-05T08:00:00Z"}
PATIENCE = 60.0
"""Seconds that a client waits for an answer."""


@dataclass
class World:
    """A world, and what its callers know of it."""

    name: str
    clients: list[Client]
    known: Known = field(default_factory=Known)
    refused: set[str] = field(default_factory=set)
    """Marks of requests that were refused with 425: nothing was done."""
    numbers: itertools.count[int] = field(default_factory=itertools.count)


@dataclass
class Run:
    """A running cluster, its worlds, and what happened."""

    cluster: Cluster
    postgres: PostgresServer
    proxy: TcpProxy
    inbox: Receiver
    rng: random.Random
    worlds: list[World] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    over: bool = False


def main() -> None:
    """Run the command."""
    args = argparse.ArgumentParser(description="Let everything fail under load, and check what is kept")
    args.add_argument("--worlds", type=int, default=300)
    args.add_argument("--clients", type=int, default=16)
    args.add_argument("--seconds", type=float, default=180.0)
    args.add_argument("--pause", type=float, default=0.0, help="seconds between two requests of a client")
    args.add_argument("--seed", type=int, default=0)
    args.add_argument("--without-epochs", action="store_true")
    given = args.parse_args()
    try:
        print(chaos(**vars(given)))
    except AssertionError as failed:
        sys.exit(f"failed: {failed}")


def chaos(
    worlds: int,
    clients: int,
    seconds: float,
    seed: int = 0,
    pause: float = 0.0,
    without_epochs: bool = False,
    faults: tuple[str, ...] = (),
) -> str:
    """Run it. Return a summary. Raises AssertionError if anything is lost, doubled or differs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="locksim-chaos-")))
        postgres = stack.enter_context(own_server("--wal-segsize=1"))
        proxy = stack.enter_context(tcp_proxy(postgres.port))
        inbox = stack.enter_context(receiver())
        made = Cluster(postgres.url, folder, "", ["--clock", "manual", "--limits", "off", "--drain", "2"], [])
        stack.callback(made.close)
        for name in "abc":  # one node reaches the database through a proxy that loses connections
            made.add(name, postgres.url.replace(f":{postgres.port}/", f":{proxy.port}/") if name == "a" else None)
        made.start()
        run = Run(made, postgres, proxy, inbox, random.Random(seed))
        if without_epochs:
            take_out_epochs(postgres.url)
        try:
            asyncio.run(_load(run, worlds, clients, seconds, pause, faults or tuple(FAULTS)))
            summary = check(run)
        except BaseException:
            print(*(f"--- {node.name}\n{node.log[-3000:]}" for node in made.nodes.values()), sep="\n", file=sys.stderr)
            raise
        broken = [node.name for node in made.nodes.values() if "Traceback" in node.log]
        assert not broken, f"node {broken[0]} failed: {made.nodes[broken[0]].log[-3000:]}"
        return summary


def take_out_epochs(url: str) -> None:
    """Let everybody write to every world."""
    nothing = "CREATE OR REPLACE FUNCTION locksim.check_owner(names text[], epochs bigint[], digests bytea[])"
    query(url, f"{nothing} RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$")
    query(url, "ALTER TABLE locksim.entries DROP CONSTRAINT entries_pkey")


# ---- load


async def _load(run: Run, worlds: int, clients: int, seconds: float, pause: float, faults: tuple[str, ...]) -> None:
    loop = asyncio.get_running_loop()
    names = [f"w{number}" for number in range(worlds)]
    for at in range(0, worlds, clients):
        run.worlds += await asyncio.gather(*(_create(run, name) for name in names[at : at + clients]))
    tasks = [asyncio.create_task(_client(run, number, pause)) for number in range(clients)]
    end = loop.time() + seconds
    try:
        for fault in itertools.cycle(faults):
            await asyncio.sleep(1.0)
            if loop.time() > end and len(run.faults) == len(faults):
                break
            run.faults[fault] += 1
            print(f"{loop.time() - end + seconds:6.1f} s  {fault}", file=sys.stderr, flush=True)
            await FAULTS[fault](run)
            for task in tasks:
                if task.done():
                    task.result()
    finally:
        run.over = True
    await asyncio.gather(*tasks)


async def _create(run: Run, name: str) -> World:
    control = run.cluster.control
    body = json.dumps({"name": name, "clock": CLOCK, "limits": "off"}).encode()
    status, answer = await call(control, "POST", f"{urlsplit(control).path}/worlds", body=body)
    assert status == 201, answer
    vendors = json.loads(answer)["vendors"]
    world = World(name, [kind(vendors[kind.vendor], f"{run.inbox.url}/{name}") for kind in CLIENTS])
    for client in world.clients:
        for one in itertools.chain(client.before_round(), client.before_first_round()):
            site = one.site or client.url
            status, answer = await call(site, one.method, urlsplit(site).path + one.target, one.headers, one.body)
            assert status in (200, 201), answer
            client.received(json.loads(answer))
    return world


async def _client(run: Run, number: int, pause: float) -> None:
    """Send requests and actions to random worlds, until the run is over."""
    rng = random.Random(f"{number}-{run.rng.random()}")
    for n in itertools.count():
        if run.over:
            return
        world, kind = rng.choice(run.worlds), rng.randrange(len(CLIENTS))
        client = world.clients[kind]
        work = _act(run, world, client) if rng.random() < 0.2 else _request(run, world, client, f"{number}.{n}")
        try:
            async with asyncio.timeout(PATIENCE):
                status = await work
        except GONE:
            status = "no answer"
        except TimeoutError:
            status = "timeout"
        run.statuses[status] += 1
        await asyncio.sleep(pause if status in ("200", "201") else max(pause, 0.05))


async def _request(run: Run, world: World, client: Client, number: str) -> str:
    mark = f"{client.vendor}.{number}"
    one = client.request(mark, next(world.numbers))
    world.known.sent.add(mark)
    site = one.site or client.url
    headers = (*one.headers, (MARK, mark))
    status, body = await call(site, one.method, urlsplit(site).path + one.target, headers, one.body)
    if status in (200, 201):
        world.known.answers[mark] = status, body
    elif status == 425:
        world.refused.add(mark)
    else:
        assert status >= 500, (mark, status, body)
    return str(status)


async def _act(run: Run, world: World, client: Client) -> str:
    control = run.cluster.control
    argument = client.number(next(world.numbers)) if client.argument else ""
    path = f"/worlds/{world.name}/{client.vendor}/hardware/{quote(client.device)}/{client.action}"
    body = json.dumps({client.argument: argument} if client.argument else {}).encode()
    world.known.acted[client.vendor, argument] += 1
    status, answer = await call(control, "POST", urlsplit(control).path + path, body=body)
    if status == 200:
        world.known.acknowledged[client.vendor, argument] += 1
    else:
        assert status == 425 or status >= 500, (path, status, answer)
    return f"{status}"


# ---- faults


async def kill_a_node(run: Run) -> None:
    """`kill -9`, and a new start."""
    node = run.rng.choice(list(run.cluster.nodes.values()))
    node.send(signal.SIGKILL)
    await asyncio.sleep(1.5)
    await asyncio.to_thread(node.start)
    await asyncio.to_thread(node.wait)


async def stop_a_node_for_long(run: Run) -> None:
    """SIGSTOP until HAProxy and the others have taken over, then SIGCONT: the node thinks that it owns its worlds."""
    node = run.rng.choice(list(run.cluster.nodes.values()))
    node.send(signal.SIGSTOP)
    await asyncio.sleep(12.0)
    node.send(signal.SIGCONT)


async def drain_a_node(run: Run) -> None:
    """SIGTERM, and a new start."""
    node = run.rng.choice(list(run.cluster.nodes.values()))
    node.send(signal.SIGTERM)
    assert node.process is not None
    assert await asyncio.to_thread(node.process.wait, 30) == 0, node.log
    await asyncio.to_thread(node.start)
    await asyncio.to_thread(node.wait)


async def restart_postgres(run: Run) -> None:
    """A clean restart of the database."""
    await asyncio.to_thread(run.postgres.stop, signal.SIGINT)
    await asyncio.to_thread(run.postgres.start)


async def crash_postgres(run: Run) -> None:
    """A crash of the database, in the middle of commits."""
    await asyncio.to_thread(run.postgres.stop, signal.SIGQUIT)
    await asyncio.to_thread(run.postgres.start)


async def hang_postgres(run: Run) -> None:
    """The database stands still for longer than a node waits."""
    stopped = run.postgres.children()
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in stopped:
            run.postgres.signal(pid, number)
        await asyncio.sleep(4.0 if number is signal.SIGSTOP else 0.0)


async def cut_connections(run: Run) -> None:
    """Connections end in the middle of commits, before and after the database has them."""
    for number in range(12):
        run.proxy.lose_next_answer, run.proxy.lose_next_request = number % 2 == 0, number % 2 == 1
        await asyncio.sleep(0.15)
    run.proxy.lose_next_answer = run.proxy.lose_next_request = False
    run.proxy.cut_all()


async def fill_the_disk(run: Run) -> None:
    """No file of the database can grow (a limit on the size of its files stands for a full disk)."""
    run.postgres.limit_files(1_300_000)
    await asyncio.sleep(3.0)
    run.postgres.limit_files(None)


FAULTS: dict[str, Callable[[Run], Awaitable[None]]] = {
    "kill -9 of a node": kill_a_node,
    "cut connections to the database": cut_connections,
    "SIGSTOP and SIGCONT of a node": stop_a_node_for_long,
    "a full disk": fill_the_disk,
    "restart of PostgreSQL": restart_postgres,
    "SIGTERM of a node": drain_a_node,
    "PostgreSQL stands still": hang_postgres,
    "crash of PostgreSQL": crash_postgres,
}


# ---- afterwards


def check(run: Run) -> str:
    """Compare each world with what its callers and the receiver know. Return a summary."""
    vendors = {name: registry.load(name) for name in registry.NAMES}
    entries = again = 0
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(trust_env=False, timeout=60, limits=limits, verify=False) as http:
        for world in run.worlds:
            journal, states, deliveries = _read(http, f"{run.cluster.control}/worlds/{world.name}")
            recorded = replay.read(journal)
            found = [json.loads(line) for line in recorded.lines]
            numbers = [entry["n"] for entry in found]
            assert numbers == list(range(1, len(found) + 1)), f"{world.name} has a hole, or an entry twice"
            assert [entry for entry in found if "failed" in entry] == [], world.name
            for entry in found:  # HAProxy writes the names of headers in lower case
                entry["headers"] = [[MARK if name == MARK.lower() else name, v] for name, v in entry.get("headers", ())]
            answers = _check_inputs(found, world.known)
            stored = {dict(entry["headers"]).get(MARK) for entry in found}
            assert not stored & world.refused, f"{world.name}: a request is stored that was refused with 425"
            for client in world.clients:
                own = {m: json.loads(body) for m, (_, body) in answers.items() if m.split(".")[0] == client.vendor}
                client.check(json.loads(states[client.vendor]), own)
            begun = replay.begin(recorded, vendors)
            difference = replay.run(recorded, begun)
            assert difference is None, f"{world.name}: {difference.text()}"
            for name, state in states.items():
                assert msgspec.json.encode(begun.state(name)) == state, (
                    f"{name} in {world.name} is not as in its journal"
                )
            again += _check_deliveries(world, deliveries, run.inbox)
            entries += len(found)
    acknowledged = sum(world.known.count for world in run.worlds)
    statuses = ", ".join(f"{status} {count}" for status, count in run.statuses.most_common())
    faults = ", ".join(f"{count} × {fault}" for fault, count in run.faults.items())
    return (
        f"{len(run.worlds)} worlds, {entries} entries, {acknowledged} inputs acknowledged, each stored exactly once; "
        f"{len(run.inbox.got)} deliveries arrived, {again} of them again. Answers: {statuses}. Faults: {faults}"
    )


def _read(http: httpx.Client, url: str) -> tuple[bytes, dict[str, bytes], list[dict[str, Any]]]:
    """Return a world's journal, its states and its deliveries, once no delivery is on its way. Its time stands then."""
    deadline, why = time.monotonic() + 90, ""
    while time.monotonic() < deadline:
        clock = http.put(f"{url}/clock", json={"mode": "manual"})
        answer = http.get(f"{url}/deliveries")
        if (clock.status_code, answer.status_code) != (200, 200):
            why = answer.text[:500]
            time.sleep(0.2)
            continue
        deliveries = answer.json()["deliveries"]
        open_ = {attempt["state"] for one in deliveries for attempt in one["attempts"]} - {"done"}
        if not open_:
            states = {name: http.get(f"{url}/{name}/state").content for name in registry.NAMES}
            return http.get(f"{url}/journal.jsonl").content, states, deliveries
        why = f"attempts are {open_}"
        if "waiting" in open_:  # a node was stopped while it delivered, and the vendor tries again later
            http.post(f"{url}/clock/advance", json={"seconds": 600})
        time.sleep(0.05)
    raise AssertionError(f"{url} cannot be used, or its deliveries are still on their way: {why}")


def _check_deliveries(world: World, deliveries: list[dict[str, Any]], inbox: Receiver) -> int:
    """Return how many deliveries arrived more than once."""
    made: Counter[tuple[str, bytes]] = Counter()
    own = f"{urlsplit(inbox.url).path}/{world.name}/"
    for delivery in deliveries:
        if urlsplit(delivery["to"]).path.startswith(own):
            made[urlsplit(delivery["to"]).path, delivery["body"].encode()] += 1
    arrived = Counter((path, body) for path, _, body in inbox.got if path.startswith(own))
    assert made <= arrived, f"{world.name}: a delivery did not arrive"
    assert arrived.keys() <= made.keys(), f"{world.name}: a delivery arrived that the world did not send"
    return arrived.total() - made.total()


if __name__ == "__main__":
    main()
