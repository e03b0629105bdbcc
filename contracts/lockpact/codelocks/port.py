"""The interface that an adapter for a Codelocks client implements: one method for each call, typed results and errors.

The client gives guests NetCodes for a stay, lets phones in, and reads who came. An adapter is a class with any of these
methods, `def` or `async def`. Its constructor gets a `lockpact.Connection`, whose credentials are `api_key` and `access_key`:

    class MyAdapter:
        def __init__(self, connection: Connection) -> None:
            self.api = MyCodelocks(connection.url, key=connection.credentials["api_key"])

        def show(self, stay: Stay) -> Sequence[Code]: ...

An adapter only translates: it must not correct what the client gets wrong. Leave out methods that the client does not have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = [
    "OFF",
    "AccessKeyError",
    "ClockNotSet",
    "Code",
    "CodelocksError",
    "CodelocksPort",
    "CredentialError",
    "Entry",
    "InvalidData",
    "Lock",
    "Missing",
    "Period",
    "QuotaSpent",
    "Stay",
    "Unavailable",
]


class CodelocksError(Exception):
    """The root of the errors that a client may raise.

    CodelocksError
    ├── CredentialError   403: the API key is missing or wrong
    ├── AccessKeyError    the access key is not the account's: ask the account's owner for the present one
    ├── InvalidData       400: a value is invalid
    ├── Missing           404: a parameter is missing, or there is no such lock
    ├── QuotaSpent        429: the month's calls are used up
    ├── Unavailable       500, 502, or no answer: trying later may help
    └── ClockNotSet       the lock's clock stopped when its batteries were changed: no code would open it
    """


class CredentialError(CodelocksError):
    """403: the API key is missing or wrong."""


class AccessKeyError(CodelocksError):
    """The access key is not the account's: ask the account's owner for the present one."""


class InvalidData(CodelocksError):
    """400: a value is invalid."""


class Missing(CodelocksError):
    """404: a parameter is missing, or there is no such lock."""


class QuotaSpent(CodelocksError):
    """429: the month's calls are used up."""


class Unavailable(CodelocksError):
    """500, 502, or no answer: trying later may help."""


class ClockNotSet(CodelocksError):
    """The lock's clock stopped when its batteries were changed: no code would open it."""


@dataclass(frozen=True)
class Lock:
    """A lock, as the client knows it.

    Attributes:
        model: KL1060, KL1060C2, KL1060G3, KL1550 or K3CONNECT.
        id: A KitLock's timecode, or a K3Connect lock's id.
        identifier: A KitLock's identifier; empty for a K3Connect lock, which needs the account's access key instead.
        zone: The time zone of the house. A K3Connect lock's clock has this zone; a KitLock's clock is on UTC.
    """

    model: str
    id: str
    identifier: str
    zone: str

    @property
    def k3(self) -> bool:
        """Whether it is a K3Connect lock."""
        return self.model == "K3CONNECT"


@dataclass(frozen=True, repr=False)
class Stay:
    """A booking from arrival to departure. Both are wall clock times of the house, without a zone."""

    booking: str
    lock: Lock
    arrival: datetime
    departure: datetime

    def __repr__(self) -> str:
        when = f"{self.arrival:%Y-%m-%d %H:%M} to {self.departure:%Y-%m-%d %H:%M}"
        return f"<{self.booking}: {self.lock.model} {self.lock.id} in {self.lock.zone}, {when}>"


@dataclass(frozen=True, repr=False)
class Code:
    """What the guest types. It is valid from `start` until just before `end`; both have a zone."""

    digits: str
    start: datetime
    end: datetime

    def __repr__(self) -> str:
        return f"<{self.digits}: {self.start:%Y-%m-%d %H:%M%z} to {self.end:%Y-%m-%d %H:%M%z}>"


@dataclass(frozen=True)
class Period:
    """One of a client's ten active periods, from `starts` to `ends` ("08:00") on `days` ("mon" to "sun")."""

    enabled: bool
    starts: str
    ends: str
    days: frozenset[str]


OFF = Period(enabled=False, starts="00:00", ends="00:00", days=frozenset())
"""A disabled period."""


@dataclass(frozen=True)
class Entry:
    """One entry of a lock's audit."""

    id: int
    type: str
    text: str


class CodelocksPort(Protocol):
    """The calls of a client. K3Connect locks are named by their ids. Every method may raise any `CodelocksError`."""

    def show(self, stay: Stay) -> Sequence[Code]:
        """Return the codes that let this guest in, in the order of their times.

        They are valid from the full hour of the arrival to the full hour of the departure, rounded up, by the lock's
        clock. Called again for the same stay, it returns the same codes.
        """
        ...

    def cancel(self, stay: Stay) -> bool:
        """Cancel a booking. Return whether its codes no longer open the lock."""
        ...

    def initialise(self, model: str) -> str:
        """Return the sequence to type now into a KitLock of this model. It has a random identifier."""
        ...

    def initialise_with(self, model: str, master: str) -> str:
        """Return the sequence to type now into a KitLock of this model with this master code (eight digits).

        It has a random identifier.
        """
        ...

    def batteries_replaced(self, lock: Lock) -> None:
        """Take note that a person has put new batteries into this KitLock."""
        ...

    def clock_set(self, lock: Lock) -> None:
        """Take note that a person has set this KitLock's clock."""
        ...

    def list_locks(self) -> Sequence[str]:
        """Return the ids of the account's K3Connect locks."""
        ...

    def use_access_key(self, key: str) -> None:
        """Use this access key from now on: the account's owner has changed it."""
        ...

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Invite a person to open by phone in these periods: number (0 to 9) → period. The others are disabled.

        The person may open as often as the periods allow.
        """
        ...

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Replace a client's periods."""
        ...

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        """Return a client's periods."""
        ...

    def suspend(self, lock: str, email: str, on: bool) -> None:
        """Suspend a client, or restore one."""
        ...

    def remove(self, lock: str, email: str) -> None:
        """Delete a client: the phone no longer opens the lock."""
        ...

    def admitted(self, lock: str, email: str) -> bool:
        """Return whether this person's phone may open the lock now, within its active periods."""
        ...

    def battery_low(self, lock: str) -> bool | None:
        """Return whether the lock has reported low batteries; None if it has reported none yet."""
        ...

    def audit(self, lock: str) -> Sequence[Entry]:
        """Return all entries of a lock's audit."""
        ...

    def entered(self, lock: str, since: datetime) -> bool | None:
        """Return whether a person entered since then; None if that is not known."""
        ...
