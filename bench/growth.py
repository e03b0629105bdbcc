"""Measure operations and device actions as a world grows: entities, and entries in its journal.

`WORLDS` has, for each vendor, its default world with many more entities, and its ten commonest operations and actions. What
an operation costs is measured twice: in processor time, and in calls of functions, which are the same in every run and which
`tests/project/test_growth.py` guards.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from itertools import count
from types import FrameType
from typing import Any, NamedTuple

import msgspec

import locksim
from locksim.codelocks import seed as codelocks
from locksim.engine.inputs import Answer, DeviceAction, Headers, Input, Request, Tick
from locksim.engine.timestamps import SECOND
from locksim.lockt import seed as lockt
from locksim.noke import seed as noke
from locksim.nuki import seed as nuki
from locksim.remotelock import seed as remotelock

__all__ = [
    "ENTITIES",
    "ENTRIES",
    "WORLDS",
    "Bench",
    "GrownWorld",
    "Growth",
    "calls_of",
    "measure",
    "measure_journal",
    "steps_of",
]

ENTITIES = (10, 1_000, 100_000)
ENTRIES = (100, 10_000, 1_000_000)
JSON: Headers = (("Content-Type", "application/json"),)

State = dict[str, Any]


class GrownWorld(NamedTuple):
    """How one vendor's world grows, and what is done in it.

    Attributes:
        grow: Changes the default state so that it has so many entities.
        site: The site that requests go to.
        headers: Returns what a caller sends, from the credentials.
        target: Returns the request target for a path, from the credentials.
        requests: Name → method, path and body.
        actions: Name → device, action and arguments.
        grows: What costs more in a larger world: it returns or counts everything.
        pause: Seconds that pass before each input. A motor needs them.
    """

    grow: Callable[[State, int], None]
    site: str
    headers: Callable[[Mapping[str, Any]], Headers]
    target: Callable[[str, Mapping[str, Any]], str]
    requests: Mapping[str, tuple[str, str, Any]]
    actions: Mapping[str, tuple[str, str, dict[str, Any]]]
    grows: frozenset[str] = frozenset()
    pause: int = 0


def _copies(kept: list[Any], like: Any, number: int, change: Callable[[Any, int], None]) -> None:
    """Add copies of an entity until there are so many."""
    for n in range(number - len(kept)):
        copy = deepcopy(like)
        change(copy, n)
        kept.append(copy)


def _grow_nuki(state: State, number: int) -> None:
    locks = state["bridges"][0]["locks"]
    _copies(locks, locks[0], number, lambda lock, n: lock.update(id=500_000_000 + n, name=f"Lock {n}"))


def _grow_noke(state: State, number: int) -> None:
    def rename(lock: State, n: int) -> None:
        lock["mac"] = f"D0:00:{n >> 24 & 255:02X}:{n >> 16 & 255:02X}:{n >> 8 & 255:02X}:{n & 255:02X}"
        if "serial" in lock:
            lock.update(serial=f"{600 + n // 10_000_000:03}-{n // 10_000 % 1000:03}-{n % 10_000:04}", name=f"Lock {n}")

    records, bodies = state["databases"][1]["locks"], state["locks"]
    extra = number - len(records)
    like = next(body for body in bodies if body["mac"] == records[0]["mac"])
    _copies(records, records[0], number, rename)
    _copies(bodies, like, len(bodies) + max(extra, 0), rename)


def _grow_lockt(state: State, number: int) -> None:
    fobs, users, credentials, last = state["fobs"], state["users"], state["credentials"], state["last_id"]
    a_fob, a_user = next(iter(fobs.values())), next(iter(users.values()))
    a_credential = credentials[a_user["credentials"][0]]
    for n in range(number - len(fobs)):
        fob, user, credential = last + 1 + n, last + 1 + number + n, last + 1 + 2 * number + n
        fobs[fob] = a_fob | {"id": fob, "id_num": f"F{n}", "card_num": f"9{n:08}"}
        mine = {"id": user, "id_num": f"U{n}", "email": f"{n}@example.com", "credentials": [credential]}
        users[user] = a_user | mine
        its = {"id": credential, "card_num": f"8{n:08}", "key": f"KEY-{n}", "user": user, "phone": None}
        credentials[credential] = a_credential | its
    state["last_id"] = last + 3 * number


def _grow_codelocks(state: State, number: int) -> None:
    _copies(
        state["kitlocks"], state["kitlocks"][0], number, lambda lock, n: lock.update(id=f"kit-{n}", name=f"Kit {n}")
    )


def _grow_remotelock(state: State, number: int) -> None:
    account = state["accounts"][remotelock.HARBOUR_STAYS]
    devices = account["devices"]
    like = devices[remotelock.FRONT_DOOR]
    for n in range(number - len(devices)):
        key = f"00000000-0000-4000-8000-{n:012}"
        devices[key] = deepcopy(like) | {"id": key, "name": f"Door {n}", "serial_number": f"S{n}"}


def _query(path: str, name: str, value: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}{name}={value}"


_FRONT = nuki.FRONT_DOOR
_USER = {"id_num": "GUEST-1", "first_name": "Ada", "last_name": "Guest", "card_num": "777"}
_STAY = {"name": "Ada", "generate_pin": True, "starts_at": "2026-01-06T16:00:00", "ends_at": "2026-01-08T11:00:00"}
_K3 = f"/u/1/k3connect/{codelocks.MAIN_DOOR}"
WORLDS: Mapping[str, GrownWorld] = {
    "nuki": GrownWorld(
        _grow_nuki,
        "bridge",
        lambda keys: (),
        lambda path, keys: _query(path, "token", keys["token"]),
        {
            "list": ("GET", "/list", None),
            "lockState": ("GET", f"/lockState?nukiId={_FRONT}", None),
            "lockAction": ("GET", f"/lockAction?nukiId={_FRONT}&action=1&noWait=1", None),
            "info": ("GET", "/info", None),
            "log": ("GET", "/log", None),
            "callback/list": ("GET", "/callback/list", None),
            "unknown lock": ("GET", "/lockState?nukiId=1", None),
        },
        {
            "battery": (str(_FRONT), "battery", {}),
            "turn": (str(nuki.GARDEN_DOOR), "turn", {}),
            "range": (str(_FRONT), "range", {}),
        },
        frozenset({"list", "info"}),
        pause=20,
    ),
    "noke": GrownWorld(
        _grow_noke,
        "production",
        lambda keys: (("Authorization", f"Bearer {keys['production']['api_key']}"), *JSON),
        lambda path, keys: path,
        {
            "lock list": ("POST", "/lock/", {}),
            "unlock": ("POST", "/unlock/", {"mac": noke.YARD, "session": "00" * 20}),
            "keys": ("POST", "/keys/", {"issue": [{"macs": [noke.YARD], "tracking_keys": ["bob"]}]}),
            "fobs": ("POST", "/fobs/display/", {}),
            "activity": ("POST", "/activity/", {}),
        },
        {
            "wake": (noke.YARD, "wake", {}),
            "sleep": (noke.YARD, "sleep", {}),
            "battery": (noke.YARD, "battery", {}),
            "shackle": (noke.YARD, "shackle", {}),
            "squeeze": (noke.ALICES_FOB, "squeeze", {}),
        },
        frozenset({"lock list"}),
    ),
    "lockt": GrownWorld(
        _grow_lockt,
        "api",
        lambda keys: (*keys.items(), *JSON),
        lambda path, keys: path,
        {
            "user": ("GET", "/api/v1/user", None),
            "door": ("GET", "/api/v1/door", None),
            "events": ("GET", "/api/v1/events", None),
            "fob": ("GET", "/api/v1/fob?page=1", None),
            "fobcheck": ("GET", "/api/v1/fobcheck?card_num=900000001", None),
            "doorstate": ("GET", "/api/v1/doorstate", None),
            "nextcardnum": ("GET", "/api/v1/nextcardnum", None),
            "save user": ("POST", "/api/v1/user", {"users": [_USER], "update_existing": True}),
        },
        {
            "present_card": (str(lockt.FRONT_DOOR), "present_card", {"card_num": "10005"}),
            "battery": (str(lockt.FRONT_DOOR), "battery", {}),
            "network": ("bridge-1", "network", {}),
        },
        frozenset({"fob", "fobcheck", "user"}),
    ),
    "codelocks": GrownWorld(
        _grow_codelocks,
        "api",
        lambda keys: (("x-api-key", keys["api_key"]),),
        lambda path, keys: _query(path, "accesskey", keys["access_key"]),
        {
            "init": ("GET", "/u/1/init?lockmodel=KL1060&mastercode=12345678", None),
            "durations": ("GET", "/u/1/durations?lockmodel=KL1060", None),
            "locks": ("GET", "/u/1/k3connect", None),
            "lock": ("GET", _K3, None),
            "audit": ("GET", f"{_K3}/audit?page=1&perpage=10&pageorder=ascending", None),
            "clients": ("GET", f"{_K3}/clients?page=1&perpage=10", None),
            "account": ("GET", "/u/1/k3connect/account", None),
        },
        {
            "enter_netcode": ("kit-front-gate", "enter_netcode", {"code": "1234567"}),
            "enter_master": ("kit-front-gate", "enter_master", {}),
            "gateway": (codelocks.MAIN_DOOR, "gateway", {}),
        },
    ),
    "remotelock": GrownWorld(
        _grow_remotelock,
        "api",
        lambda keys: (("Authorization", f"Bearer {keys['token']}"), *JSON),
        lambda path, keys: path,
        {
            "devices": ("GET", "/devices?per_page=5", None),
            "last page": ("GET", "/devices?per_page=5&page=2", None),
            "device": ("GET", f"/devices/{remotelock.FRONT_DOOR}", None),
            "persons": ("GET", "/access_persons", None),
            "events": ("GET", "/events", None),
            "create person": ("POST", "/access_persons", {"type": "access_guest", "attributes": _STAY}),
            "update": ("PUT", f"/devices/{remotelock.FRONT_DOOR}", {"attributes": {"muted": True}}),
            "location": ("PUT", f"/locations/{remotelock.QUAY}", {"attributes": {"phone": "1"}}),
        },
        {
            "enter_pin": (remotelock.FRONT_DOOR, "enter_pin", {"pin": "1234"}),
            "turn": (remotelock.FRONT_DOOR, "turn", {}),
            "battery": (remotelock.FRONT_DOOR, "battery", {}),
        },
    ),
}


class Bench:
    """One vendor's world with so many entities, and its operations as inputs."""

    def __init__(self, vendor: str, entities: int) -> None:
        self.grown = WORLDS[vendor]
        begun = locksim.World(seed=7, vendors=[vendor])
        state: State = msgspec.to_builtins(begun.site(vendor).state, str_keys=False)
        self.grown.grow(state, entities)
        self.world = locksim.World(seed=7, vendors=[vendor], limits=False, state={vendor: state})
        self.vendor = vendor
        self.keys = dict(self.world.site(vendor).credentials)
        if vendor == "remotelock":
            self.keys["token"] = self._token()

    def _token(self) -> str:
        form = {"grant_type": "client_credentials"} | {name: self.keys[name] for name in ("client_id", "client_secret")}
        answer = self.world.ask("remotelock", "oauth", "POST", "/oauth/token", JSON, msgspec.json.encode(form))
        return str(msgspec.json.decode(answer.body)["access_token"])

    def inputs(self) -> Iterator[tuple[str, Input]]:
        """Yield each operation and action: its name, and the input."""
        now, headers = self.world.core.now, self.grown.headers(self.keys)
        for name, (method, path, body) in self.grown.requests.items():
            content = b"" if body is None else msgspec.json.encode(body)
            yield (
                name,
                Request(
                    now, self.vendor, self.grown.site, method, self.grown.target(path, self.keys), headers, content
                ),
            )
        for name, (device, action, args) in self.grown.actions.items():
            yield name, DeviceAction(now, self.vendor, device, action, args)

    def rest(self) -> None:
        """Let the pause pass that this vendor's devices need."""
        until = self.world.core.now + self.grown.pause * SECOND
        while self.world.core.now < until:
            self.world.core.apply(Tick(until))

    def run(self, given: Input) -> Answer | None:
        """Apply an input, and let the time pass that its answer takes.

        Raises AssertionError if the simulator failed, refused an action, or answered with another status than 2xx or 404.
        """
        core = self.world.core
        entry = core.apply(given)
        answer, number = entry.answer, entry.pending_id
        while number is not None and core.is_pending(number):
            due = core.due()
            assert due is not None, "nothing answers this request"
            later = core.apply(Tick(due))
            assert later.failed is None, later.failed
            answer = next((late for waiting, late in later.resolved if waiting == number), None)
        assert entry.failed is None, entry.failed
        assert entry.refused is None, entry.refused
        assert answer is None or answer.status // 100 == 2 or answer.status == 404, answer
        return answer


