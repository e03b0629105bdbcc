"""Clocks and batteries of locks: what the world's physics gives them, and what using a lock takes.

The vendor's document has no figures. A set of batteries is assumed to last 20,000 openings or three years.
"""

from __future__ import annotations

from locksim.codelocks.state import CLOCK_LIMIT, K3Lock, KitLock, State
from locksim.engine.turn import Turn

__all__ = ["ATTEMPT", "CONTACT", "OPENING", "PER_DAY", "put_batteries_in", "set_physics", "use"]

OPENING = 50
"""What opening a lock takes from its charge, in millionths."""
ATTEMPT = 5
"""What a refused attempt takes."""
CONTACT = 10
"""What a contact with a phone takes."""
PER_DAY = 913
"""What a day takes."""


def set_physics(turn: Turn, state: State) -> None:
    """Give all locks the drift and the drain of `turn.physics`. Their clocks and batteries go on from where they are."""
    now = turn.now
    locks: list[KitLock | K3Lock] = [*state.kitlocks, *state.k3locks]
    for lock in locks:
        error = lock.clock.error_at(now)
        lock.clock.set(now, max(-CLOCK_LIMIT, min(error, CLOCK_LIMIT)), turn.drift_of(lock.id))
        lock.charge.set_rate(now, turn.drained(PER_DAY))


def use(turn: Turn, lock: KitLock | K3Lock, millionths: int) -> None:
    """Take from a lock's batteries what a use takes here."""
    lock.charge.use(turn.now, turn.drained(millionths))


def put_batteries_in(turn: Turn, lock: KitLock | K3Lock, millionths: int) -> None:
    """Replace the batteries by some with this charge.

    A KitLock's clock stops until it is set. The clock of a K3Connect lock goes on from when the old batteries went flat.
    """
    if isinstance(lock, KitLock):
        lock.clock_set = False
    elif (flat_at := lock.charge.falls_to(0)) is not None and flat_at < turn.now:
        lock.clock.set(turn.now, max(-CLOCK_LIMIT, lock.clock.shows(flat_at) - turn.now))
    lock.charge.fill(turn.now, millionths)
