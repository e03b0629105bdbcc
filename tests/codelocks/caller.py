"""A caller of the API in a world of its own, for the tests of the simulator."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from locksim.codelocks import VENDOR
from locksim.codelocks.state import DAYS, K3Lock, KitLock, State
from locksim.engine.timestamps import iso
from locksim.inprocess.vendors import CodelocksDevice
from locksim.inprocess.world import World

START = "2026-01-05T08:00:00Z"
FORM = ("Content-Type", "application/x-www-form-urlencoded")
WHOLE_DAY: dict[str, Any] = {"enabled": True, "starts": "00:00", "ends": "23:59"} | dict.fromkeys(DAYS, True)
ALWAYS: dict[str, Any] = {str(n): WHOLE_DAY for n in range(10)}


@dataclass(frozen=True)
class Reply:
    """An answer as a client library shows it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.status == 200, f"{self.status}: {self.body!r}"
        return json.loads(self.body)

    @property
    def messages(self) -> list[str]:
        """Return the sentences of an error of the API."""
        messages: list[str] = json.loads(json.loads(self.body)["Message"])
        return messages


class Caller:
    """A caller with the account's keys."""

    def __init__(
        self,
        profile: str = "documented",
        *,
        seed: int = 7,
        start: str | None = None,
        state: dict[str, Any] | None = None,
        clock_drift: float = 0,
        battery_drain: float = 0,
    ) -> None:
        states = None if state is None else {"codelocks": state}
        self.world = World(
            [VENDOR], seed=seed, profile=profile, start=start or START, state=states,
            clock_drift=clock_drift, battery_drain=battery_drain,
        )  # fmt: skip
        self.world.core.strict = True
        self.site = self.world.site("codelocks")
        self.key: str | None = self.site.credentials["api_key"]
        self.access: str = self.site.credentials["access_key"]

    @property
    def state(self) -> State:
        state: State = self.site.state
        return state

    @property
    def near_misses(self) -> list[str]:
        return self.site.journal.misses()

    @property
    def now(self) -> int:
        return self.world.core.now

    def device(self, name: str) -> CodelocksDevice:
        return self.site.hardware[name]

    def kitlock(self, name: str) -> KitLock:
        return self.state.kitlock(name)

    def k3lock(self, name: str) -> K3Lock:
        return self.state.k3lock(name)

    def advance_to(self, when: str) -> None:
        """Let time pass until `2026-01-05 16:00:00`, in UTC."""
        self.site.clock.advance(until=when.replace(" ", "T") + "Z")

    # ---- requests

    def send(self, method: str, target: str, *headers: tuple[str, str], body: bytes = b"") -> Reply:
        """Send a request with the API key."""
        key = [] if self.key is None else [("x-api-key", self.key)]
        answer = self.world.ask("codelocks", "api", method, target, (*key, *headers), body)
        return Reply(answer.status, dict(answer.headers), answer.body)

    def get(self, path: str, /, **query: Any) -> Reply:
        present = {name: value for name, value in query.items() if value is not None}
        return self.send("GET", path + ("?" + urlencode(present, doseq=True, quote_via=quote) if present else ""))

    def form(self, method: str, path: str, /, **fields: Any) -> Reply:
        present = {name: value for name, value in fields.items() if value is not None}
        return self.send(method, path, FORM, body=urlencode(present, doseq=True).encode())

    # ---- operations

    def netcode(self, lock: str, start: str, duration: int | str = 0, **query: Any) -> Reply:
        """Request a NetCode for a KitLock or a K3Connect lock of this world."""
        if any(kitlock.id == lock for kitlock in self.state.kitlocks):
            kitlock = self.kitlock(lock)
            path = f"/n/1/netcode/{kitlock.timecode}"
            own = {"lockmodel": kitlock.model, "identifier": kitlock.identifier}
        else:
            path, own = f"/n/1/netcode/{lock}", {"lockmodel": "K3CONNECT", "identifier": self.access}
        return self.get(path, **({"start": start, "duration": duration} | own | query))

    def code(self, lock: str, start: str, duration: int | str = 0, **query: Any) -> str:
        code: str = self.netcode(lock, start, duration, **query).json["ActualNetcode"]
        return code

    def opens(self, lock: str, code: str) -> bool:
        return bool(self.device(lock).enter_netcode(code=code)["opened"])

    def k3connect(self, lock: str, rest: str = "", **query: Any) -> Reply:
        return self.get(f"/u/1/k3connect/{lock}{rest}", **({"accesskey": self.access} | query))

    def clients(self, lock: str) -> list[dict[str, Any]]:
        clients: list[dict[str, Any]] = self.k3connect(lock, "/clients", page=1, perpage=100).json["clients"]
        return clients

    def client(self, method: str, lock: str, email: str, **fields: Any) -> Reply:
        form = {"accesskey": self.access, "clientemail": email} | fields
        return self.form(method, f"/u/1/k3connect/{lock}/client", **form)

    def invite(self, lock: str, email: str, periods: Any = None, **fields: Any) -> Reply:
        form = {"activeperiods": json.dumps(ALWAYS if periods is None else periods), "accesstype": "STANDARD"}
        return self.client("POST", lock, email, **(form | {"message": "Welcome"} | fields))

    def audit(self, lock: str, page: int = 1, perpage: int = 100, order: str = "ascending") -> list[dict[str, Any]]:
        query = {"page": page, "perpage": perpage, "pageorder": order}
        entries: list[dict[str, Any]] = self.k3connect(lock, "/audit", **query).json
        return entries


def start_text(us: int) -> str:
    """Return an instant in the form of the parameter start, `2020-10-01 16:00`."""
    return iso(us)[:16].replace("T", " ")
