"""Initialise a KitLock: the sequence that /init returns, and what it does when it is typed.

The sequence is `#master#99#yyMMddhhmm#identifier#`; a KL1060C2 has a group and a member of three digits each in place of
the identifier. The lock accepts it only with its own master code. Typing it sets the clock and replaces the old
initialisation, so that all old NetCodes stop working.

A sequence has no seconds: the clock gets the minute of the sequence and the seconds of the world. A sequence that is
typed in the minute in which it was made therefore sets the clock exactly.
"""

from __future__ import annotations

import re

from locksim.codelocks.durations import KL1060C2
from locksim.codelocks.state import TIMECODE, KitLock
from locksim.engine.timestamps import MINUTE, iso, parse_iso

__all__ = [
    "DEFAULT_IDENTIFIER",
    "FACTORY_MASTER",
    "GRACE",
    "initialise",
    "sequence_format",
    "sequence_of",
    "timecode_of",
    "timecode_us",
]

FACTORY_MASTER = "12345678"
DEFAULT_IDENTIFIER = "123456"
GRACE = 20 * MINUTE
"""For how long an observed KitLock opens after the end of a code's period: 15 to 25 minutes were measured."""

_PLAIN = re.compile(r"#([0-9]{8})#99#([0-9]{10})#([0-9]{6})#", re.ASCII)
_GROUPED = re.compile(r"#([0-9]{8})#99#([0-9]{10})#([0-9]{3})#([0-9]{3})#", re.ASCII)


def sequence_format(model: str) -> tuple[str, str]:
    """Return the format of a model's sequence, and its description."""
    if model == KL1060C2:
        description = "Master code, programme 99, date and time in UTC, Group ID, Member ID; each ends with #"
        return "#MASTERCODE#99#yyMMddhhmm#GROUPID#MEMBERID#", description
    return "#MASTERCODE#99#yyMMddhhmm#ID#", "Master code, programme 99, date and time in UTC, ID; each ends with #"


def sequence_of(model: str, master: str, timecode: str, identifier: str) -> str:
    """Return the sequence. `identifier` has six digits; on a KL1060C2 they are group and member, three digits each."""
    fields = f"{identifier[:3]}#{identifier[3:]}" if model == KL1060C2 else identifier
    return f"#{master}#99#{timecode[2:]}#{fields}#"


def timecode_of(us: int) -> str:
    """Return an instant as a timecode: twelve digits, to the minute, in UTC."""
    return re.sub("[^0-9]", "", iso(us)[:16])


def timecode_us(timecode: str) -> int | None:
    """Return the instant of a timecode; None unless it is a date and time from 2000 to 2099."""
    if not re.fullmatch(TIMECODE, timecode, re.ASCII):
        return None
    year, month, day, hour, minute = timecode[:4], timecode[4:6], timecode[6:8], timecode[8:10], timecode[10:]
    try:
        return parse_iso(f"{year}-{month}-{day}T{hour}:{minute}:00Z")
    except ValueError:
        return None


def initialise(lock: KitLock, sequence: str, now: int) -> bool:
    """Type a sequence. Return whether the lock accepts it.

    A sequence of another format, or with another master code than the lock's own, changes nothing. So does any sequence
    at a lock with flat batteries.
    """
    typed = (_GROUPED if lock.model == KL1060C2 else _PLAIN).fullmatch(sequence)
    if (
        typed is None
        or typed[1] != lock.master
        or not lock.charge.left(now)
        or (at := timecode_us("20" + typed[2])) is None
    ):
        return False
    lock.timecode, lock.identifier = "20" + typed[2], "".join(typed.groups()[2:])
    lock.set_clock(now, at - now // MINUTE * MINUTE)
    return True
