"""Changes that a new release of the API might bring, for practice in finding them. The vendor has announced none of them."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from locksim.codelocks import local_time, serialization
from locksim.codelocks.durations import KL1060, KL1060C2
from locksim.codelocks.errors import BadAccessKey, CodelocksError, LimitExceeded
from locksim.engine.inputs import Answer, Request
from locksim.engine.timestamps import HOUR, MINUTE
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant, edit_json, path_of, query_of, variant, with_body, with_query

__all__ = ["CATALOGUE"]


def _is_netcode(request: Request) -> bool:
    return path_of(request).startswith("/n/1/netcode/")


def _is_kit(request: Request) -> bool:
    """Return whether it requests a NetCode for a KitLock: the id is a timecode."""
    return _is_netcode(request) and len(path_of(request).rpartition("/")[2]) == 12


def _has_key(turn: Turn, request: Request) -> bool:
    """Return whether it has the API key. The gateway refuses other requests first."""
    return [value for name, value in request.headers if name.lower() == "x-api-key"] == [turn.state.api_key]


class _EditsDocument(Variant):
    """Changes the JSON of successful answers of some operations."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return edit_json(answer, self.edit) if answer.status == 200 and self.applies_to(request) else answer

    def applies_to(self, request: Request) -> bool:
        """Return whether the variant changes answers to this request."""
        return _is_netcode(request)

    def edit(self, document: Any) -> Any:
        """Return the changed document."""
        return document


# ---- NetCodes


@variant("key gone", "breaking")
class NetCodeAsWritten(_EditsDocument):
    """The key of a NetCode is `ActualNetCode`, as in the text of the document."""

    def edit(self, document: Any) -> Any:
        return {("ActualNetCode" if key == "ActualNetcode" else key): value for key, value in document.items()}


@variant("null", "breaking")
class KitLockWithoutId(_EditsDocument):
    """The `LockId` of a KitLock is null."""

    def applies_to(self, request: Request) -> bool:
        return _is_kit(request)

    def edit(self, document: Any) -> Any:
        return document | {"LockId": None}


@variant("enum value", "risky")
class SevenDigits(Variant):
    """NetCodes of a KL1060 have seven digits: they are those of a KL1060C2."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        other = _is_netcode(request) and query_of(request).get("lockmodel", "").upper() == KL1060
        return with_query(request, lockmodel=KL1060C2) if other else request


@variant("enum value", "risky")
class LondonTime(Variant):
    """The hours of KitLock codes are read as London time: in summer a code starts an hour earlier."""

    zone = "Europe/London"

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        wall = _hours(turn, request)
        if wall is None or local_time.local(wall - HOUR, self.zone) != wall:
            return request
        return with_query(request, start=serialization.timestamp(wall - HOUR)[:16].replace("T", " "))

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        """Keep `original` as the caller wrote it."""
        utc = _hours(turn, request)
        if utc is None or b'"Startdata"' not in answer.body:
            return answer
        wall = serialization.timestamp(local_time.local(utc, self.zone))[:16].replace("T", " ")
        return edit_json(answer, lambda document: document | {"Startdata": document["Startdata"] | {"original": wall}})


def _hours(turn: Turn, request: Request) -> int | None:
    """Return the start of a KitLock code of whole hours, read as UTC; None for other requests."""
    query = query_of(request)
    try:
        duration = serialization.parse_duration(query["duration"], query["lockmodel"].upper())
        start = serialization.parse_start(turn.profile, query["start"], duration)
    except (KeyError, CodelocksError):
        return None
    return start if duration.hours and _is_kit(request) else None


@variant("status", "breaking")
class PlusIsAPlus(Variant):
    """A `+` in `start` is no longer a space; only `%20` is."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if not _is_netcode(request):
            return request
        path, _, query = request.target.partition("?")
        parts = (part.replace("+", "%2B") if part.startswith("start=") else part for part in query.split("&"))
        return msgspec.structs.replace(request, target=f"{path}?{'&'.join(parts)}")


