"""Clients with one fault each, about sign-ins and restarts, foreign pages, and what others do meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.remotelock.port import (
    ConsentNeeded,
    CredentialError,
    Entry,
    Invalid,
    NotFound,
    Person,
    PinTaken,
    Refused,
    RemoteLockError,
    Status,
    StayOver,
    Tokens,
    TooMany,
    Unavailable,
    User,
)
from lockpact.remotelock.reference import Reference
from lockpact.remotelock.session import MAX_PAGE_SIZE, MAX_RESOURCES, RENEWED_BEFORE, Params
from tests.remotelock.pact.mutants import client

# ---- sign-ins and restarts


@client("RL-SHOW-1")
class TheFirstUserStays(Reference):
    """Reads the user once. Another one may sign in."""

    _user: User | None = None

    def user(self) -> User:
        self._user = self._user or super().user()
        return self._user


@client("RL-SHOW-1")
class AWrongCodeEndsTheSession(Reference):
    """Deletes the tokens before it exchanges a code, which may be a wrong one."""

    def signed_in(self, code: str) -> None:
        self._store.save(None)
        super().signed_in(code)


@client("RL-AUTH-5")
class AWrongCodeIsUnavailable(Reference):
    """Reports a refused code as something that passes."""

    def signed_in(self, code: str) -> None:
        try:
            super().signed_in(code)
        except RemoteLockError as error:
            raise Unavailable(str(error)) from None


@client("RL-ONCE-1")
class SubscribesAfterEachStart(Reference):
    """Looks for no webhook of its own in its first call."""

    def _all(self, path: str, params: Params = (), per_page: int = MAX_PAGE_SIZE) -> list[dict[str, Any]]:
        if path == "/notification_subscribers" and self._webhook is None:
            self._webhook = ""
            return []
        return super()._all(path, params, per_page)


@client("RL-REVOKE-1")
class RevokedByAnotherIsOut(Reference):
    """Takes whoever has no access for somebody whom no lock lets in."""

    def may_enter(self, person: str, lock: str) -> bool:
        if (person, lock) not in self._ended and person not in self.who(lock):
            return False
        return super().may_enter(person, lock)


# ---- foreign pages


@client("RL-ERR-3")
class AnyPageIsAnAnswer(Reference):
    """Takes a write for done when its answer is 200, whatever page it is."""

    @staticmethod
    def _object(answer: httpx.Response) -> dict[str, Any]:
        try:
            return Reference._object(answer)
        except Unavailable:
            if answer.is_success and answer.request.method in ("PUT", "DELETE"):
                return {}
            raise


@client("RL-PAGE-2")
class TenThousandAreTooMany(Reference):
    """Gives up at 10,000 resources, which can all be read."""

    def _read_once(self, path: str, params: Params, size: int) -> tuple[dict[str, dict[str, Any]], int]:
        total = self._get(path, [*params, ("page", "1"), ("per_page", str(size))])["meta"]["total_count"]
        if total >= MAX_RESOURCES:
            raise TooMany(f"GET {path}: there are {total}")
        return super()._read_once(path, params, size)


# ---- what others do


@client("RL-TOL-1")
class AnUnknownStatusIsCurrent(Reference):
    """Takes a status that the document lacks for current."""

    @staticmethod
    def _person(resource: Mapping[str, Any]) -> Person:
        p = Reference._person(resource)
        status = Status.CURRENT if p.status is Status.UNKNOWN else p.status
        return Person(p.id, p.name, status, p.pin, p.starts, p.ends)


@client("RL-EXTEND-1")
class OnlyTheExpiredAreOver(Reference):
    """Does not look whether the owner has deactivated a guest."""

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        if self._person(self._get(f"/access_persons/{guest}")["data"]).status is Status.EXPIRED:
            raise StayOver("the stay is over")
        ends = {"attributes": {"ends_at": self._local_time(until, lock)}}
        return self._person(self._ask("PUT", f"/access_persons/{guest}", body=ends)["data"])


@client("RL-EXTEND-1")
class OverByWhatItKnew(Reference):
    """Goes by the status that a person had when it was read."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._known: dict[str, Person] = {}

    def person(self, id: str) -> Person:
        self._known[id] = super().person(id)
        return self._known[id]

    def extend(self, guest: str, lock: str, until: datetime) -> Person:
        if guest not in self._known or self._known[guest].status in (Status.EXPIRED, Status.DEACTIVATED):
            return super().extend(guest, lock, until)
        ends = {"attributes": {"ends_at": self._local_time(until, lock)}}
        return self._person(self._ask("PUT", f"/access_persons/{guest}", body=ends)["data"])


