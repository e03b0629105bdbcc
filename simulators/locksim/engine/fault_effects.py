"""What injected faults do to a request on its way in, and to its answer on its way out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from locksim.engine.faults import Delay, Fault, Page, Refuse, Reset, Truncate
from locksim.engine.inputs import CONNECTION_RESET, Answer
from locksim.engine.timestamps import micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import Vendor
from locksim.engine.wsgi import finished

__all__ = ["affects_answer", "answer_instead", "change_answer", "request_delay"]


_PAGE = Answer(
    200,
    (("Content-Type", "text/html; charset=utf-8"),),
    b"<!DOCTYPE html><html><title>Welcome</title><p>Accept the terms of this network to go on.</html>",
)
"""What a `Page` answers."""


def request_delay(faults: Iterable[Fault]) -> int:
    """Return by how many microseconds the request is delayed."""
    return sum(micros(f.effect.seconds) for f in faults if isinstance(f.effect, Delay) and f.effect.of == "request")


def answer_instead(vendor: Vendor, turn: Turn, faults: Iterable[Fault]) -> Answer | None:
    """Return the answer that a fault gives in place of the vendor, or None if the vendor is to be asked."""
    for fault in faults:
        match fault.effect:
            case Refuse(name=name):
                return finished(vendor.refusals[name](turn), turn.now)
            case Reset(when="before"):
                return CONNECTION_RESET
            case Page():
                return finished(_PAGE, turn.now)
    return None


def affects_answer(fault: Fault) -> bool:
    """Return whether the fault affects the answer rather than the request."""
    match fault.effect:
        case Delay(of="answer") | Reset(when="after") | Truncate():
            return True
    return False


def change_answer(answer: Answer, faults: Iterable[Fault]) -> tuple[Answer, int]:
    """Return the answer as the faults leave it, and by how many microseconds it is delayed."""
    delay = 0
    for fault in faults:
        match fault.effect:
            case Delay(seconds=seconds, of="answer"):
                delay += micros(seconds)
            case Reset(when="after"):
                answer = CONNECTION_RESET
            case Truncate(bytes=count) if answer.cut is None and count < len(answer.body):
                answer = msgspec.structs.replace(answer, cut=max(count, 1))
    return answer, delay
