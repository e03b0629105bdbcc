"""Client mutants with one fault in the phone: the reference with another phone, or with another radio."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lockpact.core.connection import Connection
from lockpact.noke.phone import Phone
from lockpact.noke.port import CommandResult, CredentialError, Delivered, NokeError, OutOfReach, Radio, Unavailable
from lockpact.noke.reference import Reference
from tests.noke.pact.mutants import client


class _WithPhone(Reference):
    """A client with another phone."""

    phone_class: type[Phone] = Phone

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone = self.phone_class(connection)


class _Air:
    """A radio that passes everything on, except what a subclass changes."""

    def __init__(self, radio: Radio) -> None:
        self.radio = radio

    def wake(self, mac: str) -> str:
        return self.radio.wake(mac)

    def deliver(self, mac: str, commands: str) -> Delivered:
        return self.radio.deliver(mac, self.changed(commands))

    def changed(self, commands: str) -> str:
        return commands

    def offline_unlock(self, mac: str, offline_key: str, unlock_command: str) -> Delivered:
        return self.radio.offline_unlock(mac, offline_key, unlock_command)

    def download_firmware(self, mac: str) -> bytes:
        return self.radio.download_firmware(mac)

    def upload_firmware(self, mac: str, file: bytes) -> bool:
        return self.radio.upload_firmware(mac, file)


class _ThroughAir(Reference):
    """A client whose phone uses another radio."""

    air: type[_Air] = _Air

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone._nearby = self.air(self.phone.radio)


# ---- NO-CMD-1


@client("NO-CMD-1")
class FirstPacketOnly(_ThroughAir):
    """Delivers only the first packet."""

    class air(_Air):  # noqa: N801 - an attribute
        def changed(self, commands: str) -> str:
            return commands.partition("+")[0]


@client("NO-CMD-1")
class OnePacketAtATime(_ThroughAir):
    """Delivers each packet by itself."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def deliver(self, mac: str, commands: str) -> Delivered:
            results = [self.radio.deliver(mac, packet) for packet in commands.split("+")]
            return results[-1]


@client("NO-CMD-1")
class PacketsReversed(_ThroughAir):
    """Delivers the packets in reverse order."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def changed(self, commands: str) -> str:
            return "+".join(reversed(commands.split("+")))


@client("NO-CMD-1")
class UpperCaseCommands(_ThroughAir):
    """Changes the commands' hex digits to upper case."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def changed(self, commands: str) -> str:
            return commands.upper()


@client("NO-CMD-1")
class CommandsToAnotherLock(_ThroughAir):
    """Delivers all commands to the first device that it met."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        first = ""

        def deliver(self, mac: str, commands: str) -> Delivered:
            self.first = self.first or mac
            return self.radio.deliver(self.first, commands)


@client("NO-CMD-1")
class KeepsCommandsToItself(_ThroughAir):
    """Reports commands as done without delivering them."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def deliver(self, mac: str, commands: str) -> Delivered:
            return Delivered(True, ())


# ---- NO-FRESH-1


@client("NO-FRESH-1")
class CachesCommands(_WithPhone):
    """Requests a lock's commands once and uses them again."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def run(self, mac: str, commands_for: Callable[[str], str]) -> CommandResult:
            cache = self.__dict__.setdefault("cache", {})

            def cached(session: str) -> str:
                if mac not in cache:
                    cache[mac] = commands_for(session)
                return str(cache[mac])

            return super().run(mac, cached)


@client("NO-FRESH-1")
class CachesTheSession(_ThroughAir):
    """Uses a lock's first session for ever."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def wake(self, mac: str) -> str:
            session = self.radio.wake(mac)
            return str(self.__dict__.setdefault("sessions", {}).setdefault(mac, session))


@client("NO-FRESH-1")
class AsksWithAnotherSession(_ThroughAir):
    """Wakes the lock twice, and uses the first session."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def wake(self, mac: str) -> str:
            session = self.radio.wake(mac)
            self.radio.wake(mac)
            return session


# ---- NO-UPLOAD-1


@client("NO-UPLOAD-1")
class NeverUploads(_WithPhone):
    """Uploads nothing."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def upload(self) -> bool:
            return True


