"""Client mutants: the reference client with one error that real clients make."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.nuki.port import (
    Action,
    CredentialError,
    Disabled,
    Done,
    Failed,
    Found,
    Lock,
    LockState,
    Maintenance,
    NukiError,
    State,
    Unavailable,
    UnknownLock,
)
from lockpact.nuki.reference import DISCOVERY, Reference
from tests.nuki.pact.mutants import client

# ---- authorization


@client("NK-AUTH-1")
class TenSecondTimeout(Reference):
    """Waits for /auth no longer than for anything else."""

    def authorize(self) -> str | None:
        answer = self._object(self._once("/auth", 10.0))
        self._token = answer.get("token")
        return self._token


@client("NK-AUTH-1")
class GivesUpAfterAWhile(Reference):
    """Gives up after 25 s and says that nobody pressed the button."""

    def authorize(self) -> str | None:
        try:
            return str(self._object(self._once("/auth", 25.0)).get("token", "")) or None
        except Unavailable:
            return None


@client("NK-AUTH-1")
class DropsTheToken(Reference):
    """Keeps its old token, whatever /auth answers."""

    def authorize(self) -> str | None:
        before = self._token
        super().authorize()
        self._token = before
        return before if before != "" else None


@client("NK-AUTH-2")
class ForbiddenIsNotPressed(Reference):
    """Takes the 403 for a button that nobody pressed."""

    def authorize(self) -> str | None:
        try:
            return super().authorize()
        except Disabled:
            return None


@client("NK-AUTH-2")
class NotPressedIsDisabled(Reference):
    """Raises Disabled when nobody pressed the button."""

    def authorize(self) -> str | None:
        token = super().authorize()
        if token is None:
            raise Disabled("the bridge gave no token")
        return token


@client("NK-AUTH-2")
class HammersAuth(Reference):
    """Calls a disabled /auth again and again."""

    def authorize(self) -> str | None:
        for _ in range(10):
            try:
                return super().authorize()
            except Disabled:
                time.sleep(1)
        return super().authorize()


@client("NK-AUTH-3")
class UnauthorizedIsUnavailable(Reference):
    """Takes a 401 for a network problem."""

    @staticmethod
    def _error_of(path: str, status: int) -> NukiError:
        return Unavailable(f"{path}: HTTP {status}") if status == 401 else Reference._error_of(path, status)


@client("NK-AUTH-3")
class UnauthorizedIsEmpty(Reference):
    """Shows an empty list when the token is refused."""

    def list_locks(self) -> Sequence[Lock]:
        try:
            return super().list_locks()
        except CredentialError:
            return []


@client("NK-AUTH-3")
class RetriesARefusedToken(Reference):
    """Retries with the same refused token."""

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        for _ in range(5):
            try:
                return super()._once(path, timeout, **params)
            except CredentialError:
                time.sleep(1)
        return super()._once(path, timeout, **params)


# ---- reading


class _Reads(Reference):
    """Reads states in another way, which `read_as` defines."""

    def read_as(self, number: Any, name: Any) -> State:
        raise NotImplementedError

    def lock_state(self, lock: int) -> LockState:
        answer = self._object(self._ask("/lockState", nukiId=lock))
        if not answer.get("success"):
            raise Unavailable("no state")
        self._believed[lock] = self.read_as(answer.get("state"), answer.get("stateName"))
        return LockState(self._believed[lock], bool(answer.get("batteryCritical")))


@client("NK-STATE-1")
class LockNGoIsUnlocked(_Reads):
    """Shows lock 'n' go as unlocked."""

    def read_as(self, number: Any, name: Any) -> State:
        return State.UNLOCKED if number == 6 else State.of(number)


@client("NK-STATE-1")
class UnknownNumberIsLocked(_Reads):
    """Shows every unknown number as locked."""

    def read_as(self, number: Any, name: Any) -> State:
        state = State.of(number)
        return State.LOCKED if state is State.UNKNOWN else state


@client("NK-STATE-1")
class UnknownNumberIsUndefined(_Reads):
    """Shows every unknown number as the document's undefined."""

    def read_as(self, number: Any, name: Any) -> State:
        state = State.of(number)
        return State.UNDEFINED if state is State.UNKNOWN else state


