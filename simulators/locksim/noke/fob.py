"""What a fob does: it holds the credentials of its last sync, and tries them on the locks that it touches."""

from __future__ import annotations

from locksim.engine.turn import Turn
from locksim.noke.battery import A_WAKE
from locksim.noke.crypto import Kind, Result, Tampered, app_packet, seal, unseal
from locksim.noke.lock import Outcome, done, open_offline, session
from locksim.noke.messages import FobOrder, FobReport, decode, encode
from locksim.noke.state import AWAKE, FobBody, LockBody, later

__all__ = ["deliver", "squeeze", "touch"]


def squeeze(turn: Turn, fob: FobBody) -> str:
    """Squeeze the fob. Return its new session; "" when its battery is flat."""
    if not fob.flat(turn.now):
        fob.battery.use(turn, A_WAKE)
    if fob.flat(turn.now):
        return ""
    fob.squeezes += 1
    fob.session = session(turn.state.secret, fob.mac, fob.squeezes, fob.battery.shows(turn.now))
    fob.awake_until = later(fob.clock, turn.now, AWAKE)
    return fob.session


def deliver(fob: FobBody, commands: str, now: int) -> Outcome:
    """Bring commands of /fobs/sync/. The fob takes all of them, or keeps what it held before."""
    if not fob.awake(now):
        return Outcome(False, [], "it sleeps: squeeze it, and ask for commands with the new session")
    packets = commands.split("+")
    try:
        order = decode(unseal(fob.key, fob.session, Kind.TO_FOB, packets), FobOrder)
    except Tampered as wrong:
        reason = f"{wrong}; ask for commands with the session just read, and bring all of them unchanged"
        return Outcome(False, [], reason, (app_packet(Result.INVALID_KEY),))
    if order.number <= fob.last_order:
        reason = "it has taken these commands, or newer ones; ask for new commands"
        return Outcome(False, [], reason, (app_packet(Result.INVALID_COMMAND),))
    fob.last_order, fob.holds = order.number, order.holds
    responses = seal(fob.key, fob.session, Kind.FROM_FOB, encode(FobReport(order.number)))
    return done(responses, len(packets), unlocked=False)


def touch(turn: Turn, fob: FobBody, lock: LockBody) -> Outcome:
    """Try each credential that the fob has for this lock. Both are awake."""
    outcome = Outcome(False, [], "the fob has no credential for this lock: issue one, and sync the fob")
    for mac, key, command in fob.holds:
        if mac == lock.mac:
            outcome = open_offline(turn, lock, key, command)
            if outcome.unlocked:
                break
    return outcome
