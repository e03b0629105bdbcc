"""A random walk of inputs through a world: the raw material of the determinism and rebuild tests.

`python tests/engine/wander.py module:VENDOR module:HINTS SEED STEPS` walks and prints the journal.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import msgspec

from locksim.engine.inputs import (
    CallerGone,
    Command,
    DeliveryOutcome,
    DeviceAction,
    Headers,
    Input,
    Request,
    Restarted,
    Tick,
)
from locksim.engine.journal import render
from locksim.engine.timestamps import parse_iso
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore

START = parse_iso("2026-03-28T22:00:00Z")


@dataclass(frozen=True)
class Hints:
    """What a walk through one vendor's world may try: requests, and acts with their arguments.

    A request is its method and target, for the main site, or a whole `Request`, whose time is then the walk's.
    """

    site: str
    requests: Sequence[tuple[str, str] | Request]
    acts: Sequence[tuple[str | None, str, dict[str, Any]]]
    refusals: Sequence[str]
    state: dict[str, Any] | None = field(default=None)
    headers: Headers = ()
    """What callers of this vendor send besides: a key, say."""
    bodies: Sequence[bytes] = ()
    """Bodies that this vendor understands; random bytes come all the same."""


def begin(vendor: Vendor, seed: int, **options: Any) -> WorldCore:
    """A world to walk through, checked after every turn."""
    world = WorldCore.begin({vendor.name: vendor}, seed=seed, start=START, **options)
    world.strict = True
    return world


def step(world: WorldCore, vendor: Vendor, hints: Hints, dice: random.Random) -> Input:
    """The next input: anything that may enter a world."""
    at = world.now + dice.choice((0, 0, 1, 999_999, 2_000_000, 30_000_000, 86_400_000_000))
    device, action, args = dice.choice(hints.acts)
    act = {"vendor": vendor.name, "device": device, "action": action, "args": args}
    match dice.choice("rrrrrrrrrrttaaapfflcddoooggs*w"):
        case "r":
            asked = dice.choice(hints.requests)
            if isinstance(asked, Request):
                return msgspec.structs.replace(asked, at=at)
            method, target = asked
            headers = (("Host", "x"), ("Accept", "*/*"), ("X-Number", str(dice.randrange(3))), *hints.headers)
            body = dice.choice((dice.randbytes(dice.randrange(4)), *hints.bodies))
            return Request(at, vendor.name, hints.site, method, target, headers, body)
        case "t":
            return Tick(at)
        case "a":
            return DeviceAction(at, vendor.name, device, action, args)
        case "p":
            return Command(at, "plan", {"after": dice.choice((0, 0.5, 29.9, 30)), "act": act})
        case "f":
            return Command(at, "fault", {"effect": effect(hints, dice), **matcher(dice)})
        case "l":
            return Command(at, "lift", {"id": dice.randrange(9)} if dice.random() < 0.5 else {})
        case "c":
            return Command(at, dice.choice(("limits", "nonsense")), {"on": dice.random() < 0.5})
        case "d":
            return Command(at, "deliveries", {"mode": dice.choice(("auto", "held"))})
        case "o":
            return outcome(world, at, dice)
        case "g":
            return CallerGone(at, dice.choice([t.id for t in world.pending_requests()] or [1]))
        case "s":
            return Command(at, "snapshot", {"name": dice.choice("ab")})
        case "*":
            return Command(at, "restore", {"name": dice.choice("ab")}) if dice.random() < 0.3 else Tick(at)
        case _:
            return Restarted(at) if dice.random() < 0.3 else Tick(at)


def outcome(world: WorldCore, at: int, dice: random.Random) -> Input:
    """What became of a delivery, or a hand on it."""
    sent = world.deliveries()
    if sent and dice.random() < 0.4:
        return Command(at, dice.choice(("release", "double", "drop")), {"id": dice.choice(sent).id})
    outbox = world.due_attempts()
    attempt = dice.choice(outbox)[1].id if outbox else dice.randrange(20)
    return dice.choice(
        (
            DeliveryOutcome(at, attempt, 200),
            DeliveryOutcome(at, attempt, 500),
            DeliveryOutcome(at, attempt, None, "timeout"),
        )
    )


def effect(hints: Hints, dice: random.Random) -> dict[str, Any]:
    """Any effect that a fault may have."""
    return dice.choice(
        (
            {"kind": "refuse", "name": dice.choice(hints.refusals)},
            {"kind": "delay", "seconds": dice.choice((0.5, 40)), "of": dice.choice(("answer", "request"))},
            {"kind": "reset", "when": dice.choice(("before", "after"))},
            {"kind": "truncate", "bytes": dice.randrange(9)},
            {"kind": "lose", "status": 500},
            {"kind": "double"},
            {"kind": "late", "seconds": 2.5},
            {"kind": "hold"},
        )
    )


def matcher(dice: random.Random) -> dict[str, Any]:
    """Whom a fault strikes, and how often: seldom enough for the walk to go on."""
    return {"nth": dice.randrange(1, 4), "times": dice.randrange(1, 4), "probability": dice.choice((0.3, 1.0))}


def walk(world: WorldCore, vendor: Vendor, hints: Hints, seed: int, steps: int) -> None:
    """So many inputs, one after another."""
    dice = random.Random(seed)
    for _ in range(steps):
        world.apply(step(world, vendor, hints, dice))


def named(place: str) -> Any:
    """`module:NAME`."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


def main() -> None:
    vendor, hints, seed, steps = named(sys.argv[1]), named(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    world = begin(vendor, seed)
    walk(world, vendor, hints, seed, steps)
    for entry in world.journal:
        print(msgspec.json.encode(render(entry)).decode())
    print(world.checkpoint().hex())


if __name__ == "__main__":
    main()
