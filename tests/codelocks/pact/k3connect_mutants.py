"""Client mutants: the reference client with one mistake at the account, its K3Connect locks, or when something was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from lockpact.codelocks.port import (
    OFF,
    CodelocksError,
    CredentialError,
    Entry,
    InvalidData,
    Missing,
    Period,
    QuotaSpent,
    Unavailable,
)
from lockpact.codelocks.reference import PAGE, Reference
from lockpact.core.connection import Connection
from tests.codelocks.pact.mutants import client

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class _Latch(Reference):
    """Raises an error of one type again and again, once it has raised it."""

    latches: type[CodelocksError]
    _latched = False

    def _request(self, method: str, path: str, **options: Any) -> Any:
        if self._latched:
            raise self.latches("as before")
        try:
            return super()._request(method, path, **options)
        except self.latches:
            self._latched = True
            raise


@client("CL-DONE-1")
class QuotaStaysSpent(_Latch):
    """Never requests again once the month's calls are used up."""

    latches = QuotaSpent


@client("CL-DONE-1")
class KeyStaysRefused(_Latch):
    """Never requests again once the API key was refused."""

    latches = CredentialError


@client("CL-BACK-1")
class DownStaysDown(Reference):
    """Gives up for ever after an outage."""

    _failed = 0

    def _get(self, path: str, **query: Any) -> Any:
        if self._failed > 1:
            raise Unavailable("the API was not available")
        try:
            return super()._get(path, **query)
        except Unavailable:
            self._failed += 1
            raise


@client("CL-BACK-1")
class NeedsTheApiAtBirth(Reference):
    """Works only if the API answered when it was made."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._ready = True
        try:
            self._get("/u/1/durations")
        except CodelocksError:
            self._ready = False

    def _request(self, method: str, path: str, **options: Any) -> Any:
        if not getattr(self, "_ready", True):
            raise Unavailable("not ready")
        return super()._request(method, path, **options)


@client("CL-BACK-1")
class HammersAtTheDoor(Reference):
    """Tries without a pause, again and again, while the API is away."""

    def _get(self, path: str, **query: Any) -> Any:
        for _ in range(30):
            with suppress(Unavailable):
                return self._request("GET", path, params=query)
        raise Unavailable("no answer")


@client("CL-DONE-1")
class MisspeltIdentifier(Reference):
    """Writes the parameter as the document's list for K3Connect locks does."""

    def _get(self, path: str, **query: Any) -> Any:
        if query.get("lockmodel") == "K3CONNECT":
            query["identifer"] = query.pop("identifier")
        return super()._get(path, **query)


class _Form(Reference):
    """Encodes the form of a change by itself."""

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        form = {"accesskey": self._key(), "clientemail": email, **fields}
        body = "&".join(f"{name}={quote(value, safe='+@')}" for name, value in form.items())
        path = f"/u/1/k3connect/{lock}/client"
        self._request(method, path, content=body.encode(), headers=FORM)


@client("CL-DONE-1")
class NoPlusEncoding(_Form):
    """Sends the plus of an e-mail as it is, which means a space."""


@client("CL-DONE-1")
class AccessKeyInTheQuery(Reference):
    """Sends the access key of a change in the URL."""

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        path = f"/u/1/k3connect/{lock}/client"
        self._request(method, path, data={"clientemail": email, **fields}, params={"accesskey": self._key()})


@client("CL-DONE-1")
class PagesFromZero(Reference):
    """Counts the pages of clients from zero."""

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        if what != "clients":
            return super()._pages(lock, what, **more)
        query = {"accesskey": self._key(), "page": 0, "perpage": PAGE}
        return list(self._get(f"/u/1/k3connect/{lock}/clients", **query)["clients"])


# ---- the access key


@client("CL-ROT-2")
class IgnoresTheNewKey(Reference):
    """Goes on with the access key that it was made with (drinkynet/codelocks-api bfc08c4)."""

    def use_access_key(self, key: str) -> None:
        self._refused_key = ""


@client("CL-ROT-2")
class NewKeyForListsOnly(Reference):
    """Uses a new access key for everything but NetCodes."""

    _old = ""

    def use_access_key(self, key: str) -> None:
        self._old = self._old or self._access_key
        super().use_access_key(key)

    def _get(self, path: str, **query: Any) -> Any:
        if self._old and query.get("lockmodel") == "K3CONNECT":
            query["identifier"] = self._old
        return super()._get(path, **query)


