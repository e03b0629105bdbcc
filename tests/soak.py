"""The standing fuzzer: `make soak MINUTES=60`.

Each round makes a world of one vendor or of all five and feeds it a few hundred inputs: the vendors' own hints, requests
made from their operation tables, device actions with made-up arguments, faults, commands, and jumps of up to a thousand
years. After every turn three things must hold: no turn fails, the vendors' invariants hold, and no turn takes over a
second of processor time (twice: the first turn loads an app). After the round the exported journal must replay to the
same bytes, and so must the world's state.

What fails is saved below `reports/soak/`: the journal as it was, and the fewest inputs that still fail.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

from locksim.engine import export, replay
from locksim.engine.inputs import Command, DeviceAction, Input, Request, Tick
from locksim.engine.journal import Entry
from locksim.engine.timestamps import SECOND, parse_iso
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore
from locksim.registry import NAMES, api, load
from tests.engine import wander

SLOW = 1.0
"""Seconds of processor time that no turn may take. A busy machine does not count."""
MOST_TURNS = 20_000
"""How many turns one input may cause: a jump of any length stops at few events."""
STEPS = 300
DAY = 86_400 * SECOND
JUMPS = (60 * SECOND, 3600 * SECOND, DAY, 30 * DAY, 366 * DAY, 3653 * DAY, 36_525 * DAY, 365_250 * DAY)
STARTS = (
    "1970-01-01T00:00:00Z",
    "2026-01-05T08:00:00Z",
    "2026-03-08T06:59:00Z",
    "2026-11-01T05:30:00Z",
    "2099-12-31T23:59:59Z",
)
LATEST = parse_iso("9000-01-01T00:00:00Z")
ODD = (
    "", "0", "-1", "255", "256", "65536", "9" * 30, "true", "null", "é", "\x00", "%", "a" * 300, "2026-02-30T25:61:61",
    "24:00", "[]", "{}",
)  # fmt: skip
_ID = re.compile(rb"[0-9a-fA-F-]{6,36}")


@dataclass(frozen=True)
class Plan:
    """How a round's world begins."""

    vendors: tuple[str, ...]
    seed: int
    start: str
    profile: str
    limits: bool

    def begin(self) -> WorldCore:
        """Make the world; its invariants are checked after every turn."""
        found = {name: load(name) for name in self.vendors}
        world = WorldCore.begin(
            found, seed=self.seed, start=parse_iso(self.start), profile=self.profile, limits=self.limits
        )
        world.strict = True
        return world


class TooManyTurns(Exception):
    """One input does not come to its end."""


@dataclass
class Finding:
    """One failure, with the inputs that led to it."""

    kind: str
    text: str
    plan: Plan
    inputs: list[Input]


