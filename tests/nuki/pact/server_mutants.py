"""Bridges with one planted fault each: the stand-in, and one thing that a bridge, or our stand-in, may get wrong.

They are found by the same laws as clients are, through the reference client: it keeps every law, so that whatever
breaks one is the bridge's.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec

from locksim.engine.inputs import Answer, Request
from tests.nuki.pact.mutants import server
from tests.planted import Tampered, answer_of, said_by

SECOND = 1_000_000


class Bridged(Tampered):
    """A world whose bridge is tampered with."""

    @property
    def state(self) -> Any:
        """The bridge's state."""
        return self.core.state("nuki")


def path(request: Request) -> str:
    return request.target.partition("?")[0]


def query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def asked(request: Request, **params: str) -> Request:
    """The same request with these parameters in place of its own."""
    target = f"{path(request)}?{urlencode(query(request) | params)}"
    return msgspec.structs.replace(request, target=target)


@server("NK-AUTH-1")
class ShortWindow(Bridged):
    """Gives the button 10 seconds."""

    _asked_at = 0

    def hears(self, request: Request) -> Request | Answer:
        self._asked_at = request.at if path(request) == "/auth" else self._asked_at
        return request

    def says(self, request: Request, answer: Answer) -> Answer:
        late = path(request) == "/auth" and self.core.now > self._asked_at + 10 * SECOND
        return answer_of({"success": False}) if late else answer


@server("NK-AUTH-1")
class TokenOfItsOwn(Bridged):
    """Answers a new token to everybody, though one is set."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/auth" or b"token" not in answer.body:
            return answer
        return answer_of({"token": "another-one", "success": True})


@server("NK-AUTH-2")
class DisabledLooksUnpressed(Bridged):
    """Answers `success: false` at a disabled /auth."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of({"success": False}) if answer.status == 403 else answer


@server("NK-AUTH-3")
class AnyTokenWillDo(Bridged):
    """Lets everybody in who has a token."""

    def hears(self, request: Request) -> Request | Answer:
        return asked(request, token=self.state.bridge.token or "") if "token" in query(request) else request


@server("NK-AUTH-3")
class WrongTokenIsNotFound(Bridged):
    """Answers 404 to a wrong token."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of(None, 404) if answer.status == 401 else answer


class _States(Bridged):
    """Tells states otherwise."""

    def tells(self, said: dict[str, Any], lock: int) -> None:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or path(request) != "/lockState":
            return answer
        said = said_by(answer)
        if "state" in said:
            self.tells(said, int(query(request)["nukiId"]))
        return answer_of(said)


@server("NK-STATE-1")
class NamesAreShifted(_States):
    """Calls unlocked unlatched."""

    def tells(self, said: dict[str, Any], lock: int) -> None:
        if said["state"] == 3:
            said["stateName"] = "unlatched"


@server("NK-STATE-2")
class OfflineTellsLastKnown(Bridged):
    """Answers for a lock that is out of reach what it last knew."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 503 or path(request) != "/lockState":
            return answer
        known = self.state.lock(int(query(request)["nukiId"])).known
        names = {1: "locked", 3: "unlocked"}
        said = {"state": int(known.state), "stateName": names.get(int(known.state), "undefined")}
        return answer_of(said | {"batteryCritical": known.battery_critical, "success": True})


@server("NK-STATE-2")
class ReadsLagBehind(_States):
    """Answers what it read the time before."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._read: dict[int, dict[str, Any]] = {}

    def tells(self, said: dict[str, Any], lock: int) -> None:
        now = {"state": said["state"], "stateName": said["stateName"]}
        said |= self._read.get(lock, now)
        self._read[lock] = now


@server("NK-STATE-3")
class MovingReadsDone(_States):
    """Tells the motor's aim while it moves."""

    def tells(self, said: dict[str, Any], lock: int) -> None:
        aims = {2: (3, "unlocked"), 4: (1, "locked"), 7: (5, "unlatched")}
        said["state"], said["stateName"] = aims.get(said["state"], (said["state"], said["stateName"]))


@server("NK-ID-1")
class UnknownLockLooksOffline(Bridged):
    """Answers 503 for a lock that it does not know."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of(None, 503) if answer.status == 404 and "nukiId" in query(request) else answer


@server("NK-BATT-1")
class BatteryIsAlwaysFine(Bridged):
    """Never tells of low batteries."""

    def says(self, request: Request, answer: Answer) -> Answer:
        body = answer.body.replace(b'"batteryCritical":true', b'"batteryCritical":false')
        return answer_of(json.loads(body)) if body != answer.body else answer


@server("NK-ACT-1")
class AJamIsASuccess(Bridged):
    """Has done everything that it was asked."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/lockAction" or answer.status != 200:
            return answer
        return answer_of(said_by(answer) | {"success": True})


@server("NK-ACT-2")
class OnceBusyAlwaysBusy(Bridged):
    """Never recovers from having been busy."""

    _busy = False

    def says(self, request: Request, answer: Answer) -> Answer:
        self._busy = self._busy or answer.status == 503
        return answer_of(None, 503) if self._busy else answer


@server("NK-ACT-3")
class UnlatchOnlyUnlocks(Bridged):
    """Knows no unlatching."""

    def hears(self, request: Request) -> Request | Answer:
        return asked(request, action="1") if query(request).get("action") == "3" else request


@server("NK-ACT-4")
class NoWaitIsIgnored(Bridged):
    """Answers when the motor is done, always."""

    def hears(self, request: Request) -> Request | Answer:
        return asked(request, noWait="0") if query(request).get("noWait") == "1" else request


@server("NK-CB-1")
class CallbacksStay(Bridged):
    """Says that it removed a callback, and keeps it."""

    def hears(self, request: Request) -> Request | Answer:
        return answer_of({"success": True}) if path(request) == "/callback/remove" else request


@server("NK-CB-1")
class ForgetsTheCallbacksQuery(Bridged):
    """Keeps a callback's URL up to its question mark."""

    def hears(self, request: Request) -> Request | Answer:
        url = query(request).get("url", "")
        return asked(request, url=url.partition("?")[0]) if "?" in url else request


@server("NK-CB-4")
class RemovalRenumbers(Bridged):
    """Gives the callbacks that are left new ids."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) == "/callback/remove" and answer.status == 200:
            for slot, callback in enumerate(self.state.bridge.callbacks):
                callback.id = slot
        return answer


@server("NK-CB-2")
class ReadsLagAfterAPush(_States):
    """Tells for some seconds after a push what was true before."""

    def tells(self, said: dict[str, Any], lock: int) -> None:
        then = [m.truth.locks[lock] for m in self.truth_history if m.at < self.core.now - 3 * SECOND]
        if then and then[-1].state.name in ("LOCKED", "UNLOCKED"):
            said |= {"state": then[-1].state.value, "stateName": then[-1].state.name.lower()}


@server("NK-DISC-1")
class DiscoveryStaysPublished(Bridged):
    """Publishes its address though that is switched off."""

    def says(self, request: Request, answer: Answer) -> Answer:
        said = said_by(answer) if path(request) == "/discover/bridges" else None
        if not said:
            return answer
        for bridge in said["bridges"]:
            bridge |= {"ip": "192.168.1.50", "port": 8080}
        return answer_of(said)
