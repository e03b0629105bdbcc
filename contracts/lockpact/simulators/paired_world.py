"""A world that happens twice: here, and on the server under test, whose answers the client gets.

A `PairedWorld` is a `PactWorld` of ours with a twin: a fresh world of the server, made through its control API with the same
seed, start and options. Each input goes to the twin first and then to our own world: requests, device actions, faults, time.
So a vendor's machine and its laws work as in any `PactWorld`. They compare what the server answers with the truth of our own
simulator, which keeps the vendor's document.

1. Time is ours. Before an input the twin, whose clock is `manual`, is advanced to our own time.
2. The client gets the twin's answer, when the twin gives it. If only one of the two lets a request wait, the client waits for
   the twin.
3. The twin holds what it sends. When our own world sends something, the client gets what the twin holds under the same number.
   Then both worlds take a callback for undeliverable (`dropped`), since the client's URL is not on this machine.
4. `differences` says where the twin's answers, deliveries and devices are not ours. Two simulators of one version answer to
   the byte alike.
"""

from __future__ import annotations

import json
import select
import time
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from lockpact.core.traffic import Exchange
from lockpact.simulators.wire import PATIENCE, Wire
from lockpact.simulators.world import PactWorld
from locksim.engine.deliveries import Delivery
from locksim.engine.inputs import (
    CONNECTION_RESET,
    Answer,
    Command,
    DeviceAction,
    Input,
    Request,
    Restarted,
    Tick,
)
from locksim.engine.journal import Entry
from locksim.engine.timestamps import iso
from locksim.engine.vendor import Vendor

__all__ = ["CannotPair", "PairedWorld", "WorldDifference"]

_GLANCE, _LONG_GLANCE = 0.004, 0.02
"""Real seconds after which a request without an answer is looked for among the twin's pending requests: first, then each
time twice as long, at most so long."""
_LATE = 2.0
"""Real seconds to wait for the twin's answer to a request that our own world has answered."""
_OWN_HEADERS = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
"""Headers that belong to the connection and not to the vendor."""
_DRAWN_HEADERS = ("via", "x-amz", "x-request-id", "x-runtime")
"""Beginnings of the names of headers whose values number the turns of a world."""


class CannotPair(KeyboardInterrupt):
    """The server makes no world like ours, or its control API does not answer. The sentence says why.

    A client's `except Exception` does not catch it, and Hypothesis does not take it for a failure.
    """


@dataclass(frozen=True)
class WorldDifference:
    """One place where the twin is not like our own world."""

    operation: str
    """`GET /list` with the path as it was sent, `delivery callback`, or `device lock 1`."""
    sentence: str
    ours: str
    theirs: str
    exchange: Exchange | None = None
    """The exchange with the twin."""


