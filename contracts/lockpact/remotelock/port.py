"""What a RemoteLock client can do, as the pact drives it: one method for each thing, typed results, typed errors.

An adapter is a class with any of these methods, `def` or `async def`; it is made with a `lockpact.Site`, whose
`credentials` are, beside `client_id`, `client_secret` and `redirect_uri`:

    oauth_url   where /oauth/authorize and /oauth/token are; `site.url` where it is missing
    grant       `authorization_code` or `client_credentials`: the one to use
    store       a `TokenStore`: what all processes of this client share

It translates, and no more: what the client gets wrong must stay wrong. Methods that the client lacks are left out.
Instants are `datetime`s with a zone; ids are RemoteLock's.
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
    ├── Invalid           a resource error: what is wrong with which attribute
    │   └── PinTaken      somebody else has this PIN; another may be free
    ├── Refused           a general error: what has nothing to do with an attribute
    │   └── StayOver      the person is expired or deactivated, and can no longer be changed
    ├── NotFound          there is no such resource
    ├── TooMany           a collection of more than 10,000, which cannot be read to its end
    └── Unavailable       no answer, or none that tells; trying later may help
    """


class ConsentNeeded(RemoteLockError):
    """The user must sign in (again)."""


class CredentialError(RemoteLockError):
    """The application's own id and secret are refused."""


class Invalid(RemoteLockError):
    """A resource error. `errors`: attribute (None: of the resource as a whole) → what is wrong with it."""

    def __init__(self, text: str, errors: Mapping[str | None, Sequence[str]]) -> None:
        super().__init__(text)
        self.errors = {attribute: tuple(messages) for attribute, messages in errors.items()}


class PinTaken(Invalid):
    """Somebody else has this PIN; another may be free."""


class Refused(RemoteLockError):
    """A general error, with RemoteLock's own word for its `type`, and its `message`."""

    def __init__(self, text: str, type: str | None = None, message: str = "") -> None:
        super().__init__(text)
        self.type, self.message = type, message


class StayOver(Refused):
    """The person is expired or deactivated, and can no longer be changed."""


class NotFound(RemoteLockError):
    """There is no such resource."""


class TooMany(RemoteLockError):
    """A collection of more than 10,000, which cannot be read to its end."""


class Unavailable(RemoteLockError):
    """No answer, or none that tells; trying later may help."""


class Status(enum.Enum):
    """An access person's status, and `UNKNOWN` for a word that the document lacks."""

    UPCOMING = "upcoming"
    CURRENT = "current"
    EXPIRED = "expired"
    DEACTIVATED = "deactivated"
    UNKNOWN = ""

    @classmethod
    def of(cls, word: object) -> Status:
        """The status of this word."""
        return _STATUSES.get(word, cls.UNKNOWN)


_STATUSES: dict[object, Status] = {status.value: status for status in Status}


class Accessible(enum.Enum):
    """What access can be granted to."""

    LOCK = "lock"
    ACS_DOOR = "acs_door"
    DOOR_GROUP = "door_group"
    LOCATION = "location"


class Bolt(enum.Enum):
    """Where the bolt is."""

    LOCKED = "locked"
    UNLOCKED = "unlocked"


@dataclass(frozen=True)
class Tokens:
    """What /oauth/token gave. `expires_at`: seconds since the epoch."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    expires_at: float = 0.0


class TokenStore:
    """What all processes of a client share: a row in a database, a file with a lock."""

    def __init__(self) -> None:
        self._tokens: Tokens | None = None
        self._lock = threading.Lock()

    def load(self) -> Tokens | None:
        """What was saved last, by whichever process."""
        return self._tokens

    def save(self, tokens: Tokens | None) -> None:
        """Keep these in place of all others."""
        self._tokens = tokens

    def lock(self) -> AbstractContextManager[object]:
        """Inside, no other process is inside. Not to be nested."""
        return self._lock


@dataclass(frozen=True)
class Credential:
    """What a person opens doors with; with neither, RemoteLock shall make up a PIN."""

    pin: str | None = field(default=None)
    card: str | None = None


@dataclass(frozen=True)
class User:
    """The signed-in user."""

    id: str
    name: str


@dataclass(frozen=True)
class Device:
    """A device of any type, one that the document lacks included."""

    id: str
    type: str
    name: str


@dataclass(frozen=True)
class Person:
    """An access person. `starts` and `ends` are a guest's: wall times at the location, without a zone."""

    id: str
    name: str
    status: Status
    pin: str | None = field(default=None, repr=False)
    starts: datetime | None = None
    ends: datetime | None = None


@dataclass(frozen=True)
class Access:
    """A grant. `usable`: the client knows that every lock behind it has learnt of it."""

    id: str
    person: str
    usable: bool


class RemoteLockPort(Protocol):
    """See the module. Every method may raise any RemoteLockError."""

    # ---- getting in

    def authorize_url(self) -> str:
        """Where the user signs in, in a browser."""
        ...

    def signed_in(self, code: str) -> None:
        """The browser has come back to the redirect URI with this code."""
        ...

    def resume(self) -> None:
        """This is another process of the client, and it has just been started: take up what the store has."""
        ...

    def user(self) -> User:
        """Whom the token speaks for."""
        ...

    # ---- looking

    def devices(self, per_page: int) -> Sequence[Device]:
        """All devices. `per_page` is what the caller thinks a good page."""
        ...

    def persons(self, everyone: bool) -> Sequence[Person]:
        """Whoever is or will be let in; with `everyone`, also those who were."""
        ...

    def person(self, id: str) -> Person:
        """One person."""
        ...

    def who(self, lock: str) -> Sequence[str]:
        """The ids of all persons who have been given access to a lock, by whichever way."""
        ...

    # ---- people

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        """A person for good."""
        ...

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        """A person from one instant to another, as the clock on the wall beside this lock shows them. Not yet granted."""
        ...

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        """Let a guest stay until another instant."""
        ...

    def end(self, person: str) -> bool:
        """The stay is over, and stays on record. → whether all locks are known to have forgotten the person."""
        ...

    def invite(self, guest: str) -> None:
        """The guest shall have the mail with the access instructions now."""
        ...

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        """Give access to this lock, door, group or location."""
        ...

    def access(self, person: str, access: str) -> Access:
        """How a grant stands now."""
        ...

    def revoke(self, person: str, access: str) -> bool:
        """Take a grant back. → whether all its locks are known to have forgotten the person."""
        ...

    def may_enter(self, person: str, lock: str) -> bool:
        """Whether this person might get in by that lock; False only when the client knows better."""
        ...

    # ---- locks

    def order(self, lock: str, to: Bolt) -> bool:
        """Lock or unlock. → whether the bolt is known to be there."""
        ...

    def bolt(self, lock: str) -> Bolt | None:
        """Where the bolt is, as far as the client knows; None when it does not."""
        ...

    def remove_local_pin(self, lock: str, pin: str) -> None:
        """Take away one PIN that was programmed at the keypad."""
        ...

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        """Register a lock that shall relock after so many seconds. → its id. `refresh` may finish it."""
        ...

    # ---- being told

    def subscribe(self, url: str) -> None:
        """Let RemoteLock tell this URL of everything that happens in the account."""
        ...

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        """This was POSTed to the client's URL. → the HTTP status that it answers."""
        ...

    def seen(self) -> Sequence[str]:
        """The ids of the events that the client has acted on, once for each time that it did."""
        ...

    def refresh(self) -> None:
        """What the client does unasked every now and then to stay true: polling, healing, finishing."""
        ...
