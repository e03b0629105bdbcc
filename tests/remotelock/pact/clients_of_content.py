"""Clients with one fault each, about what is sent, saved and shown, and which operation it is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx

from lockpact.remotelock.port import (
    Bolt,
    ConsentNeeded,
    Credential,
    CredentialError,
    Device,
    Entry,
    Invalid,
    NotFound,
    Person,
    PinTaken,
    Refused,
    RemoteLockError,
    Status,
    Tokens,
    Unavailable,
    User,
)
from lockpact.remotelock.reference import EVERYONE, PRESENT, Reference
from lockpact.remotelock.session import Params
from tests.remotelock.pact.mutants import client

T = TypeVar("T")


class _Sends(Reference):
    """Base: alters the attributes of a request."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if body is not None and "attributes" in body:
            body = {**body, "attributes": self.attributes(method, path, dict(body["attributes"]))}
        return super()._ask(method, path, params, body)


class _Shows(Reference):
    """Base: alters the persons that it returns."""

    def shown(self, person: Person) -> Person:
        raise NotImplementedError

    def person(self, id: str) -> Person:
        return self.shown(super().person(id))

    def persons(self, everyone: bool) -> Sequence[Person]:
        return [self.shown(person) for person in super().persons(everyone)]


# ---- what is sent and saved


@client("RL-SAVE-1")
class CutsLongNames(_Sends):
    """Cuts names to 20 characters."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "name": attributes["name"][:20]} if "name" in attributes else attributes


@client("RL-SAVE-1")
class SendsAsciiNames(_Sends):
    """Drops the letters of names that are not ASCII."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        name = str(attributes.get("name", "")).encode("ascii", "ignore").decode()
        return {**attributes, "name": name} if "name" in attributes else attributes


@client("RL-SAVE-1")
class DropsTheEmail(_Sends):
    """Leaves the email out."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in attributes.items() if name != "email"}


@client("RL-SAVE-1")
class LowersTheEmail(_Sends):
    """Sends the email in lower case."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "email": attributes["email"].lower()} if attributes.get("email") else attributes


@client("RL-PIN-2")
class PinIsANumber(_Sends):
    """Sends the PIN as a number (bpeters-mcis/Lodgify-RemoteLock `create_pin`)."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "pin": int(attributes["pin"])} if "pin" in attributes else attributes


@client("RL-PIN-2")
class CardIsANumber(_Sends):
    """Sends the card number without its leading zeros."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        card = attributes.get("card_number")
        return attributes if card is None else {**attributes, "card_number": str(int(card))}


@client("RL-PIN-2")
class PinsHaveSixDigits(_Sends):
    """Cuts PINs to six digits."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "pin": attributes["pin"][:6]} if "pin" in attributes else attributes


@client("RL-PIN-2")
class ShowsPinsAsNumbers(_Shows):
    """Shows a PIN without its leading zeros (raman325/lock_code_manager 75)."""

    def shown(self, person: Person) -> Person:
        return person if person.pin is None else replace(person, pin=str(int(person.pin)))


@client("RL-SAVE-1")
class AlwaysGeneratesAPin(_Sends):
    """Has a PIN generated in place of the guest's card."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if "card_number" not in attributes:
            return attributes
        return {k: v for k, v in attributes.items() if k != "card_number"} | {"generate_pin": True}


@client("RL-SAVE-1")
class GuestsAreUsers(Reference):
    """Creates a guest as a permanent user."""

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        return self.create_user(name, email, credential)


@client("RL-SAVE-1")
class GrantsAlwaysALock(_Sends):
    """Grants a location or group as if it were a lock of it."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if attributes.get("accessible_type") == "location":
            lock = self._all("/devices", [("attributes[location_id]", attributes["accessible_id"])])
            locks = [device["id"] for device in lock if device["type"] == "lock"]
            return {**attributes, "accessible_type": "lock", "accessible_id": locks[0]}
        return attributes


@client("RL-SAVE-1")
class ListensToLocksOnly(_Sends):
    """Subscribes to the events of bolts only."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if "events" not in attributes:
            return attributes
        return {**attributes, "events": [{"event_type": "unlocked"}, {"event_type": "locked"}]}


