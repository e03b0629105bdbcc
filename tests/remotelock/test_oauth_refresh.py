"""Refresh tokens rotate: the used one dies."""

from __future__ import annotations

import pytest

from tests.remotelock.caller import Caller, Reply


@pytest.mark.rule("RL-R10")
def test_a_refresh_token_buys_a_new_pair(desk: Caller) -> None:
    old = desk.sign_in()
    desk.pass_time(7200)
    new = refresh(desk, old["refresh_token"]).json
    assert list(new) == ["access_token", "expires_in", "refresh_token", "token_type"]
    assert not set(old.values()) & {new["access_token"], new["refresh_token"]}
    desk.token = new["access_token"]
    assert desk.get("/user").status == 200


@pytest.mark.rule("RL-R10")
def test_a_used_refresh_token_is_refused_and_the_new_one_is_not(desk: Caller) -> None:
    old = desk.sign_in()
    new = refresh(desk, old["refresh_token"]).json
    again = refresh(desk, old["refresh_token"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert refresh(desk, new["refresh_token"]).status == 200


@pytest.mark.rule("RL-R11")
def test_a_refresh_token_outlives_its_access_token(desk: Caller) -> None:
    desk.world.core.strict = False  # months of opening hours go by
    old = desk.sign_in()
    desk.pass_time(86400 * 30)
    assert refresh(desk, old["refresh_token"]).status == 200


@pytest.mark.rule("RL-R12")
def test_the_old_access_token_holds_until_it_expires(desk: Caller) -> None:
    old = desk.sign_in()
    refresh(desk, old["refresh_token"])
    desk.token = old["access_token"]
    assert desk.get("/user").status == 200


@pytest.mark.rule("RL-R13")
def test_observed_the_old_access_token_dies_with_the_refresh_token(later: Caller) -> None:
    old = later.sign_in()
    refresh(later, old["refresh_token"])
    later.token = old["access_token"]
    assert later.get("/user").status == 401


def refresh(desk: Caller, token: str) -> Reply:
    return desk.grant(grant_type="refresh_token", refresh_token=token)
