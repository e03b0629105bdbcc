"""A KitLock's keypad and clock: initialisation, codes, batteries.

The sequence is what /init answers: `#master#99#yyMMddhhmm#identifier#` (a KL1060C2 has its group and its member
there, three digits each). Typing it sets the clock, forgets the old initialisation, and with it every old NetCode. The
clock is set to the minute of the sequence, in step with the world's seconds: typed in the minute in which it was made,
it is exact.
"""

from __future__ import annotations

import re

from locksim.codelocks.durations import KL1060C2
from locksim.codelocks.state import TIMECODE, KitLock
from locksim.engine.timestamps import MINUTE, iso, parse_iso

__all__ = [
    "DEFAULT_IDENTIFIER",
    "FACTORY_MASTER",
    "initialise",
    "sequence_format",
    "sequence_of",
    "timecode_of",
    "timecode_us",
]

FACTORY_MASTER = "12345678"
DEFAULT_IDENTIFIER = "123456"

_PLAIN = re.compile(r"#([0-9]{8})#99#([0-9]{10})#([0-9]{6})#", re.ASCII)
_GROUPED = re.compile(r"#([0-9]{8})#99#([0-9]{10})#([0-9]{3})#([0-9]{3})#", re.ASCII)


def sequence_format(model: str) -> tuple[str, str]:
    """The form of a model's sequence, and the form in words."""
    if model == KL1060C2:
        words = "Master code, programme 99, date and time in UTC, Group ID, Member ID; each ends with #"
        return "#MASTERCODE#99#yyMMddhhmm#GROUPID#MEMBERID#", words
    return "#MASTERCODE#99#yyMMddhhmm#ID#", "Master code, programme 99, date and time in UTC, ID; each ends with #"


def sequence_of(model: str, master: str, timecode: str, identifier: str) -> str:
    """What to type. `identifier`: six digits; on a KL1060C2 three of the group and three of the member."""
    who = f"{identifier[:3]}#{identifier[3:]}" if model == KL1060C2 else identifier
    return f"#{master}#99#{timecode[2:]}#{who}#"


def timecode_of(us: int) -> str:
    """An instant as twelve digits, to the minute, in UTC."""
    return re.sub("[^0-9]", "", iso(us)[:16])


def timecode_us(timecode: str) -> int | None:
    """The instant of twelve digits; None when they are no date and time of this century."""
    if not re.fullmatch(TIMECODE, timecode, re.ASCII):
        return None
    year, month, day, hour, minute = timecode[:4], timecode[4:6], timecode[6:8], timecode[8:10], timecode[10:]
    try:
        return parse_iso(f"{year}-{month}-{day}T{hour}:{minute}:00Z")
    except ValueError:
        return None


def initialise(lock: KitLock, sequence: str, now: int) -> bool:
    """Type a sequence. → whether the lock took it; one that it does not know changes nothing."""
    typed = (_GROUPED if lock.model == KL1060C2 else _PLAIN).fullmatch(sequence)
    if typed is None or (at := timecode_us("20" + typed[2])) is None:
        return False
    lock.master, lock.timecode, lock.identifier = typed[1], "20" + typed[2], "".join(typed.groups()[2:])
    lock.offset = at - now // MINUTE * MINUTE
    return True
