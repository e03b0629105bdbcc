"""The product families, and what the locks of each can do. `hw_version` names a lock's family in the API.

The document lists 3E (Volt and entry controllers), 1A (ONE), 2A (Ion), 3K (NokēPad) and 4K (Screen). Its sample lock is
a "3p". The mobile libraries call that the second generation of padlocks, which we take for the HD padlock: the one lock
that unshackles, engages and takes settings. Which other families take quick clicks and offline keys is assumed: see
FIDELITY.md.
"""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["ENGAGES_FROM", "FAMILIES", "Family", "at_least", "is_version"]

ENGAGES_FROM = "4.25"
"""The first firmware of HD locks with explicit-lock and /engagelock/ (chapter *POST /engagelock/*)."""


class Family(NamedTuple):
    """What the locks of one family can do."""

    name: str
    shackle: bool = False
    """It has a shackle, which can be taken out after /unshackle/."""
    engages: bool = False
    """It takes `explicit-lock` and /engagelock/, from firmware 4.25 on."""
    clicks: bool = True
    """It takes quick clicks: it has a button or a shackle to enter them."""
    keys: bool = True
    """It holds offline and fob keys."""
    codes: bool = False
    """It takes access codes at a keypad or screen. This API cannot issue them."""


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
    """Return whether a firmware version such as "2.10" is at least the wanted one, compared by numbers: 4.3 is before 4.25."""
    return _numbers(version) >= _numbers(wanted)


def is_version(text: str) -> bool:
    """Return whether this is a firmware version such as "2.10"."""
    return re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})*", text) is not None


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
