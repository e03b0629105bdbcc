"""A cluster for tests: nodes in processes of their own, behind HAProxy, on PostgreSQL. All on free ports of this machine."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.server.served import until

ROOT = Path(__file__).parents[2]
SPAN = 32
"""Ports from a control port to the last vendor's."""


def free_base(span: int = SPAN) -> int:
    """Return a port from which on so many ports are free."""
    for base in range(20000 + os.getpid() % 200 * 50, 32000, span):
        with ExitStack() as stack, suppress(OSError):
            for port in range(base, base + span):
                sock = stack.enter_context(socket.socket())
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                sock.bind(("127.0.0.1", port))
            return base
    raise AssertionError("there are no free ports")


class Node:
    """A node: `locksim serve --store`, or another command that takes the same flags."""

    def __init__(
        self,
        name: str,
        port: int,
        folder: Path,
        flags: list[str],
        store: str | None,
        command: tuple[str, ...] = ("locksim",),
    ) -> None:
        self.name, self.port, self.store = name, port, store or ""
        self._ready, self._log = folder / f"{name}.json", folder / f"{name}.log"
        node = ["--node", name] if store else []
        words = ["serve", "--port", str(port), *node, "--ready-file", str(self._ready), "--quiet", *flags]
        self.words = [sys.executable, "-m", *command, *words]
        self._environment = {
            **os.environ,
            **({"LOCKSIM_STORE": store} if store else {}),
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "simulators"))),
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.info: dict[str, Any] = {}

    def start(self) -> None:
        """Start it, without waiting. A process of its before is killed."""
        self.end()
        self._ready.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self.words, stdout=log, stderr=log, env=self._environment, cwd=ROOT)

    def wait(self) -> None:
        """Return when it is ready."""
        process = self.process
        assert process is not None
        until(lambda: self._ready.exists() or process.poll() is not None)
        assert process.poll() is None, self.log
        self.info = json.loads(self._ready.read_text())

    @property
    def log(self) -> str:
        """What it has printed."""
        return self._log.read_text()

    @property
    def control(self) -> str:
        """Its own control API, without the proxy."""
        return f"http://127.0.0.1:{self.port}/_sim"

    def send(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)

    def end(self) -> None:
        """Kill it."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class Cluster:
    """Some nodes behind HAProxy."""

    def __init__(self, store: str, folder: Path, names: str, flags: list[str], vendors: list[str]) -> None:
        self.base = free_base()
        self.url = f"http://127.0.0.1:{self.base}"
        self.control = f"{self.url}/_sim"
        self.folder, self.store, self.vendors = folder, store, vendors
        self._flags = [*flags, "--public-url", self.url, *vendors]
        self.nodes: dict[str, Node] = {}
        self._proxy: subprocess.Popen[bytes] | None = None
        self._held: list[socket.socket] = []
        for name in names:
            self.add(name)

    def add(self, name: str, store: str | None = None, command: tuple[str, ...] = ("locksim",)) -> Node:
        """Add a node, and start it."""
        taken = [node.port for node in self.nodes.values()]
        port = max([self.base, *taken]) + SPAN
        node = self.nodes[name] = Node(name, port, self.folder, self._flags, store or self.store, command)
        node.start()
        return node

    def start(self) -> None:
        """Return when all nodes and the proxy answer."""
        for node in self.nodes.values():
            node.wait()
        self.start_proxy()

    def start_proxy(self) -> None:
        """Start HAProxy for these nodes."""
        file = self.folder / "haproxy.cfg"
        words = [f"--node={node.name}=127.0.0.1:{node.port}" for node in self.nodes.values()]
        command = [
            sys.executable,
            "-m",
            "locksim",
            "cluster",
            "haproxy",
            *words,
            "--public-url",
            self.url,
            *self.vendors,
        ]
        file.write_bytes(subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout)
        with (self.folder / "haproxy.log").open("ab") as log:
            self._proxy = subprocess.Popen(["haproxy", "-db", "-f", str(file)], stdout=log, stderr=log)
        until(self._answers)

    def _answers(self) -> bool:
        with suppress(httpx.HTTPError):
            return httpx.get(f"{self.control}/health", trust_env=False, verify=False).status_code == 200
        return False

    def close(self) -> None:
        """End all processes."""
        for node in self.nodes.values():
            node.end()
        if self._proxy is not None:
            self._proxy.kill()
            self._proxy.wait()


@contextmanager
def cluster(
    store: str, *flags: str, names: str = "abc", vendors: list[str] | None = None, proxy: bool = True
) -> Iterator[Cluster]:
    """Run nodes behind HAProxy."""
    with tempfile.TemporaryDirectory(prefix="locksim-cluster-") as folder:
        made = Cluster(store, Path(folder), names, list(flags), vendors or [])
        try:
            if proxy:
                made.start()
            yield made
        finally:
            made.close()


def settle(seconds: float) -> None:
    """Let real time pass, where a proxy's checks or a sweep need it."""
    time.sleep(seconds)
