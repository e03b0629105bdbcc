"""Clients with one fault each that shows the second time, when one part of several fails, or when clocks differ."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.remotelock.port import (
    Access,
    Accessible,
    Bolt,
    Credential,
    Entry,
    Invalid,
    NotFound,
    Person,
    Status,
    StayOver,
    Unavailable,
)
from lockpact.remotelock.reference import EVERYONE, Reference
from lockpact.remotelock.session import Params
from tests.remotelock.pact.mutants import client

# ---- the second time


@client("RL-REVOKE-1")
class TheFirstEndCounts(Reference):
    """Keeps when an access ended first, though it was granted again and ended again."""

    def _end_at(self, person: str, locks: Sequence[str]) -> bool:
        earlier = {key: at for key, at in self._ended.items() if at}
        ends = super()._end_at(person, locks)
        self._ended |= earlier
        return ends

    def may_enter(self, person: str, lock: str) -> bool:
        ended = self._ended.get((person, lock))
        may = super().may_enter(person, lock)
        if ended:
            self._ended[person, lock] = ended
        return may


@client("RL-REVOKE-1")
class OneAccessIsAll(Reference):
    """Forgets that a person whose access was revoked may have another one to the same lock."""

    def may_enter(self, person: str, lock: str) -> bool:
        ended = self._ended.get((person, lock))
        if ended and (self._get(f"/devices/{lock}")["data"]["attributes"]["connected_at"] or "") > ended:
            return False
        return super().may_enter(person, lock)


@client("RL-SETUP-1")
class SetsUpTheLastOne(Reference):
    """Remembers one lock that it is setting up."""

    def set_up(self, name: str, serial: str, model: str, location: str, timeout: int) -> str:
        self._unfinished.clear()
        return super().set_up(name, serial, model, location, timeout)


@client("RL-SETUP-1")
class SetsItBack(Reference):
    """Never takes a set-up for finished, and undoes what the owner changes."""

    def _finish(self, device: Mapping[str, Any]) -> None:
        timeout = self._unfinished[device["id"]]
        super()._finish(device)
        self._unfinished[device["id"]] = timeout


@client("RL-EVENT-1")
class EntriesAfterTheNewest(Reference):
    """Keeps the entries that it has read, and adds those that happened later than all of them."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._kept: dict[str, list[Entry]] = {}

    def entries(self, lock: str) -> Sequence[Entry]:
        kept = self._kept.setdefault(lock, [])
        newest = max((entry.at for entry in kept), default=None)
        kept += [entry for entry in super().entries(lock) if newest is None or entry.at > newest]
        return kept


@client("RL-EVENT-1")
class EntriesOfADay(Reference):
    """Shows the entries of the last 24 hours."""

    def entries(self, lock: str) -> Sequence[Entry]:
        since = datetime.fromtimestamp(time.time() - 86_400, UTC)
        return [entry for entry in super().entries(lock) if entry.at >= since]


@client("RL-HOOK-4")
class StartsAnewWhenItSubscribes(Reference):
    """Takes all events before its last subscription for known, also those that it has missed since the first one."""

    def subscribe(self, url: str) -> None:
        self._complete_until = None
        super().subscribe(url)


@client("RL-HOOK-4")
class OneEventASecond(Reference):
    """Takes two events of one type, at one lock, in one second for the same."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._known: dict[object, str] = {}

    def _act_on(self, event: Mapping[str, Any]) -> None:
        attributes = event["attributes"]
        what = event["type"], attributes["publisher_id"], attributes["occurred_at"]
        if self._known.setdefault(what, event["id"]) == event["id"]:
            super()._act_on(event)


@client("RL-SAVE-1")
class ReturnsWhatWasRevoked(Reference):
    """Returns the access that it granted before, though it was revoked since."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._granted: dict[tuple[str, str], Access] = {}

    def grant(self, person: str, kind: Accessible, id: str) -> Access:
        if (person, id) not in self._granted:
            self._granted[person, id] = super().grant(person, kind, id)
        return self._granted[person, id]


@client("RL-SAVE-1")
class LeavesItInactive(Reference):
    """Takes the webhook of its URL for one that works."""

    def subscribe(self, url: str) -> None:
        webhooks = self._all("/notification_subscribers")
        if not any(webhook["attributes"].get("url") == url for webhook in webhooks):
            super().subscribe(url)


