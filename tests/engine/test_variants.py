"""A variant changes what a vendor gets, answers or sends, as part of its world; without one nothing changes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from locksim.engine.errors import Unknown
from locksim.engine.inputs import Answer, Command, DeviceAction, Request, Tick
from locksim.engine.journal import render
from locksim.engine.state import WorldSnapshot
from locksim.engine.variants import edit_json
from locksim.engine.vendor import variants_of
from locksim.engine.world import WorldCore
from locksim.inprocess.world import World
from tests.engine.toy import TOY

SECOND = 1_000_000


def world_with(*variants: str) -> World:
    return World([TOY], variants=variants, clock="manual")


def count(world: World) -> Any:
    return json.loads(world.ask("toy", "api", "GET", "/count").body)


def select(world: World, *ids: str) -> None:
    world.control("variants", ids=list(ids))


def test_a_variant_changes_the_answer_and_not_the_state() -> None:
    assert count(world_with("toy-count-as-text")) == {"count": "0"}
    assert count(world_with()) == {"count": 0}


def test_a_variant_may_be_live_on_all_servers() -> None:
    world = world_with("toy-count-as-text:live", "toy-one-more")
    assert world.core.control_state().variants == ["toy-count-as-text:live", "toy-one-more"]
    assert [one.live for one in world.core.variants["toy"]] == [True, False]
    assert count(world) == {"count": "0"}


def test_a_variant_may_answer_instead_of_the_vendor_and_has_a_memory() -> None:
    world = world_with("toy-one-more")
    assert [world.ask("toy", "api", "POST", "/count").status for _ in range(7)] == [200, 200, 418, 200, 200, 418, 200]
    select(world)
    assert count(world) == {"count": 5}


def test_a_variant_changes_the_answer_to_a_pending_request() -> None:
    for wait, rang in ((9, True), (11, False)):
        core = world_with("toy-hasty").core
        pending_id = core.apply(Request(core.now, "toy", "api", "GET", "/wait?seconds=60")).pending_id
        core.apply(Tick(core.now + wait * SECOND))
        ((number, answer),) = core.apply(DeviceAction(core.now, "toy", "front", "ring")).resolved
        assert number == pending_id
        assert json.loads(answer.body) == {"rang": rang}


def test_a_variant_changes_what_is_sent() -> None:
    world = world_with("toy-whisper")
    world.ask("toy", "api", "POST", "/subscribe?url=http%3A%2F%2F127.0.0.1%2F")
    world.site("toy").hardware.act("front", "ring")
    assert [d.body for d in world.core.deliveries()] == [b"{}"]


def test_a_variant_survives_reset_restore_fork_and_checkpoint() -> None:
    """A variant is the vendor's software, not its data."""
    world = world_with()
    world.control("snapshot", name="before")
    select(world, "toy-count-as-text")
    world.control("restore", name="before")
    assert count(world) == {"count": "0"}
    world.control("reset")
    assert count(world) == {"count": "0"}
    again = WorldCore.load({"toy": TOY}, world.core.checkpoint())
    assert again.control_state().variants == ["toy-count-as-text"]
    assert count(world.fork()) == {"count": "0"}


def test_a_journal_with_variants_replays() -> None:
    core = world_with("toy-one-more").core
    base = core.checkpoint()
    for _ in range(5):
        core.apply(Request(core.now, "toy", "api", "POST", "/count"))
    core.apply(Command(core.now, "variants", {"ids": ["toy-count-as-text"]}))
    core.apply(Request(core.now, "toy", "api", "GET", "/count"))
    again = WorldCore.load({"toy": TOY}, base)
    entries = list(core.journal)
    assert len(entries) == 7
    assert [render(now) for _, now in again.replay(entries)] == [render(entry) for entry in entries]
    assert again.snapshot().encode() == core.snapshot().encode()
    assert WorldSnapshot.decode(again.checkpoint()).world.variants == ["toy-count-as-text"]


@pytest.mark.parametrize(("name", "says"), [("boat-x", "toy"), ("toy-nothing", "toy has"), ("", "vendor's name")])
def test_an_unknown_variant_is_refused_with_the_known_ones(name: str, says: str) -> None:
    with pytest.raises(Unknown, match=says):
        world_with(name)
    world = world_with()
    with pytest.raises(Unknown, match=says):
        select(world, name)
    assert count(world) == {"count": 0}


def test_variants_of_describes_each_variant() -> None:
    assert next((id_, v.change, v.weight, v.sentence) for id_, v in variants_of(TOY).items()) == (
        "toy-count-as-text",
        "type",
        "breaking",
        "`count` is a text.",
    )


def test_edit_json_keeps_the_spacing_and_corrects_the_length() -> None:
    headers = (("Content-Type", "application/json"), ("content-length", "99"))
    assert edit_json(Answer(200, headers, b'{"a": 1, "b": 2}'), lambda x: x | {"c": "é"}) == Answer(
        200, (("Content-Type", "application/json"), ("content-length", "27")), '{"a": 1, "b": 2, "c": "é"}'.encode()
    )
    assert edit_json(Answer(200, (), b"no json"), lambda x: 1).body == b"no json"
    assert (
        edit_json(Answer(200, (), b'{"a":"Giles, Mary"}'), lambda x: x | {"b": 1}).body == b'{"a":"Giles, Mary","b":1}'
    )
    assert edit_json(Answer(200, (), b"[1, 2]"), lambda x: [*x, 3]).body == b"[1, 2, 3]"
