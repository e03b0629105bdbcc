"""Clients with one fault each, about persons, PINs, times, emails and accesses."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from lockpact.remotelock.port import (
    Access,
    Accessible,
    Credential,
    Invalid,
    Person,
    PinTaken,
    Refused,
    Status,
    StayOver,
    Unavailable,
)
from lockpact.remotelock.reference import Reference
from lockpact.remotelock.session import Params
from tests.remotelock.pact.mutants import client

T = TypeVar("T")

# ---- making persons


@client("RL-ONCE-1")
class CreatesAgainBlindly(Reference):
    """Sends a create request again without a check."""

    def _create_once(self, make: Callable[[], T], look: Callable[[], T | None]) -> T:
        try:
            return make()
        except Unavailable:
            return make()


@client("RL-ONCE-1")
class GrantsAgainBlindly(Reference):
    """Checks for persons before a retry, but not for accesses."""

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        wanted = {"attributes": {"accessible_id": id, "accessible_type": kind.value}}
        for _ in range(2):
            try:
                said = self._ask("POST", f"/access_persons/{person}/accesses", body=wanted)["data"]
                return Access(said["id"], person, usable=False)
            except Unavailable:
                time.sleep(1)
        return super().grant(person, kind, id)


@client("RL-ONCE-1")
class SubscribesEveryTime(Reference):
    """Subscribes without a check for an existing webhook."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        return [] if path == "/notification_subscribers" else super()._all(path, params, per_page)


@client("RL-ONCE-1")
class LostIsMade(Reference):
    """Counts a lost answer as a success."""

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        try:
            return self._person(
                self._ask(
                    "POST",
                    "/access_persons",
                    body={"type": "access_user", "attributes": {"name": name, "generate_pin": True}},
                )["data"]
            )
        except Unavailable:
            return Person("00000000-0000-4000-8000-000000000000", name, Status.CURRENT)


# ---- times


class _Tells(Reference):
    """Base: writes times wrongly."""

    def written(self, instant: datetime, zone: ZoneInfo) -> str:
        raise NotImplementedError

    def zone_of(self, lock: str) -> ZoneInfo:
        location = self._get(f"/devices/{lock}")["data"]["attributes"]["location_id"]
        return ZoneInfo(self._get(f"/locations/{location}")["data"]["attributes"]["time_zone"])

    def _local_time(self, instant: datetime, lock: str) -> str:
        return self.written(instant, self.zone_of(lock))


@client("RL-TIME-1")
class SendsUtc(_Tells):
    """Sends UTC with a Z, which is ignored."""

    def written(self, instant: datetime, zone: ZoneInfo) -> str:
        return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@client("RL-TIME-1")
class UsesTodaysOffset(_Tells):
    """Uses today's offset from UTC."""

    def written(self, instant: datetime, zone: ZoneInfo) -> str:
        offset = datetime.fromtimestamp(time.time(), zone).utcoffset()
        assert offset is not None
        return (instant.astimezone(UTC) + offset).replace(tzinfo=None).isoformat()


@client("RL-TIME-1")
class UsesItsOwnZone(_Tells):
    """Uses its own time zone."""

    def written(self, instant: datetime, zone: ZoneInfo) -> str:
        return instant.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None).isoformat()


@client("RL-TIME-1")
class ZoneOfTheFirstLocation(_Tells):
    """Uses the time zone of the first location."""

    def zone_of(self, lock: str) -> ZoneInfo:
        return ZoneInfo(self._get("/locations")["data"][0]["attributes"]["time_zone"])

    def written(self, instant: datetime, zone: ZoneInfo) -> str:
        return instant.astimezone(zone).replace(tzinfo=None).isoformat()


@client("RL-TIME-1")
class ShiftsWhatItIsTold(Reference):
    """Reads a guest's times as UTC."""

    @staticmethod
    def _person(said: Mapping[str, Any]) -> Person:
        person = Reference._person(said)
        if person.starts is None or person.ends is None:
            return person
        there = ZoneInfo("America/Denver")
        starts, ends = (
            t.replace(tzinfo=UTC).astimezone(there).replace(tzinfo=None) for t in (person.starts, person.ends)
        )
        return Person(person.id, person.name, person.status, person.pin, starts, ends)