@client("NO-UPLOAD-1")
class UploadsOnceOnly(_WithPhone):
    """Forgets responses whose upload failed."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def upload(self) -> bool:
            try:
                return super().upload()
            finally:
                self._kept.clear()


@client("NO-UPLOAD-1")
class UploadsForLocksOnly(_WithPhone):
    """Does not upload fobs' responses."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def upload(self) -> bool:
            self._kept = [log for log in self._kept if not log["mac"].startswith("F0")]
            return super().upload()


@client("NO-UPLOAD-1")
class KeepsOfflineAnswers(_WithPhone):
    """Does not upload the responses of offline unlocks."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def offline_unlock(self, mac: str, tracking_key: str) -> CommandResult:
            kept = list(self._kept)
            stored, upload = self.stored.get((mac, tracking_key)), self.upload
            if stored is None:
                return super().offline_unlock(mac, tracking_key)
            self.ready()
            delivered = self.radio.offline_unlock(mac, stored.offline_key, stored.unlock_command)
            self._kept = kept
            return CommandResult(delivered.done, upload())


@client("NO-UPLOAD-1")
class AnswersCutShort(_WithPhone):
    """Uploads only the first packet of the responses."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def _finish(self, mac: str, session: str, delivered: Delivered) -> CommandResult:
            return super()._finish(mac, session, Delivered(delivered.done, delivered.responses[:1]))


# ---- NO-KEY-1, NO-ENV-1, NO-ORDER-1: the phone's key


@client("NO-KEY-1")
class OneKeyForEverything(_WithPhone):
    """Gives the phone the private key."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone.server.key = self.phone.server.key and self.server.key


@client("NO-KEY-1")
class PhoneAsksForCommands(Reference):
    """Lets the phone request commands, with the mobile key."""

    def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return (self.phone.server if path == "/unlock/" else self.server).call(path, body)


@client("NO-KEY-1")
class DisplaysWithTheMobileKey(Reference):
    """Reads with the mobile key."""

    def _read(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.phone.server.read(path, body)


@client("NO-ENV-1")
class PhoneStaysOnSandbox(Reference):
    """Leaves the phone on sandbox."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone.server.url = "https://coreapi-sandbox.appspot.com"


@client("NO-ENV-1")
class PreReleaseOnlyHalf(Reference):
    """Moves only the server side to the pre-release server."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone.server.url = connection.url.replace("pre-release-dot-", "")


@client("NO-ORDER-1")
class UnlocksWithoutAPhone(_WithPhone):
    """Unlocks before the phone has its mobile key."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def ready(self) -> None:
            return

        def upload(self) -> bool:
            return bool(self.server.key) and super().upload()


@client("NO-ORDER-1")
class SyncsFobsWithoutAPhone(_WithPhone):
    """Syncs fobs before the phone has its mobile key."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def run(self, mac: str, commands_for: Callable[[str], str]) -> CommandResult:
            if not self.server.key and mac.startswith("F0"):
                session = self.radio.wake(mac)
                return CommandResult(self.radio.deliver(mac, commands_for(session)).done, False)
            return super().run(mac, commands_for)


@client("NO-ORDER-1")
class GoesOnWithARefusedPhone(_WithPhone):
    """Goes on after the server refused the phone's key."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def ready(self) -> None:
            self._refused = False
            super().ready()

        def upload(self) -> bool:
            try:
                return super().upload()
            except CredentialError:
                return False


# ---- NO-RESULT-1, NO-SETUP-1, NO-SECRET-1, NO-FW-1


@client("NO-RESULT-1")
class FailedUploadIsFine(_WithPhone):
    """Reports a failed upload as acknowledged."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def _finish(self, mac: str, session: str, delivered: Delivered) -> CommandResult:
            return CommandResult(super()._finish(mac, session, delivered).done, True)


@client("NO-SETUP-1")
class UnlocksAgainWhenAnUploadFails(Reference):
    """Unlocks again when an upload failed."""

    setup = 0.0

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        first = super().unlock(lock, tracking_key)
        return first if first.acknowledged else super().unlock(lock, tracking_key)


@client("NO-SECRET-1")
class LogsCommands(_ThroughAir):
    """Logs commands."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def changed(self, commands: str) -> str:
            logging.getLogger("phone").debug("→ %s", commands)
            return commands


