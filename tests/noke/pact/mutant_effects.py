"""Client mutants that send another request than was asked for, or for others than were named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from lockpact.noke.port import CommandResult, ItemResult, NokeError, NotLive, Refused, Unavailable, UnknownLock
from lockpact.noke.reference import Reference, _fob_entries
from tests.noke.pact.mutants import client

Answer = dict[str, Any]


class _Bodies(Reference):
    """A client that changes requests before it sends them."""

    def changed(self, path: str, body: Answer) -> Answer:
        raise NotImplementedError

    def _call(self, path: str, body: Answer) -> Answer:
        return super()._call(path, self.changed(path, body))


# ---- NO-SENT-1


@client("NO-SENT-1")
class DropsTheTrackingKey(_Bodies):
    """Unlocks without saying for whom."""

    def changed(self, path: str, body: Answer) -> Answer:
        return {k: v for k, v in body.items() if path != "/unlock/" or k != "tracking_key"}


@client("NO-SENT-1")
class LowersTrackingKeys(_Bodies):
    """Sends tracking keys in lower case."""

    def changed(self, path: str, body: Answer) -> Answer:
        return body | {"tracking_key": body["tracking_key"].lower()} if body.get("tracking_key") else body


@client("NO-SENT-1")
class TracksTheLock(_Bodies):
    """Sends the lock's MAC as tracking key."""

    def changed(self, path: str, body: Answer) -> Answer:
        return body | {"tracking_key": body["mac"]} if path == "/unlock/" else body


@client("NO-SENT-1")
class UnlockUnshackles(Reference):
    """Unshackles a lock that is to be unlocked."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        return self._command("/unshackle/", lock, tracking_key)


@client("NO-SENT-1")
class UnlocksTheFirstLock(Reference):
    """Unlocks the first lock of the list, whichever was named."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        locks = self._entries({})
        return super().unlock(locks[0]["mac"] if locks else lock, tracking_key)


@client("NO-SENT-1")
class SettingForAllLocks(Reference):
    """Saves a setting for all locks."""

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[ItemResult]:
        super().set_explicit_lock([lock["mac"] for lock in self._entries({})], on)
        return super().set_explicit_lock(locks, on)


@client("NO-SENT-1")
class IssuesKeysForAllLocks(Reference):
    """Issues keys of all locks."""

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        super().issue_keys([lock["mac"] for lock in self._entries({})], tracking_keys)
        return super().issue_keys(locks, tracking_keys)


@client("NO-SENT-1")
class RevokesOnEveryLock(_Bodies):
    """Revokes by tracking key alone, which means on every lock."""

    def changed(self, path: str, body: Answer) -> Answer:
        jobs = body.get("revoke") if path == "/keys/" else None
        return {"revoke": [{"tracking_keys": job["tracking_keys"]} for job in jobs]} if jobs else body


@client("NO-SENT-1")
class UnlocksBeforeFirmware(Reference):
    """Unlocks a lock to update its firmware."""

    def update_firmware(self, lock: str) -> bool:
        self.unlock(lock, "")
        return super().update_firmware(lock)


# ---- NO-EFFECT-1


@client("NO-EFFECT-1")
class RevokesAllKeysOfALock(_Bodies):
    """Revokes by lock alone, which means all its keys."""

    def changed(self, path: str, body: Answer) -> Answer:
        jobs = body.get("revoke") if path == "/keys/" else None
        return {"revoke": [{"macs": job["macs"]} for job in jobs]} if jobs else body


@client("NO-EFFECT-1")
class SettingInverted(_Bodies):
    """Saves the opposite setting."""

    def changed(self, path: str, body: Answer) -> Answer:
        if path != "/lock/settings/":
            return body
        return body | {"settings": {"explicit-lock": not body["settings"]["explicit-lock"]}}


@client("NO-EFFECT-1")
class SettingOnlyOn(_Bodies):
    """Switches explicit-lock on, but never off."""

    def changed(self, path: str, body: Answer) -> Answer:
        return body | {"settings": {"explicit-lock": True}} if path == "/lock/settings/" else body


class _Clicks(Reference):
    """A client that changes quick clicks before it sends them."""

    def changed(self, click: Answer) -> Answer:
        raise NotImplementedError

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        return super()._click(path, lock, [self.changed(click) if "uses" in click else click for click in clicks])


@client("NO-EFFECT-1")
class UsesAreUnlimited(_Clicks):
    """Issues every quick click for unlimited use."""

    def changed(self, click: Answer) -> Answer:
        return click | {"uses": 255}


@client("NO-EFFECT-1")
class OneUseMore(_Clicks):
    """Counts uses from zero."""

    def changed(self, click: Answer) -> Answer:
        return click | {"uses": min(255, click["uses"] + 1)}


