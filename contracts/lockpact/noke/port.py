"""What the pact asks of a client of Nokē Core: its calls, with typed results and typed errors.

A client has two parties. The *server side* has the private key and makes all calls except `/upload/`. The *phone side* has
the mobile key, goes to locks and fobs, delivers commands unchanged, and uploads the responses; it calls only `/upload/`.
The phone reaches devices by a `Radio`, which is `connection.nearby`:

    class MyAdapter:
        def __init__(self, connection: Connection) -> None:
            self.backend = MyBackend(connection.url, connection.credentials["api_key"])
            self.phone = Phone(connection)  # lockpact.noke.phone does what the mobile library does

        def unlock(self, lock: str, tracking_key: str) -> CommandResult:
            return self.phone.run(lock, lambda session: self.backend.unlock(lock, session, tracking_key))

`connection.credentials` has `api_key`, `mobile_api_key` (absent while the phone is not set up) and `api_version` (the
version to ask for in quick click calls; when it is absent, ask for none). Leave out methods that the client lacks. An
adapter only translates: it must not repair the client's mistakes.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

__all__ = [
    "Code",
    "CommandResult",
    "CredentialError",
    "CredentialStatus",
    "Delivered",
    "Event",
    "ItemResult",
    "LimitReached",
    "Lock",
    "NokeError",
    "NokePort",
    "NotLive",
    "OutOfReach",
    "PhoneNotReady",
    "Radio",
    "Refused",
    "Unavailable",
    "UnknownLock",
]


class NokeError(Exception):
    """The root of what a client may raise.

    NokeError
    ├── CredentialError   the server does not accept this key (error codes 2 and 6)
    ├── UnknownLock       the server has no such lock or fob (7)
    ├── NotLive           the server does not have this operation yet (5)
    ├── Refused           the server answered with another failure
    ├── Unavailable       no usable answer came; a later try may succeed
    ├── LimitReached      the request would exceed a limit of the document; nothing was sent
    ├── PhoneNotReady     the phone has no mobile key yet; nothing was sent
    └── OutOfReach        the lock or fob is out of the phone's reach
    """


class CredentialError(NokeError):
    """The server does not accept this key."""


class UnknownLock(NokeError):
    """The server has no such lock or fob."""


class NotLive(NokeError):
    """The server does not have this operation yet."""


class Refused(NokeError):
    """The server answered with another failure."""


class Unavailable(NokeError):
    """No usable answer came; a later try may succeed."""


class LimitReached(NokeError):
    """The request would exceed a limit of the document; nothing was sent."""


class PhoneNotReady(NokeError):
    """The phone has no mobile key yet, so a lock's responses would be lost; nothing was sent."""


class OutOfReach(NokeError):
    """The lock or fob is out of the phone's reach."""


class CredentialStatus(enum.Enum):
    """The status of a credential *on the lock*, which decides whether it opens."""

    PENDING = "issued, but not yet on the lock: it does not open"
    ACTIVE = "on the lock: it opens"
    REVOKED = "revoked on the server, but still on the lock: it opens"
    GONE = "no longer on the lock: it does not open"


@dataclass(frozen=True)
class ItemResult:
    """The result for one part of a request: one code, one tracking key, or (without `name`) one lock."""

    lock: str
    name: str
    ok: bool
    reason: str = ""
    """Why it failed."""


@dataclass(frozen=True)
class CommandResult:
    """The result of commands. `done`: the lock or fob took them; `acknowledged`: the server has its responses."""

    done: bool
    acknowledged: bool


@dataclass(frozen=True)
class Lock:
    """A lock as its server knows it."""

    mac: str
    ready: bool
    """Set up: server and lock have the same keys."""
    synced: bool
    """Nothing waits to be synced."""
    battery_percent: int
    """0 to 100."""


