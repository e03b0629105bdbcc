"""Client mutants that mix up two locks, two persons' places or two calls, or are thrown by a failure in the middle."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from lockpact.codelocks.port import ClockNotSet, Code, CodelocksError, Entry, Lock, Period, Stay, Unavailable
from lockpact.codelocks.reference import Reference
from lockpact.core.connection import Connection
from tests.codelocks.pact.mutants import client


@client("CL-END-1")
class CachesCodesWithoutTheIdentifier(Reference):
    """Takes two locks that were initialised in the same minute for one."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        known = getattr(self, "_first_of", {})
        self._first_of = known
        return super()._code(known.setdefault((lock.model, lock.id), lock), start, length)


@client("CL-DONE-1")
class StopsAllOfAModel(Reference):
    """Shows no codes at any lock of a model while the clock of one of them is not set."""

    def show(self, stay: Stay) -> Sequence[Code]:
        if any(lock.model == stay.lock.model for lock in self._clock_not_set):
            raise ClockNotSet("the clock is not set")
        return super().show(stay)


@client("CL-QUOTA-1")
class PaysAgainAfterAFailure(Reference):
    """Keeps a stay's codes only when it has all of them, and requests the first ones again after a failure."""

    def show(self, stay: Stay) -> Sequence[Code]:
        before = dict(self._codes)
        try:
            return super().show(stay)
        except CodelocksError:
            self._codes = before
            raise


@client("CL-ERR-1")
class ShowsAPartOfAStay(Reference):
    """Shows the codes that it has when a later one does not come."""

    def show(self, stay: Stay) -> Sequence[Code]:
        if stay in self._shown or stay.lock in self._clock_not_set:
            return super().show(stay)
        codes: list[Code] = []
        for start, length in self._split(*self._hours(stay)):
            try:
                codes.append(self._code(stay.lock, start, length))
            except Unavailable:
                if not codes:
                    raise
                return codes
        self._shown[stay] = codes
        return codes


@client("CL-REVOKE-1")
class OverByUtc(Reference):
    """Takes the house's wall clock for UTC, and says that a stay's codes have expired hours before they do."""

    def cancel(self, stay: Stay) -> bool:
        return time.time() > stay.departure.replace(tzinfo=UTC).timestamp() + 3600


@client("CL-INIT-2")
class RemembersTheMasterCode(Reference):
    """Initialises a lock with the master code of the one before, if none is given."""

    _master = ""

    def initialise_with(self, model: str, master: str) -> str:
        self._master = master
        return super().initialise_with(model, master)

    def initialise(self, model: str) -> str:
        return super().initialise_with(model, self._master) if self._master else super().initialise(model)


@client("CL-INVITE-1")
class SuspendedEverywhere(Reference):
    """Remembers who is suspended by the e-mail alone."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._suspended: set[str] = set()

    def suspend(self, lock: str, email: str, on: bool) -> None:
        super().suspend(lock, email, on)
        (self._suspended.add if on else self._suspended.discard)(email)

    def admitted(self, lock: str, email: str) -> bool:
        return super().admitted(lock, email) and email not in self._suspended


@client("CL-CLIENT-1")
class PeriodsOfThePerson(Reference):
    """Shows the periods that it has last set for a person, at whichever lock."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._set: dict[str, Mapping[int, Period]] = {}

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        super().set_periods(lock, email, periods)
        self._set[email] = periods

    def periods(self, lock: str, email: str) -> Mapping[int, Period]:
        found = super().periods(lock, email)
        return {**found, **self._set.get(email, {})}


@client("CL-ENTRY-1")
class SinceTheHour(Reference):
    """Looks for entries from the beginning of the hour on."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        return super().entered(lock, since.replace(minute=0, second=0))


@client("CL-AUDIT-2")
class SinceInItsOwnZone(Reference):
    """Takes the wall clock of `since` for the lock's, whatever the zone of `since` is."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        return super().entered(lock, since.replace(tzinfo=UTC) if since.utcoffset() else since)


@client("CL-LIST-1")
class ListsOneOfEachName(Reference):
    """Lists one of several locks of the same name."""

    def list_locks(self) -> Sequence[str]:
        locks = self._list(self._get("/u/1/k3connect", accesskey=self._key()))
        return list({lock["LockName"]: str(lock["LockId"]) for lock in locks}.values())


