"""Client mutants with one fault on the server side: the reference with one mistake of a real client."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from lockpact.noke.port import (
    Code,
    CommandResult,
    CredentialError,
    CredentialStatus,
    Event,
    ItemResult,
    LimitReached,
    Lock,
    NokeError,
    Refused,
)
from lockpact.noke.reference import Reference
from tests.noke.pact.mutants import client

Answer = dict[str, Any]

# ---- NO-RESULT-1, NO-PART-1, NO-VERS-1


@client("NO-RESULT-1")
class TakesHttpForSuccess(Reference):
    """Looks only at the HTTP status."""

    def _call(self, path: str, body: Answer) -> Answer:
        return self.server.send(path, body)

    def _read(self, path: str, body: Answer) -> Answer:
        return self.server.send(path, body)


@client("NO-RESULT-1")
class NoLocksOnAFailure(Reference):
    """Shows an empty list when the server fails."""

    def locks(self) -> Sequence[Lock]:
        try:
            return super().locks()
        except NokeError:
            return []


@client("NO-RESULT-1")
class FailedRevokeIsGone(Reference):
    """Reports a failed revocation as done."""

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        try:
            return super().revoke_keys(locks, tracking_keys)
        except (Refused, CredentialError):
            return [ItemResult(lock, key, True) for lock in locks for key in tracking_keys]


@client("NO-PART-1")
class MixedIsSuccess(Reference):
    """Reports a mixed result as a success of all items."""

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        wrong = super()._click(path, lock, clicks)
        return {} if len(wrong) < len(clicks) else wrong


@client("NO-PART-1")
class MixedIsFailure(Reference):
    """Reports a mixed result as a failure of all items."""

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        wrong = super()._click(path, lock, clicks)
        if wrong:
            raise Refused("; ".join(wrong.values()))
        return wrong


@client("NO-PART-1")
class SettingsMessagesUnread(Reference):
    """Does not read the messages of /lock/settings/."""

    def set_explicit_lock(self, locks: Sequence[str], on: bool) -> Sequence[ItemResult]:
        return [ItemResult(item.lock, item.name, True) for item in super().set_explicit_lock(locks, on)]


@client("NO-PART-1")
class ForgetsWhoFailed(Reference):
    """Reports only the items that succeeded."""

    def issue_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        return [item for item in super().issue_keys(locks, tracking_keys) if item.ok]


@client("NO-VERS-1")
class NeedsErrorDetails(Reference):
    """Expects error_details, as in version 1.0.0."""

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        if not clicks:
            return {}
        answer = self._call(path, self._versioned({"mac": lock, "quick_clicks": clicks}))
        return {detail["code"]: detail["msg"] for detail in answer["error_details"]}


@client("NO-VERS-1")
class OlderMixedIsFailure(Reference):
    """Does not read the data of a failure."""

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        if not clicks:
            return {}
        answer = self._call(path, self._versioned({"mac": lock, "quick_clicks": clicks}))
        return {detail["code"]: detail["msg"] for detail in answer.get("error_details") or ()}


@client("NO-VERS-1")
class OlderMixedIsSuccess(Reference):
    """Takes a failure with data for a success."""

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        wrong = super()._click(path, lock, clicks)
        return {} if len(set(wrong.values())) == 1 and len(wrong) < len(clicks) else wrong


@client("NO-VERS-1")
class GoesByTheMessage(Reference):
    """Recognises a success by its message."""

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        if not clicks:
            return {}
        answer = self.server.send(path, self._versioned({"mac": lock, "quick_clicks": clicks}))
        if answer.get("message") == "Command successfully completed":
            return {detail["code"]: detail["msg"] for detail in answer.get("error_details") or ()}
        raise Refused(str(answer.get("message")))


# ---- NO-LIMIT-1, NO-QC-1, NO-SLOT-1


@client("NO-LIMIT-1")
class AnyCodeWillDo(Reference):
    """Does not check codes."""

    @staticmethod
    def _invalid(code: str, uses: int) -> str:
        return Reference._invalid("000", uses)


@client("NO-LIMIT-1")
class AnyUsesWillDo(Reference):
    """Does not check uses."""

    @staticmethod
    def _invalid(code: str, uses: int) -> str:
        return Reference._invalid(code, 255)


@client("NO-LIMIT-1")
class FillsBeyondTheHundred(Reference):
    """Does not count the quick clicks of a lock."""

    def _blocked(self, lock: str, codes: Sequence[str]) -> dict[str, str]:
        return {code: why for code, why in super()._blocked(lock, codes).items() if "revoked" in why}


@client("NO-LIMIT-1")
class RevokesEverything(Reference):
    """Revokes all keys when no tracking key is named."""

    def revoke_keys(self, locks: Sequence[str], tracking_keys: Sequence[str]) -> Sequence[ItemResult]:
        try:
            return super().revoke_keys(locks, tracking_keys)
        except LimitReached:
            self._call("/keys/", {"revoke": [{"macs": list(locks)}]})
            return []


@client("NO-QC-1")
class CodesAreNumbers(Reference):
    """Handles codes as numbers."""

    def issue_codes(self, lock: str, codes: Mapping[str, int]) -> Sequence[ItemResult]:
        return super().issue_codes(lock, {str(int(code)) if code.isdigit() else code: n for code, n in codes.items()})


@client("NO-QC-1")
class SendsNumbers(Reference):
    """Sends codes as numbers."""

    def _click(self, path: str, lock: str, clicks: list[Answer]) -> dict[str, str]:
        numbers = [click | {"code": int(click["code"])} for click in clicks] if path == "/qc/issue/" else clicks
        return super()._click(path, lock, numbers)


@client("NO-QC-1")
class RevokesNumbers(Reference):
    """Revokes codes without their leading zeros."""

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[ItemResult]:
        return super().revoke_codes(lock, [code.lstrip("0") or "0" for code in codes])


@client("NO-QC-1")
class ShowsNumbers(Reference):
    """Shows codes as numbers."""

    def codes(self, lock: str) -> Sequence[Code]:
        return [replace(code, code=str(int(code.code))) for code in super().codes(lock)]


@client("NO-SLOT-1")
class ReissuesAtOnce(Reference):
    """Issues a revoked code again at once."""

    def _blocked(self, lock: str, codes: Sequence[str]) -> dict[str, str]:
        return {code: why for code, why in super()._blocked(lock, codes).items() if "revoked" not in why}


@client("NO-SLOT-1")
class ReissuesWhatItRevoked(Reference):
    """Issues codes again that it revoked itself."""

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._mine: set[str] = set()

    def revoke_codes(self, lock: str, codes: Sequence[str]) -> Sequence[ItemResult]:
        self._mine |= set(codes)
        return super().revoke_codes(lock, codes)

    def _blocked(self, lock: str, codes: Sequence[str]) -> dict[str, str]:
        return {code: why for code, why in super()._blocked(lock, codes).items() if code not in self._mine}


# ---- NO-SETUP-1, NO-ENGAGE-1


@client("NO-SETUP-1")
class TapsAgainAtOnce(Reference):
    """Unlocks a new lock again at once."""

    setup = 0.0


@client("NO-SETUP-1")
class WaitsTenSeconds(Reference):
    """Waits ten seconds during set-up."""

    setup = 10.0


@client("NO-SETUP-1")
class ForgetsResets(Reference):
    """Waits after new locks, but not after resets."""

    def _leave_alone(self, mac: str) -> None:
        if not self._entry(mac)["setup_count"]:
            super()._leave_alone(mac)


@client("NO-SHACKLE-1")
class UnlocksToUnshackle(Reference):
    """Unlocks a lock to unshackle it."""

    def unshackle(self, lock: str, tracking_key: str) -> CommandResult:
        return self.unlock(lock, tracking_key)


@client("NO-ENGAGE-1")
class AssumesThatItRelocks(Reference):
    """Relies on the lock to engage by itself."""

    def lock_up(self, lock: str) -> None:
        self._entry(lock)


@client("NO-ENGAGE-1")
class EngagesWithoutTellingTheLock(Reference):
    """Calls /engagelock/ but delivers no commands."""

    def _engaged(self, lock: str) -> bool:
        session = self.phone.radio.wake(lock)
        return bool(self._call("/engagelock/", {"mac": lock, "session": session}))


# ---- NO-ENV-1, NO-SECRET-1


@client("NO-ENV-1")
class TriesTheOtherServer(Reference):
    """Tries the other server when a key is refused."""

    def _read(self, path: str, body: Answer) -> Answer:
        try:
            return super()._read(path, body)
        except CredentialError:
            self.server.url = f"https://coreapi-{'beta' if 'sandbox' in self.server.url else 'sandbox'}.appspot.com"
            return super()._read(path, body)


@client("NO-SECRET-1")
class LogsOfflineKeys(Reference):
    """Logs offline keys."""

    def _store(self, answer: Answer) -> set[tuple[str, str]]:
        logging.getLogger("product").info("stored %s", answer)
        return super()._store(answer)


@client("NO-SECRET-1")
class RaisesWithTheKey(Reference):
    """Puts the refused key into the exception."""

    def _read(self, path: str, body: Answer) -> Answer:
        try:
            return super()._read(path, body)
        except CredentialError:
            raise CredentialError(f"the key {self.server.key} was refused") from None


# ---- NO-SYNC-1, NO-REVOKE-1


@client("NO-SYNC-1")
class IssuedCodesAreActive(Reference):
    """Shows pending codes as active."""

    @staticmethod
    def _on_lock(click: Answer) -> CredentialStatus:
        seen = Reference._on_lock(click)
        return CredentialStatus.ACTIVE if seen is CredentialStatus.PENDING else seen


@client("NO-SYNC-1")
class IssuedKeysAreActive(Reference):
    """Shows pending keys as active."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        seen = super().keys(lock)
        return {name: CredentialStatus.ACTIVE if one is CredentialStatus.PENDING else one for name, one in seen.items()}


