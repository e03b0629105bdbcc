"""Client mutants that report results without their reasons, or end where one item, lock or upload fails."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from lockpact.core.connection import Connection
from lockpact.noke.phone import Phone
from lockpact.noke.port import CommandResult, CredentialStatus, Event, ItemResult, Refused, UnknownLock
from lockpact.noke.reference import Reference
from tests.noke.pact.mutants import client

Answer = dict[str, Any]


def _without_reasons(items: Sequence[ItemResult]) -> list[ItemResult]:
    return [replace(item, reason="") for item in items]


# ---- NO-REASON-1, NO-PART-1


@client("NO-REASON-1")
class CodesFailWithoutAReason(Reference):
    """Drops why a quick click was refused."""

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        return _without_reasons(super().issue_codes(lock, codes))


@client("NO-REASON-1")
class KeysFailWithoutAReason(Reference):
    """Drops why an offline key was not issued."""

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        return _without_reasons(super().issue_keys(locks, tracking_keys))


@client("NO-REASON-1")
class SettingsFailWithoutAReason(Reference):
    """Drops the messages of a setting that was not saved."""

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[ItemResult]:
        return _without_reasons(super().set_explicit_lock(locks, on))


@client("NO-REASON-1")
class FobsFailWithoutAReason(Reference):
    """Drops why a lock was not issued to a fob."""

    def issue_fob(self, fob: str, locks: Sequence[str], tracking_key: str) -> Sequence[ItemResult]:
        return _without_reasons(super().issue_fob(fob, locks, tracking_key))


@client("NO-REASON-1")
class OneReasonForAll(Reference):
    """Gives its own text for whatever failed."""

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[ItemResult]:
        return [
            item if item.ok else replace(item, reason="try again later") for item in super().revoke_codes(lock, codes)
        ]


@client("NO-PART-1")
class EndsAtTheFirstFailure(Reference):
    """Issues one key after another, and raises where one fails: nobody learns of those before."""

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        issued: list[ItemResult] = []
        for lock in locks:
            for name in tracking_keys:
                issued += super().issue_keys([lock], [name])
                if not issued[-1].ok:
                    raise Refused(issued[-1].reason)
        return issued


# ---- NO-VERS-1


class _Asks(Reference):
    """Asks for another version than it is set up for."""

    asked: str | None = None

    def _versioned(self, body: Answer) -> Answer:
        return {**body, "api_version": self.asked} if self.asked is not None else body


@client("NO-VERS-1")
class AsksForTheNewestVersion(_Asks):
    """Asks for version 1.0.0, whatever is set up."""

    asked = "1.0.0"


@client("NO-VERS-1")
class AsksForNoVersion(_Asks):
    """Ignores the version that is set up."""


# ---- NO-FOBREV-1, NO-FW-1


@client("NO-FOBREV-1")
class AFarLockEndsIt(Reference):
    """Raises OutOfReach where it cannot unlock one of the revoked locks."""

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        self.phone.ready()
        self._call("/fobs/revoke/", {"fob_mac": fob, "lock_macs": list(locks)})
        opened = {lock: self.unlock(lock, "") for lock in locks}
        return {
            lock: CredentialStatus.GONE if one.done and one.acknowledged else CredentialStatus.REVOKED
            for lock, one in opened.items()
        }


@client("NO-FOBREV-1")
class SyncsTheFirstLockOnly(Reference):
    """Unlocks only the first of the locks that it revoked."""

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        self._call("/fobs/revoke/", {"fob_mac": fob, "lock_macs": list(locks)})
        return dict.fromkeys(locks, CredentialStatus.REVOKED) | dict(super().revoke_fob(fob, locks[:1]))


@client("NO-FW-1")
class UpdateModeIsAnUpdate(Reference):
    """Reports the firmware as updated once the lock is in update mode."""

    def update_firmware(self, lock: str) -> bool:
        super().update_firmware(lock)
        return True


# ---- NO-UPLOAD-1, NO-ACT-1, NO-SHOW-1


class _Forgetful(Phone):
    def forget(self) -> None:
        self._kept.clear()


@client("NO-UPLOAD-1")
class RefreshDropsWhatFailed(Reference):
    """Tries what it kept once more, and drops it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone: _Forgetful = _Forgetful(connection)

    def refresh(self) -> None:
        try:
            super().refresh()
        finally:
            self.phone.forget()


