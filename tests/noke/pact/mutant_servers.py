"""Server mutants: the simulator with one mistake of a server.

The laws find them through the reference client. It keeps every law, so a broken law is the server's.
"""

from __future__ import annotations

import json
from typing import Any

import msgspec

from locksim.engine.inputs import Answer, Request
from tests.noke.pact.mutants import server
from tests.planted import Tampered, answer_of, said_by

Document = dict[str, Any]


def operation(request: Request) -> str:
    return request.target.partition("?")[0].strip("/")


def body_of(request: Request) -> Document:
    return dict(json.loads(request.body or b"{}"))


def with_body(request: Request, body: Document) -> Request:
    """Return the request with this body."""
    return msgspec.structs.replace(request, body=json.dumps(body).encode())


class Serving(Tampered):
    """A world whose server is tampered with: `tells` changes successful and failed answers."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or answer.cut is not None:
            return answer
        document = said_by(answer)
        changed = self.tells(request, document)
        return answer if changed is None else answer_of(changed)

    def tells(self, request: Request, document: Document) -> Document | None:
        """Return another document, or None for the same."""
        return None

    @property
    def state(self) -> Any:
        """The state of the vendor."""
        return self.core.state("noke")

    def records(self) -> list[Any]:
        """Return the records of all locks."""
        return list(self.state.records())

    def clicks_in(self, request: Request, document: Document) -> list[Document]:
        """Return every quick click in an answer."""
        if not operation(request).startswith("qc") or not document.get("data"):
            return []
        return [click for entry in document["data"] for click in entry["quick_clicks"]]


def responses_in(request: Request) -> set[str]:
    return {response for log in body_of(request)["logs"] for response in log["responses"]}


def failure(request: Request, code: int, message: str) -> Answer:
    return answer_of({"result": "failure", "message": message, "error_code": code, "request": operation(request)})


def as_success(document: Document, **more: Any) -> Document:
    return document | {"result": "success", "message": "Command successfully completed", "error_code": 0} | more


# ---- answers


@server("NO-RESULT-1")
class UnknownLockSucceeds(Serving):
    """Answers an unknown lock with a success."""

    def tells(self, request: Request, document: Document) -> Document | None:
        return as_success(document, data=[]) if document.get("error_code") == 7 else None


@server("NO-PART-1")
class HidesErrorDetails(Serving):
    """Leaves error_details out."""

    def tells(self, request: Request, document: Document) -> Document | None:
        return document | {"error_details": None} if document.get("error_details") else None


@server("NO-PART-1")
class SettingsAlwaysSucceed(Serving):
    """Answers every setting with SUCCESS."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) != "lock/settings" or not document.get("data"):
            return None
        return document | {
            "data": {"locks": [e | {"messages": ["SUCCESS: saved settings"]} for e in document["data"]["locks"]]}
        }


@server("NO-VERS-1")
class IgnoresTheVersionAsked(Serving):
    """Answers in its default version, whatever was asked for."""

    def hears(self, request: Request) -> Request | Answer:
        if not operation(request).startswith("qc"):
            return request
        return with_body(request, {name: value for name, value in body_of(request).items() if name != "api_version"})


# ---- quick clicks


@server("NO-LIMIT-1")
class LongCodesAreRefused(Serving):
    """Refuses codes of more than 16 characters."""

    def hears(self, request: Request) -> Request | Answer:
        if operation(request) == "qc/issue" and any(len(c["code"]) > 16 for c in body_of(request)["quick_clicks"]):
            return failure(request, 3, "a code is too long")
        return request


@server("NO-LIMIT-1")
class OnlyNinetyFit(Serving):
    """Takes only 90 quick clicks a lock."""

    def hears(self, request: Request) -> Request | Answer:
        if operation(request) == "qc/issue":
            full = {record.mac for record in self.records() if len(record.clicks) >= 90}
            if body_of(request)["mac"] in full:
                return failure(request, 3, "the lock is full")
        return request


