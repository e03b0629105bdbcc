"""Each invariant of the state finds a state that breaks it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from locksim.noke.messages import Event
from locksim.noke.seed import ALICES_FOB, BOBS_FOB, UNIT_12, YARD
from locksim.noke.state import Click, Held, Place, Sent, State, check
from tests.noke.caller import Caller
from tests.noke.seeds import stir

Harm = Callable[[State], object]


def _rename(state: State, mac: str) -> None:
    record, body = state.home(YARD)[1], state.body(YARD)
    record.mac = body.mac = mac


HARMS: dict[str, Harm] = {
    "there are two databases": lambda s: s.databases.pop(),
    "two API keys are equal": lambda s: setattr(s.databases[0], "api_key", s.databases[1].api_key),
    "two devices have the same MAC": lambda s: s.databases[0].locks.append(s.home(YARD)[1]),
    "a lock has no record": lambda s: s.databases[1].locks.clear(),
    "a fob has no record": lambda s: s.fobs.pop(),
    "MACs are kept in upper case": lambda s: _rename(s, "aa"),
    "unknown hw_version": lambda s: setattr(s.home(YARD)[1], "hw_version", "9Z"),
    "places are not numbered": lambda s: setattr(s.home(YARD)[1].places[0], "number", 9),
    "too many places": lambda s: s.home(YARD)[1].places.extend(Place(n) for n in range(3, 103)),
    "two places have the same holder": lambda s: s.home(YARD)[1].places.extend(
        [Place(3, "x", status="live"), Place(4, "x", status="live")]
    ),
    "a place belongs to an unknown fob": lambda s: setattr(s.home(YARD)[1].places[0], "holder", "nobody"),
    "holder began after its present value": lambda s: setattr(s.home(YARD)[1].places[0], "since", 99),
    "too many quick clicks": lambda s: s.home(YARD)[1].clicks.extend([Click("111", 1, 1, 1)] * 101),
    "two quick clicks have the same code": lambda s: s.home(YARD)[1].clicks.append(Click("0010", 1, 1, 1)),
    "invalid code": lambda s: s.home(YARD)[1].clicks.append(Click("2", 1, 1, 1)),
    "invalid uses of": lambda s: s.home(YARD)[1].clicks.append(Click("111", 3, 2, 1)),
    "both pending and revoked": lambda s: s.home(YARD)[1].clicks.append(Click("111", 1, 1, 1, revoked=True)),
    "keys are still offered": lambda s: setattr(s.home(YARD)[1], "offered", s.home(YARD)[1].keys),
    "an order has too high a number": lambda s: s.home(YARD)[1].sent.append(Sent(99, 0, "")),
    "an order that was never made": lambda s: setattr(s.body(YARD), "last_order", 99),
    "the server knows more events": lambda s: setattr(s.home(YARD)[1], "last_event", 999),
    "its memory of events has gaps": lambda s: s.body(YARD).events.append(Event(999, "locked")),
    "two keys in one place": lambda s: s.body(YARD).holds.extend([Held(1, 1, ""), Held(1, 2, "")]),
    "a key in an unknown place": lambda s: s.body(YARD).holds.append(Held(77, 1, "")),
    "a battery has -1 mV": lambda s: setattr(s.body(YARD).battery, "millivolts", -1),
    "more charge than its voltage": lambda s: setattr(s.body(YARD).battery.charge, "millionths", 1_000_000),
    "a battery gains charge": lambda s: setattr(s.fobs[0].battery.charge, "per_day", -1),
    "a clock is 1 s off": lambda s: setattr(s.fobs[0].clock, "error", 1_000_000),
    "a clock drifts": lambda s: setattr(s.body(YARD).clock, "drift", 43_200_000_000),
    "it has no shackle, but": lambda s: setattr(s.body(UNIT_12), "shackle", "out"),
    "a lock of another database": lambda s: setattr(s.databases[1].find_fob(ALICES_FOB).credentials[0], "lock", "x"),  # type: ignore[union-attr]
    "was given up": lambda s: setattr(s.home(YARD)[1].places[1], "status", "free"),
    "another holder's place": lambda s: setattr(s.home(YARD)[1].places[1], "holder", BOBS_FOB),
    "activity is out of order": lambda s: s.databases[1].activity.reverse(),
    "a range ends before it begins": lambda s: setattr(s.databases[1].activity[0], "end", 0),
}


@pytest.mark.parametrize("sentence", HARMS)
def test_a_state_that_breaks_an_invariant_is_found(sentence: str) -> None:
    state = msgspec.convert(msgspec.to_builtins(STATE), State)
    check(state)
    HARMS[sentence](state)
    with pytest.raises(AssertionError, match=sentence):
        check(state)


def _stirred() -> State:
    company = Caller()
    stir(company)
    return company.state


STATE = _stirred()


def test_a_dumped_state_goes_on_in_the_world_that_loads_it() -> None:
    company, other = Caller(), Caller(seed=9)
    stir(company)
    other.world.control("load", vendor="noke", state=msgspec.to_builtins(company.state))
    assert other.key() == company.key()
    assert other.unlock(YARD)
    assert other.listed(YARD) == {**company.listed(YARD), "flags": "none"}
