"""RemoteLocks with one planted fault each: the simulator, and one thing that a server, or our simulator, may get wrong.

They are found by the same laws as clients are, through the reference client: it keeps every law, so that whatever
breaks one is the server's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from lockpact.remotelock.exchanges import SECOND
from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Answer, Request
from tests.planted import Tampered, answer_of, said_by
from tests.remotelock.pact.mutants import server

PERSON = r"/access_persons/[^/]+"
DEVICE = r"/devices/[^/]+"


class Served(Tampered):
    """Base: a world whose RemoteLock has a fault."""

    @property
    def account(self) -> Any:
        """The application's account."""
        state = self.core.state("remotelock")
        return state.accounts[next(iter(state.oauth.applications.values())).account_id]

    def is_(self, request: Request, method: str, pattern: str) -> bool:
        """Whether it is this operation (a regular expression over the path without version)."""
        return request.method == method and re.fullmatch(pattern, path(request)) is not None

    def retold(self, answer: Answer, tell: Callable[[dict[str, Any]], None]) -> Answer:
        """The answer with something else in each of its resources; its headers stay."""
        said = said_by(answer) if answer.status < 300 and answer.body.startswith(b"{") else None
        data = said.get("data") if isinstance(said, dict) else None
        if data is None:
            return answer
        for one in data if isinstance(data, list) else [data]:
            tell(one)
        return with_body(answer, said)


def path(request: Request) -> str:
    return re.sub(r"^/v\d+(?=/)", "", request.target.partition("?")[0]).rstrip("/")


def query(request: Request) -> list[tuple[str, str]]:
    return parse_qsl(request.target.partition("?")[2], keep_blank_values=True)


def asked(request: Request, params: list[tuple[str, str]]) -> Request:
    """The same request with this query."""
    return msgspec.structs.replace(request, target=f"{request.target.partition('?')[0]}?{urlencode(params)}")


def sent(request: Request) -> dict[str, Any]:
    """The attributes that were sent."""
    try:
        return dict(json.loads(request.body)["attributes"])
    except (ValueError, KeyError, TypeError):
        return {}


def sending(request: Request, attributes: dict[str, Any]) -> Request:
    """The same request with these attributes."""
    body = json.dumps(json.loads(request.body) | {"attributes": attributes}).encode()
    headers = tuple((n, str(len(body)) if n.lower() == "content-length" else v) for n, v in request.headers)
    return msgspec.structs.replace(request, body=body, headers=headers)


def with_body(answer: Answer, said: Any, status: int | None = None) -> Answer:
    """The answer with another body, its headers kept."""
    body = json.dumps(said).encode()
    headers = tuple((n, str(len(body)) if n.lower() == "content-length" else v) for n, v in answer.headers)
    return Answer(answer.status if status is None else status, headers, body)


# ---- tokens


@server("RL-AUTH-1")
class RenewsToWhatIsRefused(Served):
    """Issues an invalid token the second time."""

    _given = 0

    def says(self, request: Request, answer: Answer) -> Answer:
        said = said_by(answer) if path(request) == "/oauth/token" and answer.status == 200 else None
        self._given += said is not None
        if said is None or self._given < 2:
            return answer
        return with_body(answer, said | {"access_token": "of-no-use"})


@server("RL-AUTH-2")
class RotationGivesNothingNew(Served):
    """Answers a refresh without a refresh token."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/oauth/token" or b"grant_type=refresh_token" not in request.body or answer.status != 200:
            return answer
        said = said_by(answer)
        del said["refresh_token"]
        return with_body(answer, said)


@server("RL-AUTH-3")
class RefreshesAfterConsentIsGone(Served):
    """Accepts refresh tokens after the consent was revoked."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/oauth/token" or b"grant_type=refresh_token" not in request.body or answer.status != 400:
            return answer
        return answer_of(
            {"access_token": "again", "expires_in": 7200, "refresh_token": "and-again", "token_type": "Bearer"}
        )


# ---- collections


class _Paged(Served):
    """Base: pages collections wrongly."""

    def paged(self, request: Request, said: dict[str, Any]) -> None:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if request.method != "GET" or path(request) not in ("/devices", "/access_persons") or answer.status != 200:
            return answer
        said = said_by(answer)
        self.paged(request, said)
        return with_body(answer, said)


