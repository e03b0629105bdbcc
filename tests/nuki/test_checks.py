"""The checks before an operation, and their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.engine.inputs import Request
from locksim.nuki.operations import API
from locksim.nuki.seed import FRONT_DOOR
from tests.nuki.caller import Caller

ENDPOINTS = [row.path for row in API if not row.access and "observed only" not in row.tags]
"""The operations that need the token."""


@pytest.mark.rule("NK-R01")
def test_the_bridge_is_at_the_documented_address(bridge: Caller) -> None:
    assert bridge.site.url == "http://192.168.1.50:8080"


@pytest.mark.rule("NK-R02")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize("path", ["/list", "/auth", "/discover/bridges", "/nowhere"])
def test_every_method_but_get_is_405_with_allow(bridge: Caller, method: str, path: str) -> None:
    reply = bridge.get(path, method, token="wrong")
    assert (reply.status, reply.headers["Allow"], reply.body) == (405, "GET", b"")


@pytest.mark.rule("NK-R02")
def test_a_wrong_method_changes_nothing(bridge: Caller) -> None:
    assert bridge.get("/unpair", "POST", nukiId=FRONT_DOOR).status == 405
    assert bridge.lock(FRONT_DOOR).state["paired"]


@pytest.mark.rule("NK-R03")
@pytest.mark.parametrize("path", ["/", "/List", "/list/", "//list", "/lock", "/unlock", "/callback", "/lockState/1"])
def test_a_path_that_is_not_exactly_an_endpoint_is_404(bridge: Caller, path: str) -> None:
    assert bridge.get(path).status == 404
    assert bridge.get(path, token=None).status == 401


def test_the_near_miss_names_the_nearest_endpoint(bridge: Caller) -> None:
    bridge.get("/lockstate", nukiId=FRONT_DOOR)
    assert bridge.misses == ["there is no '/lockstate'; did you mean /lockState?"]


@pytest.mark.rule("NK-R04")
def test_unknown_parameters_are_ignored(bridge: Caller) -> None:
    assert bridge.get("/lockState", nukiId=FRONT_DOOR, deviceType=0, nowait="false", **{"1": ""}).status == 200


@pytest.mark.rule("NK-R05")
def test_a_body_and_an_odd_host_make_no_difference(bridge: Caller) -> None:
    plain = bridge.ask(bridge.request("/info", {"token": bridge.token}))
    odd = bridge.request(
        "/info", {"token": bridge.token}, headers=(("Host", "a b:c/[..]"), ("Content-Length", "9")), body=b"token=xyz"
    )
    assert bridge.ask(odd) == plain


@pytest.mark.rule("NK-R06")
def test_a_repeated_parameter_is_invalid(bridge: Caller) -> None:
    assert bridge.get("/list", token=[bridge.token, bridge.token]).status == 401
    assert bridge.get("/lockState", nukiId=[FRONT_DOOR, FRONT_DOOR]).status == 404
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=[1, 1]).status == 400
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=1, noWait=[1, 1]).status == 400
    assert bridge.get("/configAuth", enable=[1, 1]).status == 400
    assert bridge.get("/log", count=[1, 1]).status == 400
    assert bridge.get("/callback/add", url=["http://a.b/", "http://a.b/"]).status == 400
    assert bridge.truth(FRONT_DOOR) == 1


@pytest.mark.rule("NK-R07")
def test_checks_come_in_the_order_401_400_404_503(bridge: Caller) -> None:
    bridge.lock(FRONT_DOOR).range()
    assert bridge.get("/lockAction", token="wrong", nukiId=1, action=9).status == 401
    assert bridge.get("/lockAction", nukiId=1, action=9).status == 400
    assert bridge.get("/lockAction", nukiId=1, action=1).status == 404
    assert bridge.get("/lockAction", nukiId=FRONT_DOOR, action=1).status == 503


@pytest.mark.rule("NK-R08")
@pytest.mark.parametrize("path", [*ENDPOINTS, "/nowhere"])
def test_until_the_api_is_enabled_all_but_auth_is_401(bridge: Caller, path: str) -> None:
    bridge.site.support("set_token", token="")
    assert bridge.get(path).status == 401
    assert not bridge.begin("/auth").answered()


@pytest.mark.rule("NK-R09")
@pytest.mark.rule("NK-R89")
@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("token", [None, "", "wrong", "0"])
def test_without_the_token_every_operation_is_401(bridge: Caller, path: str, token: str | None) -> None:
    assert bridge.get(path, token=token).status == 401


@pytest.mark.rule("NK-R15")
@given(target=st.text(st.characters(max_codepoint=255, exclude_characters=" \r\n")), known=st.booleans())
def test_any_target_gets_the_bridges_own_refusal(target: str, known: bool) -> None:
    bridge = Caller()
    prefix = f"/lockAction?token={bridge.token}&" if known else "/"
    reply = bridge.ask(Request(bridge.world.core.now, "nuki", "bridge", "GET", prefix + target))
    assert reply.status in (400, 401, 404)
    assert reply.body == b""
    assert len(bridge.misses) == 1


@pytest.mark.rule("NK-R15")
@pytest.mark.parametrize(
    "odd",
    ["%", "%zz", "%00", "%ff", "\xff", "%C0%AF", "&&&=&", "a=" * 5000, "%F0%9F%94%92", "[" * 500, "nukiId=%EF%BC%91"],
)
@pytest.mark.parametrize("path", ENDPOINTS)
def test_odd_queries_are_401_without_the_token(bridge: Caller, path: str, odd: str) -> None:
    assert bridge.ask(Request(bridge.world.core.now, "nuki", "bridge", "GET", f"{path}?{odd}")).status == 401