@variant("status", "breaking")
class ThreeAMinute(Variant):
    """More than three NetCode calls in a minute are answered 429."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if not (turn.limits and _is_netcode(request) and _has_key(turn, request)):
            return request
        calls = [at for at in turn.variant_memory.get("calls", ()) if turn.now - at < MINUTE]
        if len(calls) >= 3:
            return serialization.refusal(turn, LimitExceeded("a variant allows three NetCode calls a minute"))
        turn.variant_memory["calls"] = [*calls, turn.now]
        return request


# ---- utilities


@variant("type", "breaking")
class DurationAsText(_EditsDocument):
    """A duration's id is a string."""

    def applies_to(self, request: Request) -> bool:
        return path_of(request).startswith("/u/1/duration")

    def edit(self, document: Any) -> Any:
        if isinstance(document, list):
            return [self.edit(item) for item in document]
        return {key: str(value) if key.lower() == "durationid" else value for key, value in document.items()}


@variant("order", "harmless")
class LongestFirst(_EditsDocument):
    """`/durations` lists the longest duration first."""

    def applies_to(self, request: Request) -> bool:
        return path_of(request) == "/u/1/durations"

    def edit(self, document: Any) -> Any:
        return document[::-1]


# ---- K3Connect


@variant("key new", "harmless")
class BatteryLevel(_EditsDocument):
    """A K3Connect lock has a `BatteryLevel`, in percent."""

    def applies_to(self, request: Request) -> bool:
        return path_of(request).startswith("/u/1/k3connect")

    def edit(self, document: Any) -> Any:
        if isinstance(document, list):
            return [self.edit(item) for item in document]
        return (
            document | {"BatteryLevel": 100 if document["BatteryStatus"] == "FULL" else 0}
            if "BatteryStatus" in document
            else document
        )


@variant("paging", "risky")
class CountOfThePage(_EditsDocument):
    """The `count` of clients is that of the page, no longer that of all pages."""

    def applies_to(self, request: Request) -> bool:
        return path_of(request).endswith("/clients")

    def edit(self, document: Any) -> Any:
        return document | {"count": len(document["clients"])}


@variant("type", "breaking")
class UpdatedInSilence(Variant):
    """PUT …/client answers 200 with an empty body."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if request.method != "PUT" or answer.status != 200:
            return answer
        return with_body(answer, b"")


@variant("side effect", "breaking")
class ClientsOfAMinuteAgo(Variant):
    """The list of clients is up to a minute old and does not show later changes."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if not path_of(request).endswith("/clients") or answer.status != 200:
            return answer
        cached = {key: entry for key, entry in turn.variant_memory.items() if turn.now - entry["at"] < MINUTE}
        entry = cached.setdefault(request.target, {"at": turn.now, "document": json.loads(answer.body)})
        turn.variant_memory.clear()
        turn.variant_memory.update(cached)
        return edit_json(answer, lambda _: entry["document"])


@variant("timing", "breaking")
class AccessKeyLapses(Variant):
    """An access key expires half an hour after its first use."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        key = turn.state.access_key
        if not _has_key(turn, request) or key not in request.target + request.body.decode("latin-1"):
            return request
        first = turn.variant_memory.setdefault(key, turn.now)
        return request if turn.now < first + 30 * MINUTE else serialization.refusal(turn, BadAccessKey())


# ---- all operations


@variant("error body", "risky")
class MessageIsAList(Variant):
    """The `Message` of a refusal is a list, no longer a list inside a string."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return edit_json(answer, _unwrapped) if answer.status >= 400 else answer


def _unwrapped(document: Any) -> Any:
    return document | {"Message": json.loads(document["Message"])} if "Message" in document else document


@variant("header", "harmless")
class WithoutRequestId(Variant):
    """No answer has an `x-amzn-RequestId`."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        headers = tuple((name, value) for name, value in answer.headers if name != "x-amzn-RequestId")
        return Answer(answer.status, headers, answer.body, answer.cut)


CATALOGUE: tuple[type[Variant], ...] = (
    NetCodeAsWritten,
    KitLockWithoutId,
    SevenDigits,
    LondonTime,
    PlusIsAPlus,
    ThreeAMinute,
    DurationAsText,
    LongestFirst,
    BatteryLevel,
    CountOfThePage,
    UpdatedInSilence,
    ClientsOfAMinuteAgo,
    AccessKeyLapses,
    MessageIsAList,
    WithoutRequestId,
)
