"""Requests on their way to a vendor, in it, and on their way back.

1. A request passes the injected faults, then the variants, then the vendor's app; its answer passes the variants, then
   the faults. Each step may end the journey, and faults may delay it.
2. A request without an answer is *pending* and has an id. It waits for one of three things:

       the vendor (`kind` names its renderer)        → `resolve`
       its own arrival (`request` is set)            → `arrive`
       the departure of its answer (`answer` is set) → `leave`

3. A request keeps its id from one of these to the next, so that its caller is answered once, under the id it was given.
4. An answer to a pending request goes into the `resolved` of the entry of the turn that gives it.
5. The faults that affect the answer are stored as ids. A fault that is removed meanwhile no longer applies.

Loose end: a caller who hangs up is forgotten at once. What it asked for is done nevertheless if the request had arrived,
and is not done if it had not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    """The requests of one world, and those of them that are pending."""

    def __init__(self, state: WorldState, scheduler: Scheduler, selected: Mapping[str, list[Variant]]) -> None:
        self._state = state
        self._scheduler = scheduler
        self._variants = selected

    def receive(self, turn: Turn, vendor: Vendor, request: Request, faults: list[Fault]) -> Answer | int:
        """Take a request. Return its answer, or the id under which it is pending."""
        delay = fault_effects.request_delay(faults)
        if delay:
            pending = self._add(turn, "")
            pending.request, pending.after = request, [f.id for f in faults]
            self._scheduler.set_timer(turn.now + delay, ENGINE, "request_arrives", {"pending_id": pending.id})
            return pending.id
        return self._serve(turn, vendor, request, faults)

    def arrive(self, turn: Turn, vendor: Vendor, number: int) -> None:
        """Serve a request that was delayed on its way."""
        pending = self._state.pending_requests.get(number)
        if pending is None or pending.request is None:
            return
        turn.caller = number
        request = msgspec.structs.replace(pending.request, at=turn.now)
        answer = self._serve(turn, vendor, request, self._faults_of(pending))
        if isinstance(answer, Answer):
            self._answer(turn, number, answer)

    def leave(self, turn: Turn, number: int) -> None:
        """Give an answer that was delayed on its way."""
        pending = self._state.pending_requests.get(number)
        if pending is not None and pending.answer is not None:
            self._answer(turn, number, pending.answer)

    def park(self, turn: Turn, kind: str, args: dict[str, Any]) -> int:
        """Make the turn's request pending until the vendor resolves it. Return its id."""
        pending = self._add(turn, kind)
        pending.args = args
        return pending.id

    def resolve(self, turn: Turn, vendor: Vendor, number: int, value: Any) -> bool:
        """Answer a request that waits for the vendor. Return whether its caller was still there."""
        pending = self._state.pending_requests.get(number)
        if pending is None or not pending.kind:
            return False
        answer = wsgi.finished(vendor.renderers[pending.kind](turn, pending.args, value), turn.now)
        if pending.asked is not None:
            answer = variants.apply_to_answer(self._variants.get(vendor.name, ()), turn, pending.asked, answer)
        turn.caller = number
        sent = self._send_back(turn, answer, self._faults_of(pending))
        turn.caller = None
        if isinstance(sent, Answer):
            self._answer(turn, number, sent)
        return True

    def hang_up(self, turn: Turn, number: int) -> bool:
        """Reset a pending request's connection. Return whether its caller was still there."""
        known = number in self._state.pending_requests
        if known:
            self._answer(turn, number, CONNECTION_RESET)
        return known

    def remove(self, number: int) -> None:
        """Forget a request whose caller hung up."""
        self._state.pending_requests.pop(number, None)

    def remove_all(self, vendor: str | None) -> list[int]:
        """Forget all requests that wait for this vendor (`ENGINE`: for any; None: for none). Return their ids."""
        removed = [p.id for p in self._state.pending_requests.values() if vendor in (ENGINE, p.vendor)]
        for number in removed:
            del self._state.pending_requests[number]
        return removed

    def _serve(self, turn: Turn, vendor: Vendor, request: Request, faults: list[Fault]) -> Answer | int:
        """Take a request that has arrived through faults, variants and the vendor, and its answer back."""
        answer = fault_effects.answer_instead(vendor, turn, faults)
        if answer is None:
            turn.site = request.site
            answer = self._ask_vendor(turn, vendor, request)
        after = [f for f in faults if fault_effects.affects_answer(f)]
        if turn.parked is not None:
            self._state.pending_requests[turn.parked].after = [f.id for f in after]
            return turn.parked
        return self._send_back(turn, answer, after)

    def _ask_vendor(self, turn: Turn, vendor: Vendor, request: Request) -> Answer:
        """Return the vendor's answer as its variants leave it. If the vendor parks the request, the answer is unused."""
        selected = self._variants.get(vendor.name, ())
        changed = variants.apply_to_request(selected, turn, request)
        if isinstance(changed, Answer):
            return wsgi.finished(changed, turn.now)
        scheme, _, rest = self._state.addresses[f"{vendor.name}/{changed.site}"].partition("://")
        answer = wsgi.call(_app(vendor), turn, changed, rest.partition("/")[0], scheme)
        if not selected:
            return answer
        if turn.parked is not None:
            self._state.pending_requests[turn.parked].asked = changed
            return answer
        return variants.apply_to_answer(selected, turn, changed, answer)

    def _send_back(self, turn: Turn, answer: Answer, faults: list[Fault]) -> Answer | int:
        """Take an answer through the faults. Return it, or the id of the pending request that it is delayed for."""
        if not faults:
            return answer
        answer, delay = fault_effects.change_answer(answer, faults)
        if not delay:
            return answer
        pending = self._add(turn, "")
        pending.answer = answer
        self._scheduler.set_timer(turn.now + delay, ENGINE, "answer_leaves", {"pending_id": pending.id})
        return pending.id

    def _add(self, turn: Turn, kind: str) -> PendingRequest:
        """Add a pending request. A caller that is pending already keeps its id."""
        if len(self._state.pending_requests) >= MAX_PENDING:
            raise RuntimeError(f"more than {MAX_PENDING} requests are pending in this world")
        number = turn.caller if turn.caller is not None else self._state.counters.take("pending_request")
        pending = self._state.pending_requests[number] = PendingRequest(number, turn.vendor, kind, turn.now)
        return pending

    def _faults_of(self, pending: PendingRequest) -> list[Fault]:
        """Return the faults that affect this request's answer and have not been removed meanwhile."""
        return [self._state.faults[number] for number in pending.after if number in self._state.faults]

    def _answer(self, turn: Turn, number: int, answer: Answer) -> None:
        self._state.pending_requests.pop(number, None)
        turn.entry.resolved.append((number, answer))


@lru_cache(maxsize=64)
def _app(vendor: Vendor) -> WSGIApplication:
    """Return the vendor's app, which is made once in a process."""
    make: Callable[[], WSGIApplication] = getattr(vendor.app, "lazy", vendor.app)
    return make()
