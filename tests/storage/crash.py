"""Rounds of `kill -9` at random moments under load, on one data folder.

    python -m tests.storage.crash --rounds 1000

Each round starts the toy's server in a process of its own, lets several clients add to its counter, wait for its bell and
ring it, and kills the process at a random moment. What the clients were answered is written down, and the next start is
held to it: every acknowledged input is in the journal exactly once, in its place and with the answer that was given; the
state is what the journal says; no other input is there but those whose answer never came.
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
    """What the clients know: the counts that they were answered, and how many they asked for."""

    acknowledged: list[int] = field(default_factory=list)
    asked: int = 0
    heard: set[str] = field(default_factory=set)
    """Marks of requests that were answered; each request has one of its own."""
    sent: set[str] = field(default_factory=set)


def main() -> None:
    """The command."""
    args = argparse.ArgumentParser(description="kill -9 under load, and look what is left")
    args.add_argument("--rounds", type=int, default=25)
    args.add_argument("--seed", type=int, default=0)
    given = args.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        told = crash(Path(folder), given.rounds, given.seed)
    print(told)


def crash(folder: Path, rounds: int, seed: int = 0) -> str:
    """So many rounds. → what happened, in a line. Raises AssertionError when an answered input is lost, double or half."""
    dice, known, kills = random.Random(seed), Known(), 0
    for number in range(rounds):
        ready = folder / f"ready-{number}.json"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.storage.crash_server", str(folder / "data"), str(ready)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "simulators")))},
        )
        try:
            url, control = _until_ready(process, ready)
            asyncio.run(_held(url, control, known))
            moment = dice.randrange(1, 40), dice.uniform(0, 0.01)
            asyncio.run(_load(url, known, process, moment, f"{number}"))
            kills += 1
        finally:
            process.kill()
            process.wait()
    return f"{kills} kills, {len(known.acknowledged)} of {known.asked} additions acknowledged, each there exactly once"


def _until_ready(process: subprocess.Popen[bytes], ready: Path) -> tuple[str, str]:
    give_up = time.monotonic() + 30
    while not ready.exists():
        assert process.poll() is None, "the server did not start again"
        assert time.monotonic() < give_up, "the server does not start"
        time.sleep(0.01)
    document = json.loads(ready.read_text())
    return document["vendors"]["toy"]["url"], document["control"]


async def _call(url: str, method: str, target: str) -> tuple[int, bytes]:
    """A request on a connection of its own. Raises OSError, EOFError when the server is gone."""
    host, port = url.removeprefix("http://").split("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(f"{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        whole = await reader.read()
    finally:
        writer.close()
    head, found, body = whole.partition(b"\r\n\r\n")
    if not found or int(dict(_headers(head))[b"content-length"]) != len(body):
        raise EOFError
    return int(head.split()[1]), body


def _headers(head: bytes) -> list[tuple[bytes, bytes]]:
    pairs = [line.partition(b": ") for line in head.split(b"\r\n")[1:]]
    return [(name.lower(), value) for name, _, value in pairs]


async def _load(url: str, known: Known, process: subprocess.Popen[bytes], moment: tuple[int, float], mark: str) -> None:
    """Clients at work until the server is killed: so many acknowledged additions from now, and so many seconds later."""
    answers, seconds = moment
    enough, before = asyncio.Event(), len(known.acknowledged)

    async def client(number: int) -> None:
        for n in range(10**6):
            this = f"{mark}.{number}.{n}"
            known.asked += 1
            known.sent.add(this)
            try:
                status, body = await _call(url, "POST", f"/count?mark={this}")
            except (OSError, EOFError, KeyError, IndexError):
                return
            assert status == 200, body
            known.acknowledged.append(json.loads(body)["count"])
            known.heard.add(this)
            if len(known.acknowledged) - before >= answers:
                enough.set()

    async def waits() -> None:
        try:
            while True:
                await _call(url, "GET", "/wait?seconds=0.02")
        except (OSError, EOFError, KeyError, IndexError):
            return

    clients = [asyncio.create_task(client(n)) for n in range(CLIENTS)] + [asyncio.create_task(waits())]
    await asyncio.wait_for(enough.wait(), 60)
    await asyncio.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    for done in await asyncio.gather(*clients, return_exceptions=True):
        if isinstance(done, BaseException):
            raise done


async def _held(url: str, control: str, known: Known) -> None:
    """What is there, against what the clients know."""
    path = "/_sim" + control.partition("/_sim")[2]
    status, export = await _call(control, "GET", f"{path}/worlds/default/toy/state")
    assert status == 200
    count = json.loads(export)["count"]
    assert len(set(known.acknowledged)) == len(known.acknowledged), "a count was given to two"
    assert max(known.acknowledged, default=0) <= count, "an acknowledged addition is lost"
    entries = await _journal(control, path)
    numbers = [e["n"] for e in entries]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers))) if numbers else True
    marks = [e["target"].partition("mark=")[2] for e in entries if e.get("method") == "POST"]
    assert len(set(marks)) == len(marks), "an addition is there twice"
    assert set(marks) <= known.sent, "an addition that nobody sent is there"
    if entries and entries[0]["n"] == 1:
        assert known.heard <= set(marks), "an acknowledged addition is not in the journal"
        assert len(marks) == count
    for entry in entries:
        assert "failed" not in entry
    # Those that were never answered may be there or not: from now on their counts are taken.


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
