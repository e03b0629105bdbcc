"""A planted variant alters what a vendor hears, says or sends, as part of its world; without one nothing is different."""

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


def world(*variants: str) -> World:
    return World([TOY], variants=variants, clock="manual")


def count(of: World) -> Any:
    return json.loads(of.ask("toy", "api", "GET", "/count").body)


def plant(of: World, *ids: str) -> None:
    of.control("variants", ids=list(ids))


def test_what_is_said_is_another_thing_and_what_is_true_is_not() -> None:
    assert count(world("toy-count-as-text")) == {"count": "0"}
    assert count(world()) == {"count": 0}


def test_it_may_have_come_to_all_servers_where_a_vendor_has_some_that_get_it_first() -> None:
    there = world("toy-count-as-text:live", "toy-one-more")
    assert there.core.control_state().variants == ["toy-count-as-text:live", "toy-one-more"]
    assert [one.live for one in there.core.variants["toy"]] == [True, False]
    assert count(there) == {"count": "0"}


def test_what_is_heard_may_be_answered_by_the_variant_which_remembers() -> None:
    there = world("toy-one-more")
    assert [there.ask("toy", "api", "POST", "/count").status for _ in range(7)] == [200, 200, 418, 200, 200, 418, 200]
    plant(there)
    assert count(there) == {"count": 5}


def test_who_waited_is_answered_by_the_variant_too() -> None:
    for wait, rang in ((9, True), (11, False)):
        core = world("toy-hasty").core
        pending_id = core.apply(Request(core.now, "toy", "api", "GET", "/wait?seconds=60")).pending_id
        core.apply(Tick(core.now + wait * SECOND))
        ((number, answer),) = core.apply(DeviceAction(core.now, "toy", "front", "ring")).resolved
        assert number == pending_id
        assert json.loads(answer.body) == {"rang": rang}


def test_what_is_sent_is_another_thing() -> None:
    there = world("toy-whisper")
    there.ask("toy", "api", "POST", "/subscribe?url=http%3A%2F%2F127.0.0.1%2F")
    there.site("toy").hardware.act("front", "ring")
    assert [d.body for d in there.core.deliveries()] == [b"{}"]


def test_it_stays_through_reset_restore_and_fork_and_in_a_checkpoint() -> None:
    """It is the vendor's software, not its data."""
    there = world()
    there.control("snapshot", name="before")
    plant(there, "toy-count-as-text")
    there.control("restore", name="before")
    assert count(there) == {"count": "0"}
    there.control("reset")
    assert count(there) == {"count": "0"}
    again = WorldCore.load({"toy": TOY}, there.core.checkpoint())
    assert again.control_state().variants == ["toy-count-as-text"]
    assert count(there.fork()) == {"count": "0"}


def test_a_journal_with_variants_replays() -> None:
    core = world("toy-one-more").core
    base = core.checkpoint()
    for _ in range(5):
        core.apply(Request(core.now, "toy", "api", "POST", "/count"))
    core.apply(Command(core.now, "variants", {"ids": ["toy-count-as-text"]}))
    core.apply(Request(core.now, "toy", "api", "GET", "/count"))
    again = WorldCore.load({"toy": TOY}, base)
    for was, now in again.replay(list(core.journal)):
        assert render(now) == render(was)
    assert again.snapshot().encode() == core.snapshot().encode()
    assert WorldSnapshot.decode(again.checkpoint()).world.variants == ["toy-count-as-text"]


@pytest.mark.parametrize(("name", "says"), [("boat-x", "toy"), ("toy-nothing", "toy has"), ("", "vendor's name")])
def test_one_that_there_is_not_says_which_there_are(name: str, says: str) -> None:
    with pytest.raises(Unknown, match=says):
        world(name)
    there = world()
    with pytest.raises(Unknown, match=says):
        plant(there, name)
    assert count(there) == {"count": 0}


def test_it_tells_what_it_does() -> None:
    assert next((id_, v.change, v.weight, v.sentence) for id_, v in variants_of(TOY).items()) == (
        "toy-count-as-text",
        "type",
        "breaking",
        "`count` is a text.",
    )


def test_an_answer_keeps_its_spaces_and_its_length() -> None:
    headers = (("Content-Type", "application/json"), ("content-length", "99"))
    assert edit_json(Answer(200, headers, b'{"a": 1, "b": 2}'), lambda x: x | {"c": "é"}) == Answer(
        200, (("Content-Type", "application/json"), ("content-length", "27")), '{"a": 1, "b": 2, "c": "é"}'.encode()
    )
    assert edit_json(Answer(200, (), b"no json"), lambda x: 1).body == b"no json"
    assert (
        edit_json(Answer(200, (), b'{"a":"Giles, Mary"}'), lambda x: x | {"b": 1}).body == b'{"a":"Giles, Mary","b":1}'
    )
    assert edit_json(Answer(200, (), b"[1, 2]"), lambda x: [*x, 3]).body == b"[1, 2, 3]"
