"""Server mutants: the simulator with one mistake that the API, or the simulator, might make.

The laws find them through the reference client. It keeps every law, so that a broken law is the server's mistake.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from locksim.engine.inputs import Answer, Request
from locksim.engine.timestamps import moment
from tests.codelocks.pact.mutants import server
from tests.planted import Tampered, answer_of, said_by

DAY = 86_400_000_000


class CodelocksWorld(Tampered):
    """A world whose requests or answers are changed."""

    @property
    def state(self) -> Any:
        """Return the account's state."""
        return self.core.state("codelocks")


def path(request: Request) -> str:
    return request.target.partition("?")[0]


def query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def replace_query(request: Request, **params: str) -> Request:
    """Return the request with these query parameters replaced."""
    target = f"{path(request)}?{urlencode(query(request) | params)}"
    return msgspec.structs.replace(request, target=target)


def with_key(request: Request, key: str) -> Request:
    headers = tuple((n, key if n.lower() == "x-api-key" else v) for n, v in request.headers)
    return msgspec.structs.replace(request, headers=headers)


def is_netcode(request: Request) -> bool:
    return path(request).startswith("/n/")


def refusal(status: int) -> Answer:
    return answer_of({"Message": '["[Invalid Data] x"]'}, status)


# ---- codes


class _Digits(CodelocksWorld):
    """Answers other digits."""

    def change(self, digits: str) -> Any:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or not is_netcode(request):
            return answer
        document = said_by(answer)
        return answer_of(document | {"ActualNetcode": self.change(document["ActualNetcode"])})


@server("CL-DET-1")
class CodesChangeWithTheDay(_Digits):
    """Answers another code to the same request on another day."""

    def change(self, digits: str) -> Any:
        return f"{(int(digits) + self.core.now // DAY) % 10 ** len(digits):0{len(digits)}d}"


@server("CL-CODE-1")
class DropsLeadingZeros(_Digits):
    """Writes codes as numbers are written."""

    def change(self, digits: str) -> Any:
        return digits.lstrip("0")


@server("CL-CODE-1")
class CodeAsANumber(_Digits):
    """Answers a JSON number."""

    def change(self, digits: str) -> Any:
        return int(digits)


@server("CL-TZ-1")
class ReadsStartsAsLocal(CodelocksWorld):
    """Reads a KitLock's start as London time."""

    def hears(self, request: Request) -> Request | Answer:
        start = query(request).get("start", "")
        if (
            not is_netcode(request)
            or query(request).get("lockmodel") == "K3CONNECT"
            or not "2026-03-30" < start < "2026-10-25"
        ):
            return request
        hour = int(start[11:13])
        return request if not hour else replace_query(request, start=f"{start[:11]}{hour - 1:02}{start[13:]}")


class _OtherDuration(CodelocksWorld):
    """Answers for another duration."""

    by = 0

    def hears(self, request: Request) -> Request | Answer:
        duration = query(request).get("duration", "")
        if (
            not is_netcode(request)
            or not duration.isdecimal()
            or not 0 <= int(duration) + self.by < 12
            or int(duration) > 11
        ):
            return request
        return replace_query(request, duration=str(int(duration) + self.by))


@server("CL-END-1")
class CodesEndAnHourEarly(_OtherDuration):
    """Answers for durations that are an hour shorter."""

    by = -1


@server("CL-END-1")
class CodesEndAnHourLate(_OtherDuration):
    """Answers for durations that are an hour longer."""

    by = 1


@server("CL-MODEL-1")
class ModelsAreOneToTheServer(CodelocksWorld):
    """Answers the code of a KL1060 for every KL1060 model."""

    def hears(self, request: Request) -> Request | Answer:
        model = query(request).get("lockmodel", "")
        return (
            replace_query(request, lockmodel="KL1060")
            if is_netcode(request) and model.startswith("KL1060")
            else request
        )


# ---- utilities


@server("CL-INIT-1")
class AnswersAnOldSequence(CodelocksWorld):
    """Answers the same sequence for an hour."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._made: dict[str, Answer] = {}

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/u/1/init" or answer.status != 200:
            return answer
        return self._made.setdefault(query(request).get("lockmodel", ""), answer)


@server("CL-INIT-1")
class SequenceInLocalTime(CodelocksWorld):
    """Makes sequences in a local time instead of UTC."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/u/1/init" or answer.status != 200:
            return answer
        document = said_by(answer)
        wall = f"{moment(self.core.now) + timedelta(hours=1):%y%m%d%H%M}"
        return answer_of(document | {"InitSeq": re.sub("#[0-9]{10}#", f"#{wall}#", document["InitSeq"])})


@server("CL-INIT-3")
class IgnoresRandomid(CodelocksWorld):
    """Makes every sequence with the default identifier."""

    def hears(self, request: Request) -> Request | Answer:
        asked = path(request) == "/u/1/init" and "randomid" in query(request)
        return replace_query(request, randomid="false") if asked else request


@server("CL-INIT-2")
class IgnoresTheMasterCode(CodelocksWorld):
    """Makes every sequence with the factory's master code."""

    def hears(self, request: Request) -> Request | Answer:
        known = path(request) == "/u/1/init" and "mastercode" in query(request)
        return replace_query(request, mastercode="12345678") if known else request


# ---- quota and keys


@server("CL-QUOTA-1")
class RefusesWithinTheQuota(CodelocksWorld):
    """Refuses before the quota is used up."""

    _requests = 0

    def says(self, request: Request, answer: Answer) -> Answer:
        self._requests += is_netcode(request)
        return answer_of({"message": "Limit Exceeded"}, 429) if is_netcode(request) and self._requests > 2 else answer