@server("RL-PAGE-1")
class PagesOverlap(Served):
    """Begins each page with the last item of the one before, and so never gets to the end."""

    def hears(self, request: Request) -> Request | Answer:
        if not self.is_(request, "GET", "/devices"):
            return request
        self._last = getattr(self, "_last", None)
        return request

    def says(self, request: Request, answer: Answer) -> Answer:
        if not self.is_(request, "GET", "/devices") or answer.status != 200:
            return answer
        said = said_by(answer)
        if said["meta"]["page"] > 1 and self._last is not None:
            said["data"] = [self._last, *said["data"][:-1]]
        self._last = said["data"][-1] if said["data"] else None
        return with_body(answer, said)


@server("RL-PAGE-1")
class TheLastPageIsEmpty(_Paged):
    """Leaves the last of several pages empty."""

    def paged(self, request: Request, said: dict[str, Any]) -> None:
        if 1 < said["meta"]["page"] == said["meta"]["total_pages"]:
            said["data"] = []


@server("RL-PAGE-1")
class TotalIsThePagesOwn(_Paged):
    """Has the number of items on the page as total_count."""

    def paged(self, request: Request, said: dict[str, Any]) -> None:
        said["meta"] |= {"total_pages": 1, "total_count": len(said["data"])}


@server("RL-PAGE-2")
class ANewItemHidesAnOldOne(_Paged):
    """Leaves out the first device once there is a new one."""

    _least = 0

    def paged(self, request: Request, said: dict[str, Any]) -> None:
        total = said["meta"]["total_count"]
        self._least = min(self._least or total, total)
        if total > self._least and said["meta"]["page"] == 1:
            said["data"] = said["data"][1:]


@server("RL-STATUS-1")
class StatusFilterIsIgnored(Served):
    """Ignores the status filter."""

    def hears(self, request: Request) -> Request | Answer:
        if not self.is_(request, "GET", "/access_persons"):
            return request
        everyone = [("attributes[status][]", status) for status in ("current", "upcoming", "expired", "deactivated")]
        return asked(request, [*(p for p in query(request) if "status" not in p[0]), *everyone])


@server("RL-STATUS-1")
class StatusFilterTakesOneOnly(Served):
    """Uses only the first of several statuses."""

    def hears(self, request: Request) -> Request | Answer:
        wanted = [p for p in query(request) if "status" in p[0]]
        if not self.is_(request, "GET", "/access_persons") or not wanted:
            return request
        return asked(request, [*(p for p in query(request) if "status" not in p[0]), wanted[0]])


# ---- the rate limit


def without(answer: Answer, name: str) -> Answer:
    """The answer without this header."""
    return msgspec.structs.replace(
        answer, headers=tuple((n, v) for n, v in answer.headers if n.lower() != name.lower())
    )


@server("RL-RATE-1")
class LimitWithoutAReset(Served):
    """Has no reset time on a 429."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return without(answer, "X-RateLimit-Reset") if answer.status == 429 else answer


@server("RL-RATE-1")
class ResetIsPast(Served):
    """Has the start of the window as the reset time."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 429:
            return answer
        began = self.core.now // (60 * SECOND) * 60
        return Answer(
            429, (*without(answer, "X-RateLimit-Reset").headers, ("X-RateLimit-Reset", str(began))), answer.body
        )


@server("RL-RATE-2")
class RemainingIsNeverTold(Served):
    """Has no rate headers before a 429."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return without(answer, "X-RateLimit-Remaining")


# ---- errors


@server("RL-ERR-1")
class ErrorsAreEmpty(Served):
    """Has no errors in a resource error."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 422:
            return answer
        return with_body(answer, said_by(answer) | {"errors": []})