def calls_of(bench: Bench, given: Input) -> int:
    """Return how many functions are called, in Python and in C, when this input is applied once more."""
    counted = count()

    def note(frame: object, event: str, argument: object) -> None:
        if event in {"call", "c_call"}:
            next(counted)

    bench.rest()
    bench.run(given)
    bench.rest()
    sys.setprofile(note)
    try:
        bench.run(given)
    finally:
        sys.setprofile(None)
    return next(counted)


def steps_of(bench: Bench, given: Input) -> int:
    """Return how many bytecode instructions run when this input is applied once more. They count loops that call nothing."""
    counted = count()

    def note(frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        frame.f_trace_opcodes = True
        if event == "opcode":
            next(counted)
        return note

    bench.rest()
    bench.run(given)
    bench.rest()
    before = sys.gettrace()
    sys.settrace(note)
    try:
        bench.run(given)
    finally:
        sys.settrace(before)
    return next(counted)


class Growth(NamedTuple):
    """One operation: µs of processor time by size, and the exponent between the largest two sizes."""

    vendor: str
    name: str
    took: dict[int, float]

    @property
    def exponent(self) -> float:
        """0 where the cost is constant, 1 where it grows as the size does."""
        (small, cheap), (large, dear) = list(self.took.items())[-2:]
        return math.log(dear / cheap) / math.log(large / small)


def _in_turns(vendor: str, benches: Mapping[int, Bench], names: Iterable[str], rounds: int) -> list[Growth]:
    """Measure each of these inputs in worlds of all sizes in turns, so that what else the machine does meets all alike.

    The least of so many rounds counts: nothing makes one faster than it is.
    """
    inputs = {size: dict(bench.inputs()) for size, bench in benches.items()}
    found = []
    for name in names:
        least = dict.fromkeys(benches, math.inf)
        for _ in range(rounds):
            for size, bench in benches.items():
                bench.rest()
                began = time.process_time_ns()
                bench.run(inputs[size][name])
                least[size] = min(least[size], (time.process_time_ns() - began) / 1e3)
        found.append(Growth(vendor, name, least))
    return found


def measure(vendor: str, sizes: tuple[int, ...] = ENTITIES, rounds: int = 9) -> list[Growth]:
    """Measure each operation and action of a vendor at each number of entities."""
    grown = WORLDS[vendor]
    return _in_turns(vendor, {size: Bench(vendor, size) for size in sizes}, (*grown.requests, *grown.actions), rounds)


def measure_journal(vendor: str, sizes: tuple[int, ...] = ENTRIES, rounds: int = 9) -> list[Growth]:
    """Measure the first operation and the first action of a vendor after so many entries."""
    benches = {size: Bench(vendor, 10) for size in sizes}
    for size, bench in benches.items():
        core = bench.world.core
        while core.journal.last < size:
            core.apply(Tick(core.now))
    grown = WORLDS[vendor]
    return _in_turns(vendor, benches, (next(iter(grown.requests)), next(iter(grown.actions))), rounds)
