"""120 requests a minute and account, by the epoch's minutes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.remotelock import seed
from tests.remotelock.caller import Caller, Reply

MINUTE = 60_000_000


@pytest.mark.rule("RL-R70")
def test_the_121st_request_of_a_minute_is_refused(limited: Caller) -> None:
    for left in range(119, -1, -1):
        assert counted(limited.get("/user")) == (200, left)
    refused = limited.get("/user")
    assert counted(refused) == (429, 0)
    assert refused.json == {"message": "Your account has exceeded the rate limit. Check the X-RateLimit-* headers."}


@pytest.mark.rule("RL-R71")
@settings(max_examples=10)
@given(offset=st.integers(0, 59_999_999), early=st.booleans())
def test_the_window_ends_with_the_minute_and_not_before(offset: int, early: bool) -> None:
    caller = Caller(limits=True)
    caller.pass_time(offset / 1e6)
    assert caller.token
    spend(caller, 120)
    reset = int(caller.get("/user").headers["X-RateLimit-Reset"])
    assert reset * 1_000_000 == (caller.now // MINUTE + 1) * MINUTE
    caller.world.advance_to(reset * 1_000_000 - early)
    assert counted(caller.get("/user")) == ((429, 0) if early else (200, 119))


@pytest.mark.rule("RL-R72")
def test_whatever_becomes_of_a_request_counts(limited: Caller) -> None:
    for method, path in (("GET", "/nowhere"), ("PATCH", "/user"), ("POST", "/devices"), ("GET", "/v2/user")):
        before = limited.get("/user").headers["X-RateLimit-Remaining"]
        refused = limited.call(method, path)
        assert refused.status in (404, 405, 406, 415)
        assert int(refused.headers["X-RateLimit-Remaining"]) == int(before) - 1


@pytest.mark.rule("RL-R72")
def test_requests_without_a_token_are_not_counted_and_401_comes_before_429(limited: Caller) -> None:
    assert limited.token
    for _ in range(130):
        refused = limited.ask("GET", "/user")
        assert (refused.status, "X-RateLimit-Limit" in refused.headers) == (401, False)
    assert counted(limited.get("/user")) == (200, 119)
    spend(limited, 119)
    assert limited.ask("GET", "/user").status == 401
    assert limited.get("/nowhere").status == 429


@pytest.mark.rule("RL-R72")
def test_oauth_is_not_counted(limited: Caller) -> None:
    assert limited.token
    spend(limited, 120)
    reply = limited.grant(grant_type="client_credentials")
    assert (reply.status, "X-RateLimit-Limit" in reply.headers) == (200, False)


@pytest.mark.rule("RL-R70")
def test_each_account_has_its_own_window_however_many_tokens_it_has(limited: Caller) -> None:
    first = limited.token
    spend(limited, 120)
    limited.renew()
    assert limited.get("/user").status == 429
    limited.token = limited.sign_in()["access_token"]
    assert counted(limited.get("/user")) == (200, 119)
    limited.token = first
    assert limited.get("/user").status == 429


@pytest.mark.rule("RL-R70")
def test_every_answer_has_the_rate_headers(limited: Caller) -> None:
    for reply in (
        limited.get("/devices"),
        limited.delete(f"/groups/{seed.OUTDOORS}"),
        limited.put(f"/devices/{seed.FRONT_DOOR}/lock"),
    ):
        assert reply.headers["X-RateLimit-Limit"] == "120"


@pytest.mark.rule("RL-R73")
def test_refused_requests_change_nothing(limited: Caller) -> None:
    assert limited.token
    spend(limited, 120)
    before = limited.world.core.snapshot().vendors
    limited.delete(f"/groups/{seed.OUTDOORS}")
    assert limited.world.core.snapshot().vendors == before


def test_an_injected_refusal_has_the_rate_headers_too(limited: Caller) -> None:
    assert limited.token  # so that the fault does not strike the sign-in
    limited.world.site("remotelock").faults.inject({"kind": "refuse", "name": "rate_limited"}, times=1)
    assert counted(limited.get("/user")) == (429, 0)
    assert counted(limited.get("/user"))[0] == 200


def test_with_limits_off_nothing_is_refused(caller: Caller) -> None:
    spend(caller, 300)
    assert counted(caller.get("/user")) == (200, 119)


def test_a_reset_world_has_its_requests_back(limited: Caller) -> None:
    assert limited.token
    spend(limited, 120)
    limited.world.reset()
    limited.renew()
    assert counted(limited.get("/user")) == (200, 119)


def counted(reply: Reply) -> tuple[int, int]:
    return reply.status, int(reply.headers["X-RateLimit-Remaining"])


def spend(caller: Caller, times: int) -> None:
    for _ in range(times):
        assert caller.call("GET", "/user").status == 200
