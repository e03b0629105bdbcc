"""The check of the invariants detects an inconsistent state."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType

import pytest

from locksim.nuki.motor_sequences import LockAction, LockState
from locksim.nuki.state import AuthWindow, Callback, LogEntry, Movement, OtherBridge, State, check
from tests.nuki.caller import Caller

Damage = Callable[[State], None]


def _twice(state: State) -> None:
    state.locks[1].id = state.locks[0].id


def _bridge_is_a_lock(state: State) -> None:
    state.bridge.server_id = state.locks[0].id


def _two_bridges_with_one_id(state: State) -> None:
    state.other_bridges = [OtherBridge(state.bridge.server_id, "10.0.0.1", 80, 0)]


def _too_large(state: State) -> None:
    state.locks[0].id = 1 << 32


def _same_slot(state: State) -> None:
    state.bridge.callbacks = [Callback(1, "http://a.b/"), Callback(1, "http://a.c/")]


def _fourth_slot(state: State) -> None:
    state.bridge.callbacks = [Callback(3, "http://a.b/")]


def _https(state: State) -> None:
    state.bridge.callbacks = [Callback(0, "https://a.b/")]


def _long_url(state: State) -> None:
    state.bridge.callbacks = [Callback(0, "http://a.b/" + "x" * 254)]


def _short_token(state: State) -> None:
    state.bridge.token = "12345"


def _no_token(state: State) -> None:
    state.bridge.token = None


def _window_without_led(state: State) -> None:
    state.bridge.windows = [AuthWindow(1, until=10**18, timer=1)]


def _long_log(state: State) -> None:
    state.bridge.log = [LogEntry(0, "HTTP-Log")] * 501


def _one_caller_twice(state: State) -> None:
    state.bridge.led_until = 10**18
    state.bridge.windows = [AuthWindow(1, until=10**18, timer=1), AuthWindow(1, until=10**18, timer=2)]


def _paired_without_known_state(state: State) -> None:
    state.locks[0].known = None


def _moving_without_a_sequence(state: State) -> None:
    state.locks[0].state = LockState.UNLOCKING


def _state_of_another_phase(state: State) -> None:
    state.locks[0].movement = Movement(LockAction.UNLOCK, 0, 1)


def _beyond_the_sequence(state: State) -> None:
    state.locks[0].movement = Movement(LockAction.UNLOCK, 1, 1)


def _runs_flat(state: State) -> None:
    state.locks[0].state, state.locks[0].battery = LockState.UNLOCKING, "flat"
    state.locks[0].movement = Movement(LockAction.UNLOCK, 0, 1)


def _waits_for_a_finished_action(state: State) -> None:
    state.locks[0].state = LockState.LOCK_N_GO
    state.locks[0].movement = Movement(LockAction.LOCK_N_GO, 1, 1, pending_id=5)


def _waits_for_an_unpaired_lock(state: State) -> None:
    state.locks[3].state = LockState.UNLOCKING
    state.locks[3].movement = Movement(LockAction.UNLOCK, 0, 1, pending_id=5)


DAMAGES: list[Damage] = [
    damage for name, damage in list(globals().items()) if isinstance(damage, FunctionType) and name[0] == "_"
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: str(damage.__name__).strip("_"))
def test_an_inconsistent_state_is_detected(bridge: Caller, damage: Damage) -> None:
    state = bridge.state
    check(state)
    damage(state)
    with pytest.raises(AssertionError):
        check(state)