@dataclass
class Generator:
    """Draws inputs for a world."""

    world: WorldCore
    dice: random.Random
    ids: list[str] = field(default_factory=list)
    """Texts in answers that look like ids: requests and actions name them."""

    def draw(self) -> Input:
        """Return the next input."""
        name = self.dice.choice(list(self.world.vendors))
        vendor, hints = self.world.vendors[name], hints_of(name)
        if self.dice.random() < 0.03:
            at = min(self.world.now + self.dice.choice(JUMPS), LATEST)
            return Tick(at)
        if self.dice.random() < 0.02:
            return Command(self.world.now, "reset")
        choice = self.dice.random()
        if choice < 0.55:
            drawn = wander.step(self.world, vendor, hints, self.dice)
            return drawn if drawn.at < LATEST else Tick(self.world.now)
        if choice < 0.85:
            return self._request(vendor, hints)
        return self._action(vendor, hints)

    def learn(self, body: bytes) -> None:
        """Remember ids that an answer shows."""
        self.ids = [*self.ids, *(found.decode() for found in _ID.findall(body)[:20])][-200:]

    def _text(self) -> str:
        return self.dice.choice(self.ids) if self.ids and self.dice.random() < 0.6 else self.dice.choice(ODD)

    def _request(self, vendor: Vendor, hints: wander.Hints) -> Request:
        table = api(vendor.name)
        row = self.dice.choice(table.operations)
        path = re.sub(r"{[^}]*}", lambda _: quoted(self._text()), table.base + row.path)
        names = [p.name for p in row.parameters if p.where == "query"]
        query = "&".join(f"{name}={quoted(self._text())}" for name in names if self.dice.random() < 0.8)
        query += self.dice.choice(("", "", query_of(hints, self.dice)))
        body = self._body(hints)
        method = row.method if self.dice.random() < 0.95 else self.dice.choice(("HEAD", "OPTIONS", "TRACE", "BREW"))
        site = hints.site if self.dice.random() < 0.8 else self.dice.choice(vendor.sites).name
        headers = (("Host", "x"), ("Content-Type", "application/json"), *hints.headers)
        return Request(self.world.now, vendor.name, site, method, f"{path}?{query}" if query else path, headers, body)

    def _body(self, hints: wander.Hints) -> bytes:
        bodies = [*hints.bodies, *(r.body for r in hints.requests if isinstance(r, Request) and r.body)]
        if not bodies:
            return b""
        body = self.dice.choice(bodies)
        try:
            return json.dumps(self._mutated(json.loads(body))).encode()
        except ValueError:
            return body

    def _mutated(self, thing: Any) -> Any:
        if self.dice.random() < 0.05:
            return self.dice.choice((None, True, -1, 10**12, 1.5, [], {}, self._text()))
        if isinstance(thing, dict):
            return {key: self._mutated(value) for key, value in thing.items() if self.dice.random() > 0.03}
        if isinstance(thing, list):
            return [self._mutated(item) for item in thing] * self.dice.choice((1, 1, 1, 2))
        return self._text() if isinstance(thing, str) and self.dice.random() < 0.1 else thing

    def _action(self, vendor: Vendor, hints: wander.Hints) -> DeviceAction:
        if not vendor.actions or self.dice.random() < 0.3:
            action = self.dice.choice(list(vendor.support))
            return DeviceAction(self.world.now, vendor.name, None, action, self._arguments(vendor.support[action]))
        device = self.dice.choice(self.world.devices(vendor.name) or [None])
        if device is None or not device.actions:
            return wander_action(self.world, vendor, hints, self.dice)
        action = self.dice.choice(device.actions)
        arguments = self._arguments(vendor.actions[device.kind][action])
        return DeviceAction(self.world.now, vendor.name, device.id, action, arguments)

    def _arguments(self, function: Callable[..., Any]) -> dict[str, Any]:
        hints = get_type_hints(function)
        wanted = [p for p in signature(function).parameters.values() if p.kind is Parameter.KEYWORD_ONLY]
        return {p.name: self._value(hints[p.name]) for p in wanted if p.default is p.empty or self.dice.random() < 0.6}

    def _value(self, hint: Any) -> Any:
        options = get_args(hint)
        if str(get_origin(hint)).endswith("Literal"):
            return self.dice.choice(options)
        if options and get_origin(hint) not in (list, dict, tuple):
            return self._value(self.dice.choice(options))
        match hint:
            case _ if hint is bool:
                return self.dice.random() < 0.5
            case _ if hint is int:
                return self.dice.choice((0, 1, 2, 7, 100, -1, 2**31, 10**13))
            case _ if hint is float:
                return self.dice.choice((0.0, 0.5, 30.0, -1.0, 1e12))
            case _ if hint is str:
                return self._text()
            case _:
                return None


def quoted(text: str) -> str:
    """Percent-encode whatever does not belong into a target."""
    return "".join(
        c if (c.isascii() and c.isalnum()) or c in "-_." else "".join(f"%{b:02X}" for b in c.encode()) for c in text
    )


def query_of(hints: wander.Hints, dice: random.Random) -> str:
    """Return the query of one of the hints' requests: it carries the vendor's credentials where they go there."""
    one = dice.choice(hints.requests)
    target = one.target if isinstance(one, Request) else one[1]
    return "&" + target.partition("?")[2] if "?" in target else ""


def wander_action(world: WorldCore, vendor: Vendor, hints: wander.Hints, dice: random.Random) -> DeviceAction:
    """Return a device action of the hints."""
    device, action, args = dice.choice(hints.acts)
    return DeviceAction(world.now, vendor.name, device, action, args)


def hints_of(vendor: str) -> wander.Hints:
    """Return what random walks through this vendor may try."""
    hints: wander.Hints = import_module(f"tests.{vendor}.hints").HINTS
    return hints


def round_(plan: Plan, dice: random.Random, steps: int) -> tuple[Finding | None, int]:
    """Run one round. Return what failed, and how many turns there were."""
    world, inputs = plan.begin(), list[Input]()
    generator = Generator(world, dice)
    for _ in range(steps):
        given = generator.draw()
        inputs.append(given)
        found = applied(world, given)
        if found is not None:
            return Finding(*found, plan, inputs), world.journal.last
        last = world.journal.read(max(0, world.journal.last - 1))
        if last and last[-1].answer is not None:
            generator.learn(last[-1].answer.body)
    found = replayed(world)
    return (None if found is None else Finding(*found, plan, inputs)), world.journal.last


