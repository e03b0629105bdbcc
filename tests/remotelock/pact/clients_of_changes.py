"""Clients with one fault each, about what changes, what is lost, and what looks alike."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from lockpact.core.connection import Connection
from lockpact.remotelock.port import (
    Access,
    Accessible,
    Bolt,
    ConsentNeeded,
    Credential,
    Device,
    Entry,
    Invalid,
    Person,
    Status,
    Tokens,
    Unavailable,
)
from lockpact.remotelock.reference import Reference
from lockpact.remotelock.session import Params
from tests.remotelock.pact.mutants import client

# ---- what changes


@client("RL-TIME-1")
class RemembersALocksZone(Reference):
    """Reads a lock's time zone once. The lock may move."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._zones: dict[str, str] = {}

    def _local_time(self, instant: datetime, lock: str) -> str:
        if lock not in self._zones:
            location = self._get(f"/devices/{lock}")["data"]["attributes"]["location_id"]
            self._zones[lock] = self._get(f"/locations/{location}")["data"]["attributes"]["time_zone"]
        return instant.astimezone(ZoneInfo(self._zones[lock])).replace(tzinfo=None, microsecond=0).isoformat()


@client("RL-TIME-1")
class RemembersALocationsZone(Reference):
    """Reads a location's time zone once. The owner may set it right."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._zones: dict[str, str] = {}

    def _local_time(self, instant: datetime, lock: str) -> str:
        location = self._get(f"/devices/{lock}")["data"]["attributes"]["location_id"]
        if location not in self._zones:
            self._zones[location] = self._get(f"/locations/{location}")["data"]["attributes"]["time_zone"]
        return instant.astimezone(ZoneInfo(self._zones[location])).replace(tzinfo=None, microsecond=0).isoformat()


@client("RL-SYNC-1")
class OnceUsableAlwaysUsable(Reference):
    """Does not ask again once an access is usable. The person may get another PIN."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._usable: set[str] = set()

    def access(self, person: str, access: str) -> Access:
        if access in self._usable:
            return Access(access, person, usable=True)
        found = super().access(person, access)
        if found.usable:
            self._usable.add(access)
        return found


@client("RL-SHOW-1")
class DevicesAreCached(Reference):
    """Keeps the list of devices for five minutes."""

    _until = 0.0
    _devices: Sequence[Device] = ()

    def devices(self, per_page: int) -> Sequence[Device]:
        if time.time() >= self._until:
            self._devices, self._until = super().devices(per_page), time.time() + 300
        return self._devices


@client("RL-INHERIT-1")
class WhoIsCached(Reference):
    """Keeps the list of who can enter for five minutes."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._who: dict[str, tuple[float, Sequence[str]]] = {}

    def who(self, lock: str) -> Sequence[str]:
        at, found = self._who.get(lock, (-1000.0, ()))
        if time.time() >= at + 300:
            found = super().who(lock)
            self._who[lock] = time.time(), found
        return found


@client("RL-EVENT-1")
class EntriesAreCached(Reference):
    """Reads the events once, and adds nothing to them."""

    _events: list[dict[str, Any]] | None = None

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        if path != "/events":
            return super()._all(path, params, per_page)
        if self._events is None:
            self._events = super()._all(path, params, per_page)
        return self._events


@client("RL-GONE-1")
class WaitsForADeletedLock(Reference):
    """Waits for the first contact of a lock that is deleted."""

    def refresh(self) -> None:
        for lock in list(self._unfinished):
            self._finish(self._get(f"/devices/{lock}")["data"])
        super().refresh()


@client("RL-GONE-1")
class MissesItsDeletedWebhook(Reference):
    """Asks for its webhook for ever, and reads no events if it is deleted."""

    def refresh(self) -> None:
        if self._webhook is not None:
            self._get(f"/notification_subscribers/{self._webhook}")
        super().refresh()


@client("RL-HOOK-3")
class RefusesWhatIsLate(Reference):
    """Refuses messages about what happened more than an hour ago."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        status = super().on_webhook(headers, body)
        if status != 200:
            return status
        at = datetime.fromisoformat(json.loads(body)["data"]["attributes"]["occurred_at"])
        return 400 if at.timestamp() < time.time() - 3600 else 200


