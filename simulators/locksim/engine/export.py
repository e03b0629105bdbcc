"""Export a journal as JSON lines: a header that says how the world began, then each entry as `journal.render` shows it.

    {"journal": 1, "locksim": "…", "code": "…", "zones": "…", "seed": 7, "start": "…", …, "after": 0, "base": null}
    {"n": 1, "at": "…", "kind": "request", …}

1. A new world needs nothing but the header and the inputs to get the same entries (`locksim.engine.replay`).
2. `base` is null if the world began as every world with this header begins. Otherwise it is the checkpoint (base64 of
   zlib) before the first entry: the oldest entries have left, or the world was reset, forked, or begun with another state.
3. `code` and `zones` say which code wrote the journal. A replay by other code may differ without a defect.
4. A journal with the entries of one vendor only (`only`), or with its secrets masked (`masked`), cannot be replayed.
   A masked one has no base, and `seed` is 0: both would give the secrets away.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from locksim.engine.errors import Refused
from locksim.engine.fingerprint import fingerprint, zones
from locksim.engine.inputs import CallerGone, Command, DeliveryOutcome, DeviceAction, Input, Request, Restarted, Tick
from locksim.engine.journal import Entry, render
from locksim.engine.masking import Masker
from locksim.engine.state import WorldSnapshot
from locksim.engine.timestamps import SECOND, iso, parse_iso
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore
from locksim.version import __version__

__all__ = ["FORMAT", "Header", "begin", "header_of", "input_of", "lines", "pages"]

FORMAT = 1
"""The version of the header and the entries."""


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
    """The number of the entry before the first exported one."""
    base: str | None = None
    """The checkpoint before the first exported entry; None if the world began as the header says."""
    variants: list[str] = []
    """The ids of the variants that ran from the start."""
    only: str | None = None
    """The vendor, if the entries of others were left out."""
    masked: bool = False
    """Whether secrets were replaced."""
    clock_drift: float = 0
    battery_drain: float = 0

    def snapshot(self) -> bytes | None:
        """Return the decoded `base`. Raises Refused if it is no checkpoint."""
        try:
            return None if self.base is None else zlib.decompress(b64decode(self.base, validate=True))
        except (ValueError, zlib.error) as error:
            raise Refused(f"the journal's base is no checkpoint: {error}") from None


def header_of(world: WorldCore, only: str | None = None) -> Header:
    """Return the header of this world's journal."""
    journal = world.journal
    first = WorldSnapshot.decode(journal.base).world
    header = Header(
        FORMAT,
        __version__,
        fingerprint(world.vendors.values()),
        zones(),
        first.seed,
        iso(first.start),
        first.profile,
        "on" if first.limits else "off",
        first.clock.mode,
        first.addresses,
        {name: vendor.schema for name, vendor in world.vendors.items()},
        journal.base_n,
        variants=first.variants,
        only=only,
        clock_drift=first.physics.clock_drift / SECOND,
        battery_drain=first.physics.battery_drain / SECOND,
    )
    if begin(world.vendors, header).journal.base != journal.base:
        header.base = b64encode(zlib.compress(journal.base)).decode()
    return header


def begin(vendors: Mapping[str, Vendor], header: Header) -> WorldCore:
    """Return the world that the header describes, without its `base`. Raises Refused."""
    return WorldCore.begin(
        vendors,
        seed=header.seed,
        start=parse_iso(header.start),
        profile=header.profile,
        limits=header.limits == "on",
        clock=header.clock,
        addresses=header.addresses,
        variants=header.variants,
        clock_drift=header.clock_drift,
        battery_drain=header.battery_drain,
    )


def lines(world: WorldCore, entries: Iterable[Entry], only: str | None = None) -> Iterator[bytes]:
    """Yield the lines of the header and of these entries. `only` is for the header."""
    yield msgspec.json.encode(header_of(world, only)) + b"\n"
    for entry in entries:
        yield msgspec.json.encode(render(entry)) + b"\n"


def pages(world: WorldCore, size: int = 200, *, masker: Masker | None = None) -> Iterator[bytes]:
    """Yield the journal up to its present last entry, in pages; some are empty. Between two pages the world may go on.

    Args:
        world: The world.
        size: The number of entries in a page.
        masker: Replaces secrets. Then the base and the seed, from which secrets follow, are left out, and the result cannot be
            replayed.
    """
    last, until = 0, world.journal.last
    header = header_of(world)
    if masker is not None:
        for _ in masker.remember(world):
            yield b""
        header.base, header.seed, header.masked = None, 0, True
    yield msgspec.json.encode(header) + b"\n"
    while last < until and (entries := world.journal.read(last, size)):
        last = entries[-1].n
        shown = [render(entry) for entry in entries if entry.n <= until]
        if masker is not None:
            shown = [masker.mask(one) for one in shown]
        yield b"".join(msgspec.json.encode(one) + b"\n" for one in shown)


def input_of(shown: dict[str, Any]) -> Input:
    """Return the input of a rendered entry. Raises Refused if it is no entry."""
    try:
        given: Input = _KINDS[shown["kind"]](parse_iso(shown["at"]), shown)
    except (KeyError, TypeError, ValueError) as error:
        raise Refused(f"invalid journal entry {shown.get('n')}: {type(error).__name__}: {error}") from None
    return given


def _request(at: int, shown: dict[str, Any]) -> Request:
    headers = tuple((str(name), str(value)) for name, value in shown["headers"])
    body = shown["body"].encode() if "body" in shown else b64decode(shown["body_base64"], validate=True)
    return Request(at, shown["vendor"], shown["site"], shown["method"], shown["target"], headers, body)


_KINDS: dict[str, Any] = {
    "request": _request,
    "tick": lambda at, shown: Tick(
        at,
        shown.get("timer"),
        parse_iso(shown["until"]) if "until" in shown else None,
        shown.get("vendor", ""),
        shown.get("event", ""),
        shown.get("args", {}),
    ),
    "act": lambda at, shown: DeviceAction(
        at, shown["vendor"], shown["device"], shown["action"], shown["args"], shown.get("planned")
    ),
    "gone": lambda at, shown: CallerGone(at, shown["ticket"]),
    "outcome": lambda at, shown: DeliveryOutcome(at, shown["attempt"], shown["status"], shown["error"]),
    "control": lambda at, shown: Command(at, shown["op"], shown["args"], shown.get("planned")),
    "restarted": lambda at, shown: Restarted(at, shown.get("addresses", {})),
}
"""kind → a function of the time and the rendered entry that returns the input."""
