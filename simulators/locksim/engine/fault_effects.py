"""What planted faults do to one request on its way in and to its answer on its way out."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from locksim.engine.faults import Delay, Fault, Refuse, Reset, Truncate
from locksim.engine.inputs import CONNECTION_RESET, Answer
from locksim.engine.timestamps import micros
from locksim.engine.turn import Turn
from locksim.engine.vendor import Vendor
from locksim.engine.wsgi import finished

__all__ = ["instead", "lateness", "spoil", "strikes_answer"]


def lateness(faults: Iterable[Fault]) -> int:
    """By how much the request comes late, in microseconds."""
    return sum(micros(f.effect.seconds) for f in faults if isinstance(f.effect, Delay) and f.effect.of == "request")


def instead(vendor: Vendor, turn: Turn, faults: Iterable[Fault]) -> Answer | None:
    """What the caller gets without the vendor hearing of it; None when the vendor is to hear it."""
    for fault in faults:
        match fault.effect:
            case Refuse(name=name):
                return finished(vendor.refusals[name](turn), turn.now)
            case Reset(when="before"):
                return CONNECTION_RESET
    return None


def strikes_answer(fault: Fault) -> bool:
    """Whether the answer, rather than the request, is struck."""
    match fault.effect:
        case Delay(of="answer") | Reset(when="after") | Truncate():
            return True
    return False


def spoil(answer: Answer, faults: Iterable[Fault]) -> tuple[Answer, int]:
    """The answer as the wire leaves it, and by how much it is late, in microseconds."""
    late = 0
    for fault in faults:
        match fault.effect:
            case Delay(seconds=seconds, of="answer"):
                late += micros(seconds)
            case Reset(when="after"):
                answer = CONNECTION_RESET
            case Truncate(bytes=count) if answer.cut is None and count < len(answer.body):
                answer = msgspec.structs.replace(answer, cut=max(count, 1))
    return answer, late
