"""A stage on a server that is not in this process: the reference client, its traffic written down, and no truth.

Real time passes. Nothing is sent that `Limits` does not allow; what is not allowed is not called.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from lockpact.pact import Pact
from lockpact.sites import Site
from lockpact.step import Step
from lockpact.traffic import Broken, Exchange, Traffic
from lockpact.verdict import Judge

__all__ = ["Limits", "LiveStage"]


@dataclass
class Limits:
    """What may be sent, how much of it, and how fast."""

    may: Callable[[str], bool]
    """Whether a request to this path may be sent at all."""
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


@dataclass
class _Recording(httpx.BaseTransport):
    """The real transport, with everything written down."""

    vendor: str
    limits: Limits
    exchanges: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._real = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.limits.spend()
        target, began = request.url.raw_path.decode("ascii"), _now()
        try:
            answer = self._real.handle_request(request)
            body = answer.read()
        except httpx.TransportError as lost:
            broken: Broken = "timeout" if isinstance(lost, httpx.TimeoutException) else "reset"
            self.exchanges.append(Exchange(self.vendor, "", request.method, target, began, _now(), broken=broken))
            raise
        headers = tuple(answer.headers.multi_items())
        self.exchanges.append(
            Exchange(
                self.vendor,
                "",
                request.method,
                target,
                began,
                _now(),
                status=answer.status_code,
                answer_headers=headers,
                answer=body,
                decided=_now(),
            )
        )
        return httpx.Response(answer.status_code, headers=list(headers), content=body, request=request)

    def close(self) -> None:
        self._real.close()


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(f"{record.name} {record.levelname}: {self.format(record)}")


class LiveStage:
    """See the module. `do` calls a method of the client and lets the laws judge."""

    def __init__(
        self, pact: Pact, url: str, credentials: Mapping[str, Any], judge: Judge, client: Any, limits: Limits
    ) -> None:
        self._judge = judge
        self._secrets = tuple(pact.secrets(credentials))
        self._limits = limits
        self._wire = _Recording(pact.vendor, limits)
        self._steps: list[Step[Any]] = []
        self._client = client(Site(url, dict(credentials), pact.callback_url, transport=self._wire))

    def do(self, call: str, path: str, /, **arguments: Any) -> Any:
        """Call the client's method, which sends to `path`. → its result; None when it raised, or may not be sent."""
        if not self._limits.may(path) or not self._limits.left:
            return None
        began, exchanges, handler = _now(), len(self._wire.exchanges), _Lines()
        result: Any = None
        error: Exception | None = None
        logging.getLogger().addHandler(handler)
        try:
            result = getattr(self._client, call)(*arguments.values())
        except Exception as raised:  # noqa: BLE001 - whatever a client raises is what laws judge
            error = raised
        finally:
            logging.getLogger().removeHandler(handler)
        step: Step[Any] = Step(
            number=len(self._steps) + 1,
            call=call,
            arguments=arguments,
            given={},
            began=began,
            ended=_now(),
            result=result,
            error=error,
            traffic=Traffic(self._wire.exchanges[exchanges:]),
            logs=tuple(handler.lines),
            secrets=self._secrets,
            earlier=tuple(self._steps),
        )
        self._steps.append(step)
        self._judge.step(step)
        return result

    def close(self) -> None:
        """Close the client and its connections."""
        self._client.close()
        self._wire.close()


def _now() -> int:
    """Microseconds, UTC: a live server's clock is the real one."""
    return time.time_ns() // 1000