@client("NK-STATE-1")
class BlockedIsUndefined(_Reads):
    """Shows a blocked motor as undefined."""

    def read_as(self, number: Any, name: Any) -> State:
        return State.UNDEFINED if number == 254 else State.of(number)


@client("NK-STATE-1")
class TrustsTheName(_Reads):
    """Reads the state from stateName."""

    def read_as(self, number: Any, name: Any) -> State:
        names = {state.name.lower().replace("_", " "): state for state in State}
        return names.get(str(name), State.of(number))


@client("NK-STATE-2")
class PresentStateFromTheList(Reference):
    """Answers from /list when asked for the present state."""

    def lock_state(self, lock: int) -> LockState:
        for one in self.list_locks():
            if one.id == lock:
                self._believed[lock] = one.state
                return LockState(one.state, one.battery_critical)
        raise UnknownLock("not in the list")


class _KeepsLastReading(Reference):
    """Returns its last reading after an error."""

    returns_it_after: type[NukiError] = Unavailable

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._last: dict[int, LockState] = {}

    def lock_state(self, lock: int) -> LockState:
        try:
            self._last[lock] = super().lock_state(lock)
        except self.returns_it_after:
            if lock not in self._last:
                raise
        return self._last[lock]


@client("NK-STATE-2")
class OfflineIsAsBefore(_KeepsLastReading):
    """Returns its last reading when the lock is offline."""


@client("NK-STATE-2")
class FailureIsAsBefore(Reference):
    """Ignores `success: false` and returns its last reading."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._last: dict[int, Any] = {}

    def lock_state(self, lock: int) -> LockState:
        self._believed.pop(lock, None)
        answer = self._object(self._ask("/lockState", nukiId=lock))
        if "state" not in answer and lock not in self._last:
            raise Unavailable("no state")
        self._last[lock] = answer = answer if "state" in answer else self._last[lock]
        self._believed[lock] = State.of(answer["state"])
        return LockState(self._believed[lock], bool(answer.get("batteryCritical")))


@client("NK-STATE-3")
class LockingIsLocked(_Reads):
    """Shows locking as locked."""

    def read_as(self, number: Any, name: Any) -> State:
        return State.LOCKED if number == 4 else State.of(number)


@client("NK-STATE-3")
class UnlockingIsUnlocked(_Reads):
    """Shows unlocking as unlocked, and unlatching as unlatched."""

    def read_as(self, number: Any, name: Any) -> State:
        return {2: State.UNLOCKED, 7: State.UNLATCHED}.get(number, State.of(number))


@client("NK-ID-1")
class UnknownLockIsUnavailable(Reference):
    """Takes an unknown lock for one that is offline."""

    @staticmethod
    def _error_of(path: str, status: int) -> NukiError:
        return Unavailable(f"{path}: HTTP {status}") if status == 404 else Reference._error_of(path, status)


@client("NK-ID-1")
class UnknownLockIsUndefined(Reference):
    """Shows an unknown lock as undefined."""

    def lock_state(self, lock: int) -> LockState:
        try:
            return super().lock_state(lock)
        except UnknownLock:
            return LockState(State.UNDEFINED, battery_critical=False)


@client("NK-BATT-1")
class DropsTheBattery(Reference):
    """Reports no critical batteries in the list."""

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        lock = Reference._lock(entry)
        return Lock(lock.id, lock.name, lock.state, battery_critical=False)


@client("NK-BATT-1")
class BatteryOnlyFromTheList(Reference):
    """Reports no critical batteries in the state."""

    def lock_state(self, lock: int) -> LockState:
        return LockState(super().lock_state(lock).state, battery_critical=False)


# ---- acting


@client("NK-ACT-1")
class IgnoresSuccess(Reference):
    """Takes HTTP 200 for success."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        try:
            return super()._act_once(lock, action, wait=wait)
        except Failed:
            return Done(completed=wait, battery_critical=False)


