"""Client mutants by operation and parameter: what a client may get wrong at each, by the document alone."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from lockpact.core.connection import Connection
from lockpact.nuki.port import (
    Action,
    BadCallback,
    CredentialError,
    Done,
    Failed,
    Found,
    Lock,
    LockState,
    Maintenance,
    NoFreeSlot,
    NukiError,
    State,
    Unavailable,
    UnknownLock,
)
from lockpact.nuki.reference import Reference
from tests.nuki.pact.mutants import client

# ---- /auth


@client("NK-AUTH-5")
class KeepsItsOldToken(Reference):
    """Returns the new token, and goes on with the old one."""

    def authorize(self) -> str | None:
        before = self._token
        token = super().authorize()
        if before is not None:
            self._token = before
        return token


@client("NK-AUTH-5")
class CutsTheToken(Reference):
    """Stores eight characters of the new token."""

    def authorize(self) -> str | None:
        token = super().authorize()
        self._token = self._token and self._token[:8]
        return token


@client("NK-AUTH-6")
class LostAuthIsNotPressed(Reference):
    """Takes a lost answer of /auth for a button that nobody pressed."""

    def authorize(self) -> str | None:
        try:
            return super().authorize()
        except Unavailable:
            return None


@client("NK-AUTH-5")
class ForgetsTheTokenIfNotPressed(Reference):
    """Has no token any more when nobody pressed the button (aionuki 2.0.1)."""

    def authorize(self) -> str | None:
        token = super().authorize()
        self._token = token
        return token


@client("NK-AUTH-2")
class AsksForTheButtonTwice(Reference):
    """Calls /auth a second time when nobody pressed the button."""

    def authorize(self) -> str | None:
        return super().authorize() or super().authorize()


# ---- discovery


@client("NK-DISC-2")
class FindsTheFirstBridgeOnly(Reference):
    """Returns the first bridge only."""

    def discover(self) -> Sequence[Found]:
        return super().discover()[:1]


@client("NK-DISC-2")
class DropsBridgesWithoutAddress(Reference):
    """Leaves out the bridges that do not publish their address."""

    def discover(self) -> Sequence[Found]:
        return [found for found in super().discover() if found.address is not None]


@client("NK-DISC-2")
class AssumesThePort(Reference):
    """Takes port 80 for every bridge."""

    def discover(self) -> Sequence[Found]:
        return [Found(f.id, f.address and (f.address[0], 80)) for f in super().discover()]


@client("NK-DISC-2")
class DiscoversOnce(Reference):
    """Caches the bridges that it found."""

    _found: Sequence[Found] | None = None

    def discover(self) -> Sequence[Found]:
        if self._found is None:
            self._found = super().discover()
        return self._found


@client("NK-DISC-2")
class NothingFoundAfterAnError(Reference):
    """Takes a failed discovery for a network without bridges."""

    def discover(self) -> Sequence[Found]:
        try:
            return super().discover()
        except NukiError:
            return []


# ---- /list


@client("NK-LIST-2")
class NamesInAscii(Reference):
    """Drops the characters of names that are not ASCII."""

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        name = str(entry.get("name", "")).encode("ascii", "ignore").decode()
        return Reference._lock({**entry, "name": name})


@client("NK-LIST-2")
class NamesAreNumbers(Reference):
    """Names the locks by their ids."""

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        return Reference._lock({**entry, "name": f"Lock {entry['nukiId']}"})


@client("NK-LIST-2")
class GivesEachLockAnothersName(Reference):
    """Gives each lock the name of the next one."""

    def list_locks(self) -> Sequence[Lock]:
        locks = super().list_locks()
        names = [lock.name for lock in locks]
        return [
            Lock(lock.id, name, lock.state, lock.battery_critical)
            for lock, name in zip(locks, names[1:] + names[:1], strict=True)
        ]


@client("NK-LIST-2")
class ListsOnce(Reference):
    """Caches the first list."""

    _listed: Sequence[Lock] | None = None

    def list_locks(self) -> Sequence[Lock]:
        if self._listed is None:
            self._listed = super().list_locks()
        return self._listed


@client("NK-LIST-1")
class UnavailableIsEmpty(Reference):
    """Takes a list that could not be had for an empty one (lukasroegner/homebridge-nuki 9)."""

    def list_locks(self) -> Sequence[Lock]:
        try:
            return super().list_locks()
        except Unavailable:
            return []


@client("NK-LIST-1")
class CutIsEmpty(Reference):
    """Takes a list that was cut for an empty one."""

    def list_locks(self) -> Sequence[Lock]:
        try:
            return super().list_locks()
        except Failed:
            return []


@client("NK-TOL-1")
class OneBadLockSpoilsAll(Reference):
    """Needs each lock to have a last known state (home-assistant/core 30607, 58096, 25786)."""

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        known = entry["lastKnownState"]
        return Lock(entry["nukiId"], entry["name"], State.of(known["state"]), bool(known["batteryCritical"]))


@client("NK-LIST-2")
class DropsOddLocks(Reference):
    """Leaves out the locks whose state it does not know."""

    def list_locks(self) -> Sequence[Lock]:
        return [lock for lock in super().list_locks() if lock.state is not State.UNKNOWN]


@client("NK-LIST-2")
class DropsTheLastLock(Reference):
    """Leaves out the third lock."""

    def list_locks(self) -> Sequence[Lock]:
        return super().list_locks()[:2]


@client("NK-TOL-1")
class UnreadIsLocked(Reference):
    """Shows a lock without a last known state as locked."""

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        return Reference._lock({"lastKnownState": {"state": 1}, **entry})


@client("NK-LIST-2")
class IdsAreTexts(Reference):
    """Returns ids as texts."""

    @staticmethod
    def _lock(entry: dict[str, Any]) -> Lock:
        lock = Reference._lock(entry)
        return Lock(str(lock.id), lock.name, lock.state, lock.battery_critical)  # type: ignore[arg-type]


# ---- /lockState


@client("NK-STATE-4")
class CachesAMinute(Reference):
    """Answers a state that it has read within the last minute."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._cache: dict[int, tuple[float, LockState]] = {}

    def lock_state(self, lock: int) -> LockState:
        if lock not in self._cache or time.monotonic() - self._cache[lock][0] > 60:
            self._cache[lock] = (time.monotonic(), super().lock_state(lock))
        return self._cache[lock][1]


