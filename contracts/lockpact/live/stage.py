"""A stage on a server that is not in this process: the reference client, its traffic written down, and no truth.

Real time passes. Nothing is sent beyond what `Limits` allows, whoever asks for it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import httpx

from lockpact.core.connection import Connection
from lockpact.core.http_client import trust
from lockpact.core.pact import Pact
from lockpact.core.traffic import Broken, Exchange
from lockpact.driving.logs import captured_logs
from lockpact.driving.stage import CallResult

__all__ = ["Limits", "LiveStage", "RequestFilter"]


class RequestFilter(Protocol):
    """Whether a request of this method to this path may be sent."""

    def __call__(self, path: str, method: str = "GET", /) -> bool:
        """Of one request."""
        ...


@dataclass
class Limits:
    """What may be sent, how much of it, and how fast."""

    may: RequestFilter
    """Whether a request may be sent at all."""
    calls: int | None = None
    per_second: float | None = None
    sent: int = 0

    @property
    def left(self) -> bool:
        """Whether the budget has something left."""
        return self.calls is None or self.sent < self.calls

    def spend(self) -> None:
        """One request more; where a rate is set, not before its time."""
        self.sent += 1
        if self.per_second is not None:
            time.sleep(1 / self.per_second)


class _Wire(httpx.BaseTransport):
    """The real transport, with everything written down. What may not be sent is refused here, as by a dead host."""

    def __init__(self, vendor: str, limits: Limits, base: str) -> None:
        self.exchanges: list[Exchange] = []
        self._vendor, self._limits, self._base = vendor, limits, base
        self._real = httpx.HTTPTransport(verify=trust(), trust_env=False)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx's own errors."""
        path = request.url.path.removeprefix(self._base)
        if not self._limits.may(path, request.method) or not self._limits.left:
            raise httpx.ConnectError("not sent: it is not allowed, or the budget of calls is spent", request=request)
        self._limits.spend()
        began = _now()
        try:
            answer = self._real.handle_request(request)
            body = answer.read()
        except httpx.TransportError as lost:
            self._keep(request, began, broken="timeout" if isinstance(lost, httpx.TimeoutException) else "reset")
            raise
        self._keep(request, began, answer, body)
        headers = answer.headers.multi_items()
        return httpx.Response(answer.status_code, headers=headers, content=body, request=request)

    def _keep(
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
                target=request.url.raw_path.decode("ascii"),
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
        self._real.close()


class LiveStage:
    """See the module, and `lockpact.driving.stage.Stage`."""

    def __init__(self, pact: Pact, url: str, limits: Limits) -> None:
        self._pact, self._url = pact, url
        self._wire = _Wire(pact.vendor, limits, httpx.URL(url).path.rstrip("/"))
        self._known: list[str] = []

    def connection(self, credentials: Mapping[str, Any]) -> Connection:
        """What to hand the adapter."""
        self._known += self._pact.secrets(credentials)
        return Connection(self._url, dict(credentials), self._pact.callback_url, transport=self._wire)

    def now(self) -> int:
        """Microseconds, UTC."""
        return _now()

    def truth(self) -> None:
        """Nobody tells."""
        return

    def secrets(self) -> Sequence[str]:
        """All credentials that clients were made with."""
        return self._known

    def journal(self) -> str:
        """There is none."""
        return ""

    def make(self, adapter: Any, site: Connection) -> CallResult:
        """Make the client."""
        return self.call(adapter, site)

    def call(self, method: Callable[..., Any], *arguments: Any) -> CallResult:
        """Call it, in real time; whatever it raises is kept."""
        began, exchanges = _now(), len(self._wire.exchanges)
        result: Any = None
        error: Exception | None = None
        with captured_logs() as logs:
            try:
                result = method(*arguments)
            except Exception as raised:  # noqa: BLE001 - whatever a client raises is what laws judge
                error = raised
        return CallResult(began, _now(), result, error, self._wire.exchanges[exchanges:], logs=logs)

    def close(self) -> None:
        """Close the connections."""
        self._wire.close()


def _now() -> int:
    """Microseconds, UTC: a live server's clock is the real one."""
    return time.time_ns() // 1000