@client("RL-SAVE-1")
class WebhookOfAnotherUrl(_Sends):
    """Adds a slash to the webhook's URL."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "url": f"{attributes['url'].rstrip('/')}/"} if "url" in attributes else attributes


@client("RL-SAVE-1")
class RegistersAtTheFirstLocation(_Sends):
    """Registers a lock at the first location."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if "location_id" in attributes:
            return {**attributes, "location_id": self._all("/locations")[0]["id"]}
        return attributes


@client("RL-SAVE-1")
class NamesALockByItsSerial(_Sends):
    """Names a lock by its serial number."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "name": attributes["serial_number"]} if "serial_number" in attributes else attributes


@client("RL-ONLY-1")
class ExtendsWithAnEmptyEmail(_Sends):
    """Sends an empty email with the new end."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "email": None} if set(attributes) == {"ends_at"} else attributes


@client("RL-ONLY-1")
class ExtendsFromNow(_Sends):
    """Sends a new start with the new end."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if set(attributes) != {"ends_at"}:
            return attributes
        return {**attributes, "starts_at": f"{self._now()[:10]}T00:00:00"}


@client("RL-ONLY-1")
class RevokesAllAccesses(Reference):
    """Revokes all accesses of the person."""

    def revoke(self, person: str, access: str) -> bool:
        for one in self._all(f"/access_persons/{person}/accesses"):
            self._ask("DELETE", f"/access_persons/{person}/accesses/{one['id']}")
        return False


@client("RL-ONLY-1")
class RenamesWhatItSetsUp(_Sends):
    """Sends a changed name with the settings."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "name": "Lock"} if set(attributes) == {"auto_lock_timeout"} else attributes


# ---- which operation


@client("RL-DO-1")
class LocksTheOther(Reference):
    """Commands the first lock, not the one asked for."""

    def order(self, lock: str, to: Bolt) -> bool:
        first = next(device["id"] for device in self._all("/devices") if device["type"] == "lock")
        return super().order(first, to)


@client("RL-DO-1")
class LockIsUnlock(Reference):
    """Sends unlock for lock."""

    def order(self, lock: str, to: Bolt) -> bool:
        return super().order(lock, Bolt.UNLOCKED)


@client("RL-DO-1")
class SkipsWhatIsSo(Reference):
    """Sends no command if the device's state is already the wanted one."""

    def order(self, lock: str, to: Bolt) -> bool:
        if self._get(f"/devices/{lock}")["data"]["attributes"]["state"] == to.value:
            return False
        return super().order(lock, to)


@client("RL-DO-1")
class SkipsWhatItBelieves(Reference):
    """Sends no command if the last event that it knows has the bolt there already. It may have missed one."""

    def order(self, lock: str, to: Bolt) -> bool:
        return self.bolt(lock) is to or super().order(lock, to)


@client("RL-DO-1")
class RevokesNothing(Reference):
    """Reads the access instead of revoking it."""

    def revoke(self, person: str, access: str) -> bool:
        self.access(person, access)
        return False


@client("RL-DO-1")
class RevokesTheFirst(Reference):
    """Revokes the person's first access, not the one asked for."""

    def revoke(self, person: str, access: str) -> bool:
        first = self._all(f"/access_persons/{person}/accesses")[0]["id"]
        return super().revoke(person, first)


# ---- what is shown


@client("RL-SHOW-1")
class UserByEmail(Reference):
    """Shows the user's email as the name."""

    def user(self) -> User:
        user = self._get("/user")["data"]
        return User(user["id"], user["attributes"]["email"])


@client("RL-SHOW-1")
class UserByAccount(Reference):
    """Shows the account's id as the user's."""

    def user(self) -> User:
        user = super().user()
        return User(str(self._get("/account")["data"]["id"]), user.name)


@client("RL-SHOW-1")
class NamesInCapitals(_Shows):
    """Shows names in title case."""

    def shown(self, person: Person) -> Person:
        return replace(person, name=person.name.title())


