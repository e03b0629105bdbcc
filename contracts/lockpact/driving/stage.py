"""A stage: where a client is driven. The harness builds one on a stand-in; a live server is another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lockpact.core.connection import Connection
from lockpact.core.step import EnvironmentEvent, TruthAt
from lockpact.core.traffic import Exchange

__all__ = ["CallResult", "Stage"]


@dataclass(frozen=True)
class CallResult:
    """What one call of a client's method left behind. See `lockpact.core.step.Step` for the fields."""

    began: int
    ended: int
    result: Any
    error: BaseException | None
    traffic: Sequence[Exchange] = ()
    events_before: Sequence[EnvironmentEvent] = ()
    events: Sequence[EnvironmentEvent] = ()
    truth_history: Sequence[TruthAt[Any]] = ()
    logs: Sequence[str] = ()


class Stage(Protocol):
    """One world (or live server) and one client on it."""

    def connection(self, credentials: Mapping[str, Any]) -> Connection:
        """What to hand the adapter."""
        ...

    def now(self) -> int:
        """Microseconds, UTC."""
        ...

    def truth(self) -> Any:
        """The vendor's truth now; None on a live server."""
        ...

    def make(self, adapter: Any, site: Connection) -> CallResult:
        """Make the client: `adapter(site)`, or its awaited result."""
        ...

    def call(self, method: Any, *arguments: Any) -> CallResult:
        """Call a method of the client."""
        ...

    def secrets(self) -> Sequence[str]:
        """The texts that no report may show."""
        ...

    def journal(self) -> str:
        """The world's journal, as JSON lines; empty on a live server."""
        ...

    def close(self) -> None:
        """End the client and the world."""
        ...
