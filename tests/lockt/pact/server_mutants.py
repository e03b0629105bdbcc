"""Server mutants: the simulator, each with one mistake that Lockt, or our simulator, might make.

The same laws find them as find client mutants. The reference client keeps every law, so whatever breaks one is the
server's mistake.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from locksim.engine.inputs import Answer, Request
from tests.lockt.pact.mutants import server
from tests.planted import Tampered, answer_of, said_by

MINUTE = 60_000_000
OVERLAPPING = {"result": ["Simultaneous and overlapping POST operations are not allowed."], "errors": []}


def path(request: Request) -> str:
    """Return the endpoint: `/user`."""
    return request.target.partition("?")[0].removeprefix("/api/v1")


def is_batch(request: Request, *paths: str) -> bool:
    return request.method == "POST" and path(request) in (paths or ("/user", "/door", "/fob"))


def with_edited_body(request: Request, edit: Callable[[dict[str, Any]], Any]) -> Request:
    """Return the request after `edit` has changed its JSON in place."""
    body = json.loads(request.body)
    edit(body)
    return msgspec.structs.replace(request, body=json.dumps(body).encode())


def records(body: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = next((body[node] for node in ("users", "doors", "fobs") if node in body), [])
    return found


class _ChangedBatches(Tampered):
    """Gets other batches: `edit` changes the body in place."""

    def edit(self, body: dict[str, Any]) -> None:
        raise NotImplementedError

    def hears(self, request: Request) -> Request | Answer:
        return with_edited_body(request, self.edit) if is_batch(request) else request


class _ChangedAnswers(Tampered):
    """Answers batches differently: `edit` changes the answer in place."""

    def edit(self, answer: dict[str, Any]) -> None:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if not is_batch(request) or answer.cut is not None or answer.status not in (200, 400):
            return answer
        body = said_by(answer)
        self.edit(body)
        return answer_of(body, answer.status)


class _ChangedReads(Tampered):
    """Answers a read differently: `edit` changes the records in place."""

    endpoint = ""

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if request.method != "GET" or path(request) != self.endpoint or answer.status != 200:
            return answer
        body = said_by(answer)
        self.edit(body["data"], request)
        return answer_of(body)


# ---- batches


@server("LT-BATCH-1")
class LimitIsFifty(Tampered):
    """Accepts at most fifty records."""

    def hears(self, request: Request) -> Request | Answer:
        if is_batch(request) and len(records(json.loads(request.body))) > 50:
            return answer_of({"result": ["Batch size exceeds maximum of 50 objects."], "errors": []}, 400)
        return request


@server("LT-BATCH-1")
class SavesOnlyNinety(Tampered):
    """Accepts a hundred records, and saves only ninety of them."""

    def hears(self, request: Request) -> Request | Answer:
        def edit(body: dict[str, Any]) -> None:
            del records(body)[90:]

        return with_edited_body(request, edit) if is_batch(request) else request

    def says(self, request: Request, answer: Answer) -> Answer:
        if not is_batch(request) or answer.status != 200 or len(records(json.loads(request.body))) < 90:
            return answer
        body = said_by(answer)
        body["data"]["inserted"] = body["data"]["submitted"] = 100
        return answer_of(body)


@server("LT-BATCH-2")
class OverlapsWithItself(Tampered):
    """Refuses POSTs for a minute after the last one, as if that one still ran."""

    _posted = -MINUTE

    def hears(self, request: Request) -> Request | Answer:
        if request.method != "POST":
            return request
        if request.at < self._posted + MINUTE:
            return answer_of(OVERLAPPING, 400)
        self._posted = request.at
        return request


@server("LT-PART-1")
class OnlyTheFirstError(_ChangedAnswers):
    """Answers only the first error."""

    def edit(self, answer: dict[str, Any]) -> None:
        answer["errors"] = answer.get("errors", [])[:1]


@server("LT-PART-1")
class ErrorsNameAnother(Tampered):
    """Echoes the record after the one that failed."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if not is_batch(request) or not answer.body or answer.cut is not None:
            return answer
        body, sent = said_by(answer), records(json.loads(request.body))
        for error in body.get("errors", []):
            place = next((n for n, record in enumerate(sent) if record.items() <= error["input_data"].items()), 0)
            error["input_data"] = sent[(place + 1) % len(sent)]
        return answer_of(body, answer.status)


