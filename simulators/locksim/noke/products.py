"""The product families, and what each can do. `hw_version` names a lock's family in the API.

The document's list of names: 3E (Volt and entry controllers), 1A (ONE), 2A (Ion), 3K (NokēPad), 4K (Screen). Its sample
lock is a "3p", which the mobile libraries call the second generation of padlocks: the HD padlock, the one lock of which
the document says that it unshackles, engages and takes settings. Which of the others take quick clicks and offline keys
is our assumption: see FIDELITY.md.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["ENGAGES_FROM", "FAMILIES", "Family", "at_least"]

ENGAGES_FROM = "4.25"
"""The firmware from which an HD lock may be told to stay open, and to engage (chapter *POST /engagelock/*)."""


class Family(NamedTuple):
    """What the locks of one family can do."""

    name: str
    shackle: bool = False
    """It has a shackle, which /unshackle/ lets a person take out."""
    engages: bool = False
    """From firmware 4.25 on it takes `explicit-lock` and /engagelock/."""
    clicks: bool = True
    """It has a button, or a shackle, to enter quick clicks with."""
    keys: bool = True
    """It holds offline and fob keys."""
    codes: bool = False
    """It has a keypad or a screen for access codes (which this API cannot issue)."""


FAMILIES: dict[str, Family] = {
    "3p": Family("HD padlock", shackle=True, engages=True),
    "3E": Family("Volt and entry controllers"),
    "1A": Family("Nokē ONE"),
    "2A": Family("Nokē Ion"),
    "3K": Family("NokēPad", clicks=False, codes=True),
    "4K": Family("Nokē Screen", clicks=False, keys=False, codes=True),
}
"""hw_version → its family."""


def at_least(version: str, wanted: str) -> bool:
    """Whether a firmware version such as "2.10" is the wanted one or later: by numbers, so that 4.3 is before 4.25."""
    return _numbers(version) >= _numbers(wanted)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