@server("NO-QC-1")
class StripsLeadingZeros(Serving):
    """Removes leading zeros from codes."""

    def hears(self, request: Request) -> Request | Answer:
        if operation(request) != "qc/issue":
            return request
        body = body_of(request)
        for click in body["quick_clicks"]:
            click["code"] = str(int(click["code"])) + "000"[: max(0, 3 - len(str(int(click["code"]))))]
        return with_body(request, body)


@server("NO-SLOT-1")
class PlacesAreNeverFreed(Serving):
    """Keeps revoked codes for ever."""

    def hears(self, request: Request) -> Request | Answer:
        self.kept = [(record, click) for record in self.records() for click in record.clicks if click.revoked]
        return request

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "upload":
            for record, click in self.kept:
                if click not in record.clicks:
                    record.clicks.append(click)
        return None


@server("NO-SYNC-1")
class PendingIsNeverShown(Serving):
    """Shows every code as synced."""

    def tells(self, request: Request, document: Document) -> Document | None:
        for click in self.clicks_in(request, document):
            click["pending"] = False
        return document


@server("NO-REVOKE-1")
class HidesRevokedCodes(Serving):
    """Shows no revoked codes."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "qc/display" and document.get("data"):
            for entry in document["data"]:
                entry["quick_clicks"] = [click for click in entry["quick_clicks"] if not click["revoked"]]
        return document


# ---- commands


class _Commands(Serving):
    """A server that changes the commands in its answers."""

    def changed(self, packets: list[str]) -> list[str]:
        raise NotImplementedError

    def tells(self, request: Request, document: Document) -> Document | None:
        data = document.get("data")
        if isinstance(data, dict) and "commands" in data:
            data["commands"] = "+".join(self.changed(data["commands"].split("+")))
        return document


@server("NO-CMD-1")
class DropsAPacket(_Commands):
    """Drops the last packet."""

    def changed(self, packets: list[str]) -> list[str]:
        return packets[:-1]


@server("NO-CMD-1")
class SwapsPackets(_Commands):
    """Swaps the first two packets."""

    def changed(self, packets: list[str]) -> list[str]:
        return [*reversed(packets[:2]), *packets[2:]]


@server("NO-FRESH-1")
class AnswersOldCommands(Serving):
    """Answers a lock's first commands again."""

    def tells(self, request: Request, document: Document) -> Document | None:
        data = document.get("data")
        if operation(request) != "unlock" or not isinstance(data, dict):
            return None
        cache = self.__dict__.setdefault("cache", {})
        return document | {"data": cache.setdefault(body_of(request)["mac"], data)}


@server("NO-SETUP-1")
class NeverBecomesReady(Serving):
    """Takes the confirmation of a set-up, but still waits for it."""

    def hears(self, request: Request) -> Request | Answer:
        self.waiting = [record for record in self.records() if not record.set_up]
        return request

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "upload":
            for record in self.waiting:
                record.set_up = False
        return None


class _AsUnlock(Serving):
    """A server that answers unlock commands to another call."""

    of = ""

    def hears(self, request: Request) -> Request | Answer:
        if operation(request) != self.of:
            return request
        return msgspec.structs.replace(request, target="/unlock/")


@server("NO-ENGAGE-1")
class EngageCommandsDoNothing(_AsUnlock):
    """Answers /engagelock/ with unlock commands."""

    of = "engagelock"


@server("NO-SHACKLE-1")
class UnshackleOnlyUnlocks(_AsUnlock):
    """Answers /unshackle/ with unlock commands."""

    of = "unshackle"


@server("NO-FW-1")
class UpdateModeIsAnUnlock(_AsUnlock):
    """Answers /fwupdate/ with unlock commands."""

    of = "fwupdate"


# ---- uploads, keys, servers