@client("RL-SHOW-1")
class NoPinIsEmpty(_Shows):
    """Shows no PIN as an empty text."""

    def shown(self, person: Person) -> Person:
        return replace(person, pin=person.pin or "")


@client("RL-SHOW-1")
class StartsAreEnds(_Shows):
    """Shows the start of a stay as its end."""

    def shown(self, person: Person) -> Person:
        return replace(person, ends=person.starts)


@client("RL-SHOW-1")
class UpcomingIsCurrent(_Shows):
    """Shows an upcoming person as current."""

    def shown(self, person: Person) -> Person:
        return replace(person, status=Status.CURRENT) if person.status is Status.UPCOMING else person


@client("RL-SHOW-1")
class PersonIsCached(Reference):
    """Shows a person as first read."""

    def person(self, id: str) -> Person:
        self._cache: dict[str, Person] = getattr(self, "_cache", {})
        return self._cache.setdefault(id, super().person(id))


@client("RL-SHOW-1")
class DevicesHaveOneType(Reference):
    """Shows every device as a lock."""

    def devices(self, per_page: int) -> Sequence[Device]:
        return [Device(device.id, "lock", device.name) for device in super().devices(per_page)]


@client("RL-SHOW-1")
class DevicesBySerial(Reference):
    """Shows the serial number as a device's name."""

    def devices(self, per_page: int) -> Sequence[Device]:
        return [
            Device(d["id"], d["type"], d["attributes"].get("serial_number") or d["attributes"]["name"])
            for d in self._all("/devices", (), per_page)
        ]


@client("RL-SHOW-1")
class CreatedIsAnEcho(Reference):
    """Returns what was sent as the new person, without the PIN that RemoteLock has generated."""

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        made = super().create_user(name, email, credential)
        return Person(made.id, name, made.status, credential.pin)


# ---- lists that fail


@client("RL-LIST-1")
class AFailedListIsEmpty(Reference):
    """Returns an empty list when a list cannot be read (lukasroegner/homebridge-nuki 9)."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        try:
            return super()._all(path, params, per_page)
        except Unavailable:
            return []


@client("RL-LIST-1")
class ACutListIsAll(Reference):
    """Returns the pages that it could read."""

    def _read_once(self, path: str, params: Params, size: int) -> tuple[dict[str, dict[str, Any]], int]:
        found: dict[str, dict[str, Any]] = {}
        page, pages = 0, 1
        while page < pages:
            page += 1
            try:
                answer = self._get(path, [*params, ("page", str(page)), ("per_page", str(size))])
            except Unavailable:
                if page == 1:
                    raise
                break
            found |= {resource["id"]: resource for resource in answer["data"]}
            pages = answer["meta"]["total_pages"]
        return found, page


@client("RL-INHERIT-1")
class WhoIsOnOnePage(Reference):
    """Lists the persons on the first page of accesses."""

    def who(self, lock: str) -> Sequence[str]:
        page = self._get(f"/devices/{lock}/access_person_accesses")["data"]
        return sorted({access["attributes"]["access_person_id"] for access in page})


@client("RL-INHERIT-1")
class WhoAreAccesses(Reference):
    """Lists the ids of accesses, not of persons."""

    def who(self, lock: str) -> Sequence[str]:
        return sorted(access["id"] for access in self._all(f"/devices/{lock}/access_person_accesses"))


@client("RL-TOL-1")
class OneOddItemSpoilsAll(Reference):
    """Fails to list when one item lacks an attribute (jbergler/hass-ttlock 8, 34)."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        found = super()._all(path, params, per_page)
        for item in found:
            item["attributes"]["created_at"]
        return found


# ---- errors


@client("RL-ERR-3")
class ALostCommandIsDone(Reference):
    """Takes a command whose answer was lost for carried out."""

    def order(self, lock: str, to: Bolt) -> bool:
        try:
            return super().order(lock, to)
        except Unavailable:
            return False


@client("RL-ERR-3")
class LostIsRefused(Reference):
    """Raises Refused when no answer came."""

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        try:
            return super()._send(method, url, **options)
        except Unavailable as error:
            if "/oauth/" in url or method == "GET":
                raise
            raise Refused(str(error)) from None


