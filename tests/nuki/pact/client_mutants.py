"""Clients with one planted fault each: the reference client, and one thing that real clients get wrong."""

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

# ---- getting in


@client("NK-AUTH-1")
class TenSecondTimeout(Reference):
    """Waits for /auth no longer than for anything else."""

    def authorize(self) -> str | None:
        answer = self._object(self._once("/auth", 10.0))
        self._token = answer.get("token")
        return self._token


@client("NK-AUTH-1")
class GivesUpAfterAWhile(Reference):
    """Goes away after 25 s and says that nobody pressed."""

    def authorize(self) -> str | None:
        try:
            return str(self._object(self._once("/auth", 25.0)).get("token", "")) or None
        except Unavailable:
            return None


@client("NK-AUTH-1")
class DropsTheToken(Reference):
    """Keeps the token that it has, whatever /auth answers."""

    def authorize(self) -> str | None:
        before = self._token
        super().authorize()
        self._token = before
        return before if before != "" else None


@client("NK-AUTH-2")
class ForbiddenIsNotPressed(Reference):
    """Takes the 403 for nobody having pressed."""

    def authorize(self) -> str | None:
        try:
            return super().authorize()
        except Disabled:
            return None


@client("NK-AUTH-2")
class NotPressedIsDisabled(Reference):
    """Says Disabled when nobody pressed."""

    def authorize(self) -> str | None:
        token = super().authorize()
        if token is None:
            raise Disabled("the bridge gave no token")
        return token


@client("NK-AUTH-2")
class HammersAuth(Reference):
    """Asks a disabled /auth again and again."""

    def authorize(self) -> str | None:
        for _ in range(10):
            try:
                return super().authorize()
            except Disabled:
                time.sleep(1)
        return super().authorize()


@client("NK-AUTH-3")
class UnauthorizedIsUnavailable(Reference):
    """Takes a 401 for a bad day."""

    @staticmethod
    def _refused(path: str, status: int) -> NukiError:
        return Unavailable(f"{path}: HTTP {status}") if status == 401 else Reference._refused(path, status)


@client("NK-AUTH-3")
class UnauthorizedIsEmpty(Reference):
    """Shows no locks where it has no token."""

    def list_locks(self) -> Sequence[Lock]:
        try:
            return super().list_locks()
        except CredentialError:
            return []


@client("NK-AUTH-3")
class RetriesARefusedToken(Reference):
    """Tries the same token again, and again."""

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        for _ in range(5):
            try:
                return super()._once(path, timeout, **params)
            except CredentialError:
                time.sleep(1)
        return super()._once(path, timeout, **params)


# ---- looking


class _Reads(Reference):
    """Sees states otherwise: `seen` for the present state, and in the list."""

    def seen(self, number: Any, name: Any) -> State:
        raise NotImplementedError

    def lock_state(self, lock: int) -> LockState:
        said = self._object(self._ask("/lockState", nukiId=lock))
        if not said.get("success"):
            raise Unavailable("no state")
        self._believed[lock] = self.seen(said.get("state"), said.get("stateName"))
        return LockState(self._believed[lock], bool(said.get("batteryCritical")))


@client("NK-STATE-1")
class LockNGoIsUnlocked(_Reads):
    """Shows lock 'n' go as unlocked."""

    def seen(self, number: Any, name: Any) -> State:
        return State.UNLOCKED if number == 6 else State.of(number)


@client("NK-STATE-1")
class UnknownNumberIsLocked(_Reads):
    """Shows everything that it does not know as locked."""

    def seen(self, number: Any, name: Any) -> State:
        state = State.of(number)
        return State.LOCKED if state is State.UNKNOWN else state


@client("NK-STATE-1")
class UnknownNumberIsUndefined(_Reads):
    """Shows everything that it does not know as the document's undefined."""

    def seen(self, number: Any, name: Any) -> State:
        state = State.of(number)
        return State.UNDEFINED if state is State.UNKNOWN else state


@client("NK-STATE-1")
class BlockedIsUndefined(_Reads):
    """Knows no blocked motor."""

    def seen(self, number: Any, name: Any) -> State:
        return State.UNDEFINED if number == 254 else State.of(number)


@client("NK-STATE-1")
class TrustsTheName(_Reads):
    """Goes by stateName."""

    def seen(self, number: Any, name: Any) -> State:
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


class _Remembers(Reference):
    """Keeps what it saw last."""

    remembers_at: type[NukiError] = Unavailable

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._seen: dict[int, LockState] = {}

    def lock_state(self, lock: int) -> LockState:
        try:
            self._seen[lock] = super().lock_state(lock)
        except self.remembers_at:
            if lock not in self._seen:
                raise
        return self._seen[lock]


@client("NK-STATE-2")
class OfflineIsAsBefore(_Remembers):
    """Answers what it saw last when the lock cannot be asked."""


