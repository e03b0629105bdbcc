"""Changes that a Core API release might bring, for practice in detecting them. No vendor has announced them.

The vendor tries a change on its pre-release servers first (chapter *Pre-Release Servers*). So do variants: only the
pre-release servers run them, unless the variant's id ends in `:live`. The one change that the document announces is not a
variant: support's `pre_release` makes 1.0.0 the default API version.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec

from locksim.engine.inputs import Answer, Request
from locksim.engine.timestamps import HOUR, MINUTE, SECOND
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant, edit_json, variant
from locksim.noke import serialization
from locksim.noke.errors import BadInput, BadKey, NokeError, Unreadable
from locksim.noke.products import FAMILIES
from locksim.noke.state import PRE_RELEASE, UNLIMITED, Database, LockRecord, State

__all__ = ["CATALOGUE"]

_Document = dict[str, Any]
"""An answer's JSON: the envelope."""


class _Release(Variant):
    """A change that only the pre-release servers run, until it is live."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        return self.change_request(turn, request) if self._runs(turn) else request

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return self.change_answer(turn, request, answer) if self._runs(turn) else answer

    def _runs(self, turn: Turn) -> bool:
        return self.live or turn.site.endswith(PRE_RELEASE)

    def change_request(self, turn: Turn, request: Request) -> Request:
        """Return the request that the server sees."""
        return request

    def change_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        """Return the answer that the caller gets."""
        return edit_json(answer, lambda document: self.change_document(turn, request, document))

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        """Return the JSON that the caller gets."""
        return document


class _EachLock(_Release):
    """A change of each lock in /lock/."""

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        if _call(request) != "/lock":
            return document
        return _with_locks(document, lambda locks: list(map(self.change_lock, locks)))

    def change_lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        """Return a lock as the caller sees it."""
        return lock


def _call(request: Request) -> str:
    return request.target.partition("?")[0].removesuffix("/")


def _body(request: Request) -> dict[str, Any]:
    """Return the body's JSON object; {} when it is invalid: the server refuses such a body itself."""
    try:
        return serialization.parse_body(request.body)
    except BadInput:
        return {}


def _with_body(request: Request, body: dict[str, Any]) -> Request:
    return msgspec.structs.replace(request, body=json.dumps(body).encode())


def _with_locks(document: _Document, edit: Callable[[list[Any]], list[Any]]) -> _Document:
    return document | {"data": {"locks": edit(document["data"]["locks"])}} if "data" in document else document


def _as_failure(document: _Document, error: NokeError) -> _Document:
    """Return the answer of the same call when it fails as a whole."""
    head = {"result": "failure", "message": error.sentence, "error_code": error.code}
    return head | {key: document[key] for key in ("request", "api_version") if key in document}


def _base(turn: Turn) -> Database:
    state: State = turn.state
    return state.database(turn.site.removesuffix(PRE_RELEASE))


@variant("key gone", "breaking")
class FirmwareRenamed(_EachLock):
    """A lock's `fw_version` is called `firmware`."""

    def change_lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return {"firmware" if key == "fw_version" else key: value for key, value in lock.items()}


@variant("type", "breaking")
class BatteriesInVolts(_EachLock):
    """Batteries are in volts (2.975), not in millivolts."""

    def change_lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return lock | {name: lock[name] / 1000 for name in ("internal_battery", "external_battery")}


@variant("enum value", "risky")
class NewLocksAreNew(_EachLock):
    """A lock that was never set up has the status `new`, not `setup`."""

    def change_lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return lock | ({"status": "new"} if lock["status"] == "setup" and not lock["setup_count"] else {})


@variant("key new", "harmless")
class ProductNamed(_EachLock):
    """Each lock has a new key `product`, its product's name."""

    def change_lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return lock | {"product": FAMILIES[lock["hw_version"]].name}


@variant("paging", "risky")
class ShortList(_Release):
    """/lock/ lists at most two locks when none are named."""

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        body = _body(request)
        unfiltered = _call(request) == "/lock" and not body.get("macs") and not body.get("serials")
        return _with_locks(document, lambda locks: locks[:2]) if unfiltered else document


@variant("status", "breaking")
class LocksByNameAlone(_Release):
    """/lock/ without macs and serials is refused, as its description says; it no longer lists all locks."""

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        body = _body(request)
        if _call(request) != "/lock" or body.get("macs") or body.get("serials") or document["error_code"]:
            return document
        return _as_failure(document, BadInput("macs or serials must name one lock at least"))


@variant("status", "breaking")
class IssuedIsCreated(_Release):
    """/qc/issue/ answers a success with 201, not 200."""

    def change_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if request.method != "POST" or _call(request) != "/qc/issue":
            return answer
        done = json.loads(answer.body)["result"] == "success"
        return msgspec.structs.replace(answer, status=201) if done else answer