@server("LT-PART-1")
class PartialHasNoErrors(Tampered):
    """Answers only the counts."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if not is_batch(request) or answer.status != 200:
            return answer
        return answer_of({"data": said_by(answer)["data"]})


@server("LT-IDEM-1")
class InsertsDuplicates(Tampered):
    """Matches no existing user: a record that is sent again is inserted again."""

    _hidden: dict[int, Any] | None = None

    def hears(self, request: Request) -> Request | Answer:
        if is_batch(request, "/user"):
            state = self.core.state("lockt")
            names = {record.get("id_num") for record in records(json.loads(request.body))}
            self._hidden = {key: user for key, user in state.users.items() if user.id_num in names}
            state.users = {key: user for key, user in state.users.items() if key not in self._hidden}
            cards = {card for user in self._hidden.values() for card in user.credentials}
            state.credentials = {key: card for key, card in state.credentials.items() if key not in cards}
        return request

    def says(self, request: Request, answer: Answer) -> Answer:
        state = self.core.state("lockt")
        if is_batch(request, "/user") and self._hidden is not None:
            state.users = {**self._hidden, **state.users}
            gone = {card for user in self._hidden.values() for card in user.credentials}
            state.users = {
                key: msgspec.structs.replace(user, credentials=tuple(c for c in user.credentials if c not in gone))
                for key, user in state.users.items()
            }
            self._hidden = None
        return answer


@server("LT-OPT-1")
class UpdateIsAlwaysOff(_ChangedBatches):
    """Ignores existing users, whatever update_existing says."""

    def edit(self, body: dict[str, Any]) -> None:
        body["options"] = {**body.get("options", {}), "update_existing": False}


@server("LT-OPT-1")
class ReplaceIsAlwaysOff(_ChangedBatches):
    """Adds access levels, whatever replace_privileges says."""

    def edit(self, body: dict[str, Any]) -> None:
        body["options"] = {**body.get("options", {}), "replace_privileges": False}


@server("LT-IGNORED-1")
class DropsARecordSilently(_ChangedBatches):
    """Loses the last record of a batch."""

    def edit(self, body: dict[str, Any]) -> None:
        if len(records(body)) > 1:
            records(body).pop()


# ---- privileges


@server("LT-PRIV-1")
class UpdateWipesLevels(Tampered):
    """Removes the access levels when access is to end."""

    def hears(self, request: Request) -> Request | Answer:
        def edit(body: dict[str, Any]) -> None:
            if body["options"]["update_existing"]:
                body["options"]["replace_privileges"] = True
                for record in body["users"]:
                    record["accesslevels"] = []

        return with_edited_body(request, edit) if is_batch(request, "/user") else request


@server("LT-DISABLE-1")
class ExpiresIsIgnored(_ChangedBatches):
    """Does not change the end of access."""

    def edit(self, body: dict[str, Any]) -> None:
        for record in body.get("users", []):
            record.pop("access_expires", None)


@server("LT-DISABLE-1")
class UpdatesAreIgnored(_ChangedBatches):
    """Counts updates that it has not made."""

    def edit(self, body: dict[str, Any]) -> None:
        if body.get("options", {}).get("update_existing"):
            body["options"]["update_existing"] = False

    def says(self, request: Request, answer: Answer) -> Answer:
        if not is_batch(request, "/user") or answer.status != 200:
            return answer
        body = said_by(answer)
        body["data"]["updated"] = body["data"]["submitted"] - body["data"]["inserted"] - body["data"]["errors"]
        return answer_of(body)


@server("LT-FOB-1")
class FobsStayWhereTheyWere(Tampered):
    """Answers that a fob was reassigned, and does not reassign it."""

    def hears(self, request: Request) -> Request | Answer:
        if request.method == "PUT":
            return answer_of({"data": {"submitted": 1, "inserted": 0, "updated": 1, "errors": 0}})
        return request


@server("LT-FOB-1")
class FobsKeepOldLevels(_ChangedReads):
    """Shows the access levels that a fob had when it was first listed."""

    endpoint = "/fob"

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._shown: dict[int, Any] = {1652: []}

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        for fob in data:
            fob["accesslevels"] = self._shown.setdefault(fob["id"], fob["accesslevels"])


# ---- events


class _Events(_ChangedReads):
    endpoint = "/events"


@server("LT-EVENT-1")
class CursorSkipsOne(_Events):
    """Begins one event too late after a cursor."""

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        if "id=" in request.target and data:
            data.pop()


@server("LT-EVENT-1")
class CacheIsShorterThanItSays(_Events):
    """Answers three events at most."""

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        del data[3:]


@server("LT-EVENT-3")
class DropsLateEvents(_Events):
    """Leaves out events that happened more than half an hour before they were recorded."""

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        def late(event: dict[str, Any]) -> bool:
            recorded, happened = (datetime.fromisoformat(event[name]) for name in ("db_time", "hw_time"))
            return recorded - happened > timedelta(minutes=30)

        data[:] = [event for event in data if not late(event)]


# ---- every call


@server("LT-AUTH-1")
class AcceptsAnyKey(Tampered):
    """Accepts any credentials."""

    def hears(self, request: Request) -> Request | Answer:
        state = self.core.state("lockt")
        right = {"apiuser": state.apiuser, "apikey": state.apikey}
        return msgspec.structs.replace(
            request, headers=tuple((name, right.get(name.lower(), value)) for name, value in request.headers)
        )


@server("LT-AUTH-1")
class WrongKeyIsNotFound(Tampered):
    """Answers 404 to wrong credentials."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of(said_by(answer), 404) if answer.status == 401 else answer


