"""Changes that a release of the Cloud API might bring: for practising to find them. None is announced by anybody."""

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
from locksim.lockt.auth import admit
from locksim.lockt.errors import LocktError, Overlapping

__all__ = ["CATALOGUE"]

_BARE_DATE = re.compile(rb"(?<=\")\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(?=\")")
_USERS = ("POST /user", "POST /uservalidate")


def _called(request: Request) -> str:
    """Method and endpoint: `GET /user`."""
    path = request.target.partition("?")[0].removeprefix("/api/v1").removesuffix("/")
    return f"{request.method} {path}"


def _with_options(request: Request, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Request:
    """The same batch with other options (`edit` gets those that are set); what is no batch stays as it is."""
    try:
        given = json.loads(request.body)
        options = edit({k: v for k, v in (given.get("options") or {}).items() if v is not None})
    except (ValueError, AttributeError, TypeError):
        return request
    return replace(request, body=json.dumps(given | {"options": options}).encode())


class _OfRecords(Variant):
    """Tells the records of these reads otherwise."""

    reads: ClassVar[tuple[str, ...]] = ()

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or _called(request) not in self.reads:
            return answer
        return edit_json(answer, lambda said: said | {"data": self.all(turn, request, said["data"])})

    def all(self, turn: Turn, request: Request, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """All records of an answer."""
        return [self.told(turn, record) for record in records]

    def told(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        """One of them."""
        return record


# ---- reads: the records


@variant("key gone", "breaking")
class CredentialKeyRenamed(_OfRecords):
    """`credential_key` is called `registration_key`."""

    reads = ("GET /user", "GET /credential", "GET /fob")

    def told(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        return {"registration_key" if key == "credential_key" else key: value for key, value in record.items()}


@variant("key new", "harmless")
class FobsTellHolder(_OfRecords):
    """`/fob` tells the `user_id` of whom a fob is assigned to, and -1 for nobody."""

    reads = ("GET /fob",)

    def told(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        holder = turn.state.fobs[record["id"]].user
        return record | {"user_id": -1 if holder is None else holder}


@variant("type", "breaking")
class BatteryAsText(_OfRecords):
    """`battery_level` is a text."""

    reads = ("GET /doorstate",)

    def told(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        return {key: str(value) if key == "battery_level" else value for key, value in record.items()}


@variant("null", "breaking")
class NoDateIsNull(_OfRecords):
    """A date that is not set is null, where it was an empty text."""

    reads = ("GET /user", "GET /fob", "GET /fobcheck")

    def told(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        dates = ("access_effective", "access_expires", "last_activity")
        return {key: None if key in dates and value == "" else value for key, value in record.items()}


@variant("enum value", "risky")
class ExpiredCredentials(_OfRecords):
    """`claim_status` knows a third word: `Expired`, where the holder's access has ended."""

    reads = ("GET /credential",)

    def told(self, turn: Turn, record: dict[str, Any]) -> dict[str, Any]:
        ends = turn.state.users[record["user"][0]["id"]].expires
        return record | {"claim_status": "Expired"} if ends is not None and ends <= turn.now else record


# ---- reads: events


class _OfEvents(_OfRecords):
    reads = ("GET /events",)


@variant("order", "harmless")
class OldestFirst(_OfEvents):
    """The oldest event comes first."""

    def all(self, turn: Turn, request: Request, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return records[::-1]


@variant("paging", "risky")
class TwoEvents(_OfEvents):
    """`/events` without an id answers the two newest."""

    def all(self, turn: Turn, request: Request, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return records if "id" in query_of(request) else records[:2]


@variant("paging", "risky")
class CursorIncluded(Variant):
    """`/events?id` begins with the event of that id, and not behind it."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        after = query_of(request).get("id", "")
        if _called(request) != "GET /events" or not after.isdecimal():
            return request
        return with_query(request, id=str(int(after) - 1))


# ---- writes


@variant("status", "breaking")
class OptionsAreBooleans(Variant):
    """Options must be booleans; the texts of them, as in the vendor's samples, are refused."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if request.method not in ("POST", "PUT"):
            return request
        # A number is what the vendor refuses for itself, in its turn.
        return _with_options(request, lambda given: {k: 0 if isinstance(v, str) else v for k, v in given.items()})


@variant("status", "breaking")
class PostsApart(Variant):
    """A POST within a second of the one before is refused as if they overlapped."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        soon = turn.variant_memory.get("posted", -SECOND) + SECOND > turn.now
        if request.method != "POST" or not soon or not _admitted(turn, request):
            return request
        return serialization.refusal("POST", Overlapping("the POST before it was answered less than a second ago"))

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if request.method == "POST" and answer.status == 200:
            turn.variant_memory["posted"] = turn.now
        return answer


def _admitted(turn: Turn, request: Request) -> bool:
    try:
        admit(turn.state, {f"HTTP_{name.upper()}": value for name, value in request.headers})
    except LocktError:
        return False
    return True


@variant("error body", "risky")
class CardsReworded(Variant):
    """What is said of a card number that is none is put in other words."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if b"Non-Numeric card_num found" not in answer.body:
            return answer
        body = answer.body.replace(b"Non-Numeric card_num found", b"card_num must be a number, and is")
        return with_body(answer, body)


@variant("side effect", "breaking")
class IgnoredIsUpdated(Variant):
    """A record that is ignored counts as updated."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or _called(request) not in _USERS:
            return answer

        def counted(said: dict[str, Any]) -> dict[str, Any]:
            counts = said["data"]
            return said | {"data": counts | {"updated": counts["submitted"] - counts["inserted"] - counts["errors"]}}

        return edit_json(answer, counted)


@variant("side effect", "breaking")
class UpdatesUnasked(Variant):
    """`update_existing` is true where nothing is said of it."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if _called(request) not in _USERS:
            return request
        return _with_options(request, lambda given: {"update_existing": True} | given)


@variant("side effect", "breaking")
class PrivilegesAdded(Variant):
    """`replace_privileges` is false where nothing is said of it."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if _called(request) not in _USERS:
            return request
        return _with_options(request, lambda given: {"replace_privileges": False} | given)


@variant("timing", "breaking")
class DatesAreLocal(Variant):
    """A date without a zone is read as the customer's own time, five hours behind UTC."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        body = _BARE_DATE.sub(lambda found: _later(found[0], hours=5), request.body)
        return replace(request, body=body) if request.method in ("POST", "PUT") else request


def _later(date: bytes, hours: int) -> bytes:
    try:
        return str(datetime.fromisoformat(date.decode()) + timedelta(hours=hours)).encode()
    except (ValueError, OverflowError):  # the 31st of February is for the vendor to refuse
        return date


# ---- both


@variant("header", "harmless")
class Challenge(Variant):
    """A 401 tells how to sign in, in `WWW-Authenticate`."""

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
