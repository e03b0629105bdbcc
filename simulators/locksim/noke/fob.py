"""What a fob does: it holds the credentials of its last sync, and tries them on the locks that it touches."""

from __future__ import annotations

from locksim.noke.crypto import Kind, Tampered, seal, unseal
from locksim.noke.lock import Outcome, open_offline, session
from locksim.noke.messages import FobOrder, FobReport, decode, encode
from locksim.noke.state import AWAKE, FLAT, FobBody, LockBody

__all__ = ["deliver", "squeeze", "touch"]


def squeeze(fob: FobBody, secret: str, now: int) -> str:
    """Squeeze the fob. Return its new session; "" when its battery is flat."""
    if fob.battery < FLAT:
        return ""
    fob.squeezes += 1
    fob.session = session(secret, fob.mac, fob.squeezes, fob.battery)
    fob.awake_until = now + AWAKE
    return fob.session


def deliver(fob: FobBody, commands: str, now: int) -> Outcome:
    """Bring commands of /fobs/sync/. The fob takes all of them, or keeps what it held before."""
    if not fob.session or now >= fob.awake_until:
        return Outcome(False, [], "it sleeps: squeeze it, and ask for commands with the new session")
    try:
        order = decode(unseal(fob.key, fob.session, Kind.TO_FOB, commands.split("+")), FobOrder)
    except Tampered as wrong:
        return Outcome(
            False, [], f"{wrong}; ask for commands with the session just read, and bring all of them unchanged"
        )
    if order.number <= fob.last_order:
        return Outcome(False, [], "it has taken these commands, or newer ones; ask for new commands")
    fob.last_order, fob.holds = order.number, order.holds
    return Outcome(False, seal(fob.key, fob.session, Kind.FROM_FOB, encode(FobReport(order.number))))


def touch(fob: FobBody, lock: LockBody, now: int) -> Outcome:
    """Try each credential that the fob has for this lock. Both are awake."""
    outcome = Outcome(False, [], "the fob has no credential for this lock: issue one, and sync the fob")
    for mac, key, command in fob.holds:
        if mac == lock.mac:
            outcome = open_offline(lock, key, command, now)
            if outcome.unlocked:
                break
    return outcome