@client("NK-ACT-1")
class FailureIsUnavailable(Reference):
    """Takes `success: false` for a network problem and retries."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        try:
            return super()._act_once(lock, action, wait=wait)
        except Failed as failed:
            raise Unavailable(str(failed)) from failed


@client("NK-ACT-2")
class NeverRetries(Reference):
    """Gives up at the first 503."""

    def _ask(self, path: str, **params: Any) -> Any:
        return self._once(path, **params)


@client("NK-ACT-2")
class RetriesForEver(Reference):
    """Retries until it works."""

    def _ask(self, path: str, **params: Any) -> Any:
        while True:
            try:
                return self._once(path, **params)
            except Unavailable:
                time.sleep(0.5)


@client("NK-ACT-2")
class OpensAgainBlindly(Reference):
    """Repeats every action whose answer was lost."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        for _ in range(2):
            try:
                return self._act_once(lock, action, wait=wait)
            except Unavailable:
                time.sleep(1)
        return self._act_once(lock, action, wait=wait)


@client("NK-ACT-2")
class OpensAgainAfterAFailedLook(Reference):
    """Repeats an opening action when it could not read the lock."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        self._believed.pop(lock, None)
        try:
            return self._act_once(lock, action, wait=wait)
        except Unavailable:
            time.sleep(1)
        try:
            present = self.lock_state(lock)
            if action.opens and present.state is not State.LOCKED:
                return self._was_done(lock, action, present)
        except Unavailable:
            pass
        return self._act_once(lock, action, wait=wait)


class _Sends(Reference):
    """Sends another action, or to another lock."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        raise NotImplementedError

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        return super()._act_once(*self.sends(lock, action), wait=wait)


@client("NK-ACT-3")
class UnlatchUnlocks(_Sends):
    """Sends unlock for unlatch."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        return lock, Action.UNLOCK if action is Action.UNLATCH else action


@client("NK-ACT-3")
class GoWithoutUnlatch(_Sends):
    """Sends lock 'n' go for lock 'n' go with unlatch."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        return lock, Action.LOCK_N_GO if action is Action.LOCK_N_GO_UNLATCH else action


@client("NK-ACT-3")
class LockUnlocks(_Sends):
    """Counts the actions from zero, and so unlocks in place of locking."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        return lock, Action(max(action.value - 1, 1))


@client("NK-ACT-3")
class ActsOnAnotherLock(_Sends):
    """Acts on the first lock of the list, whichever was asked for."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        locks = self.list_locks()
        return locks[0].id if locks else lock, action


@client("NK-ACT-4")
class NoWaitIsDone(Reference):
    """Reports completed when the action was accepted."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        done = super().act(lock, action, wait)
        return Done(completed=True, battery_critical=done.battery_critical)


@client("NK-ACT-4")
class BelievesInItsOrders(Reference):
    """Shows the requested state as soon as the action was accepted."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        done = super().act(lock, action, wait)
        self._believed[lock] = State.LOCKED if action is Action.LOCK else State.UNLOCKED
        return done


# ---- callbacks


@client("NK-CB-1")
class RegistersUnencoded(Reference):
    """Puts the URL into the query without encoding it."""

    def register_callback(self, url: str) -> None:
        if url in self._callbacks() or len(self._callbacks()) >= 3:
            super().register_callback(url)
            return
        self._send(f"{self._url}/callback/add?token={self._token}&url={url}", None, 10)  # type: ignore[arg-type]


@client("NK-CB-1")
class RegistersEveryTime(Reference):
    """Registers a URL that may be registered already."""

    def register_callback(self, url: str) -> None:
        try:
            super().register_callback(url)
        finally:
            if url.startswith("http:") and len(url) < 254:
                self._ask("/callback/add", url=url)


@client("NK-CB-1")
class IgnoresAFullHouse(Reference):
    """Ignores the answer of /callback/add."""

    def register_callback(self, url: str) -> None:
        self._ask("/callback/add", url=url)


@client("NK-CB-1")
class IgnoresABadUrl(Reference):
    """Silently skips a URL that cannot be a callback."""

    def register_callback(self, url: str) -> None:
        if url.startswith("http:") and len(url) <= 254:
            super().register_callback(url)


@client("NK-CB-1")
class NeverFreesItsSlot(Reference):
    """Never removes its callback."""

    def unregister_callback(self, url: str) -> None:
        self._callbacks()


@client("NK-CB-4")
class RemovesId0(Reference):
    """Assumes that its callback has the id 0."""

    def unregister_callback(self, url: str) -> None:
        super().unregister_callback(url)
        if 0 in self._callbacks().values():
            self._ask("/callback/remove", id=0)