@client("NO-SYNC-1")
class EverythingIsSynced(Reference):
    """Does not read flags."""

    def locks(self) -> Sequence[Lock]:
        return [replace(lock, synced=True) for lock in super().locks()]


class _AskedIsDone(Reference):
    """Takes a requested unlock for a done one. `seen`: a status before and after."""

    seen: tuple[CredentialStatus, CredentialStatus]

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._asked_for: set[str] = set()

    def _call(self, path: str, body: Answer) -> Answer:
        if path == "/unlock/":
            self._asked_for.add(body["mac"])
        return super()._call(path, body)

    def codes(self, lock: str) -> Sequence[Code]:
        before, after = self.seen
        return [
            replace(code, status=after) if lock in self._asked_for and code.status is before else code
            for code in super().codes(lock)
        ]


@client("NO-SYNC-1")
class AskingMakesActive(_AskedIsDone):
    """Shows a code as active once an unlock was requested."""

    seen = CredentialStatus.PENDING, CredentialStatus.ACTIVE


@client("NO-REVOKE-1")
class GoneWhenAsked(_AskedIsDone):
    """Shows a revoked code as gone once an unlock was requested."""

    seen = CredentialStatus.REVOKED, CredentialStatus.GONE


@client("NO-REVOKE-1")
class RevokedKeysAreGone(Reference):
    """Shows revoked keys as gone."""

    def keys(self, lock: str) -> Mapping[str, CredentialStatus]:
        return {name: one for name, one in super().keys(lock).items() if one is not CredentialStatus.REVOKED}