@server("CL-ERR-1")
class AcceptsAnyKey(CodelocksWorld):
    """Accepts every API key."""

    def hears(self, request: Request) -> Request | Answer:
        return with_key(request, self.state.api_key)


@server("CL-ERR-1")
class WrongKeyIsNotFound(CodelocksWorld):
    """Answers 404 to a wrong key."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return refusal(404) if answer.status == 403 else answer


@server("CL-ERR-1")
class StaysDownForEver(CodelocksWorld):
    """Answers 502 for ever after the first one."""

    _down = False

    def says(self, request: Request, answer: Answer) -> Answer:
        self._down = self._down or answer.status == 502
        return refusal(502) if self._down else answer


@server("CL-ROT-1")
class AcceptsTheOldKey(CodelocksWorld):
    """Accepts an access key that was changed."""

    def hears(self, request: Request) -> Request | Answer:
        name = "identifier" if is_netcode(request) else "accesskey"
        if name not in query(request) or (is_netcode(request) and query(request).get("lockmodel") != "K3CONNECT"):
            return request
        return replace_query(request, **{name: self.state.access_key})


# ---- phones


@server("CL-CLIENT-1")
class AnswersUpdatedWithoutUpdating(CodelocksWorld):
    """Answers Updated without changing the periods."""

    def hears(self, request: Request) -> Request | Answer:
        if request.method != "PUT":
            return request
        fields = dict(parse_qsl(request.body.decode()))
        return answer_of({"result": "Updated", "lockid": path(request).split("/")[4], "email": fields["clientemail"]})


@server("CL-CLIENT-1")
class ForgetsSundays(CodelocksWorld):
    """Lists every period without Sunday."""

    def says(self, request: Request, answer: Answer) -> Answer:
        body = answer.body.replace(b'"sun":true', b'"sun":false')
        return answer if body == answer.body else answer_of(said_by(msgspec.structs.replace(answer, body=body)))


@server("CL-INVITE-1")
class InvitationsLookActive(CodelocksWorld):
    """Lists invited persons as active."""

    def says(self, request: Request, answer: Answer) -> Answer:
        body = answer.body.replace(b'"status":"INVITED"', b'"status":"ACTIVE"')
        return answer if body == answer.body else answer_of(said_by(msgspec.structs.replace(answer, body=body)))


class _ClaimsToChange(CodelocksWorld):
    """Answers a change without making it."""

    method = ""
    result = ""

    def hears(self, request: Request) -> Request | Answer:
        if request.method != self.method:
            return request
        email = dict(parse_qsl(request.body.decode()))["clientemail"]
        return answer_of({"result": self.result, "lockid": path(request).split("/")[4], "email": email})


@server("CL-SUSPEND-1")
class AnswersSuspendedWithoutSuspending(_ClaimsToChange):
    """Answers Suspended without suspending anybody."""

    method, result = "PATCH", "Suspended"


@server("CL-REMOVE-1")
class AnswersDeletedWithoutDeleting(_ClaimsToChange):
    """Answers Deleted without deleting anybody."""

    method, result = "DELETE", "Deleted"


@server("CL-INVITE-2")
class InvitesForOneOpeningOnly(CodelocksWorld):
    """Invites everybody for one opening."""

    def hears(self, request: Request) -> Request | Answer:
        body = request.body.replace(b"accesstype=STANDARD", b"accesstype=ONE_TIME")
        return msgspec.structs.replace(request, body=body)


# ---- locks


@server("CL-LIST-1")
class HidesALock(CodelocksWorld):
    """Lists only locks that were synced once."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/u/1/k3connect" or answer.status != 200:
            return answer
        return answer_of([lock for lock in said_by(answer) if lock["BatteryStatus"] != "UNKNOWN"])


@server("CL-BATT-2")
class NeverWarns(CodelocksWorld):
    """Answers that all batteries are full."""

    def says(self, request: Request, answer: Answer) -> Answer:
        body = answer.body.replace(b'"BatteryStatus":"LOW"', b'"BatteryStatus":"FULL"')
        return answer if body == answer.body else answer_of(said_by(msgspec.structs.replace(answer, body=body)))


# ---- audits


class _Audits(CodelocksWorld):
    """Changes pages of audits."""

    def change(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if not path(request).endswith("/audit") or answer.status != 200:
            return answer
        return answer_of(self.change(said_by(answer), int(query(request)["page"])))


@server("CL-AUDIT-1")
class PagesOverlap(CodelocksWorld):
    """Starts each page with the last entry of the page before."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if not path(request).endswith("/audit") or answer.status != 200:
            return answer
        page = said_by(answer)
        before, self._last = getattr(self, "_last", []), page[-1:]
        return answer_of([*before, *page][: int(query(request)["perpage"])] if query(request)["page"] != "1" else page)


@server("CL-AUDIT-1")
class TheLatestIsMissing(_Audits):
    """Omits the last entry of a page that is not full."""

    def change(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        return page[:-1] if len(page) < 50 else page


@server("CL-AUDIT-1")
class IgnoresTheOrder(_Audits):
    """Answers the newest entries first, whatever the page order."""

    def change(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        return page[::-1]


@server("CL-AUDIT-2")
class HidesOpenings(_Audits):
    """Shows only refusals in the audit."""

    def change(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        return [entry for entry in page if entry["EntryType"].endswith("REFUSED")]
