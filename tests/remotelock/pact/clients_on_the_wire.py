"""Clients with one fault each, about tokens, pages, the rate limit, errors, versions and secrets."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from lockpact.core.connection import Connection
from lockpact.remotelock.port import (
    ConsentNeeded,
    Credential,
    Device,
    Invalid,
    Person,
    Refused,
    RemoteLockError,
    Status,
    Tokens,
    TokenStore,
    TooMany,
    Unavailable,
    User,
)
from lockpact.remotelock.reference import Reference
from lockpact.remotelock.session import Params
from tests.remotelock.pact.mutants import client

# ---- tokens


@client("RL-AUTH-1")
class NeverRenews(Reference):
    """Never renews a token."""

    def _token(self) -> str:
        tokens = self._store.load()
        return tokens.access if tokens is not None else super()._token()

    def _renew(self, refused: str | None) -> str:
        tokens = self._store.load()
        return tokens.access if tokens is not None else super()._renew(refused)


@client("RL-AUTH-1")
class LosesTheCall(Reference):
    """Renews at a 401, and does not send the request again."""

    def _token(self) -> str:
        tokens = self._store.load()
        return tokens.access if tokens is not None else super()._token()

    def _renew(self, refused: str | None) -> str:
        token = super()._renew(refused)
        if refused is not None:
            raise Refused("the token was renewed; try again")
        return token


@client("RL-AUTH-1")
class RenewsButSendsTheOldToken(Reference):
    """Renews, and sends the old token."""

    def _token(self) -> str:
        self._header = getattr(self, "_header", None) or super()._token()
        return self._header


@client("RL-AUTH-2")
class KeepsTheFirstRefreshToken(Reference):
    """Keeps the first refresh token."""

    def _new_tokens(self, tokens: Tokens | None) -> Tokens:
        new = super()._new_tokens(tokens)
        return new if tokens is None else Tokens(new.access, tokens.refresh, new.expires_at)


class _Unlocked(TokenStore):
    """A store without a lock."""

    def __init__(self, store: TokenStore, lock: Any) -> None:
        super().__init__()
        self._store, self._lock = store, lock

    def load(self) -> Tokens | None:
        return self._store.load()

    def save(self, tokens: Tokens | None) -> None:
        self._store.save(tokens)


class _Open:
    """A lock that excludes nobody."""

    def __enter__(self) -> None:
        return

    def __exit__(self, *_: object) -> None:
        return


@client("RL-AUTH-2")
class RenewsTwiceAtOnce(Reference):
    """Renews in every thread."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._store = _Unlocked(self._store, _Open())


@client("RL-AUTH-2")
class LocksItsOwnProcessOnly(Reference):
    """Locks its own threads, but not the other process."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._store = _Unlocked(self._store, threading.Lock())


@client("RL-AUTH-2")
class AProcessKeepsItsOwnTokens(Reference):
    """Reads the store only at the start."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._shared, self._store = self._store, TokenStore()
        self._store.save(self._shared.load())

    def _new_tokens(self, tokens: Tokens | None) -> Tokens:
        new = super()._new_tokens(tokens)
        self._shared.save(new)
        return new

    def signed_in(self, code: str) -> None:
        super().signed_in(code)
        self._shared.save(self._store.load())


@client("RL-AUTH-3")
class RefusedRefreshIsUnavailable(Reference):
    """Raises Unavailable for a refused refresh."""

    def _new_tokens(self, tokens: Tokens | None) -> Tokens:
        try:
            return super()._new_tokens(tokens)
        except ConsentNeeded:
            raise Unavailable("no new token") from None


@client("RL-AUTH-3")
class LoopsOnARefusedRefresh(Reference):
    """Sends a refused refresh token again and again."""

    def _new_tokens(self, tokens: Tokens | None) -> Tokens:
        for _ in range(10):
            try:
                return super()._new_tokens(tokens)
            except ConsentNeeded:
                time.sleep(1)
        return super()._new_tokens(tokens)


@client("RL-AUTH-3")
class ShowsNothingWithoutConsent(Reference):
    """Returns an empty user without consent."""

    def user(self) -> User:
        try:
            return super().user()
        except ConsentNeeded:
            return User("", "")


# ---- collections


