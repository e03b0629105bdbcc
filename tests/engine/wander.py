"""A random walk of inputs through a world, for the tests of determinism, rebuilding and recovery.

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
    """What a walk through one vendor's world may do: requests, and device actions with their arguments.

    A request is a method and target for the main site, or a complete `Request`, whose time is replaced by the walk's.
    """

    site: str
    requests: Sequence[tuple[str, str] | Request]
    acts: Sequence[tuple[str | None, str, dict[str, Any]]]
    refusals: Sequence[str]
    state: dict[str, Any] | None = field(default=None)
    headers: Headers = ()
    """Additional headers of this vendor's callers: a key, say."""
    bodies: Sequence[bytes] = ()
    """Bodies that this vendor understands. Random bytes are sent, too."""


def begin(vendor: Vendor, seed: int, **options: Any) -> WorldCore:
    """Return a world to walk through, checked after every turn."""
    world = WorldCore.begin({vendor.name: vendor}, seed=seed, start=START, **options)
    world.strict = True
    return world


def setting(rng: random.Random) -> tuple[str, dict[str, Any]]:
    """Return a command that switches something of the whole world."""
    physics = {"clock_drift": rng.choice((0, 5)), "battery_drain": rng.choice((0, 1, 100))}
    return rng.choice((("limits", {"on": True}), ("limits", {"on": False}), ("nonsense", {}), ("physics", physics)))


def step(world: WorldCore, vendor: Vendor, hints: Hints, rng: random.Random) -> Input:
    """Return the next input: anything that may enter a world."""
    at = world.now + rng.choice((0, 0, 1, 999_999, 2_000_000, 30_000_000, 86_400_000_000))
    device, action, args = rng.choice(hints.acts)
    act = {"vendor": vendor.name, "device": device, "action": action, "args": args}
    match rng.choice("rrrrrrrrrrttaaapfflcddoooggs*w"):
        case "r":
            asked = rng.choice(hints.requests)
            if isinstance(asked, Request):
                return msgspec.structs.replace(asked, at=at)
            method, target = asked
            headers = (("Host", "x"), ("Accept", "*/*"), ("X-Number", str(rng.randrange(3))), *hints.headers)
            body = rng.choice((rng.randbytes(rng.randrange(4)), *hints.bodies))
            return Request(at, vendor.name, hints.site, method, target, headers, body)
        case "t":
            return Tick(at)
        case "a":
            return DeviceAction(at, vendor.name, device, action, args)
        case "p":
            return Command(at, "plan", {"after": rng.choice((0, 0.5, 29.9, 30)), "act": act})
        case "f":
            return Command(at, "fault", {"effect": effect(hints, rng), **matcher(rng)})
        case "l":
            return Command(at, "lift", {"id": rng.randrange(9)} if rng.random() < 0.5 else {})
        case "c":
            return Command(at, *setting(rng))
        case "d":
            return Command(at, "deliveries", {"mode": rng.choice(("auto", "held"))})
        case "o":
            return outcome(world, at, rng)
        case "g":
            return CallerGone(at, rng.choice([t.id for t in world.pending_requests()] or [1]))
        case "s":
            return Command(at, "snapshot", {"name": rng.choice("ab")})
        case "*":
            return Command(at, "restore", {"name": rng.choice("ab")}) if rng.random() < 0.3 else Tick(at)
        case _:
            return Restarted(at) if rng.random() < 0.3 else Tick(at)


def outcome(world: WorldCore, at: int, rng: random.Random) -> Input:
    """Return the outcome of a delivery, or a command to it."""
    sent = world.deliveries()
    if sent and rng.random() < 0.4:
        return Command(at, rng.choice(("release", "double", "drop")), {"id": rng.choice(sent).id})
    outbox = world.due_attempts()
    attempt = rng.choice(outbox)[1].id if outbox else rng.randrange(20)
    return rng.choice(
        (
            DeliveryOutcome(at, attempt, 200),
            DeliveryOutcome(at, attempt, 500),
            DeliveryOutcome(at, attempt, None, "timeout"),
        )
    )


def effect(hints: Hints, rng: random.Random) -> dict[str, Any]:
    """Return any effect that a fault may have."""
    return rng.choice(
        (
            {"kind": "refuse", "name": rng.choice(hints.refusals)},
            {"kind": "delay", "seconds": rng.choice((0.5, 40)), "of": rng.choice(("answer", "request"))},
            {"kind": "reset", "when": rng.choice(("before", "after"))},
            {"kind": "truncate", "bytes": rng.randrange(9)},
            {"kind": "lose", "status": 500},
            {"kind": "double"},
            {"kind": "late", "seconds": 2.5},
            {"kind": "hold"},
        )
    )


def matcher(rng: random.Random) -> dict[str, Any]:
    """Return which requests a fault affects, and how often: seldom enough for the walk to go on."""
    return {"nth": rng.randrange(1, 4), "times": rng.randrange(1, 4), "probability": rng.choice((0.3, 1.0))}


def walk(world: WorldCore, vendor: Vendor, hints: Hints, seed: int, steps: int) -> None:
    """Apply so many inputs, one after another."""
    rng = random.Random(seed)
    for _ in range(steps):
        world.apply(step(world, vendor, hints, rng))


def load(reference: str) -> Any:
    """Return the object that `module:NAME` names."""
    module, _, name = reference.partition(":")
    return getattr(import_module(module), name)


def main() -> None:
    vendor, hints, seed, steps = load(sys.argv[1]), load(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
    world = begin(vendor, seed)
    walk(world, vendor, hints, seed, steps)
    for entry in world.journal:
        print(msgspec.json.encode(render(entry)).decode())
    print(world.checkpoint().hex())


if __name__ == "__main__":
    main()
