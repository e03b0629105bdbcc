"""What a product on Nokē Core can do, as the pact drives it: its server and its phones, typed results, typed errors.

Two parties are one client here. The *server side* has the private key, and asks everything but `/upload/`. The *phone
side* has the mobile key, stands at locks and fobs, takes commands there as they came, and uploads what they answer; it
asks nothing but `/upload/`. Between phone and hardware is a `Radio`, which the pact hands over as `site.nearby`:

    class MyAdapter:
        def __init__(self, site: Site) -> None:
            self.backend = MyBackend(site.url, site.credentials["api_key"])
            self.phone = Phone(site)  # lockpact.noke.phone: the mobile library's part, for whoever has none of it here

        def unlock(self, lock: str, tracking_key: str) -> Opened:
            return self.phone.run(lock, lambda session: self.backend.unlock(lock, session, tracking_key))

`site.credentials` has `api_key`, `mobile_api_key` (it may be missing: the phone is not set up yet) and `api_version`
(what to ask of quick clicks; missing: nothing is asked). Methods that the client lacks are left out. It translates,
and no more: what the client gets wrong must stay wrong.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

__all__ = [
    "Code",
    "CredentialError",
    "Delivered",
    "Event",
    "Item",
    "LimitReached",
    "Lock",
    "NokeError",
    "NokePort",
    "NotLive",
    "Opened",
    "OutOfReach",
    "PhoneNotReady",
    "Radio",
    "Refused",
    "Standing",
    "Unavailable",
    "UnknownLock",
]


class NokeError(Exception):
    """The root of what a client may raise.

    NokeError
    ├── CredentialError   the server does not take this key (error codes 2 and 6)
    ├── UnknownLock       the server has no such lock, or fob (7)
    ├── NotLive           the server does not have this operation yet (5)
    ├── Refused           the server was reached, and says failure
    ├── Unavailable       no answer came, or none that tells anything; trying later may help
    ├── LimitReached      it would break a limit of the document; nothing was sent
    ├── PhoneNotReady     the phone has no mobile key yet; nothing was sent
    └── OutOfReach        the phone does not stand at this lock or fob
    """


class CredentialError(NokeError):
    """The server does not take this key."""


class UnknownLock(NokeError):
    """The server has no such lock, or fob."""


class NotLive(NokeError):
    """The server does not have this operation yet."""


class Refused(NokeError):
    """The server was reached, and says failure."""


class Unavailable(NokeError):
    """No answer came, or none that tells anything; trying later may help."""


class LimitReached(NokeError):
    """It would break a limit of the document; nothing was sent."""


class PhoneNotReady(NokeError):
    """The phone has no mobile key yet, so that what a lock answers would be lost; nothing was sent."""


class OutOfReach(NokeError):
    """The phone does not stand at this lock or fob."""


class Standing(enum.Enum):
    """Where a credential stands *at the lock*, which is what counts for whoever holds it."""

    PENDING = "issued, and not yet on the lock: it does not open"
    ACTIVE = "on the lock: it opens"
    REVOKED = "revoked on the server, and still on the lock: it opens"
    GONE = "no longer on the lock: it does not open"


@dataclass(frozen=True)
class Item:
    """What became of one part of a request: of one code, of one tracking key, or (no `name`) of one lock."""

    lock: str
    name: str
    ok: bool
    said: str = ""
    """Why not."""


@dataclass(frozen=True)
class Opened:
    """What became of commands: `done` by the lock or fob; `acknowledged`: the server knows its answer."""

    done: bool
    acknowledged: bool


@dataclass(frozen=True)
class Lock:
    """A lock as its server knows it."""

    mac: str
    ready: bool
    """Set up: server and lock have the same keys."""
    in_step: bool
    """Nothing waits to be synchronized."""
    battery_percent: int
    """0 to 100."""


@dataclass(frozen=True)
class Code:
    """A quick click of one lock. `uses` are left, of `start_uses`; 255 is for ever."""

    code: str
    uses: int
    start_uses: int
    standing: Standing


@dataclass(frozen=True)
class Event:
    """Something that happened at a lock, at a time from `earliest` to `latest` (aware; equal when exactly known)."""

    lock: str
    action: str
    earliest: datetime
    latest: datetime
    tracking_key: str


@dataclass(frozen=True)
class Delivered:
    """What a lock or fob did with what it was told, and what it answers the server."""

    done: bool
    responses: Sequence[str] = field(repr=False)


class Radio(Protocol):
    """What a phone reaches over the air. Everything raises OutOfReach when the phone does not stand there."""

    def wake(self, mac: str) -> str:
        """Wake a lock (or squeeze a fob). → its session: 40 hex digits, another each time."""
        ...

    def deliver(self, mac: str, commands: str) -> Delivered:
        """Hand over commands, as the server gave them."""
        ...

    def offline_unlock(self, mac: str, offline_key: str, unlock_command: str) -> Delivered:
        """Unlock with a stored key."""
        ...

    def download_firmware(self, mac: str) -> bytes:
        """Get the file for this lock from the network, which takes its time."""
        ...

    def upload_firmware(self, mac: str, file: bytes) -> bool:
        """Send the file. → whether the lock was in its update mode and took it."""
        ...


class NokePort(Protocol):
    """See the module. `lock` and `fob` are MAC addresses. Every method may raise a NokeError."""

    def locks(self) -> Sequence[Lock]:
        """All locks of the company on this server."""
        ...

    def unlock(self, lock: str, tracking_key: str) -> Opened:
        """Open a lock that the phone stands at. A new or reset one is set up by this."""
        ...

    def unshackle(self, lock: str, tracking_key: str) -> Opened:
        """Free the shackle of a lock that the phone stands at."""
        ...

    def lock_up(self, lock: str) -> None:
        """See to it that a lock, opened before, is locked: some must be told, others do it by themselves."""
        ...

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[Item]:
        """Whether these locks stay open until they are told. → for each lock."""
        ...

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[Item]:
        """Offline keys for the phones of these people; the phone keeps them. → for each lock and tracking key."""
        ...

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[Item]:
        """Take them back. → for each lock and tracking key."""
        ...

    def keys(self, lock: str) -> Mapping[str, Standing]:
        """What the client shows of a lock's offline keys, by tracking key. One that it revoked stays till it is GONE."""
        ...

    def offline_unlock(self, lock: str, tracking_key: str) -> Opened:
        """Open a lock with the stored key, without asking the server."""
        ...

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[Item]:
        """Issue quick clicks, or change their uses: code → uses. → for each code."""
        ...

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[Item]:
        """Take quick clicks back. → for each code."""
        ...

    def codes(self, lock: str) -> Sequence[Code]:
        """What the client shows of a lock's quick clicks: all that are not GONE."""
        ...

    def issue_fob(self, fob: str, locks: Sequence[str], tracking_key: str) -> Sequence[Item]:
        """Let a fob open these locks. → for each lock."""
        ...

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, Standing]:
        """Take these locks from a fob, so that it opens them no longer where the phone can see to it. → for each lock."""
        ...

    def sync_fob(self, fob: str) -> Opened:
        """Bring a fob that the phone stands at up to date."""
        ...

    def fob(self, fob: str) -> Mapping[str, Standing]:
        """What the client shows of the locks of a fob."""
        ...

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        """The keys of this lock were reset. The phone stands at it and at these fobs: make everything open again."""
        ...

    def update_firmware(self, lock: str) -> bool:
        """Bring new firmware to a lock that the phone stands at. → whether it took it."""
        ...

    def activity(self, lock: str) -> Sequence[Event]:
        """What has happened at a lock, as far as the server knows."""
        ...

    def refresh(self) -> None:
        """What the phone does unasked every now and then. It may raise."""
        ...