@server("RL-ERR-1")
class InvalidIsABadRequest(Served):
    """Answers 400 with a text for invalid attributes."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return with_body(answer, {"message": "Invalid", "type": "bad_request"}, 400) if answer.status == 422 else answer


@server("RL-ERR-2")
class GeneralLooksLikeAResourceError(Served):
    """Answers a missing subscription with a resource error."""

    def says(self, request: Request, answer: Answer) -> Answer:
        said = said_by(answer) if answer.status == 403 else None
        if said is None:
            return answer
        wrong = {"attribute": None, "messages": [said["message"]], "full_messages": [said["message"]]}
        return with_body(answer, {"attributes": {}, "errors": [wrong]}, 422)


# ---- people


@server("RL-ONCE-1")
class CreatesTwoForOne(Served):
    """Creates two persons for one POST with a card: the other one has a generated PIN."""

    def _enter(self, request: Request, tell: Callable[[Answer], None]) -> int:
        if self.is_(request, "POST", "/access_persons") and "card_number" in sent(request):
            attributes = {name: value for name, value in sent(request).items() if name != "card_number"}
            super()._enter(sending(request, attributes | {"generate_pin": True}), lambda _: None)
        return super()._enter(request, tell)


@server("RL-TIME-1")
class AnswersInUtc(Served):
    """Answers a guest's times shifted."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if not path(request).startswith("/access_persons") or request.method == "GET":
            return answer

        def shift(one: dict[str, Any]) -> None:
            for name in ("starts_at", "ends_at"):
                output = one.get("attributes", {}).get(name)
                if output is not None:
                    one["attributes"][name] = f"{output[:11]}{(int(output[11:13]) + 5) % 24:02d}{output[13:]}"

        return self.retold(answer, shift)


@server("RL-PIN-1")
class TwoMayHaveOnePin(Served):
    """Does not check whether a PIN is taken."""

    def hears(self, request: Request) -> Request | Answer:
        if self.is_(request, "POST", "/access_persons") and "pin" in sent(request):
            attributes = sent(request)
            del attributes["pin"]
            return sending(request, attributes | {"card_number": f"9{len(self.account.persons):06}"})
        return request


@server("RL-PIN-1")
class PinsAreNeverFreeAgain(Served):
    """Never frees a PIN."""

    def hears(self, request: Request) -> Request | Answer:
        pin = sent(request).get("pin") if self.is_(request, "POST", "/access_persons") else None
        if pin is None or all(person.pin != pin for person in self.account.persons.values()):
            return request
        taken = "has already been taken"
        wrong = {"attribute": "pin", "messages": [taken], "full_messages": [f"pin {taken}"]}
        limit = (("X-RateLimit-Limit", "120"), ("X-RateLimit-Remaining", "60"), ("X-RateLimit-Reset", "0"))
        refused = answer_of({"attributes": sent(request), "errors": [wrong]}, 422)
        return Answer(422, (*refused.headers, *limit), refused.body)


@server("RL-DEACT-1")
class DeactivatesInWordsOnly(Served):
    """Answers deactivated, and does not deactivate the person."""

    def hears(self, request: Request) -> Request | Answer:
        if not self.is_(request, "PUT", f"{PERSON}/deactivate"):
            return request
        target = request.target.removesuffix("/deactivate")
        return msgspec.structs.replace(request, method="GET", target=target, body=b"")


@server("RL-EXTEND-1")
class ExtensionIsNotKept(Served):
    """Answers the extended stay, and does not extend it."""

    def hears(self, request: Request) -> Request | Answer:
        if not self.is_(request, "PUT", PERSON):
            return request
        return sending(request, {name: value for name, value in sent(request).items() if name != "ends_at"})


@server("RL-MAIL-1")
class MailIsNeverSent(Served):
    """Answers 200, and sends no email."""

    def hears(self, request: Request) -> Request | Answer:
        if not self.is_(request, "POST", f"{PERSON}/email/notify"):
            return request
        target = request.target.removesuffix("/email/notify")
        return msgspec.structs.replace(request, method="GET", target=target, body=b"")


# ---- entering


@server("RL-SYNC-1")
class SyncedAtOnce(Served):
    """Counts every lock as synced."""

    def says(self, request: Request, answer: Answer) -> Answer:
        def synced(one: dict[str, Any]) -> None:
            counts = one.get("attributes", {})
            if "devices_count" in counts:
                counts["devices_synced_count"] = counts["devices_count"]
                counts["devices_pending_sync_count"] = counts["devices_failed_sync_count"] = 0

        return self.retold(answer, synced)