@client("NK-STATE-4")
class ReadsTheFirstLock(Reference):
    """Reads the first lock, whichever was asked for."""

    def lock_state(self, lock: int) -> LockState:
        locks = self.list_locks()
        return super().lock_state(locks[0].id if locks and lock in [one.id for one in locks] else lock)


@client("NK-STATE-4")
class FailedReadIsUndefined(Reference):
    """Shows a lock that could not be read as undefined."""

    def lock_state(self, lock: int) -> LockState:
        try:
            return super().lock_state(lock)
        except Unavailable:
            return LockState(State.UNDEFINED, battery_critical=False)


@client("NK-STATE-1")
class UndefinedIsBlocked(Reference):
    """Shows undefined as a blocked motor."""

    def lock_state(self, lock: int) -> LockState:
        state = super().lock_state(lock)
        blocked = state.state is State.UNDEFINED
        return LockState(State.MOTOR_BLOCKED if blocked else state.state, state.battery_critical)


@client("NK-BATT-1")
class BatteryIsAlwaysCritical(Reference):
    """Reports every battery as critical."""

    def lock_state(self, lock: int) -> LockState:
        return LockState(super().lock_state(lock).state, battery_critical=True)


@client("NK-STATE-5")
class KeepsShowingWhatItCannotRead(Reference):
    """Shows the last state when a read has failed (iobroker-community-adapters/ioBroker.nuki-extended 255, 58)."""

    def lock_state(self, lock: int) -> LockState:
        before = self._believed.get(lock)
        try:
            return super().lock_state(lock)
        finally:
            if lock not in self._believed and before is not None:
                self._believed[lock] = before


@client("NK-STATE-5")
class BelievesLockedUntilItKnows(Reference):
    """Shows a lock that it has never read as locked."""

    def believed_state(self, lock: int) -> State | None:
        return super().believed_state(lock) or State.LOCKED


@client("NK-STATE-2")
class ReadsByListWhenOffline(Reference):
    """Answers from /list when the lock is offline."""

    def lock_state(self, lock: int) -> LockState:
        try:
            return super().lock_state(lock)
        except Unavailable:
            for one in self.list_locks():
                if one.id == lock:
                    return LockState(one.state, one.battery_critical)
            raise


# ---- /lockAction


@client("NK-OP-3")
class NoWaitAsAWord(Reference):
    """Sends noWait as true."""

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        if "noWait" in params:
            params["noWait"] = "true" if params["noWait"] else "false"
        return super()._once(path, timeout, **params)


