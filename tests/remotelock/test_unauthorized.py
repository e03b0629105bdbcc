"""401: an empty body and a challenge, before anything else is judged."""

from __future__ import annotations

import pytest

from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R25", "RL-R30")
@pytest.mark.parametrize("value", [None, "Bearer", "Bearer ", "Bearer nonsense", "Basic eDp5", "nonsense", ""])
def test_without_a_token_that_holds_nothing_is_answered(caller: Caller, value: str | None) -> None:
    headers = {} if value is None else {"Authorization": value}
    for method, path in (
        ("GET", "/user"),
        ("GET", "/nowhere"),
        ("PATCH", "/user"),
        ("POST", "/devices"),
        ("GET", "/v9/x"),
    ):
        reply = caller.ask(method, path, headers=headers)
        assert (reply.status, reply.body) == (401, b"")
        assert reply.headers["WWW-Authenticate"] == (
            'Bearer realm="Doorkeeper", error="invalid_token", error_description="The access token is invalid"'
        )


@pytest.mark.rule("RL-R24", "RL-R530")
def test_a_token_is_a_bearers_in_any_case(caller: Caller) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert caller.ask("GET", "/user", headers={"Authorization": f"{scheme} {caller.token}"}).status == 200


@pytest.mark.rule("RL-R25")
def test_an_expired_token_says_so(caller: Caller) -> None:
    assert caller.token
    caller.pass_time(7200)
    assert "The access token expired" in caller.get("/user").headers["WWW-Authenticate"]


@pytest.mark.rule("RL-R530")
def test_a_token_in_the_query_is_ignored(caller: Caller) -> None:
    assert caller.ask("GET", "/user", query={"access_token": caller.token}).status == 401


@pytest.mark.rule("RL-R26")
def test_the_oauth_host_has_no_api(caller: Caller) -> None:
    reply = caller.ask("GET", "/user", headers={"Authorization": f"Bearer {caller.token}"}, site="oauth")
    assert reply.status == 404


@pytest.mark.rule("RL-R07", "RL-R39")
def test_accounts_do_not_see_each_other(caller: Caller) -> None:
    own = caller.get("/devices").ids
    caller.token = caller.sign_in()["access_token"]
    theirs = caller.get("/devices").ids
    assert own
    assert theirs
    assert not set(own) & set(theirs)
    assert {caller.get(f"/devices/{key}").status for key in own} == {404}
