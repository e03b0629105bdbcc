"""Client mutants that show something else than the server answered, or than is true."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from lockpact.noke.caller import data_of
from lockpact.noke.port import Code, CredentialStatus, Event, Lock, NokeError, Unavailable
from lockpact.noke.reference import Reference, _keys_in
from tests.noke.pact.mutants import client

ACTIVE, PENDING, REVOKED, GONE = (
    CredentialStatus.ACTIVE,
    CredentialStatus.PENDING,
    CredentialStatus.REVOKED,
    CredentialStatus.GONE,
)


def _as(shown: Mapping[str, CredentialStatus], one: CredentialStatus, other: CredentialStatus) -> dict[str, Any]:
    return {name: other if status is one else status for name, status in shown.items()}


# ---- NO-SHOW-1: locks


@client("NO-SHOW-1")
class HidesNewLocks(Reference):
    """Shows only locks that are set up."""

    def locks(self) -> Sequence[Lock]:
        return [lock for lock in super().locks() if lock.ready]


@client("NO-SHOW-1")
class DropsTheLastLock(Reference):
    """Shows one lock too few."""

    def locks(self) -> Sequence[Lock]:
        return super().locks()[:-1]


@client("NO-SHOW-1")
class AllLocksAreReady(Reference):
    """Shows every lock as ready."""

    def locks(self) -> Sequence[Lock]:
        return [replace(lock, ready=True) for lock in super().locks()]


@client("NO-SHOW-1")
class NoLockIsSynced(Reference):
    """Takes the text "none" for a flag."""

    def locks(self) -> Sequence[Lock]:
        return [replace(lock, synced=False) for lock in super().locks()]


@client("NO-SHOW-1")
class ListsOnce(Reference):
    """Lists the locks once, and shows that list for ever."""

    _list: Sequence[Lock] | None = None

    def locks(self) -> Sequence[Lock]:
        self._list = super().locks() if self._list is None else self._list
        return self._list


@client("NO-SHOW-1")
class OldListOnAFailure(Reference):
    """Shows the list of before when the server does not answer."""

    _list: Sequence[Lock] | None = None

    def locks(self) -> Sequence[Lock]:
        try:
            self._list = super().locks()
        except Unavailable:
            if self._list is None:
                raise
        return self._list


@client("NO-SHOW-1")
class NothingWhenCut(Reference):
    """Shows no locks when the answer was cut off."""

    def locks(self) -> Sequence[Lock]:
        try:
            return super().locks()
        except Unavailable:
            return []


# ---- NO-SHOW-1: keys, codes, fobs


@client("NO-SHOW-1")
class KeysOfAllLocks(Reference):
    """Shows all locks' keys."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        others = (key["tracking_key"] for _, key in _keys_in(self._read("/keys/", {})))
        return dict.fromkeys(others, PENDING) | dict(super().keys(lock))


@client("NO-SHOW-1")
class UsesAreStartUses(Reference):
    """Shows the total of uses as the uses left."""

    def codes(self, lock: str) -> Sequence[Code]:
        return [replace(code, uses=code.start_uses) for code in super().codes(lock)]


@client("NO-SHOW-1")
class StartUsesAreUses(Reference):
    """Shows the uses left as the total."""

    def codes(self, lock: str) -> Sequence[Code]:
        return [replace(code, start_uses=code.uses) for code in super().codes(lock)]


@client("NO-SHOW-1")
class HidesUsedUpCodes(Reference):
    """Hides codes without uses left, though they take their places."""

    def codes(self, lock: str) -> Sequence[Code]:
        return [code for code in super().codes(lock) if code.uses]


@client("NO-SHOW-1")
class FobHidesPending(Reference):
    """Hides a fob's pending credentials."""

    def fob(self, fob: str) -> Mapping[str, CredentialStatus]:
        return {lock: status for lock, status in super().fob(fob).items() if status is not PENDING}


@client("NO-SHOW-1")
class FobHidesRevoked(Reference):
    """Hides a fob's revoked credentials, which still open."""

    def fob(self, fob: str) -> Mapping[str, CredentialStatus]:
        return {lock: status for lock, status in super().fob(fob).items() if status is not REVOKED}


# ---- NO-SHOW-1: activity


