"""Deliveries: attempts, retries, commands and injected faults."""

from __future__ import annotations

import pytest

from locksim.engine.deliveries import Delivery
from locksim.engine.errors import Impossible, Unknown
from locksim.inprocess.world import VendorHandle, World
from tests.engine.toy import BELL

URL = "http://127.0.0.1:9/bell"


@pytest.fixture
def site(world: World) -> VendorHandle:
    world.ask("toy", "api", "POST", f"/subscribe?url={URL}")
    return world.site("toy")


def test_a_receivers_answer_is_the_outcome(site: VendorHandle) -> None:
    received: list[bytes] = []
    site.deliveries.receive(URL, lambda delivery: received.append(delivery.body))
    site.hardware[BELL].ring()
    assert received == [b'{"rings":1}']
    (delivery,) = site.deliveries.list()
    assert [(a.state, a.status, a.error) for a in delivery.attempts] == [("done", 200, None)]
    assert site.state.acknowledged == 1


def test_without_a_receiver_an_attempt_is_refused_and_retried_at_its_time(site: VendorHandle) -> None:
    start = site.clock.now
    site.hardware[BELL].ring()
    site.clock.advance(3600)
    (delivery,) = site.deliveries.list()
    assert [a.error for a in delivery.attempts] == ["refused"] * 3
    assert [(a.ended or 0) - start for a in delivery.attempts] == [0, 60_000_000, 120_000_000]


def test_a_receiver_that_raises_affects_only_its_attempt(site: VendorHandle) -> None:
    def broken(delivery: Delivery) -> int:
        raise RuntimeError("disk full")

    site.deliveries.receive(URL, broken)
    assert site.hardware[BELL].ring() == {"heard": 0}
    assert site.deliveries.list()[0].attempts[0].error == "broken: RuntimeError: disk full"


def test_a_receiver_may_call_back_into_the_world(world: World, site: VendorHandle) -> None:
    seen: list[int] = []

    def receiver(delivery: Delivery) -> int:
        seen.append(world.ask("toy", "api", "GET", "/count").status)
        if len(seen) == 1:
            site.hardware[BELL].ring()
        return 204

    site.deliveries.receive(URL, receiver)
    site.hardware[BELL].ring()
    assert seen == [200, 200]
    assert site.state.acknowledged == 2


def test_held_deliveries_leave_when_released_in_any_order(site: VendorHandle) -> None:
    received: list[bytes] = []
    site.deliveries.receive(URL, lambda d: received.append(d.body))
    site.deliveries.mode = "held"
    site.hardware[BELL].ring()
    site.hardware[BELL].ring()
    site.clock.advance(600)
    assert received == []
    first, second = (d.id for d in site.deliveries.list())
    site.deliveries.release(second)
    site.deliveries.release(first)
    assert received == [b'{"rings":2}', b'{"rings":1}']
    with pytest.raises(Impossible, match="is not held"):
        site.deliveries.release(first)


def test_a_doubled_delivery_arrives_twice_and_a_dropped_one_never(site: VendorHandle) -> None:
    received: list[bytes] = []
    site.deliveries.receive(URL, lambda d: received.append(d.body))
    site.deliveries.mode = "held"
    site.hardware[BELL].ring()
    (delivery,) = site.deliveries.list()
    site.deliveries.drop(delivery.id)
    assert received == []
    assert site.deliveries.list()[0].attempts[0].error == "dropped"
    site.deliveries.double(delivery.id)
    site.deliveries.double(delivery.id)
    assert received == [b'{"rings":1}'] * 2
    with pytest.raises(Unknown, match="no delivery 99"):
        site.deliveries.drop(99)


def test_injected_faults_affect_deliveries(site: VendorHandle) -> None:
    received: list[int] = []
    site.deliveries.receive(URL, lambda d: received.append(site.clock.now))
    start = site.clock.now
    site.faults.inject({"kind": "double"}, times=1)
    site.hardware[BELL].ring()
    assert len(received) == 2
    site.faults.inject({"kind": "late", "seconds": 90}, times=1)
    site.hardware[BELL].ring()
    assert len(received) == 2
    site.clock.advance(100)
    assert received[2] - start == 90_000_000
    site.faults.inject({"kind": "lose", "status": 503}, times=1)
    site.hardware[BELL].ring()
    site.clock.advance(30)
    assert len(received) == 3
    assert site.deliveries.list()[-1].attempts[0].status == 503
    site.clock.advance(60)
    assert len(received) == 4, "the sender tried again"
    site.faults.inject({"kind": "hold"}, times=1)
    site.hardware[BELL].ring()
    assert site.deliveries.list()[-1].attempts[0].state == "held"
