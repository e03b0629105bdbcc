"""Client mutants: the reference client, each with one mistake that real clients make."""

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
from lockpact.lockt.port import (
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
    """Cuts a long list into other blocks: `cut` returns their index ranges."""

    def cut(self, count: int) -> Sequence[range]:
        raise NotImplementedError

    def _write(
        self,
        node: str,
        records: Sequence[dict[str, Any]],
        keys: Sequence[str],
        options: Mapping[str, bool],
        existing: Callable[[], set[str]] | None,
    ) -> dict[str, Receipt]:
        receipts: dict[str, Receipt] = {}
        for indexes in self.cut(len(records)):
            block = {keys[index]: records[index] for index in indexes if index < len(records)}
            receipts |= self._block(node, block, options, existing)
        return {key: receipts.get(key, Receipt(key, Status.SAVED)) for key in keys}


@client("LT-BATCH-1")
class SendsAllAtOnce(_Blocks):
    """Sends any number of records in one POST."""

    def cut(self, count: int) -> Sequence[range]:
        return [range(count)] if count else []


@client("LT-BATCH-1")
class DropsTheLastBlock(_Blocks):
    """Sends only full blocks."""

    def cut(self, count: int) -> Sequence[range]:
        whole = [range(start, start + BLOCK) for start in range(0, count - BLOCK + 1, BLOCK)]
        return whole or ([range(count)] if count else [])


@client("LT-BATCH-1")
class BlocksOverlap(_Blocks):
    """Begins each block with the last record of the previous one."""

    def cut(self, count: int) -> Sequence[range]:
        return [
            range(max(0, start - 1), start + BLOCK - 1) for start in range(0, count + 1, BLOCK - 1) if start < count
        ]


@client("LT-BATCH-1")
class OneMoreThanFits(_Blocks):
    """Sends blocks of 101."""

    def cut(self, count: int) -> Sequence[range]:
        return [range(start, start + BLOCK + 1) for start in range(0, count, BLOCK + 1)]


@client("LT-BATCH-2")
class PostsInParallel(_Blocks):
    """Sends all blocks at the same time."""

    def cut(self, count: int) -> Sequence[range]:
        return [range(start, start + BLOCK) for start in range(0, count, BLOCK)]

    def _write(self, node: str, records: Any, keys: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        from contextlib import nullcontext

        self._write_lock: Any = nullcontext()
        blocks = [{keys[n]: records[n] for n in indexes if n < len(records)} for indexes in self.cut(len(records))]
        receipts: dict[str, Receipt] = {}
        with ThreadPoolExecutor(3) as pool:
            for done in pool.map(lambda block: self._block(node, block, options, existing), blocks):
                receipts |= done
        return receipts


@client("LT-BATCH-2")
class ImpatientWithItself(Reference):
    """Waits 30 ms for the answer to a POST, and sends it again at once."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        if method == "POST":
            self._http.timeout = 0.03
            with suppress(_Lost):
                return super()._send(method, path, body, params)
            try:
                return super()._send(method, path, body, params)
            except _Lost as lost:
                raise lost.error from None
        self._http.timeout = 30.0
        return super()._send(method, path, body, params)


@client("LT-BATCH-2")
class OverlappingIsFinal(Reference):
    """Takes the refusal of an overlapping POST for a validation error."""

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        if any("overlapping" in reason for reason in reasons):
            return Rejected(f"{path}: refused", reasons)
        return Reference._refused(path, status, reasons)


# ---- failures of some records


class _Receipts(Reference):
    """Returns other receipts: `change` gets the right ones."""

    def change(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        raise NotImplementedError

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        return self.change(super().save_users(records, update, replace))

    def create_doors(self, names: Sequence[str]) -> Sequence[Receipt]:
        return self.change(super().create_doors(names))


@client("LT-PART-1")
class DropsTheErrors(_Receipts):
    """Returns only the receipts of saved records."""

    def change(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        return [receipt for receipt in receipts if receipt.status is not Status.FAILED]


@client("LT-PART-1")
class FailedIsSaved(_Receipts):
    """Takes a 200 as success for every record."""

    def change(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        return [replace(one, status=Status.SAVED) if one.status is Status.FAILED else one for one in receipts]


@client("LT-PART-1")
class ReasonsAreLost(_Receipts):
    """Says that a record failed, but not why."""

    def change(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        return [replace(receipt, reasons=()) for receipt in receipts]


@client("LT-PART-1")
class SendsAllAgain(Reference):
    """Sends the whole block once more when some records have failed."""

    def _block(self, node: str, block: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        receipts = super()._block(node, block, options, existing)
        if any(receipt.status is Status.FAILED for receipt in receipts.values()):
            super()._block(node, block, options, existing)
        return receipts


@client("LT-PART-1")
class OneBadRecordFailsAll(Reference):
    """Lets one invalid record fail its batch, and reports all records as failed."""

    @staticmethod
    def _options(*, update: bool = False, replace: bool = True) -> dict[str, bool]:
        return Reference._options(update=update, replace=replace) | {"validate_fails_batch": True}

    def _block(self, node: str, block: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        receipts = super()._block(node, block, options, existing)
        reasons = [reason for receipt in receipts.values() for reason in receipt.reasons]
        return {key: Receipt(key, Status.FAILED, tuple(reasons)) for key in block} if reasons else receipts


# ---- answers that were lost


@client("LT-IDEM-1")
class GivesUpWhatWasLost(Reference):
    """Gives up when an answer is lost."""

    def _block(self, node: str, block: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        body = {node: list(block.values()), "options": dict(options)}
        try:
            answer = self._send("POST", f"/{node.removesuffix('s')}", body)
        except _Lost as lost:
            raise lost.error from None
        return {key: Receipt(key, Status.SAVED) for key in block} | self._failures(
            node, list(block.values()), list(block), answer
        )


@client("LT-IDEM-1")
class LostIsSaved(Reference):
    """Reports records as saved whose answer was lost."""

    def _block(self, node: str, block: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        try:
            answer = self._send(
                "POST", f"/{node.removesuffix('s')}", {node: list(block.values()), "options": dict(options)}
            )
        except _Lost:
            return {key: Receipt(key, Status.SAVED) for key in block}
        return {key: Receipt(key, Status.SAVED) for key in block} | self._failures(
            node, list(block.values()), list(block), answer
        )


@client("LT-IDEM-1")
class FoundIsFailed(Reference):
    """Sends a lost block again without looking, and believes the second answer."""

    def _write(self, node: str, records: Any, keys: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        return super()._write(node, records, keys, options, None)


@client("LT-IDEM-1")
class FoundIsIgnored(Reference):
    """Concludes from the second answer which users existed before the first."""

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        options = self._options(update=update, replace=replace)
        body = {"users": [self._record(record) for record in records], "options": options}
        try:
            answer = self._send("POST", "/user", body)
        except _Lost:
            time.sleep(10)
            try:
                answer = self._send("POST", "/user", body)
            except _Lost as lost:
                raise lost.error from None
        failed = self._failures("users", [self._record(r) for r in records], [r.id_num for r in records], answer)
        done = answer.get("data", {}).get("inserted", 0) + answer.get("data", {}).get("updated", 0)
        status = Status.SAVED if done else Status.IGNORED
        return [failed.get(record.id_num, Receipt(record.id_num, status)) for record in records]


# ---- options


class _Options(Reference):
    """Sends other options: `change` gets the right ones."""

    def change(self, options: dict[str, bool]) -> dict[str, bool]:
        raise NotImplementedError

    def _write(self, node: str, records: Any, keys: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        return super()._write(node, records, keys, self.change(dict(options)), existing)


@client("LT-OPT-1")
class ReliesOnDefaults(_Options):
    """Sends no options."""

    def change(self, options: dict[str, bool]) -> dict[str, bool]:
        return {}


@client("LT-OPT-1")
class SendsTwoOfThree(_Options):
    """Does not send replace_privileges."""

    def change(self, options: dict[str, bool]) -> dict[str, bool]:
        return {name: value for name, value in options.items() if name != "replace_privileges"}


@client("LT-OPT-1")
class UpdateIsAlwaysOn(_Options):
    """Always updates existing users."""

    def change(self, options: dict[str, bool]) -> dict[str, bool]:
        return options | {"update_existing": True}


@client("LT-OPT-1")
class ReplaceIsSwapped(_Options):
    """Adds access levels when asked to replace them, and the other way round."""

    def change(self, options: dict[str, bool]) -> dict[str, bool]:
        return options | {"replace_privileges": not options["replace_privileges"]}


# ---- ignored records


class _Ignored(Reference):
    """Reports ignored records with another status (`ignored`; None: leaves them out)."""

    ignored: Status | None = Status.SAVED

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        receipts = list(super().save_users(records, update, replace))
        changed = [one for one in receipts if one.status is not Status.IGNORED or self.ignored is not None]
        status = self.ignored or Status.IGNORED
        return [Receipt(one.key, status, one.reasons) if one.status is Status.IGNORED else one for one in changed]


@client("LT-IGNORED-1")
class ZeroErrorsIsAllSaved(_Ignored):
    """Reports every record as saved that is not an error."""


@client("LT-IGNORED-1")
class IgnoredAreForgotten(_Ignored):
    """Returns no receipts for ignored records."""

    ignored = None


@client("LT-IGNORED-1")
class IgnoredIsFailed(_Ignored):
    """Reports ignored records as failed."""

    ignored = Status.FAILED


# ---- ending access


class _Ends(Reference):
    """Sends another record to end access: `change` gets the right one, and the user as the list shows it."""

    update, replace = True, True

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record

    def end_access(self, user: int, at: datetime) -> None:
        entry = self.entry(user)
        record = {key: entry[key] for key in ("id", "id_num", "email", "first_name", "last_name")}
        record |= {"access_expires": self._format_date(at)}
        if "accesslevels" in entry:
            record["accesslevels"] = [{"id": one["id"]} for one in entry["accesslevels"]]
        options = self._options(update=self.update, replace=self.replace)
        self._write("users", [self.change(record, entry)], [str(user)], options, None)
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
    """Removes all access levels, too."""

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"accesslevels": []}


@client("LT-PRIV-1")
class EndsAndForgetsALevel(_Ends):
    """Sends all access levels but the first."""

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"accesslevels": record["accesslevels"][1:]}


@client("LT-PRIV-1")
class EndsAndMoves(_Ends):
    """Sets the begin of access, too."""

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"access_effective": record["access_expires"]}


@client("LT-PRIV-1")
class EndsAndDisables(_Ends):
    """Disables the user, too."""

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"enabled": False}


@client("LT-DISABLE-1")
class EndsByAPlainPost(_Ends):
    """Follows the document's recipe, which does not send update_existing."""

    update = False


@client("LT-DISABLE-1")
class EndsAndNeverLooks(_Ends):
    """Does not read the user afterwards."""

    def look(self, user: int, at: datetime) -> None:
        return


@client("LT-DISABLE-1")
class IgnoresAnUnknownUser(Reference):
    """Raises no error for an unknown user."""

    def end_access(self, user: int, at: datetime) -> None:
        with suppress(NotThere):
            super().end_access(user, at)


@client("LT-PRIV-2")
class EchoesASingleRead(_Ends):
    """Reads the single user, sets the end of access, and sends the user back."""

    def entry(self, user: int) -> dict[str, Any]:
        found = self._read("/user", id=user)
        if not found:
            raise NotThere(f"there is no user {user}")
        return found[0]


@client("LT-PRIV-2")
class EchoesAndReplaces(EchoesASingleRead):
    """Does the same, with an empty list of access levels."""

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"accesslevels": []}


@client("LT-PRIV-2")
class ReplacesByEmpty(Reference):
    """Leaves out empty fields of a record."""

    def _record(self, record: UserRecord) -> dict[str, Any]:
        return {name: value for name, value in super()._record(record).items() if value}


# ---- fobs


class _Assigns(Reference):
    """Assigns fobs in another way."""

    method, window, ignores_errors = "PUT", True, False

    def assign_fob(self, fob: int, user: int, effective: datetime | None, expires: datetime | None) -> None:
        record: dict[str, Any] = self.ids(fob, user)
        if self.window:
            record |= {"access_effective": self._format_date(effective), "access_expires": self._format_date(expires)}
        try:
            answer = self._retry(lambda: self._send(self.method, "/fob", {"fobs": [record]}))
        except Rejected:
            if not self.ignores_errors:
                raise
            return
        if answer.get("errors") and not self.ignores_errors:
            raise Rejected("the fob was not assigned", [text for error in answer["errors"] for text in error["error"]])
        self.check(answer)

    def ids(self, fob: int, user: int) -> dict[str, Any]:
        return {"id": fob, "user_id": user}

    def check(self, answer: Any) -> None:
        return


@client("LT-FOB-1")
class PostsTheFob(_Assigns):
    """Uses POST instead of PUT."""

    method = "POST"


@client("LT-FOB-1")
class UpdatedIsNotInserted(_Assigns):
    """Expects `inserted` to count, as in the document's sample."""

    def check(self, answer: Any) -> None:
        if not answer["data"]["inserted"]:
            raise Rejected("no fob was inserted")


@client("LT-FOB-1")
class FobAndUserSwapped(_Assigns):
    """Swaps the two ids."""

    def ids(self, fob: int, user: int) -> dict[str, Any]:
        return {"id": user, "user_id": fob}


@client("LT-FOB-1")
class DropsTheFobsWindow(_Assigns):
    """Sends no dates."""

    window = False


@client("LT-FOB-1")
class IgnoresARefusedAssignment(_Assigns):
    """Does not read the errors."""

    ignores_errors = True


# ---- events


class _Reads(Reference):
    """Returns other events: `change` gets the right ones."""

    def change(self, news: News, cursor: str | None) -> News:
        raise NotImplementedError

    def read_events(self, cursor: str | None) -> News:
        return self.change(super().read_events(cursor), cursor)


@client("LT-EVENT-1")
class NewestFirst(_Reads):
    """Returns events in the order of the answer."""

    def change(self, news: News, cursor: str | None) -> News:
        return replace(news, events=news.events[::-1])


@client("LT-EVENT-1")
class ReadsAllAgain(Reference):
    """Ignores the cursor."""

    def read_events(self, cursor: str | None) -> News:
        return super().read_events(None)


@client("LT-EVENT-1")
class ForgetsItsCursor(Reference):
    """Keeps the cursor in memory, so that a restart loses it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._cursor: str | None = None

    def read_events(self, cursor: str | None) -> News:
        news = super().read_events(self._cursor)
        self._cursor = news.cursor
        return news


@client("LT-EVENT-1")
class HidesTheLoss(_Reads):
    """Never reports a loss."""

    def change(self, news: News, cursor: str | None) -> News:
        return replace(news, lost=False)


@client("LT-EVENT-1")
class OnlyTheNewest(_Reads):
    """Returns only the newest two events."""

    def change(self, news: News, cursor: str | None) -> News:
        return replace(news, events=news.events[-2:])


@client("LT-EVENT-1")
class CursorOfTheOldest(_Reads):
    """Takes the last element of the answer for the newest event."""

    def change(self, news: News, cursor: str | None) -> News:
        return replace(news, cursor=str(news.events[0].id)) if news.events else news


@client("LT-EVENT-1")
class AlwaysReportsALoss(_Reads):
    """Takes a gap between ids for a loss."""

    def change(self, news: News, cursor: str | None) -> News:
        ids = [event.id for event in news.events]
        gap = any(after - before > 1 for before, after in itertools.pairwise(ids))
        return replace(news, lost=news.lost or gap)


class _Cursor(Reference):
    """Asks from another id (`start`), and returns what `select` leaves of the answer."""

    def start(self, last: int) -> int:
        return last

    def select(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return entries

    def read_events(self, cursor: str | None) -> News:
        if cursor is None:
            return super().read_events(None)
        entries = sorted(self._read("/events", id=self.start(int(cursor))), key=lambda entry: int(entry["id"]))
        new = self.select(entries)
        return News([self._event(entry) for entry in new], str(new[-1]["id"]) if new else cursor, lost=False)


@client("LT-EVENT-2")
class DoublesTheEdge(_Cursor):
    """Takes the cursor for exclusive, and returns the whole answer."""


@client("LT-EVENT-2")
class SkipsTheFirst(_Cursor):
    """Takes the cursor for inclusive, and leaves out the first event of the answer."""

    def select(self, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return entries[1:]


@client("LT-EVENT-2")
class AsksForTheNextId(_Cursor):
    """Takes the cursor for inclusive, and asks from the next id."""

    def start(self, last: int) -> int:
        return last + 1


@client("LT-EVENT-3")
class CursorByTime(Reference):
    """Continues by the device's time."""

    def read_events(self, cursor: str | None) -> News:
        news = super().read_events(None)
        since = datetime.fromisoformat(cursor) if cursor else datetime(1970, 1, 1, tzinfo=UTC)
        new = [event for event in news.events if event.happened > since]
        newest = max((event.happened for event in new), default=since)
        return News(new, newest.isoformat(), lost=False)


@client("LT-EVENT-3")
class SortsByTime(_Reads):
    """Returns events in the order of the device's time."""

    def change(self, news: News, cursor: str | None) -> News:
        return replace(news, events=sorted(news.events, key=lambda event: event.happened))


# ---- credentials


@client("LT-AUTH-1")
class ApikeyAlone(Reference):
    """Sends no apiuser."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        del self._http.headers["apiuser"]


@client("LT-AUTH-1")
class OnlyReadsAreSigned(Reference):
    """Sends no apikey with writes."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        key = self._http.headers.pop("apikey") if method != "GET" else None
        try:
            return super()._send(method, path, body, params)
        finally:
            if key is not None:
                self._http.headers["apikey"] = key


@client("LT-AUTH-1")
class RetriesARefusedKey(Reference):
    """Tries refused credentials again and again."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        for _ in range(4):
            try:
                return super()._send(method, path, body, params)
            except CredentialError:
                time.sleep(1)
        return super()._send(method, path, body, params)


class _Status(Reference):
    """Misreads a status."""


@client("LT-AUTH-1")
class UnauthorizedIsUnavailable(_Status):
    """Takes a 401 for a temporary failure."""

    @staticmethod
    def _refused(path: str, status: int, reasons: Sequence[str]) -> LocktError | _Lost:
        return (
            Unavailable(f"{path}: HTTP {status}", reasons)
            if status == 401
            else Reference._refused(path, status, reasons)
        )


@client("LT-AUTH-1")
class UnauthorizedIsNothing(Reference):
    """Returns no users after a 401."""

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
    """Passes on other reasons: `change` gets the method and the vendor's messages."""

    def change(self, method: str, reasons: list[str]) -> list[str]:
        raise NotImplementedError

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        try:
            return super()._send(method, path, body, params)
        except LocktError as refused:
            refused.reasons = tuple(self.change(method, list(refused.reasons)))
            raise
        except _Lost as lost:
            lost.error.reasons = tuple(self.change(method, list(lost.error.reasons)))
            raise


@client("LT-ERR-1")
class ReadsOnlyData(_Shapes):
    """Reads only refusals with `data`."""

    def change(self, method: str, reasons: list[str]) -> list[str]:
        return reasons if method == "GET" else []


@client("LT-ERR-1")
class ReadsOnlyResult(_Shapes):
    """Reads only refusals with `result`."""

    def change(self, method: str, reasons: list[str]) -> list[str]:
        return [] if method == "GET" else reasons


@client("LT-ERR-1")
class ErrorsWithoutReasons(_Shapes):
    """Drops the vendor's messages."""

    def change(self, method: str, reasons: list[str]) -> list[str]:
        return []


@client("LT-ERR-1")
class RefusalIsAnEmptyList(Reference):
    """Returns an empty list when the vendor refuses."""

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        with suppress(Unavailable, Rejected):
            return super()._read(path, **params)
        return []


@client("LT-ERR-1")
class InstanceFailureIsFinal(Reference):
    """Takes an instance that does not answer for an invalid request."""

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
    """Reads only dates with T and Z."""

    @staticmethod
    def _parse_date(text: str) -> datetime | None:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z") if text else None


@client("LT-TIME-1")
class SendsLocalTime(Reference):
    """Sends local time."""

    @staticmethod
    def _format_date(at: datetime | None) -> str:
        return "" if at is None else f"{at:%Y-%m-%d %H:%M:%S}"


@client("LT-TIME-1")
class ReadsAsLocalTime(Reference):
    """Reads the vendor's dates as local time."""

    @staticmethod
    def _parse_date(text: str) -> datetime | None:
        at = Reference._parse_date(text)
        return None if at is None else at.replace(tzinfo=timezone(timedelta(hours=1)))


@client("LT-TIME-1")
class NaiveDates(Reference):
    """Returns dates without a zone."""

    @staticmethod
    def _parse_date(text: str) -> datetime | None:
        at = Reference._parse_date(text)
        return None if at is None else at.replace(tzinfo=None)


@client("LT-TIME-1")
class DropsTheHours(Reference):
    """Sends dates without the time of day."""

    @staticmethod
    def _format_date(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d} 00:00:00"


# ---- secrets


@client("LT-SECRET-1")
class LogsWhatItSends(Reference):
    """Logs the bodies that it sends, with pins."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        LOG.debug("%s %s %s", method, path, body)
        return super()._send(method, path, body, params)


@client("LT-SECRET-1")
class LogsWhatItReads(Reference):
    """Logs answers, with registration keys."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        answer = super()._send(method, path, body, params)
        LOG.debug("%s %s: %s", method, path, answer)
        return answer


@client("LT-SECRET-1")
class RaisesTheEcho(Reference):
    """Raises an error with the whole record in its text."""

    def _block(self, node: str, block: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        receipts = super()._block(node, block, options, existing)
        for key, receipt in receipts.items():
            if receipt.status is Status.FAILED:
                raise Rejected(f"{block.get(key)} failed", receipt.reasons)
        return receipts


@client("LT-SECRET-1")
class RaisesWithItsHeaders(Reference):
    """Raises errors with the request's headers in their text."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        try:
            return super()._send(method, path, body, params)
        except LocktError as refused:
            raise type(refused)(f"{refused} {dict(self._http.headers)}", refused.reasons) from None
