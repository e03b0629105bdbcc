"""Receivers of deliveries, which behave as real ones do."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """A receiver's URL, and what it got: (path, headers in their order, body)."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.got: list[tuple[str, list[tuple[str, str]], bytes]] = []
        self.proceed = threading.Event()
        """Set it to let a receiver that waits answer."""


@contextmanager
def receiver(answer: Callable[[Receiver, str], int] = lambda me, path: 200) -> Iterator[Receiver]:
    """Run a receiver on loopback; `answer(receiver, path)` returns each status, and may wait."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            me.got.append((self.path, list(self.headers.items()), body))
            status = answer(me, self.path)
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *args: Any) -> None:
            """Ignore a sender that disconnects."""

    server = Server(("127.0.0.1", 0), Handler)
    me = Receiver(f"http://127.0.0.1:{server.server_port}/callback")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield me
    finally:
        me.proceed.set()
        server.shutdown()
        thread.join()
        server.server_close()