@client("RL-ONLY-1")
class PutsAllThatItKnew(Reference):
    """Extends a stay with all attributes that it has read before."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._names: dict[str, str] = {}

    def person(self, id: str) -> Person:
        person = super().person(id)
        self._names[id] = person.name
        return person

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        name = self._names.get(path.rpartition("/")[2])
        if method == "PUT" and body is not None and name is not None:
            body = {"attributes": {"name": name, **body["attributes"]}}
        return super()._ask(method, path, params, body)


@client("RL-TIME-1")
class TakesAnyTimeForUtc(Reference):
    """Overlooks the time zone of a time that it is given."""

    def _local_time(self, instant: datetime, lock: str) -> str:
        return super()._local_time(instant.replace(tzinfo=UTC), lock)


@client("RL-PINS-1")
class RemovesFromWhatItKnew(Reference):
    """Reads a lock's local PINs once, and sends those that it has not removed."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._kept: dict[str, list[str]] = {}

    def remove_local_pin(self, lock: str, pin: str) -> None:
        pins = self._kept.get(lock) or self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] or []
        kept = [other for other in pins if other != pin]
        self._ask("PUT", f"/devices/{lock}", body={"attributes": {"local_pins": kept}})
        self._kept[lock] = kept


# ---- who enters


@client("RL-REVOKE-1")
class OnceOutAlwaysOut(Reference):
    """Never lets somebody in again of whom a lock has heard once that the access ended."""

    def may_enter(self, person: str, lock: str) -> bool:
        return self._ended.get((person, lock)) != "" and super().may_enter(person, lock)


@client("RL-REVOKE-1")
class EndsBeforeItIsAsked(Reference):
    """Notes the end of an access before RemoteLock has accepted it."""

    def revoke(self, person: str, access: str) -> bool:
        self._end_at(person, self._locks_of(person))
        return super().revoke(person, access)

    def may_enter(self, person: str, lock: str) -> bool:
        ended = self._ended.get((person, lock))
        if ended is None:
            return super().may_enter(person, lock)
        return (self._get(f"/devices/{lock}")["data"]["attributes"]["connected_at"] or "") <= ended


class _OfOneReading(Reference):
    """Reads the pages of a collection once."""

    path = ""

    def _all(self, path: str, params: Params = (), per_page: int = MAX_PAGE_SIZE) -> list[dict[str, Any]]:
        if not path.endswith(self.path):
            return super()._all(path, params, per_page)
        found: list[dict[str, Any]] = []
        page, pages = 0, 1
        while page < pages:
            page += 1
            answer = self._get(path, [*params, ("page", str(page)), ("per_page", str(per_page))])
            found, pages = [*found, *answer["data"]], answer["meta"]["total_pages"]
        return found


@client("RL-EVENT-1")
class EntriesMoveBetweenPages(_OfOneReading):
    """Reads the pages of events once, though a new event moves one to the next page."""

    path = "/events"


@client("RL-INHERIT-1")
class WhoMovesBetweenPages(_OfOneReading):
    """Reads the pages of accesses once, though one that is revoked moves another to the page before."""

    path = "/access_person_accesses"


@client("RL-EVENT-1")
class EntriesOfTwoPages(Reference):
    """Reads the newest hundred events, which may be those of other locks."""

    def _read_once(self, path: str, params: Params, size: int) -> tuple[dict[str, dict[str, Any]], int]:
        found, pages = super()._read_once(path, params, size)
        return (dict(list(found.items())[:100]) if path == "/events" else found), pages


