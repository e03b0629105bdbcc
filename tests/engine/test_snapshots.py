"""Snapshots, forks, reset and loaded states."""

from __future__ import annotations

import pytest

from locksim.engine.errors import Refused, Unknown
from locksim.engine.inputs import CONNECTION_RESET, Command, Request
from locksim.engine.journal import render
from locksim.engine.state import WorldSnapshot
from locksim.engine.world import WorldCore
from locksim.inprocess.world import World
from tests.engine.toy import BELL, TOY


def count(world: World) -> bytes:
    return world.ask("toy", "api", "POST", "/count").body


def test_a_fork_shares_no_state_with_its_world(world: World) -> None:
    count(world)
    fork = world.fork()
    assert count(fork) == b'{"count":2}'
    assert count(fork) == b'{"count":3}'
    assert count(world) == b'{"count":2}'
    fork.reset()
    assert count(fork) == b'{"count":1}', "a fork resets to where its world began"


def test_a_restore_goes_back_in_time_and_hangs_up_pending_requests(world: World) -> None:
    count(world)
    world.snapshot("one")
    before = world.clock.now
    world.clock.advance(10)
    count(world)
    answers: list[object] = []
    entry = world.core.apply(Request(world.core.now, "toy", "api", "GET", "/wait"))
    assert entry.pending_id is not None
    world.core.waiters[entry.pending_id] = answers.append
    world.restore("one")
    assert answers == [CONNECTION_RESET]
    assert world.clock.now == before
    assert count(world) == b'{"count":2}'
    with pytest.raises(Unknown, match="no snapshot 'two'; there are one"):
        world.restore("two")


def test_a_reset_world_is_like_a_new_one_but_keeps_its_addresses() -> None:
    world = World([TOY], seed=3)
    world.core.addresses["toy/api"] = "http://127.0.0.1:1234"
    site = world.site("toy")
    site.faults.inject({"kind": "refuse", "name": "unavailable"})
    site.hardware[BELL].ring(after=5)
    world.clock.advance(3)
    world.snapshot("kept")
    world.reset()
    assert (world.core.faults(), world.core.scheduled_commands(), world.core.snapshots, len(world.core.journal)) == (
        [],
        [],
        {},
        0,
    )
    assert site.url == "http://127.0.0.1:1234"
    fresh = World([TOY], seed=3)
    count(world)
    count(fresh)
    assert [render(e) for e in world.core.journal] == [render(e) for e in fresh.core.journal]


def test_a_vendors_state_is_loaded_completely_or_not_at_all(world: World) -> None:
    world.control("load", vendor="toy", state={"count": 41})
    assert count(world) == b'{"count":42}'
    for state in ({"count": "many"}, {"count": -1}):
        with pytest.raises(Refused, match="invalid state of toy"):
            world.control("load", vendor="toy", state=state)
    assert count(world) == b'{"count":43}'
    given = World([TOY], state={"toy": {"count": 7}})
    assert count(given) == b'{"count":8}'
    with pytest.raises(Unknown, match="no vendor 'nobody'"):
        World([TOY], state={"nobody": {}})


@pytest.mark.parametrize("damage", ["cut", "format", "schema"])
def test_a_damaged_or_outdated_checkpoint_is_refused(world: World, damage: str) -> None:
    data = world.core.checkpoint()
    snapshot = WorldSnapshot.decode(data)
    match damage:
        case "cut":
            data = data[:-5]
        case "format":
            snapshot.format = 99
            data = snapshot.encode()
        case "schema":
            snapshot.vendors["toy"].schema = 99
            data = snapshot.encode()
    with pytest.raises(Refused):
        WorldCore.load({"toy": TOY}, data)


def test_snapshots_are_bounded(world: World) -> None:
    for number in range(100):
        world.snapshot(str(number))
    world.snapshot("0")
    with pytest.raises(Refused, match="at most 100"):
        world.snapshot("100")


def test_an_invalid_option_or_command_is_refused_with_the_valid_ones() -> None:
    with pytest.raises(Refused, match="documented and observed"):
        World([TOY], profile="dreamt")
    with pytest.raises(Refused, match="manual, auto, real"):
        World([TOY], clock="x0")
    world = WorldCore.begin({"toy": TOY}, start=0)
    refused = world.apply(Command(0, "fly")).refused
    assert refused is not None
    assert "there are clock, deliveries" in refused[1]


def test_a_look_at_an_untouched_state_leaves_it_encoded(world: World) -> None:
    core = world.core
    seen = core.look_at_state("toy")
    assert seen == core.look_at_state("toy")
    assert seen is not core.look_at_state("toy")
    assert core.look_at_state("toy") is not core.state("toy")
    assert core.look_at_state("toy") is core.state("toy")
