"""Clients with one planted fault each: the reference client, and one thing that real clients get wrong."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from lockpact.codelocks import (
    AccessKeyError,
    Code,
    CodelocksError,
    CredentialError,
    Entry,
    InvalidData,
    Lock,
    Missing,
    Period,
    QuotaSpent,
    Stay,
    Unavailable,
)
from lockpact.codelocks.reference import DAY, HOUR, PAGE, PAUSES, Reference
from lockpact.core.connection import Connection
from tests.codelocks.pact.mutants import client

# ---- codes


@client("CL-DET-1")
class CountsFromNow(Reference):
    """Makes the first code begin now when the guest is there already."""

    def show(self, stay: Stay) -> Sequence[Code]:
        self._shown.pop(stay, None)
        return super().show(stay)

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        now = datetime.fromtimestamp(time.time(), UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        return min(max(start, now), end - HOUR), end


@client("CL-DET-1")
class AnotherWayAfterARestart(Reference):
    """Adds up durations in another order each time that it starts."""

    _starts = 0

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        type(self)._starts += 1
        self._odd = self._starts % 2

    def _pieces(self, start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:  # type: ignore[override]
        if self._odd and end - start > HOUR:
            return [(start, HOUR), *super()._pieces(start + HOUR, end)]
        return super()._pieces(start, end)


@client("CL-START-1")
class StartsAtTheMinute(Reference):
    """Asks from the minute of the arrival."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        return start + timedelta(minutes=stay.arrival.minute), end