@client("NK-CB-4")
class RemovesThemAll(Reference):
    """Removes all callbacks to make room for its own."""

    def register_callback(self, url: str) -> None:
        registered = self._callbacks()
        if url not in registered and len(registered) >= 3:
            for slot in registered.values():
                self._ask("/callback/remove", id=slot)
        super().register_callback(url)


@client("NK-CB-2")
class TrustsWhatIsPushed(Reference):
    """Shows the state of a callback."""

    def on_callback(self, body: bytes) -> None:
        document = json.loads(body)
        self._believed[document["nukiId"]] = State.of(document["state"])


@client("NK-CB-2")
class TrustsTheFirstPush(Reference):
    """Ignores a second callback of a lock within a minute."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._received: dict[int, float] = {}

    def on_callback(self, body: bytes) -> None:
        document = json.loads(body)
        lock, now = document["nukiId"], time.monotonic()
        if now - self._received.get(lock, -60) >= 60:
            self._believed[lock] = State.of(document["state"])
        self._received[lock] = now


@client("NK-CB-3")
class TrustsOnlyWhatIsPushed(Reference):
    """Never polls."""

    def refresh(self) -> None:
        return


@client("NK-CB-3")
class RefreshesOnlyOnce(Reference):
    """Polls once, and then relies on callbacks."""

    _polled = False

    def refresh(self) -> None:
        if not self._polled:
            super().refresh()
            self._polled = True


@client("NK-CB-3")
class RefreshesTheFirstLockOnly(Reference):
    """Polls the first lock only."""

    def refresh(self) -> None:
        for lock in self.list_locks()[:1]:
            self.lock_state(lock.id)


# ---- manners


@client("NK-DISC-1")
class DialsNowhere(Reference):
    """Takes 0.0.0.0 for an address."""

    def discover(self) -> Sequence[Found]:
        answer = self._send(DISCOVERY, {}, 10)
        return [Found(b["bridgeId"], (b["ip"], b["port"])) for b in answer["bridges"]]


@client("NK-SERIAL-1")
class PollsInParallel(Reference):
    """Reads all locks at the same time."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._one_at_a_time = _NoLock()  # type: ignore[assignment]

    def refresh(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            for future in [pool.submit(self.lock_state, lock.id) for lock in self.list_locks()]:
                if not isinstance(future.exception(), NukiError | None):
                    future.result()


@client("NK-SERIAL-1")
class RacesItsOwnRetry(Reference):
    """Repeats a read whose answer takes more than half a second, while the first one is pending."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._one_at_a_time = _NoLock()  # type: ignore[assignment]

    def lock_state(self, lock: int) -> LockState:
        first = threading.Thread(target=self._quietly, args=(lock,))
        first.start()
        first.join(timeout=0.5)
        present = super().lock_state(lock)
        first.join()
        return present

    def _quietly(self, lock: int) -> None:
        try:
            super().lock_state(lock)
        except NukiError:
            return


class _NoLock:
    """Replaces a thread lock and never blocks."""

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


@client("NK-CAP-1")
class UnpairsOnASoftwareBridge(Reference):
    """Unpairs without reading the type of the bridge."""

    def unpair(self, lock: int) -> None:
        self._require_success(self._ask("/unpair", nukiId=lock))


@client("NK-CAP-1")
class MaintainsASoftwareBridge(Reference):
    """Runs maintenance without reading the type of the bridge."""

    def maintain(self, task: Maintenance) -> None:
        self._once(task.value)


@client("NK-SECRET-1")
class LogsWhatItAsks(Reference):
    """Logs each request with its parameters."""

    def _send(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        logging.getLogger("mutant").debug("sending %s %s", url, params)
        return super()._send(url, params, timeout)


@client("NK-SECRET-1")
class RaisesWithTheUrl(Reference):
    """Puts the whole URL into its errors."""

    def _send(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        try:
            return super()._send(url, params, timeout)
        except NukiError as error:
            raise type(error)(f"{error} ({httpx.URL(url, params=params)})") from None


@client("NK-SECRET-1")
class LeavesTheUrlInTheCause(Reference):
    """Raises a clean error whose cause contains the URL."""

    def _send(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        try:
            return super()._send(url, params, timeout)
        except NukiError as error:
            raise type(error)(str(error)) from RuntimeError(f"GET {httpx.URL(url, params=params)}")
