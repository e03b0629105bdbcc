"""A journal as JSON lines: first a header that says how the world began, then each entry, as `journal.render` shows it.

    {"journal": 1, "locksim": "…", "code": "…", "zones": "…", "seed": 7, "start": "…", …, "after": 0, "base": null}
    {"n": 1, "at": "…", "kind": "request", …}

The header and the inputs are all that a fresh world needs to go the same way (`locksim.engine.replay`). `base` is null where
the world began as any with this seed begins. It is a checkpoint (base64 of zlib) where the journal begins behind one: the
oldest entries have left, the world was reset, forked, or begun with a state of its own. Code and zones are told so that
whoever replays knows whether another answer is a change or a mystery. `only` names a vendor when the others' entries are
left out; such a journal cannot be replayed.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from locksim.engine.errors import Refused
from locksim.engine.fingerprint import fingerprint, zones
from locksim.engine.inputs import CallerGone, Command, DeliveryOutcome, DeviceAction, Input, Request, Restarted, Tick
from locksim.engine.journal import Entry, render
from locksim.engine.state import WorldSnapshot
from locksim.engine.timestamps import iso, parse_iso
from locksim.engine.world import WorldCore
from locksim.version import __version__

__all__ = ["FORMAT", "Header", "begin", "header", "input_of", "lines", "pages", "secrets"]

MASK = "•••".encode()
"""What stands where a secret stood."""
FORMAT = 1
"""The version of these lines."""


class Header(msgspec.Struct):
    """The first line."""

    journal: int
    locksim: str
    code: str
    zones: str
    seed: int
    start: str
    profile: str
    limits: str
    clock: str
    addresses: dict[str, str]
    vendors: dict[str, int]
    """name → the version of its state's schema."""
    after: int = 0
    """The number of the last entry before the first that is here."""
    base: str | None = None
    variants: list[str] = []
    """The ids of the variants that were planted from the start."""
    only: str | None = None
    masked: bool = False
    """Whether secrets were taken out, so that it cannot be replayed."""

    def snapshot(self) -> bytes | None:
        """The checkpoint that the journal begins behind. Raises Refused when it is none."""
        try:
            return None if self.base is None else zlib.decompress(b64decode(self.base, validate=True))
        except (ValueError, zlib.error) as wrong:
            raise Refused(f"the journal's base is no checkpoint: {wrong}") from None


def header(world: WorldCore, only: str | None = None) -> Header:
    """How this world's journal begins."""
    journal = world.journal
    began = WorldSnapshot.decode(journal.base).world
    told = Header(
        FORMAT,
        __version__,
        fingerprint(world.vendors.values()),
        zones(),
        began.seed,
        iso(began.start),
        began.profile,
        "on" if began.limits else "off",
        began.clock.mode,
        began.addresses,
        {name: vendor.schema for name, vendor in world.vendors.items()},
        journal.base_n,
        variants=began.variants,
        only=only,
    )
    if begin(world.vendors, told).journal.base != journal.base:
        told.base = b64encode(zlib.compress(journal.base)).decode()
    return told


def begin(vendors: Any, told: Header) -> WorldCore:
    """The world that the header describes, its base left aside. Raises Refused."""
    return WorldCore.begin(
        vendors,
        seed=told.seed,
        start=parse_iso(told.start),
        profile=told.profile,
        limits=told.limits == "on",
        clock=told.clock,
        addresses=told.addresses,
        variants=told.variants,
    )


def lines(world: WorldCore, entries: Iterable[Entry], only: str | None = None) -> Iterator[bytes]:
    """The header and these entries, each with its line end."""
    yield msgspec.json.encode(header(world, only)) + b"\n"
    for entry in entries:
        yield msgspec.json.encode(render(entry)) + b"\n"


def pages(world: WorldCore, size: int = 200, *, mask: bool = False) -> Iterator[bytes]:
    """The whole journal, as far as it goes now, in pieces: in between, the world may go on. `mask` takes the vendors'
    secrets out, and the base with them; what is left is for readers, and cannot be replayed."""
    last, upto = 0, world.journal.last
    told, hide = header(world), secrets(world) if mask else []
    if mask:
        told.base, told.masked = None, True
    yield msgspec.json.encode(told) + b"\n"
    while last < upto and (some := world.journal.read(last, size)):
        last = some[-1].n
        page = b"".join(msgspec.json.encode(render(entry)) + b"\n" for entry in some if entry.n <= upto)
        for secret in hide:
            page = page.replace(secret, MASK)
        yield page


def secrets(world: WorldCore) -> list[bytes]:
    """What opens something in this world now, as it stands in JSON; the longest first, since one may contain another."""
    texts = {text for name, vendor in world.vendors.items() for text in vendor.secrets(world.state(name))}
    return sorted((msgspec.json.encode(text)[1:-1] for text in texts if len(text) > 3), key=lambda s: (-len(s), s))


def input_of(shown: dict[str, Any]) -> Input:
    """The input of a rendered entry. Raises Refused when it is none."""
    try:
        given: Input = _KINDS[shown["kind"]](parse_iso(shown["at"]), shown)
    except (KeyError, TypeError, ValueError) as wrong:
        raise Refused(f"entry {shown.get('n')} is none of a journal: {type(wrong).__name__}: {wrong}") from None
    return given


def _request(at: int, shown: dict[str, Any]) -> Request:
    headers = tuple((str(name), str(value)) for name, value in shown["headers"])
    body = shown["body"].encode() if "body" in shown else b64decode(shown["body_base64"], validate=True)
    return Request(at, shown["vendor"], shown["site"], shown["method"], shown["target"], headers, body)


_KINDS: dict[str, Any] = {
    "request": _request,
    "tick": lambda at, shown: Tick(at, shown.get("timer")),
    "act": lambda at, e: DeviceAction(at, e["vendor"], e["device"], e["action"], e["args"], e.get("planned")),
    "gone": lambda at, shown: CallerGone(at, shown["ticket"]),
    "outcome": lambda at, shown: DeliveryOutcome(at, shown["attempt"], shown["status"], shown["error"]),
    "control": lambda at, shown: Command(at, shown["op"], shown["args"], shown.get("planned")),
    "restarted": lambda at, shown: Restarted(at, shown.get("addresses", {})),
}
"""kind → its input, from its time and the rendered entry."""
