"""A caller of a bridge in its own world, for the simulator's tests: it calls, waits and advances time."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import Answer, CallerGone, Request
from locksim.inprocess.vendors import NukiDevice
from locksim.inprocess.world import World
from locksim.nuki import VENDOR
from locksim.nuki.seed import BRIDGE
from locksim.nuki.state import State


@dataclass(frozen=True)
class Reply:
    """An answer as a client library shows it. `status` 0 means that the connection was reset."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.status == 200, f"{self.status}: {self.body!r}"
        return json.loads(self.body)


@dataclass
class PendingCall:
    """A call that may not be answered yet."""

    pending_id: int
    answers: list[Answer] = field(default_factory=list)

    def answered(self) -> bool:
        return bool(self.answers)

    @property
    def reply(self) -> Reply:
        assert self.answers, "the call is not answered yet"
        return _reply(self.answers[0])


class Caller:
    """One world with a bridge, and a caller in its network who knows the token."""

    def __init__(
        self,
        profile: str = "documented",
        *,
        seed: int = 7,
        state: dict[str, Any] | None = None,
        world: World | None = None,
        place: str = "bridge",
        clock_drift: float = 0,
        battery_drain: float = 0,
    ) -> None:
        given = None if state is None else {"nuki": state}
        self.world = world or World(
            [VENDOR], seed=seed, profile=profile, state=given, clock_drift=clock_drift, battery_drain=battery_drain
        )
        self.world.core.strict = True
        self.place = place
        """The site of the bridge that is called."""
        self.site = self.world.site("nuki")
        self.token: str = self.site.credentials.get(place, self.site.credentials)["token"]
        bridge = self.state.at(place)
        self.bridge: NukiDevice = self.site.hardware[str(bridge.server_id if bridge else BRIDGE)]
        self.received: list[tuple[str, Any]] = []
        """The callbacks that receivers got: URL and body, in the order of arrival."""

    @property
    def state(self) -> State:
        state: State = self.site.state
        return state

    @property
    def misses(self) -> list[str]:
        return self.site.journal.misses()

    @property
    def now(self) -> str:
        """The world's time to the second, as /list shows it."""
        return self.site.clock.iso[:19] + "+00:00"

    def lock(self, number: int) -> NukiDevice:
        return self.site.hardware[str(number)]

    def truth(self, number: int) -> int:
        """Return the lock's own state, whether or not the bridge knows it."""
        return int(self.lock(number).state["state"])

    def pass_time(self, seconds: float) -> None:
        self.site.clock.advance(seconds)

    # ---- calls

    def request(self, path: str, query: Mapping[str, Any], method: str = "GET", **raw: Any) -> Request:
        target = path + ("?" + urlencode(query, doseq=True, quote_via=quote) if query else "")
        return Request(self.world.core.now, "nuki", self.place, method, target, **raw)

    def get(self, path: str, method: str = "GET", /, **query: Any) -> Reply:
        """Call with the token and wait for the answer in the world's time. `token` replaces it; None leaves it out."""
        query = {name: value for name, value in {"token": self.token, **query}.items() if value is not None}
        return self.ask(self.request(path, query, method))

    def ask(self, request: Request) -> Reply:
        answer = self.world.ask("nuki", request.site, request.method, request.target, request.headers, request.body)
        return _reply(answer)

    def begin(self, path: str, **query: Any) -> PendingCall:
        """Call with the token, without waiting."""
        entry = self.world.apply(self.request(path, {"token": self.token, **query}))
        waiting = PendingCall(entry.pending_id or 0)
        if entry.answer is not None:
            waiting.answers.append(entry.answer)
        else:
            self.world.core.waiters[waiting.pending_id] = waiting.answers.append
        return waiting

    def leave(self, waiting: PendingCall) -> None:
        """Hang up."""
        self.world.apply(CallerGone(self.world.core.now, waiting.pending_id))

    # ---- shorthands

    def listed(self, number: int) -> dict[str, Any]:
        """Return the lock's item in /list."""
        found: dict[str, Any] = next(item for item in self.get("/list").json if item["nukiId"] == number)
        return found

    def known(self, number: int) -> int:
        """Return the last known state."""
        return int(self.listed(number)["lastKnownState"]["state"])

    def act(self, number: int, action: int, **query: Any) -> Any:
        """Call /lockAction and wait until the action is done."""
        return self.get("/lockAction", nukiId=number, action=action, **query).json

    def register(self, url: str, status: int = 200) -> str:
        """Register a callback and store what arrives there."""
        assert self.get("/callback/add", url=url).json == {"success": True}

        def receive(delivery: Delivery) -> int:
            self.received.append((url, json.loads(delivery.body)))
            return status

        self.world.deliveries.receive(url, receive)
        return url

    def reported_states(self, number: int) -> list[int]:
        """Return the states of this lock in the received callbacks, in order."""
        return [body["state"] for _, body in self.received if body["nukiId"] == number]


def _reply(answer: Answer) -> Reply:
    return Reply(answer.status, dict(answer.headers), answer.body)
