"""The check of the invariants detects an inconsistent state."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

from locksim.nuki.motor_sequences import LockAction, LockState
from locksim.nuki.state import AuthWindow, Bridge, Callback, LogEntry, Movement, check
from tests.nuki.caller import Caller

Damage = Callable[[Any], None]


def _twice(bridge: Bridge) -> None:
    bridge.locks[1].id = bridge.locks[0].id


def _bridge_is_a_lock(bridge: Bridge) -> None:
    bridge.server_id = bridge.locks[0].id


def _too_large(bridge: Bridge) -> None:
    bridge.locks[0].id = 1 << 32


def _same_slot(bridge: Bridge) -> None:
    bridge.callbacks = [Callback(1, "http://a.b/"), Callback(1, "http://a.c/")]


def _fourth_slot(bridge: Bridge) -> None:
    bridge.callbacks = [Callback(3, "http://a.b/")]


def _https(bridge: Bridge) -> None:
    bridge.callbacks = [Callback(0, "https://a.b/")]


def _long_url(bridge: Bridge) -> None:
    bridge.callbacks = [Callback(0, "http://a.b/" + "x" * 254)]


def _short_token(bridge: Bridge) -> None:
    bridge.token = "12345"


def _no_token(bridge: Bridge) -> None:
    bridge.token = None


def _window_without_led(bridge: Bridge) -> None:
    bridge.windows = [AuthWindow(1, until=10**18, timer=1)]


def _long_log(bridge: Bridge) -> None:
    bridge.log = [LogEntry(0, "HTTP-Log")] * 501


def _one_caller_twice(bridge: Bridge) -> None:
    bridge.led_until = 10**18
    bridge.windows = [AuthWindow(1, until=10**18, timer=1), AuthWindow(1, until=10**18, timer=2)]


def _paired_without_known_state(bridge: Bridge) -> None:
    bridge.locks[0].known = None


def _moving_without_a_sequence(bridge: Bridge) -> None:
    bridge.locks[0].state = LockState.UNLOCKING


def _state_of_another_phase(bridge: Bridge) -> None:
    bridge.locks[0].movement = Movement(LockAction.UNLOCK, 0, 1)


def _beyond_the_sequence(bridge: Bridge) -> None:
    bridge.locks[0].movement = Movement(LockAction.UNLOCK, 1, 1)


def _runs_flat(bridge: Bridge) -> None:
    bridge.locks[0].state, bridge.locks[0].charge.millionths = LockState.UNLOCKING, 0
    bridge.locks[0].movement = Movement(LockAction.UNLOCK, 0, 1)


def _waits_for_a_finished_action(bridge: Bridge) -> None:
    bridge.locks[0].state = LockState.LOCK_N_GO
    bridge.locks[0].movement = Movement(LockAction.LOCK_N_GO, 1, 1, pending_id=5)


def _paired_behind_the_index(bridge: Bridge) -> None:
    assert bridge.pairings
    bridge.locks[0].paired, bridge.locks[0].known = False, None


def _waits_for_an_unpaired_lock(bridge: Bridge) -> None:
    bridge.locks[3].state = LockState.UNLOCKING
    bridge.locks[3].movement = Movement(LockAction.UNLOCK, 0, 1, pending_id=5)


DAMAGES: list[Damage] = [
    damage for name, damage in list(globals().items()) if isinstance(damage, FunctionType) and name[0] == "_"
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: str(damage.__name__).strip("_"))
def test_an_inconsistent_state_is_detected(bridge: Caller, damage: Damage) -> None:
    state = bridge.state
    check(state)
    damage(state.bridges[0])
    with pytest.raises(AssertionError):
        check(state)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_the_number_of_bridges_and_their_ids_are_checked(bridge: Caller, number: int) -> None:
    state = bridge.state
    state.bridges += [Bridge(1, state.bridges[0].server_id + n, 0, 0) for n in range(number)]
    state.bridges = state.bridges[: number and None]
    with pytest.raises(AssertionError, match="bridge"):
        check(state)
