"""The authorization code grant: the sign-in page, and what it sends the user back with."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from locksim.remotelock.oauth import OOB
from tests.remotelock.caller import Caller, Reply, redirected


@pytest.mark.rule("RL-R01", "RL-R523")
def test_the_page_asks_for_email_and_password(desk: Caller) -> None:
    page = desk.ask("GET", "/oauth/authorize", query=asked(desk), site="oauth")
    assert page.status == 200
    assert b'name="email"' in page.body
    assert b'name="password"' in page.body


@pytest.mark.rule("RL-R01")
def test_whoever_signs_in_is_sent_back_with_a_code_and_the_state(desk: Caller) -> None:
    reply = desk.authorize(state="a b&c")
    assert reply.headers["Location"].startswith(desk.credentials["redirect_uri"] + "?")
    assert redirected(reply).keys() == {"code", "state"}
    assert redirected(reply)["state"] == "a b&c"
    assert redirected(desk.authorize()).keys() == {"code"}


@pytest.mark.rule("RL-R05", "RL-R06")
def test_a_code_buys_a_token_for_the_account_of_who_signed_in(desk: Caller) -> None:
    pair = desk.sign_in()
    assert list(pair) == ["access_token", "expires_in", "token_type", "refresh_token"]
    assert (pair["expires_in"], pair["token_type"]) == (7200, "Bearer")
    desk.token = pair["access_token"]
    assert desk.get("/account").data["id"] == seed.MILL_LODGE
    assert desk.get("/user").data["id"] == seed.HOST


@pytest.mark.rule("RL-R03", "RL-R525")
def test_a_code_is_good_for_one_exchange(desk: Caller) -> None:
    code = desk.code()
    first = exchange(desk, code)
    assert first.status == 200
    again = exchange(desk, code)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    desk.token = first.json["access_token"]
    assert desk.get("/user").status == 200


@pytest.mark.rule("RL-R02", "RL-R524")
@pytest.mark.parametrize(("seconds", "status"), [(599.999999, 200), (600, 400), (3600, 400)])
def test_a_code_is_valid_for_ten_minutes(desk: Caller, seconds: float, status: int) -> None:
    code = desk.code()
    desk.pass_time(seconds)
    assert exchange(desk, code).status == status


@pytest.mark.rule("RL-R04")
def test_the_redirect_uri_must_be_the_same_to_the_letter(desk: Caller) -> None:
    uri = desk.credentials["redirect_uri"]
    for other in (uri + "/", uri.upper(), uri + "?x=1", OOB):
        assert exchange(desk, desk.code(), other).json["error"] == "invalid_grant"
    missing = desk.grant(grant_type="authorization_code", code=desk.code())
    assert missing.json["error"] == "invalid_request"


@pytest.mark.rule("RL-R04")
def test_nobody_is_sent_to_an_address_that_is_not_the_applications(desk: Caller) -> None:
    for uri in ("https://evil.example/", desk.credentials["redirect_uri"] + "/", ""):
        reply = desk.authorize(redirect_uri=uri)
        assert (reply.status, "Location" in reply.headers) == (401, False)
    assert desk.authorize(client_id="nobody").status == 401


@pytest.mark.rule("RL-R22")
def test_who_has_no_server_sees_the_code_as_json(desk: Caller) -> None:
    reply = desk.authorize(redirect_uri=OOB)
    assert reply.status == 200
    assert list(reply.json) == ["code", "state"]
    assert reply.json["state"] == ""
    assert exchange(desk, reply.json["code"], OOB).status == 200


@pytest.mark.rule("RL-R23")
@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"email": "nobody@example.com"}, {"password": ""}])
def test_a_wrong_password_shows_the_page_again(desk: Caller, wrong: dict[str, str]) -> None:
    reply = desk.authorize(**wrong)
    assert reply.status == 200
    assert b"Invalid email or password" in reply.body


@pytest.mark.rule("RL-R23")
def test_who_denies_is_sent_back_with_an_error(desk: Caller) -> None:
    assert redirected(desk.authorize(decision="deny", state="s"))["error"] == "access_denied"


@pytest.mark.rule("RL-R23")
def test_only_codes_are_given_out_here(desk: Caller) -> None:
    assert redirected(desk.authorize(response_type="token"))["error"] == "unsupported_response_type"


def test_another_applications_code_buys_nothing(desk: Caller) -> None:
    code = desk.code()
    desk.state.oauth.codes[code].client_id = "other"
    desk.world.core.strict = False
    assert exchange(desk, code).json["error"] == "invalid_grant"


@pytest.mark.rule("RL-R29")
def test_what_the_caller_sent_cannot_break_out_of_the_page(desk: Caller) -> None:
    page = desk.ask("GET", "/oauth/authorize", query=asked(desk) | {"state": '"><script>'}, site="oauth")
    assert b"<script>" not in page.body


def asked(desk: Caller) -> dict[str, str]:
    names = ("client_id", "redirect_uri")
    return {name: desk.credentials[name] for name in names} | {"response_type": "code"}


def exchange(desk: Caller, code: str, uri: str | None = None) -> Reply:
    redirect_uri = uri or desk.credentials["redirect_uri"]
    return desk.grant(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)
