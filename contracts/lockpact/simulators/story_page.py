"""A world's journal as a page that shows its film, with what the client did."""

from __future__ import annotations

from collections.abc import Sequence

from lockpact.report.model import ClientStep
from locksim.console.story import Note, story
from locksim.engine import replay
from locksim.engine.errors import Refused
from locksim.registry import load

__all__ = ["MAX_TURNS", "story_page"]

MAX_TURNS = 2_000
"""Longer journals get no page by themselves: `locksim show` makes one."""


def story_page(journal: str, title: str, steps: Sequence[ClientStep] = ()) -> bytes | None:
    """Return an HTML page in one file, with secrets masked.

    None: the journal is longer than `MAX_TURNS`, cannot be replayed, or has vendors that are not locksim's.
    """
    text = journal.encode()
    if text.count(b"\n") > MAX_TURNS:
        return None
    notes = [Note(one.at, one.text, one.result, one.wrong) for one in steps]
    try:
        vendors = {name: load(name) for name in replay.read(text).header.vendors}
        return story(text, vendors, title=title, notes=notes)
    except Refused:
        return None
