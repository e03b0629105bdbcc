"""Products whose phone has one planted fault: the reference, with another phone, or with something between it and a lock."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lockpact.core.connection import Connection
from lockpact.noke.phone import Phone
from lockpact.noke.port import CommandResult, CredentialError, Delivered, NokeError, Radio
from lockpact.noke.reference import Reference
from tests.noke.pact.mutants import client


class _WithPhone(Reference):
    """A product with another phone."""

    phone_class: type[Phone] = Phone

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone = self.phone_class(connection)


class _Air:
    """Something between phone and lock: passes everything on, but for what a subclass changes."""

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
    """A product whose phone has this between itself and locks."""

    air: type[_Air] = _Air

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone._nearby = self.air(self.phone.radio)


# ---- NO-CMD-1


@client("NO-CMD-1")
class FirstPacketOnly(_ThroughAir):
    """Takes the commands for one."""

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
    """Takes packets from the end."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def changed(self, commands: str) -> str:
            return "+".join(reversed(commands.split("+")))


@client("NO-CMD-1")
class UpperCaseCommands(_ThroughAir):
    """Tidies up the commands' hex digits."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def changed(self, commands: str) -> str:
            return commands.upper()


@client("NO-CMD-1")
class CommandsToAnotherLock(_ThroughAir):
    """Tells whichever device it woke first."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        first = ""

        def deliver(self, mac: str, commands: str) -> Delivered:
            self.first = self.first or mac
            return self.radio.deliver(self.first, commands)


@client("NO-CMD-1")
class KeepsCommandsToItself(_ThroughAir):
    """Takes the server's answer for the deed."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def deliver(self, mac: str, commands: str) -> Delivered:
            return Delivered(True, ())


# ---- NO-FRESH-1


@client("NO-FRESH-1")
class CachesCommands(_WithPhone):
    """Asks for a lock's commands once."""

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
    """Remembers the session of the first time."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def wake(self, mac: str) -> str:
            session = self.radio.wake(mac)
            return str(self.__dict__.setdefault("sessions", {}).setdefault(mac, session))


@client("NO-FRESH-1")
class AsksWithAnotherSession(_ThroughAir):
    """Wakes the lock once more, to be sure, and goes on with what it delivered before."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def wake(self, mac: str) -> str:
            session = self.radio.wake(mac)
            self.radio.wake(mac)
            return session


# ---- NO-UPLOAD-1


@client("NO-UPLOAD-1")
class NeverUploads(_WithPhone):
    """Is done when the lock is open."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def upload(self) -> bool:
            return True


@client("NO-UPLOAD-1")
class UploadsOnceOnly(_WithPhone):
    """Forgets what it could not upload."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def upload(self) -> bool:
            try:
                return super().upload()
            finally:
                self._kept.clear()


@client("NO-UPLOAD-1")
class UploadsForLocksOnly(_WithPhone):
    """Fobs have nothing to say."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def upload(self) -> bool:
            self._kept = [log for log in self._kept if not log["mac"].startswith("F0")]
            return super().upload()


@client("NO-UPLOAD-1")
class KeepsOfflineAnswers(_WithPhone):
    """What was done without the server is none of its business."""

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
    """Uploads the first packet of what the lock answered."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def _finish(self, mac: str, session: str, delivered: Delivered) -> CommandResult:
            return super()._finish(mac, session, Delivered(delivered.done, delivered.responses[:1]))


# ---- NO-KEY-1, NO-ENV-1, NO-ORDER-1: the phone's key


@client("NO-KEY-1")
class OneKeyForEverything(_WithPhone):
    """Gives the phone the private key, which opens more."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone.server.key = self.phone.server.key and self.server.key


@client("NO-KEY-1")
class PhoneAsksForCommands(Reference):
    """Lets the phone ask for its commands itself."""

    def _call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return (self.phone.server if path == "/unlock/" else self.server).call(path, body)


@client("NO-KEY-1")
class DisplaysWithTheMobileKey(Reference):
    """Thinks that the key for reading is the mobile one."""

    def _read(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self.phone.server.read(path, body)


@client("NO-ENV-1")
class PhoneStaysOnSandbox(Reference):
    """Moves the server side to production, and forgets the phone's mode."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone.server.url = "https://coreapi-sandbox.appspot.com"


@client("NO-ENV-1")
class PreReleaseOnlyHalf(Reference):
    """Tries the pre-release server with its server side alone: the phone has no URL for it built in."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self.phone.server.url = connection.url.replace("pre-release-dot-", "")


@client("NO-ORDER-1")
class UnlocksWithoutAPhone(_WithPhone):
    """The lock opens, so what."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def ready(self) -> None:
            return

        def upload(self) -> bool:
            return bool(self.server.key) and super().upload()


@client("NO-ORDER-1")
class SyncsFobsWithoutAPhone(_WithPhone):
    """Looks for the phone's key for locks alone."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def run(self, mac: str, commands_for: Callable[[str], str]) -> CommandResult:
            if not self.server.key and mac.startswith("F0"):
                session = self.radio.wake(mac)
                return CommandResult(self.radio.deliver(mac, commands_for(session)).done, False)
            return super().run(mac, commands_for)


@client("NO-ORDER-1")
class GoesOnWithARefusedPhone(_WithPhone):
    """The upload was refused; the next will be better."""

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
    """The upload has been sent, and that was that."""

    class phone_class(Phone):  # noqa: N801 - it overrides an attribute
        def _finish(self, mac: str, session: str, delivered: Delivered) -> CommandResult:
            return CommandResult(super()._finish(mac, session, delivered).done, True)


@client("NO-SETUP-1")
class UnlocksAgainWhenAnUploadFails(Reference):
    """Nothing was acknowledged: once more."""

    setup = 0.0

    def unlock(self, lock: str, tracking_key: str) -> CommandResult:
        first = super().unlock(lock, tracking_key)
        return first if first.acknowledged else super().unlock(lock, tracking_key)


@client("NO-SECRET-1")
class LogsCommands(_ThroughAir):
    """Logs what it tells a lock."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def changed(self, commands: str) -> str:
            logging.getLogger("phone").debug("→ %s", commands)
            return commands


@client("NO-SECRET-1")
class LeavesCommandsInTheCause(_ThroughAir):
    """Raises out of an error that has the commands in its text."""

    class air(_Air):  # noqa: N801 - it overrides an attribute
        def deliver(self, mac: str, commands: str) -> Delivered:
            delivered = self.radio.deliver(mac, commands)
            if delivered.done:
                raise NokeError(f"{mac} did something unexpected") from ValueError(f"unexpected: {commands}")
            return delivered


@client("NO-FW-1")
class DownloadsInUpdateMode(Reference):
    """First the lock, then the file."""

    def update_firmware(self, lock: str) -> bool:
        if not self._command("/fwupdate/", lock, None).done:
            return False
        return self.phone.radio.upload_firmware(lock, self.phone.radio.download_firmware(lock))


@client("NO-FW-1")
class UnlocksInUpdateMode(Reference):
    """Looks whether the lock is still there, before it sends the file."""

    def update_firmware(self, lock: str) -> bool:
        file = self.phone.radio.download_firmware(lock)
        if not self._command("/fwupdate/", lock, None).done:
            return False
        with suppress(NokeError):
            self.phone.radio.wake(lock)
        return self.phone.radio.upload_firmware(lock, file)


@client("NO-FW-1")
class SaysUpdatedAnyway(Reference):
    """The server has taken the call."""

    def update_firmware(self, lock: str) -> bool:
        return self._command("/fwupdate/", lock, None).done
