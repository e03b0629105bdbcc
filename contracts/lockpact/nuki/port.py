"""What a Nuki client can do, as the pact drives it: one method for each thing, typed results, typed errors.

An adapter is a class with any of these methods, `def` or `async def`. It is constructed with a `lockpact.Connection`:

    class MyAdapter:
        def __init__(self, connection: Connection) -> None:
            token = connection.credentials.get("token")
            self.bridge = MyBridge(connection.host, connection.port, token=token)

        def lock_state(self, lock: int) -> LockState: ...

It translates, and no more: what the client gets wrong must stay wrong. Methods that the client lacks are left out.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = [
    "Action",
    "BadCallback",
    "CredentialError",
    "Disabled",
    "Done",
    "Failed",
    "Found",
    "Lock",
    "LockState",
    "Maintenance",
    "NoFreeSlot",
    "NotSupported",
    "NukiError",
    "NukiPort",
    "State",
    "Unavailable",
    "UnknownLock",
]


class NukiError(Exception):
    """The root of what a client may raise.

    NukiError
    ├── CredentialError   the token is missing or wrong, or the API is off
    ├── Disabled          /auth is switched off
    ├── UnknownLock       no paired Smart Lock has this id
    ├── Unavailable       the bridge or the lock cannot be reached now; trying later may help
    ├── Failed            the bridge was reached, and says that it did not work
    ├── BadCallback       this URL cannot be a callback
    ├── NoFreeSlot        three callbacks are registered already
    └── NotSupported      this bridge cannot do that at all
    """


class CredentialError(NukiError):
    """The token is missing or wrong, or the API is off."""


class Disabled(NukiError):
    """/auth is switched off."""


class UnknownLock(NukiError):
    """No paired Smart Lock has this id."""


class Unavailable(NukiError):
    """The bridge or the lock cannot be reached now; trying later may help."""


class Failed(NukiError):
    """The bridge was reached, and says that it did not work."""


class BadCallback(NukiError):
    """This URL cannot be a callback."""


class NoFreeSlot(NukiError):
    """Three callbacks are registered already."""


class NotSupported(NukiError):
    """This bridge cannot do that at all."""


class State(enum.Enum):
    """The document's ten lock states by their numbers, and `UNKNOWN` for every other number."""

    UNCALIBRATED = 0
    LOCKED = 1
    UNLOCKING = 2
    UNLOCKED = 3
    LOCKING = 4
    UNLATCHED = 5
    UNLOCKED_LOCK_N_GO = 6
    UNLATCHING = 7
    MOTOR_BLOCKED = 254
    UNDEFINED = 255
    UNKNOWN = -1

    @classmethod
    def of(cls, number: object) -> State:
        """The state of this number; UNKNOWN for all that the document does not list."""
        known = {state.value: state for state in cls if state is not cls.UNKNOWN}
        return known.get(number, cls.UNKNOWN) if type(number) is int else cls.UNKNOWN

    @property
    def moving(self) -> bool:
        """Whether the motor is at work: such a state is not the last one."""
        return self in (State.UNLOCKING, State.LOCKING, State.UNLATCHING)


class Action(enum.Enum):
    """The document's five lock actions by their codes."""

    UNLOCK = 1
    LOCK = 2
    UNLATCH = 3
    LOCK_N_GO = 4
    LOCK_N_GO_UNLATCH = 5

    @property
    def opens(self) -> bool:
        """Whether it lets somebody in: done twice it may do so twice."""
        return self is not Action.LOCK


class Maintenance(enum.Enum):
    """What the hardware bridge alone can do beside its work, by its path."""

    CLEAR_LOG = "/clearlog"
    UPDATE = "/fwupdate"
    REBOOT = "/reboot"
    FACTORY_RESET = "/factoryReset"


@dataclass(frozen=True)
class LockState:
    """The present state of a lock."""

    state: State
    battery_critical: bool


@dataclass(frozen=True)
class Lock:
    """A paired lock as the bridge last knew it."""

    id: int
    name: str
    state: State
    battery_critical: bool


@dataclass(frozen=True)
class Done:
    """An action that was taken. `completed`: the client knows that the motor is done, not only that it was told."""

    completed: bool
    battery_critical: bool


@dataclass(frozen=True)
class Found:
    """A bridge that discovery told of. `address`: host and port, or None for one that cannot be reached."""

    id: int
    address: tuple[str, int] | None


class NukiPort(Protocol):
    """See the module. Locks are named by their nukiId. Every method may raise any `NukiError`."""

    def authorize(self) -> str | None:
        """Ask for the token while somebody goes to press the button. → the token; None when nobody pressed.

        The client uses the token from then on.
        """
        ...

    def list_locks(self) -> Sequence[Lock]:
        """All paired locks."""
        ...

    def lock_state(self, lock: int) -> LockState:
        """The *present* state of a lock; Unavailable when it cannot be told."""
        ...

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        """Let the motor do this; with `wait`, come back when it is done."""
        ...

    def believed_state(self, lock: int) -> State | None:
        """What the client would show for this lock now; None or UNKNOWN when it does not know. It may look first."""
        ...

    def on_callback(self, body: bytes) -> None:
        """The bridge has POSTed this to the client's callback URL."""
        ...

    def refresh(self) -> None:
        """What the client does unasked every now and then to stay true (polling). It may raise."""
        ...

    def register_callback(self, url: str) -> None:
        """Let the bridge call back at this URL."""
        ...

    def unregister_callback(self, url: str) -> None:
        """Let the bridge no longer call back at this URL."""
        ...

    def discover(self) -> Sequence[Found]:
        """The bridges that the Nuki server knows in this network."""
        ...

    def unpair(self, lock: int) -> None:
        """Remove a pairing."""
        ...

    def maintain(self, task: Maintenance) -> None:
        """Do this to the bridge."""
        ...
