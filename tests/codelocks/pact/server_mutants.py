"""Servers with one planted fault each: the stand-in, and one thing that the API, or our stand-in, may get wrong.

They are found by the same laws as clients are, through the reference client: it keeps every law, so that whatever
breaks one is the server's.
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


class Served(Tampered):
    """A world whose API is tampered with."""

    @property
    def state(self) -> Any:
        """The account's state."""
        return self.core.state("codelocks")


def path(request: Request) -> str:
    return request.target.partition("?")[0]


def query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def asked(request: Request, **params: str) -> Request:
    """The same request with these parameters in place of its own."""
    target = f"{path(request)}?{urlencode(query(request) | params)}"
    return msgspec.structs.replace(request, target=target)


def with_key(request: Request, key: str) -> Request:
    headers = tuple((n, key if n.lower() == "x-api-key" else v) for n, v in request.headers)
    return msgspec.structs.replace(request, headers=headers)


def is_netcode(request: Request) -> bool:
    return path(request).startswith("/n/")


def refused(status: int, what: str = "[Invalid Data] x") -> Answer:
    return answer_of({"Message": f'["{what}"]'}, status)


# ---- codes


class _Digits(Served):
    """Tells other digits."""

    def tells(self, digits: str) -> Any:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or not is_netcode(request):
            return answer
        said = said_by(answer)
        return answer_of(said | {"ActualNetcode": self.tells(said["ActualNetcode"])})


@server("CL-DET-1")
class CodesChangeWithTheDay(_Digits):
    """Answers the same question otherwise on another day."""

    def tells(self, digits: str) -> Any:
        return f"{(int(digits) + self.core.now // DAY) % 10 ** len(digits):0{len(digits)}d}"


@server("CL-CODE-1")
class DropsLeadingZeros(_Digits):
    """Writes codes as numbers are written."""

    def tells(self, digits: str) -> Any:
        return digits.lstrip("0")


@server("CL-CODE-1")
class CodeAsANumber(_Digits):
    """Answers a JSON number."""

    def tells(self, digits: str) -> Any:
        return int(digits)


@server("CL-TZ-1")
class ReadsStartsAsLocal(Served):
    """Takes a KitLock's start for London's time."""

    def hears(self, request: Request) -> Request | Answer:
        start = query(request).get("start", "")
        if (
            not is_netcode(request)
            or query(request).get("lockmodel") == "K3CONNECT"
            or not "2026-03-30" < start < "2026-10-25"
        ):
            return request
        hour = int(start[11:13])
        return request if not hour else asked(request, start=f"{start[:11]}{hour - 1:02}{start[13:]}")


class _Longer(Served):
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
        return asked(request, duration=str(int(duration) + self.by))


@server("CL-END-1")
class CodesEndAnHourEarly(_Longer):
    """Takes durations for one hour less."""

    by = -1


@server("CL-END-1")
class CodesEndAnHourLate(_Longer):
    """Takes durations for one hour more."""

    by = 1


@server("CL-MODEL-1")
class ModelsAreOneToTheServer(Served):
    """Answers a KL1060's code for every KitLock."""

    def hears(self, request: Request) -> Request | Answer:
        model = query(request).get("lockmodel", "")
        return asked(request, lockmodel="KL1060") if is_netcode(request) and model.startswith("KL1060") else request


# ---- utilities


@server("CL-INIT-1")
class AnswersAnOldSequence(Served):
    """Answers the same sequence for an hour."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._made: dict[str, Answer] = {}

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/u/1/init" or answer.status != 200:
            return answer
        return self._made.setdefault(query(request).get("lockmodel", ""), answer)


@server("CL-INIT-1")
class SequenceInLocalTime(Served):
    """Makes sequences in a time that is not UTC."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/u/1/init" or answer.status != 200:
            return answer
        said = said_by(answer)
        wall = f"{moment(self.core.now) + timedelta(hours=1):%y%m%d%H%M}"
        return answer_of(said | {"InitSeq": re.sub("#[0-9]{10}#", f"#{wall}#", said["InitSeq"])})


