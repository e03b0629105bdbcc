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
        ready = folder / f"ready-{number}.json"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.crash_server", str(folder / "data"), str(ready)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "simulators")))},
        )
        try:
            url, control = _until_ready(process, ready)
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


def _until_ready(process: subprocess.Popen[bytes], ready: Path) -> tuple[str, str]:
    deadline = time.monotonic() + 30
    while not ready.exists():
        assert process.poll() is None, "the server did not start again"
        assert time.monotonic() < deadline, "the server does not start"
        time.sleep(0.01)
    document = json.loads(ready.read_text())
    return document["vendors"]["toy"]["url"], document["control"]


async def _call(url: str, method: str, target: str) -> tuple[int, bytes]:
    """Send a request on a connection of its own. Raises OSError, EOFError if the server is gone."""
    host, port = url.removeprefix("http://").split("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        received = await reader.read()
    finally:
        writer.close()
    head, found, body = received.partition(b"\r\n\r\n")
    if not found or int(dict(_headers(head))[b"content-length"]) != len(body):
        raise EOFError
    return int(head.split()[1]), body


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
                status, body = await _call(url, "POST", f"/count?mark={own}")
            except (OSError, EOFError, KeyError, IndexError):
                return
            assert status == 200, body
            known.counts.append(json.loads(body)["count"])
            known.answered.add(own)
            if len(known.counts) - before >= answers:
                enough.set()

    async def wait_for_bell() -> None:
        try:
            while True:
                await _call(url, "GET", "/wait?seconds=0.02")
        except (OSError, EOFError, KeyError, IndexError):
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
    path = "/_sim" + control.partition("/_sim")[2]
    status, export = await _call(control, "GET", f"{path}/worlds/default/toy/state")
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
        status, page = await _call(control, "GET", f"{path}/worlds/default/journal?limit=1000&after={after}")
        assert status == 200
        entries = json.loads(page)["entries"]
        if not entries:
            return found
        found += entries


if __name__ == "__main__":
    main()
