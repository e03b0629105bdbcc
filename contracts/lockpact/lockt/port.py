"""What a Lockt client can do, as the pact drives it: one method for each thing, typed results, typed errors.

An adapter is a class with any of these methods, `def` or `async def`; it is made with the API's `lockpact.Site`, whose
`url` has the base path, and whose credentials are `apiuser` and `apikey`:

    class MyAdapter:
        def __init__(self, site: Site) -> None:
            self.lockt = MyClient(site.url, site.credentials["apiuser"], site.credentials["apikey"])

        def users(self) -> Sequence[User]: ...

It translates, and no more: what the client gets wrong must stay wrong. Methods that the client lacks are left out. All
instants are aware datetimes; None is no limit.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

__all__ = [
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
    "Status",
    "Unavailable",
    "User",
    "UserRecord",
]


class LocktError(Exception):
    """The root of what a client may raise. `reasons`: what the vendor said about it, message by message.

    LocktError
    ├── CredentialError   apiuser or apikey is missing or wrong
    ├── NotThere          no such endpoint, user or fob
    ├── Unavailable       the service or the customer's instance does not answer now; trying later may help
    └── Rejected          the vendor was reached, and refuses what was sent
    """

    def __init__(self, text: str = "", reasons: Sequence[str] = ()) -> None:
        super().__init__(text)
        self.reasons = tuple(reasons)


class CredentialError(LocktError):
    """The credentials are missing or wrong."""


class NotThere(LocktError):
    """There is no such endpoint, user or fob."""


class Unavailable(LocktError):
    """The service or the customer's instance does not answer now; trying later may help."""


class Rejected(LocktError):
    """The vendor was reached, and refuses what was sent."""


class Status(enum.Enum):
    """What became of a record."""

    SAVED = "saved"
    """It is there as it was sent."""
    IGNORED = "ignored"
    """It means a user who was there already, and nothing was changed."""
    FAILED = "failed"
    """It was refused."""


@dataclass(frozen=True)
class UserRecord:
    """A user to be saved, known by `id_num`. `levels`: ids of access levels."""

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
    """A fob to be created, known by `card_num`."""

    name: str
    card_num: str
    effective: datetime | None = None
    expires: datetime | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of one record. `key`: its id_num, name (doors) or card_num (fobs); `reasons`: the vendor's words."""

    key: str
    status: Status
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class User:
    """A card holder. `levels` is None where the vendor did not say."""

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
    """A fob, with the access levels that it inherits."""

    id: int
    name: str
    card_num: str
    effective: datetime | None
    expires: datetime | None
    levels: tuple[int, ...]


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
    """Events in the order of their ids. `cursor`: to be given with the next call; `lost`: the vendor may have dropped
    some that were never read.
    """

    events: Sequence[Event]
    cursor: str
    lost: bool


class LocktPort(Protocol):
    """See the module. Every method may raise any `LocktError`."""

    def users(self) -> Sequence[User]:
        """All card holders."""
        ...

    def user(self, id: int) -> User | None:
        """One by the system's id; None when there is none."""
        ...

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        """Save any number of users. → a receipt for each, in their order.

        `update`: change those who are there already (else they are left as they are); `replace`: their access levels
        become the record's (else these are added).
        """
        ...

    def end_access(self, user: int, at: datetime) -> None:
        """This user's access ends then; everything else of the user stays. When it returns, that is so."""
        ...

    def create_doors(self, names: Sequence[str]) -> Sequence[Receipt]:
        """Create any number of doors. → a receipt for each, in their order."""
        ...

    def fobs(self) -> Sequence[Fob]:
        """All fobs."""
        ...

    def create_fobs(self, records: Sequence[FobRecord]) -> Sequence[Receipt]:
        """Create any number of fobs. → a receipt for each, in their order."""
        ...

    def assign_fob(self, fob: int, user: int, effective: datetime | None, expires: datetime | None) -> None:
        """This fob is this user's from now on, within this window."""
        ...

    def next_card_num(self) -> str:
        """The next free card number. (The operation is pending release: NotThere where it is not there.)"""
        ...

    def read_events(self, cursor: str | None) -> News:
        """What happened since; None: all that is to be had. The cursor outlives the client: another one made later,
        with the same credentials, goes on with it.
        """
        ...
