"""`start_timers` sets the timers of a state that comes into a world: by default, at the beginning, or loaded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from locksim.engine.deliveries import Delivery
from locksim.engine.turn import Turn
from locksim.engine.vendor import Vendor
from locksim.inprocess.world import World
from tests.engine import toy


def _set_alarm(turn: Turn, state: Any) -> None:
    turn.set_timer(5_000_000, "alarm", loud=True)


def _ring(turn: Turn, state: Any, *, loud: bool) -> None:
    assert loud
    turn.send("mail", "somebody@example.com", b"It rings.")


ALARM: Vendor = replace(toy.TOY, start_timers=_set_alarm, timers={**toy.TOY.timers, "alarm": _ring})


def rings(world: World) -> int:
    return len(world.deliveries.list())


def test_the_default_state_starts_its_timers_when_its_world_begins() -> None:
    world = World([ALARM])
    world.clock.advance(4)
    assert rings(world) == 0
    world.clock.advance(1)
    assert rings(world) == 1


def test_two_equal_worlds_do_not_share_timers() -> None:
    worlds = [World([ALARM]), World([ALARM])]
    worlds[0].clock.advance(9)
    assert [rings(world) for world in worlds] == [1, 0]


def test_a_given_first_state_starts_its_timers_once() -> None:
    state = World([ALARM]).site(ALARM.name).state
    world = World([ALARM], state={ALARM.name: _plain(state)})
    world.clock.advance(9)
    assert rings(world) == 1


def test_a_loaded_state_starts_its_timers() -> None:
    world = World([ALARM])
    world.clock.advance(9)
    world.control("load", vendor=ALARM.name, state=_plain(world.site(ALARM.name).state))
    world.clock.advance(9)
    assert rings(world) == 2


def test_a_reset_starts_the_timers_again() -> None:
    world = World([ALARM])
    world.clock.advance(9)
    world.reset()
    assert rings(world) == 0
    world.clock.advance(9)
    assert rings(world) == 1


def test_a_delivery_to_no_url_has_arrived_when_it_is_sent() -> None:
    world = World([ALARM])
    world.clock.advance(9)
    (mail,) = world.deliveries.list()
    assert [(attempt.status, attempt.error) for attempt in mail.attempts] == [(200, None)]


@pytest.mark.parametrize(("seconds", "outcome"), [(2.9, (204, None)), (3.1, (None, "timeout"))])
def test_a_receiver_that_takes_longer_than_the_sender_waits_is_a_timeout(seconds: float, outcome: Any) -> None:
    def send(turn: Turn, state: Any, *, loud: bool) -> None:
        turn.send("hook", "http://receiver.test/", b"", patience=3_000_000)

    vendor = replace(ALARM, timers={"alarm": send}, on_delivery_outcome=lambda *_: None)
    world = World([vendor])

    def receive(delivery: Delivery) -> int:
        world.clock.advance(seconds)
        return 204

    world.deliveries.receive("http://receiver.test/", receive)
    world.clock.advance(9)
    (hook,) = world.deliveries.list()
    assert [(attempt.status, attempt.error) for attempt in hook.attempts] == [outcome]


def _plain(state: Any) -> Any:
    return msgspec.to_builtins(state)
