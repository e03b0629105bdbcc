"""The port of a Lockt client: one method for each thing that the pact drives, with typed results and typed errors.

An adapter is a class with any of these methods, `def` or `async def`. It is made with the API's `lockpact.Connection`,
whose `url` includes the base path and whose credentials are `apiuser` and `apikey`:

    class MyAdapter:
        def __init__(self, connection: Connection) -> None:
            credentials = connection.credentials
            self.lockt = MyClient(connection.url, credentials["apiuser"], credentials["apikey"])

        def users(self) -> Sequence[User]: ...

An adapter only translates: it must not mend what the client gets wrong. Leave out the methods that the client lacks. All
times are aware datetimes, of any time zone; None is no limit.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

__all__ = [
    "Credential",
    "CredentialError",
    "Event",
    "Fob",
    "FobRecord",
    "LocktError",
    "LocktPort",
    "News",
    "NotThere",
    "Receipt",
    "Rejected",
    "Schedule",
    "Status",
    "Unavailable",
    "User",
    "UserRecord",
]


class LocktError(Exception):
    """The root of what a client may raise. `reasons` are the vendor's messages.

    LocktError
    ├── CredentialError   apiuser or apikey is missing or wrong
    ├── NotThere          no such endpoint, user or fob
    ├── Unavailable       the service or the customer's instance does not answer now; a later try may succeed
    └── Rejected          the vendor answered, and refuses what was sent
    """

    def __init__(self, text: str = "", reasons: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.reasons = tuple(reasons)


class CredentialError(LocktError):
    """The credentials are missing or wrong."""


class NotThere(LocktError):
    """There is no such endpoint, user or fob."""


class Unavailable(LocktError):
    """The service or the customer's instance does not answer now; a later try may succeed."""


class Rejected(LocktError):
    """The vendor answered, and refuses what was sent."""


class Status(enum.Enum):
    """The result of saving a record."""

    SAVED = "saved"
    """The vendor has it as it was sent."""
    IGNORED = "ignored"
    """It matches an existing user, and nothing was changed."""
    FAILED = "failed"
    """It was refused."""


@dataclass(frozen=True)
class UserRecord:
    """A user to save, identified by `id_num`. `levels` are ids of access levels."""

    id_num: str
    first_name: str
    last_name: str
    email: str = ""
    card_num: str = ""
    phone: str = ""
    pin: str = ""
    effective: datetime | None = None
    expires: datetime | None = None
    enabled: bool = True
    levels: tuple[int, ...] = ()


@dataclass(frozen=True)
class FobRecord:
    """A fob to create, identified by `card_num`."""

    name: str
    card_num: str
    effective: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """The result for one record. `key` is its id_num, name (doors) or card_num (fobs); `reasons` the vendor's messages."""

    key: str
    status: Status
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class User:
    """A card holder. `levels` is None if the vendor's answer has no access levels."""

    id: int
    id_num: str
    first_name: str
    last_name: str
    email: str
    card_num: str
    effective: datetime | None
    expires: datetime | None
    enabled: bool
    levels: tuple[int, ...] | None


@dataclass(frozen=True)
class Fob:
    """A fob, with its access levels, which it inherits if it has a user."""

    id: int
    name: str
    card_num: str
    effective: datetime | None
    expires: datetime | None
    levels: tuple[int, ...]


@dataclass(frozen=True)
class Credential:
    """An access credential. `key` is its registration key, which a phone's app claims; `user` is the holder's id."""

    id: int
    card_num: str
    key: str = field(repr=False)
    claimed: bool
    user: int


@dataclass(frozen=True)
class Schedule:
    """A schedule. `days` are seven, from Monday; `start` and `stop` are `HH:MM:SS`, local to the residence."""

    id: int
    name: str
    days: tuple[bool, ...]
    start: str
    stop: str


@dataclass(frozen=True)
class Event:
    """An event. `happened` is the device's time, `recorded` the system's."""

    id: int
    granted: bool
    card_num: str
    user: str
    happened: datetime
    recorded: datetime


@dataclass(frozen=True)
class News:
    """Events in the order of their ids.

    `cursor` is the argument for the next call. `lost` says that the vendor dropped events which were never read.
    """

    events: Sequence[Event]
    cursor: str
    lost: bool


class LocktPort(Protocol):
    """Every method may raise any `LocktError`."""

    def users(self) -> Sequence[User]:
        """Return all card holders."""
        ...

    def user(self, id: int) -> User | None:
        """Return the user with the system's id, or None."""
        ...

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        """Save any number of users. Return a receipt for each, in their order.

        Args:
            records: The users.
            update: Change the users that exist already. Otherwise they stay as they are.
            replace: Replace the access levels of changed users by the record's. Otherwise add the record's.
        """
        ...

    def end_access(self, user: int, at: datetime) -> None:
        """End this user's access at this time, and change nothing else. Return only when the vendor confirms it."""
        ...

    def create_doors(self, names: Sequence[str]) -> Sequence[Receipt]:
        """Create any number of doors. Return a receipt for each, in their order."""
        ...

    def fobs(self) -> Sequence[Fob]:
        """Return all fobs."""
        ...

    def create_fobs(self, records: Sequence[FobRecord]) -> Sequence[Receipt]:
        """Create any number of fobs. Return a receipt for each, in their order."""
        ...

    def assign_fob(self, fob: int, user: int, effective: datetime | None, expires: datetime | None) -> None:
        """Assign a fob to a user, within this window."""
        ...

    def credentials(self) -> Sequence[Credential]:
        """Return all credentials, with their holders."""
        ...

    def schedules(self) -> Sequence[Schedule]:
        """Return all schedules."""
        ...

    def next_card_num(self) -> str:
        """Return the next free card number. The operation is pending release: NotThere if it does not exist."""
        ...

    def read_events(self, cursor: str | None) -> News:
        """Return the events since the cursor; with None, all that the vendor still has.

        The cursor outlives the client: another client with the same credentials may continue with it.
        """
        ...