@server("LT-ERR-1")
class RefusalsWithoutAMessage(Tampered):
    """Refuses without a message."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of({}, answer.status) if answer.status >= 400 else answer


@server("LT-ERR-1")
class RefusalsWithSuccess(Tampered):
    """Refuses with 200."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of(said_by(answer)) if answer.status in (400, 500) and answer.cut is None else answer


@server("LT-TIME-1")
class DatesShiftByAnHour(_ChangedBatches):
    """Stores dates an hour later than they were sent."""

    def edit(self, body: dict[str, Any]) -> None:
        for record in records(body):
            for name in ("access_effective", "access_expires"):
                if record.get(name):
                    at = datetime.fromisoformat(record[name]) + timedelta(hours=1)
                    record[name] = f"{at:%Y-%m-%d %H:%M:%S}"


@server("LT-TIME-1")
class DatesWithoutHours(_Events):
    """Answers only the day of an event."""

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        for event in data:
            event["hw_time"] = event["hw_time"][:10]


# ---- content


@server("LT-READ-1")
class ShowsAnotherName(_ChangedReads):
    """Shows last names in upper case."""

    endpoint = "/user"

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        for user in data:
            user["last_name"] = user["last_name"].upper()


@server("LT-SAVE-1")
class LosesPhones(_ChangedBatches):
    """Saves no phone numbers."""

    def edit(self, body: dict[str, Any]) -> None:
        for record in body.get("users", []):
            record.pop("phone", None)


@server("LT-EVENT-4")
class DeniedIsGranted(_Events):
    """Answers each event as granted."""

    def edit(self, data: list[dict[str, Any]], request: Request) -> None:
        for event in data:
            event["code"] = 48


# ---- bad days


@server("LT-START-1")
class AwayForGood(Tampered):
    """Does not come back from its first failure."""

    _failed = False

    def says(self, request: Request, answer: Answer) -> Answer:
        self._failed = self._failed or answer.status == 500
        return answer_of({"data": [{"error": "An unexpected error has occurred."}]}, 500) if self._failed else answer
