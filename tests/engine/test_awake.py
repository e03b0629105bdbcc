"""A state that comes into a world may want timers: the default one, one that a world begins with, one that is loaded."""

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


def _wants_one(turn: Turn, state: Any) -> None:
    turn.set_timer(5_000_000, "alarm", loud=True)


def _rings(turn: Turn, state: Any, *, loud: bool) -> None:
    assert loud
    turn.send("mail", "somebody@example.com", b"It rings.")


WAKEFUL: Vendor = replace(toy.TOY, start_timers=_wants_one, timers={**toy.TOY.timers, "alarm": _rings})


def rung(world: World) -> int:
    return len(world.deliveries.list())


def test_the_default_state_wakes_when_its_world_begins() -> None:
    world = World([WAKEFUL])
    world.clock.advance(4)
    assert rung(world) == 0
    world.clock.advance(1)
    assert rung(world) == 1


def test_worlds_that_begin_alike_have_timers_of_their_own() -> None:
    worlds = [World([WAKEFUL]), World([WAKEFUL])]
    worlds[0].clock.advance(9)
    assert [rung(world) for world in worlds] == [1, 0]


def test_a_state_that_a_world_begins_with_wakes_too_and_once() -> None:
    state = World([WAKEFUL]).site(WAKEFUL.name).state
    world = World([WAKEFUL], state={WAKEFUL.name: _plain(state)})
    world.clock.advance(9)
    assert rung(world) == 1


def test_a_state_that_is_loaded_wakes() -> None:
    world = World([WAKEFUL])
    world.clock.advance(9)
    world.control("load", vendor=WAKEFUL.name, state=_plain(world.site(WAKEFUL.name).state))
    world.clock.advance(9)
    assert rung(world) == 2


def test_a_reset_world_wakes_again() -> None:
    world = World([WAKEFUL])
    world.clock.advance(9)
    world.reset()
    assert rung(world) == 0
    world.clock.advance(9)
    assert rung(world) == 1


def test_what_goes_to_no_url_has_arrived_when_it_is_sent() -> None:
    world = World([WAKEFUL])
    world.clock.advance(9)
    (mail,) = world.deliveries.list()
    assert [(attempt.status, attempt.error) for attempt in mail.attempts] == [(200, None)]


@pytest.mark.parametrize(("seconds", "outcome"), [(2.9, (204, None)), (3.1, (None, "timeout"))])
def test_a_receiver_that_lets_more_time_pass_than_its_sender_has_was_too_slow(seconds: float, outcome: Any) -> None:
    def send(turn: Turn, state: Any, *, loud: bool) -> None:
        turn.send("hook", "http://receiver.test/", b"", patience=3_000_000)

    vendor = replace(WAKEFUL, timers={"alarm": send}, on_delivery_outcome=lambda *what: None)
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
