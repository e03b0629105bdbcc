"""Clients with one planted fault each: the reference client, and one thing that real clients get wrong."""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from lockpact.core.connection import Connection
from lockpact.lockt import (
    CredentialError,
    LocktError,
    News,
    NotThere,
    Receipt,
    Rejected,
    Status,
    Unavailable,
    User,
    UserRecord,
)
from lockpact.lockt.reference import BLOCK, Reference, _Lost
from tests.lockt.pact.mutants import client

LOG = logging.getLogger("a.client")

# ---- blocks


class _Blocks(Reference):
    """Cuts a long list otherwise: `cut` gives the places."""

    def cut(self, count: int) -> Sequence[range]:
        raise NotImplementedError

    def _write(
        self,
        node: str,
        records: Sequence[dict[str, Any]],
        keys: Sequence[str],
        options: Mapping[str, bool],
        there: Callable[[], set[str]] | None,
    ) -> dict[str, Receipt]:
        receipts: dict[str, Receipt] = {}
        for places in self.cut(len(records)):
            block = {keys[place]: records[place] for place in places if place < len(records)}
            receipts |= self._block(node, block, options, there)
        return {key: receipts.get(key, Receipt(key, Status.SAVED)) for key in keys}


@client("LT-BATCH-1")
class SendsAllAtOnce(_Blocks):
    """Sends any number of records in one POST."""

    def cut(self, count: int) -> Sequence[range]:
        return [range(count)] if count else []


@client("LT-BATCH-1")
class DropsTheLastBlock(_Blocks):
    """Sends whole blocks only."""

    def cut(self, count: int) -> Sequence[range]:
        whole = [range(start, start + BLOCK) for start in range(0, count - BLOCK + 1, BLOCK)]
        return whole or ([range(count)] if count else [])


@client("LT-BATCH-1")
class BlocksOverlap(_Blocks):
    """Begins each block with the last record of the one before."""

    def cut(self, count: int) -> Sequence[range]:
        return [
            range(max(0, start - 1), start + BLOCK - 1) for start in range(0, count + 1, BLOCK - 1) if start < count
        ]


@client("LT-BATCH-1")
class OneMoreThanFits(_Blocks):
    """Counts from nought to a hundred."""

    def cut(self, count: int) -> Sequence[range]:
        return [range(start, start + BLOCK + 1) for start in range(0, count, BLOCK + 1)]


@client("LT-BATCH-2")
class PostsInParallel(_Blocks):
    """Sends all blocks at once."""

    def cut(self, count: int) -> Sequence[range]:
        return [range(start, start + BLOCK) for start in range(0, count, BLOCK)]

    def _write(self, node: str, records: Any, keys: Any, options: Any, there: Any) -> dict[str, Receipt]:
        from contextlib import nullcontext

        self._one_write_at_a_time: Any = nullcontext()
        blocks = [{keys[n]: records[n] for n in places if n < len(records)} for places in self.cut(len(records))]
        receipts: dict[str, Receipt] = {}
        with ThreadPoolExecutor(3) as pool:
            for done in pool.map(lambda block: self._block(node, block, options, there), blocks):
                receipts |= done
        return receipts


@client("LT-BATCH-2")
class ImpatientWithItself(Reference):
    """Waits for a POST no longer than for a GET from next door, and sends it again at once."""

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        if method == "POST":
            self._http.timeout = 0.03
            with suppress(_Lost):
                return super()._sent(method, path, body, params)
            try:
                return super()._sent(method, path, body, params)
            except _Lost as lost:
                raise lost.error from None
        self._http.timeout = 30.0
        return super()._sent(method, path, body, params)


@client("LT-BATCH-2")
class OverlappingIsFinal(Reference):
    """Takes the refusal of an overlapping POST for one of its records."""

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        if any("overlapping" in reason for reason in reasons):
            return Rejected(f"{path}: refused", reasons)
        return Reference._refused(path, status, reasons)


# ---- failures of some records


