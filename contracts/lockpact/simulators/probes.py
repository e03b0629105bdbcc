"""What is tried on both of two paired worlds when the client of an example is done.

A known-good client asks for what is right, and each thing once. It never tries what must be refused, does not call every
operation, and never stands before a lock with a card that has expired. So afterwards

1. its latest requests are sent again;
2. they are sent with one change each, operations that it did not call are called, and devices are used, all with the values
   that the example has named;
3. time passes: mostly until an end or a start that a request or an answer has named. Then the devices are used with what was
   named there, and everything is asked once more.

Everything is drawn from the example's own number, so a run is repeatable. The paired world compares all answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from random import Random
from typing import Any

from lockpact.simulators.known_values import KnownValues, Scalar, fields_of, names_any
from lockpact.simulators.made_requests import MadeRequest, RequestMaker, latest_of_each_kind
from lockpact.simulators.paired_world import PairedWorld
from locksim.engine.errors import Refused
from locksim.engine.inputs import Answer
from locksim.engine.timestamps import DAY, SECOND
from locksim.engine.vendor import Device, argument_schema
from locksim.inprocess.world import NobodyAnswers, ReadTimeout
from locksim.registry import load

__all__ = ["probe"]

_LEARNT = 60
"""How many exchanges of the client, the latest, are learnt from."""
_AGAIN = 8
"""How many requests are sent again, before and after time passes."""
_STEPS = 10
"""How many other things are tried before time passes."""
_USES = 4
"""How often devices are used after it has passed."""
_WAITS = (600, 7_500, 86_400, 3 * 86_400 + 18_000, 40 * 86_400)
"""Seconds that pass, if not until a time that was named."""
_FURTHEST = 100 * DAY
"""How far away a time may be that is waited for."""
_CHANGED, _UNASKED, _OPTIONAL = 0.4, 0.3, 0.5
"""How often a step is a changed request; an operation of the document, and not a device action. How often an argument is given
that may be left out."""
_TO_A_TIME, _SHOWN = 0.75, 0.6
"""How often time passes until one that was named; how often an object is chosen that names what devices are shown."""
_PREFERRED, _DONE_AGAIN = 0.8, 0.4
"""How often a device action is one that takes what was named with a time; one that the example has done."""
_TELLING = 3
"""The shortest value that tells which device is meant."""
_TIMEOUT = 60


def probe(world: PairedWorld, vendor: str, random: Random) -> None:
    """Try what the client did not, until a difference is found."""
    if not world.exchanges:
        return
    _Probes(world, vendor, random).run()


class _Probes:
    def __init__(self, world: PairedWorld, vendor: str, random: Random) -> None:
        self._world, self._vendor, self._random = world, vendor, random
        self._exchanges = list(world.exchanges)
        self._known = KnownValues()
        for exchange in self._exchanges[-_LEARNT:]:
            self._known.learn_exchange(exchange)
        self._uses = [event for event in world.events if event.action and event.device]
        for event in self._uses:
            self._known.learn({**event.args, **event.result})
        self._ids_of: dict[str, list[str]] = {}
        """Kind of device → the ids."""
        for device in world.core.devices(vendor):
            self._ids_of.setdefault(device.kind, []).append(device.id)
            self._known.learn(device.id, device.kind)
        self._schemas = _schemas(vendor)
        self._shown = {name for schema in self._schemas.values() for name in schema.get("required", ())}
        """What must be shown to devices: cards, codes, PINs."""
        self._maker = RequestMaker(vendor, self._exchanges, self._known, random)

    def run(self) -> None:
        world = self._world
        latest = latest_of_each_kind(self._exchanges)[-_AGAIN:]
        again = [MadeRequest(x.site, x.method, x.target, x.headers, x.body) for x in latest]
        self._send_all(again)
        for _ in range(_STEPS):
            if world.differences:
                return
            choice = self._random.random()
            if choice < _CHANGED:
                self._send(self._maker.changed())
            elif choice < _CHANGED + _UNASKED:
                self._send(self._maker.unasked())
            else:
                self._use_a_device()
        self._let_time_pass()
        for _ in range(_USES):
            self._use_a_device()
        self._send_all(again)

    # ---- requests

    def _send_all(self, requests: Sequence[MadeRequest]) -> None:
        for request in requests:
            if not self._world.differences:
                self._ask(request)

    def _send(self, request: MadeRequest) -> None:
        """Send a request, and learn what its answer names."""
        answer = self._ask(request)
        if answer is not None:
            self._known.learn_answer(request.target.partition("?")[0], fields_of(answer.body))

    def _ask(self, request: MadeRequest) -> Answer | None:
        try:
            return self._world.ask(self._vendor, *request, timeout=_TIMEOUT)
        except (ReadTimeout, NobodyAnswers):
            return None

    # ---- time

    def _let_time_pass(self) -> None:
        """Advance to a time that an object has named, and prefer what else it has named; or by some time."""
        now = self._world.core.now
        times = list(self._known.times_after(now, now + _FURTHEST))
        if self._random.random() < _SHOWN:
            times = [one for one in times if names_any(one.record, self._shown)] or times
        if times and self._random.random() < _TO_A_TIME:
            until, self._known.preferred = self._random.choice(times)
        else:
            until = now + self._random.choice(_WAITS) * SECOND
        self._world.advance_to(until)

    # ---- devices

    def _use_a_device(self) -> None:
        """Do a device action: one of the example's again, or any other with known values, often those of one object."""
        before = self._known.preferred
        if not before and self._random.random() < _SHOWN:
            records = self._known.records_with(self._shown)
            self._known.preferred = self._random.choice(records) if records else {}
        self._do_an_action()
        self._known.preferred = before

    def _do_an_action(self) -> None:
        devices: Sequence[Device] = self._world.core.devices(self._vendor)
        kinds = {device.kind for device in devices}
        actions = [one for one in self._schemas if one[0] in kinds]
        if self._known.preferred and self._random.random() < _PREFERRED:
            actions = [
                one for one in actions if any(map(self._prefers, self._schemas[one].get("properties", {})))
            ] or actions
        if actions:
            self._act(devices, *self._random.choice(actions))

    def _act(self, devices: Sequence[Device], kind: str, name: str) -> None:
        some = [device for device in devices if device.kind == kind]
        preferred = {str(value) for value in self._known.preferred.values() if len(str(value)) >= _TELLING}
        named = [device for device in some if preferred & {device.id, *map(str, device.state.values())}]
        device, args = self._random.choice(named or some).id, self._arguments(self._schemas[kind, name])
        done = [event for event in self._uses if event.action == name]
        if done and (args is None or self._random.random() < _DONE_AGAIN):
            event = self._random.choice(done)
            device, args = event.device, dict(event.args)
        if args is not None:
            with suppress(Refused):
                self._known.learn(self._world.site(self._vendor).act(device, name, None, args))

    def _prefers(self, name: str) -> bool:
        """Return whether the preferred values have one for this argument, which may also be a kind of device."""
        return names_any(self._known.preferred, [name]) or bool(
            set(self._known.preferred.values()) & set(self._ids_of.get(name, ()))
        )

    def _arguments(self, schema: Mapping[str, Any]) -> dict[str, Scalar] | None:
        """Return arguments for an action; None if it needs what is not known."""
        args: dict[str, Scalar] = {}
        required = schema.get("required", ())
        for name, one in schema.get("properties", {}).items():
            if name in required or self._prefers(name) or self._random.random() < _OPTIONAL:
                options = self._options(name, one)
                if options:
                    args[name] = self._random.choice(options)
                elif name in required:
                    return None
        return args

    def _options(self, name: str, schema: Mapping[str, Any]) -> list[Any]:
        kinds = schema.get("anyOf", [schema])
        for one in kinds:
            if "enum" in one:
                return list(one["enum"])
            if one.get("type") == "boolean":
                return [True, False]
        types = {one.get("type") for one in kinds}
        known = [value for value in self._known.named(name) if _fits(value, types)]
        ids = self._ids_of.get(name, []) if "string" in types else []
        bounds = [one[key] for one in kinds for key in ("minimum", "maximum") if key in one]
        default = [] if schema.get("default") is None else [schema["default"]]
        options = [*known, *ids, *bounds, *default]
        preferred = self._known.preferred.values()
        return [one for one in options if one in preferred] or options


@cache
def _schemas(vendor: str) -> Mapping[tuple[str, str], Mapping[str, Any]]:
    """Return (kind of device, name of an action) → the schema of the action's arguments."""
    tables = load(vendor).actions
    return {(kind, name): argument_schema(action) for kind, table in tables.items() for name, action in table.items()}


def _fits(value: Scalar, types: set[Any]) -> bool:
    if isinstance(value, str):
        return "string" in types
    return (
        bool(types & {"number", "integer"}) and abs(value) < 100_000 and (isinstance(value, int) or "number" in types)
    )
