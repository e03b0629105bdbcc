"""pynuki 1.6.3 behind Lockpact's Nuki port:  lockpact check nuki --adapter pynuki_adapter:PynukiAdapter

It only translates what pynuki returns and raises. It does not use the objects of `bridge.locks`: pynuki creates them by
`deviceType`, which a bridge of v1.6 does not send.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pynuki import NukiBridge
from pynuki.bridge import InvalidCredentialsException
from requests import HTTPError, RequestException

from lockpact import Connection
from lockpact.nuki.port import (
    Action,
    BadCallback,
    CredentialError,
    Disabled,
    Done,
    Failed,
    Lock,
    LockState,
    State,
    Unavailable,
    UnknownLock,
)

ERRORS = {400: BadCallback, 401: CredentialError, 403: Disabled, 404: UnknownLock, 503: Unavailable}


@contextmanager
def translated() -> Iterator[None]:
    try:
        yield
    except InvalidCredentialsException as error:
        raise CredentialError(str(error)) from error
    except HTTPError as error:
        raise ERRORS.get(error.response.status_code, Failed)(str(error)) from error
    except RequestException as error:
        raise Unavailable(str(error)) from error


class PynukiAdapter:
    def __init__(self, connection: Connection) -> None:
        with translated():
            self.bridge = NukiBridge(
                connection.host, connection.credentials.get("token"), connection.port, secure=False
            )

    def authorize(self) -> str | None:
        with translated():
            answer = self.bridge.auth()
            if not answer["success"]:
                return None
            self.bridge.token = answer["token"]
            return answer["token"]

    def list_locks(self) -> list[Lock]:
        with translated():
            locks = [(lock, lock.get("lastKnownState") or {}) for lock in self.bridge.list()]
            return [
                Lock(lock["nukiId"], lock["name"], State.of(known.get("state")), bool(known.get("batteryCritical")))
                for lock, known in locks
            ]

    def lock_state(self, lock: int) -> LockState:
        with translated():
            answer = self.bridge.lock_state(lock)
            if not answer["success"]:
                raise Unavailable("success: false")
            return LockState(State.of(answer.get("state")), answer.get("batteryCritical"))

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        with translated():
            answer = self.bridge.lock_action(lock, action.value, block=wait)
            if not answer["success"]:
                raise Failed("success: false")
            return Done(completed=wait, battery_critical=answer["batteryCritical"])

    def register_callback(self, url: str) -> None:
        with translated():
            if not self.bridge.callback_add(url)["success"]:
                raise Failed("success: false")

    def unregister_callback(self, url: str) -> None:
        with translated():
            for callback in self.bridge.callback_list()["callbacks"]:
                if callback["url"] == url and not self.bridge.callback_remove(callback["id"])["success"]:
                    raise Failed("success: false")

    def unpair(self, lock: int) -> None:
        with translated():
            if not self.bridge.unpair(lock)["success"]:
                raise Failed("success: false")