@client("NK-ACT-5")
class NoWaitInverted(Reference):
    """Sends noWait=1 to wait."""

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        if "noWait" in params:
            params["noWait"] = 1 - params["noWait"]
        return super()._once(path, timeout, **params)


@client("NK-ACT-5")
class NeverWaits(Reference):
    """Sends noWait whatever it is asked for, and says so."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        return super()._act_once(lock, action, wait=False)


@client("NK-ACT-5")
class AlwaysWaits(Reference):
    """Waits for the motor, whatever it is asked for."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        return super()._act_once(lock, action, wait=True)


@client("NK-ACT-5")
class FiveSecondsForAMotor(Reference):
    """Waits five seconds for a motor."""

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        return super()._once(path, min(timeout, 5.0) if path == "/lockAction" else timeout, **params)


@client("NK-ACT-5")
class NeverSaysCompleted(Reference):
    """Never says that an action has completed."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        return Done(completed=False, battery_critical=super().act(lock, action, wait).battery_critical)


@client("NK-OP-1")
class ActsTwice(Reference):
    """Sends each action twice, to be sure."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        super()._act_once(lock, action, wait=wait)
        return super()._act_once(lock, action, wait=wait)


@client("NK-OP-1")
class ActsOnAllLocks(Reference):
    """Sends the action to all locks."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        done = super()._act_once(lock, action, wait=wait)
        for other in self.list_locks():
            if other.id != lock:
                self._once("/lockAction", 30.0, nukiId=other.id, action=action.value, noWait=1)
        return done


@client("NK-BATT-1")
class DropsTheBatteryOfAnAction(Reference):
    """Reports no critical batteries after an action."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        return Done(super().act(lock, action, wait).completed, battery_critical=False)


@client("NK-ACT-2")
class BusyIsOffline(Reference):
    """Gives an action up at the first 503 (smaragdschlange/ioBroker.nuki 73)."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        self._believed.pop(lock, None)
        return self._act_once(lock, action, wait=wait)


@client("NK-ACT-5")
class RetriesAFailedAction(Reference):
    """Repeats an action that the lock refused, five times."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        for _ in range(5):
            try:
                return super()._act_once(lock, action, wait=wait)
            except Failed:
                time.sleep(1)
        return super()._act_once(lock, action, wait=wait)


