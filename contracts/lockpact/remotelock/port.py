"""The port: what a RemoteLock client can do, one method each, with typed results and errors.

An adapter is a class with any of these methods, `def` or `async def`. It is made with a `lockpact.Connection`. The
connection's `credentials` are `client_id`, `client_secret`, `redirect_uri`, and:

    oauth_url   where /oauth/authorize and /oauth/token are; by default `connection.url`
    grant       the grant to use: `authorization_code` or `client_credentials`
    store       a `TokenStore` that all processes of the client share

An adapter only translates: what the client gets wrong must stay wrong. Leave out the methods that the client lacks.
Times are `datetime`s with a time zone. Ids are RemoteLock's.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

__all__ = [
    "Access",
    "Accessible",
    "Bolt",
    "ConsentNeeded",
    "Credential",
    "CredentialError",
    "Device",
    "Entry",
    "Invalid",
    "NotFound",
    "Person",
    "PinTaken",
    "Refused",
    "RemoteLockError",
    "RemoteLockPort",
    "Status",
    "StayOver",
    "TokenStore",
    "Tokens",
    "TooMany",
    "Unavailable",
    "User",
]


class RemoteLockError(Exception):
    """The root of what a client may raise.

    RemoteLockError
    ├── ConsentNeeded     the user must sign in (again): there is no token, or the refresh token is refused
    ├── CredentialError   the application's own id and secret are refused
    ├── Invalid           a resource error: attributes are invalid
    │   └── PinTaken      another person has this PIN
    ├── Refused           a general error: not about an attribute
    │   └── StayOver      the person is expired or deactivated, and cannot be changed
    ├── NotFound          there is no such resource
    ├── TooMany           a collection of more than 10,000, which cannot be read completely
    └── Unavailable       no answer, or an unusable one; a later try may succeed
    """


class ConsentNeeded(RemoteLockError):
    """The user must sign in (again)."""


class CredentialError(RemoteLockError):
    """The application's own id and secret are refused."""


class Invalid(RemoteLockError):
    """A resource error. `errors`: attribute (None: the whole resource) → its messages."""

    def __init__(self, text: str, errors: Mapping[str | None, Sequence[str]]) -> None:
        super().__init__(text)
        self.errors = {attribute: tuple(messages) for attribute, messages in errors.items()}


class PinTaken(Invalid):
    """Another person has this PIN."""


class Refused(RemoteLockError):
    """A general error, with RemoteLock's `type` and `message`."""

    def __init__(self, text: str, type: str | None = None, message: str = "") -> None:
        super().__init__(text)
        self.type, self.message = type, message


class StayOver(Refused):
    """The person is expired or deactivated, and cannot be changed."""


class NotFound(RemoteLockError):
    """There is no such resource."""


class TooMany(RemoteLockError):
    """A collection of more than 10,000, which cannot be read completely."""


class Unavailable(RemoteLockError):
    """No answer, or an unusable one; a later try may succeed."""


class Status(enum.Enum):
    """An access person's status; `UNKNOWN` for one that the document lacks."""

    UPCOMING = "upcoming"
    CURRENT = "current"
    EXPIRED = "expired"
    DEACTIVATED = "deactivated"
    UNKNOWN = ""

    @classmethod
    def of(cls, word: object) -> Status:
        """Return the status with this name."""
        return _STATUSES.get(word, cls.UNKNOWN)


_STATUSES: dict[object, Status] = {status.value: status for status in Status}


class Accessible(enum.Enum):
    """The types of what can be opened."""

    LOCK = "lock"
    ACS_DOOR = "acs_door"
    DOOR_GROUP = "door_group"
    LOCATION = "location"


class Bolt(enum.Enum):
    """The bolt's position."""

    LOCKED = "locked"
    UNLOCKED = "unlocked"


@dataclass(frozen=True)
class Tokens:
    """The tokens from /oauth/token. `expires_at` is in seconds since the epoch."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: float = 0.0


class TokenStore:
    """The token store that all processes of a client share, as a row in a database or a locked file."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()

    def load(self) -> Tokens | None:
        """Return what any process saved last."""
        return self._tokens

    def save(self, tokens: Tokens | None) -> None:
        """Save these tokens, replacing others."""
        self._tokens = tokens

    def lock(self) -> AbstractContextManager[object]:
        """Return a lock that excludes all other processes. It cannot be nested."""
        return self._lock


