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
    Credential,
    CredentialError,
    Event,
    Fob,
    FobRecord,
    LocktError,
    News,
    NotThere,
    Receipt,
    Rejected,
    Schedule,
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
class OnlyTheFirstReason(_Receipts):
    """Passes on the first of several reasons."""

    def change(self, receipts: Sequence[Receipt]) -> Sequence[Receipt]:
        return [replace(receipt, reasons=receipt.reasons[:1]) for receipt in receipts]


@client("LT-PART-1")
class ErrorsByPosition(Reference):
    """Takes the first error for the first record's."""

    @staticmethod
    def _failures(node: str, records: Sequence[dict[str, Any]], keys: Sequence[str], answer: Any) -> dict[str, Receipt]:
        failed = Reference._failures(node, records, keys, answer).values()
        return {key: replace(one, key=key) for key, one in zip(keys, failed, strict=False)}


@client("LT-PART-1")
class StopsAtAFailure(Reference):
    """Sends no further block after one in which a record failed."""

    _stopped = False

    def _write(self, node: str, records: Any, keys: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        self._stopped = False
        return super()._write(node, records, keys, options, existing)

    def _block(self, node: str, block: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        if self._stopped:
            return {key: Receipt(key, Status.FAILED, ("another record failed",)) for key in block}
        receipts = super()._block(node, block, options, existing)
        self._stopped = any(receipt.status is Status.FAILED for receipt in receipts.values())
        return receipts


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
    """Lets one invalid record fail its batch, and reports all records as failed: seamapi/public-tracker 83."""

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
    """Gives up when an answer is lost: seamapi/public-tracker 76, 90."""

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
class FirstHundredEvents(_Reads):
    """Returns a hundred events of an answer."""

    def change(self, news: News, cursor: str | None) -> News:
        return replace(news, events=news.events[-100:])


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
    """Drops the vendor's messages: seamapi/public-tracker 47, 79."""

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


@client("LT-ERR-1")
class LostIsRejected(Reference):
    """Takes an answer that did not come for a refusal."""

    def _retry(self, send: Callable[[], Any]) -> Any:
        try:
            return super()._retry(send)
        except Unavailable as lost:
            raise lost if lost.reasons else Rejected(str(lost)) from None


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


@client("LT-SECRET-2")
class KeysInTheQuery(Reference):
    """Sends the key as a parameter, too."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        return super()._send(method, path, body, {**(params or {}), "apikey": self._http.headers["apikey"]})


@client("LT-SECRET-2")
class PinInTheQuery(Reference):
    """Looks up each new user by the pin."""

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        for record in records:
            self._read("/user", pin=record.pin)
        return super().save_users(records, update, replace)


# ---- what users, fobs and cards are returned


class _Users(Reference):
    """Returns other users: `change` gets the right one."""

    def change(self, user: User) -> User:
        raise NotImplementedError

    def _user(self, entry: dict[str, Any]) -> User:
        return self.change(super()._user(entry))


@client("LT-READ-1")
class ReadsCardAsNumber(_Users):
    """Reads card numbers as numbers: raman325/lock_code_manager 75, FutureTense/keymaster 479."""

    def change(self, user: User) -> User:
        return replace(user, card_num=str(int(user.card_num)) if user.card_num else "")


@client("LT-READ-1")
class ReadsCardAsFloat(_Users):
    """Reads card numbers as JavaScript reads numbers."""

    def change(self, user: User) -> User:
        exact = not user.card_num or user.card_num[0] == "0" or int(user.card_num) == int(float(user.card_num))
        return user if exact else replace(user, card_num=str(int(float(user.card_num))))


@client("LT-READ-1")
class ReadsNamesSwapped(_Users):
    """Takes the first name for the last."""

    def change(self, user: User) -> User:
        return replace(user, first_name=user.last_name, last_name=user.first_name)


@client("LT-READ-1")
class ReadsLatin1(_Users):
    """Reads UTF-8 as Latin-1."""

    def change(self, user: User) -> User:
        return replace(user, first_name=user.first_name.encode().decode("latin-1"))


@client("LT-READ-1")
class EveryoneIsEnabled(_Users):
    """Ignores `enabled`."""

    def change(self, user: User) -> User:
        return replace(user, enabled=True)


@client("LT-READ-1")
class NoLevelsIsNoAccess(_Users):
    """Takes an answer without access levels for a user who has none."""

    def change(self, user: User) -> User:
        return replace(user, levels=user.levels or ())


@client("LT-READ-1")
class HidesDisabled(Reference):
    """Leaves out disabled users."""

    def users(self) -> Sequence[User]:
        return [user for user in super().users() if user.enabled]


@client("LT-READ-1")
class HidesUsersWithoutLevels(Reference):
    """Leaves out users without access levels."""

    def users(self) -> Sequence[User]:
        return [user for user in super().users() if user.levels]


@client("LT-READ-1")
class OnePageOfUsers(Reference):
    """Returns the first hundred users."""

    def users(self) -> Sequence[User]:
        return super().users()[:100]


@client("LT-READ-1")
class UserIsTheFirst(Reference):
    """Returns the first user of the list, whatever the id."""

    def user(self, id: int) -> User | None:
        return self._user(self._read("/user")[0])


@client("LT-READ-1")
class RemembersUsers(Reference):
    """Lists the users once."""

    _known: Sequence[User] | None = None

    def users(self) -> Sequence[User]:
        self._known = super().users() if self._known is None else self._known
        return self._known


@client("LT-READ-1")
class RemembersAUser(Reference):
    """Reads each user once."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._known: dict[int, User | None] = {}

    def user(self, id: int) -> User | None:
        if id not in self._known:
            self._known[id] = super().user(id)
        return self._known[id]


@client("LT-READ-1")
class LevelsOfTheLastList(Reference):
    """Adds the access levels of the last list to a single read, which has none."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._listed: dict[int, tuple[int, ...] | None] = {}

    def users(self) -> Sequence[User]:
        found = super().users()
        self._listed = {user.id: user.levels for user in found}
        return found

    def user(self, id: int) -> User | None:
        found = super().user(id)
        return found and replace(found, levels=self._listed.get(id))


@client("LT-READ-1")
class RemembersTheCard(Reference):
    """Reads the next card number once."""

    _next = ""

    def next_card_num(self) -> str:
        self._next = self._next or super().next_card_num()
        return self._next


@client("LT-READ-1")
class CountsUsersCards(Reference):
    """Computes the next card number from the users' cards, without those of fobs."""

    def next_card_num(self) -> str:
        super().next_card_num()
        return str(max(int(entry["card_num"] or 0) for entry in self._read("/user")) + 1)


@client("LT-READ-1")
class MakesUpACard(Reference):
    """Computes the next card number itself if the operation does not exist."""

    def next_card_num(self) -> str:
        try:
            return super().next_card_num()
        except NotThere:
            return str(max(int(entry["card_num"]) for entry in self._read("/fob")) + 1)


@client("LT-READ-1")
class FobsWithoutNames(Reference):
    """Shows fobs by their card numbers."""

    def fobs(self) -> Sequence[Fob]:
        return [replace(fob, name=fob.card_num) for fob in super().fobs()]


# ---- what is saved


class _Records(Reference):
    """Sends other users: `change` gets the right record, and the user."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        raise NotImplementedError

    def _record(self, record: UserRecord) -> dict[str, Any]:
        return self.change(dict(super()._record(record)), record)


@client("LT-SAVE-1")
class PinIsANumber(_Records):
    """Sends pins as numbers: raman325/lock_code_manager 75, FutureTense/keymaster PR 588."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"pin": int(record.pin or 0)}


@client("LT-SAVE-1")
class CardIsANumber(_Records):
    """Sends card numbers as numbers, as the sample of POST /fob does."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | ({"card_num": int(record.card_num)} if record.card_num.isdecimal() else {})


@client("LT-SAVE-1")
class DropsThePhone(_Records):
    """Sends no phone number."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return {name: value for name, value in sent.items() if name != "phone"}


@client("LT-SAVE-1")
class DropsThePin(_Records):
    """Sends no pin: the table of POST /user has none."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return {name: value for name, value in sent.items() if name != "pin"}


@client("LT-SAVE-1")
class PhoneAndPinSwapped(_Records):
    """Swaps phone number and pin."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"phone": record.pin, "pin": record.phone}


@client("LT-SAVE-1")
class AsciiOnly(_Records):
    """Drops what is not ASCII."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"last_name": record.last_name.encode("ascii", "ignore").decode()}


@client("LT-SAVE-1")
class ShortNames(_Records):
    """Shortens long names."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"last_name": record.last_name[:64]}


@client("LT-SAVE-1")
class LowersEmails(_Records):
    """Writes e-mail addresses in lower case."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"email": record.email.lower()}


@client("LT-SAVE-1")
class SavesEnabled(_Records):
    """Saves everybody as enabled."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"enabled": True}


@client("LT-SAVE-1")
class SwapsTheNames(_Records):
    """Takes the first name for the last."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"first_name": record.last_name, "last_name": record.first_name}


@client("LT-SAVE-1")
class SavesOneLevel(_Records):
    """Sends the first access level only."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"accesslevels": sent["accesslevels"][:1]}


@client("LT-SAVE-1")
class ForgetsEffective(_Records):
    """Lets access begin at once."""

    def change(self, sent: dict[str, Any], record: UserRecord) -> dict[str, Any]:
        return sent | {"access_effective": ""}


@client("LT-SAVE-1")
class DropsTheSeconds(Reference):
    """Sends times to the minute."""

    @staticmethod
    def _format_date(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M}:00"


class _Fobs(Reference):
    """Sends other fobs: `change` gets the right one."""

    def change(self, sent: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def _write(self, node: str, records: Any, keys: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        changed = [self.change(dict(record)) for record in records] if node == "fobs" else records
        return super()._write(node, changed, keys, options, existing)


@client("LT-SAVE-1")
class FobIsNamedByItsCard(_Fobs):
    """Gives a fob its card number as its name."""

    def change(self, sent: dict[str, Any]) -> dict[str, Any]:
        return sent | {"name": sent["card_num"]}


@client("LT-SAVE-1")
class FobCardIsANumber(_Fobs):
    """Sends card numbers as numbers, as the sample does."""

    def change(self, sent: dict[str, Any]) -> dict[str, Any]:
        return sent | {"card_num": int(sent["card_num"])}


# ---- what happened at the doors


class _Events(Reference):
    """Returns other events: `change` gets the right one."""

    def change(self, event: Event) -> Event:
        raise NotImplementedError

    def _event(self, entry: dict[str, Any]) -> Event:
        return self.change(super()._event(entry))


@client("LT-EVENT-4")
class EveryEventIsGranted(_Events):
    """Takes each event for an entry: seamapi/public-tracker 108."""

    def change(self, event: Event) -> Event:
        return replace(event, granted=True)


@client("LT-EVENT-4")
class GrantedIsSwapped(_Events):
    """Swaps the two codes."""

    def change(self, event: Event) -> Event:
        return replace(event, granted=not event.granted)


@client("LT-EVENT-4")
class EventWithoutCard(_Events):
    """Shows no card of a known user."""

    def change(self, event: Event) -> Event:
        return replace(event, card_num="" if event.user else event.card_num)


@client("LT-EVENT-4")
class EventWithFirstNames(_Events):
    """Turns `Giles, Mary` into `Mary`."""

    def change(self, event: Event) -> Event:
        return replace(event, user=event.user.rpartition(", ")[2])


@client("LT-EVENT-4")
class EventTimesSwapped(_Events):
    """Takes the time of recording for the time when it happened."""

    def change(self, event: Event) -> Event:
        return replace(event, happened=event.recorded, recorded=event.happened)


# ---- ending access


@client("LT-PRIV-1")
class EndsAndDropsThePhone(_Ends):
    """Sends a record with an empty phone number."""

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"phone": ""}


@client("LT-PRIV-1")
class EndsAndRenames(_Ends):
    """Takes the first name for the last."""

    def change(self, record: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
        return record | {"first_name": entry["last_name"], "last_name": entry["first_name"]}


# ---- operations


class _Paths(Reference):
    """Sends requests elsewhere: `change` gets method and path."""

    def change(self, method: str, path: str) -> tuple[str, str]:
        raise NotImplementedError

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        return super()._send(*self.change(method, path), body, params)


@client("LT-OP-1")
class ValidatesOnly(_Paths):
    """Validates users and saves none."""

    def change(self, method: str, path: str) -> tuple[str, str]:
        return method, "/uservalidate" if (method, path) == ("POST", "/user") else path


@client("LT-OP-1")
class CreatesAFobToAssignIt(_Paths):
    """Uses POST instead of PUT."""

    def change(self, method: str, path: str) -> tuple[str, str]:
        return "POST" if method == "PUT" else method, path


@client("LT-OP-1")
class PostsWhatItReads(Reference):
    """Saves the user that it has read."""

    def user(self, id: int) -> User | None:
        found = super().user(id)
        if found is not None:
            record = {"id_num": found.id_num, "first_name": found.first_name, "last_name": found.last_name}
            self._send("POST", "/user", {"users": [record], "options": self._options(update=True, replace=False)})
        return found


@client("LT-OP-1")
class ReissuesWhatItReads(Reference):
    """Reissues the credential of the user that it reads."""

    def user(self, id: int) -> User | None:
        found = super().user(id)
        if found is not None and found.card_num:
            self._send("POST", "/credential", {"credentials": [{"card_num": found.card_num}]})
        return found


# ---- bad days


@client("LT-LIST-1")
class FailedListIsEmpty(Reference):
    """Returns no users when the vendor does not answer: lukasroegner/homebridge-nuki 9."""

    def users(self) -> Sequence[User]:
        with suppress(Unavailable):
            return super().users()
        return []


@client("LT-LIST-1")
class FailedUserIsNobody(Reference):
    """Returns None when the vendor does not answer."""

    def user(self, id: int) -> User | None:
        with suppress(LocktError):
            return super().user(id)
        return None


@client("LT-LIST-1")
class FailedFobsAreNone(Reference):
    """Returns no fobs when the vendor does not answer."""

    def fobs(self) -> Sequence[Fob]:
        with suppress(LocktError):
            return super().fobs()
        return []


@client("LT-LIST-1")
class NoEventsCame(Reference):
    """Returns no events when the vendor does not answer."""

    def read_events(self, cursor: str | None) -> News:
        with suppress(LocktError):
            return super().read_events(cursor)
        return News([], cursor or "0", lost=False)


@client("LT-LIST-1")
class MissingDataIsEmpty(Reference):
    """Takes an answer without data for an empty list."""

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        answer = self._retry(lambda: self._send("GET", path, None, params))
        return answer.get("data") or []


@client("LT-ODD-1")
class OneOddUserSpoilsAll(Reference):
    """Expects every field of every user: home-assistant/core 30607, jbergler/hass-ttlock 8."""

    def _user(self, entry: dict[str, Any]) -> User:
        if "card_num" not in entry:
            raise Rejected("a user has no card_num")
        return super()._user(entry)


@client("LT-ODD-1")
class OneOddFobSpoilsAll(Reference):
    """Stops at the first fob without a card number."""

    def fobs(self) -> Sequence[Fob]:
        return list(itertools.takewhile(lambda fob: fob.card_num, super().fobs()))


@client("LT-ODD-1")
class OneOddEventSpoilsAll(Reference):
    """Knows two codes: kvj/hass_nuki_ng 168."""

    def _event(self, entry: dict[str, Any]) -> Event:
        if entry["code"] not in (48, 49):
            raise Rejected(f"the code {entry['code']} is unknown")
        return super()._event(entry)


class _Latches(Reference):
    """Stops working after a failure."""

    away = False

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        if self.away:
            raise _Lost(Unavailable("the vendor was away"))
        return super()._send(method, path, body, params)


@client("LT-START-1")
class GivesUpAtBirth(_Latches):
    """Reads the access levels when it is made, and never works if that failed: openhab/openhab-addons 5859."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        with suppress(CredentialError):
            try:
                self._read("/accesslevel")
            except LocktError:
                self.away = True


@client("LT-START-1")
class NeedsTheVendorAtBirth(Reference):
    """Reads the access levels when it is made, and raises if that failed: benzman81/homebridge-nukiio 84."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        with suppress(CredentialError):
            self._read("/accesslevel")


@client("LT-START-1")
class NeverTriesAgain(_Latches):
    """Takes the vendor for lost after a call that failed."""

    def _retry(self, send: Callable[[], Any]) -> Any:
        try:
            return super()._retry(send)
        except Unavailable:
            self.away = True
            raise


@client("LT-START-1")
class KeepsTheFailure(Reference):
    """Keeps answers, also those that are failures."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._failures_of: dict[str, LocktError] = {}

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        if path in self._failures_of:
            raise self._failures_of[path]
        try:
            return super()._read(path, **params)
        except LocktError as failure:
            self._failures_of[path] = failure
            raise


@client("LT-START-1")
class ReadsWithoutAContentType(Reference):
    """Sends Content-Type only with a body."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        self._http.headers.pop("Content-Type", None)
        return super()._send(method, path, body, params)


@client("LT-START-1")
class HasNoTimeForABlock(GivesUpWhatWasLost):
    """Waits two seconds for an answer, once. A full block takes five."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._http.timeout = 2.0


@client("LT-START-1")
class SendsEmptyBatches(Reference):
    """Sends a batch even if there is nothing in it."""

    def _write(self, node: str, records: Any, keys: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        if not records:
            self._send("POST", f"/{node.removesuffix('s')}", {node: [], "options": options})
        return super()._write(node, records, keys, options, existing)


@client("LT-RETRY-1")
class TriesForHours(Reference):
    """Tries every minute for hours."""

    def _retry(self, send: Callable[[], Any]) -> Any:
        for _ in range(60):
            try:
                return send()
            except _Lost:
                time.sleep(60)
        return super()._retry(send)


@client("LT-RETRY-1")
class TriesWhatWasRefused(Reference):
    """Sends again whatever was not answered with 200."""

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        with suppress(Rejected, NotThere):
            answer = super()._send(method, path, body, params)
            if "data" in answer:
                return answer
        return super()._send(method, path, body, params)


@client("LT-CONV-1")
class SendsTheRestAnotherTime(Reference):
    """Remembers what it could not send, and takes it for sent when it comes again."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._sent: set[str] = set()

    def save_users(self, records: Sequence[UserRecord], update: bool, replace: bool) -> Sequence[Receipt]:
        new = [record for record in records if record.id_num not in self._sent]
        self._sent |= {record.id_num for record in new}
        receipts = {receipt.key: receipt for receipt in super().save_users(new, update, replace)}
        return [receipts.get(record.id_num, Receipt(record.id_num, Status.SAVED)) for record in records]


@client("LT-CONV-1")
class BelievesItIsDone(Reference):
    """Creates each fob once, whatever the answer was."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._done: set[str] = set()

    def create_fobs(self, records: Sequence[FobRecord]) -> Sequence[Receipt]:
        new = [record for record in records if record.card_num not in self._done]
        self._done |= {record.card_num for record in new}
        receipts = {receipt.key: receipt for receipt in super().create_fobs(new)}
        return [receipts.get(record.card_num, Receipt(record.card_num, Status.SAVED)) for record in records]


# ---- credentials and schedules


class _Credentials(Reference):
    """Changes each credential: `seen` returns another one."""

    def seen(self, credential: Credential) -> Credential:
        raise NotImplementedError

    def credentials(self) -> Sequence[Credential]:
        return [self.seen(one) for one in super().credentials()]


@client("LT-READ-2")
class ClaimedIfItHasAKey(_Credentials):
    """Takes a credential with a registration key for claimed."""

    def seen(self, credential: Credential) -> Credential:
        return replace(credential, claimed=bool(credential.key))


@client("LT-READ-2")
class HidesUnclaimedCredentials(Reference):
    """Lists claimed credentials only."""

    def credentials(self) -> Sequence[Credential]:
        return [one for one in super().credentials() if one.claimed]


@client("LT-READ-2")
class CredentialCardIsANumber(_Credentials):
    """Reads a card number as a number, which has no leading zeros."""

    def seen(self, credential: Credential) -> Credential:
        return replace(credential, card_num=str(int(credential.card_num or 0)))


@client("LT-READ-2")
class HolderIsTheCredential(_Credentials):
    """Takes the credential's id for that of its holder."""

    def seen(self, credential: Credential) -> Credential:
        return replace(credential, user=credential.id)


@client("LT-READ-2")
class RemembersTheKeys(Reference):
    """Reads the credentials once, though a key may be issued again."""

    _kept: Sequence[Credential] | None = None

    def credentials(self) -> Sequence[Credential]:
        if self._kept is None:
            self._kept = super().credentials()
        return self._kept


class _Schedules(Reference):
    """Changes each schedule: `seen` returns another one."""

    def seen(self, schedule: Schedule) -> Schedule:
        raise NotImplementedError

    def schedules(self) -> Sequence[Schedule]:
        return [self.seen(one) for one in super().schedules()]


@client("LT-READ-2")
class DaysBeginOnSunday(_Schedules):
    """Takes d0 for Sunday."""

    def seen(self, schedule: Schedule) -> Schedule:
        return replace(schedule, days=(*schedule.days[1:], schedule.days[0]))


@client("LT-READ-2")
class OpenEveryDay(_Schedules):
    """Takes the bits for texts, each of which is true."""

    def seen(self, schedule: Schedule) -> Schedule:
        return replace(schedule, days=tuple(bool(str(int(day))) for day in schedule.days))


@client("LT-READ-2")
class StopsAMinuteEarly(_Schedules):
    """Drops the seconds of the stop time."""

    def seen(self, schedule: Schedule) -> Schedule:
        return replace(schedule, stop=f"{schedule.stop[:5]}:00")


@client("LT-READ-2")
class ReadsOneSchedule(Reference):
    """Returns the first schedule only."""

    def schedules(self) -> Sequence[Schedule]:
        return super().schedules()[:1]


# ---- what others do, and what is unusual


@client("LT-BATCH-2")
class WaitsTwoSecondsForOthers(Reference):
    """Gives up after two seconds, though the vendor may need five for another program's batch."""

    def _block(self, node: str, block: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        for pause in (1.0, 1.0):
            try:
                return super()._block(node, block, options, existing)
            except Unavailable as refused:
                if "overlapping" not in str(refused):
                    raise
                time.sleep(pause)
        return super()._block(node, block, options, existing)

    def _send(self, method: str, path: str, body: Any = None, params: Mapping[str, Any] | None = None) -> Any:
        try:
            return super()._send(method, path, body, params)
        except _Lost as lost:
            if "overlapping" in str(lost.error):
                raise lost.error from None
            raise


@client("LT-IGNORED-1")
class NeverAddsUp(Reference):
    """Does not compare the counts with the records, so those that were ignored are saved."""

    @staticmethod
    def _adds_up(answer: Any, block: Mapping[str, Any], failed: Mapping[str, Receipt]) -> bool:
        return True


@client("LT-READ-1")
class HidesDisabledFobs(Reference):
    """Leaves out the fobs that are disabled."""

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        return [one for one in super()._read(path, **params) if path != "/fob" or one.get("enabled", True)]


@client("LT-READ-1")
class HidesUsersWithoutANumber(Reference):
    """Leaves out the users that have no id_num."""

    def users(self) -> Sequence[User]:
        return [user for user in super().users() if user.id_num]


@client("LT-PRIV-1")
class EndsWhatItHasListed(Reference):
    """Ends the access of a user as the last list had the user, and undoes what others have changed since."""

    _listed: list[dict[str, Any]] | None = None

    def users(self) -> Sequence[User]:
        self._listed = super()._read("/user")
        return [self._user(entry) for entry in self._listed]

    def end_access(self, user: int, at: datetime) -> None:
        self._ending = True
        try:
            super().end_access(user, at)
        finally:
            self._ending = False

    _ending = False

    def _read(self, path: str, **params: Any) -> list[dict[str, Any]]:
        if self._ending and path == "/user" and not params and self._listed is not None:
            return self._listed
        return super()._read(path, **params)


@client("LT-EVENT-1")
class NeverBeginsAgain(Reference):
    """Goes on where it stopped when it is asked for all events."""

    _cursor: str | None = None

    def read_events(self, cursor: str | None) -> News:
        news = super().read_events(cursor or self._cursor)
        self._cursor = news.cursor
        return news


@client("LT-IGNORED-1")
class FailedFobsComeLast(Reference):
    """Returns the receipts of fobs that were refused behind all others."""

    def create_fobs(self, records: Sequence[FobRecord]) -> Sequence[Receipt]:
        return sorted(super().create_fobs(records), key=lambda receipt: receipt.status is Status.FAILED)


# ---- clocks on a wall, later blocks, and new customers


@client("LT-SAVE-1")
class OffsetOfToday(Reference):
    """Converts with the offset that the time's zone has today."""

    @staticmethod
    def _format_date(at: datetime | None) -> str:
        if at is None:
            return ""
        today = datetime(2026, 1, 5, 12, tzinfo=at.tzinfo).utcoffset() or timedelta()
        return Reference._format_date((at.replace(tzinfo=None) - today).replace(tzinfo=UTC))


@client("LT-SAVE-1")
class SecondTwoOClockIsTheFirst(Reference):
    """Takes the second of an hour that comes twice for the first."""

    @staticmethod
    def _format_date(at: datetime | None) -> str:
        return Reference._format_date(None if at is None else at.replace(fold=0))


@client("LT-SAVE-1")
class MidnightIsTheEndOfTheDay(Reference):
    """Takes an expiry at midnight for a date, and lets the user in until that day ends."""

    def _record(self, record: UserRecord) -> dict[str, Any]:
        if record.expires is not None and (record.expires.hour, record.expires.minute) == (0, 0):
            record = replace(record, expires=record.expires + timedelta(hours=23, minutes=59, seconds=59))
        return super()._record(record)


@client("LT-IDEM-1")
class LaterBlocksLostAreRefused(Reference):
    """Reports the records of a later block that was not answered as refused."""

    def _write(self, node: str, records: Any, keys: Any, options: Any, existing: Any) -> dict[str, Receipt]:
        receipts: dict[str, Receipt] = {}
        for start in range(0, len(records), BLOCK):
            block = dict(zip(keys[start : start + BLOCK], records[start : start + BLOCK], strict=True))
            try:
                receipts |= self._block(node, block, options, existing)
            except Unavailable as away:
                if not start:
                    raise
                receipts |= {key: Receipt(key, Status.FAILED, away.reasons) for key in block}
        return receipts


@client("LT-EVENT-1")
class LossBeforeTheFirst(Reference):
    """Takes the first events of a new customer for a sign that some before them were dropped."""

    def read_events(self, cursor: str | None) -> News:
        news = super().read_events(cursor)
        return News(news.events, news.cursor, news.lost or cursor == "0")
