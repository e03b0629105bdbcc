"""One node's connection to PostgreSQL, which never keeps the event loop for long.

1. Everything runs on the loop, one transaction at a time, as with SQLite. Each wait for the server is bounded (`PATIENCE`):
   libpq alone would wait for ever for a server that is stopped.
2. After a lost connection, one new connection is tried at once, so that a lost commit can be looked for. If that fails, a
   thread goes on trying, and until it succeeds every use fails at once: a database that is away costs no caller any time.
3. No error and no log line has the password. `place` names the server and the database only.
"""

from __future__ import annotations

import selectors
import threading
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from locksim.engine.errors import Refused
from locksim.extras import require
from locksim.storage.store import WriteFailed

__all__ = ["PATIENCE", "PostgresConnection"]

PATIENCE = 3.0
"""Seconds that the server may be silent in the middle of a transaction before the connection is given up."""
CONNECT = 2
"""Seconds that making a connection may take."""
_SETTINGS = """
SELECT set_config('statement_timeout', '2500ms', false), set_config('lock_timeout', '2000ms', false),
    set_config('idle_in_transaction_session_timeout', '30s', false),
    set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') THEN 'on'
        ELSE current_setting('synchronous_commit') END, false)
"""
_Selector: type[selectors.BaseSelector] = getattr(selectors, "PollSelector", selectors.SelectSelector)
"""One that needs no descriptor of its own; there is no poll on Windows."""


class PostgresConnection:
    """A connection that comes back after it was lost.

    Args:
        url: `postgresql://…`, as libpq takes it. What it leaves out comes from libpq's environment, or from `~/.pgpass`.
        name: names this node in the server's list of connections.

    Raises:
        Refused: The URL is invalid, or the extra is not installed.
    """

    def __init__(self, url: str, name: str) -> None:
        self._psycopg = require("psycopg", "postgres", "--store postgresql://…")
        require("psycopg.conninfo", "postgres", "--store postgresql://…")
        try:
            parts = self._psycopg.conninfo.conninfo_to_dict(url)
        except self._psycopg.Error:
            raise Refused(
                "the URL of --store is invalid; it is written as postgresql://user@host:5432/database"
            ) from None
        self._secret = str(parts.get("password") or "")
        self._url, self._name = url, name
        self.place = f"postgresql://{parts.get('host', '')}{_port(parts)}/{parts.get('dbname', '')}"
        self._connection: Any = None
        self._made: Any = None
        """What the thread has made."""
        self._maker: threading.Thread | None = None
        self._closed = False
        self._last_reason = "it cannot be reached"

    @property
    def error(self) -> type[Exception]:
        """The class of all errors of the library."""
        error: type[Exception] = self._psycopg.Error
        return error

    def open(self) -> None:
        """Connect now. Raises WriteFailed."""
        if not self._alive:
            self._connection = self._connect()

    @property
    def _alive(self) -> bool:
        return self._connection is not None and not self._connection.closed

    def get(self) -> Any:
        """Return the connection, which is idle. Raises WriteFailed at once when there is none."""
        if not self._alive:
            self._connection, self._made = self._made, None
        if not self._alive:
            self._reconnect()
            raise self.failed(self._last_reason)
        return self._connection

    def failed(self, error: object) -> WriteFailed:
        """Return the error for callers and the log."""
        return WriteFailed(f"cannot use {self.place}: {self.reason(error)}")

    def reason(self, error: object) -> str:
        """Return the first line of an error, without the password."""
        lines = str(error).strip().splitlines() or [type(error).__name__]
        return lines[0].replace(self._secret, "…") if self._secret else lines[0]

    def recover(self) -> bool:
        """Clean up after an error. Return whether the connection is still there, with no transaction open."""
        if self._alive:
            with suppress(self.error):
                self._connection.rollback()
        return self._alive

    def _connect(self) -> Any:
        try:
            made = _bounded(self._psycopg).connect(
                self._url, autocommit=True, connect_timeout=CONNECT, application_name=f"locksim {self._name}"
            )
            made.execute(_SETTINGS)
        except self.error as error:
            self._last_reason = self.reason(error)
            raise self.failed(error) from None
        return made

    def _reconnect(self) -> None:
        """Let a thread try to connect, unless one does already."""

        def make() -> None:
            with suppress(WriteFailed):
                made = self._connect()
                if self._closed:
                    made.close()
                else:
                    self._made = made

        if not self._closed and (self._maker is None or not self._maker.is_alive()):
            self._maker = threading.Thread(target=make, name="locksim-postgres", daemon=True)
            self._maker.start()

    def close(self) -> None:
        """Close the connection."""
        self._closed = True
        for one in (self._connection, self._made):
            if one is not None:
                one.close()
        self._connection = self._made = None


def _port(parts: dict[str, Any]) -> str:
    return f":{parts['port']}" if parts.get("port") else ""


def _bounded(psycopg: Any) -> Any:
    """Return a class of connections that wait at most `PATIENCE` seconds for the server's next sign of life."""

    class Bounded(psycopg.Connection):  # type: ignore[misc] # the library is loaded late
        def wait(self, gen: Generator[Any, Any, Any], *_: Any, **__: Any) -> Any:
            """Run one of the library's generators, which yields what it waits for: 1 to read, 2 to write, 3 both."""
            try:
                wanted = next(gen)
                with _Selector() as selector:
                    key = selector.register(self.pgconn.socket, int(wanted))
                    while True:
                        if key.events != int(wanted):
                            key = selector.modify(self.pgconn.socket, int(wanted))
                        ready = selector.select(PATIENCE)
                        if not ready:
                            self.pgconn.finish()
                            raise psycopg.OperationalError(f"it did not answer within {PATIENCE:g} seconds")
                        wanted = gen.send(psycopg.waiting.Ready(ready[0][1]))
            except StopIteration as done:
                return done.value

    return Bounded