@client("RL-SETUP-1")
class GivesUpASetUp(Reference):
    """Looks three times for the first contact of a lock."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._looks = Counter[str]()

    def refresh(self) -> None:
        self._looks.update(self._unfinished)
        self._unfinished = {lock: timeout for lock, timeout in self._unfinished.items() if self._looks[lock] <= 3}
        super().refresh()


# ---- one part of several


@client("RL-REVOKE-1")
class OneLockForAll(Reference):
    """Takes the end of an access for known to all locks when one of them knows it."""

    def may_enter(self, person: str, lock: str) -> bool:
        may = super().may_enter(person, lock)
        if not may:
            self._ended |= {key: "" for key in self._ended if key[0] == person}
        return may and self._ended.get((person, lock)) != ""


@client("RL-HOOK-5")
class OneRefusalStopsTheRest(Reference):
    """Ends a refresh when RemoteLock refuses the settings of one lock."""

    def refresh(self) -> None:
        for lock in list(self._unfinished):
            try:
                self._finish(self._get(f"/devices/{lock}")["data"])
            except NotFound:
                del self._unfinished[lock]
        super().refresh()


@client("RL-HOOK-5")
class OneRefusalStopsTheRestInSilence(OneRefusalStopsTheRest):
    """Ends a refresh in silence when RemoteLock refuses the settings of one lock."""

    def refresh(self) -> None:
        try:
            super().refresh()
        except Invalid:
            return


@client("RL-SETUP-1")
class WaitsForALockThatIsConnected(Reference):
    """Sends the settings only if the lock is connected at that moment."""

    def _finish(self, device: Mapping[str, Any]) -> None:
        if device["attributes"]["connected"]:
            super()._finish(device)


@client("RL-ERR-1")
class OneMessageAnAttribute(Reference):
    """Reports the first of several messages about an attribute."""

    @staticmethod
    def _invalid(what: str, errors: Sequence[Any]) -> Invalid:
        return Reference._invalid(what, [{**error, "messages": error["messages"][:1]} for error in errors])


@client("RL-ERR-1")
class MailsWithoutAnAddress(Reference):
    """Says nothing if a guest has no email address."""

    def invite(self, guest: str) -> None:
        try:
            super().invite(guest)
        except Invalid:
            return


@client("RL-RATE-2")
class NotesTheLimitWhenItReads(Reference):
    """Does not look at the headers of answers to what it writes."""

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        if answer.request.method == "GET" or answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            super()._note_rate_limit(answer)


@client("RL-AUTH-1")
class RenewsForReadsOnly(Reference):
    """Gets a new token after a 401, but does not send a write again."""

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        self._writes = method != "GET"
        return super()._ask(method, path, params, body)

    def _renew(self, refused: str | None) -> str:
        token = super()._renew(refused)
        if refused is not None and self._writes:
            raise Unavailable("the token was refused")
        return token


# ---- errors that nobody else raised


@client("RL-ERR-5")
class OfflineIsUnavailable(Reference):
    """Commands no lock that is not connected at the moment."""

    def order(self, lock: str, to: Bolt) -> bool:
        if not self._get(f"/devices/{lock}")["data"]["attributes"]["connected"]:
            raise Unavailable("the lock is offline")
        return super().order(lock, to)


@client("RL-ERR-5")
class ExtendsTheCurrentOnly(Reference):
    """Takes a stay that has not begun for one that is over."""

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        if self.person(guest).status is not Status.CURRENT:
            raise StayOver("the guest is not here")
        return super().extend(guest, lock, until)


# ---- who is who, and what time it is


@client("RL-SAVE-1")
class TakesWhoHasTheSameAddress(Reference):
    """Looks for a person whose creation got no answer by the email address, also among those who were there before."""

    def _create_person(
        self, kind: str, name: str, email: str | None, credential: Credential, times: Mapping[str, str]
    ) -> Person:
        known = [p for p in self._all("/access_persons", EVERYONE) if email and p["attributes"]["email"] == email]
        asked = self._ask

        def ask(method: str, path: str, *more: Any, **options: Any) -> dict[str, Any]:
            try:
                return asked(method, path, *more, **options)
            except Invalid:
                raise
            except Exception:
                if method == "POST" and known:
                    return {"data": known[0]}
                raise

        self._ask = ask  # type: ignore[method-assign]
        try:
            return super()._create_person(kind, name, email, credential, times)
        finally:
            self._ask = asked  # type: ignore[method-assign]


@client("RL-PAGE-1")
class PresentByTheNumbers(Reference):
    """Compares the local end of a stay with the time in UTC."""

    def persons(self, everyone: bool) -> Sequence[Person]:
        now = datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None)
        return [p for p in super().persons(everyone) if everyone or p.ends is None or p.ends > now]


@client("RL-REVOKE-1")
class UpcomingGuestsAreOut(Reference):
    """Takes a guest whose stay has not begun for one whom no lock knows."""

    def end(self, person: str) -> bool:
        is_upcoming = self.person(person).status is Status.UPCOMING
        return super().end(person) or is_upcoming


@client("RL-REVOKE-1")
class EndsByItsOwnClock(Reference):
    """Compares when a lock was in contact, by RemoteLock's clock, with when an access ended, by its own."""

    def _now(self) -> str:
        return datetime.fromtimestamp(time.time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@client("RL-RATE-1")
class ResetsByItsOwnClock(Reference):
    """Waits until its own clock shows the time of the reset."""

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        before = self._limited_until
        super()._note_rate_limit(answer)
        if self._limited_until != before:
            self._limited_until += self._server_time() - time.time()