@client("CL-ROT-2")
class NewKeyNotInForms(Reference):
    """Uses a new access key for everything but changes."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._first = self._access_key

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        form = {"accesskey": self._first, "clientemail": email, **fields}
        self._request(method, f"/u/1/k3connect/{lock}/client", data=form)


# ---- locks


@client("CL-LIST-1")
class KeepsTheFirstList(Reference):
    """Lists the locks as they were the first time."""

    _kept: Sequence[str] = ()

    def list_locks(self) -> Sequence[str]:
        self._kept = self._kept or super().list_locks()
        return self._kept


@client("CL-LIST-1")
class ListsNames(Reference):
    """Takes a lock's name for its id."""

    def list_locks(self) -> Sequence[str]:
        return [str(lock["LockName"]) for lock in self._list(self._get("/u/1/k3connect", accesskey=self._key()))]


@client("CL-LIST-1")
class ListsTheFirst(Reference):
    """Lists only the first lock."""

    def list_locks(self) -> Sequence[str]:
        return super().list_locks()[:1]


@client("CL-LIST-1")
class ListsInCapitals(Reference):
    """Writes ids in capitals."""

    def list_locks(self) -> Sequence[str]:
        return [lock.upper() for lock in super().list_locks()]


@client("CL-LIST-1")
class OneOddLockSpoilsAll(Reference):
    """Fails at a lock without a name."""

    def list_locks(self) -> Sequence[str]:
        locks = self._list(self._get("/u/1/k3connect", accesskey=self._key()))
        if not all(lock["LockName"] and lock["BatteryStatus"] in ("FULL", "UNKNOWN", "LOW") for lock in locks):
            raise Unavailable("an answer that is not understood")
        return [str(lock["LockId"]) for lock in locks]


@client("CL-ERR-1")
class NoLocksWhenDown(Reference):
    """Lists no locks when the API does not answer."""

    def list_locks(self) -> Sequence[str]:
        try:
            return super().list_locks()
        except Unavailable:
            return []


@client("CL-BATT-2")
class UnknownIsLow(Reference):
    """Takes a lock that has reported nothing for one with low batteries."""

    def battery_low(self, lock: str) -> bool | None:
        return super().battery_low(lock) is not False


@client("CL-BATT-2")
class UnknownIsFull(Reference):
    """Takes a lock that has reported nothing for one with full batteries."""

    def battery_low(self, lock: str) -> bool | None:
        return bool(super().battery_low(lock))


@client("CL-BATT-2")
class TheWarningStays(Reference):
    """Goes on to warn when the lock has new batteries."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._warned: set[str] = set()

    def battery_low(self, lock: str) -> bool | None:
        low = super().battery_low(lock)
        if low:
            self._warned.add(lock)
        return True if lock in self._warned else low


# ---- phones


@client("CL-SUSPEND-1")
class SuspendAndRestoreSwapped(Reference):
    """Sends RESTORE to suspend."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        with suppress(InvalidData):  # it takes a refusal for "is so already"
            super().suspend(lock, email, not on)


@client("CL-SUSPEND-1")
class RestoreSendsSuspend(Reference):
    """Sends SUSPEND to restore, and takes a refusal for "is so already"."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        try:
            super().suspend(lock, email, on=True)
        except InvalidData:
            if on:
                raise


@client("CL-SUSPEND-1")
class SuspendDeletes(Reference):
    """Deletes a person to suspend the person."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        if on:
            self._change("DELETE", lock, email, {})
        else:
            super().suspend(lock, email, on)


@client("CL-SUSPEND-1")
class SuspendDoesNothing(Reference):
    """Sends nothing to suspend a person."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        """Do nothing."""


@client("CL-SUSPEND-1")
class SuspendsTheFirst(Reference):
    """Suspends the lock's first client."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        super().suspend(lock, self._pages(lock, "clients")[0]["email"], on)


@client("CL-INVITE-2")
class InvitesForOneOpening(Reference):
    """Invites with access ONE_TIME."""

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        super()._change(method, lock, email, {**fields, "accesstype": "ONE_TIME"})


@client("CL-INVITE-2")
class InvitesForAlways(Reference):
    """Invites for every hour of every day."""

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        super().invite(lock, email, {0: Period(enabled=True, starts="00:00", ends="23:59", days=frozenset(DAYS))})


@client("CL-INVITE-2")
class InvitesToTheFirstLock(Reference):
    """Invites to the account's first lock."""

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        super().invite(self.list_locks()[0], email, periods)