class _Receipts(Reference):
    """Answers other receipts: `told` has the true ones."""

    def told(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        raise NotImplementedError

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        return self.told(super().save_users(records, update, replace))

    def create_doors(self, names: Sequence[str]) -> Sequence[Receipt]:
        return self.told(super().create_doors(names))


@client("LT-PART-1")
class DropsTheErrors(_Receipts):
    """Tells of those that were saved only."""

    def told(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        return [receipt for receipt in receipts if receipt.status is not Status.FAILED]


@client("LT-PART-1")
class FailedIsSaved(_Receipts):
    """Takes the 200 for everybody's."""

    def told(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        return [replace(one, status=Status.SAVED) if one.status is Status.FAILED else one for one in receipts]


@client("LT-PART-1")
class ReasonsAreLost(_Receipts):
    """Tells that a record failed, and not why."""

    def told(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        return [replace(receipt, reasons=()) for receipt in receipts]


@client("LT-PART-1")
class SendsAllAgain(Reference):
    """When some records have failed, sends the block once more."""

    def _block(self, node: str, block: Any, options: Any, there: Any) -> dict[str, Receipt]:
        receipts = super()._block(node, block, options, there)
        if any(receipt.status is Status.FAILED for receipt in receipts.values()):
            super()._block(node, block, options, there)
        return receipts


@client("LT-PART-1")
class OneBadRecordFailsAll(Reference):
    """Lets one invalid record fail its batch, and tells all of them so."""

    @staticmethod
    def _options(*, update: bool = False, replace: bool = True) -> dict[str, bool]:
        return Reference._options(update=update, replace=replace) | {"validate_fails_batch": True}

    def _block(self, node: str, block: Any, options: Any, there: Any) -> dict[str, Receipt]:
        receipts = super()._block(node, block, options, there)
        reasons = [reason for receipt in receipts.values() for reason in receipt.reasons]
        return {key: Receipt(key, Status.FAILED, tuple(reasons)) for key in block} if reasons else receipts


# ---- answers that were lost


@client("LT-IDEM-1")
class GivesUpWhatWasLost(Reference):
    """Gives up when an answer is lost."""

    def _block(self, node: str, block: Any, options: Any, there: Any) -> dict[str, Receipt]:
        body = {node: list(block.values()), "options": dict(options)}
        try:
            said = self._sent("POST", f"/{node.removesuffix('s')}", body)
        except _Lost as lost:
            raise lost.error from None
        return {key: Receipt(key, Status.SAVED) for key in block} | self._failures(
            node, list(block.values()), list(block), said
        )


@client("LT-IDEM-1")
class LostIsSaved(Reference):
    """Takes a request that was sent for one that was taken."""

    def _block(self, node: str, block: Any, options: Any, there: Any) -> dict[str, Receipt]:
        try:
            said = self._sent(
                "POST", f"/{node.removesuffix('s')}", {node: list(block.values()), "options": dict(options)}
            )
        except _Lost:
            return {key: Receipt(key, Status.SAVED) for key in block}
        return {key: Receipt(key, Status.SAVED) for key in block} | self._failures(
            node, list(block.values()), list(block), said
        )


@client("LT-IDEM-1")
class FoundIsFailed(Reference):
    """Sends again without a look, and believes what it is told of the second time."""

    def _write(self, node: str, records: Any, keys: Any, options: Any, there: Any) -> dict[str, Receipt]:
        return super()._write(node, records, keys, options, None)


@client("LT-IDEM-1")
class FoundIsIgnored(Reference):
    """Looks for who is there after it has sent, not before."""

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        options = self._options(update=update, replace=replace)
        body = {"users": [self._record(record) for record in records], "options": options}
        try:
            said = self._sent("POST", "/user", body)
        except _Lost:
            time.sleep(10)
            try:
                said = self._sent("POST", "/user", body)
            except _Lost as lost:
                raise lost.error from None
        failed = self._failures("users", [self._record(r) for r in records], [r.id_num for r in records], said)
        done = said.get("data", {}).get("inserted", 0) + said.get("data", {}).get("updated", 0)
        status = Status.SAVED if done else Status.IGNORED
        return [failed.get(record.id_num, Receipt(record.id_num, status)) for record in records]


# ---- options


class _Options(Reference):
    """Says otherwise what it wants: `said` has the true options."""

    def said(self, options: dict[str, bool]) -> dict[str, bool]:
        raise NotImplementedError

    def _write(self, node: str, records: Any, keys: Any, options: Any, there: Any) -> dict[str, Receipt]:
        return super()._write(node, records, keys, self.said(dict(options)), there)


@client("LT-OPT-1")
class TrustsTheDefaults(_Options):
    """Says no options."""

    def said(self, options: dict[str, bool]) -> dict[str, bool]:
        return {}


@client("LT-OPT-1")
class SaysTwoOfThree(_Options):
    """Leaves replace_privileges to the vendor."""

    def said(self, options: dict[str, bool]) -> dict[str, bool]:
        return {name: value for name, value in options.items() if name != "replace_privileges"}


@client("LT-OPT-1")
class UpdateIsAlwaysOn(_Options):
    """Updates whoever is there."""

    def said(self, options: dict[str, bool]) -> dict[str, bool]:
        return options | {"update_existing": True}


@client("LT-OPT-1")
class ReplaceIsSwapped(_Options):
    """Adds where it is to replace, and the other way round."""

    def said(self, options: dict[str, bool]) -> dict[str, bool]:
        return options | {"replace_privileges": not options["replace_privileges"]}


# ---- who was ignored


class _WithoutALook(Reference):
    """Sends all, whoever is there: the vendor then ignores whom it knows."""

    ignored: Status | None = Status.SAVED

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        receipts = list(super().save_users(records, update, replace))
        changed = [one for one in receipts if one.status is not Status.IGNORED or self.ignored is not None]
        status = self.ignored or Status.IGNORED
        return [Receipt(one.key, status, one.reasons) if one.status is Status.IGNORED else one for one in changed]


@client("LT-IGNORED-1")
class ZeroErrorsIsAllSaved(_WithoutALook):
    """Takes everybody for saved who is no error."""


@client("LT-IGNORED-1")
class IgnoredAreForgotten(_WithoutALook):
    """Has no word of whom the vendor ignored."""

    ignored = None


@client("LT-IGNORED-1")
class IgnoredIsFailed(_WithoutALook):
    """Takes whom the vendor ignored for an error."""

    ignored = Status.FAILED


# ---- ending access


class _Ends(Reference):
    """Sends another record to end access: `record` is the true one, `entry` what the list says."""

    update, replace = True, True

    def sends(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record

    def end_access(self, user: int, at: datetime) -> None:
        entry = self.entry(user)
        record = {key: entry[key] for key in ("id", "id_num", "email", "first_name", "last_name")}
        record |= {"access_expires": self._date(at)}
        if "accesslevels" in entry:
            record["accesslevels"] = [{"id": one["id"]} for one in entry["accesslevels"]]
        options = self._options(update=self.update, replace=self.replace)
        self._write("users", [self.sends(record, entry)], [str(user)], options, None)
        self.look(user, at)

    def entry(self, user: int) -> dict[str, Any]:
        found = next((entry for entry in self._read("/user") if entry["id"] == user), None)
        if found is None:
            raise NotThere(f"there is no user {user}")
        return found

    def look(self, user: int, at: datetime) -> None:
        self.user(user)


@client("LT-PRIV-1")
class EndsAndWipes(_Ends):
    """Takes all access levels away too."""

    def sends(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"accesslevels": []}


@client("LT-PRIV-1")
class EndsAndForgetsALevel(_Ends):
    """Sends all access levels but the first."""

    def sends(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"accesslevels": record["accesslevels"][1:]}


@client("LT-PRIV-1")
class EndsAndMoves(_Ends):
    """Lets access begin when it ends."""

    def sends(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"access_effective": record["access_expires"]}


@client("LT-PRIV-1")
class EndsAndDisables(_Ends):
    """Disables the user besides."""

    def sends(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"enabled": False}


@client("LT-DISABLE-1")
class EndsByAPlainPost(_Ends):
    """Does what the document's recipe says."""

    update = False


@client("LT-DISABLE-1")
class EndsAndNeverLooks(_Ends):
    """Believes the 200."""

    def look(self, user: int, at: datetime) -> None:
        return


@client("LT-DISABLE-1")
class UnknownUserIsFine(Reference):
    """Has nothing to say of a user whom there is not."""

    def end_access(self, user: int, at: datetime) -> None:
        with suppress(NotThere):
            super().end_access(user, at)


@client("LT-PRIV-2")
class EchoesASingleRead(_Ends):
    """Reads the user, sets the end, sends it back."""

    def entry(self, user: int) -> dict[str, Any]:
        found = self._read("/user", id=user)
        if not found:
            raise NotThere(f"there is no user {user}")
        return found[0]


@client("LT-PRIV-2")
class EchoesAndReplaces(EchoesASingleRead):
    """The same, with an empty list where the answer had none."""

    def sends(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"accesslevels": []}


@client("LT-PRIV-2")
class ReplacesByEmpty(Reference):
    """Leaves out what is empty in a record."""

    def _record(self, record: UserRecord) -> dict[str, Any]:
        return {name: value for name, value in super()._record(record).items() if value}


# ---- fobs


class _Assigns(Reference):
    """Assigns fobs otherwise."""

    method, window, believes = "PUT", True, False

    def assign_fob(self, fob: int, user: int, effective: datetime | None, expires: datetime | None) -> None:
        record: dict[str, Any] = self.names(fob, user)
        if self.window:
            record |= {"access_effective": self._date(effective), "access_expires": self._date(expires)}
        try:
            said = self._again(lambda: self._sent(self.method, "/fob", {"fobs": [record]}))
        except Rejected:
            if not self.believes:
                raise
            return
        if said.get("errors") and not self.believes:
            raise Rejected("the fob was not assigned", [text for error in said["errors"] for text in error["error"]])
        self.judges(said)

    def names(self, fob: int, user: int) -> dict[str, Any]:
        return {"id": fob, "user_id": user}

    def judges(self, said: Any) -> None:
        return


@client("LT-FOB-1")
class PostsTheFob(_Assigns):
    """POSTs what is to be PUT."""

    method = "POST"


@client("LT-FOB-1")
class UpdatedIsNotInserted(_Assigns):
    """Waits for the count that the document's sample shows."""

    def judges(self, said: Any) -> None:
        if not said["data"]["inserted"]:
            raise Rejected("no fob was inserted")


@client("LT-FOB-1")
class FobAndUserSwapped(_Assigns):
    """Takes the two ids for each other."""

    def names(self, fob: int, user: int) -> dict[str, Any]:
        return {"id": user, "user_id": fob}


@client("LT-FOB-1")
class DropsTheFobsWindow(_Assigns):
    """Sends no dates."""

    window = False


@client("LT-FOB-1")
class RefusedAssignmentIsFine(_Assigns):
    """Does not read the errors."""

    believes = True


# ---- events


class _Reads(Reference):
    """Tells events otherwise: `tells` has the true news."""

    def tells(self, news: News, cursor: str | None) -> News:
        raise NotImplementedError

    def read_events(self, cursor: str | None) -> News:
        return self.tells(super().read_events(cursor), cursor)


@client("LT-EVENT-1")
class NewestFirst(_Reads):
    """Tells events in the order of the answer."""

    def tells(self, news: News, cursor: str | None) -> News:
        return replace(news, events=news.events[::-1])


@client("LT-EVENT-1")
class ReadsAllAgain(Reference):
    """Has no use for a cursor."""

    def read_events(self, cursor: str | None) -> News:
        return super().read_events(None)


@client("LT-EVENT-1")
class ForgetsItsCursor(Reference):
    """Keeps the cursor in memory, where a restart loses it."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        self._cursor: str | None = None

    def read_events(self, cursor: str | None) -> News:
        news = super().read_events(self._cursor)
        self._cursor = news.cursor
        return news


@client("LT-EVENT-1")
class HidesTheLoss(_Reads):
    """Never tells of a loss."""

    def tells(self, news: News, cursor: str | None) -> News:
        return replace(news, lost=False)


@client("LT-EVENT-1")
class OnlyTheNewest(_Reads):
    """Tells the newest two."""

    def tells(self, news: News, cursor: str | None) -> News:
        return replace(news, events=news.events[-2:])


@client("LT-EVENT-1")
class CursorOfTheOldest(_Reads):
    """Takes the last element of the answer for the newest event."""

    def tells(self, news: News, cursor: str | None) -> News:
        return replace(news, cursor=str(news.events[0].id)) if news.events else news


@client("LT-EVENT-1")
class AlwaysCriesLoss(_Reads):
    """Takes a gap between ids for a loss."""

    def tells(self, news: News, cursor: str | None) -> News:
        ids = [event.id for event in news.events]
        gap = any(after - before > 1 for before, after in itertools.pairwise(ids))
        return replace(news, lost=news.lost or gap)


class _Cursor(Reference):
    """Asks from another id, and takes what comes."""

    def start(self, last: int) -> int:
        return last

    def takes(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return entries

    def read_events(self, cursor: str | None) -> News:
        if cursor is None:
            return super().read_events(None)
        entries = sorted(self._read("/events", id=self.start(int(cursor))), key=lambda entry: int(entry["id"]))
        new = self.takes(entries)
        return News([self._event(entry) for entry in new], str(new[-1]["id"]) if new else cursor, lost=False)


@client("LT-EVENT-2")
class DoublesTheEdge(_Cursor):
    """Takes the cursor for exclusive, and tells whatever comes."""


@client("LT-EVENT-2")
class SkipsTheFirst(_Cursor):
    """Takes the cursor for inclusive, and leaves out the first that comes."""

    def takes(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return entries[1:]


@client("LT-EVENT-2")
class AsksForTheNextId(_Cursor):
    """Takes the cursor for inclusive, and asks from the id behind the last."""

    def start(self, last: int) -> int:
        return last + 1


@client("LT-EVENT-3")
class CursorByTime(Reference):
    """Goes by the device's time."""

    def read_events(self, cursor: str | None) -> News:
        news = super().read_events(None)
        since = datetime.fromisoformat(cursor) if cursor else datetime(1970, 1, 1, tzinfo=UTC)
        new = [event for event in news.events if event.happened > since]
        newest = max((event.happened for event in new), default=since)
        return News(new, newest.isoformat(), lost=False)


@client("LT-EVENT-3")
class SortsByTime(_Reads):
    """Tells events in the order of the device's time."""

    def tells(self, news: News, cursor: str | None) -> News:
        return replace(news, events=sorted(news.events, key=lambda event: event.happened))


# ---- credentials


@client("LT-AUTH-1")
class ApikeyAlone(Reference):
    """Sends the key, and not whose it is."""

    def __init__(self, site: Connection) -> None:
        super().__init__(site)
        del self._http.headers["apiuser"]


@client("LT-AUTH-1")
class OnlyReadsAreSigned(Reference):
    """Forgets the headers where there is a body."""

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        key = self._http.headers.pop("apikey") if method != "GET" else None
        try:
            return super()._sent(method, path, body, params)
        finally:
            if key is not None:
                self._http.headers["apikey"] = key


@client("LT-AUTH-1")
class RetriesARefusedKey(Reference):
    """Tries refused credentials again, and again."""

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        for _ in range(4):
            try:
                return super()._sent(method, path, body, params)
            except CredentialError:
                time.sleep(1)
        return super()._sent(method, path, body, params)


class _Status(Reference):
    """Takes one status for something else."""


@client("LT-AUTH-1")
class UnauthorizedIsUnavailable(_Status):
    """Takes a 401 for a bad day."""

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        return (
            Unavailable(f"{path}: HTTP {status}", reasons)
            if status == 401
            else Reference._refused(path, status, reasons)
        )


@client("LT-AUTH-1")
class UnauthorizedIsNothing(Reference):
    """Shows nobody where it may not look."""

    def users(self) -> Sequence[User]:
        with suppress(CredentialError):
            return super().users()
        return []


@client("LT-AUTH-1")
class NotThereIsUnauthorized(_Status):
    """Takes a 404 for a 401."""

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        return (
            CredentialError(f"{path}: HTTP {status}", reasons)
            if status == 404
            else Reference._refused(path, status, reasons)
        )


# ---- refusals


class _Shapes(Reference):
    """Reads refusals otherwise: `reads` gets what the vendor said."""

    def reads(self, said: Any, reasons: list[str]) -> list[str]:
        raise NotImplementedError

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        try:
            return super()._sent(method, path, body, params)
        except LocktError as refused:
            refused.reasons = tuple(self.reads(method, list(refused.reasons)))
            raise
        except _Lost as lost:
            lost.error.reasons = tuple(self.reads(method, list(lost.error.reasons)))
            raise


@client("LT-ERR-1")
class ReadsOnlyData(_Shapes):
    """Knows refusals with data only."""

    def reads(self, said: Any, reasons: list[str]) -> list[str]:
        return reasons if said == "GET" else []


@client("LT-ERR-1")
class ReadsOnlyResult(_Shapes):
    """Knows refusals with result only."""

    def reads(self, said: Any, reasons: list[str]) -> list[str]:
        return [] if said == "GET" else reasons


@client("LT-ERR-1")
class ErrorsWithoutReasons(_Shapes):
    """Has no place for what the vendor said."""

    def reads(self, said: Any, reasons: list[str]) -> list[str]:
        return []


@client("LT-ERR-1")
class RefusalIsAnEmptyList(Reference):
    """Shows nothing where the vendor refuses."""

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        with suppress(Unavailable, Rejected):
            return super()._read(path, **params)
        return []


@client("LT-ERR-1")
class InstanceFailureIsFinal(Reference):
    """Takes an instance that does not answer for a record that is wrong."""

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        return (
            Rejected(f"{path}: HTTP {status}", reasons)
            if status in (400, 500)
            else Reference._refused(path, status, reasons)
        )


# ---- dates


@client("LT-TIME-1")
class ReadsOneForm(Reference):
    """Reads the form with T and Z only."""

    @staticmethod
    def _moment(text: str) -> datetime | None:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") if text else None


@client("LT-TIME-1")
class SendsLocalTime(Reference):
    """Sends the hour that its own clock shows."""

    @staticmethod
    def _date(at: datetime | None) -> str:
        return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


@client("LT-TIME-1")
class ReadsAsLocalTime(Reference):
    """Takes the vendor's hour for its own."""

    @staticmethod
    def _moment(text: str) -> datetime | None:
        at = Reference._moment(text)
        return None if at is None else at.replace(tzinfo=timezone(timedelta(hours=1)))


@client("LT-TIME-1")
class NaiveDates(Reference):
    """Tells hours without a zone."""

    @staticmethod
    def _moment(text: str) -> datetime | None:
        at = Reference._moment(text)
        return None if at is None else at.replace(tzinfo=None)


@client("LT-TIME-1")
class DropsTheHours(Reference):
    """Sends days."""

    @staticmethod
    def _date(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d} 00:00:00"


# ---- secrets


@client("LT-SECRET-1")
class LogsWhatItSends(Reference):
    """Logs bodies on their way out, pins and all."""

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        LOG.debug("%s %s %s", method, path, body)
        return super()._sent(method, path, body, params)


@client("LT-SECRET-1")
class LogsWhatItReads(Reference):
    """Logs answers, registration keys and all."""

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        said = super()._sent(method, path, body, params)
        LOG.debug("%s %s: %s", method, path, said)
        return said


@client("LT-SECRET-1")
class RaisesTheEcho(Reference):
    """Raises with what the vendor echoes of a record."""

    def _block(self, node: str, block: Any, options: Any, there: Any) -> dict[str, Receipt]:
        receipts = super()._block(node, block, options, there)
        for key, receipt in receipts.items():
            if receipt.status is Status.FAILED:
                raise Rejected(f"{block.get(key)} failed", receipt.reasons)
        return receipts


@client("LT-SECRET-1")
class RaisesWithItsHeaders(Reference):
    """Raises with everything that might help."""

    def _sent(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        try:
            return super()._sent(method, path, body, params)
        except LocktError as refused:
            raise type(refused)(f"{refused} {dict(self._http.headers)}", refused.reasons) from None