@variant("status", "breaking")
class MixedIsFailure(_Release):
    """/keys/ and /fobs/issue/ answer `failure` when one item fails, though the other items are done."""

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        if _call(request) not in ("/keys", "/fobs/issue") or document["error_code"] or not document["error_details"]:
            return document
        first = document["error_details"][0]
        return document | {"result": "failure", "message": first["msg"], "error_code": first["error_code"]}


@variant("null", "breaking")
class NoErrorIsNull(_Release):
    """`error_details` is null when nothing failed, for keys and fobs, too; it was an empty array."""

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        return document | {"error_details": None} if document.get("error_details") == [] else document


@variant("error body", "risky")
class CompanyNotFound(_Release):
    """A refused API key gets error_code 6 (company not found), not 2."""

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        return (
            document | {"message": "company not found", "error_code": 6}
            if document["error_code"] == BadKey.code
            else document
        )


@variant("order", "harmless")
class RequestFirst(_Release):
    """Answers begin with `request` and `api_version`."""

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        return {key: document[key] for key in ("request", "api_version") if key in document} | document


@variant("header", "harmless")
class CharsetNamed(_Release):
    """The Content-Type of failures names the charset."""

    def change_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if b'"result":"failure"' not in answer.body:
            return answer
        headers = tuple((n, f"{v}; charset=utf-8" if n == "Content-Type" else v) for n, v in answer.headers)
        return msgspec.structs.replace(answer, headers=headers)


@variant("side effect", "breaking")
class UsesKept(_Release):
    """A quick click that is issued again keeps the uses that it has left; it gets new uses only when none are left."""

    def change_request(self, turn: Turn, request: Request) -> Request:
        body = _body(request)
        mac, items = body.get("mac"), body.get("quick_clicks")
        lock = _base(turn).find(mac) if isinstance(mac, str) else None
        if _call(request) != "/qc/issue" or lock is None or not isinstance(items, list):
            return request
        return _with_body(request, body | {"quick_clicks": [self._kept(lock, item) for item in items]})

    def _kept(self, lock: LockRecord, item: Any) -> Any:
        """Return the item with the uses that are left; unchanged when it is invalid or new."""
        if not isinstance(item, dict) or type(item.get("uses")) is not int or not 1 <= item["uses"] <= UNLIMITED:
            return item
        click = lock.click(item.get("code", ""))
        return item | {"uses": click.uses} if click is not None and click.uses else item


@variant("timing", "breaking")
class LateUploadsRefused(_Release):
    """/upload/ refuses and ignores responses that a phone received more than a minute ago."""

    def change_request(self, turn: Turn, request: Request) -> Request:
        body, logs = _body(request), self._logs(request)
        unread = [log | {"responses": []} if self._late(turn, log) else log for log in logs]
        return _with_body(request, body | {"logs": unread}) if unread != logs else request

    def change_document(self, turn: Turn, request: Request, document: _Document) -> _Document:
        if document["error_code"] or not any(self._late(turn, log) for log in self._logs(request)):
            return document
        return _as_failure(document, Unreadable("the responses are more than a minute old"))

    def _logs(self, request: Request) -> list[Any]:
        logs = _body(request).get("logs") if _call(request) == "/upload" else None
        return logs if isinstance(logs, list) else []

    def _late(self, turn: Turn, log: Any) -> bool:
        received = log.get("received_time") if isinstance(log, dict) else None
        return isinstance(received, int) and received * SECOND < turn.now - MINUTE


@variant("timing", "breaking")
class KeysLapse(_Release):
    """An offline key lapses when no online unlock has brought it to its lock within an hour."""

    def change_request(self, turn: Turn, request: Request) -> Request:
        self._lapse(turn)
        return request

    def change_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        self._lapse(turn)
        return answer

    def _lapse(self, turn: Turn) -> None:
        """Revoke keys that are pending for an hour, counted from when the variant first sees them."""
        for lock in _base(turn).locks:
            for place in lock.places:
                if place.status == "pending" and not place.holder:
                    key = f"{lock.mac} {place.number} {place.generation}"
                    if turn.now - turn.variant_memory.setdefault(key, turn.now) >= HOUR:
                        place.apply("revoke")


CATALOGUE: tuple[type[Variant], ...] = (
    FirmwareRenamed,
    BatteriesInVolts,
    NewLocksAreNew,
    ProductNamed,
    ShortList,
    LocksByNameAlone,
    IssuedIsCreated,
    MixedIsFailure,
    NoErrorIsNull,
    CompanyNotFound,
    RequestFirst,
    CharsetNamed,
    UsesKept,
    LateUploadsRefused,
    KeysLapse,
)
