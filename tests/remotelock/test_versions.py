"""The version: in the path, in the Accept header, or absent."""

from __future__ import annotations

import pytest

from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R34", "RL-R35")
@pytest.mark.parametrize(
    "accept",
    [
        "application/vnd.lockstate+json; version=1",
        "application/vnd.lockstate+json;version=1",
        "application/vnd.lockstate.v1+json",
        "application/vnd.lockstate+json",
        "application/json",
        "*/*",
        "text/html, application/vnd.lockstate.v1+json;q=0.9",
        "text/html",
    ],
)
def test_version_one_comes_in_many_forms(caller: Caller, accept: str) -> None:
    for path in ("/user", "/v1/user"):
        assert caller.get(path, Accept=accept).status == 200


@pytest.mark.rule("RL-R36")
@pytest.mark.parametrize(
    "accept",
    [
        "application/vnd.lockstate+json; version=2",
        "application/vnd.lockstate.v2+json",
        "application/vnd.lockstate.v0+json",
        "application/vnd.lockstate.vX+json",
        "application/vnd.lockstate+json; version=latest",
        "text/html, application/vnd.lockstate.v3+json",
    ],
)
def test_there_is_no_other_version(caller: Caller, accept: str) -> None:
    for path in ("/user", "/v1/user"):
        reply = caller.get(path, Accept=accept)
        assert (reply.status, reply.json["type"]) == (406, "not_acceptable")


@pytest.mark.rule("RL-R36")
@pytest.mark.parametrize("path", ["/v2/user", "/v0/user", "/v11/user"])
def test_nor_in_the_path(caller: Caller, path: str) -> None:
    assert caller.get(path).status == 406


@pytest.mark.rule("RL-R30")
def test_the_version_comes_before_the_path(caller: Caller) -> None:
    assert caller.get("/v2/nowhere").status == 406
    assert caller.get("/v1/nowhere").status == 404


@pytest.mark.rule("RL-R34")
def test_links_name_no_version(caller: Caller) -> None:
    assert caller.get("/v1/user").data["links"]["self"] == "https://api.remotelock.com/user"


@pytest.mark.rule("RL-R37")
def test_slashes_behind_are_taken(caller: Caller) -> None:
    for path in ("/devices/", "/v1/devices/", "/v1/devices"):
        assert caller.get(path).status == 200
    assert (
        caller.ask("POST", "/oauth/token/", query=caller.application | {"grant_type": "client_credentials"}).status
        == 200
    )