@client("NO-SECRET-1")
class LeavesCommandsInTheCause(_ThroughAir):
    """Raises from an error whose text has the commands."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def deliver(self, mac: str, commands: str) -> Delivered:
            delivered = self.radio.deliver(mac, commands)
            if delivered.done:
                raise NokeError(f"{mac} did something unexpected") from ValueError(f"unexpected: {commands}")
            return delivered


@client("NO-FW-1")
class DownloadsInUpdateMode(Reference):
    """Downloads the firmware after it has started update mode."""

    def update_firmware(self, lock: str) -> bool:
        if not self._command("/fwupdate/", lock, None).done:
            return False
        return self.phone.radio.upload_firmware(lock, self.phone.radio.download_firmware(lock))


@client("NO-FW-1")
class UnlocksInUpdateMode(Reference):
    """Wakes the lock between update mode and the firmware."""

    def update_firmware(self, lock: str) -> bool:
        file = self.phone.radio.download_firmware(lock)
        if not self._command("/fwupdate/", lock, None).done:
            return False
        with suppress(NokeError):
            self.phone.radio.wake(lock)
        return self.phone.radio.upload_firmware(lock, file)


@client("NO-FW-1")
class SaysUpdatedAnyway(Reference):
    """Reports an update without sending firmware."""

    def update_firmware(self, lock: str) -> bool:
        return self._command("/fwupdate/", lock, None).done


# ---- NO-TIME-1, NO-ONCE-1, NO-OFFLINE-1, NO-BOUND-1: uploads and reach


class _Dates(Phone):
    """A phone that changes the times in its uploads."""

    def changed(self, received: int) -> int:
        raise NotImplementedError

    def upload(self) -> bool:
        for log in self._kept:
            log["received_time"] = self.changed(log["received_time"])
        return super().upload()


@client("NO-TIME-1")
class ReceivedAtMidnight(_WithPhone):
    """Uploads the date only."""

    class phone_class(_Dates):  # noqa: N801 - it overrides an attribute
        def changed(self, received: int) -> int:
            return received // 86_400 * 86_400


@client("NO-TIME-1")
class ReceivedWhenUploaded(_WithPhone):
    """Uploads the time of the upload."""

    class phone_class(_Dates):  # noqa: N801 - it overrides an attribute
        def changed(self, received: int) -> int:
            return int(time.time())


@client("NO-ONCE-1")
class UploadsEverythingAgain(_WithPhone):
    """Uploads all logs that it ever had, each time."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def upload(self) -> bool:
            logs = self.__dict__.setdefault("logs", [])
            logs += [log for log in self._kept if log not in logs]
            if not logs:
                return True
            try:
                self.server.call("/upload/", {"logs": logs})
            except Unavailable:
                return False
            self._kept.clear()
            return True


@client("NO-OFFLINE-1")
class OneKeyAPerson(Reference):
    """Stores one offline key a person, whichever lock it is for."""

    def _store(self, answer: dict[str, Any]) -> set[tuple[str, str]]:
        given = super()._store(answer)
        for mac, name in given:
            for place in [place for place in self.phone.stored if place[1] == name]:
                self.phone.stored[place] = self.phone.stored[mac, name]
        return given


@client("NO-OFFLINE-1")
class OfflineNeedsTheServer(Reference):
    """Asks the server before an offline unlock."""

    def offline_unlock(self, lock: str, tracking_key: str) -> CommandResult:
        self._entry(lock)
        return super().offline_unlock(lock, tracking_key)


@client("NO-BOUND-1")
class WaitsForReach(Reference):
    """Waits an hour for a lock that is out of reach (noke-mobile-library-android 83ba705, d1d292a)."""

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        for _ in range(30):
            with suppress(OutOfReach):
                return super().unlock(lock, tracking_key)
            time.sleep(120)
        return super().unlock(lock, tracking_key)


@client("NO-UPLOAD-1")
class FailsOnAnEmptyQueue(_WithPhone):
    """Fails after the last response, when no command is left (noke-mobile-library-android 9ccc24e)."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def _finish(self, mac: str, session: str, delivered: Delivered) -> CommandResult:
            if delivered.done:
                raise NokeError("no command is left")
            return super()._finish(mac, session, delivered)