@client("NK-STATE-2")
class FailureIsAsBefore(Reference):
    """Overlooks `success: false` and answers what it saw last."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._seen: dict[int, Any] = {}

    def lock_state(self, lock: int) -> LockState:
        self._believed.pop(lock, None)
        said = self._object(self._ask("/lockState", nukiId=lock))
        if "state" not in said and lock not in self._seen:
            raise Unavailable("no state")
        self._seen[lock] = said = said if "state" in said else self._seen[lock]
        self._believed[lock] = State.of(said["state"])
        return LockState(self._believed[lock], bool(said.get("batteryCritical")))


@client("NK-STATE-3")
class LockingIsLocked(_Reads):
    """Shows locking as locked."""

    def seen(self, number: Any, name: Any) -> State:
        return State.LOCKED if number == 4 else State.of(number)


@client("NK-STATE-3")
class UnlockingIsUnlocked(_Reads):
    """Shows unlocking as unlocked, and unlatching as unlatched."""

    def seen(self, number: Any, name: Any) -> State:
        return {2: State.UNLOCKED, 7: State.UNLATCHED}.get(number, State.of(number))


@client("NK-ID-1")
class UnknownLockIsUnavailable(Reference):
    """Takes a lock that is gone for one that is out of reach."""

    @staticmethod
    def _refused(path: str, status: int) -> NukiError:
        return Unavailable(f"{path}: HTTP {status}") if status == 404 else Reference._refused(path, status)


@client("NK-ID-1")
class UnknownLockIsUndefined(Reference):
    """Shows a lock that is gone as undefined."""

    def lock_state(self, lock: int) -> LockState:
        try:
            return super().lock_state(lock)
        except UnknownLock:
            return LockState(State.UNDEFINED, battery_critical=False)


@client("NK-BATT-1")
class DropsTheBattery(Reference):
    """Tells of no batteries in the list."""

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        lock = Reference._lock(entry)
        return Lock(lock.id, lock.name, lock.state, battery_critical=False)


@client("NK-BATT-1")
class BatteryOnlyFromTheList(Reference):
    """Tells of no batteries when asked for the state."""

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
    """Takes `success: false` for a bad day, and tries again."""

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
    """Tries until it works."""

    def _ask(self, path: str, **params: Any) -> Any:
        while True:
            try:
                return self._once(path, **params)
            except Unavailable:
                time.sleep(0.5)


@client("NK-ACT-2")
class OpensAgainBlindly(Reference):
    """Sends a lost order again, whatever it was."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        for _ in range(2):
            try:
                return self._act_once(lock, action, wait=wait)
            except Unavailable:
                time.sleep(1)
        return self._act_once(lock, action, wait=wait)


@client("NK-ACT-2")
class OpensAgainAfterAFailedLook(Reference):
    """Looks before it opens again, and opens again when it could not look."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        self._believed.pop(lock, None)
        try:
            return self._act_once(lock, action, wait=wait)
        except Unavailable:
            time.sleep(1)
        try:
            seen = self.lock_state(lock)
            if action.opens and seen.state is not State.LOCKED:
                return self._was_done(lock, action, seen)
        except Unavailable:
            pass
        return self._act_once(lock, action, wait=wait)


class _Sends(Reference):
    """Sends other codes, or to other locks."""

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
    """Knows one lock 'n' go only."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        return lock, Action.LOCK_N_GO if action is Action.LOCK_N_GO_UNLATCH else action


@client("NK-ACT-3")
class LockUnlocks(_Sends):
    """Counts from zero, and so opens when it shall lock."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        return lock, Action(max(action.value - 1, 1))


@client("NK-ACT-3")
class ActsOnAnotherLock(_Sends):
    """Acts on the first lock of the list, whichever was meant."""

    def sends(self, lock: int, action: Action) -> tuple[int, Action]:
        locks = self.list_locks()
        return locks[0].id if locks else lock, action


@client("NK-ACT-4")
class NoWaitIsDone(Reference):
    """Says completed when the order was taken."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        done = super().act(lock, action, wait)
        return Done(completed=True, battery_critical=done.battery_critical)