@client("NK-OP-3")
class UsesTheSimpleCalls(Reference):
    """Uses /lock and /unlock, which v1.6 does not have."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        if wait and action in (Action.LOCK, Action.UNLOCK):
            answer = self._object(self._once("/lock" if action is Action.LOCK else "/unlock", 30.0, nukiId=lock))
            return Done(completed=True, battery_critical=bool(answer.get("batteryCritical")))
        return super()._act_once(lock, action, wait=wait)


# ---- /unpair and maintenance


@client("NK-OP-2")
class UnpairsTheFirstLock(Reference):
    """Unpairs the first lock, whichever was asked for."""

    def unpair(self, lock: int) -> None:
        locks = self.list_locks()
        super().unpair(locks[0].id if lock in [one.id for one in locks] else lock)


@client("NK-OP-2")
class UnpairsNothing(Reference):
    """Sends no /unpair."""

    def unpair(self, lock: int) -> None:
        self._only_on_hardware("/unpair")
        if lock not in [one.id for one in self.list_locks()]:
            raise UnknownLock("not in the list")


@client("NK-OP-1")
class UnpairsByReset(Reference):
    """Unpairs by a factory reset."""

    def unpair(self, lock: int) -> None:
        self._only_on_hardware("/unpair")
        if lock not in [one.id for one in self.list_locks()]:
            raise UnknownLock("not in the list")
        self._once("/factoryReset")


@client("NK-OP-1")
class RebootsByReset(Reference):
    """Reboots by a factory reset."""

    def maintain(self, task: Maintenance) -> None:
        super().maintain(Maintenance.FACTORY_RESET if task is Maintenance.REBOOT else task)


@client("NK-OP-1")
class UpdatesByReboot(Reference):
    """Updates by a reboot."""

    def maintain(self, task: Maintenance) -> None:
        super().maintain(Maintenance.REBOOT if task is Maintenance.UPDATE else task)


@client("NK-OP-2")
class MaintainsNothing(Reference):
    """Sends no maintenance operation."""

    def maintain(self, task: Maintenance) -> None:
        self._only_on_hardware(task.value)


@client("NK-OP-1")
class MaintainsTwice(Reference):
    """Sends each maintenance operation twice."""

    def maintain(self, task: Maintenance) -> None:
        super().maintain(task)
        time.sleep(60)
        if task is not Maintenance.FACTORY_RESET:
            super().maintain(task)


@client("NK-OP-3")
class MaintenanceNeedsAnAnswer(Reference):
    """Takes the empty answer of a maintenance operation for a failure."""

    def maintain(self, task: Maintenance) -> None:
        self._only_on_hardware(task.value)
        self._object(self._once(task.value))


# ---- callbacks


@client("NK-CB-1")
class RefusesTheLongestUrl(Reference):
    """Refuses a URL of 254 characters."""

    def register_callback(self, url: str) -> None:
        if len(url) >= 254:
            raise BadCallback("too long")
        super().register_callback(url)


@client("NK-CB-1")
class CutsTheUrl(Reference):
    """Registers the first 254 characters of a URL."""

    def register_callback(self, url: str) -> None:
        super().register_callback(url[:254])


@client("NK-CB-1")
class LowersTheUrl(Reference):
    """Registers the URL in lower case."""

    def register_callback(self, url: str) -> None:
        super().register_callback(url.lower())


@client("NK-CB-1")
class RegistersLocalhost(Reference):
    """Registers 127.0.0.1 in place of its own address (lukasroegner/homebridge-nuki 63)."""

    def register_callback(self, url: str) -> None:
        super().register_callback(url.replace("192.168.1.20", "127.0.0.1"))


@client("NK-CB-4")
class RemovesWhatBeginsAlike(Reference):
    """Removes all callbacks that begin as its own does."""

    def unregister_callback(self, url: str) -> None:
        for registered, slot in self._callbacks().items():
            if url.startswith(registered) or registered.startswith(url):
                self._require_success(self._ask("/callback/remove", id=slot))


@client("NK-CB-1")
class CannotUnregisterTwice(Reference):
    """Raises an error if the URL is not registered."""

    def unregister_callback(self, url: str) -> None:
        slot = self._callbacks().get(url)
        if slot is None:
            raise Failed("not registered")
        self._require_success(self._ask("/callback/remove", id=slot))


@client("NK-CB-2")
class RereadsTheFirstLock(Reference):
    """Reads another lock than the one that a callback names."""

    def on_callback(self, body: bytes) -> None:
        try:
            self.lock_state(self.list_locks()[0].id)
        except (NukiError, IndexError):
            return


@client("NK-CB-2")
class IgnoresCallbacks(Reference):
    """Does nothing at a callback."""

    def on_callback(self, body: bytes) -> None:
        return


@client("NK-CB-5")
class TripsOverACallback(Reference):
    """Expects each body to be a callback of a known lock."""

    def on_callback(self, body: bytes) -> None:
        self.lock_state(json.loads(body)["nukiId"])


# ---- polling, starting and coming back


@client("NK-CB-3")
class OneOfflineLockStopsThePoll(Reference):
    """Ends a poll at the first lock that cannot be read."""

    def refresh(self) -> None:
        for entry in self.list_locks():
            self.lock_state(entry.id)


@client("NK-START-1")
class GivesUpAtBirth(Reference):
    """Asks the bridge when it is made, and never again if that failed (benzman81/homebridge-nukiio 84, 47; core 93230)."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._dead = False
        try:
            self._once("/info")
        except Unavailable:
            self._dead = True
        except NukiError:
            pass

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        if getattr(self, "_dead", False):
            raise Unavailable("the bridge could not be reached")
        return super()._once(path, timeout, **params)


@client("NK-START-1")
class GivesUpAfterTenFailures(Reference):
    """Never calls the bridge again after ten failures (openhab/openhab-addons 5859)."""

    _failed = 0

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        if self._failed >= 10:
            raise Unavailable("the bridge is offline")
        try:
            answer = super()._once(path, timeout, **params)
        except Unavailable:
            self._failed += 1
            raise
        self._failed = 0
        return answer


@client("NK-AUTH-5")
class OnceRefusedNeverAgain(Reference):
    """Never calls the bridge again after a 401, also with a new token."""

    _refused = False

    def _once(self, path: str, timeout: float = 10.0, **params: Any) -> Any:
        if self._refused and path != "/auth":
            raise CredentialError("the bridge has refused this token")
        try:
            return super()._once(path, timeout, **params)
        except CredentialError:
            self._refused = True
            raise


