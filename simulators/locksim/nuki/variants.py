"""Changes that a later firmware of the bridge might bring, for practising to detect them. None of them is announced."""

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


def _edit_states(answer: Answer, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> Answer:
    """Return the answer of /list or /lockState with each lock state edited."""

    def edit_document(document: Any) -> Any:
        if isinstance(document, list):
            return [
                lock | {"lastKnownState": edit(lock["lastKnownState"])} if lock.get("lastKnownState") else lock
                for lock in document
            ]
        return edit(document) if isinstance(document, dict) and "stateName" in document else document

    return edit_json(answer, edit_document)


class _StateVariant(Variant):
    """Changes each lock state in /list and /lockState."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return _edit_states(answer, self.edit_state) if path_of(request) in ("/list", "/lockState") else answer

    def edit_state(self, state: dict[str, Any]) -> dict[str, Any]:
        """Return the changed state."""
        return state


@variant("key gone", "breaking")
class StateNameGone(_StateVariant):
    """States have no `stateName` any more."""

    def edit_state(self, state: dict[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in state.items() if key != "stateName"}


@variant("type", "breaking")
class BatteryAsNumber(_StateVariant):
    """`batteryCritical` is 0 or 1."""

    def edit_state(self, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"batteryCritical": int(state["batteryCritical"])}


@variant("enum value", "risky")
class StateNameCapitalised(_StateVariant):
    """State names begin with a capital."""

    def edit_state(self, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"stateName": str(state["stateName"]).capitalize()}


@variant("null", "breaking")
class BatteryUnknownIsNull(_StateVariant):
    """`batteryCritical` is null while a battery is not critical."""

    def edit_state(self, state: dict[str, Any]) -> dict[str, Any]:
        return state | {"batteryCritical": state["batteryCritical"] or None}


@variant("order", "harmless")
class StatesSorted(_StateVariant):
    """The keys of a lock state are in alphabetical order."""

    def edit_state(self, state: dict[str, Any]) -> dict[str, Any]:
        return dict(sorted(state.items()))


@variant("key new", "harmless")
class DeviceType(Variant):
    """`/list` has a `deviceType` for each lock."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if path_of(request) != "/list" or answer.status != 200:
            return answer
        return edit_json(answer, lambda locks: [{"deviceType": 0, **lock} for lock in locks])


@variant("type", "breaking")
class ListWrapped(Variant):
    """`/list` answers an object with the key `locks`, not an array."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if path_of(request) != "/list" or answer.status != 200:
            return answer
        return edit_json(answer, lambda locks: {"locks": locks})


@variant("status", "breaking")
class UnknownLockIsAFailure(Variant):
    """An unknown nukiId gets 200 with `success` false, not 404."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 404 or "nukiId" not in query_of(request):
            return answer
        body = b'{"success":false}'
        return Answer(200, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


@variant("status", "breaking")
class TwoCallbacks(Variant):
    """The bridge takes two callbacks at most."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        bridge = turn.state.at(turn.site)
        full = len(bridge.callbacks) >= 2 and query_of(request).get("token") == bridge.token if bridge else False
        return Answer(400) if full and path_of(request) == "/callback/add" else request


@variant("error body", "risky")
class ErrorsAsJson(Variant):
    """A 401 has a JSON body."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if answer.status != 401:
            return answer
        body = b'{"error":"unauthorized"}'
        return Answer(401, (("Content-Type", "application/json"), ("Content-Length", str(len(body)))), body)


@variant("header", "harmless")
class CharsetTold(Variant):
    """The Content-Type has a charset."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        headers = tuple(
            (name, f"{value}; charset=utf-8" if name == "Content-Type" and value == "application/json" else value)
            for name, value in answer.headers
        )
        return Answer(answer.status, headers, answer.body, answer.cut)


@variant("paging", "risky")
class ShortLog(Variant):
    """`/log` answers two entries if `count` is missing."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        return (
            with_query(request, count="2")
            if path_of(request) == "/log" and "count" not in query_of(request)
            else request
        )


@variant("side effect", "breaking")
class UnlatchUnlocks(Variant):
    """The unlatch action unlocks only."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        return with_query(request, action="1") if query_of(request).get("action") == "3" else request


@variant("timing", "breaking")
class ShortWindow(Variant):
    """The button counts for ten seconds after /auth, not for thirty."""

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if path_of(request) != "/auth" or b"token" not in answer.body or turn.now < request.at + 10 * SECOND:
            return answer
        return edit_json(answer, lambda document: {"success": False})


@variant("key gone", "breaking")
class NewsWithoutName(Variant):
    """Callbacks have no `stateName`."""

    def on_delivery(self, turn: Turn, delivery: Delivery) -> Delivery:
        document = json.loads(delivery.body)
        document.pop("stateName", None)
        delivery.body = json.dumps(document, separators=(",", ":")).encode()
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
