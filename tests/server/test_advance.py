"""An advance lets what is due happen, and what is sent out arrive, each at its own time; it holds nobody up."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from locksim.server import webhook_sender
from tests.server.receiver import Receiver, receiver
from tests.server.served import Background, ServedToy, serve_toy, until


def ended(toy: ServedToy) -> list[tuple[str, Any]]:
    """When each attempt at the first delivery ended, and how."""
    return [(a["ended"], a["status"] or a["error"]) for a in toy.deliveries()[0]["attempts"]]


@pytest.mark.parametrize("mode", ["manual", "auto"])
def test_retries_land_at_their_times(mode: str) -> None:
    """The toy tries again a minute after a failure, three times in all."""
    statuses = [500, 503, 204]
    with serve_toy(clock=mode) as toy, receiver(lambda me, path: statuses[len(me.got) - 1]) as there:
        toy.post(f"/subscribe?url={there.url}")
        toy.act("ring", after=3600)
        toy.sim("POST", "/clock/advance", {"seconds": 72 * 3600})
        assert ended(toy) == [
            ("2026-01-05T09:00:00Z", 500),
            ("2026-01-05T09:01:00Z", 503),
            ("2026-01-05T09:02:00Z", 204),
        ]
        assert toy.sim("GET", "/clock")["now"] == "2026-01-08T08:00:00Z"


def test_it_works_in_real_time_too() -> None:
    with serve_toy() as toy, receiver(lambda me, path: 500) as there:
        toy.post(f"/subscribe?url={there.url}")
        toy.act("ring")
        before = toy.sim("GET", "/clock")["now"]
        after = toy.sim("POST", "/clock/advance", {"seconds": 3600})
        assert len(there.got) == 3
        assert after["now"] > before
        assert after["mode"] == "real"


def test_a_receiver_that_is_down_is_retried_at_the_vendors_times(toy: ServedToy) -> None:
    toy.post("/subscribe?url=http://127.0.0.1:9/")
    toy.act("ring")
    toy.sim("POST", "/clock/advance", {"seconds": 120})
    assert ended(toy)[1:] == [("2026-01-05T08:01:00Z", "refused"), ("2026-01-05T08:02:00Z", "refused")]


def test_others_are_answered_while_an_advance_waits_for_a_receiver(toy: ServedToy) -> None:
    def wait(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with receiver(wait) as there:
        toy.post(f"/subscribe?url={there.url}")
        toy.act("ring", after=10)
        advance = Background(lambda: toy.sim("POST", "/clock/advance", {"seconds": 60}))
        until(lambda: bool(there.got))
        assert toy.post("/count").json() == {"count": 1}
        assert toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:10Z"
        assert not advance.finished
        there.proceed.set()
        assert advance.result()["now"] == "2026-01-05T08:01:00Z"
    assert ended(toy) == [("2026-01-05T08:00:10Z", 200)]


def test_a_receiver_that_hangs_ends_an_advance_only_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sender, "TIMEOUT", 0.1)

    def wait(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with serve_toy(clock="manual") as toy, receiver(wait) as there:
        toy.post(f"/subscribe?url={there.url}")
        toy.act("ring", after=10)
        toy.sim("POST", "/clock/advance", {"seconds": 3600})
        assert ended(toy) == [(f"2026-01-05T08:0{n}:10Z", "timeout") for n in range(3)]


def test_slow_deliveries_finish_after_the_advance(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_sender, "SETTLE", 0.05)

    def wait(me: Receiver, path: str) -> int:
        me.proceed.wait(20)
        return 200

    with serve_toy(clock="manual") as toy, receiver(wait) as there:
        toy.post(f"/subscribe?url={there.url}")
        toy.act("ring")
        assert toy.sim("POST", "/clock/advance", {"seconds": 60})["now"] == "2026-01-05T08:01:00Z"
        there.proceed.set()
        toy.wait_for_deliveries()
        assert ended(toy) == [("2026-01-05T08:01:00Z", 200)]


def test_a_receiver_that_calls_back_sees_the_time_of_its_delivery(toy: ServedToy) -> None:
    clocks: list[str] = []

    def look(me: Receiver, path: str) -> int:
        clocks.append(httpx.get(f"{toy.control}/worlds/default/clock", trust_env=False, verify=False).json()["now"])
        return 200

    with receiver(look) as there:
        toy.post(f"/subscribe?url={there.url}")
        for after in (10, 20, 30):
            toy.act("ring", after=after)
        toy.sim("POST", "/clock/advance", {"seconds": 60})
    assert clocks == [f"2026-01-05T08:00:{n}Z" for n in (10, 20, 30)]


def test_an_advance_asked_for_by_a_receiver_runs_after_the_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook_sender, "TIMEOUT", 0.3)
    with serve_toy(clock="manual") as toy:

        def meddle(me: Receiver, path: str) -> int:
            answer = httpx.post(
                f"{toy.control}/worlds/default/clock/advance",
                json={"seconds": 5},
                timeout=20,
                trust_env=False,
                verify=False,
            )
            me.proceed.set()
            return answer.status_code

        with receiver(meddle) as there:
            toy.post(f"/subscribe?url={there.url}")
            toy.act("ring", after=10)
            toy.sim("POST", "/clock/advance", {"seconds": 20})
            assert there.proceed.wait(20)
            until(lambda: toy.sim("GET", "/clock")["now"] == "2026-01-05T08:00:25Z")


def test_a_delayed_answer_arrives_when_the_delay_is_over(toy: ServedToy) -> None:
    toy.sim("POST", "/faults", {"effect": {"kind": "delay", "seconds": 12.5}, "path": "/count"}, status=201)
    counted = Background(lambda: toy.post("/count").json())
    toy.wait_for_pending(1)
    toy.sim("POST", "/clock/advance", {"seconds": 12.5})
    assert counted.result() == {"count": 1}