@client("RL-EVENT-1")
class AnEntryASecond(Reference):
    """Keeps the entries, and adds those that happened after the newest."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._entries: dict[str, list[Entry]] = {}

    def entries(self, lock: str) -> Sequence[Entry]:
        kept = self._entries.setdefault(lock, [])
        newest = max((entry.at for entry in kept), default=None)
        kept += [entry for entry in super().entries(lock) if newest is None or entry.at > newest]
        return list(kept)


# ---- webhooks


@client("RL-HOOK-5")
class LosesItsWebhookInAFailure(Reference):
    """Takes a webhook that cannot be read for one that somebody has deleted."""

    def _reactivate(self, webhook: str) -> None:
        try:
            super()._reactivate(webhook)
        except Unavailable:
            self._webhook = None


@client("RL-ONLY-1")
class TakesAnotherWebhook(Reference):
    """Gives the account's first webhook its own URL, whoever has made it."""

    def subscribe(self, url: str) -> None:
        found = [w for w in self._all("/notification_subscribers") if w["type"] == "webhook_notification_subscriber"]
        if found and all(webhook["attributes"]["url"] != url for webhook in found):
            self._ask("PUT", f"/notification_subscribers/{found[0]['id']}", body={"attributes": {"url": url}})
        super().subscribe(url)


@client("RL-ONLY-1")
class ReactivatesOthers(Reference):
    """Activates every inactive webhook of the account, also that of another program, which its owner has switched off."""

    def _reactivate(self, webhook: str) -> None:
        super()._reactivate(webhook)
        for subscriber in self._all("/notification_subscribers"):
            if not subscriber["attributes"]["active"]:
                self._ask("PUT", f"/notification_subscribers/{subscriber['id']}", body={"attributes": {"active": True}})


@client("RL-MAIL-1")
class InvitesOnce(Reference):
    """Sends a guest no second email, and does not say so."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._invited: set[str] = set()

    def invite(self, guest: str) -> None:
        if guest not in self._invited:
            super().invite(guest)
        self._invited.add(guest)


@client("RL-HOOK-1")
class ChecksNoSecretBeforeItHasOne(Reference):
    """Believes any event before it subscribes, as after a restart."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        if self._secret:
            return super().on_webhook(headers, body)
        self._act_on(json.loads(body)["data"])
        return 200


@client("RL-ERR-1")
class SubscribesNowhere(Reference):
    """Keeps to itself that RemoteLock refuses the URL."""

    def subscribe(self, url: str) -> None:
        with suppress(Invalid):
            super().subscribe(url)


# ---- processes, and errors that look alike


@client("RL-SHOW-1")
class ResumesForGood(Reference):
    """Copies the tokens when it resumes, and uses the copy until it expires. Another process may sign in anew."""

    _copy: Tokens | None = None

    def resume(self) -> None:
        self._copy = self._store.load()

    def _token(self) -> str:
        if self._copy is not None and time.time() < self._copy.expires_at - RENEWED_BEFORE:
            return self._copy.access
        return super()._token()

    def _renew(self, refused: str | None) -> str:
        self._copy = None
        return super()._renew(refused)


@client("RL-AUTH-4")
class AWrongSecretSignsOut(Reference):
    """Takes a refused secret of the application for a refused refresh token."""

    def _request_tokens(self, grant: Mapping[str, str]) -> Tokens:
        try:
            return super()._request_tokens(grant)
        except CredentialError:
            if grant["grant_type"] != "refresh_token":
                raise
            raise ConsentNeeded("the user must sign in") from None


@client("RL-ERR-1")
class AnythingTakenIsAPin(Reference):
    """Takes a serial number that is taken for a PIN."""

    @staticmethod
    def _invalid(what: str, errors: Sequence[Any]) -> Invalid:
        error = Reference._invalid(what, errors)
        taken = any("taken" in message for messages in error.errors.values() for message in messages)
        return PinTaken(str(error), error.errors) if taken else error


@client("RL-ERR-3")
class AnErrorPageIsFinal(Reference):
    """Takes a 500 for a refusal, which no other try would change."""

    def _error(self, what: str, answer: httpx.Response) -> RemoteLockError:
        if answer.status_code == httpx.codes.INTERNAL_SERVER_ERROR:
            return Refused(f"{what}: RemoteLock answered 500")
        return super()._error(what, answer)


@client("RL-REVOKE-1")
class ForgetsWhatItRevoked(Reference):
    """When a stay ends, looks only at the accesses that are left, and not at locks that have not heard of a revocation."""

    def _end_at(self, person: str, locks: Sequence[str]) -> bool:
        super()._end_at(person, locks)
        return not locks


@client("RL-ERR-4")
class WhatOthersRevokedIsOver(Reference):
    """Says that no lock opens any more when somebody else has revoked the access. The locks may not have heard of it."""

    def revoke(self, person: str, access: str) -> bool:
        try:
            return super().revoke(person, access)
        except NotFound:
            return True
