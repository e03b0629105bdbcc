"""Coming back: the worlds that a store keeps, as they were after their last entry.

    latest checkpoint → the entries behind it, run again, each answer compared with the one that was given → the world

What cannot come back as it was is refused with a sentence, and nothing is changed: a damaged journal, one that other code
wrote (its answers might be others), a world of other vendors. One case is different: when nothing lies behind the latest
checkpoint, as after a clean stop, there is nothing to run again, and the checkpoint loads in any later version that reads
its schemas; the world's journal begins anew there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from locksim.engine.errors import Refused
from locksim.engine.fingerprint import fingerprint, zones
from locksim.engine.journal import Entry, Journal
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore
from locksim.storage.store import Damaged, Kept, Store

__all__ = ["About", "Recovered", "about", "recover", "vendors_of"]

_log = logging.getLogger("locksim")


class About(msgspec.Struct, forbid_unknown_fields=True):
    """What a store keeps of a world beside its journal."""

    code: str
    zones: str
    vendors: dict[str, int]
    """name → the version of its state's schema."""
    begun: dict[str, Any] = {}
    """What it was begun from: the keys of `POST /_sim/worlds` that were given."""
    present: bool = False
    """Whether it began at the present, so that a reset takes it there."""
    ports: bool = False
    """Whether it has ports of its own."""


class Recovered(msgspec.Struct):
    """A world that came back. It was `core.now` in it when it was `wall` (real µs since the epoch)."""

    core: WorldCore
    about: About
    wall: int
    anew: bool = False
    """Other code wrote it: what the store keeps must begin anew."""


def about(vendors: Mapping[str, Vendor], **more: Any) -> About:
    """The description of a world that this code runs."""
    schemas = {name: vendor.schema for name, vendor in vendors.items()}
    return About(fingerprint(vendors.values()), zones(), schemas, **more)


def vendors_of(store: Store) -> list[str]:
    """The names of the vendors in a store's worlds; none, when it is new. Raises Damaged."""
    return list(dict.fromkeys(name for kept in store.worlds() for name in _about(store, kept).vendors))


def recover(store: Store, vendors: Iterable[Vendor]) -> list[Recovered]:
    """All that the store keeps. Raises Damaged, Refused."""
    mine = {vendor.name: vendor for vendor in vendors}
    return [_recover(store, kept, mine) for kept in store.worlds()]


def _about(store: Store, kept: Kept) -> About:
    try:
        return msgspec.json.decode(kept.about, type=About)
    except msgspec.MsgspecError as wrong:
        raise Damaged(f"{store.place}: the description of world {kept.name} cannot be read: {wrong}") from None


def _recover(store: Store, kept: Kept, mine: Mapping[str, Vendor]) -> Recovered:
    was = _about(store, kept)
    if was.vendors.keys() != mine.keys():
        raise Refused(
            f"{store.place} holds a world of {', '.join(was.vendors)}; name exactly these vendors, or none, or take another "
            "folder"
        )
    rows = list(store.read(kept.name))
    here = about(mine)
    last = rows[-1] if rows else kept.base
    if (was.code, was.zones) != (here.code, here.zones):
        if kept.latest.n != last.n:
            raise Refused(_other_code(store, kept, was, here, last.n - kept.latest.n))
        core = WorldCore.load(mine, kept.latest.data, name=kept.name)
        _log.warning(
            "%s: world %s was kept by other code; its journal begins anew behind entry %d",
            store.place,
            kept.name,
            last.n,
        )
        return Recovered(core, was, kept.latest.wall, anew=True)
    core = WorldCore.load(mine, kept.latest.data, name=kept.name)
    entries = [_entry(store, kept, row.data) for row in rows]
    _again(store, core, entries[kept.latest.n - kept.base.n :], rows[kept.latest.n - kept.base.n :])
    core.journal = Journal.of(kept.base.data, kept.base.n, entries, kept.latest.data, kept.latest.n)
    core.check()
    return Recovered(core, was, (last if last.n > kept.latest.n else kept.latest).wall)


def _entry(store: Store, kept: Kept, data: bytes) -> Entry:
    try:
        return msgspec.msgpack.decode(data, type=Entry)
    except msgspec.MsgspecError as wrong:
        raise Damaged(f"{store.place}: an entry of world {kept.name} cannot be read: {wrong}") from None


def _again(store: Store, core: WorldCore, entries: list[Entry], rows: list[Any]) -> None:
    """Run what lies behind the checkpoint. Raises Damaged when it does not come out as it did."""
    for was, row in zip(entries, rows, strict=True):
        try:
            now = core.run_again(was.input, was.failed)
        except Exception as broken:
            raise Damaged(_differs(store, core, was, f"the stand-in fails: {broken}")) from broken
        if msgspec.msgpack.encode(now) != row.data:
            raise Damaged(_differs(store, core, was, "it comes out otherwise"))
        core.journal.last = was.n


def _differs(store: Store, core: WorldCore, was: Entry, how: str) -> str:
    return (
        f"{store.place}: world {core.name} cannot come back, and was left as it is: run again, entry {was.n} is not what it was "
        f"({how}). Begin in another folder; and please report it, since the code is the same"
    )


def _other_code(store: Store, kept: Kept, was: About, here: About, behind: int) -> str:
    what = "another version of locksim" if was.code != here.code else f"time zones {was.zones} (these are {here.zones})"
    return (
        f"{store.place}: world {kept.name} was kept by {what}, and stopped without a checkpoint: {behind} entries behind its "
        "last one can only be run again by the code that wrote them. It was left as it is: start and stop it once with that "
        "version, or begin in another folder"
    )