@client("NO-ACT-1")
class EndsWhenRecorded(Reference):
    """Takes the time when a phone reported an event for the end of its range."""

    @staticmethod
    def _event(entry: Answer) -> Event:
        return replace(Reference._event(entry), latest=datetime.fromisoformat(entry["recorded_time"]))


@client("NO-SHOW-1")
class ActivitySinceItsStart(Reference):
    """Shows only what happened since it was started."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._started = datetime.fromtimestamp(time.time(), UTC)

    def activity(self, lock: str) -> Sequence[Event]:
        return [event for event in super().activity(lock) if event.latest >= self._started]


# ---- NO-WORKS-1


class _Bodies(Reference):
    """A client that changes requests before it sends them."""

    def changed(self, path: str, body: Answer) -> Answer:
        raise NotImplementedError

    def _call(self, path: str, body: Answer) -> Answer:
        return super()._call(path, self.changed(path, body))

    def _read(self, path: str, body: Answer) -> Answer:
        return super()._read(path, self.changed(path, body))


@client("NO-WORKS-1")
class NamesAFobAsALock(_Bodies):
    """Names a fob by the parameter of a lock."""

    def changed(self, path: str, body: Answer) -> Answer:
        return {"mac" if k == "fob_mac" else k: v for k, v in body.items()} if path == "/fobs/issue/" else body


@client("NO-WORKS-1")
class SettingsAreTexts(_Bodies):
    """Sends a setting as a text."""

    def changed(self, path: str, body: Answer) -> Answer:
        on = body["settings"]["explicit-lock"] if path == "/lock/settings/" else None
        return body if on is None else body | {"settings": {"explicit-lock": str(on).lower()}}


@client("NO-WORKS-1")
class AsksForActivityByText(_Bodies):
    """Names one lock as a text, where an array is wanted."""

    def changed(self, path: str, body: Answer) -> Answer:
        return body | {"lock_macs": body["lock_macs"][0]} if path == "/activity/" else body


@client("NO-WORKS-1")
class NeverUpdates(Reference):
    """Takes every firmware for the newest."""

    def update_firmware(self, lock: str) -> bool:
        return not self._entry(lock).get("fw_version")


@client("NO-WORKS-1")
class NeedsTwoTaps(Reference):
    """Only asks about a lock at the first tap."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._tapped: set[str] = set()

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        if lock not in self._tapped:
            self._entry(lock)
            self._tapped.add(lock)
            return CommandResult(done=False, acknowledged=False)
        return super().unlock(lock, tracking_key)


@client("NO-WORKS-1")
class RevokedIsNotOk(Reference):
    """Takes a revoked quick click, which is still on the lock, for a failure."""

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[ItemResult]:
        return [replace(item, ok=False, reason="it is still on the lock") for item in super().revoke_codes(lock, codes)]


# ---- NO-DONE-1, NO-ERROR-1


@client("NO-DONE-1")
class TooLateIsDone(Reference):
    """Reports commands as done, though the lock slept and refused them."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        return replace(super().unlock(lock, tracking_key), done=True)


@client("NO-ERROR-1")
class UnknownIsRefused(Reference):
    """Does not tell an unknown lock from other refusals."""

    def _entry(self, mac: str) -> Answer:
        try:
            return super()._entry(mac)
        except UnknownLock as unknown:
            raise Refused(str(unknown)) from None

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        try:
            return super().issue_codes(lock, codes)
        except UnknownLock as unknown:
            raise Refused(str(unknown)) from None


# ---- NO-OFFLINE-1


@client("NO-OFFLINE-1")
class OpensWithAnybodysKey(Reference):
    """Opens a lock with any key that the phone has for it."""

    def offline_unlock(self, lock: str, tracking_key: str) -> CommandResult:
        names = [name for mac, name in self.phone.stored if mac == lock]
        return super().offline_unlock(lock, tracking_key if tracking_key in names else [*names, tracking_key][0])
