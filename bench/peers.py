"""Other API simulators, each installed next to ours and started on loopback. Those that cannot be installed are skipped.

moto server keeps state, as we do (IoT things, as many as the bridge has locks); prism answers from the examples of our
own OpenAPI document; mountebank answers one canned list.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from socket import socket

import httpx
import msgspec

from bench.bare import LIST
from bench.load import Load
from bench.serving import ROOT, Served, load, serving

__all__ = ["Peer", "Skipped", "measure", "peers"]

HOME = ROOT / ".venv" / "peers"
MOTO = "moto[server]==5.2.5"
PRISM = "@stoplight/prism-cli@5.14.2"
MOUNTEBANK = "mountebank@2.9.1"


class Skipped(Exception):
    """This peer cannot be measured here; the sentence says why."""


@dataclass
class Peer:
    """One that answers a list over HTTP."""

    name: str
    keeps: str
    """What it keeps between requests: state, stubs, nothing."""
    command: list[str | Path]
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    things: str | None = None
    """Where a thing is made by POST before it is measured."""


@dataclass
class Measured:
    """What was found."""

    first_answer: float
    load: Load
    memory: float


def free_port() -> int:
    """A loopback port that nobody had a moment ago."""
    with socket() as s:
        s.bind(("127.0.0.1", 0))
        port: int = s.getsockname()[1]
        return port


def _run(*command: str | Path) -> None:
    print(f"installing a peer: {Path(command[0]).name} {command[-1]}", file=sys.stderr)
    try:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=600, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Skipped(f"{command[0]}: {error}") from None
    if done.returncode:
        # The registry's own words may name it; its exit status is enough here.
        raise Skipped(f"`{Path(command[0]).name}` could not install it (exit status {done.returncode})")


def moto() -> Peer:
    """From PyPI, into an environment of its own."""
    python = HOME / "moto" / "bin" / "python"
    server = python.with_name("moto_server")
    if not server.exists():
        _run(sys.executable, "-m", "venv", HOME / "moto")
        _run(python, "-m", "pip", "install", "--quiet", MOTO)
    port = free_port()
    signed = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/iot/aws4_request, SignedHeaders=host, Signature=x"
    things = f"http://127.0.0.1:{port}/things"
    return Peer(
        "moto server, IoT",
        "state",
        [server, "-H", "127.0.0.1", "-p", str(port)],
        things,
        {"Authorization": signed},
        things,
    )


def _npm(package: str, binary: str) -> Path:
    home = HOME / "npm"
    found = home / "node_modules" / ".bin" / binary
    if not found.exists():
        if not shutil.which("npm"):
            raise Skipped("it needs npm, which is not on this machine")
        home.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--prefix", home, "--no-audit", "--no-fund", "--loglevel=error", package)
    return found


def prism() -> Peer:
    """From npm, on our own OpenAPI document."""
    binary = _npm(PRISM, "prism")
    document = ROOT / "simulators" / "locksim" / "nuki" / "openapi.yaml"
    port = free_port()
    command: list[str | Path] = [binary, "mock", "--host", "127.0.0.1", "--port", str(port), document]
    return Peer("prism, our openapi.yaml", "nothing", command, f"http://127.0.0.1:{port}/list?token=abc123")


def mountebank() -> Peer:
    """From npm, with one imposter that answers a list of as many bytes."""
    binary = _npm(MOUNTEBANK, "mb")
    home, port = HOME / "mountebank", free_port()
    home.mkdir(parents=True, exist_ok=True)
    answer = {"is": {"headers": {"Content-Type": "application/json"}, "body": msgspec.json.encode(LIST).decode()}}
    stub = {"predicates": [{"equals": {"path": "/list"}}], "responses": [answer]}
    config = home / "imposters.json"
    config.write_bytes(
        msgspec.json.encode({"imposters": [{"port": port, "protocol": "http", "host": "127.0.0.1", "stubs": [stub]}]})
    )
    command: list[str | Path] = [
        binary, "--host", "127.0.0.1", "--port", str(free_port()), "--configfile", config, "--noParse",
        "--pidfile", home / "mb.pid", "--logfile", home / "mb.log", "--loglevel", "warn",
    ]  # fmt: skip
    return Peer("mountebank", "stubs", command, f"http://127.0.0.1:{port}/list")


def peers() -> Iterator[tuple[str, Peer | Skipped]]:
    """Each with its name; those who cannot be had with the reason."""
    for make in (moto, prism, mountebank):
        try:
            yield make.__name__, make()
        except Skipped as why:
            yield make.__name__, why


@contextmanager
def running(peer: Peer) -> Iterator[Served]:
    """Started, and with as many things as the bridge has locks."""
    log = HOME / "log.txt"
    try:
        with serving(peer.command, lambda: peer.url, peer.headers, log) as served:
            for n in range(len(LIST)) if peer.things else ():
                httpx.post(f"{peer.things}/door-{n}", json={}, headers=peer.headers, trust_env=False).raise_for_status()
            yield served
    except TimeoutError as why:
        raise Skipped(str(why)) from None


def measure(peer: Peer, seconds: float) -> Measured:
    """Raises Skipped when it does not start, or answers with errors."""
    with running(peer) as served:
        found = load(served.url, seconds, headers=peer.headers)
        if found.failures:
            raise Skipped(f"{found.failures} of {found.requests} answers were no 2xx")
        return Measured(served.first_answer, found, served.memory)
