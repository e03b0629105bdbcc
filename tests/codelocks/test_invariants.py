"""A state that contradicts itself is detected."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

import pytest

from locksim.codelocks.state import Client, Event, State, check
from tests.codelocks.caller import Caller

Damage = Callable[[State], None]


def _repeated_id(state: State) -> None:
    state.kitlocks[1].id = state.kitlocks[0].id


def _short_key(state: State) -> None:
    state.api_key = "short"


def _large_access_key(state: State) -> None:
    state.access_key = "ABCDEFGHIJK"


def _below_zero(state: State) -> None:
    state.usage.netcode = -1


def _unknown_model(state: State) -> None:
    state.kitlocks[0].model = "KL1000"


def _k3_as_kitlock(state: State) -> None:
    state.kitlocks[0].model = "K3CONNECT"


def _long_master(state: State) -> None:
    state.kitlocks[0].master = "123456789"


def _half_initialised(state: State) -> None:
    state.kitlocks[0].identifier = ""


def _invalid_timecode(state: State) -> None:
    state.kitlocks[0].timecode = "202613010000"


def _invalid_identifier(state: State) -> None:
    state.kitlocks[0].identifier = "abc"


def _invalid_id(state: State) -> None:
    state.k3locks[0].id = "main"


def _unknown_zone(state: State) -> None:
    state.k3locks[0].zone = "Mars/Olympus"


def _more_reported_than_there_are(state: State) -> None:
    state.k3locks[0].reported = 1


def _unreported_with_a_gateway(state: State) -> None:
    state.k3locks[0].gateway = True
    state.k3locks[0].events = [Event(0, "PHONE_UNLOCK", "x")]


def _too_many_events(state: State) -> None:
    state.k3locks[0].events = [Event(0, "PHONE_UNLOCK", "x")] * 501


def _client_repeated_id(state: State) -> None:
    one = state.k3locks[0].clients[0]
    state.k3locks[0].clients.append(Client(one.email.upper(), "ACTIVE", "STANDARD", one.periods))


def _nine_periods(state: State) -> None:
    del state.k3locks[0].clients[0].periods[9]


def _invalid_start(state: State) -> None:
    state.k3locks[0].clients[0].periods[0].starts = "8:00"


def _invalid_end(state: State) -> None:
    state.k3locks[0].clients[0].periods[0].ends = "24:00"


def _ends_before_it_starts(state: State) -> None:
    state.k3locks[0].clients[0].periods[0].starts, state.k3locks[0].clients[0].periods[0].ends = "12:00", "11:00"


def _standard_access_used_up(state: State) -> None:
    state.k3locks[0].clients[0].status = "USED"


DAMAGES: list[Damage] = [
    damage for name, damage in list(globals().items()) if isinstance(damage, FunctionType) and name[0] == "_"
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: str(damage.__name__).strip("_"))
def test_a_contradiction_is_found(api: Caller, damage: Damage) -> None:
    state = api.state
    check(state)
    damage(state)
    with pytest.raises(AssertionError):
        check(state)