@client("RL-TIME-1")
class ReadsTheDayByItsFirstHour(Reference):
    """Reads times by the offset of the day's first hour, so they look modified on the day of a clock change.

    This is seamapi/public-tracker 96. What is sent is right.
    """

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        return self._read(super().create_guest(name, email, credential, lock, starts, ends), lock)

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        return self._read(super().extend(guest, lock, until), lock)

    def _read(self, person: Person, lock: str) -> Person:
        location = self._get(f"/devices/{lock}")["data"]["attributes"]["location_id"]
        zone = ZoneInfo(self._get(f"/locations/{location}")["data"]["attributes"]["time_zone"])

        def read(local: datetime | None) -> datetime | None:
            if local is None:
                return None
            midnight = local.replace(hour=0, minute=0, second=0, tzinfo=zone)
            instant = midnight.astimezone(UTC) + (local - midnight.replace(tzinfo=None))
            return instant.astimezone(zone).replace(tzinfo=None)

        return replace(person, starts=read(person.starts), ends=read(person.ends))


# ---- PINs


@client("RL-PIN-1")
class TakenIsOnlyInvalid(Reference):
    """Raises Invalid for a taken PIN."""

    @staticmethod
    def _invalid(what: str, errors: Any) -> Invalid:
        error = Reference._invalid(what, errors)
        return Invalid(str(error), error.errors)


@client("RL-PIN-1")
class AnythingAboutThePinIsTaken(Reference):
    """Raises PinTaken for every error about the PIN."""

    @staticmethod
    def _invalid(what: str, errors: Any) -> Invalid:
        error = Reference._invalid(what, errors)
        return PinTaken(str(error), error.errors) if "pin" in error.errors else error


@client("RL-PIN-1")
class TakesAnotherPinInSilence(Reference):
    """Has a PIN generated if the guest's is taken."""

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        try:
            return super().create_user(name, email, credential)
        except PinTaken:
            return super().create_user(name, email, Credential())


@client("RL-PIN-1")
class GivesUpAfterATakenPin(Reference):
    """Refuses further PINs after a taken one."""

    _wedged = False

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        if self._wedged:
            raise Unavailable("an earlier request failed")
        try:
            return super().create_user(name, email, credential)
        except PinTaken:
            self._wedged = True
            raise


@client("RL-PIN-1")
class ATakenPinStopsTheOthers(Reference):
    """Creates nobody else before the person whose PIN is taken (seamapi/public-tracker 83)."""

    _first: tuple[str, str, str | None, Credential, Mapping[str, str]] | None = None

    def _create_person(
        self, kind: str, name: str, email: str | None, credential: Credential, times: Mapping[str, str]
    ) -> Person:
        if self._first is not None:
            try:
                super()._create_person(*self._first)
            except PinTaken:
                raise Unavailable("an earlier person is not created yet") from None
            self._first = None
        try:
            return super()._create_person(kind, name, email, credential, times)
        except PinTaken:
            self._first = kind, name, email, credential, times
            raise


# ---- staying, leaving


@client("RL-DEACT-1")
class DeletesAtTheEnd(Reference):
    """Deletes the person at the end of the stay."""

    def end(self, person: str) -> bool:
        self._ask("DELETE", f"/access_persons/{person}")
        return False


@client("RL-DEACT-1")
class OnlyRevokesAtTheEnd(Reference):
    """Revokes the accesses, and does not deactivate the person."""

    def end(self, person: str) -> bool:
        for access in self._all(f"/access_persons/{person}/accesses"):
            self._ask("DELETE", f"/access_persons/{person}/accesses/{access['id']}")
        return False


@client("RL-DEACT-1")
class DeletesWhenDeactivated(Reference):
    """Deletes the person after deactivating it."""

    def end(self, person: str) -> bool:
        super().end(person)
        self._ask("DELETE", f"/access_persons/{person}")
        return False


@client("RL-EXTEND-1")
class PutsWhatIsExpired(Reference):
    """Changes a guest without checking the status."""

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        ends = {"attributes": {"ends_at": self._local_time(until, lock)}}
        try:
            return self._person(self._ask("PUT", f"/access_persons/{guest}", body=ends)["data"])
        except Refused as refused:
            raise StayOver(str(refused), refused.type, refused.message) from None


@client("RL-EXTEND-1")
class TooLateIsFine(Reference):
    """Returns the unchanged guest when it is too late."""

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        try:
            return super().extend(guest, lock, until)
        except StayOver:
            return self.person(guest)


@client("RL-EXTEND-1")
class ExtendsByADayInUtc(Reference):
    """Extends in UTC, not in local time."""

    def _local_time(self, instant: datetime, lock: str) -> str:
        return f"{instant.astimezone(UTC).date().isoformat()}T23:59:59"


