"""Changes that a release of the API might bring: for practising to find them. None is announced by anybody."""

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
    """A NetCode for a KitLock: its id is a timecode."""
    return _is_netcode(request) and len(path_of(request).rpartition("/")[2]) == 12


def _is_let_in(turn: Turn, request: Request) -> bool:
    """It has the API key: the gateway comes first."""
    return [value for name, value in request.headers if name.lower() == "x-api-key"] == [turn.state.api_key]


class _OfSome(Variant):
    """Tells something otherwise, in the successes of some operations."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return edit_json(answer, self.told) if answer.status == 200 and self.of(request) else answer

    def of(self, request: Request) -> bool:
        """Whether it is such an operation."""
        return _is_netcode(request)

    def told(self, said: Any) -> Any:
        """The answer in place of this one."""
        return said


# ---- NetCodes


@variant("key gone", "breaking")
class NetCodeAsWritten(_OfSome):
    """The key of a NetCode is `ActualNetCode`, as the document's text writes it."""

    def told(self, said: Any) -> Any:
        return {("ActualNetCode" if key == "ActualNetcode" else key): value for key, value in said.items()}


@variant("null", "breaking")
class KitLockWithoutId(_OfSome):
    """The `LockId` of a KitLock is null, since it has none."""

    def of(self, request: Request) -> bool:
        return _is_kit(request)

    def told(self, said: Any) -> Any:
        return said | {"LockId": None}


@variant("enum value", "risky")
class SevenDigits(Variant):
    """A KL1060 gets the NetCode of a KL1060C2, which has seven digits."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        other = _is_netcode(request) and query_of(request).get("lockmodel", "").upper() == KL1060
        return with_query(request, lockmodel=KL1060C2) if other else request


@variant("enum value", "risky")
class LondonTime(Variant):
    """A KitLock's hours are taken for London's wall clock, so that in summer a code starts an hour earlier."""

    zone = "Europe/London"

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        wall = _hours(turn, request)
        if wall is None or local_time.local(wall - HOUR, self.zone) != wall:
            return request
        return with_query(request, start=serialization.timestamp(wall - HOUR)[:16].replace("T", " "))

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        """`original` stays what the caller wrote."""
        utc = _hours(turn, request)
        if utc is None or b'"Startdata"' not in answer.body:
            return answer
        wall = serialization.timestamp(local_time.local(utc, self.zone))[:16].replace("T", " ")
        return edit_json(answer, lambda said: said | {"Startdata": said["Startdata"] | {"original": wall}})


def _hours(turn: Turn, request: Request) -> int | None:
    """The start of a KitLock's code of whole hours, as if it were UTC."""
    asked = query_of(request)
    try:
        duration = serialization.parse_duration(asked["duration"], asked["lockmodel"].upper())
        start = serialization.parse_start(turn.profile, asked["start"], duration)
    except (KeyError, CodelocksError):
        return None
    return start if duration.hours and _is_kit(request) else None


@variant("status", "breaking")
class PlusIsAPlus(Variant):
    """A `+` in `start` is no space any more: only `%20` is."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if not _is_netcode(request):
            return request
        path, _, query = request.target.partition("?")
        parts = (part.replace("+", "%2B") if part.startswith("start=") else part for part in query.split("&"))
        return msgspec.structs.replace(request, target=f"{path}?{'&'.join(parts)}")


@variant("status", "breaking")
class ThreeAMinute(Variant):
    """More than three NetCode calls in a minute are 429."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        if not (turn.limits and _is_netcode(request) and _is_let_in(turn, request)):
            return request
        calls = [at for at in turn.variant_memory.get("calls", ()) if turn.now - at < MINUTE]
        if len(calls) >= 3:
            return serialization.refusal(turn, LimitExceeded("a minute has three NetCode calls: a variant is planted"))
        turn.variant_memory["calls"] = [*calls, turn.now]
        return request


# ---- utilities


@variant("type", "breaking")
class DurationAsText(_OfSome):
    """A duration's id is a text."""

    def of(self, request: Request) -> bool:
        return path_of(request).startswith("/u/1/duration")

    def told(self, said: Any) -> Any:
        if isinstance(said, list):
            return [self.told(one) for one in said]
        return {key: str(value) if key.lower() == "durationid" else value for key, value in said.items()}


@variant("order", "harmless")
class LongestFirst(_OfSome):
    """`/durations` lists the longest first."""

    def of(self, request: Request) -> bool:
        return path_of(request) == "/u/1/durations"

    def told(self, said: Any) -> Any:
        return said[::-1]


# ---- K3Connect


@variant("key new", "harmless")
class BatteryLevel(_OfSome):
    """A K3Connect lock tells its `BatteryLevel`, in percent."""

    def of(self, request: Request) -> bool:
        return path_of(request).startswith("/u/1/k3connect")

    def told(self, said: Any) -> Any:
        if isinstance(said, list):
            return [self.told(one) for one in said]
        return (
            said | {"BatteryLevel": 100 if said["BatteryStatus"] == "FULL" else 0} if "BatteryStatus" in said else said
        )


@variant("paging", "risky")
class CountOfThePage(_OfSome):
    """The `count` of clients is of the page, and no longer of all."""

    def of(self, request: Request) -> bool:
        return path_of(request).endswith("/clients")

    def told(self, said: Any) -> Any:
        return said | {"count": len(said["clients"])}


@variant("type", "breaking")
class UpdatedInSilence(Variant):
    """PUT …/client answers 200 with an empty body."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if request.method != "PUT" or answer.status != 200:
            return answer
        return with_body(answer, b"")


@variant("side effect", "breaking")
class ClientsOfAMinuteAgo(Variant):
    """The list of clients is up to a minute old: what was changed meanwhile does not show."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if not path_of(request).endswith("/clients") or answer.status != 200:
            return answer
        lists = {what: kept for what, kept in turn.variant_memory.items() if turn.now - kept["at"] < MINUTE}
        kept = lists.setdefault(request.target, {"at": turn.now, "said": json.loads(answer.body)})
        turn.variant_memory.clear()
        turn.variant_memory.update(lists)
        return edit_json(answer, lambda said: kept["said"])


@variant("timing", "breaking")
class AccessKeyLapses(Variant):
    """An access key is good for half an hour from its first use."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        key = turn.state.access_key
        if not _is_let_in(turn, request) or key not in request.target + request.body.decode("latin-1"):
            return request
        first = turn.variant_memory.setdefault(key, turn.now)
        return request if turn.now < first + 30 * MINUTE else serialization.refusal(turn, BadAccessKey())


# ---- everywhere


@variant("error body", "risky")
class MessageIsAList(Variant):
    """The `Message` of a refusal is a list, and no longer a list written into a text."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return edit_json(answer, _unwrapped) if answer.status >= 400 else answer


def _unwrapped(said: Any) -> Any:
    return said | {"Message": json.loads(said["Message"])} if "Message" in said else said


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
