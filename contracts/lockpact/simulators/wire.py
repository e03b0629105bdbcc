"""A connection to a simulated server below every HTTP library: worlds intercept those, and they take several times as long."""

from __future__ import annotations

import http.client
import os
import select
import socket
from urllib.parse import urlsplit

import httptools

from lockpact.core.http_client import ADMIN_TOKEN, trust
from locksim.engine.inputs import CONNECTION_RESET, Answer, Request

__all__ = ["PATIENCE", "SHORTEST_MOMENT", "Wire", "Wires"]

PATIENCE = 20.0
"""Real seconds to wait for an answer that the server owes."""
SHORTEST_MOMENT = 0.001
"""The shortest `moment` of an `auto` clock, in real seconds: for a world that nobody else calls, so that it waits for nobody."""
_PIECE = 65536
_FINAL = 200
"""The lowest status that ends an exchange."""


class Wire:
    """One connection to the server at a URL. With `admin` it is for the control API there, and sends the admin token."""

    def __init__(self, base: str, *, admin: bool = False, patience: float = PATIENCE) -> None:
        parts = urlsplit(base)
        self._http = _Connection(parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
        self._http.secure, self._http.patience = parts.scheme == "https", patience
        self._path = parts.path.rstrip("/") if admin else ""
        self._host = parts.netloc
        token = os.environ.get(ADMIN_TOKEN)
        self._headers = (("Authorization", f"Bearer {token}"),) if admin and token else ()
        self._method = "GET"
        self.reusable = False

    def ask(
        self, method: str, path: str, headers: tuple[tuple[str, str], ...] = (), body: bytes | None = None
    ) -> Answer:
        """Send a request, and return its answer: a reset if the connection breaks. Raises OSError."""
        if self._http.sock is not None and self.readable(0):  # nothing arrives on an idle connection but its end
            self.close()
        try:
            self._start(method, self._path + path, (*self._headers, *headers), body)
            return self.receive()
        except BaseException:
            self.close()  # Ctrl-C came in between; the call that drops the world must not read this call's answer
            raise

    def send(self, request: Request) -> None:
        """Send a client's request as it came."""
        self._start(request.method, request.target, request.headers, request.body)

    def _start(self, method: str, target: str, headers: tuple[tuple[str, str], ...], body: bytes | None) -> None:
        self._method, self.reusable = method, False
        lines = [f"{method} {target} HTTP/1.1"]
        names = {name.lower() for name, _ in headers}
        lines += [
            f"{name}: {value}" for name, value in headers if name.lower() not in ("transfer-encoding", "connection")
        ]
        if "host" not in names:
            lines.insert(1, f"Host: {self._host}")
        if body and "content-length" not in names:
            lines.append(f"Content-Length: {len(body)}")
        if self._http.sock is None:
            self._http.connect()
        self._http.sock.sendall("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b""))

    def readable(self, seconds: float) -> bool:
        """Return whether anything arrives within so many real seconds."""
        return bool(select.select([self._http.sock], [], [], seconds)[0])

    def receive(self) -> Answer:
        """Read the answer to its end, or to where the connection breaks."""
        coming = _ComingAnswer()
        try:
            while not (coming.complete or (self._method == "HEAD" and coming.status)):
                data = self._http.sock.recv(_PIECE)
                if not data:
                    break
                coming.parser.feed_data(data)
        except (OSError, httptools.HttpParserError, httptools.HttpParserUpgrade):
            coming.kept = False
            if not coming.complete:
                coming.status = 0
        if not coming.status:
            self.close()
            return CONNECTION_RESET
        body, cut = b"".join(coming.body), None
        missing = 0 if self._method == "HEAD" else coming.missing(len(body))
        if missing:
            body, cut = body.ljust(len(body) + missing, b"?"), len(body)
        self.reusable = coming.kept
        if not self.reusable:
            self.close()
        return Answer(coming.status, tuple(coming.headers), body, cut)

    def close(self) -> None:
        """Close the connection."""
        self._http.close()


class _ComingAnswer:
    """What the parser reports of an answer. The names of its methods are the parser's. What follows the answer is ignored."""

    def __init__(self) -> None:
        self.parser = httptools.HttpResponseParser(self)
        self.status = 0
        """0: its head is not there yet."""
        self.headers: list[tuple[str, str]] = []
        self.body: list[bytes] = []
        self.complete = self.kept = False

    def missing(self, there: int) -> int:
        """Return how many bytes of the body are missing when so many are there: at least 1 where nothing says how many."""
        if self.complete:
            return 0
        named = {name.lower(): value for name, value in self.headers}
        if "transfer-encoding" in named:
            return 1
        # Without a length, the end of the connection is the end of the body.
        return int(named.get("content-length", there)) - there

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.status:  # else it is a trailer
            self.headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        status = self.parser.get_status_code()
        if self.status or status >= _FINAL:
            self.status = self.status or status
        else:  # "100 Continue" and its like come before the answer
            self.headers.clear()

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self.body.append(data)

    def on_message_complete(self) -> None:
        if self.status and not self.complete:
            self.complete, self.kept = True, self.parser.should_keep_alive()  # only known here


class Wires:
    """Connections to simulators, one for each host and port. `patience`: real seconds to wait for each answer."""

    def __init__(self, *, admin: bool = False, patience: float = PATIENCE) -> None:
        self._admin, self._patience = admin, patience
        self._wires: dict[str, Wire] = {}

    def ask(
        self, method: str, url: str, headers: tuple[tuple[str, str], ...] = (), body: bytes | None = None
    ) -> Answer:
        """Send a request to a URL, and return its answer: a reset if the connection breaks. Raises OSError."""
        scheme, _, rest = url.partition("://")
        authority, slash, target = rest.partition("/")
        base = f"{scheme}://{authority}"
        if base not in self._wires:
            self._wires[base] = Wire(base, admin=self._admin, patience=self._patience)
        return self._wires[base].ask(method, slash + target, headers, body)

    def close(self) -> None:
        """Close the connections."""
        for wire in self._wires.values():
            wire.close()


class _Connection(http.client.HTTPConnection):
    """A connection whose `connect` is not the one that `intercept` replaces."""

    secure = False
    patience = PATIENCE

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.create_connection((self.host, self.port), timeout=self.patience)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.secure:
            self.sock = trust().wrap_socket(self.sock, server_hostname=self.host)
