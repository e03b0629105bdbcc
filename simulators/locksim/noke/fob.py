"""A fob's own mind: it holds what it was last told, and tries that at the locks it touches."""

from __future__ import annotations

from locksim.noke.crypto import Kind, Tampered, seal, unseal
from locksim.noke.lock import Took, open_offline, session
from locksim.noke.messages import FobOrder, FobReport, decode, encode
from locksim.noke.state import AWAKE, FLAT, FobBody, LockBody

__all__ = ["deliver", "squeeze", "touch"]


def squeeze(fob: FobBody, secret: str, now: int) -> str:
    """Somebody squeezes it: → the session, "" when its battery is empty."""
    if fob.battery < FLAT:
        return ""
    fob.squeezes += 1
    fob.session = session(secret, fob.mac, fob.squeezes, fob.battery)
    fob.awake_until = now + AWAKE
    return fob.session


def deliver(fob: FobBody, commands: str, now: int) -> Took:
    """A phone brings commands: the fob holds what they say and nothing else, or what it held before."""
    if not fob.session or now >= fob.awake_until:
        return Took(False, [], "it sleeps: squeeze it, and ask for commands with the new session")
    try:
        order = decode(unseal(fob.key, fob.session, Kind.TO_FOB, commands.split("+")), FobOrder)
    except Tampered as wrong:
        return Took(False, [], f"{wrong}; ask for commands with the session just read, and bring them whole")
    if order.number <= fob.last_order:
        return Took(False, [], "it has taken these commands, or newer ones; ask for new commands")
    fob.last_order, fob.holds = order.number, order.holds
    return Took(False, seal(fob.key, fob.session, Kind.FROM_FOB, encode(FobReport(order.number))))


def touch(fob: FobBody, lock: LockBody, now: int) -> Took:
    """Both are awake and near each other: the fob brings each credential that it has for this lock."""
    tried = Took(False, [], "the fob holds nothing for this lock: issue it, and sync the fob")
    for mac, key, command in fob.holds:
        if mac == lock.mac:
            tried = open_offline(lock, key, command, now)
            if tried.unlocked:
                break
    return tried
