"""Client mutants that show themselves when the bridge fails, is busy, or gives one wrong answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from lockpact.nuki.port import (
    Action,
    CredentialError,
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
from lockpact.nuki.reference import PATIENCE, Reference
from tests.nuki.pact.mutants import client


@client("NK-STATE-6")
class AFailedReadIsUnknown(Reference):
    """Takes an answer without success for an unknown state, and for full batteries."""

    def lock_state(self, lock: int) -> LockState:
        self._believed.pop(lock, None)
        answer = self._object(self._ask("/lockState", nukiId=lock))
        return LockState(State.of(answer.get("state")), bool(answer.get("batteryCritical")))


@client("NK-STATE-5")
class BelievesAsBeforeALostAction(Reference):
    """Goes on showing the state that it read before an action whose answer was lost."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        before = self._believed.get(lock)
        try:
            return super().act(lock, action, wait)
        except NukiError:
            if before is not None:
                self._believe_again(lock, before)
            raise

    def _believe_again(self, lock: int, before: State) -> None:
        self._believed[lock] = before


@client("NK-STATE-5")
class BelievesAsBeforeUntilItReads(BelievesAsBeforeALostAction):
    """Goes on showing the state from before an action that failed, unless it has read the lock since."""

    def _believe_again(self, lock: int, before: State) -> None:
        self._believed.setdefault(lock, before)


@client("NK-LIST-3")
class AnswersTheLastList(Reference):
    """Answers the list that it had last if the bridge is unavailable."""

    _last: Sequence[Lock] | None = None

    def list_locks(self) -> Sequence[Lock]:
        try:
            self._last = super().list_locks()
        except Unavailable:
            if self._last is None:
                raise
        return self._last


@client("NK-LIST-2")
class OneLockAName(Reference):
    """Stores the locks by their names, so that two of one name are one."""

    def list_locks(self) -> Sequence[Lock]:
        return list({lock.name: lock for lock in super().list_locks()}.values())


@client("NK-BATT-1")
class DropsTheBatteryOfALook(Reference):
    """Says that the batteries are fine when it has read the lock after a lost answer."""

    def _was_done(self, lock: int, action: Action, present: LockState) -> Done:
        return replace(super()._was_done(lock, action, present), battery_critical=False)


@client("NK-CB-2")
class TrustsAPushWhileBusy(Reference):
    """Takes the state of a callback's body if the bridge is too busy to be read."""

    def on_callback(self, body: bytes) -> None:
        super().on_callback(body)
        try:
            pushed = json.loads(body)
            if pushed["nukiId"] not in self._believed:
                self._believed[pushed["nukiId"]] = State.of(pushed["state"])
        except (ValueError, KeyError, TypeError):
            return


@client("NK-CB-6")
class CalledBackAboutKnownLocksOnly(Reference):
    """Ignores callbacks about locks whose state it has never read."""

    def on_callback(self, body: bytes) -> None:
        try:
            known = json.loads(body)["nukiId"] in self._believed
        except (ValueError, KeyError, TypeError):
            return
        if known:
            super().on_callback(body)


@client("NK-CB-6")
class CalledBackAboutTwoStatesOnly(Reference):
    """Ignores callbacks that report neither locked nor unlocked."""

    def on_callback(self, body: bytes) -> None:
        try:
            state = State.of(json.loads(body)["state"])
        except (ValueError, KeyError, TypeError):
            return
        if state in (State.LOCKED, State.UNLOCKED):
            super().on_callback(body)


@client("NK-CB-3")
class UnknownOnceUnknownAlways(Reference):
    """Never polls a lock again that the bridge did not know once."""

    def refresh(self) -> None:
        gone = self.__dict__.setdefault("_gone", set())
        for entry in self.list_locks():
            try:
                if entry.id not in gone:
                    self.lock_state(entry.id)
            except UnknownLock:
                gone.add(entry.id)
            except Unavailable:
                continue


@client("NK-CB-3")
class MissingOnceMissingAlways(Reference):
    """Never polls a lock again that was missing once from the bridge's list."""

    def refresh(self) -> None:
        seen, gone = (self.__dict__.setdefault(name, set()) for name in ("_seen", "_gone"))
        listed = {entry.id for entry in self.list_locks()}
        gone |= seen - listed
        seen |= listed
        for lock in sorted(listed - gone):
            try:
                self.lock_state(lock)
            except (Unavailable, UnknownLock):
                continue


