"""The stage: where a client is driven. `lockpact.simulators` has one on a simulator, `lockpact.live` one on a live server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lockpact.core.connection import Connection
from lockpact.core.step import EnvironmentEvent, TruthAt
from lockpact.core.traffic import Exchange

__all__ = ["CallResult", "EnoughExamples", "Stage"]


class EnoughExamples(KeyboardInterrupt):
    """Raised by what opens stages, to end a drive early. Hypothesis takes no KeyboardInterrupt for a failure."""


@dataclass(frozen=True)
class CallResult:
    """The result of one call of a client's method. `lockpact.core.step.Step` describes the fields."""

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
    """One world or live server, and one client of it."""

    def connection(self, credentials: Mapping[str, Any]) -> Connection:
        """Return the argument of the adapter's constructor."""
        ...

    def now(self) -> int:
        """Return the time in microseconds, UTC."""
        ...

    def truth(self) -> Any:
        """Return the vendor's truth now; None on a live server."""
        ...

    def make(self, adapter: Any, connection: Connection) -> CallResult:
        """Construct the client: `adapter(connection)`, or its awaited result."""
        ...

    def call(self, method: Any, *arguments: Any) -> CallResult:
        """Call a method of the client."""
        ...

    def secrets(self) -> Sequence[str]:
        """Return the texts that no report may show."""
        ...

    def journal(self) -> str:
        """Return the world's journal as JSON lines; an empty text on a live server."""
        ...

    def close(self) -> None:
        """Close the client and the world."""
        ...
