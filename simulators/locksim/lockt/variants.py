"""Changes that a release of the Cloud API might bring, to practise finding them. The vendor has announced none of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from msgspec.structs import replace

from locksim.engine.inputs import Answer, Request
from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant, edit_json, query_of, variant, with_body, with_query
from locksim.lockt import serialization
from locksim.lockt.auth import check_credentials
from locksim.lockt.errors import LocktError, Overlapping

__all__ = ["CATALOGUE"]

_BARE_DATE = re.compile(rb"(?<=\")\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?=\")")
_USERS = ("POST /user", "POST /uservalidate")


def _operation(request: Request) -> str:
    """Return method and endpoint: `GET /user`."""
    path = request.target.partition("?")[0].removeprefix("/api/v1").removesuffix("/")
    return f"{request.method} {path}"


def _with_options(request: Request, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Request:
    """Return the batch with other options. `edit` gets the options that are set. Other requests stay as they are."""
    try:
        given = json.loads(request.body)
        options = edit({k: v for k, v in (given.get("options") or {}).items() if v is not None})
    except (ValueError, AttributeError, TypeError):
        return request
    return replace(request, body=json.dumps(given | {"options": options}).encode())


class _RecordVariant(Variant):
    """Changes the records in the answers of `reads`."""

    reads: ClassVar[tuple[str, ...]] = ()

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or _operation(request) not in self.reads:
            return answer
        return edit_json(answer, lambda body: body | {"data": self.change_all(turn, request, body["data"])})

    def change_all(self, turn: Turn, request: Request, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Change all records of an answer."""
        return [self.change_one(turn, record) for record in records]

    def change_one(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        """Change one record."""
        return record


# ---- reads: the records


@variant("key gone", "breaking")
class CredentialKeyRenamed(_RecordVariant):
    """`credential_key` is called `registration_key`."""

    reads = ("GET /user", "GET /credential", "GET /fob")

    def change_one(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        return {"registration_key" if key == "credential_key" else key: value for key, value in record.items()}


@variant("key new", "harmless")
class FobsTellHolder(_RecordVariant):
    """`/fob` has the `user_id` of the user to whom a fob is assigned, and -1 for none."""

    reads = ("GET /fob",)

    def change_one(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        holder = turn.state.fobs[record["id"]].user
        return record | {"user_id": -1 if holder is None else holder}


@variant("type", "breaking")
class BatteryAsText(_RecordVariant):
    """`battery_level` is a text."""

    reads = ("GET /doorstate",)

    def change_one(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        return {key: str(value) if key == "battery_level" else value for key, value in record.items()}


@variant("null", "breaking")
class NoDateIsNull(_RecordVariant):
    """A date that is not set is null; it was an empty text."""

    reads = ("GET /user", "GET /fob", "GET /fobcheck")

    def change_one(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        dates = ("access_effective", "access_expires", "last_activity")
        return {key: None if key in dates and value == "" else value for key, value in record.items()}


@variant("enum value", "risky")
class ExpiredCredentials(_RecordVariant):
    """`claim_status` has a third value: `Expired`, when the holder's access has ended."""

    reads = ("GET /credential",)

    def change_one(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        ends = turn.state.users[record["user"][0]["id"]].expires
        return record | {"claim_status": "Expired"} if ends is not None and ends <= turn.now else record


# ---- reads: events


class _EventVariant(_RecordVariant):
    reads = ("GET /events",)


@variant("order", "harmless")
class OldestFirst(_EventVariant):
    """The oldest event comes first."""

    def change_all(self, turn: Turn, request: Request, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return records[::-1]


@variant("paging", "risky")
class TwoEvents(_EventVariant):
    """`/events` without an id answers only the two newest events."""

    def change_all(self, turn: Turn, request: Request, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return records if "id" in query_of(request) else records[:2]


@variant("paging", "risky")
class CursorIncluded(Variant):
    """`/events?id` begins with the event of that id; it began with the one after it."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        after = query_of(request).get("id", "")
        if _operation(request) != "GET /events" or not after.isdecimal():
            return request
        return with_query(request, id=str(int(after) - 1))


# ---- writes


@variant("status", "breaking")
class OptionsAreBooleans(Variant):
    """Options must be booleans; texts such as "true", as in the vendor's samples, are refused."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if request.method not in ("POST", "PUT"):
            return request
        # The vendor refuses a number by itself, with its own message.
        return _with_options(request, lambda options: {k: 0 if isinstance(v, str) else v for k, v in options.items()})


@variant("status", "breaking")
class PostsApart(Variant):
    """A POST within a second of the previous one is refused as if they overlapped."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        soon = turn.variant_memory.get("posted", -SECOND) + SECOND > turn.now
        if request.method != "POST" or not soon or not _has_credentials(turn, request):
            return request
        return serialization.render_refusal(
            "POST", Overlapping("the previous POST was answered less than a second ago")
        )

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if request.method == "POST" and answer.status == 200:
            turn.variant_memory["posted"] = turn.now
        return answer


def _has_credentials(turn: Turn, request: Request) -> bool:
    headers = {name.lower(): value for name, value in request.headers}
    try:
        check_credentials(turn.state, headers.get("apiuser"), headers.get("apikey"))
    except LocktError:
        return False
    return True


@variant("error body", "risky")
class CardsReworded(Variant):
    """The message about a card number that is not numeric has another text."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if b"Non-Numeric card_num found" not in answer.body:
            return answer
        body = answer.body.replace(b"Non-Numeric card_num found", b"card_num must be a number, and is")
        return with_body(answer, body)


@variant("side effect", "breaking")
class IgnoredIsUpdated(Variant):
    """A record that is ignored counts as updated."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or _operation(request) not in _USERS:
            return answer

        def count(body: dict[str, Any]) -> dict[str, Any]:
            counts = body["data"]
            return body | {"data": counts | {"updated": counts["submitted"] - counts["inserted"] - counts["errors"]}}

        return edit_json(answer, count)


@variant("side effect", "breaking")
class UpdatesUnasked(Variant):
    """`update_existing` defaults to true; it defaulted to false."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if _operation(request) not in _USERS:
            return request
        return _with_options(request, lambda options: {"update_existing": True} | options)


@variant("side effect", "breaking")
class PrivilegesAdded(Variant):
    """`replace_privileges` defaults to false; it defaulted to true."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if _operation(request) not in _USERS:
            return request
        return _with_options(request, lambda options: {"replace_privileges": False} | options)


@variant("timing", "breaking")
class DatesAreLocal(Variant):
    """A date without a zone is read as the customer's local time, five hours behind UTC."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        body = _BARE_DATE.sub(lambda match: _later(match[0], hours=5), request.body)
        return replace(request, body=body) if request.method in ("POST", "PUT") else request


def _later(date: bytes, hours: int) -> bytes:
    try:
        return str(datetime.fromisoformat(date.decode()) + timedelta(hours=hours)).encode()
    except (ValueError, OverflowError):  # not a date: the vendor itself refuses it
        return date


# ---- both


@variant("header", "harmless")
class Challenge(Variant):
    """A 401 has a `WWW-Authenticate` header."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        more = (("WWW-Authenticate", "ApiKey"),) if answer.status == 401 else ()
        return Answer(answer.status, (*answer.headers, *more), answer.body, answer.cut)


CATALOGUE: tuple[type[Variant], ...] = (
    CredentialKeyRenamed,
    FobsTellHolder,
    BatteryAsText,
    NoDateIsNull,
    ExpiredCredentials,
    OldestFirst,
    TwoEvents,
    CursorIncluded,
    OptionsAreBooleans,
    PostsApart,
    CardsReworded,
    IgnoredIsUpdated,
    UpdatesUnasked,
    PrivilegesAdded,
    DatesAreLocal,
    Challenge,
)
