"""Client mutants: the reference client with one mistake that real clients make."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from lockpact.codelocks.port import (
    AccessKeyError,
    ClockNotSet,
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
    """Lets the first code start now if the guest has arrived already."""

    def show(self, stay: Stay) -> Sequence[Code]:
        self._shown.pop(stay, None)
        return super().show(stay)

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        now = datetime.fromtimestamp(time.time(), UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        return min(max(start, now), end - HOUR), end


@client("CL-DET-1")
class AnotherWayAfterARestart(Reference):
    """Combines durations in another order after each restart."""

    _starts = 0

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        type(self)._starts += 1
        self._odd = self._starts % 2

    def _split(self, start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:  # type: ignore[override]
        if self._odd and end - start > HOUR:
            return [(start, HOUR), *super()._split(start + HOUR, end)]
        return super()._split(start, end)


@client("CL-START-1")
class StartsAtTheMinute(Reference):
    """Requests codes from the minute of the arrival."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        return start + timedelta(minutes=stay.arrival.minute), end


@client("CL-START-1")
class DaysFromTheHourOfArrival(Reference):
    """Requests days that start at the hour of the arrival."""

    @staticmethod
    def _split(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        days = (end - start) // DAY
        if not 1 <= days <= 7:
            return Reference._split(start, end)
        return [(start, days * DAY), *Reference._split(start + days * DAY, end)]


@client("CL-TZ-1")
class LocalTimeToKitlocks(Reference):
    """Requests a KitLock's codes in the house's local time."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        return super()._hours(replace(stay, lock=replace(stay.lock, zone="UTC")))


@client("CL-TZ-1")
class UtcToWallClocks(Reference):
    """Requests a K3Connect lock's codes in UTC."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        return super()._hours(replace(stay, lock=replace(stay.lock, model="KL1060")))


@client("CL-TZ-1")
class WinterTimeAllYear(Reference):
    """Ignores daylight saving."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        if not stay.lock.k3:
            zone = ZoneInfo(stay.lock.zone)
            start += stay.arrival.replace(tzinfo=zone).dst() or timedelta()
            end += stay.departure.replace(tzinfo=zone).dst() or timedelta()
        return start, end


@client("CL-TZ-1")
class OffsetOfTheFirstHour(Reference):
    """Uses the offset of the day's first hour all day, also when the clocks change (seamapi/public-tracker 96)."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        if not stay.lock.k3:
            zone = ZoneInfo(stay.lock.zone)
            start, end = (
                by_lock_clock + (_offset(at, zone) - _offset(at.replace(hour=0, minute=0), zone))
                for by_lock_clock, at in ((start, stay.arrival), (end, stay.departure))
            )
        return start, end


def _offset(wall: datetime, zone: ZoneInfo) -> timedelta:
    return wall.replace(tzinfo=zone).utcoffset() or timedelta()


@client("CL-END-1")
class EndsByTheLengthOnTheWallClock(Reference):
    """Adds a stay's length by the wall clock to its start, also when the clocks change in between."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        if not stay.lock.k3:
            zone = ZoneInfo(stay.lock.zone)
            end += _offset(stay.departure, zone) - _offset(stay.arrival, zone)
        return start, end


@client("CL-END-1")
class RoundsUpToDays(Reference):
    """Requests whole days for every long stay."""

    @staticmethod
    def _split(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        if end - start < DAY:
            return Reference._split(start, end)
        first = start.replace(hour=0)
        return Reference._split(first, (end + DAY).replace(hour=0))


@client("CL-END-1")
class OneDurationOnly(Reference):
    """Requests only the first of several durations."""

    @staticmethod
    def _split(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        return Reference._split(start, end)[:1]


@client("CL-END-1")
class CountsDurationsFromOne(Reference):
    """Takes a duration id for a number of hours."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        return super()._code(lock, start, length + HOUR if length < 12 * HOUR else length)


@client("CL-END-1")
class DayIdsByAWrongOffset(Reference):
    """Computes the ids of long durations by an offset that is wrong (piratestudios/codelocks 7f51638)."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        code = super()._code(lock, start, length - DAY if length > DAY else length)
        return replace(code, end=code.start + length)


@client("CL-END-1")
class CachesByBooking(Reference):
    """Shows the codes of a booking as they were before it was changed (tykeal/homeassistant-rental-control 105)."""

    def show(self, stay: Stay) -> Sequence[Code]:
        known = [codes for other, codes in self._shown.items() if other.booking == stay.booking]
        return known[0] if known and stay.lock not in self._clock_not_set else super().show(stay)


@client("CL-END-1")
class CachesByArrival(Reference):
    """Shows the codes of another booking with the same arrival."""

    def show(self, stay: Stay) -> Sequence[Code]:
        same = [
            codes
            for other, codes in self._shown.items()
            if (other.lock, other.arrival) == (stay.lock, stay.arrival) and stay.lock not in self._clock_not_set
        ]
        return same[0] if same else super().show(stay)


@client("CL-END-1")
class CachesCodesWithoutTheDuration(Reference):
    """Takes a code of the same start for a code of the same period."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        code = super()._code(lock, start, length)
        text = f"{start:%Y-%m-%d %H:%M}"
        first = next(digits for (other, at, _), digits in self._codes.items() if (other.id, at) == (lock.id, text))
        return replace(code, digits=first)


@client("CL-SHOWN-1")
class CodesInAnyOrder(Reference):
    """Shows the last code first."""

    def show(self, stay: Stay) -> Sequence[Code]:
        return list(reversed(super().show(stay)))


@client("CL-SHOWN-1")
class SaysTheWrongEnd(Reference):
    """Takes the last minute of a code for its end."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        code = super()._code(lock, start, length)
        return replace(code, end=code.end - timedelta(minutes=1))


@client("CL-SHOWN-1")
class LabelsUtcAsLocal(Reference):
    """Says a KitLock's UTC times as if they were local."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        code, zone = super()._code(lock, start, length), ZoneInfo(lock.zone)
        return replace(code, start=code.start.replace(tzinfo=zone), end=code.end.replace(tzinfo=zone))


@client("CL-SHOWN-1")
class GivesTimesNoZone(Reference):
    """Says times without a zone."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        code = super()._code(lock, start, length)
        return replace(code, start=code.start.replace(tzinfo=None), end=code.end.replace(tzinfo=None))


@client("CL-SHOWN-1")
class ShowsACodeTwice(Reference):
    """Shows the first code again at the end."""

    def show(self, stay: Stay) -> Sequence[Code]:
        codes = super().show(stay)
        return [*codes, codes[0]]


@client("CL-CODE-1")
class FormatsDigits(Reference):
    """Adds the key that ends a code to its digits."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        code = super()._code(lock, start, length)
        return replace(code, digits=f"{code.digits}#")


@client("CL-TZ-1")
class TwelveHourClock(Reference):
    """Writes starts by a clock of twelve hours."""

    def _get(self, path: str, **query: Any) -> Any:
        if "start" in query:
            query["start"] = f"{datetime.fromisoformat(query['start']):%Y-%m-%d %I:%M}"
        return super()._get(path, **query)


@client("CL-START-1")
class RoundsTheLocalHour(Reference):
    """Rounds a KitLock's times to full hours of the house and not of the lock."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        arrival = stay.arrival.replace(minute=0)
        start, _ = super()._hours(stay)
        if stay.lock.k3:
            return start, super()._hours(stay)[1]
        offset = arrival.replace(tzinfo=ZoneInfo(stay.lock.zone)).utcoffset() or timedelta()
        return arrival - offset, super()._hours(stay)[1]


@client("CL-CODE-1")
class CodeIsANumber(Reference):
    """Keeps codes as numbers."""

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        return str(int(Reference._digits(answer)))


@client("CL-CODE-1")
class PadsAllToSeven(Reference):
    """Pads every code to seven digits."""

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        return Reference._digits(answer).zfill(7)


@client("CL-MODEL-1")
class AlwaysTheSameModel(Reference):
    """Requests the code of a KL1060 for every KitLock."""

    def _get(self, path: str, **query: Any) -> Any:
        if query.get("lockmodel", "").startswith("KL"):
            query["lockmodel"] = "KL1060"
        return super()._get(path, **query)


# ---- KitLocks


@client("CL-REVOKE-1")
class SaysRevoked(Reference):
    """Says that the codes of a cancelled booking no longer work."""

    def cancel(self, stay: Stay) -> bool:
        self._shown.pop(stay, None)
        return True


@client("CL-INIT-1")
class KeepsTheSequence(Reference):
    """Requests a model's sequence once, and uses it again."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._sequences: dict[str, str] = {}

    def initialise(self, model: str) -> str:
        if model not in self._sequences:
            self._sequences[model] = super().initialise(model)
        return self._sequences[model]


@client("CL-INIT-2")
class DropsTheMasterCode(Reference):
    """Requests every sequence with the factory's master code (drinkynet/codelocks-api 33a1019)."""

    def initialise_with(self, model: str, master: str) -> str:
        return self.initialise(model)


@client("CL-BATT-1")
class IssuesOn(Reference):
    """Ignores that batteries were replaced."""

    def batteries_replaced(self, lock: Lock) -> None:
        """Do nothing."""


@client("CL-BATT-1")
class OneClockSetsAll(Reference):
    """Takes one clock that was set for all clocks."""

    def clock_set(self, lock: Lock) -> None:
        self._clock_not_set.clear()


@client("CL-DONE-1")
class StopsAllLocks(Reference):
    """Shows no codes at all while any lock's clock is not set."""

    def show(self, stay: Stay) -> Sequence[Code]:
        if self._clock_not_set:
            raise ClockNotSet("a clock is not set")
        return super().show(stay)


@client("CL-DONE-1")
class RefusesAStayThatBegan(Reference):
    """Shows no codes once the arrival is over (seamapi/public-tracker 28)."""

    def show(self, stay: Stay) -> Sequence[Code]:
        arrival = stay.arrival.replace(tzinfo=ZoneInfo(stay.lock.zone))
        if arrival.timestamp() < time.time():
            raise InvalidData("the stay has begun")
        return super().show(stay)


@client("CL-INIT-3")
class InitialisesAnotherModel(Reference):
    """Requests every sequence for a KL1060."""

    def _get(self, path: str, **query: Any) -> Any:
        return super()._get(path, **query | ({"lockmodel": "KL1060"} if path == "/u/1/init" else {}))


@client("CL-INIT-3")
class LeavesOutTheModel(Reference):
    """Requests sequences without a lock model."""

    def _get(self, path: str, **query: Any) -> Any:
        if path == "/u/1/init":
            del query["lockmodel"]
        return super()._get(path, **query)


@client("CL-INIT-3")
class InitialisesWithTheDefaultIdentifier(Reference):
    """Requests sequences without a random identifier."""

    def _get(self, path: str, **query: Any) -> Any:
        query.pop("randomid", None)
        return super()._get(path, **query)


@client("CL-BATT-1")
class NeverIssuesAgain(Reference):
    """Ignores that a clock was set."""

    def clock_set(self, lock: Lock) -> None:
        """Do nothing."""


# ---- calls


@client("CL-QUOTA-1")
class AsksForEachBooking(Reference):
    """Keeps codes by booking only, and requests the same hours again for another booking."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        self._codes.clear()
        return super()._code(lock, start, length)


@client("CL-QUOTA-1")
class HammersAtTheQuota(Reference):
    """Goes on requesting when the quota is used up."""

    def _get(self, path: str, **query: Any) -> Any:
        for _ in range(8):
            try:
                return super()._get(path, **query)
            except QuotaSpent:
                time.sleep(1)
        return super()._get(path, **query)


@client("CL-QUOTA-1")
class ReportsTheQuotaAsUnavailable(Reference):
    """Raises Unavailable when the quota is used up."""

    def _error(self, path: str, status: int, text: str) -> CodelocksError:
        return Unavailable(f"{path}: later") if status == 429 else super()._error(path, status, text)


@client("CL-KEEP-1")
class Refetches(Reference):
    """Requests the codes again each time a booking is shown."""

    def show(self, stay: Stay) -> Sequence[Code]:
        self._shown.clear()
        self._codes.clear()
        return super().show(stay)


@client("CL-KEEP-1")
class ShowsNothingOffline(Reference):
    """Checks that the API answers before it shows a code that it has."""

    def show(self, stay: Stay) -> Sequence[Code]:
        if stay in self._shown:
            self._request("GET", "/n/1/netcode/1")
        return super().show(stay)

    def _request(self, method: str, path: str, **options: Any) -> Any:
        try:
            return super()._request(method, path, **options)
        except Missing:
            if path.endswith("/1"):
                return {}
            raise


# ---- refusals


@client("CL-ERR-1")
class AllIsUnavailable(Reference):
    """Raises Unavailable for every refusal except those of keys."""

    def _error(self, path: str, status: int, text: str) -> CodelocksError:
        error = super()._error(path, status, text)
        return error if isinstance(error, (CredentialError, AccessKeyError)) else Unavailable(f"{path}: HTTP {status}")


@client("CL-ERR-1")
class MissingIsInvalid(Reference):
    """Raises InvalidData for 404 as well."""

    def _error(self, path: str, status: int, text: str) -> CodelocksError:
        error = super()._error(path, status, text)
        return InvalidData(f"{path}: wrong") if isinstance(error, Missing) else error


@client("CL-ERR-1")
class RetriesBadRequests(Reference):
    """Retries every refused request."""

    def _get(self, path: str, **query: Any) -> Any:
        try:
            return super()._get(path, **query)
        except (InvalidData, Missing, CredentialError):
            return super()._get(path, **query)


@client("CL-ERR-1")
class NeverRetries(Reference):
    """Does not retry after a 502."""

    def _get(self, path: str, **query: Any) -> Any:
        return self._request("GET", path, params=query)


@client("CL-ERR-1")
class RetriesForEver(Reference):
    """Retries without end."""

    def _get(self, path: str, **query: Any) -> Any:
        while True:
            try:
                return self._request("GET", path, params=query)
            except Unavailable:
                time.sleep(PAUSES[0])


@client("CL-ROT-1")
class LoopsWithTheOldKey(Reference):
    """Retries with the old access key."""

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
class ShowsNoLocksForARefusedKey(Reference):
    """Returns an empty list when the access key is refused."""

    def list_locks(self) -> Sequence[str]:
        try:
            return super().list_locks()
        except AccessKeyError:
            return []


@client("CL-KEY-1")
class KeyInTheQuery(Reference):
    """Sends the API key in the URL as well."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._http.params = httpx.QueryParams({"api_key": connection.credentials.get("api_key", "")})


@client("CL-KEY-1")
class LogsItsHeaders(Reference):
    """Logs the headers that it sends."""

    def _request(self, method: str, path: str, **options: Any) -> Any:
        logging.getLogger("codelocks.client").debug("%s %s %s", method, path, dict(self._http.headers))
        return super()._request(method, path, **options)


@client("CL-KEY-1")
class RaisesWithTheUrl(Reference):
    """Puts the whole URL, with the access key, into its errors."""

    def _request(self, method: str, path: str, **options: Any) -> Any:
        try:
            return super()._request(method, path, **options)
        except CodelocksError as error:
            raise type(error)(f"{path}?{options.get('params')}") from None


@client("CL-KEY-1")
class ShowsItsRequest(Reference):
    """Returns the request with the answer, as a page that shows what went wrong (Codelocks/customer-examples dc0f35f)."""

    def audit(self, lock: str) -> Sequence[Entry]:
        return [
            replace(entry, text=f"{entry.text} ({self._http.headers['x-api-key']})") for entry in super().audit(lock)
        ]


# ---- phones


@client("CL-CLIENT-1")
class SendsTheListBack(Reference):
    """Sends active periods as they are listed: a list of one object."""

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        changed = dict(fields)
        if method == "PUT":
            changed["activeperiods"] = f"[{changed['activeperiods']}]"
        super()._change(method, lock, email, changed)


@client("CL-CLIENT-1")
class DropsWhatIsDisabled(Reference):
    """Leaves out disabled periods when it reads them."""

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        return {n: period for n, period in super().periods(lock, email).items() if period.enabled}


@client("CL-CLIENT-1")
class ForgetsTheWeekend(Reference):
    """Sends periods without Saturday and Sunday."""

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        five = {n: replace(p, days=p.days - {"sat", "sun"}) for n, p in periods.items()}
        super().set_periods(lock, email, five)


@client("CL-INVITE-1")
class ActiveAtOnce(Reference):
    """Reports every invited person as admitted."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._invited: set[tuple[str, str]] = set()

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        super().invite(lock, email, periods)
        self._invited.add((lock, email))

    def admitted(self, lock: str, email: str) -> bool:
        return super().admitted(lock, email) or (lock, email) in self._invited


@client("CL-INVITE-1")
class NeverSeesThemAccept(Reference):
    """Caches the first status of a person."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._seen: dict[tuple[str, str], bool] = {}

    def admitted(self, lock: str, email: str) -> bool:
        return self._seen.setdefault((lock, email), super().admitted(lock, email))


# ---- audits


@client("CL-AUDIT-1")
class FirstPageOnly(Reference):
    """Reads only one page."""

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        query = {"accesskey": self._key(), "page": 1, "perpage": PAGE, **more}
        answer = self._get(f"/u/1/k3connect/{lock}/{what}", **query)
        return list(answer if what == "audit" else answer["clients"])


@client("CL-AUDIT-1")
class NewestFirstShifts(Reference):
    """Reads the newest entries first, so that new ones shift the pages."""

    def audit(self, lock: str) -> Sequence[Entry]:
        entries = self._pages(lock, "audit", pageorder="descending")
        return [Entry(entry["AuditEntryID"], entry["EntryType"], entry["EntryText"]) for entry in entries]


@client("CL-AUDIT-1")
class LeavesTheLastPage(Reference):
    """Ignores a page that is not full."""

    def audit(self, lock: str) -> Sequence[Entry]:
        entries = super().audit(lock)
        return entries[: len(entries) // PAGE * PAGE] if len(entries) > PAGE else entries


@client("CL-AUDIT-2")
class SaysThatNobodyEntered(Reference):
    """Concludes from an empty audit that nobody entered."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        return bool(super().entered(lock, since))


@client("CL-AUDIT-2")
class NeverReportsAnEntry(Reference):
    """Never finds an opening in the audit."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        return None