@client("CL-START-1")
class DaysFromTheHourOfArrival(Reference):
    """Takes days from the hour in which the guest arrives."""

    @staticmethod
    def _pieces(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        days = (end - start) // DAY
        if not 1 <= days <= 7:
            return Reference._pieces(start, end)
        return [(start, days * DAY), *Reference._pieces(start + days * DAY, end)]


@client("CL-TZ-1")
class LocalTimeToKitlocks(Reference):
    """Asks for a KitLock's code in the house's time."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        return super()._hours(replace(stay, lock=replace(stay.lock, zone="UTC")))


@client("CL-TZ-1")
class UtcToWallClocks(Reference):
    """Asks for a K3Connect lock's code in UTC."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        return super()._hours(replace(stay, lock=replace(stay.lock, model="KL1060")))


@client("CL-TZ-1")
class WinterTimeAllYear(Reference):
    """Knows how far the house is from UTC, and not that it changes."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        if not stay.lock.k3:
            zone = ZoneInfo(stay.lock.zone)
            start += stay.arrival.replace(tzinfo=zone).dst() or timedelta()
            end += stay.departure.replace(tzinfo=zone).dst() or timedelta()
        return start, end


@client("CL-END-1")
class RoundsUpToDays(Reference):
    """Takes whole days for every stay over midnight."""

    @staticmethod
    def _pieces(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        if end - start < DAY:
            return Reference._pieces(start, end)
        first = start.replace(hour=0)
        return Reference._pieces(first, (end + DAY).replace(hour=0))


@client("CL-END-1")
class OneDurationOnly(Reference):
    """Asks for one code, as long as there is one."""

    @staticmethod
    def _pieces(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        return Reference._pieces(start, end)[:1]


@client("CL-END-1")
class CountsDurationsFromOne(Reference):
    """Takes a duration's id for its hours."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        return super()._code(lock, start, length + HOUR if length < 12 * HOUR else length)


@client("CL-CODE-1")
class CodeIsANumber(Reference):
    """Keeps codes as numbers."""

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        return str(int(Reference._digits(answer)))


@client("CL-CODE-1")
class PadsAllToSeven(Reference):
    """Fills every code up to seven digits."""

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        return Reference._digits(answer).zfill(7)


@client("CL-MODEL-1")
class AlwaysTheSameModel(Reference):
    """Takes every KitLock for a KL1060."""

    def _get(self, path: str, **query: Any) -> Any:
        if query.get("lockmodel", "").startswith("KL"):
            query["lockmodel"] = "KL1060"
        return super()._get(path, **query)


# ---- KitLocks


@client("CL-REVOKE-1")
class SaysRevoked(Reference):
    """Takes a booking that is off for a code that is off."""

    def cancel(self, stay: Stay) -> bool:
        self._shown.pop(stay, None)
        return True


@client("CL-INIT-1")
class KeepsTheSequence(Reference):
    """Asks for a model's sequence once."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._sequences: dict[str, str] = {}

    def initialise(self, model: str) -> str:
        if model not in self._sequences:
            self._sequences[model] = super().initialise(model)
        return self._sequences[model]


@client("CL-BATT-1")
class IssuesOn(Reference):
    """Does not mind batteries."""

    def batteries_replaced(self, lock: Lock) -> None:
        """Nothing."""


@client("CL-BATT-1")
class NeverIssuesAgain(Reference):
    """Does not hear of clocks that are set."""

    def clock_set(self, lock: Lock) -> None:
        """Nothing."""


# ---- calls


@client("CL-QUOTA-1")
class AsksForEachBooking(Reference):
    """Keeps codes by booking alone, and pays again for the same hours."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        self._paid.clear()
        return super()._code(lock, start, length)


@client("CL-QUOTA-1")
class HammersAtTheQuota(Reference):
    """Tries a spent quota over and over."""

    def _get(self, path: str, **query: Any) -> Any:
        for _ in range(8):
            try:
                return super()._get(path, **query)
            except QuotaSpent:
                time.sleep(1)
        return super()._get(path, **query)


@client("CL-QUOTA-1")
class TakesTheQuotaForABadDay(Reference):
    """Says Unavailable when the calls are spent."""

    def _refused(self, path: str, status: int, text: str) -> CodelocksError:
        return Unavailable(f"{path}: later") if status == 429 else super()._refused(path, status, text)


@client("CL-KEEP-1")
class Refetches(Reference):
    """Asks again for each look at a booking."""

    def show(self, stay: Stay) -> Sequence[Code]:
        self._shown.clear()
        self._paid.clear()
        return super().show(stay)


@client("CL-KEEP-1")
class ShowsNothingOffline(Reference):
    """Looks whether the API is there before it shows what it has."""

    def show(self, stay: Stay) -> Sequence[Code]:
        if stay in self._shown:
            self._once("GET", "/n/1/netcode/1")
        return super().show(stay)

    def _once(self, method: str, path: str, **what: Any) -> Any:
        try:
            return super()._once(method, path, **what)
        except Missing:
            if path.endswith("/1"):
                return {}
            raise


# ---- refusals


@client("CL-ERR-1")
class AllIsUnavailable(Reference):
    """Takes every refusal for a bad day, but a key's."""

    def _refused(self, path: str, status: int, text: str) -> CodelocksError:
        told = super()._refused(path, status, text)
        return told if isinstance(told, (CredentialError, AccessKeyError)) else Unavailable(f"{path}: HTTP {status}")


@client("CL-ERR-1")
class MissingIsInvalid(Reference):
    """Says the same of 400 and 404."""

    def _refused(self, path: str, status: int, text: str) -> CodelocksError:
        told = super()._refused(path, status, text)
        return InvalidData(f"{path}: wrong") if isinstance(told, Missing) else told


@client("CL-ERR-1")
class RetriesBadRequests(Reference):
    """Tries again whatever was refused."""

    def _get(self, path: str, **query: Any) -> Any:
        try:
            return super()._get(path, **query)
        except (InvalidData, Missing, CredentialError):
            return super()._get(path, **query)


@client("CL-ERR-1")
class NeverRetries(Reference):
    """Gives up at the first 502."""

    def _get(self, path: str, **query: Any) -> Any:
        return self._once("GET", path, params=query)


@client("CL-ERR-1")
class RetriesForEver(Reference):
    """Tries until it works."""

    def _get(self, path: str, **query: Any) -> Any:
        while True:
            try:
                return self._once("GET", path, params=query)
            except Unavailable:
                time.sleep(PAUSES[0])


@client("CL-ROT-1")
class LoopsWithTheOldKey(Reference):
    """Tries the old access key on."""

    def _key(self) -> str:
        return self._access_key

    def _get(self, path: str, **query: Any) -> Any:
        for _ in range(4):
            try:
                return super()._get(path, **query)
            except AccessKeyError:
                time.sleep(5)
        return super()._get(path, **query)


@client("CL-ROT-1")
class RefusedKeyIsNoLocks(Reference):
    """Shows no locks to somebody whose access key is old."""

    def list_locks(self) -> Sequence[str]:
        try:
            return super().list_locks()
        except AccessKeyError:
            return []


@client("CL-KEY-1")
class KeyInTheQuery(Reference):
    """Sends the API key in the URL as well."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._http.params = httpx.QueryParams({"api_key": site.credentials.get("api_key", "")})


@client("CL-KEY-1")
class LogsItsHeaders(Reference):
    """Logs what it sends."""

    def _once(self, method: str, path: str, **what: Any) -> Any:
        logging.getLogger("codelocks.client").debug("%s %s %s", method, path, dict(self._http.headers))
        return super()._once(method, path, **what)


@client("CL-KEY-1")
class RaisesWithTheUrl(Reference):
    """Tells the whole URL in its errors, and the access key stands there."""

    def _once(self, method: str, path: str, **what: Any) -> Any:
        try:
            return super()._once(method, path, **what)
        except CodelocksError as error:
            raise type(error)(f"{path}?{what.get('params')}") from None


# ---- phones


@client("CL-CLIENT-1")
class SendsTheListBack(Reference):
    """Sends active periods as they are listed: a list of one object."""

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        given = dict(fields)
        if method == "PUT":
            given["activeperiods"] = f"[{given['activeperiods']}]"
        super()._change(method, lock, email, given)


@client("CL-CLIENT-1")
class DropsWhatIsDisabled(Reference):
    """Reads no period that is switched off."""

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        return {n: period for n, period in super().periods(lock, email).items() if period.enabled}


@client("CL-CLIENT-1")
class ForgetsTheWeekend(Reference):
    """Knows five days."""

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        five = {n: replace(p, days=p.days - {"sat", "sun"}) for n, p in periods.items()}
        super().set_periods(lock, email, five)


@client("CL-INVITE-1")
class ActiveAtOnce(Reference):
    """Shows everybody as let in whom it has invited."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._invited: set[tuple[str, str]] = set()

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        super().invite(lock, email, periods)
        self._invited.add((lock, email))

    def admitted(self, lock: str, email: str) -> bool:
        return super().admitted(lock, email) or (lock, email) in self._invited


@client("CL-INVITE-1")
class NeverSeesThemAccept(Reference):
    """Remembers what it saw of a person first."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._seen: dict[tuple[str, str], bool] = {}

    def admitted(self, lock: str, email: str) -> bool:
        return self._seen.setdefault((lock, email), super().admitted(lock, email))


# ---- audits


@client("CL-AUDIT-1")
class FirstPageOnly(Reference):
    """Reads one page."""

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        query = {"accesskey": self._key(), "page": 1, "perpage": PAGE, **more}
        answer = self._get(f"/u/1/k3connect/{lock}/{what}", **query)
        return list(answer if what == "audit" else answer["clients"])


@client("CL-AUDIT-1")
class NewestFirstShifts(Reference):
    """Reads the newest first, while more come."""

    def audit(self, lock: str) -> Sequence[Entry]:
        entries = self._pages(lock, "audit", pageorder="descending")
        return [Entry(one["AuditEntryID"], one["EntryType"], one["EntryText"]) for one in entries]


@client("CL-AUDIT-1")
class LeavesTheLastPage(Reference):
    """Takes a page that is not full for none."""

    def audit(self, lock: str) -> Sequence[Entry]:
        entries = super().audit(lock)
        return entries[: len(entries) // PAGE * PAGE] if len(entries) > PAGE else entries


@client("CL-AUDIT-2")
class SaysThatNobodyEntered(Reference):
    """Takes an empty audit for an empty house."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        return bool(super().entered(lock, since))


@client("CL-AUDIT-2")
class NeverTellsWhoEntered(Reference):
    """Looks for a word that no entry has."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        return None