@client("CL-INVITE-2")
class InvitesNobody(Reference):
    """Sends no invitation."""

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Do nothing."""


@client("CL-INVITE-2")
class HidesAFailedInvitation(Reference):
    """Returns as if it had invited when the API refuses."""

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        with suppress(InvalidData, Unavailable):
            super().invite(lock, email, periods)


@client("CL-INVITE-3")
class InvitesTwice(Reference):
    """Sends a change again when its answer was lost."""

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        try:
            super()._change(method, lock, email, fields)
        except Unavailable:
            super()._change(method, lock, email, fields)


@client("CL-REMOVE-1")
class RemoveSuspends(Reference):
    """Suspends a person to delete the person."""

    def remove(self, lock: str, email: str) -> None:
        self._change("PATCH", lock, email, {"action": "SUSPEND"})


@client("CL-REMOVE-1")
class RemovesTheFirst(Reference):
    """Deletes the lock's first client."""

    def remove(self, lock: str, email: str) -> None:
        super().remove(lock, self._pages(lock, "clients")[0]["email"])


@client("CL-CLIENT-1")
class MergesPeriods(Reference):
    """Keeps periods that it was not given."""

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        super().set_periods(lock, email, {**self.periods(lock, email), **periods})


@client("CL-CLIENT-1")
class PeriodsOfNobody(Reference):
    """Returns ten disabled periods of a person who is no client."""

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        try:
            return super().periods(lock, email)
        except Missing:
            return dict.fromkeys(range(10), OFF)


@client("CL-CLIENT-1")
class PeriodsCountFromOne(Reference):
    """Numbers the periods that it reads from one."""

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        return {number + 1: period for number, period in super().periods(lock, email).items() if number < 9}


@client("CL-INVITE-1")
class SuspendedIsAdmitted(Reference):
    """Takes every client who has accepted for admitted."""

    def admitted(self, lock: str, email: str) -> bool:
        client = self._client(lock, email)
        return client is not None and client["status"] in ("ACTIVE", "SUSPENDED")


@client("CL-INVITE-1")
class UsedIsAdmitted(Reference):
    """Takes a client whose only opening is used for admitted."""

    def admitted(self, lock: str, email: str) -> bool:
        client = self._client(lock, email)
        return client is not None and client["status"] in ("ACTIVE", "USED")


@client("CL-INVITE-1")
class FirstPageOfClients(Reference):
    """Reads only the first page of clients."""

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        if what != "clients":
            return super()._pages(lock, what, **more)
        query = {"accesskey": self._key(), "page": 1, "perpage": PAGE}
        return list(self._get(f"/u/1/k3connect/{lock}/clients", **query)["clients"])


class _Matching(Reference):
    """Finds a client by another comparison of e-mails."""

    def _client(self, lock: str, email: str) -> dict[str, Any] | None:
        return next((c for c in self._pages(lock, "clients") if self.matches(c["email"].lower(), email.lower())), None)

    def matches(self, one: str, other: str) -> bool:
        raise NotImplementedError


@client("CL-INVITE-1")
class MatchesEmailsByPart(_Matching):
    """Takes an e-mail that ends like another one for it."""

    def matches(self, one: str, other: str) -> bool:
        return one.endswith(other)


@client("CL-INVITE-1")
class MatchesNamesBeforeTheAt(_Matching):
    """Compares only what stands before the @."""

    def matches(self, one: str, other: str) -> bool:
        return one.partition("@")[0] == other.partition("@")[0]


@client("CL-INVITE-1")
class LooksAtTheFirstLockOnly(Reference):
    """Looks a client up at the account's first lock."""

    def _client(self, lock: str, email: str) -> dict[str, Any] | None:
        return super()._client(self.list_locks()[0], email)


@client("CL-INVITE-1")
class RefusedWhenDown(Reference):
    """Says that a person is not admitted when the API does not answer."""

    def admitted(self, lock: str, email: str) -> bool:
        try:
            return super().admitted(lock, email)
        except Unavailable:
            return False


@client("CL-ERR-1")
class NobodyWhenMissing(Reference):
    """Takes any 404 for a person who is no client."""

    def admitted(self, lock: str, email: str) -> bool:
        try:
            return super().admitted(lock, email)
        except Missing:
            return False


