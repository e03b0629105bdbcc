"""Changes that a future release might bring, to practise finding them. None of them has been announced."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from locksim.api import time_zones
from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Answer, Request
from locksim.engine.timestamps import DAY, MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant, edit_json, query_of, variant, with_body
from locksim.remotelock import auth, oauth, rate_limit, serialization, zones
from locksim.remotelock.account import Account
from locksim.remotelock.entities import AccessGuest
from locksim.remotelock.errors import Invalid, TooMany, Unauthorized

__all__ = ["CATALOGUE"]

Resource = serialization.Resource


# ---- requests


def _path(request: Request) -> str:
    """Return the path without version, query and trailing slashes."""
    return request.target.partition("?")[0].removeprefix("/v1").rstrip("/")


def _header(request: Request, name: str) -> str | None:
    return next((value for key, value in request.headers if key.lower() == name), None)


def _account(turn: Turn, request: Request) -> Account | None:
    """Return the account that the token is for; None if the token is invalid."""
    try:
        token = auth.authenticate(turn.state.oauth, _header(request, "authorization"), turn.now)
    except Unauthorized:
        return None
    account: Account = turn.state.accounts[token.account_id]
    return account


def _attributes(request: Request) -> Resource:
    """Return the attributes in the body; none if the body is invalid."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    sent = body.get("attributes") if isinstance(body, dict) else None
    return sent if isinstance(sent, dict) else {}


# ---- resources in answers


def _resources(answer: Answer, kinds: tuple[str, ...], edit: Callable[[Resource], Resource]) -> Answer:
    """Edit each resource of these types, alone or on a page."""

    def edit_one(resource: Resource) -> Resource:
        return edit(resource) if resource.get("type") in kinds else resource

    def edit_document(document: Any) -> Any:
        data = document.get("data") if isinstance(document, dict) else None
        if isinstance(data, list):
            return document | {"data": [edit_one(resource) for resource in data]}
        return document | {"data": edit_one(data)} if isinstance(data, dict) else document

    return edit_json(answer, edit_document)


class _ChangedAttributes(Variant):
    """Changes the attributes of some resources in every answer."""

    kinds: ClassVar[tuple[str, ...]]

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return _resources(answer, self.kinds, lambda one: one | {"attributes": self.changed(turn, one["attributes"])})

    def changed(self, turn: Turn, attributes: Resource) -> Resource:
        """Return the changed attributes of one resource."""
        return attributes


@variant("type", "breaking")
class PowerLevelAsText(_ChangedAttributes):
    """`power_level` of locks and thermostats is a text."""

    kinds = ("lock", "thermostat")

    def changed(self, turn: Turn, attributes: Resource) -> Resource:
        level = attributes.get("power_level")
        return attributes if level is None else attributes | {"power_level": str(level)}


@variant("null", "breaking")
class NeverHeardIsNull(_ChangedAttributes):
    """`power_level` of a lock that has never connected is null, not 0."""

    kinds = ("lock",)

    def changed(self, turn: Turn, attributes: Resource) -> Resource:
        return attributes if attributes["connected_at"] else attributes | {"power_level": None}


@variant("key new", "harmless")
class UnsetSchedulesAreNull(_ChangedAttributes):
    """A lock without schedules has null as their ids. Today it has no such attributes."""

    kinds = ("lock",)

    def changed(self, turn: Turn, attributes: Resource) -> Resource:
        return attributes | {
            name: attributes.get(name) for name in ("auto_lock_schedule_id", "lock_action_schedule_id")
        }


@variant("order", "harmless")
class PersonsSorted(_ChangedAttributes):
    """The attributes of an access person are in alphabetical order."""

    kinds = ("access_user", "access_guest")

    def changed(self, turn: Turn, attributes: Resource) -> Resource:
        return dict(sorted(attributes.items()))


@variant("enum value", "risky")
class ExpiringGuests(Variant):
    """A current guest in its last ten days has the status `expiring`."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        account = _account(turn, request)
        return answer if account is None else _resources(answer, ("access_guest",), _ending(account, turn.now))


def _ending(account: Account, now: int) -> Callable[[Resource], Resource]:
    def edit(resource: Resource) -> Resource:
        guest, attributes = account.persons.get(resource["id"]), resource["attributes"]
        if not isinstance(guest, AccessGuest) or attributes["status"] != "current":
            return resource
        ends = account.stay(guest)[1] < now + 10 * DAY
        return resource | {"attributes": attributes | {"status": "expiring"}} if ends else resource

    return edit


@variant("key gone", "breaking")
class TotalCountGone(Variant):
    """`meta` of a page has no `total_count`."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        def edit(document: Any) -> Any:
            if not isinstance(document, dict) or "meta" not in document:
                return document
            meta = {key: value for key, value in document["meta"].items() if key != "total_count"}
            return document | {"meta": meta}

        return edit_json(answer, edit)


@variant("paging", "risky")
class TenAPage(Variant):
    """The default page size is 10, not 25."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if request.method != "GET" or "per_page" in query_of(request):
            return request
        path, _, query = request.target.partition("?")
        return msgspec.structs.replace(request, target=f"{path}?{query}{'&' if query else ''}per_page=10")


# ---- statuses and errors


@variant("status", "breaking")
class CreatedIsOk(Variant):
    """Operations that create answer 200, not 201."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return Answer(200 if answer.status == 201 else answer.status, answer.headers, answer.body, answer.cut)