@client("RL-ONLY-1")
class RemovesOtherSubscribers(Reference):
    """Removes all other subscribers, as left over, before it subscribes."""

    def subscribe(self, url: str) -> None:
        for other in self._all("/notification_subscribers"):
            if other["attributes"].get("url") != url:
                self._ask("DELETE", f"/notification_subscribers/{other['id']}")
        super().subscribe(url)


# ---- what is lost


@client("RL-TIME-1")
class ALostExtensionIsOne(Reference):
    """Takes a lost answer for an extension."""

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        person = self.person(guest)
        try:
            return super().extend(guest, lock, until)
        except Unavailable:
            return replace(person, ends=datetime.fromisoformat(self._local_time(until, lock)))


@client("RL-DEACT-1")
class ALostEndIsOne(Reference):
    """Does not report that the end of a stay was lost."""

    def end(self, person: str) -> bool:
        try:
            return super().end(person)
        except Unavailable:
            self.person(person)
            return False


@client("RL-PINS-1")
class ALostRemovalIsOne(Reference):
    """Does not report that the removal of a local PIN was lost."""

    def remove_local_pin(self, lock: str, pin: str) -> None:
        try:
            super().remove_local_pin(lock, pin)
        except Unavailable:
            self._get(f"/devices/{lock}")


@client("RL-DO-1")
class CommandsAgainLater(Reference):
    """Sends a command again half a minute after its answer was lost."""

    def order(self, lock: str, to: Bolt) -> bool:
        try:
            return super().order(lock, to)
        except Unavailable:
            time.sleep(30)
            return super().order(lock, to)


@client("RL-SETUP-1")
class ForgetsASetUpThatFailed(Reference):
    """Takes a lock off its list before the settings are sent."""

    def _finish(self, device: Mapping[str, Any]) -> None:
        timeout = self._unfinished[device["id"]]
        try:
            super()._finish(device)
        except Unavailable:
            assert self._unfinished.pop(device["id"]) == timeout
            raise


@client("RL-HOOK-4")
class MarksBeforeItHasRead(Reference):
    """Notes how far it has read events as soon as it has the first page of them."""

    def _recover(self) -> None:
        until, page, done = self._complete_until or "", 0, False
        while not done:
            page += 1
            query = [("sort", "-created_at"), ("per_page", "50"), ("page", str(page))]
            answer = self._get("/events", query)
            new = [event for event in answer["data"] if event["attributes"]["created_at"] >= until]
            for event in new:
                self._act_on(event)
            if page == 1 and new:
                self._complete_until = new[0]["attributes"]["created_at"]
            done = len(new) < len(answer["data"]) or page >= answer["meta"]["total_pages"]


@client("RL-HOOK-4")
class RecoversTwoPages(Reference):
    """Reads two pages of events at most."""

    def _get(self, path: str, params: Params = ()) -> dict[str, Any]:
        answer = super()._get(path, params)
        if path == "/events" and ("sort", "-created_at") in params:
            answer["meta"]["total_pages"] = min(answer["meta"]["total_pages"], 2)
        return answer


@client("RL-AUTH-2")
class RenewsWhenItStarts(Reference):
    """Renews the token when it starts, without the lock that the processes share."""

    def resume(self) -> None:
        tokens = self._store.load()
        if tokens is not None:
            self._store.save(self._new_tokens(tokens))


@client("RL-AUTH-3")
class SendsARefusedTokenAgain(Reference):
    """Sends a refused refresh token with every call."""

    def _new_tokens(self, tokens: Tokens | None) -> Tokens:
        try:
            return super()._new_tokens(tokens)
        except ConsentNeeded:
            self._store.save(tokens)
            raise


# ---- what looks alike


@client("RL-SAVE-1")
class TakesANamesake(Reference):
    """Takes a person with the same name for the one to create."""

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        same = [person for person in self.persons(everyone=False) if person.name == name]
        return same[0] if same else super().create_user(name, email, credential)


@client("RL-SAVE-1")
class SetsUpANamesake(Reference):
    """Takes a lock with the same name for the one to set up."""

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        same = [device for device in self.devices(50) if device.name == name]
        return same[0].id if same else super().set_up(name, serial, model, location, timeout)


@client("RL-SAVE-1")
class GrantsOnASchedule(Reference):
    """Grants access at the hours of the account's first schedule."""

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        schedules = [one for one in self._all("/schedules") if one["type"] == "access_schedule"]
        wanted = {"accessible_id": id, "accessible_type": kind.value, "access_schedule_id": schedules[0]["id"]}
        made = self._ask("POST", f"/access_persons/{person}/accesses", body={"attributes": wanted})["data"]
        return Access(made["id"], person, usable=False)