@dataclass(frozen=True)
class Credential:
    """A person's PIN or card. With neither, RemoteLock generates a PIN."""

    pin: str | None = field(default=None)
    card: str | None = None


@dataclass(frozen=True)
class User:
    """The signed-in user."""

    id: str
    name: str


@dataclass(frozen=True)
class Device:
    """A device of any type, also of one that the document lacks."""

    id: str
    type: str
    name: str


@dataclass(frozen=True)
class Person:
    """An access person. A guest has `starts` and `ends`: local times at the location, without a time zone."""

    id: str
    name: str
    status: Status
    pin: str | None = field(default=None, repr=False)
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class Access:
    """An access. `usable`: the client knows that every lock of it has stored it."""

    id: str
    person: str
    usable: bool


@dataclass(frozen=True)
class Entry:
    """Somebody at a lock, with a PIN or a card. `id` is the event's; `person` is None if the lock knows nobody with it.

    `at` is when it happened, by the lock.
    """

    id: str
    person: str | None
    granted: bool
    at: datetime


class RemoteLockPort(Protocol):
    """A RemoteLock client. Every method may raise any RemoteLockError."""

    # ---- authorization

    def authorize_url(self) -> str:
        """Return the URL where the user signs in, in a browser."""
        ...

    def signed_in(self, code: str) -> None:
        """Receive the code that the browser brought to the redirect URI."""
        ...

    def resume(self) -> None:
        """Start as another process of the client: use the tokens in the store."""
        ...

    def user(self) -> User:
        """Return the user that the token is for."""
        ...

    # ---- reading

    def devices(self, per_page: int) -> Sequence[Device]:
        """Return all devices. `per_page` is the page size that the caller prefers."""
        ...

    def persons(self, everyone: bool) -> Sequence[Person]:
        """Return the current and upcoming persons; with `everyone`, also the expired and deactivated ones."""
        ...

    def person(self, id: str) -> Person:
        """Return one person."""
        ...

    def who(self, lock: str) -> Sequence[str]:
        """Return the ids of all persons with access to a lock, also by location or group."""
        ...

    # ---- persons

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        """Create a permanent person."""
        ...

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        """Create a guest for this stay, in the local time of the lock. The guest has no access yet."""
        ...

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        """Let a guest stay until another time."""
        ...

    def end(self, person: str) -> bool:
        """End the stay and keep the record. Return whether no lock is known to open for the person still."""
        ...

    def invite(self, guest: str) -> None:
        """Send the guest the email with the access instructions now."""
        ...

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        """Grant access to a lock, door, group or location."""
        ...

    def access(self, person: str, access: str) -> Access:
        """Return an access as it is now."""
        ...

    def revoke(self, person: str, access: str) -> bool:
        """Revoke an access. Return whether none of its locks is known to open for the person still."""
        ...

    def may_enter(self, person: str, lock: str) -> bool:
        """Return whether the lock may open for this person; False only if the client knows that it does not."""
        ...

    # ---- locks

    def order(self, lock: str, to: Bolt) -> bool:
        """Lock or unlock. Return whether the bolt is known to be there."""
        ...

    def bolt(self, lock: str) -> Bolt | None:
        """Return the bolt's position; None if the client does not know it."""
        ...

    def entries(self, lock: str) -> Sequence[Entry]:
        """Return everybody who was let in or refused at a lock with a PIN or a card, in any order."""
        ...

    def remove_local_pin(self, lock: str, pin: str) -> None:
        """Remove one PIN that was programmed at the keypad."""
        ...

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        """Register a lock with this auto-lock timeout in seconds. Return its id. `refresh` may finish the set-up."""
        ...

    # ---- webhooks

    def subscribe(self, url: str) -> None:
        """Have RemoteLock send all events of the account to this URL."""
        ...

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        """Receive a webhook. Return the HTTP status of the answer."""
        ...

    def seen(self) -> Sequence[str]:
        """Return the ids of the events that the client has acted on, one for each time."""
        ...

    def refresh(self) -> None:
        """Do what the client does regularly by itself: polling, reactivating, finishing set-ups."""
        ...