class _StricterPersons(Variant):
    """Refuses attributes of access persons that are accepted today."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        account, attributes = _account(turn, request), _attributes(request)
        if account is None or request.method not in ("POST", "PUT") or not self.applies_to(_path(request)):
            return request
        errors = list(self.errors(account, attributes))
        return serialization.error_answer(Invalid(*errors), attributes) if errors else request

    def applies_to(self, path: str) -> bool:
        """Return whether this path has an access person's attributes."""
        return path.startswith("/access_persons") and path.count("/") <= 2

    def errors(self, account: Account, sent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Return (attribute, message) pairs."""
        yield from ()


@variant("status", "breaking")
class LongerPins(_StricterPersons):
    """A PIN of four digits is refused."""

    def errors(self, account: Account, sent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        pin = str(sent.get("pin", ""))
        if len(pin) == 4 and pin.isdigit():
            yield "pin", "must have 5 to 10 digits"


@variant("status", "breaking")
class SkippedHourRefused(_StricterPersons):
    """A guest's time is refused if it lies in the hour that clocks skip in spring, in the account's zone."""

    def errors(self, account: Account, sent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name in ("starts_at", "ends_at"):
            wall = _parse_local(sent.get(name))
            if wall is not None and _is_skipped(wall, account.zone):
                yield name, "does not exist"


def _parse_local(sent: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(sent)).replace(tzinfo=None)
    except ValueError:
        return None
    return found if 1970 < found.year < 9998 else None  # other years are errors today, too


def _is_skipped(wall: datetime, zone: str) -> bool:
    return time_zones.local_time(zones.start_of(wall.isoformat(), zone), zone).replace(tzinfo=None) != wall


@variant("status", "breaking")
class BurstsRefused(Variant):
    """The fourth request within a second is refused with 429, whatever remains of the minute's 120."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        account = _account(turn, request)
        if account is None:
            return request
        recent = [at for at in turn.variant_memory.get(account.id, []) if turn.now - SECOND < at <= turn.now]
        turn.variant_memory[account.id] = [*recent, turn.now][-3:]
        if len(recent) < 3:
            return request
        refused = serialization.error_answer(
            TooMany("Your account has exceeded the rate limit.", "a fourth request in a second"), {}
        )
        return Answer(refused.status, (*refused.headers, *rate_limit.headers(turn, account)), refused.body)


@variant("error body", "risky")
class ErrorsByAttribute(Variant):
    """`errors` of a 422 is an object: attribute → messages."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 422:
            return answer

        def edit(document: Any) -> Any:
            by_attribute = {error["attribute"] or "base": error["messages"] for error in document["errors"]}
            return document | {"errors": by_attribute}

        return edit_json(answer, edit)


@variant("error body", "risky")
class TakenIsInUse(Variant):
    """The message "has already been taken" is "is already in use"."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return with_body(answer, answer.body.replace(b"has already been taken", b"is already in use"))


@variant("header", "harmless")
class ChallengeWithoutReason(Variant):
    """The challenge of a 401 has the realm alone."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        headers = tuple((n, v.partition(",")[0] if n == "WWW-Authenticate" else v) for n, v in answer.headers)
        return Answer(answer.status, headers, answer.body, answer.cut)


# ---- timing and side effects


@variant("timing", "breaking")
class TokenHoldsFiveMinutes(Variant):
    """An access token is valid for five minutes, whatever `expires_in` says."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        for token in turn.state.oauth.tokens.values():
            if turn.now >= token.created_at + 5 * MINUTE:
                token.created_at = min(token.created_at, turn.now - oauth.TOKEN_LIFETIME)
        return request


@variant("side effect", "breaking")
class DeactivatedLater(Variant):
    """A deactivated person has the status `current` for another minute."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        key, action = (*_path(request).split("/"), "", "")[2:4]
        person = getattr(_account(turn, request), "persons", {}).get(key)
        if request.method == "PUT" and action == "deactivate" and person is not None and not person.deactivated:
            turn.variant_memory[key] = turn.now
        return request

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        def edit(one: Resource) -> Resource:
            if not 0 <= turn.now - turn.variant_memory.get(one["id"], -MINUTE) < MINUTE:
                return one
            kept = {key: value for key, value in one.items() if key != "meta"}
            return kept | {"attributes": one["attributes"] | {"status": "current"}}

        return _resources(answer, ("access_user", "access_guest"), edit) if request.method == "GET" else answer


@variant("key gone", "breaking")
class WebhookWithoutMethod(Variant):
    """A webhook has no `method`."""

    def on_delivery(self, turn: Turn, delivery: Delivery) -> Delivery:
        if delivery.kind == "webhook" and delivery.body.startswith(b"{"):
            document = json.loads(delivery.body)
            document["data"]["attributes"].pop("method", None)
            delivery.body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        elif delivery.kind == "webhook":
            pairs = parse_qsl(delivery.body.decode(), keep_blank_values=True)
            delivery.body = urlencode([pair for pair in pairs if pair[0] != "data[attributes][method]"]).encode()
        return delivery


CATALOGUE: tuple[type[Variant], ...] = (
    PowerLevelAsText,
    NeverHeardIsNull,
    UnsetSchedulesAreNull,
    PersonsSorted,
    ExpiringGuests,
    TotalCountGone,
    TenAPage,
    CreatedIsOk,
    LongerPins,
    SkippedHourRefused,
    BurstsRefused,
    ErrorsByAttribute,
    TakenIsInUse,
    ChallengeWithoutReason,
    TokenHoldsFiveMinutes,
    DeactivatedLater,
    WebhookWithoutMethod,
)