@client("CL-CALM-1")
class BelievesItsOwnChanges(Reference):
    """Takes periods that it has sent for those that the server has."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._sent: dict[tuple[str, str], Mapping[int, Period]] = {}

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        self._sent[lock, email] = {number: periods.get(number, OFF) for number in range(10)}
        super().set_periods(lock, email, periods)

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        return self._sent.get((lock, email)) or super().periods(lock, email)


@client("CL-CALM-1")
class KeepsAStatusInDoubt(Reference):
    """Takes a change whose answer was lost for one that was not made."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._suspended: dict[tuple[str, str], bool] = {}

    def suspend(self, lock: str, email: str, on: bool) -> None:
        before = super().admitted(lock, email)
        try:
            super().suspend(lock, email, on)
            self._suspended.pop((lock, email), None)
        except Unavailable:
            self._suspended[lock, email] = before
            raise

    def admitted(self, lock: str, email: str) -> bool:
        return self._suspended.get((lock, email), False) or super().admitted(lock, email)


# ---- audits


@client("CL-AUDIT-3")
class AuditMixesFields(Reference):
    """Takes an entry's text for its type."""

    def audit(self, lock: str) -> Sequence[Entry]:
        return [Entry(entry.id, entry.text, entry.type) for entry in super().audit(lock)]


@client("CL-AUDIT-3")
class AuditSaysOpened(Reference):
    """Writes every entry as an opening."""

    def audit(self, lock: str) -> Sequence[Entry]:
        return [Entry(entry.id, entry.type.replace("REFUSED", "UNLOCK"), entry.text) for entry in super().audit(lock)]


@client("CL-AUDIT-1")
class AuditOnlyOnce(Reference):
    """Returns only entries that it has not returned before."""

    _last = -1

    def audit(self, lock: str) -> Sequence[Entry]:
        new = [entry for entry in super().audit(lock) if entry.id > self._last]
        self._last = max([self._last, *(entry.id for entry in new)])
        return new


@client("CL-ERR-1")
class KeepsWhatArrived(Reference):
    """Takes the pages that arrived before a failure for the whole audit."""

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        page = 0
        while len(items) == page * PAGE:
            page += 1
            query = {"accesskey": self._key(), "page": page, "perpage": PAGE, **more}
            try:
                answer = self._get(f"/u/1/k3connect/{lock}/{what}", **query)
            except Unavailable:
                return items
            items += answer if what == "audit" else answer["clients"]
        return items


class _Entries(Reference):
    """Decides by other entries whether a person entered."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        zone = self._object(self._get(f"/u/1/k3connect/{lock}", accesskey=self._key()))["Timezone"]
        if any(self.counts(entry, ZoneInfo(zone), since.replace(microsecond=0)) for entry in self.read(lock)):
            return True
        return None

    def read(self, lock: str) -> list[dict[str, Any]]:
        return self._pages(lock, "audit", pageorder="ascending")

    def counts(self, entry: Mapping[str, Any], zone: Any, since: datetime) -> bool:
        return str(entry["EntryType"]).endswith("_UNLOCK") and self.at(entry, zone) >= since

    def at(self, entry: Mapping[str, Any], zone: Any) -> datetime:
        return datetime.fromisoformat(entry["DateEntered"]).replace(tzinfo=zone)


@client("CL-ENTRY-1")
class AnyEventIsEntry(_Entries):
    """Takes a refused attempt for an entry."""

    def counts(self, entry: Mapping[str, Any], zone: Any, since: datetime) -> bool:
        return self.at(entry, zone) >= since


@client("CL-ENTRY-1")
class AnyTimeIsSince(_Entries):
    """Takes an opening of any time for one since then."""

    def counts(self, entry: Mapping[str, Any], zone: Any, since: datetime) -> bool:
        return super().counts(entry, zone, since - timedelta(days=9000))


@client("CL-AUDIT-2")
class ReadsDatesAsUtc(_Entries):
    """Reads the wall clock times of an audit as UTC."""

    def at(self, entry: Mapping[str, Any], zone: Any) -> datetime:
        return super().at(entry, UTC)


@client("CL-AUDIT-2")
class OldestFiftyOnly(_Entries):
    """Looks for openings on the first page only, which has the oldest entries."""

    def read(self, lock: str) -> list[dict[str, Any]]:
        return super().read(lock)[:PAGE]


@client("CL-AUDIT-2")
class EnteredByCodeOnly(_Entries):
    """Does not know that phones open locks, too."""

    def counts(self, entry: Mapping[str, Any], zone: Any, since: datetime) -> bool:
        return super().counts(entry, zone, since) and entry["EntryType"] == "NETCODE_UNLOCK"