@client("RL-ERR-3")
class UnansweredIsDeleted(Reference):
    """Reports a person as deleted when RemoteLock does not answer once (seamapi/public-tracker 126)."""

    def person(self, id: str) -> Person:
        try:
            return super().person(id)
        except Unavailable as error:
            raise NotFound(str(error)) from None


@client("RL-ERR-4")
class UnknownIsUnavailable(Reference):
    """Raises Unavailable for an unknown id."""

    def _error(self, what: str, answer: httpx.Response) -> RemoteLockError:
        error = super()._error(what, answer)
        return Unavailable(str(error)) if isinstance(error, NotFound) else error


@client("RL-ERR-4")
class UnknownIsNobody(Reference):
    """Returns an empty person for an unknown id."""

    def person(self, id: str) -> Person:
        try:
            return super().person(id)
        except NotFound:
            return Person(id, "", Status.UNKNOWN)


@client("RL-ERR-1")
class RefusesByItself(Reference):
    """Refuses a stay that has begun, without asking RemoteLock (seamapi/public-tracker 28, 61)."""

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        if starts.timestamp() < time.time():
            raise Invalid("the stay begins in the past", {"starts_at": ["is in the past"]})
        return super().create_guest(name, email, credential, lock, starts, ends)


@client("RL-PIN-1")
class RemembersPins(Reference):
    """Refuses a PIN that it has sent before, though the stay is over (seamapi/public-tracker 12)."""

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        self._pins: set[str] = getattr(self, "_pins", set())
        if credential.pin in self._pins:
            raise PinTaken("this PIN was used", {"pin": ["has already been taken"]})
        if credential.pin is not None:
            self._pins.add(credential.pin)
        return super().create_user(name, email, credential)


# ---- signing in


@client("RL-AUTH-4")
class ApplicationErrorIsConsent(Reference):
    """Asks the user to sign in when the application's own secret is refused."""

    def _request_tokens(self, grant: Mapping[str, str]) -> Tokens:
        try:
            return super()._request_tokens(grant)
        except CredentialError as error:
            raise ConsentNeeded(str(error)) from None


@client("RL-AUTH-4")
class ApplicationErrorIsUnavailable(Reference):
    """Raises Unavailable when the application's own secret is refused."""

    def _request_tokens(self, grant: Mapping[str, str]) -> Tokens:
        try:
            return super()._request_tokens(grant)
        except CredentialError as error:
            raise Unavailable(str(error)) from None


@client("RL-AUTH-5")
class AsksForATokenInTheBrowser(Reference):
    """Asks the sign-in page for a token, not for a code."""

    def authorize_url(self) -> str:
        return super().authorize_url().replace("response_type=code", "response_type=token")


@client("RL-AUTH-5")
class LeavesTheRedirectOut(Reference):
    """Leaves the redirect URI out of the sign-in URL."""

    def authorize_url(self) -> str:
        return f"{self._oauth}/oauth/authorize?{urlencode({'client_id': self._client_id, 'response_type': 'code'})}"


@client("RL-AUTH-5")
class DropsTheCode(Reference):
    """Ignores a new code while it has a token."""

    def signed_in(self, code: str) -> None:
        if self._store.load() is None:
            super().signed_in(code)


@client("RL-AUTH-1")
class NoLifetimeIsForEver(Reference):
    """Keeps a token without expires_in for ever (a public integration)."""

    def _request_tokens(self, grant: Mapping[str, str]) -> Tokens:
        tokens = super()._request_tokens(grant)
        return replace(tokens, expires_at=tokens.expires_at if tokens.expires_at > time.time() else 1e12)

    def _renew(self, refused: str | None) -> str:
        tokens = self._store.load()
        return tokens.access if tokens is not None and tokens.expires_at == 1e12 else super()._renew(refused)


@client("RL-SECRET-2")
class SecretInTheQuery(Reference):
    """Sends the client secret in the URL of /oauth/token (Lodgify-RemoteLock `get_token(params=)`)."""

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        data = options.pop("data", None)
        return super()._send(method, url, **options, **({} if data is None else {"params": data}))


