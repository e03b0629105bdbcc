"""Rounds of `kill -9` at random moments under load, on one data folder.

    python -m tests.storage.crash --rounds 1000

Each round starts the toy's server in a process of its own. Several clients add to its counter and wait for its bell, and
the process is killed at a random moment. After the next start, every acknowledged input must be in the journal exactly
once, the state must agree with the journal, and every other input in the journal must be one without an answer.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from locksim.engine.inputs import Headers

ROOT = Path(__file__).parents[2]
CLIENTS = 4


@dataclass
class Known:
    """What the clients know."""

    counts: list[int] = field(default_factory=list)
    """The counts in the answers."""
    requests: int = 0
    """How many additions were requested."""
    answered: set[str] = field(default_factory=set)
    """The marks of requests that were answered. Each request has a mark of its own."""
    sent: set[str] = field(default_factory=set)
    """The marks of all requests."""


def main() -> None:
    """Run the command."""
    args = argparse.ArgumentParser(description="Kill a server under load, and check what it stored")
    args.add_argument("--rounds", type=int, default=25)
    args.add_argument("--seed", type=int, default=0)
    given = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        summary = crash(Path(folder), given.rounds, given.seed)
    print(summary)


def crash(folder: Path, rounds: int, seed: int = 0) -> str:
    """Run so many rounds. Return a summary. Raises AssertionError if an answered input is lost or doubled."""
    rng, known, kills = random.Random(seed), Known(), 0
    for number in range(rounds + 1):
        process, document = start(folder / "data", folder / f"ready-{number}.json")
        try:
            url, control = document["vendors"]["toy"]["url"], document["control"]
            asyncio.run(_check(url, control, known))
            if number == rounds:  # the last start only checks what the last kill left
                break
            moment = rng.randrange(1, 40), rng.uniform(0, 0.01)
            asyncio.run(_load(url, known, process, moment, f"{number}"))
            kills += 1
        finally:
            process.kill()
            process.wait()
    return f"{kills} kills, {len(known.counts)} of {known.requests} additions acknowledged, each stored exactly once"


def start(data: Path, ready: Path, *vendors: str) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start a server on this data folder, with the toy or with vendors. Return the process and the connection info."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.storage.crash_server", str(data), str(ready), *vendors],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "simulators")))},
    )
    deadline = time.monotonic() + 60
    try:
        while not ready.exists():
            assert process.poll() is None, "the server did not start again"
            assert time.monotonic() < deadline, "the server does not start"
            time.sleep(0.01)
    except BaseException:
        process.kill()
        process.wait()
        raise
    return process, json.loads(ready.read_text())


async def call(url: str, method: str, target: str, headers: Headers = (), body: bytes = b"") -> tuple[int, bytes]:
    """Send a request on a connection of its own, and return status and body. Raises one of `GONE` if the server is gone."""
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    try:
        pairs = (*headers, ("Host", "localhost"), ("Connection", "close"), ("Content-Length", str(len(body))))
        lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in pairs)]
        writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        received = await reader.read()
    finally:
        writer.close()
    head, found, content = received.partition(b"\r\n\r\n")
    if not found or int(dict(_headers(head))[b"content-length"]) != len(content):
        raise EOFError
    return int(head.split()[1]), content


GONE = (OSError, EOFError, KeyError, IndexError)
"""The errors of `call`: there was no answer, or only a part of one."""


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    pairs = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    return [(name.lower(), value) for name, _, value in pairs]


async def _load(url: str, known: Known, process: subprocess.Popen[bytes], moment: tuple[int, float], mark: str) -> None:
    """Run clients, and kill the server so many acknowledged additions from now, and so many seconds later."""
    answers, seconds = moment
    enough, before = asyncio.Event(), len(known.counts)

    async def client(number: int) -> None:
        for n in range(10**6):
            own = f"{mark}.{number}.{n}"
            known.requests += 1
            known.sent.add(own)
            try:
                status, body = await call(url, "POST", f"/count?mark={own}")
            except GONE:
                return
            assert status == 200, body
            known.counts.append(json.loads(body)["count"])
            known.answered.add(own)
            if len(known.counts) - before >= answers:
                enough.set()

    async def wait_for_bell() -> None:
        try:
            while True:
                await call(url, "GET", "/wait?seconds=0.02")
        except GONE:
            return

    clients = [asyncio.create_task(client(n)) for n in range(CLIENTS)] + [asyncio.create_task(wait_for_bell())]
    await asyncio.wait_for(enough.wait(), 60)
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    for done in await asyncio.gather(*clients, return_exceptions=True):
        if isinstance(done, BaseException):
            raise done


async def _check(url: str, control: str, known: Known) -> None:
    """Compare what is stored with what the clients know."""
    path = urlsplit(control).path
    status, export = await call(control, "GET", f"{path}/worlds/default/toy/state")
    assert status == 200
    count = json.loads(export)["count"]
    assert len(set(known.counts)) == len(known.counts), "two callers got the same count"
    assert max(known.counts, default=0) <= count, "an acknowledged addition is lost"
    entries = await _journal(control, path)
    assert entries or not known.answered, "the journal is empty"
    numbers = [e["n"] for e in entries]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    marks = [e["target"].partition("mark=")[2] for e in entries if e.get("method") == "POST"]
    assert len(set(marks)) == len(marks), "an addition is stored twice"
    assert set(marks) <= known.sent, "an addition that nobody sent is stored"
    if entries and entries[0]["n"] == 1:
        assert known.answered <= set(marks), "an acknowledged addition is not in the journal"
        assert len(marks) == count
    assert [entry for entry in entries if "failed" in entry] == []


async def _journal(control: str, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while True:
        after = found[-1]["n"] if found else 0
        status, page = await call(control, "GET", f"{path}/worlds/default/journal?limit=1000&after={after}")
        assert status == 200
        entries = json.loads(page)["entries"]
        if not entries:
            return found
        found += entries


if __name__ == "__main__":
    main()
