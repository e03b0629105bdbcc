"""Client mutants that show themselves on odd days and at odd locks, or when the API gives one wrong answer."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

from lockpact.codelocks.port import Code, CodelocksError, Entry, Lock, Missing, Period, Stay
from lockpact.codelocks.reference import DAY, HOUR, OPENED, Reference, _periods
from tests.codelocks.pact.mutants import client

# ---- codes and keypads


@client("CL-TZ-1")
class ArrivesInTheSecondHour(Reference):
    """Takes the second of an hour that comes twice for the guest's."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        return super()._hours(replace(stay, arrival=stay.arrival.replace(fold=1)))


@client("CL-TZ-1")
class RoundsTheArrival(Reference):
    """Rounds the arrival to the nearest hour."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        return min(start + HOUR, end - HOUR) if stay.arrival.minute >= 45 else start, end


@client("CL-END-1")
class AMonthAtMost(Reference):
    """Shows codes for thirty days, however long the stay is."""

    def _hours(self, stay: Stay) -> tuple[datetime, datetime]:
        start, end = super()._hours(stay)
        return start, min(end, start + 30 * DAY)


@client("CL-MODEL-1")
class NewerKeypadsAreLikeOldOnes(Reference):
    """Takes the KL1550 for a KL1060."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        return super()._code(replace(lock, model="KL1060") if lock.model == "KL1550" else lock, start, length)


@client("CL-CODE-2")
class NoCodeIsAnEmptyOne(Reference):
    """Takes an answer without a code for an empty code."""

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        return str(answer.get("ActualNetcode") or "")


@client("CL-CODE-2")
class NoCodeIsNoPart(Reference):
    """Leaves out the part of a stay for which the API answered no code."""

    @staticmethod
    def _digits(answer: Mapping[str, Any]) -> str:
        return str(answer.get("ActualNetcode") or "")

    def show(self, stay: Stay) -> Sequence[Code]:
        return [code for code in super().show(stay) if code.digits]


@client("CL-REVOKE-1")
class CancelsWhatItHasForgotten(Reference):
    """Says that a code is cancelled which it does not remember."""

    def cancel(self, stay: Stay) -> bool:
        return stay not in self._shown


@client("CL-BATT-1")
class ASequenceSetsAllClocks(Reference):
    """Takes the initialisation of one lock for that of all."""

    def initialise(self, model: str) -> str:
        self._clock_not_set.clear()
        return super().initialise(model)


# ---- lists


@client("CL-LIST-1")
class DropsLeadingZerosOfIds(Reference):
    """Loses the zeros at the beginning of a lock's id."""

    def list_locks(self) -> Sequence[str]:
        return [lock.lstrip("0") for lock in super().list_locks()]


@client("CL-LIST-1")
class NoLocksOnceNoLocksAlways(Reference):
    """Takes an account that listed no lock once for one that has none."""

    _empty = False

    def list_locks(self) -> Sequence[str]:
        locks = [] if self._empty else super().list_locks()
        self._empty = not locks
        return locks


@client("CL-AUDIT-1")
class EmptyOnceEmptyAlways(Reference):
    """Does not read an audit again that was empty once."""

    def audit(self, lock: str) -> Sequence[Entry]:
        empty = self.__dict__.setdefault("_empty", set())
        entries = [] if lock in empty else super().audit(lock)
        if not entries:
            empty.add(lock)
        return entries


@client("CL-AUDIT-3")
class AuditInAscii(Reference):
    """Replaces the characters of an audit's texts that are not ASCII."""

    def audit(self, lock: str) -> Sequence[Entry]:
        return [replace(e, text=e.text.encode("ascii", "replace").decode()) for e in super().audit(lock)]