@client("NK-QUIET-1")
class PollsTwice(Reference):
    """Reads each lock three times in a poll."""

    def refresh(self) -> None:
        super().refresh()
        super().refresh()
        super().refresh()


@client("NK-OP-2")
class SkipsWhatItBelievesDone(Reference):
    """Sends no action if it believes that the lock is in that state already."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        wanted = {Action.LOCK: State.LOCKED, Action.UNLOCK: State.UNLOCKED}.get(action)
        if wanted is not None and self._believed.get(lock) is wanted:
            return Done(completed=wait, battery_critical=False)
        return super().act(lock, action, wait)


@client("NK-CONV-1")
class StopsPollingAfterAnError(Reference):
    """Sets a flag while it polls, and does not clear it when that fails."""

    _polling = False

    def refresh(self) -> None:
        if self._polling:
            return
        self._polling = True
        super().refresh()
        self._polling = False


@client("NK-CONV-1")
class BacksOffForEver(Reference):
    """Does not poll for a day after a failed poll."""

    _next = 0.0

    def refresh(self) -> None:
        if time.monotonic() < self._next:
            return
        try:
            super().refresh()
        except NukiError:
            self._next = time.monotonic() + 86_400
            raise


@client("NK-AUTH-4")
class ClockIsYourToken(Reference):
    """Takes a hash that is refused for a wrong token (home-assistant/core 47393, 110778; ebaauw/homebridge-nb 45, 62, 115)."""

    def _learns_the_time(self, token: str) -> bool:
        return False


@client("NK-CB-1")
class FullIsABadUrl(Reference):
    """Says that the URL is bad when no slot is free."""

    def register_callback(self, url: str) -> None:
        try:
            super().register_callback(url)
        except NoFreeSlot as full:
            raise BadCallback(str(full)) from None


@client("NK-DISC-2")
class DiscoversAtTheBridge(Reference):
    """Asks the bridge for the bridges."""

    def discover(self) -> Sequence[Found]:
        bridges = self._object(self._send(self._url + "/discover/bridges", {}, 10.0)).get("bridges", [])
        return [Found(b["bridgeId"], (b["ip"], b["port"]) if b["port"] else None) for b in bridges]


@client("NK-AWAY-1")
class OfflineIsAFailure(Reference):
    """Says that a read of an offline lock has failed."""

    def lock_state(self, lock: int) -> LockState:
        try:
            return super().lock_state(lock)
        except Unavailable as error:
            raise Failed(str(error)) from None


@client("NK-AWAY-1")
class OfflineIsAWrongToken(Reference):
    """Takes a 503 for a refused token."""

    @staticmethod
    def _error_of(path: str, status: int) -> NukiError:
        return CredentialError(path) if status == 503 else Reference._error_of(path, status)


@client("NK-AWAY-1")
class AResetIsAFailure(Reference):
    """Says that a list failed when the connection broke."""

    def list_locks(self) -> Sequence[Lock]:
        try:
            return super().list_locks()
        except Unavailable as error:
            raise Failed(str(error)) from None


@client("NK-SERIAL-2")
class RepeatsWithoutAPause(Reference):
    """Repeats a request at once when the bridge was busy."""

    def _ask(self, path: str, **params: Any) -> Any:
        for _ in range(2):
            try:
                return self._once(path, **params)
            except Unavailable:
                continue
        return self._once(path, **params)


@client("NK-OP-3")
class ActionsByName(Reference):
    """Sends the names of actions in place of their codes."""

    def _act_once(self, lock: int, action: Action, *, wait: bool) -> Done:
        self._once("/lockAction", 30.0, nukiId=lock, action=action.name.lower(), noWait=0 if wait else 1)
        return Done(completed=wait, battery_critical=False)


@client("NK-ACT-1")
class LostIsCompleted(Reference):
    """Says that an action whose answer was lost has completed, whatever the lock shows."""

    def _was_done(self, lock: int, action: Action, present: LockState) -> Done:
        return Done(completed=True, battery_critical=present.battery_critical)


@client("NK-STATE-5")
class BelievesAfterAnAction(Reference):
    """Shows a lock as locked or unlocked after an action that has completed."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        done = super().act(lock, action, wait)
        if done.completed:
            self._believed[lock] = State.UNLOCKED if action.opens else State.LOCKED
        return done


@client("NK-OP-1")
class UnpairsTwice(Reference):
    """Sends /unpair a second time, to be sure."""

    def unpair(self, lock: int) -> None:
        super().unpair(lock)
        with suppress(UnknownLock):
            super().unpair(lock)
