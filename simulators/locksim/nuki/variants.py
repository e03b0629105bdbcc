"""Changes that a bridge's firmware might bring: for practising to find them. None is announced by anybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Answer, Request
from locksim.engine.timestamps import SECOND
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant, edit_json, path_of, query_of, variant, with_query

__all__ = ["CATALOGUE"]


def _states(answer: Answer, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer:
    """Each object that tells a lock's state, in `/list` and `/lockState`, put otherwise."""

    def whole(said: Any) -> Any:
        if isinstance(said, list):
            return [
                lock | {"lastKnownState": edit(lock["lastKnownState"])} if lock.get("lastKnownState") else lock
                for lock in said
            ]
        return edit(said) if isinstance(said, dict) and "stateName" in said else said

    return edit_json(answer, whole)


class _OfStates(Variant):
    """Tells states otherwise, wherever it tells them."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return _states(answer, self.told) if path_of(request) in ("/list", "/lockState") else answer

    def told(self, state: dict[str, Any]) -> dict[str, Any]:
        """One state."""
        return state


@variant("key gone", "breaking")
class StateNameGone(_OfStates):
    """States have no `stateName` any more."""

    def told(self, state: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in state.items() if key != "stateName"}


@variant("type", "breaking")
class BatteryAsNumber(_OfStates):
    """`batteryCritical` is 0 or 1."""

    def told(self, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"batteryCritical": int(state["batteryCritical"])}


@variant("enum value", "risky")
class StateNameCapitalised(_OfStates):
    """State names begin with a capital."""

    def told(self, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"stateName": str(state["stateName"]).capitalize()}


@variant("null", "breaking")
class BatteryUnknownIsNull(_OfStates):
    """`batteryCritical` is null while a battery is not critical."""

    def told(self, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"batteryCritical": state["batteryCritical"] or None}


@variant("order", "harmless")
class StatesSorted(_OfStates):
    """The keys of a state stand in alphabetical order."""

    def told(self, state: dict[str, Any]) -> dict[str, Any]:
        return dict(sorted(state.items()))


@variant("key new", "harmless")
class DeviceType(Variant):
    """`/list` tells each lock's `deviceType`."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if path_of(request) != "/list" or answer.status != 200:
            return answer
        return edit_json(answer, lambda locks: [{"deviceType": 0, **lock} for lock in locks])


@variant("type", "breaking")
class ListWrapped(Variant):
    """`/list` answers an object with `locks` in it."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if path_of(request) != "/list" or answer.status != 200:
            return answer
        return edit_json(answer, lambda locks: {"locks": locks})


@variant("status", "breaking")
class UnknownLockIsAFailure(Variant):
    """A nukiId that the bridge does not know gets 200 with `success` false, where it got 404."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 404 or "nukiId" not in query_of(request):
            return answer
        body = b'{"success":false}'
        return Answer(200, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


@variant("status", "breaking")
class TwoCallbacks(Variant):
    """Two callbacks are the most that it takes."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        token = turn.state.bridge.token
        full = len(turn.state.bridge.callbacks) >= 2 and query_of(request).get("token") == token
        return Answer(400) if full and path_of(request) == "/callback/add" else request


@variant("error body", "risky")
class ErrorsAsJson(Variant):
    """A 401 explains itself in JSON."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 401:
            return answer
        body = b'{"error":"unauthorized"}'
        return Answer(401, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


@variant("header", "harmless")
class CharsetTold(Variant):
    """The Content-Type tells the charset."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        headers = tuple(
            (name, f"{value}; charset=utf-8" if name == "Content-Type" and value == "application/json" else value)
            for name, value in answer.headers
        )
        return Answer(answer.status, headers, answer.body, answer.cut)


@variant("paging", "risky")
class ShortLog(Variant):
    """`/log` answers two entries where nothing is said of how many."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        return (
            with_query(request, count="2")
            if path_of(request) == "/log" and "count" not in query_of(request)
            else request
        )


@variant("side effect", "breaking")
class UnlatchUnlocks(Variant):
    """Unlatching only unlocks."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        return with_query(request, action="1") if query_of(request).get("action") == "3" else request


@variant("timing", "breaking")
class ShortWindow(Variant):
    """The button counts for ten seconds after /auth, not for thirty."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if path_of(request) != "/auth" or b"token" not in answer.body or turn.now < request.at + 10 * SECOND:
            return answer
        return edit_json(answer, lambda said: {"success": False})


@variant("key gone", "breaking")
class NewsWithoutName(Variant):
    """Callbacks do not tell the `stateName`."""

    def on_delivery(self, turn: Turn, delivery: Delivery) -> Delivery:
        told = json.loads(delivery.body)
        told.pop("stateName", None)
        delivery.body = json.dumps(told, separators=(",", ":")).encode()
        return delivery


CATALOGUE: tuple[type[Variant], ...] = (
    StateNameGone,
    BatteryAsNumber,
    StateNameCapitalised,
    BatteryUnknownIsNull,
    StatesSorted,
    DeviceType,
    ListWrapped,
    UnknownLockIsAFailure,
    TwoCallbacks,
    ErrorsAsJson,
    CharsetTold,
    ShortLog,
    UnlatchUnlocks,
    ShortWindow,
    NewsWithoutName,
)
