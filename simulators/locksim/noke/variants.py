"""Changes that a Core API release might bring: for practising to find them. None is announced by anybody.

A change is served on the pre-release servers first (chapter *Pre-Release Servers*), and so are these: the live servers, on
the same databases, stay as they are until it is planted with `:live` behind its id. The one change that the document does
announce is no variant: support's `pre_release` makes it (API version 1.0.0 as the default).
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

Said = dict[str, Any]
"""An answer's JSON: the envelope."""


class _Next(Variant):
    """What comes next; the pre-release servers alone run it, until it is live."""

    def on_request(self, turn: Turn, request: Request) -> Request | Answer:
        return self.asked(turn, request) if self._runs(turn) else request

    def on_answer(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        return self.told(turn, request, answer) if self._runs(turn) else answer

    def _runs(self, turn: Turn) -> bool:
        return self.live or turn.site.endswith(PRE_RELEASE)

    def asked(self, turn: Turn, request: Request) -> Request:
        """What a server that runs it hears of this."""
        return request

    def told(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        """What a server that runs it answers."""
        return edit_json(answer, lambda said: self.envelope(turn, request, said))

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        """The same, of an answer's JSON."""
        return said


class _OfLocks(_Next):
    """Tells each lock otherwise, in /lock/."""

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        return _with_locks(said, lambda locks: list(map(self.lock, locks))) if _call(request) == "/lock" else said

    def lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        """One lock."""
        return lock


def _call(request: Request) -> str:
    return request.target.partition("?")[0].removesuffix("/")


def _asked_for(request: Request) -> dict[str, Any]:
    """The body's JSON object; {} where it has none, which the server refuses by itself."""
    try:
        return serialization.parse_body(request.body)
    except BadInput:
        return {}


def _asking(request: Request, body: dict[str, Any]) -> Request:
    return msgspec.structs.replace(request, body=json.dumps(body).encode())


def _with_locks(said: Said, edit: Callable[[list[Any]], list[Any]]) -> Said:
    return said | {"data": {"locks": edit(said["data"]["locks"])}} if "data" in said else said


def _refusing(said: Said, error: NokeError) -> Said:
    """The same call's answer, had it been refused as a whole."""
    head = {"result": "failure", "message": error.sentence, "error_code": error.code}
    return head | {key: said[key] for key in ("request", "api_version") if key in said}


def _base(turn: Turn) -> Database:
    state: State = turn.state
    return state.database(turn.site.removesuffix(PRE_RELEASE))


@variant("key gone", "breaking")
class FirmwareRenamed(_OfLocks):
    """A lock's `fw_version` is called `firmware`."""

    def lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return {"firmware" if key == "fw_version" else key: value for key, value in lock.items()}


@variant("type", "breaking")
class BatteriesInVolts(_OfLocks):
    """Batteries are told in volts, 2.975, and not in millivolts."""

    def lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return lock | {name: lock[name] / 1000 for name in ("internal_battery", "external_battery")}


@variant("enum value", "risky")
class NewLocksAreNew(_OfLocks):
    """A lock that was never set up has the status `new`, where it had `setup`."""

    def lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return lock | ({"status": "new"} if lock["status"] == "setup" and not lock["setup_count"] else {})


@variant("key new", "harmless")
class ProductTold(_OfLocks):
    """Each lock tells its `product` by name."""

    def lock(self, lock: dict[str, Any]) -> dict[str, Any]:
        return lock | {"product": FAMILIES[lock["hw_version"]].name}


@variant("paging", "risky")
class ShortList(_Next):
    """/lock/ tells two locks at most, where none are named."""

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        body = _asked_for(request)
        whole = _call(request) == "/lock" and not body.get("macs") and not body.get("serials")
        return _with_locks(said, lambda locks: locks[:2]) if whole else said


@variant("status", "breaking")
class LocksByNameAlone(_Next):
    """/lock/ without macs and serials is refused, as its description has it, where it told all locks."""

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        body = _asked_for(request)
        if _call(request) != "/lock" or body.get("macs") or body.get("serials") or said["error_code"]:
            return said
        return _refusing(said, BadInput("macs or serials must name one lock at least"))


@variant("status", "breaking")
class IssuedIsCreated(_Next):
    """/qc/issue/ answers 201 when it has issued what was asked for, not 200."""

    def told(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if request.method != "POST" or _call(request) != "/qc/issue":
            return answer
        done = json.loads(answer.body)["result"] == "success"
        return msgspec.structs.replace(answer, status=201) if done else answer


@variant("status", "breaking")
class MixedIsFailure(_Next):
    """/keys/ and /fobs/issue/ answer `failure` as soon as one item fails, though the others are done."""

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        if _call(request) not in ("/keys", "/fobs/issue") or said["error_code"] or not said["error_details"]:
            return said
        first = said["error_details"][0]
        return said | {"result": "failure", "message": first["msg"], "error_code": first["error_code"]}


@variant("null", "breaking")
class NoTroubleIsNull(_Next):
    """`error_details` is null where nothing failed, for keys and fobs too, where it was an empty array."""

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        return said | {"error_details": None} if said.get("error_details") == [] else said


@variant("error body", "risky")
class CompanyNotFound(_Next):
    """A refused API key gets error_code 6, company not found, and not 2."""

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        return said | {"message": "company not found", "error_code": 6} if said["error_code"] == BadKey.code else said


@variant("order", "harmless")
class RequestFirst(_Next):
    """Answers begin with `request` and `api_version`."""

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        return {key: said[key] for key in ("request", "api_version") if key in said} | said


@variant("header", "harmless")
class CharsetTold(_Next):
    """The Content-Type of failures tells the charset."""

    def told(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        if b'"result":"failure"' not in answer.body:
            return answer
        headers = tuple((n, f"{v}; charset=utf-8" if n == "Content-Type" else v) for n, v in answer.headers)
        return msgspec.structs.replace(answer, headers=headers)


@variant("side effect", "breaking")
class UsesKept(_Next):
    """A quick click that is issued again keeps the uses that it has left; it gets new ones when it has none."""

    def asked(self, turn: Turn, request: Request) -> Request:
        body = _asked_for(request)
        mac, items = body.get("mac"), body.get("quick_clicks")
        lock = _base(turn).find(mac) if isinstance(mac, str) else None
        if _call(request) != "/qc/issue" or lock is None or not isinstance(items, list):
            return request
        return _asking(request, body | {"quick_clicks": [self._kept(lock, item) for item in items]})

    def _kept(self, lock: LockRecord, item: Any) -> Any:
        """The item with the uses that are left; untouched, where it is refused or new."""
        if not isinstance(item, dict) or type(item.get("uses")) is not int or not 1 <= item["uses"] <= UNLIMITED:
            return item
        click = lock.click(item.get("code", ""))
        return item | {"uses": click.uses} if click is not None and click.uses else item


@variant("timing", "breaking")
class LateUploadsRefused(_Next):
    """/upload/ refuses, and does not learn, what a phone received more than a minute ago."""

    def asked(self, turn: Turn, request: Request) -> Request:
        body, logs = _asked_for(request), self._logs(request)
        unread = [log | {"responses": []} if self._late(turn, log) else log for log in logs]
        return _asking(request, body | {"logs": unread}) if unread != logs else request

    def envelope(self, turn: Turn, request: Request, said: Said) -> Said:
        if said["error_code"] or not any(self._late(turn, log) for log in self._logs(request)):
            return said
        return _refusing(said, Unreadable("the responses are more than a minute old"))

    def _logs(self, request: Request) -> list[Any]:
        logs = _asked_for(request).get("logs") if _call(request) == "/upload" else None
        return logs if isinstance(logs, list) else []

    def _late(self, turn: Turn, log: Any) -> bool:
        received = log.get("received_time") if isinstance(log, dict) else None
        return isinstance(received, int) and received * SECOND < turn.now - MINUTE


@variant("timing", "breaking")
class KeysLapse(_Next):
    """An offline key that no online unlock has brought to its lock within an hour lapses."""

    def asked(self, turn: Turn, request: Request) -> Request:
        self._lapse(turn)
        return request

    def told(self, turn: Turn, request: Request, answer: Answer) -> Answer:
        self._lapse(turn)
        return answer

    def _lapse(self, turn: Turn) -> None:
        """Revoke what is pending for an hour; what is seen pending for the first time was issued now."""
        for lock in _base(turn).locks:
            for place in lock.places:
                if place.status == "pending" and not place.holder:
                    key = f"{lock.mac} {place.number} {place.generation}"
                    if turn.now - turn.variant_memory.setdefault(key, turn.now) >= HOUR:
                        place.step("revoke")


CATALOGUE: tuple[type[Variant], ...] = (
    FirmwareRenamed,
    BatteriesInVolts,
    NewLocksAreNew,
    ProductTold,
    ShortList,
    LocksByNameAlone,
    IssuedIsCreated,
    MixedIsFailure,
    NoTroubleIsNull,
    CompanyNotFound,
    RequestFirst,
    CharsetTold,
    UsesKept,
    LateUploadsRefused,
    KeysLapse,
)
