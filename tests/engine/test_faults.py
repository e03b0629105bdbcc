"""Injected faults: what they affect, how often, and what happens then."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.errors import Refused, Unknown
from locksim.engine.inputs import CONNECTION_RESET
from locksim.inprocess.world import ReadTimeout, VendorHandle, World
from tests.engine.toy import BELL, TOY


@pytest.fixture
def site(world: World) -> VendorHandle:
    return world.site("toy")


def count(world: World, method: str = "POST", timeout: float | None = None) -> tuple[int, bytes]:
    answer = world.ask("toy", "api", method, "/count", timeout=timeout)
    return answer.status, answer.body


def test_refuse_answers_in_the_vendors_format_without_asking_the_vendor(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "refuse", "name": "rate_limited"}, times=1)
    assert count(world) == (429, b'{"error":"rate_limited"}')
    assert count(world) == (200, b'{"count":1}')


def test_a_delayed_answer_is_done_at_once_and_arrives_late(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "delay", "seconds": 2.5}, times=1)
    before = site.clock.now
    assert count(world) == (200, b'{"count":1}')
    assert site.clock.now - before == 2_500_000
    site.faults.inject({"kind": "delay", "seconds": 2.5}, times=1)
    with pytest.raises(ReadTimeout):
        count(world, timeout=2)
    assert count(world, "GET") == (200, b'{"count":2}'), "the caller gave up, but it was done"


def test_a_delayed_request_is_done_late(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "delay", "seconds": 2.5, "of": "request"}, times=1)
    with pytest.raises(ReadTimeout):
        count(world, timeout=2)
    site.clock.advance(1)
    assert count(world, "GET") == (200, b'{"count":0}'), "a request whose caller hung up before it arrived is not done"
    site.faults.inject({"kind": "delay", "seconds": 2.5, "of": "request"}, times=1)
    assert count(world) == (200, b'{"count":1}')


def test_a_delayed_request_may_become_pending(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "delay", "seconds": 1, "of": "request"})
    site.faults.inject({"kind": "delay", "seconds": 2, "of": "answer"})
    site.hardware[BELL].ring(after=0.5)
    site.hardware[BELL].ring(after=5)
    before = site.clock.now
    assert world.ask("toy", "api", "GET", "/wait").body == b'{"rang":true}'
    assert site.clock.now - before == 7_000_000


def test_reset_before_and_after(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "reset", "when": "before"}, times=1)
    assert world.ask("toy", "api", "POST", "/count") == CONNECTION_RESET
    site.faults.inject({"kind": "reset", "when": "after"}, times=1)
    assert world.ask("toy", "api", "POST", "/count") == CONNECTION_RESET
    assert count(world, "GET") == (200, b'{"count":1}')


def test_a_foreign_page_is_answered_without_asking_the_vendor(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "page"}, times=1)
    answer = world.ask("toy", "api", "POST", "/count")
    assert (answer.status, dict(answer.headers)["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert answer.body.startswith(b"<!DOCTYPE html>")
    assert count(world, "GET") == (200, b'{"count":0}')


def test_truncate_keeps_the_content_length(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "truncate", "bytes": 3}, times=1)
    answer = world.ask("toy", "api", "GET", "/count")
    assert answer.cut == 3
    assert ("Content-Length", str(len(answer.body))) in answer.headers


def test_a_device_action_happens_before_the_request_is_served(world: World, site: VendorHandle) -> None:
    site.faults.inject({"kind": "act", "device": BELL, "action": "unplug"}, path="/count", times=1)
    count(world)
    assert site.hardware[BELL].state["plugged"] is False


@given(nth=st.integers(1, 6), times=st.none() | st.integers(1, 6), requests=st.integers(0, 12))
def test_a_fault_affects_so_many_matches_from_the_nth_on(nth: int, times: int | None, requests: int) -> None:
    world = World([TOY])
    world.site("toy").faults.inject({"kind": "refuse", "name": "unavailable"}, path="/c*", nth=nth, times=times)
    affected = []
    for number in range(1, requests + 1):
        world.ask("toy", "api", "GET", "/echo")
        if count(world)[0] == 503:
            affected.append(number)
    assert affected == [n for n in range(nth, requests + 1) if times is None or n < nth + times]


def test_a_fault_with_a_probability_follows_the_seed() -> None:
    def walk(seed: int) -> list[int]:
        world = World([TOY], seed=seed)
        world.site("toy").faults.inject({"kind": "refuse", "name": "unavailable"}, probability=0.5)
        return [count(world)[0] for _ in range(64)]

    assert walk(1) == walk(1)
    assert walk(1) != walk(2)
    assert 16 < walk(1).count(503) < 48


@pytest.mark.parametrize(
    ("fault", "error", "hint"),
    [
        ({"effect": {"kind": "refuse", "name": "nonsense"}}, Unknown, "rate_limited, unavailable"),
        ({"effect": {"kind": "explode"}}, Refused, "explode"),
        ({"effect": {"kind": "delay"}}, Refused, "seconds"),
        ({"effect": {"kind": "reset"}, "nth": 0}, Refused, ">= 1"),
        ({"effect": {"kind": "reset"}, "probability": 1.5}, Refused, "<= 1.0"),
        ({"effect": {"kind": "act", "device": "back", "action": "ring"}}, Unknown, "it has front"),
    ],
)
def test_an_invalid_fault_is_refused_with_a_sentence(
    site: VendorHandle, fault: dict[str, Any], error: type[Refused], hint: str
) -> None:
    with pytest.raises(error, match=hint):
        site.faults.inject(**fault)
    assert site.faults.list() == []


def test_a_removed_fault_has_no_effect(world: World, site: VendorHandle) -> None:
    one = site.faults.inject({"kind": "refuse", "name": "unavailable"})
    site.faults.remove(one)
    assert count(world)[0] == 200
    with pytest.raises(Unknown, match=f"no fault {one}"):
        site.faults.remove(one)


def test_an_injected_action_that_is_refused_is_a_near_miss_and_no_failure(world: World, site: VendorHandle) -> None:
    site.hardware[BELL].unplug()
    site.faults.inject({"kind": "act", "device": BELL, "action": "ring"})
    assert count(world) == (200, b'{"count":1}')
    assert site.journal.misses() == ["an injected ring on front did nothing: the bell is unplugged; plug_in first"]