@client("NO-EFFECT-1")
class UsesOfTheFirst(Reference):
    """Issues all quick clicks with the uses of the first one."""

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        if any(self._invalid(code, uses) for code, uses in codes.items()):
            return super().issue_codes(lock, codes)
        return super().issue_codes(lock, dict.fromkeys(codes, next(iter(codes.values()))))


@client("NO-EFFECT-1")
class RevokesTheFirstKey(Reference):
    """Revokes the first key only, and reports all as revoked."""

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        first = super().revoke_keys(locks, tracking_keys[:1])
        return [*first, *(ItemResult(lock, key, True) for lock in locks for key in tracking_keys[1:])]


@client("NO-EFFECT-1")
class FobForTheFirstLock(Reference):
    """Gives a fob a credential for the first lock only, and reports all as given."""

    def issue_fob(self, fob: str, locks: Sequence[str], tracking_key: str) -> Sequence[ItemResult]:
        first = super().issue_fob(fob, locks[:1], tracking_key)
        return [*first, *(ItemResult(lock, tracking_key, True) for lock in locks[1:])]


@client("NO-EFFECT-1")
class FobWithoutTrackingKey(_Bodies):
    """Gives a fob credentials without a tracking key."""

    def changed(self, path: str, body: Answer) -> Answer:
        if path != "/fobs/issue/":
            return body
        return body | {"locks": [{"mac": lock["mac"]} for lock in body["locks"]]}


@client("NO-EFFECT-1")
class RevokesTheWholeFob(Reference):
    """Takes all locks from a fob."""

    def _call(self, path: str, body: Answer) -> Answer:
        if path == "/fobs/revoke/":
            there = _fob_entries(self._read("/fobs/display/", {"fob_macs": [body["fob_mac"]]}), body["fob_mac"])
            body = body | {"lock_macs": [*body["lock_macs"], *(lock["mac"] for lock in there)]}
        return super()._call(path, body)


# ---- NO-ERROR-1


@client("NO-ERROR-1")
class UnavailableIsRefused(Reference):
    """Takes a network failure for a refusal."""

    def _call(self, path: str, body: Answer) -> Answer:
        try:
            return super()._call(path, body)
        except Unavailable as lost:
            raise Refused(str(lost)) from None


@client("NO-ERROR-1")
class UnknownIsUnavailable(Reference):
    """Takes an unknown lock for a network failure."""

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        try:
            return super().issue_codes(lock, codes)
        except UnknownLock as unknown:
            raise Unavailable(str(unknown)) from None


@client("NO-ERROR-1")
class NotLiveIsUnavailable(Reference):
    """Takes an operation that is not yet live for a network failure."""

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[ItemResult]:
        try:
            return super().set_explicit_lock(locks, on)
        except NotLive as soon:
            raise Unavailable(str(soon)) from None


# ---- NO-ENGAGE-1


@client("NO-ENGAGE-1")
class EngagesEveryLock(Reference):
    """Tells every lock to engage, also one that engages by itself."""

    def lock_up(self, lock: str) -> None:
        if not self._engaged(lock):
            raise Refused(f"{lock} did not engage")


# ---- NO-BACK-1, NO-BOUND-1


@client("NO-BACK-1")
class ReadsItsLocksAtStart(Reference):
    """Knows only the locks that it could list when it was made."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        try:
            self._known = {lock["mac"] for lock in self._entries({})}
        except NokeError:
            self._known = set()

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        if lock not in self._known:
            raise UnknownLock(f"there is no lock {lock}")
        return super().unlock(lock, tracking_key)


@client("NO-BACK-1")
class CannotStartAlone(Reference):
    """Cannot be made while the server is away."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._entries({})


@client("NO-BACK-1")
class OnceDownAlwaysDown(Reference):
    """Reads nothing any more after a read has failed."""

    _down = False

    def _read(self, path: str, body: Answer) -> Answer:
        if self._down:
            raise Unavailable("the server is down")
        try:
            return super()._read(path, body)
        except Unavailable:
            self._down = True
            raise


@client("NO-BOUND-1")
class TriesForAWhile(Reference):
    """Repeats an unlock a hundred times while the server fails."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        for _ in range(100):
            try:
                return super().unlock(lock, tracking_key)
            except Unavailable:
                continue
        return super().unlock(lock, tracking_key)


# ---- NO-DONE-1


@client("NO-DONE-1")
class NeverAcknowledged(Reference):
    """Reports no unlock as acknowledged."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        return replace(super().unlock(lock, tracking_key), acknowledged=False)


@client("NO-DONE-1")
class OfflineIsAlwaysDone(Reference):
    """Reports an offline unlock as done, though the lock refused."""

    def offline_unlock(self, lock: str, tracking_key: str) -> CommandResult:
        return replace(super().offline_unlock(lock, tracking_key), done=True)


@client("NO-DONE-1")
class SyncIsNotDone(Reference):
    """Reports no sync of a fob as done."""

    def sync_fob(self, fob: str) -> CommandResult:
        return replace(super().sync_fob(fob), done=False)