@client("RL-SECRET-2")
class TokenInTheQuery(Reference):
    """Sends the access token in the URL."""

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        token = options.get("headers", {}).get("Authorization", "").removeprefix("Bearer ")
        if token:
            options["params"] = [*(options.get("params") or ()), ("access_token", token)]
        return super()._send(method, url, **options)


@client("RL-VERS-1")
class NamesAnotherMediaType(Reference):
    """Names a media type that RemoteLock does not have (a public integration)."""

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        if "Accept" in options.get("headers", {}):
            options["headers"] = {**options["headers"], "Accept": "application/vnd.remotelock+json; version=1"}
        return super()._send(method, url, **options)


@client("RL-STATUS-1")
class EscapesTheQuery(Reference):
    """Escapes the & of the query, so that its second status is another parameter (a public integration)."""

    def persons(self, everyone: bool) -> Sequence[Person]:
        params = EVERYONE if everyone else PRESENT
        broken = [params[0], *(("amp;" + name, value) for name, value in params[1:])]
        return [self._person(person) for person in self._all("/access_persons", broken)]


# ---- quiet, and back again


@client("RL-QUIET-1")
class WritesAlways(Reference):
    """Writes its webhook at every refresh (tykeal/homeassistant-rental-control PR 514)."""

    def refresh(self) -> None:
        super().refresh()
        if self._webhook is not None:
            path = f"/notification_subscribers/{self._webhook}"
            self._ask("PUT", path, body={"attributes": {"active": True}})


@client("RL-QUIET-1")
class SetsUpAgainAndAgain(Reference):
    """Sends the settings of a lock at every refresh."""

    def _finish(self, device: Mapping[str, Any]) -> None:
        if device["attributes"]["connected_at"] is not None:
            wanted = {"auto_lock_timeout": self._unfinished[device["id"]]}
            self._ask("PUT", f"/devices/{device['id']}", body={"attributes": wanted})


@client("RL-QUIET-1")
class RemovesAgain(Reference):
    """Sends the list of local PINs though the PIN to remove is not in it."""

    def remove_local_pin(self, lock: str, pin: str) -> None:
        pins = self._get(f"/devices/{lock}")["data"]["attributes"]["local_pins"] or []
        self._ask("PUT", f"/devices/{lock}", body={"attributes": {"local_pins": [p for p in pins if p != pin]}})


@client("RL-START-1")
class GivesUpAtBirth(Reference):
    """Stays unavailable if its first request failed."""

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        self._works: bool | None = getattr(self, "_works", None)
        if self._works is False:
            raise Unavailable("RemoteLock could not be reached at the start")
        try:
            answer = super()._ask(method, path, params, body)
        except Unavailable:
            self._works = self._works or False
            raise
        self._works = True
        return answer


@client("RL-START-1")
class BreaksItsCircuit(Reference):
    """Sends nothing for a day after three failures."""

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        if time.time() < getattr(self, "_until", 0):
            raise Unavailable("too many failures")
        try:
            return super()._ask(method, path, params, body)
        except Unavailable:
            self._failures = getattr(self, "_failures", 0) + 1
            if self._failures >= 3:
                self._until = time.time() + timedelta(days=1).total_seconds()
            raise


@client("RL-START-1")
class TriesWithoutEnd(Reference):
    """Tries a read again fifty times, without a pause."""

    def _get(self, path: str, params: Params = ()) -> dict[str, Any]:
        for _ in range(50):
            try:
                return self._ask("GET", path, params)
            except Unavailable:
                continue
        return self._ask("GET", path, params)


# ---- who came


class _Entries(Reference):
    """Base: shows entries wrongly."""

    def shown(self, entry: Entry, event: Mapping[str, Any]) -> Entry | None:
        raise NotImplementedError

    def entries(self, lock: str) -> Sequence[Entry]:
        found = []
        for entry in super().entries(lock):
            event = self._get(f"/events/{entry.id}")["data"]
            found.append(self.shown(entry, event["attributes"]))
        return [entry for entry in found if entry is not None]