@client("NO-REVOKE-1")
class RevokedCodesAreGone(Reference):
    """Shows revoked codes as gone."""

    def codes(self, lock: str) -> Sequence[Code]:
        return [code for code in super().codes(lock) if code.status is not CredentialStatus.REVOKED]


# ---- NO-FOBREV-1, NO-RESET-1, NO-FOB-1


@client("NO-FOBREV-1")
class StopsAtTheFobRevoke(Reference):
    """Revokes a fob without unlocking the lock."""

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        self._call("/fobs/revoke/", {"fob_mac": fob, "lock_macs": list(locks)})
        return dict.fromkeys(locks, CredentialStatus.REVOKED)


@client("NO-FOBREV-1")
class RevokedFobIsGone(Reference):
    """Shows a revoked fob as gone."""

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        return dict.fromkeys(super().revoke_fob(fob, locks), CredentialStatus.GONE)


@client("NO-FOBREV-1")
class UnlocksBeforeItRevokes(Reference):
    """Unlocks the lock before it revokes the fob."""

    def revoke_fob(self, fob: str, locks: Sequence[str]) -> Mapping[str, CredentialStatus]:
        for lock in locks:
            self.unlock(lock, "")
        self._call("/fobs/revoke/", {"fob_mac": fob, "lock_macs": list(locks)})
        return dict.fromkeys(locks, CredentialStatus.REVOKED)