class _Events(Reference):
    """A client that changes events before it shows them; None: leaves them out."""

    def changed(self, event: Event) -> Event | None:
        raise NotImplementedError

    def activity(self, lock: str) -> Sequence[Event]:
        return [event for one in super().activity(lock) if (event := self.changed(one)) is not None]


@client("NO-SHOW-1")
class HidesFailedUnlocks(_Events):
    """Shows no failed unlocks."""

    def changed(self, event: Event) -> Event | None:
        return None if event.action == "failed_unlock" else event


@client("NO-SHOW-1")
class FailedIsUnlocked(_Events):
    """Counts a failed unlock as an unlock."""

    def changed(self, event: Event) -> Event | None:
        return replace(event, action=event.action.replace("failed_unlock", "unlocked"))


@client("NO-SHOW-1")
class DropsEventKeys(_Events):
    """Shows events without who it was."""

    def changed(self, event: Event) -> Event | None:
        return replace(event, tracking_key="")


@client("NO-SHOW-1")
class ActivityOfAllLocks(Reference):
    """Shows the activity of all locks."""

    def activity(self, lock: str) -> Sequence[Event]:
        return [self._event(event) for event in data_of(self._read("/activity/", {})).get("activity", [])]


@client("NO-SHOW-1")
class AsksForUnlocksOnly(Reference):
    """Asks for a part of the activity, and shows it as all."""

    def activity(self, lock: str) -> Sequence[Event]:
        answer = data_of(self._read("/activity/", {"lock_macs": [lock], "actions": ["unlocked"]}))
        return [self._event(event) for event in answer.get("activity", [])]


# ---- NO-ACTIVE-1, NO-CALM-1


@client("NO-ACTIVE-1")
class KeysAreNeverActive(Reference):
    """Shows keys as pending for ever."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        return _as(super().keys(lock), ACTIVE, PENDING)


@client("NO-ACTIVE-1")
class RevokedForEver(Reference):
    """Shows a revoked key as revoked after it is gone."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        return _as(super().keys(lock), GONE, REVOKED)


@client("NO-ACTIVE-1")
class CodesAreNeverActive(Reference):
    """Shows codes as pending for ever."""

    def codes(self, lock: str) -> Sequence[Code]:
        return [replace(code, status=PENDING) if code.status is ACTIVE else code for code in super().codes(lock)]


@client("NO-ACTIVE-1")
class FobsAreNeverActive(Reference):
    """Shows a fob's credentials as pending for ever."""

    def fob(self, fob: str) -> Mapping[str, CredentialStatus]:
        return _as(super().fob(fob), ACTIVE, PENDING)


@client("NO-CALM-1")
class OneFailureForEver(Reference):
    """Shows a lock's keys as pending for ever, once a request for them has failed."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._doubtful: set[str] = set()

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Any:
        return self._trying(locks, lambda: super(OneFailureForEver, self).issue_keys(locks, tracking_keys))

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Any:
        return self._trying(locks, lambda: super(OneFailureForEver, self).revoke_keys(locks, tracking_keys))

    def _trying(self, locks: Sequence[str], call: Callable[[], Any]) -> Any:
        try:
            return call()
        except NokeError:
            self._doubtful |= {*locks}
            raise

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        shown = super().keys(lock)
        return _as(shown, ACTIVE, PENDING) if lock in self._doubtful else shown


# ---- NO-REVOKE-1, NO-FOBREV-1, NO-RESET-1, NO-ACT-1


@client("NO-REVOKE-1")
class ForgetsRevokedOnAFailure(Reference):
    """Forgets what it has revoked when a list fails."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        try:
            return super().keys(lock)
        except NokeError:
            self._revoked.clear()
            raise


@client("NO-FOBREV-1")
class RevokedFobForEver(Reference):
    """Shows a revoked fob as opening after the lock has forgotten it."""

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        return dict.fromkeys(super().revoke_fob(fob, locks), REVOKED)


@client("NO-RESET-1")
class RecoversOneFob(Reference):
    """Syncs only the first fob after a reset."""

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        super().recover(lock, tracking_keys, fobs[:1])


@client("NO-ACT-1")
class NaiveTimes(_Events):
    """Shows times without their zone."""

    def changed(self, event: Event) -> Event | None:
        return replace(event, earliest=_naive(event.earliest), latest=_naive(event.latest))


def _naive(at: datetime) -> datetime:
    return at.replace(tzinfo=None)
