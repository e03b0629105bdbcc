"""A TCP proxy for tests, which loses connections at chosen moments."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class TcpProxy:
    """Passes bytes on to a server, until it is told to lose connections.

    Args:
        port: the server's port on this machine.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.lose_next_request = False
        """The next bytes of a client do not reach the server, and its connection ends."""
        self.lose_next_answer = False
        """The next bytes of a client reach the server, but its answer does not come back: then the connection ends."""
        self.refuse = False
        """New connections end at once."""
        self._open: set[socket.socket] = set()
        self._unheard: set[socket.socket] = set()
        """Connections to the server whose next answer is lost."""
        self._closed = False
        self._changing = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                if self.refuse:
                    client.close()
                    continue
                try:
                    server = socket.create_connection(("127.0.0.1", self._server))
                except OSError:
                    client.close()
                    continue
                with self._changing:
                    if self._closed:  # meanwhile
                        client.close()
                        server.close()
                        return
                    self._open |= {client, server}
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self._pass, args=(source, sink, source is client), daemon=True).start()

    def _pass(self, source: socket.socket, sink: socket.socket, is_client: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if is_client and self.lose_next_request:
                    self.lose_next_request = False
                    break
                if is_client and self.lose_next_answer:
                    self.lose_next_answer = False
                    self._unheard.add(sink)
                if source in self._unheard:
                    break
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def cut_all(self) -> None:
        """End all connections."""
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Listen no more, and end all connections."""
        with self._changing:
            self._closed = True
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # a thread that waits in `accept` would accept one more
        self._listening.close()
        self.cut_all()
        for one in self._open:
            one.close()


@contextmanager
def tcp_proxy(port: int) -> Iterator[TcpProxy]:
    """Run a proxy in front of a port."""
    proxy = TcpProxy(port)
    try:
        yield proxy
    finally:
        proxy.close()
