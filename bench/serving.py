"""A server in a process of its own: started, waited for, loaded, weighed, ended."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec

from bench.load import Load

__all__ = ["ROOT", "Served", "load", "serving"]

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
"""Seconds that a server may take to its first answer."""


@dataclass
class Served:
    """A server that has answered once."""

    url: str
    """What is asked for in loads."""
    first_answer: float
    """Milliseconds from the start of its process to the end of its first answer."""
    process: subprocess.Popen[bytes]

    @property
    def memory(self) -> float:
        """MB of resident memory, of the process and its children."""
        return sum(_resident(pid) for pid in _family(self.process.pid)) / 1000


@contextmanager
def serving(
    command: Sequence[str | Path],
    find: Callable[[], str | None],
    headers: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[Served]:
    """Start it, wait until `find` knows its URL and the URL answers, and end it. Raises TimeoutError."""
    began = time.perf_counter()
    out = log.open("wb") if log else subprocess.DEVNULL
    # Installed packages have their bytecode; without it, a start would measure the compiler.
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen([str(c) for c in command], cwd=ROOT, env=variables, stdout=out, stderr=subprocess.STDOUT)
    try:
        url = _until_it_answers(process, find, headers or {})
        yield Served(url, (time.perf_counter() - began) * 1e3, process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_answers(
    process: subprocess.Popen[bytes], find: Callable[[], str | None], headers: Mapping[str, str]
) -> str:
    give_up = time.monotonic() + PATIENCE
    with httpx.Client(headers=dict(headers), trust_env=False) as client:
        while time.monotonic() < give_up:
            if process.poll() is not None:
                raise TimeoutError(f"{process.args!r} ended with {process.returncode} before it answered")
            url = find()
            try:
                if url and client.get(url).status_code < 500:
                    return url
            except httpx.TransportError:
                pass
            time.sleep(0.005)
    raise TimeoutError(f"{process.args!r} did not answer within {PATIENCE} s")


def load(url: str, seconds: float, connections: int = 2, headers: Mapping[str, str] | None = None) -> Load:
    """A load from a process of its own."""
    command = [sys.executable, "-m", "bench.load", url, "--seconds", str(seconds), "--connections", str(connections)]
    for name, value in (headers or {}).items():
        command += ["--header", f"{name}: {value}"]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    return msgspec.json.decode(done.stdout, type=Load)


def _family(root: int) -> list[int]:
    """The process and its descendants."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    parents = {int(pid): int(parent) for pid, parent in (line.split() for line in listed.splitlines())}
    found = {root}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found)


def _resident(pid: int) -> int:
    """Kilobytes; 0 for a process that is gone."""
    output = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return int(output.strip() or 0)