@client("RL-SAVE-1")
class DoorsAreLocks(Reference):
    """Grants access to an ACS door as if it were a lock."""

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        return super().grant(person, Accessible.LOCK if kind is Accessible.ACS_DOOR else kind, id)


@client("RL-PINS-1")
class RemovesWhatBeginsTheSame(Reference):
    """Removes all local PINs that begin with the one to remove."""

    def remove_local_pin(self, lock: str, pin: str) -> None:
        pins = self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] or []
        kept = [other for other in pins if not other.startswith(pin)]
        if kept != pins:
            self._ask("PUT", f"/devices/{lock}", body={"attributes": {"local_pins": kept}})


@client("RL-PINS-1")
class KeepsTheLastPin(Reference):
    """Takes an empty list for none, and sends nothing."""

    def remove_local_pin(self, lock: str, pin: str) -> None:
        if self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] != [pin]:
            super().remove_local_pin(lock, pin)


@client("RL-PINS-1")
class RemovesTheSameNumber(Reference):
    """Compares local PINs as numbers."""

    def remove_local_pin(self, lock: str, pin: str) -> None:
        pins = self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] or []
        kept = [other for other in pins if int(other) != int(pin)]
        if kept != pins:
            self._ask("PUT", f"/devices/{lock}", body={"attributes": {"local_pins": kept}})


@client("RL-EVENT-1")
class ForgetsCards(Reference):
    """Shows entries by a PIN only."""

    def entries(self, lock: str) -> Sequence[Entry]:
        by_pin = {event["id"] for event in self._all("/events") if event["attributes"].get("method") == "pin"}
        return [entry for entry in super().entries(lock) if entry.id in by_pin]


@client("RL-STATE-1")
class AFailedMoveMovesTheBolt(Reference):
    """Does not read an event's status."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        super()._act_on({**event, "attributes": {**event["attributes"], "status": "succeeded"}})


@client("RL-ERR-1")
class OnlyTheFirstAttribute(Reference):
    """Reports the first of several invalid attributes."""

    @staticmethod
    def _invalid(what: str, errors: Sequence[Any]) -> Invalid:
        return Reference._invalid(what, errors[:1])


@client("RL-REVOKE-1")
class TheSameSecondIsLater(Reference):
    """Takes a contact in the second in which an access ended for a later one."""

    def _end_at(self, person: str, locks: Sequence[str]) -> bool:
        ends = super()._end_at(person, locks)
        self._ended = {key: at[:-1] for key, at in self._ended.items()}
        return ends


@client("RL-REVOKE-1")
class AnExpiredGuestIsOut(Reference):
    """Judges by RemoteLock's status of a guest who leaves earlier than the lock knows."""

    def may_enter(self, person: str, lock: str) -> bool:
        return self.person(person).status is not Status.EXPIRED and super().may_enter(person, lock)


# ---- what is taken for granted


@client("RL-SHOW-1")
class PassesARefusalOn(Reference):
    """Does not renew a token that is refused before it expires."""

    def _renew(self, refused: str | None) -> str:
        return super()._renew(None)


@client("RL-EVENT-1")
class WhomItKnowsIsLetIn(Reference):
    """Takes everybody whom the lock knows for let in."""

    def entries(self, lock: str) -> Sequence[Entry]:
        return [replace(entry, granted=entry.granted or entry.person is not None) for entry in super().entries(lock)]


@client("RL-HOOK-2")
class ReportedLastIsNewest(Reference):
    """Orders moves by when RemoteLock heard of them. A lock that was offline reports several at once."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        reported = {**event["attributes"], "occurred_at": event["attributes"]["created_at"]}
        super()._act_on({**event, "attributes": reported})


@client("RL-SAVE-1")
class MakesUpPins(Reference):
    """Makes a PIN of the letters of the name."""

    def _create_person(
        self, kind: str, name: str, email: str | None, credential: Credential, times: Mapping[str, str]
    ) -> Person:
        if credential == Credential():
            credential = Credential(pin=f"{sum(map(ord, name)) % 10_000:04}")
        return super()._create_person(kind, name, email, credential, times)