@server("NO-UPLOAD-1")
class RefusesRepeatedUploads(Serving):
    """Refuses responses that were uploaded before."""

    def hears(self, request: Request) -> Request | Answer:
        if operation(request) == "upload" and responses_in(request) & self.__dict__.setdefault("seen", set()):
            return failure(request, 101, "this was uploaded before")
        return request

    def says(self, request: Request, answer: Answer) -> Answer:
        if operation(request) == "upload" and answer.status == 200 and said_by(answer)["error_code"] == 0:
            self.__dict__.setdefault("seen", set()).update(responses_in(request))
        return answer


@server("NO-UPLOAD-1")
class LosesUploads(Serving):
    """Answers an upload with a success, and ignores it."""

    def hears(self, request: Request) -> Request | Answer:
        if operation(request) == "upload":
            return answer_of(as_success({"request": "upload"}))
        return request


@server("NO-ENV-1")
class AnyServersKeyWillDo(Serving):
    """Takes the other server's API keys."""

    def hears(self, request: Request) -> Request | Answer:
        base = self.state.database(request.site.removesuffix("-pre-release"))
        key = base.mobile_api_key if operation(request) == "upload" else base.api_key
        headers = tuple((n, f"Bearer {key}" if n.lower() == "authorization" else v) for n, v in request.headers)
        return msgspec.structs.replace(request, headers=headers)


@server("NO-ENV-1")
class ShowsTheOtherServersLocks(Serving):
    """Lists the locks of all servers."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) != "lock" or body_of(request) or not document.get("data"):
            return None
        seen = {lock["mac"] for lock in document["data"]["locks"]}
        sample = document["data"]["locks"][0]
        others = [sample | {"mac": record.mac} for record in self.records() if record.mac not in seen]
        return document | {"data": {"locks": document["data"]["locks"] + others}}


@server("NO-SYNC-1")
class FlagsAreAlwaysNone(Serving):
    """Shows no flags."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "lock" and document.get("data"):
            for lock in document["data"]["locks"]:
                lock["flags"] = "none"
        return document


@server("NO-REVOKE-1")
class RevokedKeysStayOnTheLock(Serving):
    """Forgets a revoked key without removing it from the lock."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "keys":
            for record in self.records():
                for place in record.places:
                    if place.status == "revoked":
                        place.status = "free"
        return None


@server("NO-FOBREV-1")
class FobKeepsItsPlace(Serving):
    """Revokes a fob without removing its key from the lock."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "fobs/revoke":
            for record in self.records():
                for place in record.places:
                    if place.status == "revoked" and place.holder:
                        place.status = "live"
        return None


@server("NO-RESET-1")
class OldValuesAfterAReset(Serving):
    """Answers the offline keys of before a reset."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "keys" and document.get("data"):
            cache: dict[tuple[str, str], Document] = self.__dict__.setdefault("cache", {})
            for lock in document["data"]["locks"]:
                lock["keys"] = [cache.setdefault((lock["mac"], key["tracking_key"]), key) for key in lock["keys"]]
        return document


@server("NO-FOB-1")
class FobsAreSyncedAtOnce(Serving):
    """Shows a fob's new credentials as synced."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request).startswith("fobs/") and isinstance(document.get("data"), list):
            for fob in document["data"]:
                for lock in fob["locks"]:
                    lock["status"] = {"pending": "synced"}.get(lock["status"], lock["status"])
        return document


# ---- what is shown


@server("NO-ACT-1")
class RangesCollapse(Serving):
    """Answers recorded_time as the time of every event."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "activity" and document.get("data"):
            for event in document["data"]["activity"]:
                event["range_date_start"] = event["range_date_end"] = event["recorded_time"]
        return document


@server("NO-BATT-1")
class AnswersVolts(Serving):
    """Answers batteries in volts."""

    def tells(self, request: Request, document: Document) -> Document | None:
        if operation(request) == "lock" and document.get("data"):
            for lock in document["data"]["locks"]:
                lock["internal_battery"] //= 1000
        return document
