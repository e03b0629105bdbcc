"""A stage on a server outside this process: the reference client in real time, its traffic, and no truth.

Nothing is sent beyond what `Limits` allow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.core.http_client import trust
from lockpact.core.pact import Pact, RequestFilter
from lockpact.core.traffic import Broken, Exchange
from lockpact.driving.logs import captured_logs
from lockpact.driving.stage import CallResult

__all__ = ["Limits", "LiveStage"]


@dataclass
class Limits:
    """Which requests may be sent, how many, and how fast."""

    allows: RequestFilter
    calls: int | None = None
    per_second: float | None = None
    sent: int = 0

    @property
    def left(self) -> bool:
        """Whether another request may be sent."""
        return self.calls is None or self.sent < self.calls

    def spend(self) -> None:
        """Count one request. If there is a rate limit, sleep as long as it requires."""
        self.sent += 1
        if self.per_second is not None:
            time.sleep(1 / self.per_second)


class _RecordingTransport(httpx.BaseTransport):
    """Sends and records requests. One that is not allowed fails as if the host were unreachable."""

    def __init__(self, vendor: str, limits: Limits, base: str) -> None:
        self.exchanges: list[Exchange] = []
        self._vendor, self._limits, self._base = vendor, limits, base
        self._inner = httpx.HTTPTransport(verify=trust(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request. Raises httpx's own errors."""
        path = request.url.path.removeprefix(self._base)
        if not self._limits.allows(path, request.method) or not self._limits.left:
            raise httpx.ConnectError("not sent: it is not allowed, or no calls are left", request=request)
        self._limits.spend()
        began = _now()
        try:
            answer = self._inner.handle_request(request)
            body = answer.read()
        except httpx.TransportError as lost:
            self._record(request, began, broken="timeout" if isinstance(lost, httpx.TimeoutException) else "reset")
            raise
        self._record(request, began, answer, body)
        headers = answer.headers.multi_items()
        return httpx.Response(answer.status_code, headers=headers, content=body, request=request)

    def _record(
        self,
        request: httpx.Request,
        began: int,
        answer: httpx.Response | None = None,
        body: bytes = b"",
        broken: Broken = "",
    ) -> None:
        self.exchanges.append(
            Exchange(
                vendor=self._vendor,
                site="",
                method=request.method,
                target=request.extensions.get("target", request.url.raw_path).decode("ascii"),
                headers=tuple(request.headers.multi_items()),
                body=request.read(),
                began=began,
                ended=_now(),
                status=None if answer is None else answer.status_code,
                answer_headers=() if answer is None else tuple(answer.headers.multi_items()),
                answer=body,
                broken=broken,
                decided=_now(),
            )
        )

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class LiveStage:
    """Implements `lockpact.driving.stage.Stage` on a live server."""

    def __init__(self, pact: Pact, url: str, limits: Limits) -> None:
        self._pact, self._url = pact, url
        self._transport = _RecordingTransport(pact.vendor, limits, httpx.URL(url).path.rstrip("/"))
        self._known_secrets: list[str] = []

    def connection(self, credentials: Mapping[str, Any]) -> Connection:
        """Return the argument of the adapter's constructor."""
        self._known_secrets += self._pact.secrets(credentials)
        return Connection(self._url, dict(credentials), self._pact.callback_url, transport=self._transport)

    def now(self) -> int:
        """Return the machine's time in microseconds, UTC."""
        return _now()

    def truth(self) -> None:
        """Return None: a live server's truth is unknown."""
        return

    def secrets(self) -> Sequence[str]:
        """Return all credentials that clients were created with."""
        return self._known_secrets

    def journal(self) -> str:
        """Return an empty text: a live server has no journal."""
        return ""

    def make(self, adapter: Any, connection: Connection) -> CallResult:
        """Create the client."""
        return self.call(adapter, connection)

    def call(self, method: Callable[..., Any], *arguments: Any) -> CallResult:
        """Call a method in real time. Whatever it raises is in the result."""
        began, exchanges = _now(), len(self._transport.exchanges)
        result: Any = None
        error: Exception | None = None
        with captured_logs() as logs:
            try:
                result = method(*arguments)
            except Exception as raised:  # noqa: BLE001 - laws judge whatever a client raises
                error = raised
        return CallResult(began, _now(), result, error, self._transport.exchanges[exchanges:], logs=logs)

    @property
    def exchanges(self) -> list[Exchange]:
        """What was sent so far."""
        return self._transport.exchanges

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


def _now() -> int:
    return time.time_ns() // 1000
