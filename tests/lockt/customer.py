"""A customer of Lockt in a world of its own, for the tests of the simulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from locksim.engine.inputs import Answer, CallerGone, Request
from locksim.inprocess.world import World
from locksim.lockt import VENDOR
from locksim.lockt.state import State

JSON = "application/json"


@dataclass(frozen=True)
class Reply:
    """An answer, as a client library shows it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def data(self) -> Any:
        assert self.status == 200, f"{self.status}: {self.body!r}"
        return self.json["data"]


@dataclass
class Waiting:
    """A call that may still be waiting for its answer."""

    pending_id: int
    answers: list[Answer] = field(default_factory=list)

    @property
    def reply(self) -> Reply:
        assert self.answers, "this call has not been answered yet"
        return _reply(self.answers[0])


class Customer:
    """One world, and a program that knows the customer's credentials."""

    def __init__(self, *, seed: int = 7, start: str = "2026-01-05T08:00:00Z", state: Any = None, **options: Any):
        given = None if state is None else {"lockt": state}
        self.world = World([VENDOR], seed=seed, start=start, state=given, **options)
        self.world.core.strict = True
        self.site = self.world.site("lockt")
        self.headers: dict[str, str] = {**self.site.credentials, "Content-Type": JSON}

    @property
    def state(self) -> State:
        state: State = self.site.state
        return state

    @property
    def misses(self) -> list[str]:
        return self.world.journal.misses()

    def pass_time(self, seconds: float) -> None:
        self.site.clock.advance(seconds)

    # ---- calls

    def request(self, method: str, path: str, body: Any = None, **headers: str | None) -> Request:
        """Make a request. `headers` override the usual ones; None removes one (`Content_Type=None`)."""
        sent: dict[str, str | None] = {**self.headers, **{name.replace("_", "-"): v for name, v in headers.items()}}
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        kept = tuple((name, value) for name, value in sent.items() if value is not None)
        return Request(self.world.core.now, "lockt", "api", method, "/api/v1" + path, kept, raw)

    def ask(self, request: Request) -> Reply:
        return _reply(self.world.ask("lockt", "api", request.method, request.target, request.headers, request.body))

    def get(self, path: str, /, **query: Any) -> Reply:
        return self.ask(self.request("GET", path + ("?" + urlencode(query, quote_via=quote) if query else "")))

    def post(self, path: str, body: Any) -> Reply:
        return self.ask(self.request("POST", path, body))

    def put(self, path: str, body: Any) -> Reply:
        return self.ask(self.request("PUT", path, body))

    def begin(self, method: str, path: str, body: Any = None) -> Waiting:
        """Send a request without waiting for the answer."""
        entry = self.world.apply(self.request(method, path, body))
        waiting = Waiting(entry.pending_id or 0)
        if entry.answer is not None:
            waiting.answers.append(entry.answer)
        else:
            self.world.core.waiters[waiting.pending_id] = waiting.answers.append
        return waiting

    def leave(self, waiting: Waiting) -> None:
        """Hang up."""
        self.world.apply(CallerGone(self.world.core.now, waiting.pending_id))

    # ---- shorthands

    def users(self, *records: dict[str, Any], **options: Any) -> Reply:
        """Send POST /user."""
        return self.post("/user", {"users": list(records), **({"options": options} if options else {})})

    def add(self, **fields: Any) -> int:
        """Create a user. Return its id."""
        record = {"first_name": "Toby", "last_name": "Peters", **fields}
        assert self.users(record).data["inserted"] == 1
        return max(self.state.users)

    def user(self, number: int) -> dict[str, Any]:
        """Return the user as the list shows it, with access levels."""
        found: dict[str, Any] = next(one for one in self.get("/user").data if one["id"] == number)
        return found

    def show(self, door: int, card: str | int) -> dict[str, Any]:
        """Show a card at a door."""
        return self.site.hardware.act(str(door), "present_card", card_num=card)

    def denied(self, door: int, card: str | int) -> str:
        """Show a card at a door. Return why the door refuses it; "" if it does not."""
        said = self.show(door, card)
        return "" if said["granted"] else str(said["reason"])

    def newest(self) -> dict[str, Any]:
        """Let all events arrive. Return the newest one."""
        self.pass_time(120)
        found: dict[str, Any] = self.get("/events").data[0]
        return found


def _reply(answer: Answer) -> Reply:
    return Reply(answer.status, dict(answer.headers), answer.body)
