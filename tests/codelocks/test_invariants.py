"""A state that contradicts itself is told from one that does not."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

import pytest

from locksim.codelocks.state import Client, Event, State, check
from tests.codelocks.caller import Caller

Harm = Callable[[State], None]


def _twice(state: State) -> None:
    state.kitlocks[1].id = state.kitlocks[0].id


def _short_key(state: State) -> None:
    state.api_key = "short"


def _large_access_key(state: State) -> None:
    state.access_key = "ABCDEFGHIJK"


def _below_zero(state: State) -> None:
    state.usage.netcode = -1


def _no_model(state: State) -> None:
    state.kitlocks[0].model = "KL1000"


def _k3_as_kitlock(state: State) -> None:
    state.kitlocks[0].model = "K3CONNECT"


def _long_master(state: State) -> None:
    state.kitlocks[0].master = "123456789"


def _half_initialised(state: State) -> None:
    state.kitlocks[0].identifier = ""


def _no_timecode(state: State) -> None:
    state.kitlocks[0].timecode = "202613010000"


def _no_identifier(state: State) -> None:
    state.kitlocks[0].identifier = "abc"


def _no_id(state: State) -> None:
    state.k3locks[0].id = "main"


def _no_zone(state: State) -> None:
    state.k3locks[0].zone = "Mars/Olympus"


def _heard_too_much(state: State) -> None:
    state.k3locks[0].reported = 1


def _unheard_with_a_gateway(state: State) -> None:
    state.k3locks[0].gateway = True
    state.k3locks[0].events = [Event(0, "PHONE_UNLOCK", "x")]


def _too_many_events(state: State) -> None:
    state.k3locks[0].events = [Event(0, "PHONE_UNLOCK", "x")] * 501


def _client_twice(state: State) -> None:
    one = state.k3locks[0].clients[0]
    state.k3locks[0].clients.append(Client(one.email.upper(), "ACTIVE", "STANDARD", one.periods))


def _nine_periods(state: State) -> None:
    del state.k3locks[0].clients[0].periods[9]


def _no_time(state: State) -> None:
    state.k3locks[0].clients[0].periods[0].starts = "8:00"


def _no_end(state: State) -> None:
    state.k3locks[0].clients[0].periods[0].ends = "24:00"


def _backwards(state: State) -> None:
    state.k3locks[0].clients[0].periods[0].starts, state.k3locks[0].clients[0].periods[0].ends = "12:00", "11:00"


def _used_for_ever(state: State) -> None:
    state.k3locks[0].clients[0].status = "USED"


HARMS: list[Harm] = [
    harm for name, harm in list(globals().items()) if isinstance(harm, FunctionType) and name[0] == "_"
]


@pytest.mark.parametrize("harm", HARMS, ids=lambda harm: str(harm.__name__).strip("_"))
def test_a_contradiction_is_found(api: Caller, harm: Harm) -> None:
    state = api.state
    check(state)
    harm(state)
    with pytest.raises(AssertionError):
        check(state)