@client("NK-ACT-4")
class BelievesInItsOrders(Reference):
    """Shows what was ordered as soon as it was ordered."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        done = super().act(lock, action, wait)
        self._believed[lock] = State.LOCKED if action is Action.LOCK else State.UNLOCKED
        return done


# ---- being called back


@client("NK-CB-1")
class RegistersUnencoded(Reference):
    """Puts the URL into the query as it is."""

    def register_callback(self, url: str) -> None:
        if url in self._callbacks() or len(self._callbacks()) >= 3:
            super().register_callback(url)
            return
        self._sent(f"{self._url}/callback/add?token={self._token}&url={url}", None, 10)  # type: ignore[arg-type]


@client("NK-CB-1")
class RegistersEveryTime(Reference):
    """Does not look whether it is registered."""

    def register_callback(self, url: str) -> None:
        try:
            super().register_callback(url)
        finally:
            if url.startswith("http:") and len(url) < 254:
                self._ask("/callback/add", url=url)


@client("NK-CB-1")
class IgnoresAFullHouse(Reference):
    """Does not look at what /callback/add answers."""

    def register_callback(self, url: str) -> None:
        self._ask("/callback/add", url=url)


@client("NK-CB-1")
class IgnoresABadUrl(Reference):
    """Is content with a callback that can never come."""

    def register_callback(self, url: str) -> None:
        if url.startswith("http:") and len(url) <= 254:
            super().register_callback(url)


@client("NK-CB-1")
class NeverFreesItsSlot(Reference):
    """Only stops to listen."""

    def unregister_callback(self, url: str) -> None:
        self._callbacks()


@client("NK-CB-4")
class RemovesId0(Reference):
    """Takes its callback for the first."""

    def unregister_callback(self, url: str) -> None:
        super().unregister_callback(url)
        if 0 in self._callbacks().values():
            self._ask("/callback/remove", id=0)


@client("NK-CB-4")
class RemovesThemAll(Reference):
    """Makes room before it registers."""

    def register_callback(self, url: str) -> None:
        registered = self._callbacks()
        if url not in registered and len(registered) >= 3:
            for slot in registered.values():
                self._ask("/callback/remove", id=slot)
        super().register_callback(url)


@client("NK-CB-2")
class TrustsWhatIsPushed(Reference):
    """Shows what a push says."""

    def on_callback(self, body: bytes) -> None:
        said = json.loads(body)
        self._believed[said["nukiId"]] = State.of(said["state"])


@client("NK-CB-2")
class TrustsTheFirstPush(Reference):
    """Takes a lock's second push in a minute for an echo of the first."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._heard: dict[int, float] = {}

    def on_callback(self, body: bytes) -> None:
        said = json.loads(body)
        lock, now = said["nukiId"], time.monotonic()
        if now - self._heard.get(lock, -60) >= 60:
            self._believed[lock] = State.of(said["state"])
        self._heard[lock] = now


@client("NK-CB-3")
class TrustsOnlyWhatIsPushed(Reference):
    """Never reads unasked."""

    def refresh(self) -> None:
        return


@client("NK-CB-3")
class RefreshesOnlyOnce(Reference):
    """Reads all locks at its start, and then leaves it to the pushes."""

    _fresh = False

    def refresh(self) -> None:
        if not self._fresh:
            super().refresh()
            self._fresh = True


@client("NK-CB-3")
class RefreshesTheFirstLockOnly(Reference):
    """Was written for a house with one door."""

    def refresh(self) -> None:
        for lock in self.list_locks()[:1]:
            self.lock_state(lock.id)


# ---- manners


@client("NK-DISC-1")
class DialsNowhere(Reference):
    """Takes 0.0.0.0 for an address."""

    def discover(self) -> Sequence[Found]:
        said = self._sent(DISCOVERY, {}, 10)
        return [Found(b["bridgeId"], (b["ip"], b["port"])) for b in said["bridges"]]


@client("NK-SERIAL-1")
class PollsInParallel(Reference):
    """Asks for all locks at once."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._one_at_a_time = _Open()  # type: ignore[assignment]

    def refresh(self) -> None:
        with ThreadPoolExecutor(4) as pool:
            for asked in [pool.submit(self.lock_state, lock.id) for lock in self.list_locks()]:
                if not isinstance(asked.exception(), NukiError | None):
                    asked.result()


@client("NK-SERIAL-1")
class RacesItsOwnRetry(Reference):
    """Sends a read again when its answer takes more than half a second, and takes what comes first."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._one_at_a_time = _Open()  # type: ignore[assignment]

    def lock_state(self, lock: int) -> LockState:
        first = threading.Thread(target=self._quietly, args=(lock,))
        first.start()
        first.join(timeout=0.5)
        seen = super().lock_state(lock)
        first.join()
        return seen

    def _quietly(self, lock: int) -> None:
        try:
            super().lock_state(lock)
        except NukiError:
            return


class _Open:
    """In place of a lock: everybody may pass."""

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


@client("NK-CAP-1")
class UnpairsOnASoftwareBridge(Reference):
    """Does not ask what it talks to before it unpairs."""

    def unpair(self, lock: int) -> None:
        self._succeeded(self._ask("/unpair", nukiId=lock))


@client("NK-CAP-1")
class MaintainsASoftwareBridge(Reference):
    """Does not ask what it talks to before it reboots it."""

    def maintain(self, task: Maintenance) -> None:
        self._once(task.value)


@client("NK-SECRET-1")
class LogsWhatItAsks(Reference):
    """Logs each request, for debugging."""

    def _sent(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        logging.getLogger("mutant").debug("asking %s %s", url, params)
        return super()._sent(url, params, timeout)


@client("NK-SECRET-1")
class RaisesWithTheUrl(Reference):
    """Says in its errors what it asked."""

    def _sent(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        try:
            return super()._sent(url, params, timeout)
        except NukiError as error:
            raise type(error)(f"{error} ({httpx.URL(url, params=params)})") from None


@client("NK-SECRET-1")
class LeavesTheUrlInTheCause(Reference):
    """Raises a clean error from one that is not."""

    def _sent(self, url: str, params: dict[str, Any], timeout: float) -> Any:
        try:
            return super()._sent(url, params, timeout)
        except NukiError as error:
            raise type(error)(str(error)) from RuntimeError(f"GET {httpx.URL(url, params=params)}")