@dataclass(frozen=True)
class Code:
    """A quick click of one lock, with `uses` left of `start_uses`; 255 is unlimited."""

    code: str
    uses: int
    start_uses: int
    status: CredentialStatus


@dataclass(frozen=True)
class Event:
    """An event at a lock, between `earliest` and `latest` (aware datetimes; equal when the time is known)."""

    lock: str
    action: str
    earliest: datetime
    latest: datetime
    tracking_key: str


@dataclass(frozen=True)
class Delivered:
    """What a lock or fob did with commands, and its responses for the server."""

    done: bool
    responses: Sequence[str] = field(repr=False)


class Radio(Protocol):
    """A phone's radio to locks and fobs. Every method raises OutOfReach when the device is out of reach."""

    def wake(self, mac: str) -> str:
        """Wake a lock (or squeeze a fob). Return its new session: 40 hex digits."""
        ...

    def deliver(self, mac: str, commands: str) -> Delivered:
        """Deliver commands, exactly as the server answered them."""
        ...

    def offline_unlock(self, mac: str, offline_key: str, unlock_command: str) -> Delivered:
        """Unlock with a stored key."""
        ...

    def download_firmware(self, mac: str) -> bytes:
        """Download the firmware file for this lock, which takes time."""
        ...

    def upload_firmware(self, mac: str, file: bytes) -> bool:
        """Send the file to the lock. Return whether the lock was in update mode and took it."""
        ...


class NokePort(Protocol):
    """The calls of a client. `lock` and `fob` are MAC addresses. Every method may raise a NokeError."""

    def locks(self) -> Sequence[Lock]:
        """Return all locks of the company on this server."""
        ...

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        """Unlock a lock within the phone's reach. This also sets up a new or reset lock."""
        ...

    def unshackle(self, lock: str, tracking_key: str) -> CommandResult:
        """Unlock a lock within the phone's reach, and let its shackle come out."""
        ...

    def lock_up(self, lock: str) -> None:
        """Make sure that an unlocked lock locks: some must be told to, others engage by themselves."""
        ...

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[ItemResult]:
        """Set whether these locks stay unlocked until told to engage. Return a result for each lock."""
        ...

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        """Issue offline keys for the phones of these people. The phone stores them. Return a result for each lock and key."""
        ...

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        """Revoke offline keys. Return a result for each lock and tracking key."""
        ...

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        """Return a lock's offline keys as the client shows them, by tracking key. A revoked one stays until it is GONE."""
        ...

    def offline_unlock(self, lock: str, tracking_key: str) -> CommandResult:
        """Unlock a lock with the stored key, without the server."""
        ...

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        """Issue quick clicks, or change their uses (code → uses). Return a result for each code."""
        ...

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[ItemResult]:
        """Revoke quick clicks. Return a result for each code."""
        ...

    def codes(self, lock: str) -> Sequence[Code]:
        """Return a lock's quick clicks as the client shows them: all that are not GONE."""
        ...

    def issue_fob(self, fob: str, locks: Sequence[str], tracking_key: str) -> Sequence[ItemResult]:
        """Give a fob credentials for these locks. Return a result for each lock."""
        ...

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        """Revoke these locks from a fob, and sync those that the phone reaches. Return the status for each lock."""
        ...

    def sync_fob(self, fob: str) -> CommandResult:
        """Sync a fob within the phone's reach."""
        ...

    def fob(self, fob: str) -> Mapping[str, CredentialStatus]:
        """Return a fob's credentials as the client shows them, by lock."""
        ...

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        """Restore access after the keys of this lock were reset. The phone reaches the lock and these fobs."""
        ...

    def update_firmware(self, lock: str) -> bool:
        """Update the firmware of a lock within the phone's reach. Return whether the lock took it."""
        ...

    def activity(self, lock: str) -> Sequence[Event]:
        """Return what has happened at a lock, as far as the server knows."""
        ...

    def refresh(self) -> None:
        """Do what the phone does from time to time by itself. May raise."""
        ...
