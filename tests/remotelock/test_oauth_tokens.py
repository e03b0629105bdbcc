"""POST /oauth/token: forms of the request, answers, and lifetimes of tokens."""

from __future__ import annotations

from urllib.parse import urlencode

import msgspec
import pytest

from locksim.remotelock import seed
from tests.remotelock.caller import Caller

CREDENTIALS = {"grant_type": "client_credentials"}


@pytest.mark.rule("RL-R08")
def test_the_applications_own_token_has_no_refresh_token(caller: Caller) -> None:
    answer = caller.grant(**CREDENTIALS)
    assert list(answer.json) == ["access_token", "expires_in", "token_type"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Pragma"] == "no-cache"


@pytest.mark.rule("RL-R06", "RL-R526")
def test_the_applications_own_token_is_for_its_account_and_that_accounts_owner(caller: Caller) -> None:
    assert caller.get("/account").data["id"] == seed.HARBOUR_STAYS
    assert caller.get("/user").data["id"] == seed.OWNER


@pytest.mark.rule("RL-R17")
def test_it_may_be_asked_as_form_query_json_or_with_basic(caller: Caller) -> None:
    whole = caller.application | CREDENTIALS
    basic = {"Authorization": caller.basic()}
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    asked = [
        caller.ask("POST", "/oauth/token", headers=form, body=urlencode(whole).encode(), site="oauth"),
        caller.ask("POST", "/oauth/token", query=whole, site="oauth"),
        caller.ask(
            "POST", "/oauth/token", headers={"Content-Type": "application/json"}, body=msgspec.json.encode(whole)
        ),
        caller.ask("POST", "/oauth/token", headers=form | basic, body=urlencode(CREDENTIALS).encode()),
        caller.ask("POST", "/oauth/token", query=CREDENTIALS, headers=basic, site="oauth"),
    ]
    assert [reply.status for reply in asked] == [200] * 5
    assert len({reply.json["access_token"] for reply in asked}) == 5


@pytest.mark.rule("RL-R27")
def test_both_hosts_serve_it(caller: Caller) -> None:
    for site in ("api", "oauth"):
        assert caller.ask("POST", "/oauth/token", query=caller.application | CREDENTIALS, site=site).status == 200


@pytest.mark.rule("RL-R09", "RL-R524")
@pytest.mark.parametrize(("seconds", "status"), [(0, 200), (7199.999999, 200), (7200, 401), (90000, 401)])
def test_a_token_holds_for_7200_seconds(caller: Caller, seconds: float, status: int) -> None:
    assert caller.token
    caller.pass_time(seconds)
    assert caller.get("/user").status == status


@pytest.mark.rule("RL-R18")
@pytest.mark.parametrize(
    ("given", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "authorization_code"}, 400, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "x", "redirect_uri": "y"}, 400, "invalid_grant"),
        ({"grant_type": "refresh_token"}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant"),
    ],
)
def test_refusals_are_those_of_rfc_6749(caller: Caller, given: dict[str, str], status: int, error: str) -> None:
    reply = caller.grant(**CREDENTIALS | given)
    assert (reply.status, reply.json["error"]) == (status, error)
    assert list(reply.json) == ["error", "error_description"]
    assert reply.headers["Cache-Control"] == "no-store"


@pytest.mark.rule("RL-R19")
def test_a_parameter_may_come_once(caller: Caller) -> None:
    body = urlencode([*(caller.application | CREDENTIALS).items(), ("grant_type", "client_credentials")]).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    reply = caller.ask("POST", "/oauth/token", headers=headers, body=body)
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")


@pytest.mark.rule("RL-R19")
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"text"', b"\xff"])
def test_a_json_body_that_is_no_object_is_refused(caller: Caller, body: bytes) -> None:
    reply = caller.ask("POST", "/oauth/token", headers={"Content-Type": "application/json"}, body=body)
    assert reply.status == (401 if body == b"" else 400)


@pytest.mark.rule("RL-R20")
def test_a_failed_basic_is_challenged_with_basic(caller: Caller) -> None:
    for value in ("Basic eDp5", "Basic !!!", "Basic"):
        reply = caller.ask("POST", "/oauth/token", query=CREDENTIALS, headers={"Authorization": value})
        assert reply.status == 401
        assert reply.headers["WWW-Authenticate"].startswith("Basic ")
    assert caller.grant(**CREDENTIALS, client_secret="no").headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.rule("RL-R21")
def test_observed_token_answers_are_those_of_the_tutorial(observed: Caller) -> None:
    pair = observed.sign_in()
    assert list(pair) == ["access_token", "token_type", "expires_in", "refresh_token", "created_at"]
    assert (pair["token_type"], pair["expires_in"]) == ("bearer", 7199)
    assert pair["created_at"] == observed.now // 1_000_000


@pytest.mark.rule("RL-R28")
def test_tokens_that_expired_an_hour_ago_are_forgotten(caller: Caller) -> None:
    assert caller.token
    caller.pass_time(7200 + 3600)
    caller.grant(**CREDENTIALS)
    assert len(caller.state.oauth.tokens) == 1
