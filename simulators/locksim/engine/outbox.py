"""The outbox of one world: deliveries and the attempts to make them.

The outbox decides which attempts may leave and when. A webhook sender, outside the world, makes them.
"""

from __future__ import annotations

from locksim.engine.deliveries import Attempt, Delivery
from locksim.engine.errors import Impossible, Unknown
from locksim.engine.faults import Double, Hold, Late, Lose
from locksim.engine.inputs import DeliveryOutcome
from locksim.engine.scheduler import ENGINE, Scheduler
from locksim.engine.state import WorldState
from locksim.engine.timestamps import micros

__all__ = ["MAX_DELIVERIES", "Outbox"]

MAX_DELIVERIES = 10_000
"""When a world has more deliveries than this, it forgets the oldest that is over."""


class Outbox:
    """What was sent, and what may leave."""

    def __init__(self, state: WorldState, scheduler: Scheduler) -> None:
        self._state = state
        self._scheduler = scheduler
        self._open = {d.id: d for d in state.deliveries.values() if any(map(_is_open, d.attempts))}
        """The deliveries with an attempt that is not over."""

    def due(self) -> list[tuple[Delivery, Attempt]]:
        """Return the attempts that may leave now, in order."""
        due = [(d, a) for d in self._open.values() for a in d.attempts if a.state == "due"]
        return sorted(due, key=lambda pair: pair[1].id)

    def delivery(self, number: int) -> Delivery:
        """Return the delivery of this number. Raises Unknown."""
        try:
            return self._state.deliveries[number]
        except KeyError:
            raise Unknown(f"there is no delivery {number} in this world") from None

    def post(self, delivery: Delivery, due: int) -> list[int]:
        """Add a delivery and its first attempt. Return the ids of the faults that affect it."""
        delivery.id = self._state.counters.take("delivery")
        self._state.deliveries[delivery.id] = delivery
        if len(self._state.deliveries) > MAX_DELIVERIES:
            oldest = next((d for d in self._state.deliveries if d not in self._open), None)
            if oldest is not None:
                del self._state.deliveries[oldest]
        return self.attempt(delivery, due)

    def attempt(self, delivery: Delivery, due: int) -> list[int]:
        """Add one attempt, or what faults make of it. Return the ids of the faults that affect it."""
        faults = [f for f in self._state.faults.values() if f.affects_delivery(self._state.seed, delivery)]
        lose: Lose | None = None
        copies, held = 1, self._state.deliveries_mode == "held"
        for fault in faults:
            match fault.effect:
                case Late(seconds=seconds):
                    due = max(due, self._state.now) + micros(seconds)
                case Double():
                    copies += 1
                case Hold():
                    held = True
                case Lose() as lose:
                    pass
        for _ in range(copies):
            attempt = self.add(delivery, due, held=held)
            if lose is not None:
                self._lose(attempt, lose)
        return [f.id for f in faults]

    def add(self, delivery: Delivery, due: int, *, held: bool = False) -> Attempt:
        """Add one attempt that may leave at `due`, whatever the faults are."""
        attempt = Attempt(self._state.counters.take("attempt"), delivery.id, due, "held" if held else "due")
        if due > self._state.now:
            attempt.state = "waiting"
            args = {"delivery": delivery.id, "attempt": attempt.id}
            self._scheduler.set_timer(due, ENGINE, "attempt_is_due", args)
        delivery.attempts.append(attempt)
        self._open[delivery.id] = delivery
        return attempt

    def _lose(self, attempt: Attempt, lose: Lose) -> None:
        """Let an attempt never leave. Its sender gets the outcome in a later turn, as from any receiver."""
        attempt.state = "waiting"
        error = None if lose.status is not None else lose.error
        args = {"attempt": attempt.id, "status": lose.status, "error": error}
        self._scheduler.set_timer(attempt.due, ENGINE, "attempt_is_lost", args)

    def make_due(self, delivery: int, attempt: int) -> None:
        """Let an attempt leave whose time has come, unless deliveries are held."""
        for one in self._state.deliveries[delivery].attempts if delivery in self._state.deliveries else ():
            if one.id == attempt and one.state == "waiting":
                one.state = "held" if self._state.deliveries_mode == "held" else "due"

    def record_outcome(self, outcome: DeliveryOutcome) -> Delivery | None:
        """Note an attempt's outcome. Return its delivery, or None if no such attempt was open."""
        for delivery in self._open.values():
            for attempt in filter(_is_open, delivery.attempts):
                if attempt.id == outcome.attempt:
                    attempt.state, attempt.ended = "done", outcome.at
                    attempt.status, attempt.error = outcome.status, outcome.error
                    if not any(map(_is_open, delivery.attempts)):
                        del self._open[delivery.id]
                    return delivery
        return None

    def release(self, delivery: Delivery) -> int:
        """Let held attempts leave. Return how many. Raises Impossible if none is held."""
        held = [a for a in delivery.attempts if a.state == "held"]
        if not held:
            raise Impossible(f"delivery {delivery.id} is not held")
        for attempt in held:
            attempt.state = "due"
        return len(held)

    def open_attempts(self, delivery: Delivery) -> list[int]:
        """Return the ids of the attempts that are not over. Raises Impossible if all are."""
        still = [a.id for a in filter(_is_open, delivery.attempts)]
        if not still:
            raise Impossible(f"all attempts at delivery {delivery.id} are over")
        return still


def _is_open(attempt: Attempt) -> bool:
    return attempt.state != "done"
