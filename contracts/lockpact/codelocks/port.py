"""What a Codelocks client can do, as the pact drives it: one method for each thing, typed results, typed errors.

It lets guests in: with NetCodes for a stay, with phones, and it reads who came. An adapter is a class with any of these
methods, `def` or `async def`; it is made with the API's `lockpact.Site`, whose credentials are `api_key` and `access_key`:

    class MyAdapter:
        def __init__(self, site: Site) -> None:
            self.api = MyCodelocks(site.url, key=site.credentials["api_key"])

        def show(self, stay: Stay) -> Sequence[Code]: ...

It translates, and no more: what the client gets wrong must stay wrong. Methods that the client lacks are left out.
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
    """The root of what a client may raise.

    CodelocksError
    ├── CredentialError   403: the API key is missing or none
    ├── AccessKeyError    the access key is not the account's: ask its owner for the present one
    ├── InvalidData       400: a value is none
    ├── Missing           404: a parameter is missing, or there is no such lock
    ├── QuotaSpent        429: the month's calls are spent
    ├── Unavailable       500, 502, or no answer: trying later may help
    └── ClockNotSet       the lock's clock stands since its batteries were changed: no code would open it
    """


class CredentialError(CodelocksError):
    """403: the API key is missing or none."""


class AccessKeyError(CodelocksError):
    """The access key is not the account's: ask its owner for the present one."""


class InvalidData(CodelocksError):
    """400: a value is none."""


class Missing(CodelocksError):
    """404: a parameter is missing, or there is no such lock."""


class QuotaSpent(CodelocksError):
    """429: the month's calls are spent."""


class Unavailable(CodelocksError):
    """500, 502, or no answer: trying later may help."""


class ClockNotSet(CodelocksError):
    """The lock's clock stands since its batteries were changed: no code would open it."""


@dataclass(frozen=True)
class Lock:
    """A door. `model` is one of KL1060, KL1060C2, KL1060G3, KL1550 and K3CONNECT; `id` is a KitLock's timecode or a
    K3Connect lock's id; `zone` is where the house stands (a K3Connect lock has the same zone, a KitLock is on UTC).
    """

    model: str
    id: str
    identifier: str
    """A KitLock's; empty for a K3Connect lock, which goes by the account's access key."""
    zone: str

    @property
    def k3(self) -> bool:
        """Whether it is a K3Connect lock."""
        return self.model == "K3CONNECT"


@dataclass(frozen=True, repr=False)
class Stay:
    """A booking: from arrival to departure, by the house's wall clock (both without a zone)."""

    booking: str
    lock: Lock
    arrival: datetime
    departure: datetime

    def __repr__(self) -> str:
        when = f"{self.arrival:%Y-%m-%d %H:%M} to {self.departure:%Y-%m-%d %H:%M}"
        return f"<{self.booking}: {self.lock.model} {self.lock.id} in {self.lock.zone}, {when}>"


@dataclass(frozen=True, repr=False)
class Code:
    """What the guest types, and when it holds: from `start` until before `end` (both with a zone)."""

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
"""A period that is not there."""


@dataclass(frozen=True)
class Entry:
    """One entry of a lock's audit."""

    id: int
    type: str
    text: str


class CodelocksPort(Protocol):
    """See the module. K3Connect locks are named by their ids. Every method may raise any `CodelocksError`."""

    def show(self, stay: Stay) -> Sequence[Code]:
        """The codes that let this guest in, in the order of their time: in force from the full hour of the arrival to
        that of the departure (or the full hour behind it). Asked again, it shows them again.
        """
        ...

    def cancel(self, stay: Stay) -> bool:
        """The booking is off. → whether its codes open no more."""
        ...

    def initialise(self, model: str) -> str:
        """Somebody stands before a KitLock and will type a sequence. → what to type, now."""
        ...

    def batteries_replaced(self, lock: Lock) -> None:
        """Somebody has put new batteries into this KitLock."""
        ...

    def clock_set(self, lock: Lock) -> None:
        """Somebody has set this KitLock's clock."""
        ...

    def list_locks(self) -> Sequence[str]:
        """The ids of the account's K3Connect locks."""
        ...

    def use_access_key(self, key: str) -> None:
        """The account's owner tells the present access key."""
        ...

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Invite somebody to open by phone in these periods (0 to 9; those that are left out are off)."""
        ...

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Change a client's periods."""
        ...

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        """A client's periods."""
        ...

    def suspend(self, lock: str, email: str, on: bool) -> None:
        """Keep a client out, or let them in again."""
        ...

    def admitted(self, lock: str, email: str) -> bool:
        """Whether this person's phone is let in (in their periods) as things stand."""
        ...

    def audit(self, lock: str) -> Sequence[Entry]:
        """The whole audit of a lock."""
        ...

    def entered(self, lock: str, since: datetime) -> bool | None:
        """Whether anybody entered since then. → None when that cannot be told."""
        ...