@client("RL-MAIL-1")
class AssumesThatMailsAreAutomatic(Reference):
    """Sends no email, and expects RemoteLock to."""

    def invite(self, guest: str) -> None:
        self.person(guest)


@client("RL-MAIL-1")
class MailsAgainBlindly(Reference):
    """Sends the email again when the answer is lost."""

    def invite(self, guest: str) -> None:
        try:
            super().invite(guest)
        except Unavailable:
            super().invite(guest)


@client("RL-MAIL-1")
class MailsDaysBefore(Reference):
    """Schedules the email for a day before, and says that it was sent."""

    def invite(self, guest: str) -> None:
        self._ask("POST", f"/access_persons/{guest}/email/notify", body={"attributes": {"days_before": 1}})


# ---- entering


@client("RL-SYNC-1")
class GrantedIsUsable(Reference):
    """Counts every access as usable."""

    def access(self, person: str, access: str) -> Access:
        return Access(access, super().access(person, access).person, usable=True)


class _Counts(Reference):
    """Base: judges the counts wrongly."""

    def usable(self, counts: Mapping[str, Any]) -> bool:
        raise NotImplementedError

    def access(self, person: str, access: str) -> Access:
        counts = self._get(f"/access_persons/{person}/accesses/{access}")["data"]["attributes"]
        return Access(access, person, usable=self.usable(counts))


@client("RL-SYNC-1")
class OneLockIsEnough(_Counts):
    """Counts an access as usable when one lock has synced."""

    def usable(self, counts: Mapping[str, Any]) -> bool:
        return bool(counts["devices_synced_count"] > 0)


@client("RL-SYNC-1")
class FailedCountsAsSynced(_Counts):
    """Counts failed locks as synced."""

    def usable(self, counts: Mapping[str, Any]) -> bool:
        return bool(counts["devices_count"] > 0 and counts["devices_pending_sync_count"] == 0)


@client("RL-SYNC-1")
class IsNeverUsable(_Counts):
    """Never counts an access as usable."""

    def usable(self, counts: Mapping[str, Any]) -> bool:
        return False


@client("RL-COUNT-1")
class NothingPendingIsUsable(Reference):
    """Judges by the counts in the answer to the create request."""

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        wanted = {"attributes": {"accessible_id": id, "accessible_type": kind.value}}
        said = self._ask("POST", f"/access_persons/{person}/accesses", body=wanted)["data"]
        return Access(said["id"], person, usable=said["attributes"]["devices_pending_sync_count"] == 0)


@client("RL-COUNT-1")
class CreatedIsUsable(Reference):
    """Counts a created access as usable."""

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        return Access(super().grant(person, kind, id).id, person, usable=True)


@client("RL-REVOKE-1")
class RevokedIsGone(Reference):
    """Takes the 204 for a sync of the locks."""

    def revoke(self, person: str, access: str) -> bool:
        super().revoke(person, access)
        return True


@client("RL-REVOKE-1")
class EndedIsGone(Reference):
    """Takes a deactivation for a sync of the locks."""

    def end(self, person: str) -> bool:
        super().end(person)
        return True


@client("RL-REVOKE-1")
class NoAccessIsNoEntry(Reference):
    """Judges by the accesses, not by the lock's contacts."""

    def may_enter(self, person: str, lock: str) -> bool:
        return person in self.who(lock) and self.person(person).status is not Status.DEACTIVATED


@client("RL-REVOKE-1")
class MayEnterForEver(Reference):
    """Says for ever that the lock may open."""

    def may_enter(self, person: str, lock: str) -> bool:
        self.who(lock)
        return True


@client("RL-INHERIT-1")
class DirectAccessOnly(Reference):
    """Lists direct accesses only."""

    def who(self, lock: str) -> list[str]:
        found = self._all(f"/devices/{lock}/access_person_accesses")
        direct = [one["attributes"] for one in found if one["attributes"]["accessible_id"] == lock]
        return sorted({one["access_person_id"] for one in direct})


@client("RL-INHERIT-1")
class ForgetsGroups(Reference):
    """Leaves out accesses by group."""

    def who(self, lock: str) -> list[str]:
        found = self._all(f"/devices/{lock}/access_person_accesses")
        direct = [one["attributes"] for one in found if one["attributes"]["accessible_type"] != "door_group"]
        return sorted({one["access_person_id"] for one in direct})
