"""The port of a Nuki client: the methods by which the pact drives it, with typed results and typed errors.

An adapter is a class with any of these methods, `def` or `async def`. It is constructed with a `lockpact.Connection`:

    class MyAdapter:
        def __init__(self, connection: Connection) -> None:
            token = connection.credentials.get("token")
            self.bridge = MyBridge(connection.host, connection.port, token=token)

        def lock_state(self, lock: int) -> LockState: ...

`connection.credentials` has `token`, unless the client is to get one by /auth. `login` is "hashed" where a bridge of a later
firmware takes hashed tokens; a client that has them may then send them in place of the plain one.

An adapter translates and does nothing else: it must not repair what the client gets wrong. Leave out the methods that
the client does not have.
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
    """The root of the errors that a client may raise.

    NukiError
    ├── CredentialError   the token is missing or wrong, or the API is not enabled
    ├── Disabled          /auth is disabled
    ├── UnknownLock       no paired Smart Lock has this id
    ├── Unavailable       the bridge or the lock cannot be reached now; trying later may help
    ├── Failed            the bridge answered that the operation did not succeed
    ├── BadCallback       the URL cannot be a callback
    ├── NoFreeSlot        three callbacks are registered already
    └── NotSupported      the bridge does not have this operation
    """


class CredentialError(NukiError):
    """The token is missing or wrong, or the API is not enabled."""


class Disabled(NukiError):
    """/auth is disabled."""


class UnknownLock(NukiError):
    """No paired Smart Lock has this id."""


class Unavailable(NukiError):
    """The bridge or the lock cannot be reached now; trying later may help."""


class Failed(NukiError):
    """The bridge answered that the operation did not succeed."""


class BadCallback(NukiError):
    """The URL cannot be a callback."""


class NoFreeSlot(NukiError):
    """Three callbacks are registered already."""


class NotSupported(NukiError):
    """The bridge does not have this operation."""


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
        """Return the state with this number; UNKNOWN for a number that the document does not list."""
        known = {state.value: state for state in cls if state is not cls.UNKNOWN}
        return known.get(number, cls.UNKNOWN) if type(number) is int else cls.UNKNOWN

    @property
    def moving(self) -> bool:
        """Whether the motor is running, so that the state is not final."""
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
        """Whether the action opens the door. Such an action must not be repeated blindly."""
        return self is not Action.LOCK


class Maintenance(enum.Enum):
    """The maintenance operations of the hardware bridge, by their paths."""

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
    """A paired lock with its last known state."""

    id: int
    name: str
    state: State
    battery_critical: bool


@dataclass(frozen=True)
class Done:
    """The result of an action that the bridge accepted."""

    completed: bool
    """Whether the client knows that the motor has finished, not only that it has started."""
    battery_critical: bool


@dataclass(frozen=True)
class Found:
    """A bridge that discovery returned."""

    id: int
    address: tuple[str, int] | None
    """Host and port; None for a bridge that does not publish its address."""


class NukiPort(Protocol):
    """The methods of an adapter. `lock` is a nukiId. Every method may raise any `NukiError`."""

    def authorize(self) -> str | None:
        """Get the token while someone goes to press the button, and use it from then on.

        Returns:
            The token; None if nobody pressed the button.
        """
        ...

    def list_locks(self) -> Sequence[Lock]:
        """Return all paired locks."""
        ...

    def lock_state(self, lock: int) -> LockState:
        """Return the *present* state of a lock. Raises Unavailable if it cannot be read."""
        ...

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        """Start an action; with `wait`, return when it is done."""
        ...

    def believed_state(self, lock: int) -> State | None:
        """Return what the client would show for this lock now; None or UNKNOWN if it does not know. It may read first."""
        ...

    def on_callback(self, body: bytes) -> None:
        """Handle a body that the bridge has POSTed to the client's callback URL."""
        ...

    def refresh(self) -> None:
        """Do what the client does regularly to keep its state current (polling)."""
        ...

    def register_callback(self, url: str) -> None:
        """Register this URL as a callback."""
        ...

    def unregister_callback(self, url: str) -> None:
        """Remove this URL from the bridge's callbacks."""
        ...

    def discover(self) -> Sequence[Found]:
        """Return the bridges that the Nuki server knows in this network."""
        ...

    def unpair(self, lock: int) -> None:
        """Remove the pairing with a lock."""
        ...

    def maintain(self, task: Maintenance) -> None:
        """Run a maintenance operation."""
        ...
