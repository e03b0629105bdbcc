"""Server mutants: the simulator with one error that a bridge, or our simulator, could make.

The same laws detect them, through the reference client. It keeps every law, so that the bridge must have broken it.
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
    """A world with an altered bridge."""

    @property
    def bridge(self) -> Any:
        """The bridge."""
        return self.core.state("nuki").bridges[0]


def path(request: Request) -> str:
    return request.target.partition("?")[0]


def query(request: Request) -> dict[str, str]:
    return dict(parse_qsl(request.target.partition("?")[2], keep_blank_values=True))


def with_params(request: Request, **params: str) -> Request:
    """Return the request with these parameters added or replaced."""
    target = f"{path(request)}?{urlencode(query(request) | params)}"
    return msgspec.structs.replace(request, target=target)


@server("NK-AUTH-1")
class ShortWindow(Bridged):
    """Closes the /auth window after 10 seconds."""

    _called_at = 0

    def hears(self, request: Request) -> Request | Answer:
        self._called_at = request.at if path(request) == "/auth" else self._called_at
        return request

    def says(self, request: Request, answer: Answer) -> Answer:
        late = path(request) == "/auth" and self.core.now > self._called_at + 10 * SECOND
        return answer_of({"success": False}) if late else answer


@server("NK-AUTH-1")
class TokenOfItsOwn(Bridged):
    """Returns a new token, though one is set."""

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
    """Accepts every token."""

    def hears(self, request: Request) -> Request | Answer:
        return with_params(request, token=self.bridge.token or "") if "token" in query(request) else request


@server("NK-AUTH-3")
class WrongTokenIsNotFound(Bridged):
    """Answers 404 to a wrong token."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of(None, 404) if answer.status == 401 else answer


class _EditedStates(Bridged):
    """Changes the states in /lockState."""

    def edit(self, answer: dict[str, Any], lock: int) -> None:
        raise NotImplementedError

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 200 or path(request) != "/lockState":
            return answer
        document = said_by(answer)
        if "state" in document:
            self.edit(document, int(query(request)["nukiId"]))
        return answer_of(document)


@server("NK-STATE-1")
class NamesAreShifted(_EditedStates):
    """Gives unlocked the name unlatched."""

    def edit(self, answer: dict[str, Any], lock: int) -> None:
        if answer["state"] == 3:
            answer["stateName"] = "unlatched"


@server("NK-STATE-2")
class OfflineTellsLastKnown(Bridged):
    """Answers the last known state of an offline lock."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if answer.status != 503 or path(request) != "/lockState":
            return answer
        known = self.bridge.paired_lock(int(query(request)["nukiId"])).known
        names = {1: "locked", 3: "unlocked"}
        state = {"state": int(known.state), "stateName": names.get(int(known.state), "undefined")}
        return answer_of(state | {"batteryCritical": known.battery_critical, "success": True})


@server("NK-STATE-2")
class ReadsLagBehind(_EditedStates):
    """Answers the state of the read before."""

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self._read: dict[int, dict[str, Any]] = {}

    def edit(self, answer: dict[str, Any], lock: int) -> None:
        now = {"state": answer["state"], "stateName": answer["stateName"]}
        answer |= self._read.get(lock, now)
        self._read[lock] = now


@server("NK-STATE-3")
class MovingReadsDone(_EditedStates):
    """Answers the final state while the motor runs."""

    def edit(self, answer: dict[str, Any], lock: int) -> None:
        final = {2: (3, "unlocked"), 4: (1, "locked"), 7: (5, "unlatched")}
        answer["state"], answer["stateName"] = final.get(answer["state"], (answer["state"], answer["stateName"]))


@server("NK-ID-1")
class UnknownLockLooksOffline(Bridged):
    """Answers 503 for an unknown lock."""

    def says(self, request: Request, answer: Answer) -> Answer:
        return answer_of(None, 503) if answer.status == 404 and "nukiId" in query(request) else answer


@server("NK-BATT-1")
class BatteryIsAlwaysFine(Bridged):
    """Never reports a critical battery."""

    def says(self, request: Request, answer: Answer) -> Answer:
        body = answer.body.replace(b'"batteryCritical":true', b'"batteryCritical":false')
        return answer_of(json.loads(body)) if body != answer.body else answer


@server("NK-ACT-1")
class AJamIsASuccess(Bridged):
    """Reports success for every action."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) != "/lockAction" or answer.status != 200:
            return answer
        return answer_of(said_by(answer) | {"success": True})


@server("NK-ACT-2")
class OnceBusyAlwaysBusy(Bridged):
    """Answers 503 for ever after the first one."""

    _busy = False

    def says(self, request: Request, answer: Answer) -> Answer:
        self._busy = self._busy or answer.status == 503
        return answer_of(None, 503) if self._busy else answer


@server("NK-ACT-3")
class UnlatchOnlyUnlocks(Bridged):
    """Unlocks in place of unlatching."""

    def hears(self, request: Request) -> Request | Answer:
        return with_params(request, action="1") if query(request).get("action") == "3" else request


@server("NK-ACT-4")
class NoWaitIsIgnored(Bridged):
    """Ignores noWait."""

    def hears(self, request: Request) -> Request | Answer:
        return with_params(request, noWait="0") if query(request).get("noWait") == "1" else request


@server("NK-CB-1")
class CallbacksStay(Bridged):
    """Answers that it removed a callback, and keeps it."""

    def hears(self, request: Request) -> Request | Answer:
        return answer_of({"success": True}) if path(request) == "/callback/remove" else request


@server("NK-CB-1")
class ForgetsTheCallbacksQuery(Bridged):
    """Stores a callback's URL up to its question mark."""

    def hears(self, request: Request) -> Request | Answer:
        url = query(request).get("url", "")
        return with_params(request, url=url.partition("?")[0]) if "?" in url else request


@server("NK-CB-4")
class RemovalRenumbers(Bridged):
    """Renumbers the remaining callbacks."""

    def says(self, request: Request, answer: Answer) -> Answer:
        if path(request) == "/callback/remove" and answer.status == 200:
            for slot, callback in enumerate(self.bridge.callbacks):
                callback.id = slot
        return answer


@server("NK-CB-2")
class ReadsLagAfterAPush(_EditedStates):
    """Answers the state of three seconds ago."""

    def edit(self, answer: dict[str, Any], lock: int) -> None:
        then = [m.truth.locks[lock] for m in self.truth_history if m.at < self.core.now - 3 * SECOND]
        if then and then[-1].state.name in ("LOCKED", "UNLOCKED"):
            answer |= {"state": then[-1].state.value, "stateName": then[-1].state.name.lower()}


@server("NK-DISC-1")
class DiscoveryStaysPublished(Bridged):
    """Publishes its address though discovery is disabled."""

    def says(self, request: Request, answer: Answer) -> Answer:
        document = said_by(answer) if path(request) == "/discover/bridges" else None
        if not document:
            return answer
        for bridge in document["bridges"]:
            bridge |= {"ip": "192.168.1.50", "port": 8080}
        return answer_of(document)
