"""A Codelocks client that keeps every law: what an adapter may look like when the client is written to its port.

It is the pact's own yardstick (a law that it breaks is wrong, or the stand-in is) and drives servers for `conform`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from lockpact.codelocks.port import (
    OFF,
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
from lockpact.core.connection import Connection
from lockpact.core.http_client import SecretQueryTransport, secret_query

__all__ = ["Reference"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST_HOURS, LONGEST_DAYS = 12, 7
FIRST_DAY_ID = 12
"""Duration ids: 0 to 11 are 1 to 12 hours, 12 to 18 are 1 to 7 days."""
PATIENCE = 20.0
"""Seconds to wait for an answer."""
PAUSES = (1.0, 2.0)
"""Seconds before each further try."""
PAGE = 50
"""Entries of an audit, or clients, that one call asks for."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPENED = "_UNLOCK"


class Reference:
    """Implements `lockpact.codelocks.port.CodelocksPort`."""

    def __init__(self, site: Connection) -> None:
        self._url = site.url
        self._access_key: str = site.credentials.get("access_key", "")
        headers = {"x-api-key": site.credentials.get("api_key", "")}
        # httpx logs the URL of each request, and the access key is part of the query.
        self._http = httpx.Client(transport=SecretQueryTransport(site.transport), timeout=PATIENCE, headers=headers)
        self._shown: dict[Stay, Sequence[Code]] = {}
        self._paid: dict[tuple[Lock, str, int], str] = {}
        """What was paid for: (lock, start, duration) → digits. No call lists it, and each call is counted."""
        self._standing: set[Lock] = set()
        """KitLocks with new batteries, whose clocks nobody has set."""
        self._refused_key = ""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- NetCodes

    def show(self, stay: Stay) -> Sequence[Code]:
        """Added up of the durations that there are; kept from then on."""
        if stay.lock in self._standing:
            raise ClockNotSet(
                f"the clock of KitLock {stay.lock.id} stands since its batteries were changed; set it first"
            )
        if stay not in self._shown:
            pieces = self._pieces(*self._hours(stay))
            self._shown[stay] = [self._code(stay.lock, start, length) for start, length in pieces]
        return self._shown[stay]

    def cancel(self, stay: Stay) -> bool:
        """No call cancels a NetCode: it opens until it expires."""
        return False

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        """The full hours around the stay, by the lock's clock: UTC, or the wall clock of a K3Connect lock."""
        zone = ZoneInfo(stay.lock.zone)

        def on_the_lock(wall: datetime) -> datetime:
            return wall if stay.lock.k3 else wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)

        start, end = on_the_lock(stay.arrival), on_the_lock(stay.departure)
        start = start.replace(minute=0, second=0, microsecond=0)
        whole = end.replace(minute=0, second=0, microsecond=0)
        return start, whole if whole == end else whole + HOUR

    @staticmethod
    def _pieces(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        """Days where they begin at midnight, hours for the rest."""
        found = []
        while start < end:
            left, midnight = end - start, start.hour == 0
            if midnight and left >= DAY:
                length = min(left // DAY, LONGEST_DAYS) * DAY
            else:
                until_midnight = (24 - start.hour) * HOUR
                length = min(left, LONGEST_HOURS * HOUR)
                if left >= until_midnight + DAY:
                    length = min(length, until_midnight)
            found.append((start, length))
            start += length
        return found

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        duration = length // HOUR - 1 if length < DAY else FIRST_DAY_ID + length // DAY - 1
        written = f"{start:%Y-%m-%d %H:%M}"
        if (lock, written, duration) not in self._paid:
            answer = self._object(
                self._get(
                    f"/n/1/netcode/{lock.id}",
                    start=written,
                    duration=duration,
                    lockmodel=lock.model,
                    identifier=self._key() if lock.k3 else lock.identifier,
                )
            )
            self._paid[lock, written, duration] = self._digits(answer)
        zone = ZoneInfo(lock.zone) if lock.k3 else UTC
        digits = self._paid[lock, written, duration]
        return Code(digits, start.replace(tzinfo=zone), (start + length).replace(tzinfo=zone))

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        digits = answer.get("ActualNetcode")
        if not isinstance(digits, str) or not digits:
            raise Unavailable("the API answered a NetCode without digits")
        return digits

    # ---- KitLocks

    def initialise(self, model: str) -> str:
        """Asked for anew each time: the sequence sets the lock's clock."""
        return str(self._object(self._get("/u/1/init", lockmodel=model, randomid="true")).get("InitSeq", ""))

    def batteries_replaced(self, lock: Lock) -> None:
        """Its clock stands from now on."""
        self._standing.add(lock)

    def clock_set(self, lock: Lock) -> None:
        """It goes again."""
        self._standing.discard(lock)

    # ---- K3Connect

    def list_locks(self) -> Sequence[str]:
        """One call."""
        return [str(one["LockId"]) for one in self._list(self._get("/u/1/k3connect", accesskey=self._key()))]

    def use_access_key(self, key: str) -> None:
        """From now on."""
        self._access_key = key

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Sent once: a second invitation would be refused."""
        fields = {"activeperiods": _periods(periods), "accesstype": "STANDARD", "message": "You can open the door"}
        self._change("POST", lock, email, fields)

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """All ten are told."""
        self._change("PUT", lock, email, {"activeperiods": _periods(periods)})

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        """As they are listed: a list of one object with ten keys."""
        (given,) = self._client(lock, email)["activeperiods"]
        return {int(n): _period(one) for n, one in given.items()}

    def suspend(self, lock: str, email: str, on: bool) -> None:
        """SUSPEND or RESTORE."""
        self._change("PATCH", lock, email, {"action": "SUSPEND" if on else "RESTORE"})

    def admitted(self, lock: str, email: str) -> bool:
        """Only whom the server lists as active: an invitation may still be declined."""
        try:
            return bool(self._client(lock, email)["status"] == "ACTIVE")
        except Missing:
            return False

    def _client(self, lock: str, email: str) -> dict[str, Any]:
        for one in self._pages(lock, "clients"):
            if one["email"].lower() == email.lower():
                return one
        raise Missing(f"lock {lock} has no such client")

    def audit(self, lock: str) -> Sequence[Entry]:
        """Oldest first, so that what comes meanwhile shifts no page."""
        entries = self._pages(lock, "audit", pageorder="ascending")
        return [Entry(one["AuditEntryID"], one["EntryType"], one["EntryText"]) for one in entries]

    def entered(self, lock: str, since: datetime) -> bool | None:
        """An audit shows who came, and never that nobody did."""
        zone = self._object(self._get(f"/u/1/k3connect/{lock}", accesskey=self._key())).get("Timezone", "UTC")
        for one in self._pages(lock, "audit", pageorder="ascending"):
            at = datetime.fromisoformat(one["DateEntered"]).replace(tzinfo=ZoneInfo(zone))
            if one["EntryType"].endswith(OPENED) and at >= since.replace(microsecond=0):
                return True
        return None

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        page = 0
        while len(found) == page * PAGE:
            page += 1
            query = {"accesskey": self._key(), "page": page, "perpage": PAGE, **more}
            answer = self._get(f"/u/1/k3connect/{lock}/{what}", **query)
            found += self._list(answer if what == "audit" else self._object(answer).get("clients"))
        return found

    # ---- inner

    def _key(self) -> str:
        """The access key, unless the server has refused it: then only its owner can help."""
        if self._access_key == self._refused_key:
            raise AccessKeyError("the access key was changed; ask the account's owner for the present one")
        return self._access_key

    @staticmethod
    def _object(answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise Unavailable("the API's answer is no JSON object")
        return answer

    @staticmethod
    def _list(answer: Any) -> list[dict[str, Any]]:
        if not isinstance(answer, list):
            raise Unavailable("the API's answer is no JSON list")
        return answer

    def _get(self, path: str, **query: Any) -> Any:
        """What may be asked again: tried three times where that can help."""
        for pause in PAUSES:
            try:
                return self._once("GET", path, params=query)
            except Unavailable:
                time.sleep(pause)
        return self._once("GET", path, params=query)

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        form = {"accesskey": self._key(), "clientemail": email, **fields}
        self._once(method, f"/u/1/k3connect/{lock}/client", data=form)

    def _once(self, method: str, path: str, **what: Any) -> Any:
        """The answer's JSON. Errors tell the path, never the query."""
        try:
            query = what.pop("params", {})
            answer = self._http.request(method, self._url + path, extensions=secret_query(query), **what)
        except httpx.TransportError as lost:
            raise Unavailable(f"{path}: {type(lost).__name__}, no answer from the API") from None
        if answer.status_code != httpx.codes.OK:
            raise self._refused(path, answer.status_code, answer.text)
        try:
            return answer.json()
        except ValueError:
            raise Unavailable(f"{path}: the API's answer is no JSON") from None

    def _refused(self, path: str, status: int, text: str) -> CodelocksError:
        if status == 401 or (status == 400 and "access key" in text.lower()):
            self._refused_key = self._access_key
            return AccessKeyError(f"{path}: the access key is not the account's; ask its owner for the present one")
        match status:
            case 400:
                return InvalidData(f"{path}: the API does not take one of the values")
            case 403:
                return CredentialError(f"{path}: the API does not take this key; ask Codelocks for one")
            case 404:
                return Missing(f"{path}: a parameter is missing, or there is no such lock")
            case 429:
                return QuotaSpent(f"{path}: the month's calls are spent; wait for the first, or buy a bolt-on")
        return Unavailable(f"{path}: the API answered HTTP {status}")


def _periods(periods: Mapping[int, Period]) -> str:
    given = {}
    for number in range(10):
        period = periods.get(number, OFF)
        flags = {day: day in period.days for day in DAYS}
        given[str(number)] = {"enabled": period.enabled, "starts": period.starts, "ends": period.ends, **flags}
    return json.dumps(given)


def _period(given: Mapping[str, Any]) -> Period:
    days = frozenset(day for day in DAYS if given.get(day))
    return Period(bool(given.get("enabled")), str(given.get("starts")), str(given.get("ends")), days)
