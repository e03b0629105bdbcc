"""A PostgreSQL server for tests: one for each process, in a temporary folder, on a free port.

`LOCKSIM_TEST_POSTGRES=postgresql://…` names a server to use instead. Its schema `locksim` is dropped.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from tests.needs import POSTGRES_PROGRAMS

SETTINGS = (
    "max_connections=60",
    "shared_buffers=32MB",
    "max_wal_size=256MB",
    "autovacuum_naptime=10s",
    "listen_addresses=127.0.0.1",
)


class PostgresServer:
    """A server of our own, which a test may stop, kill and start again."""

    def __init__(self, *more: str) -> None:
        assert POSTGRES_PROGRAMS is not None
        self._programs = POSTGRES_PROGRAMS
        self._folder = Path(tempfile.mkdtemp(prefix="locksim-postgres-"))
        self.data = self._folder / "data"
        self.port = free_port()
        self.url = f"postgresql://tester:secret-word@127.0.0.1:{self.port}/postgres"
        self._process: subprocess.Popen[bytes] | None = None
        (self._folder / "password").write_text("secret-word\n")
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            owner = pwd.getpwnam("nobody")
            for path in (self._folder, self._folder / "password"):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        command = ("initdb", "--username=tester", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync")
        self._run(*command, *more, f"--pwfile={self._folder / 'password'}", "-D", str(self.data))

    def _words(self, program: str, *arguments: str) -> list[str]:
        return self._as_owner([str(self._programs / program), *arguments])

    @staticmethod
    def _as_owner(words: list[str]) -> list[str]:
        if os.geteuid() == 0:
            return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *words]
        return words

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(self._words(program, *arguments), cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Start it, and return when it answers."""
        settings = [word for setting in SETTINGS for word in ("-c", setting)]
        words = self._words("postgres", "-D", str(self.data), "-p", str(self.port), "-k", str(self._folder), *settings)
        log = (self._folder / "log").open("ab")
        with log:
            self._process = subprocess.Popen(words, cwd="/", stdout=log, stderr=log)
        for _ in range(600):
            with suppress(psycopg.OperationalError), psycopg.connect(self.url, connect_timeout=2):
                return
            assert self._process.poll() is None, (self._folder / "log").read_text()
            time.sleep(0.05)
        raise AssertionError("PostgreSQL does not answer")

    def stop(self, number: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT ends connections and writes a checkpoint, SIGQUIT is as a crash."""
        assert self._process is not None
        self._process.send_signal(number)
        self._process.wait(60)

    def children(self) -> list[int]:
        """Return the ids of all its processes."""
        assert self._process is not None
        own = self._process.pid
        found = subprocess.run(["pgrep", "-P", str(own)], capture_output=True, text=True, check=False).stdout.split()
        return [own, *map(int, found)]

    @staticmethod
    def signal(pid: int, number: signal.Signals) -> None:
        """Send a signal to one of its processes, which may have ended."""
        with suppress(ProcessLookupError):
            os.kill(pid, number)

    def limit_files(self, size: int | None) -> None:
        """Limit the size of the files that its processes write."""
        for pid in self.children():
            words = ["prlimit", "--pid", str(pid), f"--fsize={'unlimited' if size is None else size}:"]
            subprocess.run(self._as_owner(words), cwd="/", check=False)

    def remove(self) -> None:
        """Stop it for good, and delete its folder."""
        if self._process is not None and self._process.poll() is None:
            self.stop(signal.SIGQUIT)
        shutil.rmtree(self._folder, ignore_errors=True)


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


_shared: list[str] = []


def shared_url() -> str:
    """Return the URL of the server that the tests of this process share. It is started at the first call."""
    if not _shared:
        url = os.environ.get("LOCKSIM_TEST_POSTGRES")
        if url is None:
            server = PostgresServer()
            atexit.register(server.remove)
            server.start()
            url = server.url
        _shared.append(url)
    return _shared[0]


def fresh_url() -> str:
    """Return the URL of the shared server, after its schema `locksim` was dropped."""
    query(shared_url(), "DROP SCHEMA IF EXISTS locksim CASCADE")
    return shared_url()


@contextmanager
def own_server(*more: str) -> Iterator[PostgresServer]:
    """Run a server that only this test uses. `more` goes to initdb."""
    server = PostgresServer(*more)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def query(url: str, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    """Execute one statement, and return its rows."""
    with psycopg.connect(url, autocommit=True) as db:
        found = db.execute(sql.encode(), values or None)
        return found.fetchall() if found.description else []