# ---- money and keys


@server("CL-QUOTA-1")
class RefusesWithinTheQuota(Served):
    """Refuses before the month's calls are spent."""

    _asked = 0

    def says(self, request: Request, answer: Answer) -> Answer:
        self._asked += is_netcode(request)
        return answer_of({"message": "Limit Exceeded"}, 429) if is_netcode(request) and self._asked > 2 else answer


@server("CL-ERR-1")
class AnyKeyWillDo(Served):
    """Lets every key in."""

    def hears(self, request: Request) -> Request | Answer:
        return with_key(request, self.state.api_key)


@server("CL-ERR-1")
class WrongKeyIsNotFound(Served):
    """Answers 404 to a wrong key."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return refused(404) if answer.status == 403 else answer


@server("CL-ERR-1")
class OnceDownAlwaysDown(Served):
    """Never recovers from having been down."""

    _down = False

    def says(self, request: Request, answer: Answer) -> Answer:
        self._down = self._down or answer.status == 502
        return refused(502) if self._down else answer


@server("CL-ROT-1")
class OldKeyGoesOn(Served):
    """Takes an access key that was changed."""

    def hears(self, request: Request) -> Request | Answer:
        name = "identifier" if is_netcode(request) else "accesskey"
        if name not in query(request) or (is_netcode(request) and query(request).get("lockmodel") != "K3CONNECT"):
            return request
        return asked(request, **{name: self.state.access_key})


# ---- phones


@server("CL-CLIENT-1")
class SaysUpdatedAndKeepsTheOld(Served):
    """Answers Updated, and updates nothing."""

    def hears(self, request: Request) -> Request | Answer:
        if request.method != "PUT":
            return request
        fields = dict(parse_qsl(request.body.decode()))
        return answer_of({"result": "Updated", "lockid": path(request).split("/")[4], "email": fields["clientemail"]})


@server("CL-CLIENT-1")
class ForgetsSundays(Served):
    """Lists no Sunday."""

    def says(self, request: Request, answer: Answer) -> Answer:
        body = answer.body.replace(b'"sun":true', b'"sun":false')
        return answer if body == answer.body else answer_of(said_by(msgspec.structs.replace(answer, body=body)))


@server("CL-INVITE-1")
class InvitationsLookActive(Served):
    """Lists who was invited as active."""

    def says(self, request: Request, answer: Answer) -> Answer:
        body = answer.body.replace(b'"status":"INVITED"', b'"status":"ACTIVE"')
        return answer if body == answer.body else answer_of(said_by(msgspec.structs.replace(answer, body=body)))


# ---- audits


class _Audits(Served):
    """Tells audits otherwise."""

    def tells(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if not path(request).endswith("/audit") or answer.status != 200:
            return answer
        return answer_of(self.tells(said_by(answer), int(query(request)["page"])))


@server("CL-AUDIT-1")
class PagesOverlap(Served):
    """Begins each page with the last entry of the one before."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if not path(request).endswith("/audit") or answer.status != 200:
            return answer
        page = said_by(answer)
        before, self._last = getattr(self, "_last", []), page[-1:]
        return answer_of([*before, *page][: int(query(request)["perpage"])] if query(request)["page"] != "1" else page)


@server("CL-AUDIT-1")
class TheLatestIsMissing(_Audits):
    """Leaves out the last entry of a page that is not full."""

    def tells(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        return page[:-1] if len(page) < 50 else page


@server("CL-AUDIT-1")
class IgnoresTheOrder(_Audits):
    """Answers the newest first, whatever was asked for."""

    def tells(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        return page[::-1]


@server("CL-AUDIT-2")
class HidesWhatItHeard(_Audits):
    """Shows refusals alone."""

    def tells(self, page: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
        return [entry for entry in page if entry["EntryType"].endswith("REFUSED")]
