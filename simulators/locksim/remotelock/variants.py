"""Changes that a next release might bring: for practising to find them. None is announced by anybody."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Answer, Request
from locksim.engine.timestamps import DAY, MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant, edit_json, query_of, variant, with_body
from locksim.remotelock import auth, oauth, people, rate, serialization, zones
from locksim.remotelock.entities import AccessGuest
from locksim.remotelock.errors import Invalid, TooMany, Unauthorized
from locksim.remotelock.state import Account

__all__ = ["CATALOGUE"]

Told = dict[str, Any]


# ---- who asks, and what


def _path(request: Request) -> str:
    """Without version, query and a slash behind."""
    return request.target.partition("?")[0].removeprefix("/v1").rstrip("/")


def _header(request: Request, name: str) -> str | None:
    return next((value for key, value in request.headers if key.lower() == name), None)


def _account(turn: Turn, request: Request) -> Account | None:
    """Whose token it carries; None where the vendor itself refuses it."""
    try:
        return auth.admit(turn, turn.state, _header(request, "authorization")).account
    except Unauthorized:
        return None


def _attributes(request: Request) -> Told:
    """What the body says of a resource; nothing, where the vendor itself refuses it."""
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}
    sent = body.get("attributes") if isinstance(body, dict) else None
    return sent if isinstance(sent, dict) else {}


# ---- what is told


def _resources(answer: Answer, kinds: tuple[str, ...], edit: Callable[[Told], Told]) -> Answer:
    """Each resource of these types, alone or on a page, put otherwise."""

    def one(resource: Told) -> Told:
        return edit(resource) if resource.get("type") in kinds else resource

    def whole(said: Any) -> Any:
        data = said.get("data") if isinstance(said, dict) else None
        if isinstance(data, list):
            return said | {"data": [one(resource) for resource in data]}
        return said | {"data": one(data)} if isinstance(data, dict) else said

    return edit_json(answer, whole)


class _OfResources(Variant):
    """Tells the attributes of some resources otherwise, wherever it tells them."""

    kinds: ClassVar[tuple[str, ...]]

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return _resources(answer, self.kinds, lambda one: one | {"attributes": self.told(turn, one["attributes"])})

    def told(self, turn: Turn, attributes: Told) -> Told:
        """Those of one resource."""
        return attributes


@variant("type", "breaking")
class PowerLevelAsText(_OfResources):
    """`power_level` of locks and thermostats is a text."""

    kinds = ("lock", "thermostat")

    def told(self, turn: Turn, attributes: Told) -> Told:
        level = attributes.get("power_level")
        return attributes if level is None else attributes | {"power_level": str(level)}


@variant("null", "breaking")
class NeverHeardIsNull(_OfResources):
    """`power_level` of a lock that has never connected is null, not 0."""

    kinds = ("lock",)

    def told(self, turn: Turn, attributes: Told) -> Told:
        return attributes if attributes["connected_at"] else attributes | {"power_level": None}


@variant("key new", "harmless")
class UnsetSchedulesAreNull(_OfResources):
    """A lock without schedules tells null as their ids, where it told no ids."""

    kinds = ("lock",)

    def told(self, turn: Turn, attributes: Told) -> Told:
        return attributes | {
            name: attributes.get(name) for name in ("auto_lock_schedule_id", "lock_action_schedule_id")
        }


@variant("order", "harmless")
class PersonsSorted(_OfResources):
    """The attributes of an access person stand in alphabetical order."""

    kinds = ("access_user", "access_guest")

    def told(self, turn: Turn, attributes: Told) -> Told:
        return dict(sorted(attributes.items()))


@variant("enum value", "risky")
class ExpiringGuests(Variant):
    """A current guest in its last ten days has the status `expiring`."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        account = _account(turn, request)
        return answer if account is None else _resources(answer, ("access_guest",), _ending(account, turn.now))


def _ending(account: Account, now: int) -> Callable[[Told], Told]:
    def edit(resource: Told) -> Told:
        guest, said = account.persons.get(resource["id"]), resource["attributes"]
        if not isinstance(guest, AccessGuest) or said["status"] != "current":
            return resource
        ends = people.life(account, guest)[1] < now + 10 * DAY
        return resource | {"attributes": said | {"status": "expiring"}} if ends else resource

    return edit


@variant("key gone", "breaking")
class TotalCountGone(Variant):
    """`meta` of a page has no `total_count`."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        def whole(said: Any) -> Any:
            if not isinstance(said, dict) or "meta" not in said:
                return said
            return said | {"meta": {key: value for key, value in said["meta"].items() if key != "total_count"}}

        return edit_json(answer, whole)


@variant("paging", "risky")
class TenAPage(Variant):
    """A page has ten resources where nothing is said of how many, not twenty-five."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if request.method != "GET" or "per_page" in query_of(request):
            return request
        path, _, query = request.target.partition("?")
        return msgspec.structs.replace(request, target=f"{path}?{query}{'&' if query else ''}per_page=10")