@client("RL-EVENT-1")
class AnyEventIsEntry(_Entries):
    """Shows the refused as let in (seamapi/public-tracker 108)."""

    def shown(self, entry: Entry, event: Mapping[str, Any]) -> Entry:
        return replace(entry, granted=True)


@client("RL-EVENT-1")
class RefusedAreLeftOut(_Entries):
    """Leaves out who was refused."""

    def shown(self, entry: Entry, event: Mapping[str, Any]) -> Entry | None:
        return entry if entry.granted else None


@client("RL-EVENT-1")
class EnteredWhenReported(_Entries):
    """Shows when RemoteLock received the event."""

    def shown(self, entry: Entry, event: Mapping[str, Any]) -> Entry:
        return replace(entry, at=datetime.fromisoformat(event["created_at"]))


@client("RL-EVENT-1")
class EnteredByNobody(_Entries):
    """Shows no person."""

    def shown(self, entry: Entry, event: Mapping[str, Any]) -> Entry:
        return replace(entry, person=None)


class _Events(Reference):
    """Base: reads other events for entries."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        return self.events(params) if path == "/events" else super()._all(path, params, per_page)

    def events(self, params: Params) -> list[dict[str, Any]]:
        raise NotImplementedError


@client("RL-EVENT-1")
class EntriesOfAllLocks(_Events):
    """Shows the entries at all locks."""

    def entries(self, lock: str) -> Sequence[Entry]:
        self._lock = lock
        return super().entries(lock)

    def events(self, params: Params) -> list[dict[str, Any]]:
        found = Reference._all(self, "/events", params)
        for event in found:
            event["attributes"]["publisher_id"] = getattr(self, "_lock", "")
        return found


@client("RL-EVENT-1")
class EntriesOnOnePage(_Events):
    """Reads one page of events."""

    def events(self, params: Params) -> list[dict[str, Any]]:
        return list(self._get("/events", params)["data"])


@client("RL-EVENT-1")
class AKnobIsAnEntry(_Events):
    """Takes a turn of the knob for an entry."""

    def events(self, params: Params) -> list[dict[str, Any]]:
        found = Reference._all(self, "/events", params)
        for event in found:
            event["attributes"]["method"] = "pin"
        return found


# ---- webhooks


@client("RL-HOOK-3")
class KnowsItsEventTypes(Reference):
    """Refuses an event of an unknown type."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        status = super().on_webhook(headers, body)
        return 422 if status == 200 and b"doorbell" in body else status


@client("RL-HOOK-3")
class ReadsOneSpellingOfAHeader(Reference):
    """Knows X-Secret in this spelling only."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        return super().on_webhook({name: value for name, value in headers.items() if name == "X-Secret"}, body)


@client("RL-STATE-1")
class StateOfTheFirstEvent(Reference):
    """Shows the bolt as of the first event."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        lock = event["attributes"]["publisher_id"]
        before = self._bolts.get(lock)
        super()._act_on(event)
        if before is not None:
            self._bolts[lock] = before


@client("RL-STATE-1")
class AnotherLocksBolt(Reference):
    """Shows the bolt of the lock that moved last."""

    def bolt(self, lock: str) -> Bolt | None:
        return max(self._bolts.values(), key=lambda moved: moved[0])[1] if self._bolts else None


@client("RL-STATE-1")
class FailedEventsMoveTheBolt(Reference):
    """Takes a refused PIN for an unlocked bolt."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "access_denied_event":
            changed = {**event["attributes"], "status": "succeeded"}
            event = {**event, "type": "unlocked_event", "attributes": changed}
        super()._act_on(event)


# ---- more of the kind


@client("RL-SHOW-1")
class ShowsTheFirstPerson(Reference):
    """Shows the first person, not the one asked for."""

    def person(self, id: str) -> Person:
        return self.persons(everyone=True)[0]


@client("RL-SHOW-1")
class SendsNoBearer(Reference):
    """Names another scheme in Authorization, so that nothing works."""

    def _send(self, method: str, url: str, **options: Any) -> httpx.Response:
        headers = options.get("headers", {})
        if "Authorization" in headers:
            options["headers"] = {**headers, "Authorization": headers["Authorization"].replace("Bearer", "Token")}
        return super()._send(method, url, **options)


@client("RL-SAVE-1")
class SubscribesInactive(_Sends):
    """Creates an inactive webhook."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "active": False} if "url" in attributes else attributes


