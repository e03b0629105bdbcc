"""Client mutants that mix up two persons, two locks or two calls, or know only what they have done themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress

from lockpact.noke.port import CommandResult, CredentialStatus, ItemResult, Lock, NokeError, Refused, UnknownLock
from lockpact.noke.reference import Reference, _is_ready, _waits
from tests.noke.pact.mutants import client


@client("NO-SENT-1")
class TracksTheFirstPerson(Reference):
    """Unlocks a lock for the person who unlocked it first."""

    _first: Mapping[str, str] = {}

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        self._first = {lock: tracking_key, **self._first} if tracking_key else self._first
        return super().unlock(lock, self._first[lock] if tracking_key else "")


@client("NO-BATT-1")
class ShowsTheOtherBattery(Reference):
    """Shows the external battery of a lock that has one."""

    def locks(self) -> Sequence[Lock]:
        return [
            Lock(
                lock["mac"],
                _is_ready(lock),
                not _waits(lock),
                self._percent(lock["external_battery"] or lock["internal_battery"]),
            )
            for lock in self._entries({})
        ]


@client("NO-SETUP-1")
class OnlyUnlockingWaits(Reference):
    """Does not wait before it unshackles a lock in its set-up."""

    def unshackle(self, lock: str, tracking_key: str) -> CommandResult:
        self._setting_up.pop(lock, None)
        return super().unshackle(lock, tracking_key)


@client("NO-EFFECT-1")
class RevokesInPairs(Reference):
    """Revokes the first key on the first lock and the second on the second, and says so of all."""

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        if len(locks) < 2:
            return super().revoke_keys(locks, tracking_keys)
        for lock, key in zip(locks, tracking_keys, strict=False):
            super().revoke_keys([lock], [key])
        return [ItemResult(lock, key, ok=True) for lock in locks for key in tracking_keys]


@client("NO-SHOW-1")
class ShowsItsOwnKeysOnly(Reference):
    """Shows the keys that it has issued itself, since it was started."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        return {key: status for key, status in super().keys(lock).items() if (lock, key) in self.phone.stored}


@client("NO-RESET-1")
class RecoversTheFirstPerson(Reference):
    """Fetches one person's new key after a reset."""

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        before = dict(self.phone.stored)
        super().recover(lock, tracking_keys, fobs)
        self.phone.stored |= {(lock, key): before[lock, key] for key in tracking_keys[1:] if (lock, key) in before}


@client("NO-RESET-1")
class ForgetsAFobThatFailed(Reference):
    """Says that access is restored when a fob did not get its keys."""

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        super().recover(lock, tracking_keys, ())
        for fob in fobs:
            with suppress(NokeError):
                self.sync_fob(fob)


@client("NO-SETUP-1")
class OneSetUpAtATime(Reference):
    """Remembers only the last lock that is in its set-up."""

    def _leave_alone(self, mac: str) -> None:
        for other in list(self._setting_up)[:-1]:
            del self._setting_up[other]
        super()._leave_alone(mac)


@client("NO-RESULT-1")
class ALockThatIsNotListedIsRefused(Reference):
    """Calls it a refusal when the server lists no such lock."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        try:
            return super().unlock(lock, tracking_key)
        except UnknownLock as missing:
            raise Refused(str(missing)) from None