@client("NK-CB-3")
class PollsTheFirstList(Reference):
    """Polls the locks that it has listed first, and no lock that was paired since."""

    def refresh(self) -> None:
        locks = self.__dict__.get("_locks") or [entry.id for entry in self.list_locks()]
        self.__dict__["_locks"] = locks
        for lock in locks:
            try:
                self.lock_state(lock)
            except (Unavailable, UnknownLock):
                continue


@client("NK-DISC-2")
class AssumesTheDefaultPort(Reference):
    """Takes the default port for every bridge."""

    def discover(self) -> Sequence[Found]:
        return [Found(f.id, f.address and (f.address[0], 8080)) for f in super().discover()]


@client("NK-ID-1")
class UnpairsTheUnknown(Reference):
    """Says that a lock is unpaired that the bridge does not know."""

    def unpair(self, lock: int) -> None:
        try:
            super().unpair(lock)
        except UnknownLock:
            return


@client("NK-ID-2")
class ShowsWhatItHasUnpaired(Reference):
    """Goes on showing the last state of a lock that it has unpaired."""

    def unpair(self, lock: int) -> None:
        before = self._believed.get(lock)
        super().unpair(lock)
        if before is not None:
            self._believed[lock] = before


@client("NK-OP-2")
class UnpairsWithoutSuccess(Reference):
    """Does not look at the success of /unpair."""

    def _require_success(self, answer: object) -> None:
        if not isinstance(answer, dict):
            raise Failed("the bridge's answer is not a JSON object")


@client("NK-OP-2")
class MaintainsInVain(Reference):
    """Says that the task is done when the bridge was unavailable."""

    def maintain(self, task: Maintenance) -> None:
        try:
            super().maintain(task)
        except Unavailable:
            return


@client("NK-OP-2")
class NoAnswerIsAReboot(Reference):
    """Takes a bridge that does not answer for one that reboots, though it may not have asked it to."""

    def maintain(self, task: Maintenance) -> None:
        try:
            super().maintain(task)
        except Unavailable:
            if task is not Maintenance.REBOOT:
                raise


@client("NK-OP-4")
class RebootsAgainWhenUnanswered(Reference):
    """Sends a maintenance operation again until it is answered."""

    def maintain(self, task: Maintenance) -> None:
        self._only_on_hardware(task.value)
        self._ask(task.value)


@client("NK-STATE-5")
class MovingIsAsGoodAsDone(Reference):
    """Shows a lock that it has read while the motor was running as if the motor had finished."""

    def believed_state(self, lock: int) -> State | None:
        shown = super().believed_state(lock)
        done = {State.LOCKING: State.LOCKED, State.UNLOCKING: State.UNLOCKED, State.UNLATCHING: State.UNLATCHED}
        return shown and done.get(shown, shown)


@client("NK-OP-3")
class RebootsAfterAnUpdate(Reference):
    """Reboots the bridge after an update, which restarts it anyway, and fails when it is away."""

    def maintain(self, task: Maintenance) -> None:
        super().maintain(task)
        if task is Maintenance.UPDATE:
            super().maintain(Maintenance.REBOOT)


@client("NK-AUTH-5")
class DropsARefusedToken(Reference):
    """Has no token any more after one 401."""

    def _once(self, path: str, timeout: float = PATIENCE, **params: Any) -> Any:
        try:
            return super()._once(path, timeout, **params)
        except CredentialError:
            self._token = None
            raise