class PairedWorld(PactWorld):
    """A world with a twin on the server whose control API is at `control`. Its arguments are those of `PactWorld`.

    Args:
        vendors: As for `PactWorld`.
        control: The URL of the server's control API.
        variants: The ids of variants that the twin has, since the server's own world has them.
        **options: Further arguments of `PactWorld`.

    Raises:
        CannotPair: The server refuses to make such a world.
        OSError: The server cannot be reached.
    """

    def __init__(self, vendors: Mapping[str, Vendor], *, control: str, variants: list[str], **options: Any) -> None:
        self.differences: list[WorldDifference] = []
        """The first difference, and those of the devices at the end. Later answers differ because of the first."""
        self._control = Wire(control, admin=True)
        self._wires: dict[str, list[Wire]] = {}
        """Base URL of a site → idle connections."""
        self._made: list[Wire] = []
        """All connections for requests: one may be in use when the run is interrupted."""
        self._open: dict[int, _Pending] = {}
        self._sent: dict[int, dict[str, Any]] = {}
        """The twin's deliveries by number, as far as they were read."""
        self._last_pending = 0
        self._twin_at = -1
        """The time to which the twin was advanced; -1: it may be sending something."""
        super().__init__(vendors, **options)
        world = {"profile": self.core.profile, "limits": "on" if self.core.limits else "off"}
        physics = {name: options[name] for name in ("clock_drift", "battery_drain") if name in options}
        clock = {"mode": "manual", "now": iso(self.core.now)}
        made = self._tell(
            "POST", "/worlds", {"seed": options["seed"], **world, **physics, "clock": clock, "variants": variants, "ports": True}
        )  # fmt: skip
        self._world = f"/worlds/{made['name']}"
        self._tell("PUT", f"{self._world}/deliveries", {"mode": "held"})
        # Answers name the addresses, so ours are the twin's. The connection info lacks those of a vendor's further sites.
        header = self._control.ask("GET", f"{self._world}/journal.jsonl").body.partition(b"\n")[0]
        addresses = self._bases = json.loads(header)["addresses"]
        self.core.apply(Restarted(self.core.now, addresses))

    # ---- inputs, to the twin first

    def apply(self, given: Input) -> Entry:
        """Apply an input here and to the twin."""
        theirs: Answer | None = None
        match given:
            case Tick():
                self._advance(given.at)
            case DeviceAction(planned=None):
                self._keep_up()
                theirs = self._act(given.vendor, given.device, given.action, given.args)
            case Command(planned=None):
                self._keep_up()
                self._command(given.op, given.args)
        entry = super().apply(given)
        if isinstance(given, DeviceAction) and theirs is not None:
            self._compare_action(given, entry, theirs)
        self._hand_over()
        return entry

    def _enter(self, request: Request, on_answer: Callable[[Answer], None]) -> int:
        """Send a request to both. `on_answer` gets the twin's answer."""
        self._keep_up()
        request = self._at_the_twin(request)
        pending = _Pending(self, request, on_answer)
        answered = pending.send()
        own = super()._enter(request, pending.note_our_answer)
        if answered:
            if own:
                super()._give_up(own)
            pending.hand_over()
            return 0
        self._last_pending -= 1
        number = own or self._last_pending
        self._open[number] = pending
        self.core.waiters.setdefault(number, pending.note_our_answer)
        return number

    def _at_the_twin(self, request: Request) -> Request:
        """Return the request with the twin's host: who used a vendor's real host would get real addresses in the answer."""
        here = urlsplit(self._bases[f"{request.vendor}/{request.site}"]).netloc
        headers = tuple((name, here if name.lower() == "host" else value) for name, value in request.headers)
        return msgspec.structs.replace(request, headers=headers)

    def _give_up(self, pending_id: int) -> None:
        pending = self._open.pop(pending_id, None)
        if pending is not None:
            pending.hang_up()
        super()._give_up(pending_id)

    def _hand_over(self) -> None:
        """Give the client the answers that the twin has given meanwhile."""
        for number, pending in list(self._open.items()):
            if pending.has_answer(_LATE if pending.ours else 0):
                del self._open[number]
                if number > 0 and not pending.ours:
                    super()._give_up(number)
                self.core.waiters.pop(number, None)
                pending.hand_over()

    # ---- the twin

    def _advance(self, until: int = 0) -> None:
        """Advance the twin to our own time, and let what it has sent be over."""
        until = max(until, self.core.now)
        self._tell("POST", f"{self._world}/clock/advance", {"until": iso(until)})
        self._twin_at = until

    def _keep_up(self) -> None:
        """Advance the twin if it is behind: a third of the calls would leave it where it is. An input does what is due by now."""
        if self._twin_at != self.core.now:
            self._advance()

    def _act(self, vendor: str, device: str | None, action: str, args: Mapping[str, Any]) -> Answer:
        where = f"support/{action}" if device is None else f"hardware/{quote(device, safe='')}/{action}"
        return self._call("POST", f"{self._world}/{vendor}/{where}", args, refusals=True)

    def _command(self, op: str, args: Mapping[str, Any]) -> None:
        """Send a command of `locksim.engine.commands` by its route."""
        if op == "plan" and args.get("act"):
            act = args["act"]
            later = {**act.get("args", {}), "after": args["after"]}
            self._act(act["vendor"], act["device"], act["action"], later)
            return
        routes = {
            "fault": ("POST", "/faults", args),
            "lift": ("DELETE", f"/faults/{args['id']}" if args.get("id") else "/faults", None),
            "unplan": ("DELETE", f"/plans/{args['id']}" if args.get("id") else "/plans", None),
            "load": ("PUT", f"/{args.get('vendor')}/state", args.get("state")),
            "limits": ("PUT", "/limits", {"limits": "on" if args.get("on") else "off"}),
            "physics": ("PUT", "/physics", args),
        }
        if op not in routes:
            raise CannotPair(f"the command {op} has no twin")
        method, path, body = routes[op]
        self._tell(method, f"{self._world}{path}", body, refusals=True)

    def _tell(self, method: str, path: str, body: Any = None, *, refusals: bool = False) -> Any:
        """Call the control API, and return the JSON that it answers. Raises CannotPair as `_call` does."""
        return json.loads(self._call(method, path, body, refusals=refusals).body or b"null")

    def _call(self, method: str, path: str, body: Any = None, *, refusals: bool = False) -> Answer:
        """Call the control API. Raises CannotPair; not for `refusals`, which our own world gives, too."""
        sent = b"" if body is None else json.dumps(body).encode()
        try:
            answer = self._control.ask(method, path, (("Content-Type", "application/json"),) if sent else (), sent)
        except OSError as lost:
            raise CannotPair(f"{method} {path}: {type(lost).__name__}: {lost}") from None
        if answer.status >= 400 and not (refusals and answer.status < 500):
            raise CannotPair(f"{method} {path}: {answer.status} {answer.body.decode(errors='replace')[:200]}")
        return answer

    @property
    def open_requests(self) -> int:
        """How many requests wait for the twin."""
        return len(self._open)

    @property
    def pending_at_twin(self) -> int:
        """How many requests wait in the twin."""
        return int(self._tell("GET", self._world)["waiting"])

    def wire(self, request: Request) -> Wire:
        """Return an idle connection to the twin's site of this request."""
        base = self._bases[f"{request.vendor}/{request.site}"]
        idle = self._wires.setdefault(base, [])
        while idle:
            wire = idle.pop()
            if not wire.readable(0):  # nothing arrives on an idle connection but its end
                return wire
            wire.close()
        wire = Wire(base)
        self._made.append(wire)
        return wire

    def put_back(self, request: Request, wire: Wire) -> None:
        """Keep a connection for the next request."""
        self._wires[self._bases[f"{request.vendor}/{request.site}"]].append(wire)

    # ---- deliveries

    def _perform(self, delivery: Delivery) -> tuple[int | None, str | None]:
        """Give the receiver what the twin has sent in place of this delivery."""
        if delivery.id not in self._sent:
            self._sent = {sent["id"]: sent for sent in self._deliveries()}
        theirs = self._sent.get(delivery.id)
        self._compare_delivery(delivery, theirs)
        receive = self.receivers.get(delivery.to)
        if theirs is not None and receive is not None:
            headers = tuple((name, value) for name, value in theirs["headers"])
            receive(msgspec.structs.replace(delivery, body=_body(theirs), headers=headers))
        what = "drop" if delivery.to_url else "release"
        self._tell("POST", f"{self._world}/deliveries/{delivery.id}/{what}", refusals=True)
        if what == "release":
            self._twin_at = -1  # the next call waits until it has arrived
        return (None, "dropped") if delivery.to_url else (200, None)

    def _deliveries(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._tell("GET", f"{self._world}/deliveries")["deliveries"]
        return found

    def _compare_delivery(self, ours: Delivery, theirs: Mapping[str, Any] | None) -> None:
        name = f"delivery {ours.kind}"
        if theirs is None:
            self.note_difference(name, "is not sent", ours.to, "nothing")
        elif (ours.to, ours.kind) != (theirs["to"], theirs["kind"]):
            self.note_difference(
                name, "goes elsewhere", f"{ours.kind} to {ours.to}", f"{theirs['kind']} to {theirs['to']}"
            )
        elif ours.body != (body := _body(theirs)):
            self.note_difference(name, *_difference(ours.body, body))

    # ---- differences

    def note_difference(
        self, operation: str, sentence: str, ours: str, theirs: str, exchange: Exchange | None = None
    ) -> None:
        """Note the first difference of this world."""
        if not self.differences:
            self.differences.append(WorldDifference(operation, sentence, ours[:300], theirs[:300], exchange))

    def note_answers(self, request: Request, ours: Answer, theirs: Answer) -> None:
        """Compare two answers to one request."""
        found = _answers_differ(ours, theirs)
        if found is not None:
            operation = f"{request.method} {request.target.partition('?')[0]}"
            exchange = Exchange(
                request.vendor, request.site, request.method, request.target, request.at, self.core.now, request.headers,
                request.body, theirs.status or None, theirs.headers, theirs.body, decided=self.core.now,
            )  # fmt: skip
            self.note_difference(operation, *found, exchange)

    def journal_of_twin(self) -> str:
        """Return the twin's journal as JSON lines."""
        return self._control.ask("GET", f"{self._world}/journal.jsonl").body.decode()

    def _compare_action(self, given: DeviceAction, entry: Entry, theirs: Answer) -> None:
        """Compare what a device or the staff did."""
        name = f"action {given.action}"
        if entry.refused is not None or theirs.status >= 400:
            ours = 200 if entry.refused is None else entry.refused[0]
            if ours != theirs.status:
                self.note_difference(name, f"status {ours} → {theirs.status}", str(ours), str(theirs.status))
        elif _json(msgspec.to_builtins(entry.result or {})) != _json(result := json.loads(theirs.body)):
            self.note_difference(name, *_difference(_json(msgspec.to_builtins(entry.result or {})), _json(result)))

    # ---- the end

    def finish(self) -> None:
        """Compare devices and deliveries, and drop the twin."""
        try:
            self._advance()
            for vendor in self.core.vendors:
                self._compare_devices(vendor)
            ours, theirs = len(self.core.deliveries()), len(self._deliveries())
            if ours != theirs:
                self.note_difference("deliveries", "has sent another number of them", str(ours), str(theirs))
        finally:
            for pending in self._open.values():
                pending.hang_up()
            self.drop_twin()

    def drop_twin(self) -> None:
        """Drop the twin, and close all connections to it."""
        self._tell("DELETE", self._world)
        for wire in (self._control, *self._made):
            wire.close()

    def _compare_devices(self, vendor: str) -> None:
        theirs = self._tell("GET", f"{self._world}/{vendor}/hardware")["devices"]
        ours = msgspec.to_builtins(self.core.devices(vendor))
        for own, other in zip(ours, theirs, strict=False):
            if _json(own) != _json(other):
                self.note_difference(f"device {own['kind']}", *_difference(_json(own), _json(other)))
        if len(ours) != len(theirs):
            self.note_difference("devices", "has another number of them", str(len(ours)), str(len(theirs)))


class _Pending:
    """One request at the twin."""

    def __init__(self, world: PairedWorld, request: Request, on_answer: Callable[[Answer], None]) -> None:
        self._world, self._request, self._on_answer = world, request, on_answer
        self._wire = world.wire(request)
        self._lost = False
        self.ours: list[Answer] = []

    def send(self) -> bool:
        """Send it. Returns whether the twin has answered; if not, the request waits there."""
        before = self._world.open_requests
        try:
            self._wire.send(self._request)
        except OSError:
            self._wire.close()
            self._lost = True
            return True
        until, glance = time.monotonic() + PATIENCE, _GLANCE
        while not self.has_answer(glance):
            if self._world.pending_at_twin > before or time.monotonic() > until:
                return self.has_answer(0)
            glance = min(2 * glance, _LONG_GLANCE)
        return True

    def has_answer(self, seconds: float) -> bool:
        """Return whether the answer arrives within so many real seconds."""
        return self._lost or self._wire.readable(seconds)

    def note_our_answer(self, answer: Answer) -> None:
        """Take the answer of our own world, which is compared with the twin's."""
        self.ours.append(answer)

    def hand_over(self) -> None:
        """Read the twin's answer, and give it to the client."""
        theirs = CONNECTION_RESET if self._lost else self._wire.receive()
        if self._wire.reusable:
            self._world.put_back(self._request, self._wire)
        if self.ours:
            self._world.note_answers(self._request, self.ours[0], theirs)
        else:
            self._world.note_answers(self._request, Answer(0, (), b"waits"), theirs)
        self._on_answer(theirs)

    def hang_up(self) -> None:
        """Close the connection, as a caller does that gives up. Waits until the twin has noticed."""
        before = self._world.pending_at_twin
        self._wire.close()
        until = time.monotonic() + PATIENCE / 20
        while before and self._world.pending_at_twin >= before and time.monotonic() < until:
            select.select([], [], [], 0.002)


def _answers_differ(ours: Answer, theirs: Answer) -> tuple[str, str, str] | None:
    """Return how two answers differ: a sentence, ours, theirs; None if they do not."""
    if ours.body == b"waits" and not ours.status:
        return "answers at once", "waits", f"{theirs.status}"
    own, other = _outcome(ours), _outcome(theirs)
    if own != other:
        return f"{own} → {other}", own, other
    if own != f"status {ours.status}":
        return None
    if ours.body != theirs.body:
        return _difference(ours.body, theirs.body)
    had, has = _headers(ours), _headers(theirs)
    name = next((name for name in sorted(had.keys() | has.keys()) if had.get(name) != has.get(name)), None)
    return None if name is None else (f"header {name}", had.get(name, "none"), has.get(name, "none"))


def _outcome(answer: Answer) -> str:
    if answer.status == 0 or answer.cut == 0:
        return "a reset connection"
    return "a cut answer" if answer.cut is not None and answer.cut < len(answer.body) else f"status {answer.status}"


def _headers(answer: Answer) -> dict[str, str]:
    found = {name.lower(): value for name, value in answer.headers if name.lower() not in _OWN_HEADERS}
    return {name: "given" if name.startswith(_DRAWN_HEADERS) else value for name, value in found.items()}


def _difference(ours: bytes, theirs: bytes) -> tuple[str, str, str]:
    """Return the first place where two bodies differ: the place, ours, theirs."""
    try:
        return _first_place(json.loads(ours), json.loads(theirs), "body")
    except ValueError:
        return "body", ours.decode(errors="replace"), theirs.decode(errors="replace")


def _first_place(ours: Any, theirs: Any, where: str) -> tuple[str, str, str]:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in (*ours, *(key for key in theirs if key not in ours)):
            if key not in theirs or key not in ours:
                missing = "is gone" if key not in theirs else "is new"
                return f"{where}.{key} {missing}", _text(ours.get(key)), _text(theirs.get(key))
            if ours[key] != theirs[key] or type(ours[key]) is not type(theirs[key]):
                return _first_place(ours[key], theirs[key], f"{where}.{key}")
        return f"{where}: the order of keys", " ".join(ours), " ".join(theirs)
    if isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{where}: the number of items", str(len(ours)), str(len(theirs))
        for own, other in zip(ours, theirs, strict=True):
            if own != other:
                return _first_place(own, other, f"{where}.*")
    return where, _text(ours), _text(theirs)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _json(device: Any) -> bytes:
    return json.dumps(device, sort_keys=True).encode()


def _body(delivery: Mapping[str, Any]) -> bytes:
    return b64decode(delivery["body_base64"]) if "body_base64" in delivery else str(delivery.get("body", "")).encode()