@client("CL-AUDIT-2")
class ReadsDatesByTodaysOffset(Reference):
    """Reads all wall clock times of an audit by the offset that the lock's zone has now."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        known = self._object(self._get(f"/u/1/k3connect/{lock}", accesskey=self._key()))
        offset = datetime.fromtimestamp(time.time(), ZoneInfo(known["Timezone"])).utcoffset() or timedelta()
        for entry in self._pages(lock, "audit", pageorder="ascending"):
            at = datetime.fromisoformat(entry["DateEntered"]).replace(tzinfo=timezone(offset))
            if entry["EntryType"].endswith(OPENED) and at >= since.replace(microsecond=0):
                return True
        return None


@client("CL-AUDIT-2")
class LooksAtTheNewestEntryOnly(Reference):
    """Looks only at the newest entry of an audit."""

    def _pages(self, lock: str, what: str, **more: Any) -> list[dict[str, Any]]:
        entries = super()._pages(lock, what, **more)
        return entries[-1:] if what == "audit" else entries


@client("CL-ROT-2")
class TriesTheNewKeyFirst(Reference):
    """Goes on with the old access key if the API is away when it gets the new one."""

    def use_access_key(self, key: str) -> None:
        before = self._access_key
        super().use_access_key(key)
        try:
            self.list_locks()
        except CodelocksError:
            self._access_key = before


# ---- phones


@client("CL-CLIENT-1")
class SetsThePeriodsOfNobody(Reference):
    """Says that it has set the periods of a person who is no client."""

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        with suppress(Missing):
            super().set_periods(lock, email, periods)


@client("CL-SUSPEND-1")
class SuspendsOnce(Reference):
    """Sends nothing if it has suspended or restored the person before."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        done = self.__dict__.setdefault("_done", {})
        if done.get((lock, email)) is not on:
            super().suspend(lock, email, on)
            done[lock, email] = on


@client("CL-INVITE-1")
class DropsWhatFollowsAPlus(Reference):
    """Takes two addresses for one that differ in what follows a plus."""

    def _client(self, lock: str, email: str) -> dict[str, Any] | None:
        def name(of: str) -> str:
            return re.sub(r"[+][^@]*", "", of.lower())

        return next((c for c in self._pages(lock, "clients") if name(c["email"]) == name(email)), None)


@client("CL-INVITE-1")
class MissingOnceMissingAlways(Reference):
    """Does not look a person up again who was missing once from the list of clients."""

    def _client(self, lock: str, email: str) -> dict[str, Any] | None:
        missing = self.__dict__.setdefault("_missing", set())
        found = None if (lock, email) in missing else super()._client(lock, email)
        if found is None:
            missing.add((lock, email))
        return found

    def invite(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        self.__dict__.setdefault("_missing", set()).discard((lock, email))
        super().invite(lock, email, periods)


def _invite(client: Reference, lock: str, email: str, periods: Mapping[int, Period]) -> None:
    fields = {"activeperiods": _periods(periods), "accesstype": "STANDARD", "message": "You can open the door"}
    client._change("POST", lock, email, fields)


@client("CL-OP-1")
class RestoresByAnInvitation(Reference):
    """Deletes a suspended person and invites the person again, instead of RESTORE."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        if on:
            return super().suspend(lock, email, on)
        self.remove(lock, email)
        return _invite(self, lock, email, {})


@client("CL-OP-1")
class SetsPeriodsByANewInvitation(Reference):
    """Deletes the person and invites the person again with the new periods."""

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        self.remove(lock, email)
        _invite(self, lock, email, periods)


@client("CL-OP-1")
class MendsWhatIsMissing(Reference):
    """Invites a person again who is missing from the list of clients, when it is asked whether the person is admitted."""

    def admitted(self, lock: str, email: str) -> bool:
        if self._client(lock, email) is None:
            with suppress(Missing):
                _invite(self, lock, email, {})
        return super().admitted(lock, email)


@client("CL-OP-1")
class SuspendsTwice(Reference):
    """Sends each change twice, to be sure."""

    def suspend(self, lock: str, email: str, on: bool) -> None:
        super().suspend(lock, email, on)
        super().suspend(lock, email, on)


# ---- secrets


@client("CL-KEY-2")
class LogsTheCodes(Reference):
    """Logs each code that it got."""

    def show(self, stay: Stay) -> Sequence[Code]:
        codes = super().show(stay)
        logging.getLogger("bookings").info("%s: %s", stay.booking, ", ".join(code.digits for code in codes))
        return codes


@client("CL-KEY-2")
class LogsTheMasterCode(Reference):
    """Logs the master code of a lock that it initialises."""

    def initialise_with(self, model: str, master: str) -> str:
        logging.getLogger("bookings").info("initialising a %s with master code %s", model, master)
        return super().initialise_with(model, master)


@client("CL-KEY-2")
class RaisesWithTheMasterCode(Reference):
    """Raises errors that have the master code in their text."""

    def initialise_with(self, model: str, master: str) -> str:
        try:
            return super().initialise_with(model, master)
        except CodelocksError as error:
            raise type(error)(f"{error}; lockmodel={model}, mastercode={master}") from None
