"""Client mutants that mix up two persons, two locks or two calls, or know only what they have done themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from lockpact.core.connection import Connection
from lockpact.noke.port import CommandResult, CredentialStatus, ItemResult, Lock, NokeError, Refused, UnknownLock
from lockpact.noke.reference import PLACES, Reference, _fob_entries, _is_ready, _waits
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


@client("NO-PART-1")
class OneKeyIsAllKeysOfALock(Reference):
    """Takes all keys of a lock for issued when one was, though the lock had no place for the others."""

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        results = super().issue_keys(locks, tracking_keys)
        good = {one.lock for one in results if one.ok}
        return [replace(one, ok=True, reason="") if one.lock in good else one for one in results]


@client("NO-SYNC-1")
class KnowsKeysByName(Reference):
    """Shows a key as active if the lock once had one of this name, though a reset has changed it."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        shown = super().keys(lock)
        late = {name for name, status in shown.items() if status is CredentialStatus.PENDING}
        return {
            **shown,
            **{name: CredentialStatus.ACTIVE for mac, name in self._issued if mac == lock and name in late},
        }


@client("NO-ACTIVE-2")
class AllWaitForOne(Reference):
    """Shows all keys of a lock as pending while the lock waits for anything."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        self._issued.clear()
        return super().keys(lock)


@client("NO-ENGAGE-1")
class TrustsItsOwnSetting(Reference):
    """Reads explicit-lock once, and misses what another program sets."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._explicit: dict[str, bool] = {}

    def lock_up(self, lock: str) -> None:
        if lock not in self._explicit:
            self._explicit[lock] = bool(self._entry(lock).get("settings", {}).get("explicit-lock"))
        if self._explicit[lock] and not self._engaged(lock):
            raise Refused(f"{lock} did not engage")

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[ItemResult]:
        results = super().set_explicit_lock(locks, on)
        self._explicit.update({one.lock: on for one in results if one.ok})
        return results


@client("NO-OFFLINE-1")
class ForgetsAKeyThatWasEarly(Reference):
    """Deletes a stored key that a lock has refused, though the lock gets it by the next online unlock."""

    def offline_unlock(self, lock: str, tracking_key: str) -> CommandResult:
        result = super().offline_unlock(lock, tracking_key)
        if not result.done:
            self.phone.stored.pop((lock, tracking_key), None)
        return result


@client("NO-EFFECT-1")
class SubtractsWhatWasUsed(Reference):
    """Takes new uses of a code for its total, and subtracts those that were made."""

    def _click(self, path: str, lock: str, clicks: list[dict[str, Any]]) -> dict[str, str]:
        if path == "/qc/issue/" and clicks:
            used = {click["code"]: click["start_uses"] - click["uses"] for click in self._clicks(lock)}
            clicks = [{**click, "uses": max(1, click["uses"] - used.get(click["code"], 0))} for click in clicks]
        return super()._click(path, lock, clicks)


@client("NO-LIMIT-1")
class AFullLockTakesNothing(Reference):
    """Refuses new uses of a code that a full lock has."""

    def _blocked(self, lock: str, codes: Sequence[str]) -> dict[str, str]:
        if len(self._clicks(lock)) < PLACES:
            return super()._blocked(lock, codes)
        return dict.fromkeys(codes, f"a lock holds {PLACES} quick clicks")


@client("NO-UPLOAD-1")
class ASyncedFobIsAcknowledged(Reference):
    """Says that the server has the responses of a fob as soon as the fob has its keys."""

    def sync_fob(self, fob: str) -> CommandResult:
        done = super().sync_fob(fob).done
        return CommandResult(done, done)


@client("NO-DONE-1")
class SkipsASyncedFob(Reference):
    """Says that a fob took its keys without going there, if the server knows that the fob has them."""

    def sync_fob(self, fob: str) -> CommandResult:
        entries = _fob_entries(self._read("/fobs/display/", {"fob_macs": [fob]}), fob)
        if entries and all(entry["status"] == "synced" for entry in entries):
            return CommandResult(done=True, acknowledged=True)
        return super().sync_fob(fob)


@client("NO-EFFECT-1")
class SameUsesAreNoChange(Reference):
    """Does not issue a code again with the uses that it was issued with, though some are used up."""

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        there = {click["code"]: click["start_uses"] for click in self._clicks(lock) if not click.get("revoked")}
        changed = {code: uses for code, uses in codes.items() if there.get(code) != uses}
        results = {one.name: one for one in super().issue_codes(lock, changed)}
        return [results.get(code) or ItemResult(lock, code, ok=True) for code in codes]


@client("NO-RESET-1")
class RecoversOnlyALockThatIsNotReady(Reference):
    """Restores nothing when the lock was set up again already, though fobs have the keys of before."""

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        if not _is_ready(self._entry(lock)):
            super().recover(lock, tracking_keys, fobs)


@client("NO-REVOKE-1")
class AnyUnlockEndsAllRevocations(Reference):
    """Forgets the revoked keys of all locks when one of them was unlocked."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        result = super().unlock(lock, tracking_key)
        if result.done and result.acknowledged:
            self._revoked.clear()
        return result


@client("NO-WORKS-1")
class OneFirmwareForAll(Reference):
    """Downloads a firmware file once, and sends it to every lock."""

    _file = b""

    def update_firmware(self, lock: str) -> bool:
        self._file = self._file or self.phone.radio.download_firmware(lock)
        return self._command("/fwupdate/", lock, None).done and self.phone.radio.upload_firmware(lock, self._file)