@client("RL-HOOK-3")
class AsksForForms(_Sends):
    """Asks for webhooks as forms, and reads JSON."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "content_type": "form"} if "content_type" in attributes else attributes


@client("RL-HOOK-1")
class ComparesInAnyCase(Reference):
    """Compares the secret in any case."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        return super().on_webhook({name: value.lower() for name, value in headers.items()}, body)


@client("RL-HOOK-1")
class ComparesTheSecretsLength(Reference):
    """Compares as much of the header as the secret is long."""

    def on_webhook(self, headers: Mapping[str, str], body: bytes) -> int:
        return super().on_webhook({name: value[: len(self._secret)] for name, value in headers.items()}, body)


@client("RL-INHERIT-1")
class WhoIsListedTwice(Reference):
    """Lists a person once for each access."""

    def who(self, lock: str) -> Sequence[str]:
        found = self._all(f"/devices/{lock}/access_person_accesses")
        return [access["attributes"]["access_person_id"] for access in found]


@client("RL-RATE-1")
class ResetIsADuration(Reference):
    """Waits as many seconds as the reset time has since 1970."""

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        super()._note_rate_limit(answer)
        if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
            self._limited_until = time.monotonic() + int(answer.headers["X-RateLimit-Reset"]) // 1000


@client("RL-SETUP-1")
class TimeoutIsAText(_Sends):
    """Sends the timeout with its unit."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        if "auto_lock_timeout" not in attributes:
            return attributes
        return {**attributes, "auto_lock_timeout": f"{attributes['auto_lock_timeout']} s"}


@client("RL-SETUP-1")
class TimeoutInMinutes(_Sends):
    """Sends the timeout in another unit, as near as the model allows."""

    def attributes(self, method: str, path: str, attributes: dict[str, Any]) -> dict[str, Any]:
        return {**attributes, "auto_lock_timeout": 5} if "auto_lock_timeout" in attributes else attributes


@client("RL-ONLY-1")
class EndsEveryGuest(Reference):
    """Ends the stays of all who have an access to the same lock."""

    def end(self, person: str) -> bool:
        for lock in self._locks_of(person)[:1]:
            for other in self.who(lock):
                self._ask("PUT", f"/access_persons/{other}/deactivate")
        return super().end(person)


@client("RL-DO-1")
class CommandsTwice(Reference):
    """Sends each command twice."""

    def order(self, lock: str, to: Bolt) -> bool:
        super().order(lock, to)
        return super().order(lock, to)


@client("RL-MAIL-1")
class MailsEverybody(Reference):
    """Sends the email to every guest that has an address."""

    def invite(self, guest: str) -> None:
        for person in self._all("/access_persons", PRESENT):
            if person["type"] == "access_guest" and person["attributes"]["email"] and person["id"] != guest:
                super().invite(person["id"])
        super().invite(guest)


@client("RL-ERR-1")
class SendsWhatWasRefused(Reference):
    """Sends a refused request again, as if it were lost."""

    def _ask(
        self, method: str, path: str, params: Params = (), body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        for _ in range(3):
            try:
                return super()._ask(method, path, params, body)
            except Invalid:
                time.sleep(1)
        return super()._ask(method, path, params, body)


@client("RL-ERR-4")
class CommandsByPost(Reference):
    """Sends a command as a POST, which RemoteLock does not know."""

    def order(self, lock: str, to: Bolt) -> bool:
        self._ask("POST", f"/devices/{lock}/{'lock' if to is Bolt.LOCKED else 'unlock'}")
        return False


@client("RL-SAVE-1")
class StartsAtTheEnd(Reference):
    """Swaps the start and the end of a stay."""

    def create_guest(
        self, name: str, email: str | None, credential: Credential, lock: str, starts: datetime, ends: datetime
    ) -> Person:
        return super().create_guest(name, email, credential, lock, ends, starts)