@client("NO-RESET-1")
class KeepsOldOfflineKeys(Reference):
    """Fetches no offline keys after a reset."""

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        super().recover(lock, [], fobs)


@client("NO-RESET-1")
class ForgetsTheFobs(Reference):
    """Syncs no fobs after a reset."""

    def recover(self, lock: str, tracking_keys: Sequence[str], fobs: Sequence[str]) -> None:
        super().recover(lock, tracking_keys, [])


@client("NO-RESET-1")
class FetchesNoCommandsAfterAReset(Reference):
    """Does not unlock the lock after a reset."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        return super().unlock(lock, tracking_key) if tracking_key else CommandResult(True, True)


@client("NO-FOB-1")
class FobsWorkAtIssue(Reference):
    """Shows a fob's credential as active when it is issued."""

    @staticmethod
    def _on_fob(entry: Answer, *, waits: bool) -> CredentialStatus:
        return Reference._on_fob(entry | {"status": entry["status"].replace("pending", "synced")}, waits=False)


@client("NO-FOB-1")
class FobsWorkWhenSynced(Reference):
    """Shows a fob's credential as active when the fob has it."""

    @staticmethod
    def _on_fob(entry: Answer, *, waits: bool) -> CredentialStatus:
        return Reference._on_fob(entry, waits=False)


@client("NO-FOB-1")
class FobsWorkWhenTheLockKnows(Reference):
    """Shows a fob's credential as active when the lock has it."""

    @staticmethod
    def _on_fob(entry: Answer, *, waits: bool) -> CredentialStatus:
        synced = entry["status"] == "pending" and not waits
        return Reference._on_fob(entry | {"status": "synced"} if synced else entry, waits=waits)


# ---- NO-ACT-1, NO-BATT-1


@client("NO-ACT-1")
class RecordedIsTheTime(Reference):
    """Shows recorded_time as the time."""

    @staticmethod
    def _event(entry: Answer) -> Event:
        at = datetime.fromisoformat(entry["recorded_time"])
        return replace(Reference._event(entry), earliest=at, latest=at)


@client("NO-ACT-1")
class EarliestIsExact(Reference):
    """Shows the start of the range as the time."""

    @staticmethod
    def _event(entry: Answer) -> Event:
        event = Reference._event(entry)
        return replace(event, latest=event.earliest)


@client("NO-ACT-1")
class MiddleOfTheRange(Reference):
    """Shows the middle of the range as the time."""

    @staticmethod
    def _event(entry: Answer) -> Event:
        event = Reference._event(entry)
        middle = event.earliest + (event.latest - event.earliest) / 2
        return replace(event, earliest=middle, latest=middle)


@client("NO-BATT-1")
class BatteryBelowZero(Reference):
    """Uses the formula without a lower limit."""

    @staticmethod
    def _percent(millivolts: int) -> int:
        return 100 if millivolts >= 3000 else (millivolts - 2800) * 100 // 200


@client("NO-BATT-1")
class BatteryOverAHundred(Reference):
    """Uses the formula without an upper limit."""

    @staticmethod
    def _percent(millivolts: int) -> int:
        return max(0, (millivolts - 2800) * 100 // 200)


@client("NO-BATT-1")
class BatteryInVolts(Reference):
    """Takes millivolts for volts."""

    @staticmethod
    def _percent(millivolts: int) -> int:
        return max(0, min(100, round((millivolts / 1000 - 2800) / 200 * 100)))


@client("NO-BATT-1")
class ScaleFromZero(Reference):
    """Takes 3000 mV for full and 0 mV for empty."""

    @staticmethod
    def _percent(millivolts: int) -> int:
        return max(0, min(100, millivolts * 100 // 3000))
