"""Recovery: return the worlds of a store to the state after their last entry.

    latest checkpoint → the entries after it, run again, each result compared with the stored one → the world

1. A world that cannot be recovered exactly is refused with a sentence, and the store is not changed. Reasons: a damaged
   journal, entries that other code wrote (it might have answered otherwise), other vendors.
2. If there is no entry after the latest checkpoint, as after a clean stop, nothing needs to run again. Then the
   checkpoint loads in any later version that reads its schemas, and the world's journal begins again there.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from locksim.engine.errors import Refused, Unknown
from locksim.engine.fingerprint import fingerprint, zones
from locksim.engine.journal import Entry, Journal
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore
from locksim.storage.store import Damaged, Row, SharedStore, Store, StoredWorld

__all__ = [
    "RecoveredWorld",
    "WorldDescription",
    "check_can_continue",
    "check_vendors",
    "describe",
    "description_of",
    "recover",
    "recover_world",
    "vendors_of",
]

_log = logging.getLogger("locksim")


class WorldDescription(msgspec.Struct, forbid_unknown_fields=True):
    """What a store keeps of a world in addition to its journal."""

    code: str
    """The fingerprint of the code that wrote the world."""
    zones: str
    """The version of the time zones."""
    vendors: dict[str, int]
    """name → the version of its state's schema."""
    begun: dict[str, Any] = {}
    """What it was begun from: the keys of `POST /_sim/worlds` that were given."""
    present: bool = False
    """Whether it began at the present, so that a reset takes it there."""
    ports: bool = False
    """Whether it has ports of its own."""


class RecoveredWorld(msgspec.Struct):
    """A recovered world. Its time was `core.now` when the real time was `wall` (microseconds since the epoch)."""

    core: WorldCore
    description: WorldDescription
    wall: int
    outdated: bool = False
    """Whether other code wrote it, so that it must be written to the store again."""


def describe(vendors: Mapping[str, Vendor], **more: Any) -> WorldDescription:
    """Return the description of a world that this code runs. `more` are the fields after `vendors`."""
    schemas = {name: vendor.schema for name, vendor in vendors.items()}
    return WorldDescription(fingerprint(vendors.values()), zones(), schemas, **more)


def vendors_of(store: Store) -> list[str]:
    """Return the names of the vendors in a store's worlds; an empty list for a new store. Raises Damaged.

    All worlds of a shared store have the same vendors, so one of them is enough.
    """
    if isinstance(store, SharedStore):
        with suppress(Unknown):
            return list(description_of(store, store.peek("default").stored).vendors)
        return []
    descriptions = (description_of(store, world) for world in store.worlds())
    return list(dict.fromkeys(name for description in descriptions for name in description.vendors))


def recover(store: Store, vendors: Iterable[Vendor]) -> list[RecoveredWorld]:
    """Return all worlds of a store. Raises Damaged, Refused."""
    named = {vendor.name: vendor for vendor in vendors}
    return [recover_world(store, world, list(store.read(world.name)), named) for world in store.worlds()]


def description_of(store: Store, world: StoredWorld) -> WorldDescription:
    """Return a stored world's description. Raises Damaged."""
    try:
        return msgspec.json.decode(world.description, type=WorldDescription)
    except msgspec.MsgspecError as error:
        raise Damaged(f"{store.place}: the description of world {world.name} cannot be read: {error}") from None


def check_can_continue(store: Store, world: StoredWorld, vendors: Mapping[str, Vendor]) -> bool:
    """Check that this code can continue a world with these vendors. Return whether other code wrote it.

    Raises:
        Damaged: The world's description cannot be read.
        Refused: It has other vendors, or other code wrote entries after its latest checkpoint.
    """
    description, current = description_of(store, world), describe(vendors)
    check_vendors(store, description, vendors)
    if (description.code, description.zones) == (current.code, current.zones):
        return False
    if world.latest.n != world.last:
        raise Refused(_other_code(store, world, description, current, world.last - world.latest.n))
    return True


def check_vendors(store: Store, description: WorldDescription, vendors: Iterable[str]) -> None:
    """Check that a stored world has these vendors, and no others. Raises Refused."""
    if set(description.vendors) != set(vendors):
        raise Refused(
            f"{store.place} holds a world of {', '.join(description.vendors)}; name exactly these vendors, or none, or "
            f"take another {_container(store)}"
        )


def recover_world(store: Store, world: StoredWorld, rows: list[Row], vendors: Mapping[str, Vendor]) -> RecoveredWorld:
    """Return a world in the state after its last entry. Raises Damaged, Refused.

    Args:
        store: where it is stored.
        world: the stored world.
        rows: the entries after its base.
        vendors: its vendors, by name.
    """
    outdated = check_can_continue(store, world, vendors)
    description = description_of(store, world)
    core = WorldCore.load(vendors, world.latest.data, name=world.name)
    if outdated:
        _log.warning(
            "%s: world %s was written by other code; its journal begins again after entry %d",
            store.place,
            world.name,
            world.last,
        )
        return RecoveredWorld(core, description, world.latest.wall, outdated=True)
    entries = [_entry(store, world, row.data) for row in rows]
    after_latest = slice(world.latest.n - world.base.n, None)
    _run_again(store, core, entries[after_latest], rows[after_latest])
    core.journal = Journal.of(world.base.data, world.base.n, entries, world.latest.data, world.latest.n)
    core.check()
    last = rows[-1] if rows and world.last > world.latest.n else world.latest
    return RecoveredWorld(core, description, last.wall)


def _container(store: Store) -> str:
    return "database" if store.shared else "folder"


def _entry(store: Store, world: StoredWorld, data: bytes) -> Entry:
    try:
        return msgspec.msgpack.decode(data, type=Entry)
    except msgspec.MsgspecError as error:
        raise Damaged(f"{store.place}: an entry of world {world.name} cannot be read: {error}") from None


def _run_again(store: Store, core: WorldCore, entries: list[Entry], rows: list[Row]) -> None:
    """Run entries again. Raises Damaged if one gives another result than the stored one."""
    for old, row in zip(entries, rows, strict=True):
        try:
            new = core.run_again(old.input, old.failed)
        except Exception as error:
            raise Damaged(_differs(store, core, old, f"the simulator fails: {error}")) from error
        if msgspec.msgpack.encode(new) != row.data:
            raise Damaged(_differs(store, core, old, "the result differs"))
        core.journal.last = old.n


def _differs(store: Store, core: WorldCore, old: Entry, how: str) -> str:
    return (
        f"{store.place}: world {core.name} cannot be recovered, and was not changed: run again, entry {old.n} differs from "
        f"the stored one ({how}). Begin in another {_container(store)}; and please report it, since the code is the same"
    )


def _other_code(store: Store, world: StoredWorld, stored: WorldDescription, current: WorldDescription, n: int) -> str:
    if stored.code != current.code:
        what = "another version of locksim"
    else:
        what = f"time zones {stored.zones} (these are {current.zones})"
    return (
        f"{store.place}: world {world.name} was written by {what}, and stopped without a checkpoint. Only the code that wrote "
        f"its last {n} entries can run them again. It was not changed: start and stop it once with that version, or begin in "
        f"another {_container(store)}"
    )
