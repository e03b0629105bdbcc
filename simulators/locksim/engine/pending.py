"""Who asks, and who waits.

A request may come late, be refused by a fault, or reach the vendor; the vendor answers, or parks a ticket; the answer
may be spoilt, or leave late. Whoever has no answer yet holds a ticket:

    kind of the vendor's: it waits for the physical world    → `resolve`
    with a `request`:     the request is still on its way    → `arrive`
    with an `answer`:     the answer is still on its way     → `leave`
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from locksim.engine import fault_effects, variants, wsgi
from locksim.engine.faults import Fault
from locksim.engine.inputs import CONNECTION_RESET, Answer, Request
from locksim.engine.scheduler import ENGINE, Scheduler
from locksim.engine.state import PendingRequest, WorldState
from locksim.engine.turn import Turn
from locksim.engine.variants import Variant
from locksim.engine.vendor import Vendor

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["MAX_PENDING", "PendingRequests"]

MAX_PENDING = 10_000


class PendingRequests:
    """The callers of one world. What answers a caller who waited goes to the turn's entry, as `resolved`."""

    def __init__(self, state: WorldState, agenda: Scheduler, planted: Mapping[str, list[Variant]]) -> None:
        self._w = state
        self._agenda = agenda
        self._variants = planted

    def ask(self, turn: Turn, vendor: Vendor, request: Request, faults: list[Fault]) -> Answer | int:
        """A request. → its answer, or the ticket on which its caller waits."""
        late = fault_effects.lateness(faults)
        if late:
            number = self._ticket(turn, "")
            pending_id = self._w.pending_requests[number]
            pending_id.request, pending_id.after = request, [f.id for f in faults]
            self._agenda.set(turn.now + late, ENGINE, "arrive", {"pending_id": number})
            return number
        return self._serve(turn, vendor, request, faults)

    def arrive(self, turn: Turn, vendor: Vendor, number: int) -> None:
        """A request that was late on its way is here."""
        pending_id = self._w.pending_requests.get(number)
        if pending_id is None or pending_id.request is None:
            return
        turn.caller = number
        request = msgspec.structs.replace(pending_id.request, at=turn.now)
        answer = self._serve(turn, vendor, request, self._faults(pending_id))
        if isinstance(answer, Answer):
            self._tell(turn, number, answer)

    def leave(self, turn: Turn, number: int) -> None:
        """An answer that was late leaves."""
        pending_id = self._w.pending_requests.get(number)
        if pending_id is not None and pending_id.answer is not None:
            self._tell(turn, number, pending_id.answer)

    def park(self, turn: Turn, kind: str, args: dict[str, Any]) -> int:
        """For `Turn.park`."""
        number = self._ticket(turn, kind)
        self._w.pending_requests[number].args = args
        return number

    def resolve(self, turn: Turn, vendor: Vendor, number: int, value: Any) -> bool:
        """For `Turn.resolve`."""
        pending_id = self._w.pending_requests.get(number)
        if pending_id is None or not pending_id.kind:
            return False
        answer = wsgi.finished(vendor.renderers[pending_id.kind](turn, pending_id.args, value), turn.now)
        if pending_id.asked is not None:
            answer = variants.apply_to_answer(self._variants.get(vendor.name, ()), turn, pending_id.asked, answer)
        turn.caller = number
        left = self._on_the_wire(turn, answer, self._faults(pending_id))
        turn.caller = None
        if isinstance(left, Answer):
            self._tell(turn, number, left)
        return True

    def hang_up(self, turn: Turn, number: int) -> bool:
        """For `Turn.hang_up`."""
        waited = number in self._w.pending_requests
        if waited:
            self._tell(turn, number, CONNECTION_RESET)
        return waited

    def gone(self, number: int) -> None:
        """The caller hung up."""
        self._w.pending_requests.pop(number, None)

    def lost(self, vendor: str | None) -> list[int]:
        """Nobody will answer those who wait on this vendor (KERNEL: on any). → their tickets, now gone."""
        lost = [t.id for t in self._w.pending_requests.values() if vendor in (ENGINE, t.vendor)]
        for number in lost:
            del self._w.pending_requests[number]
        return lost

    def _serve(self, turn: Turn, vendor: Vendor, request: Request, faults: list[Fault]) -> Answer | int:
        """What the wire does before the vendor, the vendor, what the wire does after."""
        answer = fault_effects.instead(vendor, turn, faults)
        if answer is None:
            turn.site = request.site
            answer = self._heard(turn, vendor, request)
        after = [f for f in faults if fault_effects.strikes_answer(f)]
        if turn.parked is not None:
            self._w.pending_requests[turn.parked].after = [f.id for f in after]
            return turn.parked
        return self._on_the_wire(turn, answer, after)

    def _heard(self, turn: Turn, vendor: Vendor, request: Request) -> Answer:
        """What the vendor says, and what its variants make of it. No answer yet: the ticket knows what was asked."""
        planted = self._variants.get(vendor.name, ())
        heard = variants.apply_to_request(planted, turn, request)
        if isinstance(heard, Answer):
            return wsgi.finished(heard, turn.now)
        scheme, _, rest = self._w.addresses[f"{vendor.name}/{heard.site}"].partition("://")
        answer = wsgi.call(_app(vendor), turn, heard, rest.partition("/")[0], scheme)
        if not planted:
            return answer
        if turn.parked is not None:
            self._w.pending_requests[turn.parked].asked = heard
            return answer
        return variants.apply_to_answer(planted, turn, heard, answer)

    def _on_the_wire(self, turn: Turn, answer: Answer, faults: list[Fault]) -> Answer | int:
        if not faults:
            return answer
        answer, late = fault_effects.spoil(answer, faults)
        if not late:
            return answer
        number = self._ticket(turn, "")
        self._w.pending_requests[number].answer = answer
        self._agenda.set(turn.now + late, ENGINE, "leave", {"pending_id": number})
        return number

    def _ticket(self, turn: Turn, kind: str) -> int:
        """A new ticket; a caller who waits already keeps its number."""
        if len(self._w.pending_requests) >= MAX_PENDING:
            raise RuntimeError(f"more than {MAX_PENDING} callers wait in this world")
        number = turn.caller if turn.caller is not None else self._w.counters.take("pending_id")
        self._w.pending_requests[number] = PendingRequest(number, turn.vendor, kind, turn.now)
        return number

    def _faults(self, pending_id: PendingRequest) -> list[Fault]:
        """Those of its faults that have not been lifted meanwhile."""
        return [self._w.faults[number] for number in pending_id.after if number in self._w.faults]

    def _tell(self, turn: Turn, number: int, answer: Answer) -> None:
        self._w.pending_requests.pop(number, None)
        turn.entry.resolved.append((number, answer))


@lru_cache(maxsize=64)
def _app(vendor: Vendor) -> WSGIApplication:
    """The vendor's Flask app: one a process."""
    return vendor.app()
