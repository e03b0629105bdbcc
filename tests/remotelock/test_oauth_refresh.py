"""Refresh tokens rotate: a used one is invalid."""

from __future__ import annotations

import pytest

from tests.remotelock.caller import Caller, Reply


@pytest.mark.rule("RL-R10")
def test_a_refresh_token_buys_a_new_pair(caller: Caller) -> None:
    old = caller.sign_in()
    caller.pass_time(7200)
    new = refresh(caller, old["refresh_token"]).json
    assert list(new) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert not set(old.values()) & {new["access_token"], new["refresh_token"]}
    caller.token = new["access_token"]
    assert caller.get("/user").status == 200


@pytest.mark.rule("RL-R10")
def test_a_used_refresh_token_is_refused_and_the_new_one_is_not(caller: Caller) -> None:
    old = caller.sign_in()
    new = refresh(caller, old["refresh_token"]).json
    again = refresh(caller, old["refresh_token"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert refresh(caller, new["refresh_token"]).status == 200


@pytest.mark.rule("RL-R11")
def test_a_refresh_token_outlives_its_access_token(caller: Caller) -> None:
    caller.world.core.strict = False  # months of opening hours go by
    old = caller.sign_in()
    caller.pass_time(86400 * 30)
    assert refresh(caller, old["refresh_token"]).status == 200


@pytest.mark.rule("RL-R12")
def test_the_old_access_token_holds_until_it_expires(caller: Caller) -> None:
    old = caller.sign_in()
    refresh(caller, old["refresh_token"])
    caller.token = old["access_token"]
    assert caller.get("/user").status == 200


@pytest.mark.rule("RL-R13")
def test_observed_the_old_access_token_dies_with_the_refresh_token(observed: Caller) -> None:
    old = observed.sign_in()
    refresh(observed, old["refresh_token"])
    observed.token = old["access_token"]
    assert observed.get("/user").status == 401


def refresh(caller: Caller, token: str) -> Reply:
    return caller.grant(grant_type="refresh_token", refresh_token=token)