def applied(world: WorldCore, given: Input) -> tuple[str, str] | None:
    """Apply an input. Return what is wrong, if anything."""
    failures: list[str] = []
    began, longest, turns = time.process_time(), 0.0, 0

    def on_entry(entry: Entry) -> None:
        nonlocal began, longest, turns
        if entry.failed is not None:
            failures.append(entry.failed)
        ended, turns = time.process_time(), turns + 1
        longest, began = max(longest, ended - began), ended
        if turns > MOST_TURNS:
            raise TooManyTurns

    world.on_entry = on_entry
    try:
        world.apply(given)
    except TooManyTurns:
        return "endless", f"one input caused over {MOST_TURNS} turns; it is only {world.now} µs"
    except Exception as error:  # noqa: BLE001 - whatever escapes a turn is what is looked for
        return "escaped", f"{type(error).__name__}: {error}"
    if failures:
        return "failed", failures[0]
    return ("slow", f"{longest:.1f} s for one of {turns} turn(s)") if longest > SLOW else None


def replayed(world: WorldCore) -> tuple[str, str] | None:
    """Replay the exported journal. Return how it differs, if it does."""
    recorded = replay.read(b"".join(export.lines(world, world.journal)))
    fresh = replay.begin(recorded, world.vendors)
    difference = replay.run(recorded, fresh)
    if difference is not None:
        return "replay", difference.text()[:2000]
    same = fresh.snapshot().encode() == world.snapshot().encode()
    return None if same else ("replay", "the state after the replay differs")


def fails(plan: Plan, inputs: Sequence[Input], kind: str) -> bool:
    """Whether these inputs still fail in this way."""
    world = plan.begin()
    for given in inputs:
        found = applied(world, given)
        if found is not None:
            return found[0] == kind
    found = replayed(world)
    return found is not None and found[0] == kind


def shrunk(finding: Finding, seconds: float = 120) -> list[Input]:
    """Return the fewest inputs found in the time that still fail in the same way."""
    inputs, size, until = finding.inputs, max(1, len(finding.inputs) // 2), time.monotonic() + seconds
    while time.monotonic() < until:
        for place in range(0, len(inputs), size):
            fewer = inputs[:place] + inputs[place + size :]
            if time.monotonic() > until:
                break
            if fails(finding.plan, fewer, finding.kind):
                inputs = fewer
                break
        else:
            if size == 1:
                break
            size //= 2
    return inputs


def save(finding: Finding, number: int, folder: Path) -> Path:
    """Write the journal, and the fewest inputs, below the folder. Return the file of the inputs."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = shrunk(finding)
    path = folder / f"{number:03d}-{finding.kind}.json"
    document = {
        "kind": finding.kind, "text": finding.text, "plan": msgspec.to_builtins(finding.plan),
        "inputs": [msgspec.to_builtins(one) for one in inputs],
    }  # fmt: skip
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document)))
    world = finding.plan.begin()
    for given in finding.inputs:
        if applied(world, given) is not None:
            break
    lines = b"".join(export.lines(world, world.journal))
    path.with_suffix(".jsonl").write_bytes(lines)
    return path


def again(path: Path) -> str:
    """Run the inputs of a saved finding again. Return what is wrong, or "nothing"."""
    document = json.loads(path.read_bytes())
    plan = msgspec.convert(document["plan"], Plan)
    world = plan.begin()
    for one in document["inputs"]:
        found = applied(world, msgspec.convert(one, Input))
        if found is not None:
            return ": ".join(found)
    found = replayed(world)
    return "nothing" if found is None else ": ".join(found)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make soak", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0, help="of the first round")
    parser.add_argument("--vendor", choices=NAMES, action="append", help="only this one (again for more)")
    parser.add_argument("--reports", type=Path, default=Path("reports/soak"))
    parser.add_argument("--again", type=Path, metavar="FILE", help="run a saved finding again")
    given = parser.parse_args()
    if given.again is not None:
        print(again(given.again))
        return 0
    began = said = time.monotonic()
    rounds = turns = findings = 0
    while (now := time.monotonic()) - began < given.minutes * 60:
        dice = random.Random(given.seed + rounds)
        names = tuple(given.vendor or NAMES)
        vendors = names if dice.random() < 0.25 else (dice.choice(names),)
        seed, profile = dice.choice((7, 7, 7, dice.randrange(2**32))), dice.choice(("documented", "observed"))
        plan = Plan(vendors, seed, dice.choice(STARTS), profile, dice.random() < 0.5)
        finding, count = round_(plan, dice, STEPS)
        if finding is not None and finding.kind == "slow" and not fails(plan, finding.inputs, "slow"):
            finding = None
        rounds, turns = rounds + 1, turns + count
        if finding is not None:
            findings += 1
            path = save(finding, findings, given.reports)
            print(f"round {given.seed + rounds - 1}: {finding.kind}: {finding.text[:200]} → {path}", flush=True)
        if now - said > 10:
            said = now
            left = given.minutes - (now - began) / 60
            print(f"{rounds} rounds, {turns} turns, {findings} findings, {left:.1f} minutes left", flush=True)
    print(f"{rounds} rounds, {turns} turns, {findings} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
