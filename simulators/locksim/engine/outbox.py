"""The outbox of one world: deliveries, their attempts, and the tester's hand on them.

It decides what may go out and when; who performs it, and what becomes of it, is the pump's matter.
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
"""Deliveries beyond this leave the world's memory when they are over, oldest first."""


class Outbox:
    """What was sent, and what may go out."""

    def __init__(self, state: WorldState, agenda: Scheduler) -> None:
        self._w = state
        self._agenda = agenda
        self._open = {d.id: d for d in state.deliveries.values() if any(map(_is_open, d.attempts))}

    def due(self) -> list[tuple[Delivery, Attempt]]:
        """The attempts that may go out now, in their order."""
        due = [(d, a) for d in self._open.values() for a in d.attempts if a.state == "due"]
        return sorted(due, key=lambda pair: pair[1].id)

    def delivery(self, number: int) -> Delivery:
        """The delivery of this number; raises Unknown."""
        try:
            return self._w.deliveries[number]
        except KeyError:
            raise Unknown(f"there is no delivery {number} in this world") from None

    def post(self, delivery: Delivery, due: int) -> list[int]:
        """A vendor sends it. → the faults that struck it."""
        delivery.id = self._w.counters.take("delivery")
        self._w.deliveries[delivery.id] = delivery
        if len(self._w.deliveries) > MAX_DELIVERIES:
            over = next((d for d in self._w.deliveries if d not in self._open), None)
            if over is not None:
                del self._w.deliveries[over]
        return self.try_(delivery, due)

    def try_(self, delivery: Delivery, due: int) -> list[int]:
        """One attempt, or what faults make of it. → the faults that struck it."""
        struck = [f for f in self._w.faults.values() if f.strikes_delivery(self._w.seed, delivery)]
        lost: Lose | None = None
        copies, held = 1, self._w.deliveries_mode == "held"
        for fault in struck:
            match fault.effect:
                case Late(seconds=seconds):
                    due = max(due, self._w.now) + micros(seconds)
                case Double():
                    copies += 1
                case Hold():
                    held = True
                case Lose() as lost:
                    pass
        for _ in range(copies):
            attempt = self.add(delivery, due, held=held)
            if lost is not None:
                self._lose(attempt, lost)
        return [f.id for f in struck]

    def add(self, delivery: Delivery, due: int, *, held: bool = False) -> Attempt:
        """One more attempt, for now or for later."""
        attempt = Attempt(self._w.counters.take("attempt"), delivery.id, due, "held" if held else "due")
        if due > self._w.now:
            attempt.state = "waiting"
            self._agenda.set(due, ENGINE, "send", {"delivery": delivery.id, "attempt": attempt.id})
        delivery.attempts.append(attempt)
        self._open[delivery.id] = delivery
        return attempt

    def _lose(self, attempt: Attempt, lost: Lose) -> None:
        """It goes nowhere; its sender learns so in a turn of its own, as from any receiver."""
        attempt.state = "waiting"
        error = None if lost.status is not None else lost.error
        args = {"attempt": attempt.id, "status": lost.status, "error": error}
        self._agenda.set(attempt.due, ENGINE, "lost", args)

    def hour(self, delivery: int, attempt: int) -> None:
        """An attempt's hour has come."""
        for one in self._w.deliveries[delivery].attempts if delivery in self._w.deliveries else ():
            if one.id == attempt and one.state == "waiting":
                one.state = "held" if self._w.deliveries_mode == "held" else "due"

    def settle(self, outcome: DeliveryOutcome) -> Delivery | None:
        """Note an outcome. → the delivery that it is of; None, when nothing was open under that number."""
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
        """Let held attempts go. → how many. Raises Impossible."""
        held = [a for a in delivery.attempts if a.state == "held"]
        if not held:
            raise Impossible(f"delivery {delivery.id} is not held")
        for attempt in held:
            attempt.state = "due"
        return len(held)

    def open_attempts(self, delivery: Delivery) -> list[int]:
        """The attempts that are not over. Raises Impossible when there is none."""
        still = [a.id for a in filter(_is_open, delivery.attempts)]
        if not still:
            raise Impossible(f"all attempts at delivery {delivery.id} are over")
        return still


def _is_open(attempt: Attempt) -> bool:
    return attempt.state != "done"