# ---- statuses and refusals


@variant("status", "breaking")
class CreatedIsOk(Variant):
    """What creates answers 200, not 201."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return Answer(200 if answer.status == 201 else answer.status, answer.headers, answer.body, answer.cut)


class _Refuses(Variant):
    """Refuses attributes of access persons that were taken before."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        account, sent = _account(turn, request), _attributes(request)
        if account is None or request.method not in ("POST", "PUT") or not self.judges(_path(request)):
            return request
        wrong = list(self.wrong(account, sent))
        return serialization.refusal(Invalid(*wrong), sent) if wrong else request

    def judges(self, path: str) -> bool:
        """Whether this path takes an access person's attributes."""
        return path.startswith("/access_persons") and path.count("/") <= 2

    def wrong(self, account: Account, sent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        """Attribute, and what is wrong with it."""
        yield from ()


@variant("status", "breaking")
class LongerPins(_Refuses):
    """A PIN of four digits is refused."""

    def wrong(self, account: Account, sent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        pin = str(sent.get("pin", ""))
        if len(pin) == 4 and pin.isdigit():
            yield "pin", "must have 5 to 10 digits"


@variant("status", "breaking")
class SkippedHourRefused(_Refuses):
    """A guest's time is refused if it lies in the hour that the account's clocks skip in spring."""

    def wrong(self, account: Account, sent: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name in ("starts_at", "ends_at"):
            wall = _wall(sent.get(name))
            if wall is not None and _skipped(wall, account.zone):
                yield name, "does not exist"


def _wall(sent: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(sent)).replace(tzinfo=None)
    except ValueError:
        return None
    return found if 1970 < found.year < 9998 else None  # what lies beyond, the vendor refuses


def _skipped(wall: datetime, zone: str) -> bool:
    return zones.local(zones.start_of(wall.isoformat(), zone), zone).replace(tzinfo=None) != wall


@variant("status", "breaking")
class BurstsRefused(Variant):
    """The fourth request within a second is refused with 429, whatever the minute has left."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        account = _account(turn, request)
        if account is None:
            return request
        recent = [at for at in turn.variant_memory.get(account.id, []) if turn.now - SECOND < at <= turn.now]
        turn.variant_memory[account.id] = [*recent, turn.now][-3:]
        if len(recent) < 3:
            return request
        said = serialization.refusal(
            TooMany("Your account has exceeded the rate limit.", "a fourth request in a second"), {}
        )
        return Answer(said.status, (*said.headers, *rate.headers(turn, account)), said.body)


@variant("error body", "risky")
class ErrorsByAttribute(Variant):
    """`errors` of a 422 is an object, attribute → messages."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 422:
            return answer
        return edit_json(
            answer, lambda said: said | {"errors": {e["attribute"] or "base": e["messages"] for e in said["errors"]}}
        )


@variant("error body", "risky")
class TakenIsInUse(Variant):
    """What has already been taken "is already in use"."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return with_body(answer, answer.body.replace(b"has already been taken", b"is already in use"))


@variant("header", "harmless")
class ChallengeWithoutReason(Variant):
    """The challenge of a 401 names the realm alone."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        headers = tuple((n, v.partition(",")[0] if n == "WWW-Authenticate" else v) for n, v in answer.headers)
        return Answer(answer.status, headers, answer.body, answer.cut)


# ---- when, and what becomes of it


@variant("timing", "breaking")
class TokenHoldsFiveMinutes(Variant):
    """An access token holds for five minutes, whatever `expires_in` says."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        for token in turn.state.oauth.tokens.values():
            if turn.now >= token.made + 5 * MINUTE:
                token.made = min(token.made, turn.now - oauth.TOKEN_LASTS)
        return request


@variant("side effect", "breaking")
class DeactivatedLater(Variant):
    """Whoever is deactivated is told as current for a minute more."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        key, action = (*_path(request).split("/"), "", "")[2:4]
        person = getattr(_account(turn, request), "persons", {}).get(key)
        if request.method == "PUT" and action == "deactivate" and person is not None and not person.deactivated:
            turn.variant_memory[key] = turn.now
        return request

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        def edit(one: Told) -> Told:
            if not 0 <= turn.now - turn.variant_memory.get(one["id"], -MINUTE) < MINUTE:
                return one
            kept = {key: value for key, value in one.items() if key != "meta"}
            return kept | {"attributes": one["attributes"] | {"status": "current"}}

        return _resources(answer, ("access_user", "access_guest"), edit) if request.method == "GET" else answer


@variant("key gone", "breaking")
class WebhookWithoutMethod(Variant):
    """A webhook does not tell by which `method` somebody came in."""

    def on_delivery(self, turn: Turn, delivery: Delivery) -> Delivery:
        if delivery.kind == "webhook" and delivery.body.startswith(b"{"):
            told = json.loads(delivery.body)
            told["data"]["attributes"].pop("method", None)
            delivery.body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
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