class _Pages(Reference):
    """Base: reads pages wrongly."""

    def turn(self, path: str, params: Params, size: int) -> list[dict[str, Any]]:
        raise NotImplementedError

    def page(self, path: str, params: Params, number: int, size: int) -> dict[str, Any]:
        return self._get(path, [*params, ("page", str(number)), ("per_page", str(size))])

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        if path not in ("/devices", "/access_persons"):
            return super()._all(path, params, per_page)
        return self.turn(path, params, per_page)


@client("RL-PAGE-1")
class ReadsTheFirstPageOnly(_Pages):
    """Reads the first page only."""

    def turn(self, path: str, params: Params, size: int) -> list[dict[str, Any]]:
        return list(self.page(path, params, 1, size)["data"])


@client("RL-PAGE-1")
class TrustsItsOwnPageSize(_Pages):
    """Computes the number of pages from its own page size."""

    def turn(self, path: str, params: Params, size: int) -> list[dict[str, Any]]:
        first = self.page(path, params, 1, size)
        found = first["data"]
        for number in range(2, -(-first["meta"]["total_count"] // size) + 1):
            found = found + self.page(path, params, number, size)["data"]
        return list(found)


@client("RL-PAGE-1")
class CountsPagesFromZero(_Pages):
    """Begins with page 0, which is page 1."""

    def turn(self, path: str, params: Params, size: int) -> list[dict[str, Any]]:
        size = min(size, 50)
        first = self.page(path, params, 0, size)
        found = list(first["data"])
        for number in range(1, first["meta"]["total_pages"]):
            found += self.page(path, params, number, size)["data"]
        return found


@client("RL-PAGE-1")
class StopsBeforeTheLastPage(_Pages):
    """Drops the last page if it is not full."""

    def turn(self, path: str, params: Params, size: int) -> list[dict[str, Any]]:
        size = min(size, 50)
        found: list[dict[str, Any]] = []
        for number in range(1, 100):
            data = self.page(path, params, number, size)["data"]
            if number > 1 and len(data) < size:
                break
            found += data
            if len(data) < size:
                break
        return found


class _WalksOnce(Reference):
    """Reads a collection once."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        return list(self._read_once(path, params, min(per_page, 50))[0].values())


@client("RL-PAGE-2")
class WalksOnce(_WalksOnce):
    """Reads a collection once, without repeating it."""


@client("RL-PAGE-2")
class RestartsOnlyWhenTheTotalChanges(Reference):
    """Reads again only if the total has changed."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        size = min(per_page, 50)
        while True:
            found: dict[str, dict[str, Any]] = {}
            totals: set[int] = set()
            page, pages = 0, 1
            while page < pages:
                page += 1
                said = self._get(path, [*params, ("page", str(page)), ("per_page", str(size))])
                found |= {one["id"]: one for one in said["data"]}
                pages = said["meta"]["total_pages"]
                if said["meta"]["total_count"] > 10_000:
                    raise TooMany("more than can be read")
                totals.add(said["meta"]["total_count"])
            if len(totals) == 1:
                return list(found.values())


@client("RL-PAGE-2")
class DoublesWhatMoved(_Pages):
    """Reads the newest first, and repeats an item that moved to the next page."""

    def turn(self, path: str, params: Params, size: int) -> list[dict[str, Any]]:
        params = [*params, ("sort", "-created_at")]
        said = self.page(path, params, 1, min(size, 50))
        if said["meta"]["total_count"] > 10_000:
            raise TooMany("more than can be read")
        found = said["data"]
        for number in range(2, said["meta"]["total_pages"] + 1):
            found = found + self.page(path, params, number, min(size, 50))["data"]
        return list(found)


class _Boundless(Reference):
    """Cuts the list at the limit without an error."""

    def _get(self, path: str, params: Params = ()) -> dict[str, Any]:
        said = super()._get(path, params)
        if "meta" in said:
            said["meta"] = {**said["meta"], "total_count": min(said["meta"]["total_count"], 10_000)}
        return said


@client("RL-PAGE-2")
class AsksBeyondTheBound(_Boundless):
    """Asks for pages beyond the limit."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        return list(self._read_once(path, params, min(per_page, 50))[0].values())


@client("RL-PAGE-2")
class ReadsTheLastPageFirst(_Boundless):
    """Reads the last page first."""

    def _all(self, path: str, params: Params = (), per_page: int = 50) -> list[dict[str, Any]]:
        size = str(min(per_page, 50))
        pages = self._get(path, [*params, ("per_page", size)])["meta"]["total_pages"]
        self._get(path, [*params, ("page", str(pages)), ("per_page", size)])
        return super()._all(path, params, per_page)


@client("RL-PAGE-2")
class CutsAtTheBoundInSilence(Reference):
    """Returns the first 10,000 as if they were all."""

    def devices(self, per_page: int) -> Sequence[Device]:
        try:
            return super().devices(per_page)
        except TooMany:
            first = self._get("/devices", [("per_page", "50")])["data"]
            return [Device(one["id"], one["type"], one["attributes"]["name"]) for one in first]


@client("RL-STATUS-1")
class DefaultListIsEveryone(Reference):
    """Asks for no statuses."""

    def persons(self, everyone: bool) -> Sequence[Person]:
        return [self._person(one) for one in self._all("/access_persons")]


@client("RL-STATUS-1")
class AsksForExpiredOnly(Reference):
    """Asks for expired persons, but not for deactivated ones."""

    def persons(self, everyone: bool) -> Sequence[Person]:
        found = [self._person(one) for one in self._all("/access_persons")]
        if everyone:
            found += [self._person(o) for o in self._all("/access_persons", [("attributes[status]", "expired")])]
        return found


@client("RL-STATUS-1")
class OneWordForFour(Reference):
    """Joins the statuses with commas, which is not supported."""

    def persons(self, everyone: bool) -> Sequence[Person]:
        if not everyone:
            return super().persons(everyone)
        said = [("attributes[status]", "current,upcoming,expired,deactivated")]
        return [self._person(one) for one in self._all("/access_persons", said)]


@client("RL-TOL-1")
class DecodesStrictly(Reference):
    """Refuses unknown keys."""

    KEYS = frozenset(
        {"name", "email", "handle", "created_at", "updated_at", "primary_account_id", "default_account_id"}
    )

    def user(self) -> User:
        said = self._get("/user")["data"]
        if strange := said["attributes"].keys() - self.KEYS:
            raise Unavailable(f"unknown attributes: {', '.join(sorted(strange))}")
        return User(said["id"], said["attributes"]["name"])


@client("RL-TOL-1")
class KnowsAllDeviceTypes(Reference):
    """Leaves out devices of unknown types."""

    TYPES = ("lock", "acs_door", "power_plug", "thermostat", "resort_lock")

    def devices(self, per_page: int) -> Sequence[Device]:
        return [device for device in super().devices(per_page) if device.type in self.TYPES]


@client("RL-TOL-1")
class KnowsAllStatuses(Reference):
    """Fails at unknown statuses."""

    @staticmethod
    def _person(said: Mapping[str, Any]) -> Person:
        if said["attributes"]["status"] not in {status.value for status in Status}:
            raise Unavailable("no such status")
        return Reference._person(said)


@client("RL-TOL-1")
class KnowsAllEvents(Reference):
    """Fails at an event of a type that it does not know."""

    def _act_on(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "doorbell_rung_event":
            raise Unavailable("no such event")
        super()._act_on(event)


# ---- the rate limit


@client("RL-RATE-1")
class GivesUpAtTheLimit(Reference):
    """Gives up at a 429."""

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        if answer.status_code == 429:
            raise Unavailable("too many requests")
        super()._note_rate_limit(answer)


@client("RL-RATE-1")
class TriesAgainAtOnce(Reference):
    """Retries a 429 at once."""

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        return


@client("RL-RATE-1")
class WaitsAFixedWhile(Reference):
    """Waits five seconds after a 429, whatever its headers say."""

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        if answer.status_code == 429:
            self._limited_until = time.monotonic() + 5


@client("RL-RATE-2")
class IgnoresWhatRemains(Reference):
    """Ignores the remaining requests until a 429."""

    def _note_rate_limit(self, answer: httpx.Response) -> None:
        if answer.status_code == 429:
            super()._note_rate_limit(answer)


@client("RL-RATE-2")
class HeedsWhatRemainsInOneCallOnly(Reference):
    """Obeys the headers within one call only."""

    def user(self) -> User:
        self._limited_until = 0.0
        return super().user()


# ---- errors


@client("RL-ERR-1")
class SwallowsErrors(Reference):
    """Returns a person without an id after an error."""

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        try:
            return super().create_user(name, email, credential)
        except Invalid:
            return Person("", name, Status.UNKNOWN)


class _Retells(Reference):
    """Base: reports errors wrongly."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        raise NotImplementedError

    def _error(self, what: str, answer: httpx.Response) -> RemoteLockError:
        return self.retold(super()._error(what, answer))


@client("RL-ERR-1")
class OnlyTheFirstMessage(_Retells):
    """Reports the first message only."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        return (
            type(error)(str(error), dict.fromkeys(error.errors, ("is wrong",))) if isinstance(error, Invalid) else error
        )


@client("RL-ERR-1")
class DropsErrorsOfNoAttribute(_Retells):
    """Drops errors of the whole resource."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        if not isinstance(error, Invalid):
            return error
        return type(error)(str(error), {name: output for name, output in error.errors.items() if name is not None})


@client("RL-ERR-1")
class InvalidIsUnavailable(_Retells):
    """Raises Unavailable for invalid attributes."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        return Unavailable(str(error)) if isinstance(error, Invalid) else error


@client("RL-ERR-2")
class GeneralIsInvalid(_Retells):
    """Raises Invalid for a general error."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        return Invalid(str(error), {None: (error.message,)}) if isinstance(error, Refused) else error


@client("RL-ERR-2")
class ResourceIsGeneral(_Retells):
    """Raises Refused for a resource error."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        return Refused(str(error), None, str(error)) if isinstance(error, Invalid) else error


@client("RL-ERR-2")
class GeneralIsUnavailable(_Retells):
    """Raises Unavailable for a general error."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        return Unavailable(str(error)) if isinstance(error, Refused) else error


@client("RL-ERR-2")
class DropsTheType(_Retells):
    """Keeps the message of an error, and drops the type."""

    def retold(self, error: RemoteLockError) -> RemoteLockError:
        return Refused(str(error), None, error.message) if isinstance(error, Refused) else error


# ---- versions, secrets


class _Asks(Reference):
    """Base: sends other headers."""

    def accept(self, method: str) -> str | None:
        raise NotImplementedError

    def _send(self, method: str, url: str, **what: Any) -> httpx.Response:
        if "headers" in what:
            accept = self.accept(method)
            what["headers"] = {name: value for name, value in what["headers"].items() if name != "Accept"}
            what["headers"] |= {} if accept is None else {"Accept": accept}
        return super()._send(method, url, **what)


@client("RL-VERS-1")
class NamesNoVersion(_Asks):
    """Names no version."""

    def accept(self, method: str) -> str | None:
        return None


@client("RL-VERS-1")
class AcceptsAnyJson(_Asks):
    """Accepts any JSON."""

    def accept(self, method: str) -> str | None:
        return "application/json"


@client("RL-VERS-1")
class NamesTheVersionWhenItReads(_Asks):
    """Names the version only when it reads."""

    def accept(self, method: str) -> str | None:
        return "application/vnd.lockstate.v1+json" if method == "GET" else None


@client("RL-SECRET-1")
class LogsItsBodies(Reference):
    """Logs the bodies that it sends."""

    def _send(self, method: str, url: str, **what: Any) -> httpx.Response:
        logging.getLogger("mutant").debug("%s %s %s", method, url, what.get("data") or what.get("json"))
        return super()._send(method, url, **what)


@client("RL-SECRET-1")
class LogsItsToken(Reference):
    """Logs its token."""

    def _send(self, method: str, url: str, **what: Any) -> httpx.Response:
        logging.getLogger("mutant").debug("%s %s %s", method, url, what.get("headers"))
        return super()._send(method, url, **what)


@client("RL-SECRET-1")
class RaisesWithThePin(Reference):
    """Has the PIN in its exceptions."""

    def create_user(self, name: str, email: str | None, credential: Credential) -> Person:
        try:
            return super().create_user(name, email, credential)
        except Invalid as error:
            raise Invalid(f"{error} ({credential.pin})", error.errors) from None
        except Unavailable as error:
            raise Unavailable(f"{error} ({credential.pin})") from None


@client("RL-SECRET-1")
class LeavesTheSecretInTheCause(Reference):
    """Raises a clean exception from one with a secret."""

    def _request_tokens(self, grant: Mapping[str, str]) -> Tokens:
        try:
            return super()._request_tokens(grant)
        except RemoteLockError as error:
            raise type(error)(str(error)) from RuntimeError(f"POST {grant} as {self._client_secret}")