@client("NK-ACT-2")
class OpensNeverAfterABusyBridge(Reference):
    """Gives up an opening action at one 503, without looking at the lock."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        if not action.opens:
            return super().act(lock, action, wait)
        self._believed.pop(lock, None)
        return self._act_once(lock, action, wait=wait)


@client("NK-CB-1")
class DropsTheLastSlash(Reference):
    """Registers a URL without the slash at its end."""

    def register_callback(self, url: str) -> None:
        super().register_callback(url.rstrip("/"))


@client("NK-OP-2")
class HopesThatItHasUnpaired(Reference):
    """Says that the lock is unpaired when the bridge did not answer."""

    def unpair(self, lock: int) -> None:
        try:
            super().unpair(lock)
        except Unavailable:
            return


@client("NK-CB-7")
class RegistersInVain(Reference):
    """Says that its URL is registered when the bridge was unavailable."""

    def register_callback(self, url: str) -> None:
        with suppress(Unavailable):
            super().register_callback(url)


@client("NK-CB-7")
class UnregistersInVain(Reference):
    """Says that its URL is removed when the bridge was unavailable."""

    def unregister_callback(self, url: str) -> None:
        with suppress(Unavailable):
            super().unregister_callback(url)


@client("NK-STATE-5")
class UnlatchedForGood(Reference):
    """Shows a lock as unlatched after it has unlatched it, though the latch is back soon (lukasroegner/homebridge-nuki 35)."""

    def act(self, lock: int, action: Action, wait: bool) -> Done:
        done = super().act(lock, action, wait)
        if action is Action.UNLATCH and wait:
            self._believed[lock] = State.UNLATCHED
        return done


@client("NK-CB-6")
class TheSameStateIsNoNews(Reference):
    """Ignores a callback about the state that it shows already, even if a later one was lost."""

    def on_callback(self, body: bytes) -> None:
        try:
            pushed = json.loads(body)
            if self._believed.get(pushed["nukiId"]) is State.of(pushed["state"]):
                return
        except (ValueError, KeyError, TypeError):
            return
        super().on_callback(body)


@client("NK-CB-7")
class AReasonIsNoFailure(Reference):
    """Takes an answer for a success if it has a message."""

    def _require_success(self, answer: Any) -> None:
        if not self._object(answer).get("message"):
            super()._require_success(answer)


@client("NK-CB-4")
class RemovesByPlace(Reference):
    """Takes a callback's place in the list for its id, which differ once another client has freed its slot."""

    def _callbacks(self) -> dict[str, int]:
        return {url: place for place, url in enumerate(super()._callbacks())}


@client("NK-CAP-1")
class NoAnswerIsAHardwareBridge(Reference):
    """Takes a bridge for one of hardware when /info was not answered."""

    def _only_on_hardware(self, path: str) -> None:
        with suppress(Unavailable):
            super()._only_on_hardware(path)


@client("NK-STATE-5")
class AnOddStateIsNoNews(Reference):
    """Shows the state from before when it has read one that it does not know."""

    def lock_state(self, lock: int) -> LockState:
        before = self._believed.get(lock)
        present = super().lock_state(lock)
        if present.state is State.UNKNOWN and before is not None:
            self._believed[lock] = before
        return present


@client("NK-LIST-2")
class CutsLongNames(Reference):
    """Shows the first twenty characters of a lock's name."""

    def list_locks(self) -> Sequence[Lock]:
        return [replace(lock, name=lock.name[:20]) for lock in super().list_locks()]


@client("NK-STATE-5")
class BelievesWhatTheBridgeKnew(Reference):
    """Shows the last known state of /list, also of a lock that could not be read since."""

    def believed_state(self, lock: int) -> State | None:
        return next((one.state for one in self.list_locks() if one.id == lock), None)


@client("NK-STATE-5")
class BelievesWhatItHasListed(Reference):
    """Shows the last known state that it has listed, also of a lock that could not be read before."""

    def list_locks(self) -> Sequence[Lock]:
        locks = super().list_locks()
        self._believed |= {lock.id: lock.state for lock in locks if lock.state is not State.UNKNOWN}
        return locks


@client("NK-CB-1")
class RegisteredOnceForAll(Reference):
    """Does not register again what another client has removed."""

    _registered = frozenset[str]()

    def register_callback(self, url: str) -> None:
        if url not in self._registered:
            super().register_callback(url)
            self._registered |= {url}

    def unregister_callback(self, url: str) -> None:
        super().unregister_callback(url)
        self._registered -= {url}


@client("NK-CB-4")
class RemovesTheSlotItHad(Reference):
    """Removes the id under which it has registered, whoever has it now."""

    _slots: dict[str, int]

    def register_callback(self, url: str) -> None:
        super().register_callback(url)
        self._slots = {**self.__dict__.get("_slots", {}), url: self._callbacks()[url]}

    def unregister_callback(self, url: str) -> None:
        slot = self.__dict__.get("_slots", {}).pop(url, None)
        if slot is None:
            super().unregister_callback(url)
        else:
            self._require_success(self._ask("/callback/remove", id=slot))
