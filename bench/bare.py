"""The yardstick: a Flask app with one route, no state and no journal, on the server that the simulators use.

`python -m bench.bare` serves it on a free loopback port and prints the URL.
"""

from __future__ import annotations

import asyncio
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

import msgspec

from locksim.engine.inputs import Answer
from locksim.http.connection import Connection, Exchange

if TYPE_CHECKING:
    from flask import Flask, Response

__all__ = ["LIST", "call", "create_app", "main"]

LIST = [
    {
        "nukiId": 100_000_000 + n,
        "name": f"Door {n}",
        "lastKnownState": {
            "state": 1,
            "stateName": "locked",
            "batteryCritical": False,
            "timestamp": "2026-01-05T08:00:00+00:00",
        },
    }
    for n in range(3)
]
"""As many bytes as the default world's `/list`, give or take a name."""


def create_app() -> Flask:
    """`GET /list` → LIST as JSON, encoded at each request as a simulator must."""
    from flask import Flask, Response

    app = Flask("bare")

    @app.get("/list")
    def listing() -> Response:
        return Response(msgspec.json.encode(LIST), mimetype="application/json")

    return app


def call(app: Flask, method: str, target: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Answer:
    """The least that a WSGI server does for one request."""
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in headers:
        environ["HTTP_" + name.upper().replace("-", "_")] = value
    got: list[Any] = []

    def start(status: str, sent: list[tuple[str, str]], exc_info: Any = None) -> Any:
        got[:] = [status, sent]
        return None

    said = b"".join(app.wsgi_app(environ, start))
    return Answer(int(got[0][:3]), tuple(got[1]), said)


async def serve() -> None:
    """Until the process is ended."""
    app = create_app()
    peers: set[Connection] = set()

    def handle(exchange: Exchange) -> None:
        exchange.respond(call(app, exchange.method, exchange.target, exchange.headers, exchange.body))

    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(handle, peers), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


def main() -> None:
    """The command."""
    asyncio.run(serve())


if __name__ == "__main__":
    main()
