"""The authorization code grant: the sign-in page and its redirects."""

from __future__ import annotations

import pytest

from locksim.remotelock import seed
from locksim.remotelock.oauth import OOB
from tests.remotelock.caller import Caller, Reply, redirected


@pytest.mark.rule("RL-R01", "RL-R523")
def test_the_page_asks_for_email_and_password(caller: Caller) -> None:
    page = caller.ask("GET", "/oauth/authorize", query=asked(caller), site="oauth")
    assert page.status == 200
    assert b'name="email"' in page.body
    assert b'name="password"' in page.body


@pytest.mark.rule("RL-R01")
def test_signing_in_redirects_with_a_code_and_the_state(caller: Caller) -> None:
    reply = caller.authorize(state="a b&c")
    assert reply.headers["Location"].startswith(caller.credentials["redirect_uri"] + "?")
    assert redirected(reply).keys() == {"code", "state"}
    assert redirected(reply)["state"] == "a b&c"
    assert redirected(caller.authorize()).keys() == {"code"}


@pytest.mark.rule("RL-R05", "RL-R06")
def test_a_code_gives_a_token_for_the_account_of_the_signed_in_user(caller: Caller) -> None:
    pair = caller.sign_in()
    assert list(pair) == ["access_token", "expires_in", "token_type", "refresh_token"]
    assert (pair["expires_in"], pair["token_type"]) == (7200, "Bearer")
    caller.token = pair["access_token"]
    assert caller.get("/account").data["id"] == seed.MILL_LODGE
    assert caller.get("/user").data["id"] == seed.HOST


@pytest.mark.rule("RL-R03", "RL-R525")
def test_a_code_is_good_for_one_exchange(caller: Caller) -> None:
    code = caller.code()
    first = exchange(caller, code)
    assert first.status == 200
    again = exchange(caller, code)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    caller.token = first.json["access_token"]
    assert caller.get("/user").status == 200


@pytest.mark.rule("RL-R02", "RL-R524")
@pytest.mark.parametrize(("seconds", "status"), [(599.999999, 200), (600, 400), (3600, 400)])
def test_a_code_is_valid_for_ten_minutes(caller: Caller, seconds: float, status: int) -> None:
    code = caller.code()
    caller.pass_time(seconds)
    assert exchange(caller, code).status == status


@pytest.mark.rule("RL-R04")
def test_the_redirect_uri_must_be_the_same_to_the_letter(caller: Caller) -> None:
    uri = caller.credentials["redirect_uri"]
    for other in (uri + "/", uri.upper(), uri + "?x=1", OOB):
        assert exchange(caller, caller.code(), other).json["error"] == "invalid_grant"
    missing = caller.grant(grant_type="authorization_code", code=caller.code())
    assert missing.json["error"] == "invalid_request"


@pytest.mark.rule("RL-R04")
def test_an_unregistered_redirect_uri_is_refused(caller: Caller) -> None:
    for uri in ("https://evil.example/", caller.credentials["redirect_uri"] + "/", ""):
        reply = caller.authorize(redirect_uri=uri)
        assert (reply.status, "Location" in reply.headers) == (401, False)
    assert caller.authorize(client_id="nobody").status == 401


@pytest.mark.rule("RL-R22")
def test_the_out_of_band_redirect_shows_the_code_as_json(caller: Caller) -> None:
    reply = caller.authorize(redirect_uri=OOB)
    assert reply.status == 200
    assert list(reply.json) == ["code", "state"]
    assert reply.json["state"] == ""
    assert exchange(caller, reply.json["code"], OOB).status == 200


@pytest.mark.rule("RL-R23")
@pytest.mark.parametrize("wrong", [{"password": "guess"}, {"email": "nobody@example.com"}, {"password": ""}])
def test_a_wrong_password_shows_the_page_again(caller: Caller, wrong: dict[str, str]) -> None:
    reply = caller.authorize(**wrong)
    assert reply.status == 200
    assert b"Invalid email or password" in reply.body


@pytest.mark.rule("RL-R23")
def test_a_denial_redirects_with_an_error(caller: Caller) -> None:
    assert redirected(caller.authorize(decision="deny", state="s"))["error"] == "access_denied"


@pytest.mark.rule("RL-R23")
def test_only_codes_are_given_out_here(caller: Caller) -> None:
    assert redirected(caller.authorize(response_type="token"))["error"] == "unsupported_response_type"


def test_another_applications_code_buys_nothing(caller: Caller) -> None:
    code = caller.code()
    caller.state.oauth.codes[code].client_id = "other"
    caller.world.core.strict = False
    assert exchange(caller, code).json["error"] == "invalid_grant"


@pytest.mark.rule("RL-R29")
def test_sent_text_cannot_become_markup_on_the_page(caller: Caller) -> None:
    page = caller.ask("GET", "/oauth/authorize", query=asked(caller) | {"state": '"><script>'}, site="oauth")
    assert b"<script>" not in page.body


def asked(caller: Caller) -> dict[str, str]:
    names = ("client_id", "redirect_uri")
    return {name: caller.credentials[name] for name in names} | {"response_type": "code"}


def exchange(caller: Caller, code: str, uri: str | None = None) -> Reply:
    redirect_uri = uri or caller.credentials["redirect_uri"]
    return caller.grant(grant_type="authorization_code", code=code, redirect_uri=redirect_uri)