@server("RL-REVOKE-1")
class ConnectedIsAlwaysNow(Served):
    """Shows every lock as connected just now."""

    def says(self, request: Request, answer: Answer) -> Answer:
        def now(one: dict[str, Any]) -> None:
            if one.get("attributes", {}).get("connected_at") is not None:
                one["attributes"]["connected_at"] = "2099-01-01T00:00:00Z"

        return self.retold(answer, now)


@server("RL-INHERIT-1")
class ALockTellsDirectAccessOnly(Served):
    """Lists direct accesses to a lock only."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if not self.is_(request, "GET", f"{DEVICE}/access_person_accesses") or answer.status != 200:
            return answer
        said = said_by(answer)
        said["data"] = [one for one in said["data"] if one["attributes"]["accessible_type"] == "lock"]
        return with_body(answer, said)


# ---- locks


@server("RL-STATE-1")
class EventsBeforeTheFact(Served):
    """Swaps locked and unlocked events."""

    def _perform(self, delivery: Delivery) -> tuple[int | None, str | None]:
        said = json.loads(delivery.body) if delivery.kind == "webhook" else None
        if said is not None and said["data"]["type"] in ("locked_event", "unlocked_event"):
            other = {"locked_event": "unlocked_event", "unlocked_event": "locked_event"}[said["data"]["type"]]
            said["data"]["type"] = other
            delivery = msgspec.structs.replace(delivery, body=json.dumps(said).encode())
        return super()._perform(delivery)


@server("RL-SETUP-1")
class ConnectedBeforeItIs(Served):
    """Has a connected_at for locks that never connected."""

    def says(self, request: Request, answer: Answer) -> Answer:
        def connected(one: dict[str, Any]) -> None:
            has = one.get("attributes", {})
            if one.get("type") == "lock" and "connected_at" in has:
                has["connected_at"] = has["connected_at"] or has["created_at"]

        return self.retold(answer, connected)


@server("RL-PINS-1")
class AllLocalPinsGo(Served):
    """Removes all local PINs."""

    def hears(self, request: Request) -> Request | Answer:
        if self.is_(request, "PUT", DEVICE) and "local_pins" in sent(request):
            return sending(request, sent(request) | {"local_pins": []})
        return request


# ---- messages


@server("RL-HOOK-1")
class SendsNoSecret(Served):
    """Leaves X-Secret out."""

    def _perform(self, delivery: Delivery) -> tuple[int | None, str | None]:
        headers = tuple((name, value) for name, value in delivery.headers if name.lower() != "x-secret")
        return super()._perform(msgspec.structs.replace(delivery, headers=headers))


@server("RL-HOOK-2")
class AnEventHasTwoIds(Served):
    """Gives an event another id in webhooks than in the list."""

    def _perform(self, delivery: Delivery) -> tuple[int | None, str | None]:
        if delivery.kind == "webhook":
            said = json.loads(delivery.body)
            said["data"]["id"] = said["data"]["id"][::-1]
            delivery = msgspec.structs.replace(delivery, body=json.dumps(said).encode())
        return super()._perform(delivery)


class _Events(Served):
    """Base: changes the list of events."""

    def listed(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if not self.is_(request, "GET", "/events") or answer.status != 200:
            return answer
        said = said_by(answer)
        said["data"] = self.listed(said["data"])
        return with_body(answer, said)


@server("RL-HOOK-4")
class EventsComeLateToTheList(_Events):
    """Lists an event an hour after it was created."""

    def listed(self, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        now = self.core.now // SECOND
        known = self.account.events
        return [e for e in events if e["id"] not in known or known[e["id"]].created_at // SECOND < now - 3600]


@server("RL-HOOK-4")
class CreatedSortIsIgnored(Served):
    """Always sorts events by occurred_at."""

    def hears(self, request: Request) -> Request | Answer:
        if not self.is_(request, "GET", "/events"):
            return request
        return asked(request, [p for p in query(request) if p[0] != "sort"])


@server("RL-HOOK-5")
class ReactivationDoesNothing(Served):
    """Answers 200 to a reactivation, and does not activate the webhook."""

    def hears(self, request: Request) -> Request | Answer:
        if self.is_(request, "PUT", r"/notification_subscribers/[^/]+") and sent(request).get("active") is True:
            return msgspec.structs.replace(request, method="GET", body=b"")
        return request
