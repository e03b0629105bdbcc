"""A Codelocks client that keeps every law, and that also serves as an example of an adapter.

A law that it breaks is wrong, or the simulator is. `conform` drives servers with it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from lockpact.core.http_client import PlainClient, SecretQueryTransport, secret_query

__all__ = ["Reference"]

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LONGEST_HOURS, LONGEST_DAYS = 12, 7
FIRST_DAY_ID = 12
"""Duration ids: 0 to 11 are 1 to 12 hours, 12 to 18 are 1 to 7 days."""
TIMEOUT = 20.0
"""The timeout of a request, in seconds."""
PAUSES = (1.0, 2.0)
"""The pause before each retry, in seconds."""
PAGE = 50
"""The size of the requested pages of audits and clients."""
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
OPENED = "_UNLOCK"


class Reference:
    """Implements `lockpact.codelocks.port.CodelocksPort`."""

    def __init__(self, connection: Connection) -> None:
        self._url = connection.url
        self._access_key: str = connection.credentials.get("access_key", "")
        headers = {"x-api-key": connection.credentials.get("api_key", "")}
        # httpx logs the URL of each request, and the access key is part of the query.
        self._http = PlainClient(transport=SecretQueryTransport(connection.transport), timeout=TIMEOUT, headers=headers)
        self._shown: dict[Stay, Sequence[Code]] = {}
        self._codes: dict[tuple[Lock, str, int], str] = {}
        """(lock, start, duration) → digits. No call lists NetCodes, and each request counts towards the quota."""
        self._clock_not_set: set[Lock] = set()
        """KitLocks whose batteries were replaced and whose clocks were not set since."""
        self._refused_key = ""

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    # ---- NetCodes

    def show(self, stay: Stay) -> Sequence[Code]:
        """Combine the codes of several durations, and keep them."""
        if stay.lock in self._clock_not_set:
            raise ClockNotSet(
                f"the clock of KitLock {stay.lock.id} stopped when its batteries were changed; set it first"
            )
        if stay not in self._shown:
            parts = self._split(*self._hours(stay))
            self._shown[stay] = [self._code(stay.lock, start, length) for start, length in parts]
        return self._shown[stay]

    def cancel(self, stay: Stay) -> bool:
        """Return False: no call cancels a NetCode, so it works until it expires."""
        return False

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        """Return the full hours around the stay, by the lock's clock: UTC, or the wall clock of a K3Connect lock."""
        zone = ZoneInfo(stay.lock.zone)

        def by_lock_clock(wall: datetime) -> datetime:
            return wall if stay.lock.k3 else wall.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)

        start, end = by_lock_clock(stay.arrival), by_lock_clock(stay.departure)
        start = start.replace(minute=0, second=0, microsecond=0)
        full_hour = end.replace(minute=0, second=0, microsecond=0)
        return start, full_hour if full_hour == end else full_hour + HOUR

    @staticmethod
    def _split(start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
        """Split a time into durations: days from midnight on, hours for the rest."""
        parts = []
        while start < end:
            left, midnight = end - start, start.hour == 0
            if midnight and left >= DAY:
                length = min(left // DAY, LONGEST_DAYS) * DAY
            else:
                until_midnight = (24 - start.hour) * HOUR
                length = min(left, LONGEST_HOURS * HOUR)
                if left >= until_midnight + DAY:
                    length = min(length, until_midnight)
            parts.append((start, length))
            start += length
        return parts

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        duration = length // HOUR - 1 if length < DAY else FIRST_DAY_ID + length // DAY - 1
        text = f"{start:%Y-%m-%d %H:%M}"
        # Without the zone: a code depends on the lock's clock only, and each request counts.
        key = (replace(lock, zone=""), text, duration)
        if key not in self._codes:
            answer = self._object(
                self._get(
                    f"/n/1/netcode/{lock.id}",
                    start=text,
                    duration=duration,
                    lockmodel=lock.model,
                    identifier=self._key() if lock.k3 else lock.identifier,
                )
            )
            self._codes[key] = self._digits(answer)
        zone = ZoneInfo(lock.zone) if lock.k3 else UTC
        digits = self._codes[key]
        return Code(digits, start.replace(tzinfo=zone), (start + length).replace(tzinfo=zone))

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        digits = answer.get("ActualNetcode")
        if not isinstance(digits, str) or not digits:
            raise Unavailable("the API's answer has no ActualNetcode")
        return digits

    # ---- KitLocks

    def initialise(self, model: str) -> str:
        """Request a new sequence each time, because it sets the lock's clock."""
        return str(self._object(self._get("/u/1/init", lockmodel=model, randomid="true")).get("InitSeq", ""))

    def initialise_with(self, model: str, master: str) -> str:
        """Request a new sequence with the lock's own master code."""
        answer = self._get("/u/1/init", lockmodel=model, mastercode=master, randomid="true")
        return str(self._object(answer).get("InitSeq", ""))

    def batteries_replaced(self, lock: Lock) -> None:
        """Show no codes for this lock from now on."""
        self._clock_not_set.add(lock)

    def clock_set(self, lock: Lock) -> None:
        """Show codes for this lock again."""
        self._clock_not_set.discard(lock)

    # ---- K3Connect

    def list_locks(self) -> Sequence[str]:
        """List the locks by one request."""
        return [str(lock["LockId"]) for lock in self._list(self._get("/u/1/k3connect", accesskey=self._key()))]

    def use_access_key(self, key: str) -> None:
        """Use the key from now on."""
        self._access_key = key

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Send the invitation without retries: a second one would be refused."""
        fields = {"activeperiods": _periods(periods), "accesstype": "STANDARD", "message": "You can open the door"}
        self._change("POST", lock, email, fields)

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        """Send all ten periods."""
        self._change("PUT", lock, email, {"activeperiods": _periods(periods)})

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        """Read the periods from the list of clients: a list of one object with ten keys."""
        client = self._client(lock, email)
        if client is None:
            raise Missing(f"lock {lock} has no such client")
        (periods,) = client["activeperiods"]
        return {int(number): _period(period) for number, period in periods.items()}

    def suspend(self, lock: str, email: str, on: bool) -> None:
        """Send SUSPEND or RESTORE."""
        self._change("PATCH", lock, email, {"action": "SUSPEND" if on else "RESTORE"})

    def remove(self, lock: str, email: str) -> None:
        """Send DELETE."""
        self._change("DELETE", lock, email, {})

    def admitted(self, lock: str, email: str) -> bool:
        """Return whether the server lists the client as active: an invitation may still be declined."""
        client = self._client(lock, email)
        return client is not None and client["status"] == "ACTIVE"

    def _client(self, lock: str, email: str) -> dict[str, Any] | None:
        for client in self._pages(lock, "clients"):
            if client["email"].lower() == email.lower():
                return client
        return None

    def battery_low(self, lock: str) -> bool | None:
        """Return whether the status is LOW. It is FULL otherwise, or UNKNOWN."""
        status = self._object(self._get(f"/u/1/k3connect/{lock}", accesskey=self._key())).get("BatteryStatus")
        return None if status == "UNKNOWN" else status == "LOW"

    def audit(self, lock: str) -> Sequence[Entry]:
        """Read the oldest first, so that new entries do not shift the pages."""
        entries = self._pages(lock, "audit", pageorder="ascending")
        return [Entry(entry["AuditEntryID"], entry["EntryType"], entry["EntryText"]) for entry in entries]

    def entered(self, lock: str, since: datetime) -> bool | None:
        """Return True or None: an audit shows who entered, but never that nobody did."""
        zone = self._object(self._get(f"/u/1/k3connect/{lock}", accesskey=self._key())).get("Timezone", "UTC")
        for entry in self._pages(lock, "audit", pageorder="ascending"):
            at = datetime.fromisoformat(entry["DateEntered"]).replace(tzinfo=ZoneInfo(zone))
            if entry["EntryType"].endswith(OPENED) and at >= since.replace(microsecond=0):
                return True
        return None

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = []
        page = 0
        while len(items) == page * PAGE:
            page += 1
            query = {"accesskey": self._key(), "page": page, "perpage": PAGE, **more}
            answer = self._get(f"/u/1/k3connect/{lock}/{what}", **query)
            items += self._list(answer if what == "audit" else self._object(answer).get("clients"))
        return items

    # ---- requests

    def _key(self) -> str:
        """Return the access key. Raises AccessKeyError once the server has refused it: its owner has to help."""
        if self._access_key == self._refused_key:
            raise AccessKeyError("the access key was changed; ask the account's owner for the present one")
        return self._access_key

    @staticmethod
    def _object(answer: Any) -> dict[str, Any]:
        if not isinstance(answer, dict):
            raise Unavailable("the API's answer is not a JSON object")
        return answer

    @staticmethod
    def _list(answer: Any) -> list[dict[str, Any]]:
        if not isinstance(answer, list):
            raise Unavailable("the API's answer is not a JSON list")
        return answer

    def _get(self, path: str, **query: Any) -> Any:
        """Send a request that may be repeated: up to three times if the API is unavailable."""
        for pause in PAUSES:
            try:
                return self._request("GET", path, params=query)
            except Unavailable:
                time.sleep(pause)
        return self._request("GET", path, params=query)

    def _change(self, method: str, lock: str, email: str, fields: Mapping[str, str]) -> None:
        form = {"accesskey": self._key(), "clientemail": email, **fields}
        self._request(method, f"/u/1/k3connect/{lock}/client", data=form)

    def _request(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the answer's JSON. Errors name the path, but not the query with its keys."""
        try:
            query = options.pop("params", {})
            answer = self._http.request(method, self._url + path, extensions=secret_query(query), **options)
        except httpx.TransportError as error:
            raise Unavailable(f"{path}: no answer from the API ({type(error).__name__})") from None
        if answer.status_code != httpx.codes.OK:
            raise self._error(path, answer.status_code, answer.text)
        try:
            return answer.json()
        except ValueError:
            raise Unavailable(f"{path}: the API's answer is not JSON") from None

    def _error(self, path: str, status: int, text: str) -> CodelocksError:
        if status == 401 or (status == 400 and "access key" in text.lower()):
            self._refused_key = self._access_key
            return AccessKeyError(f"{path}: the access key is not the account's; ask its owner for the present one")
        match status:
            case 400:
                return InvalidData(f"{path}: the API refused one of the values")
            case 403:
                return CredentialError(f"{path}: the API refused the API key; ask Codelocks for a valid one")
            case 404:
                return Missing(f"{path}: a parameter is missing, or there is no such lock")
            case 429:
                return QuotaSpent(f"{path}: the month's calls are used up; wait for the next month, or buy a bolt-on")
        return Unavailable(f"{path}: the API answered HTTP {status}")


def _periods(periods: Mapping[int, Period]) -> str:
    document = {}
    for number in range(10):
        period = periods.get(number, OFF)
        flags = {day: day in period.days for day in DAYS}
        document[str(number)] = {"enabled": period.enabled, "starts": period.starts, "ends": period.ends, **flags}
    return json.dumps(document)


def _period(item: Mapping[str, Any]) -> Period:
    days = frozenset(day for day in DAYS if item.get(day))
    return Period(bool(item.get("enabled")), str(item.get("starts")), str(item.get("ends")), days)