@client("CL-BATT-1")
class TheClockMustBeSetByNow(Reference):
    """Shows codes again a day after the batteries were replaced."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._replaced: dict[Lock, float] = {}

    def batteries_replaced(self, lock: Lock) -> None:
        super().batteries_replaced(lock)
        self._replaced[lock] = time.time()

    def show(self, stay: Stay) -> Sequence[Code]:
        if time.time() - self._replaced.get(stay.lock, time.time()) > 86_400:
            self._clock_not_set.discard(stay.lock)
        return super().show(stay)


@client("CL-AUDIT-1")
class DropsWhatRepeats(Reference):
    """Drops entries that say the same as the one before."""

    def audit(self, lock: str) -> Sequence[Entry]:
        entries = super().audit(lock)
        pairs = zip(entries, [None, *entries], strict=False)
        return [entry for entry, before in pairs if before is None or entry != replace(before, id=entry.id)]


@client("CL-REVOKE-1")
class CancelsByTheServersClock(Reference):
    """Says that codes have expired when UTC has passed the time of departure, which is the house's wall clock."""

    def cancel(self, stay: Stay) -> bool:
        return stay.departure < datetime.fromtimestamp(time.time(), UTC).replace(tzinfo=None)


@client("CL-INVITE-1")
class AdmittedOnce(Reference):
    """Does not look again at a person who was admitted once, until it suspends or removes the person itself."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._admitted: set[tuple[str, str]] = set()

    def admitted(self, lock: str, email: str) -> bool:
        if (lock, email) not in self._admitted and super().admitted(lock, email):
            self._admitted.add((lock, email))
        return (lock, email) in self._admitted

    def suspend(self, lock: str, email: str, on: bool) -> None:
        super().suspend(lock, email, on)
        self._admitted.discard((lock, email))

    def remove(self, lock: str, email: str) -> None:
        super().remove(lock, email)
        self._admitted.discard((lock, email))


@client("CL-END-1")
class CachesCodesByTheTimecode(Reference):
    """Takes two locks that were initialised in the same minute for one, though they are of different models."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        known = getattr(self, "_first_of", {})
        self._first_of = known
        return super()._code(known.setdefault(lock.id, lock), start, length)


@client("CL-SHOWN-1")
class EndsByElapsedTime(Reference):
    """Counts the hours of a code at a K3Connect lock as elapsed time, so the end is wrong after the clocks have changed."""

    def _code(self, lock: Lock, start: datetime, length: timedelta) -> Code:
        code = super()._code(lock, start, length)
        if not lock.k3:
            return code
        return replace(code, end=(code.start.astimezone(UTC) + length).astimezone(ZoneInfo(lock.zone)))


@client("CL-CLIENT-1")
class SetsThePeriodsOfAll(Reference):
    """Sets the periods of every client of the lock."""

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        super().set_periods(lock, email, periods)
        for one in self._pages(lock, "clients"):
            if one["email"] != email:
                super().set_periods(lock, one["email"], periods)


@client("CL-BATT-1")
class CountsChangesOfBatteries(Reference):
    """Shows codes again only when the clock was set as often as it heard of new batteries."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._changes: list[Lock] = []

    def batteries_replaced(self, lock: Lock) -> None:
        super().batteries_replaced(lock)
        self._changes.append(lock)

    def clock_set(self, lock: Lock) -> None:
        self._changes.remove(lock)
        if lock not in self._changes:
            super().clock_set(lock)


@client("CL-CLIENT-1")
class NoPeriodsAreNoChange(Reference):
    """Sends nothing when no period is given, so the old ones stay."""

    def set_periods(self, lock: str, email: str, periods: Mapping[int, Period]) -> None:
        if periods:
            super().set_periods(lock, email, periods)


@client("CL-REMOVE-1")
class RemovesFromTheFirstPage(Reference):
    """Removes whom it finds on the first page of clients, and nobody else."""

    def remove(self, lock: str, email: str) -> None:
        answer = self._object(self._get(f"/u/1/k3connect/{lock}/clients", accesskey=self._key(), page=1, perpage=50))
        if any(one["email"].lower() == email.lower() for one in self._list(answer.get("clients"))):
            super().remove(lock, email)


@client("CL-ENTRY-1")
class SinceTheMinute(Reference):
    """Looks for entries from the beginning of the minute on."""

    def entered(self, lock: str, since: datetime) -> bool | None:
        return super().entered(lock, since.replace(second=0))
