"""A journal as one HTML file: the film, every moment and the building at each of them. It needs no server and loads nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from locksim.console import files
from locksim.console.display import shown_by_all
from locksim.console.film import due_items, summary
from locksim.console.rules import rules_of
from locksim.engine import replay
from locksim.engine.errors import Refused
from locksim.engine.journal import Entry, render
from locksim.engine.masking import Masker
from locksim.engine.moments import changes_between, masked_change
from locksim.engine.timestamps import MINUTE, iso
from locksim.engine.vendor import Vendor
from locksim.engine.world import WorldCore

__all__ = ["MAX_TURNS", "Note", "story"]

MAX_TURNS = 5_000
"""Turns that a story shows. Of a longer journal it shows the last ones."""


class Note(msgspec.Struct, omit_defaults=True):
    """What a client did or believed: a line of the story that is no turn of the world."""

    at: int
    """Microseconds since the epoch, UTC."""
    text: str
    result: str = ""
    wrong: bool = False
    """Whether it is what the story is about."""


def story(
    journal: bytes, vendors: Mapping[str, Vendor], *, title: str, notes: Iterable[Note] = (), mask: bool = True
) -> bytes:
    """Return a journal as an HTML page in one file.

    Args:
        journal: The exported journal, as JSON lines.
        vendors: The vendors of its world.
        title: The page's title: what the story is about.
        notes: What the client did and believed. The page opens at the last one that is wrong, otherwise at the end.
        mask: Whether secrets are replaced, as in reports.

    Raises:
        Refused: The journal is invalid, or cannot be replayed by this code.
    """
    recorded = replay.read(journal)
    whole = replay.begin(recorded, vendors)
    difference = replay.run(recorded, whole)
    if difference is not None:
        raise Refused(f"this journal was written by other code: {difference.text().splitlines()[0]}")
    masker = None
    if mask:
        masker = Masker(whole)
        for _ in masker.remember(whole):
            pass
    first = max(recorded.header.after, recorded.last - MAX_TURNS)
    world = replay.begin(recorded, vendors)
    replay.run(recorded, world, first)
    entries = whole.journal.read(first)
    data = _data(world, entries, masker)
    data |= {"title": title, "notes": [_note(one, entries) for one in notes]}
    return files.in_one_file(title, msgspec.json.encode(data))


def _data(world: WorldCore, entries: Iterable[Entry], masker: Masker | None) -> dict[str, Any]:
    """Step a world through the entries, and return all that the page shows of it."""
    show = masker.mask_data if masker is not None else msgspec.to_builtins
    devices = _devices(world, show)
    data: dict[str, Any] = {
        "titles": {name: vendor.title for name, vendor in world.vendors.items()},
        "devices": devices,
        "began": {"at": iso(world.now), "due": due_items(world)},
        "shown": [show(msgspec.to_builtins(shown_by_all(world)))],
        "rules": {},
        "turns": [],
        "moments": {},
    }
    look_again = world.now + MINUTE
    for entry in entries:
        changes = changes_between(world, entry)
        shown = render(entry) if masker is None else masker.mask(render(entry))
        now = _devices(world, show) if changes else devices
        if changes or world.now >= look_again:
            look_again = world.now + MINUTE  # what runs out by time alone, such as a rate window, does so in minutes
            displayed = show(msgspec.to_builtins(shown_by_all(world)))
            if displayed != data["shown"][-1]:  # the same for many turns, so it is kept once
                data["shown"].append(displayed)
        rules = rules_of(world.vendors, render(entry))
        data["rules"] |= {rule.id: rule for rule in rules}
        data["turns"].append(summary(shown))
        data["moments"][entry.n] = {
            "at": iso(world.now),
            "entry": shown,
            "changes": changes if masker is None else [masked_change(one, masker) for one in changes],
            "devices": _differences(devices, now),
            "shown": len(data["shown"]) - 1,
            "rules": [[rule.id, rule.about] for rule in rules],
            "due": due_items(world)[:20],
        }
        devices = now
    return data


def _devices(world: WorldCore, show: Callable[[Any], Any]) -> dict[str, list[dict[str, Any]]]:
    """Return each vendor's devices as JSON."""
    return {name: [show(msgspec.to_builtins(one)) for one in world.devices(name)] for name in world.vendors}


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return by vendor the devices that differ, and the ids of those that are gone."""
    found = {}
    for vendor, devices in now.items():
        was = {one["id"]: one for one in before[vendor]}
        changed = [one for one in devices if was.pop(one["id"], None) != one]
        if was or changed:
            found[vendor] = {"changed": changed, "gone": list(was)}
    return found


def _note(note: Note, entries: Iterable[Entry]) -> dict[str, Any]:
    """Return a note with the number of the last turn before it."""
    before = [entry.n for entry in entries if entry.at <= note.at]
    return {**msgspec.to_builtins(note), "at": iso(note.at), "n": before[-1] if before else 0}
