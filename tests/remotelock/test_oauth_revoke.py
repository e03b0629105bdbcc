"""Revocation, by the application and by the user."""

from __future__ import annotations

import pytest

from locksim.engine.errors import Unknown
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R15")
def test_a_revoked_access_token_is_refused_at_once(desk: Caller) -> None:
    assert desk.get("/user").status == 200
    reply = desk.form("/oauth/revoke", **desk.application, token=desk.token)
    assert (reply.status, reply.json) == (200, {})
    refused = desk.get("/user")
    assert refused.status == 401
    assert "The access token was revoked" in refused.headers["WWW-Authenticate"]


@pytest.mark.rule("RL-R528")
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_either_token_of_a_pair_takes_the_other_along(desk: Caller, which: str) -> None:
    pair = desk.sign_in()
    desk.form("/oauth/revoke", **desk.application, token=pair[which])
    desk.token = pair["access_token"]
    assert desk.get("/user").status == 401
    assert desk.grant(grant_type="refresh_token", refresh_token=pair["refresh_token"]).status == 400


@pytest.mark.rule("RL-R16")
def test_an_unknown_token_is_no_error_but_an_unknown_application_is(desk: Caller) -> None:
    assert desk.form("/oauth/revoke", **desk.application, token="never").status == 200
    assert desk.form("/oauth/revoke", **desk.application).status == 200
    assert desk.form("/oauth/revoke", token=desk.token).status == 401
    assert desk.get("/user").status == 200


@pytest.mark.rule("RL-R16")
def test_another_applications_token_stays(desk: Caller) -> None:
    desk.world.core.strict = False
    desk.state.oauth.tokens[desk.token].client_id = "other"
    assert desk.form("/oauth/revoke", **desk.application, token=desk.token).status == 400
    assert desk.get("/user").status == 200


@pytest.mark.rule("RL-R14", "RL-R527")
def test_the_user_withdraws_consent(desk: Caller) -> None:
    pair, code = desk.sign_in(), desk.code()
    assert desk.site.support("revoke_consent")["revoked"] == 3
    desk.token = pair["access_token"]
    assert desk.get("/user").status == 401
    assert desk.grant(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json["error"] == "invalid_grant"
    uri = desk.credentials["redirect_uri"]
    assert desk.grant(grant_type="authorization_code", code=code, redirect_uri=uri).json["error"] == "invalid_grant"
    assert desk.sign_in()


@pytest.mark.rule("RL-R14")
def test_the_applications_own_tokens_need_no_consent(desk: Caller) -> None:
    assert desk.token
    desk.site.support("revoke_consent")
    assert desk.get("/user").status == 200


def test_consent_is_withdrawn_from_whom_one_says(desk: Caller) -> None:
    desk.sign_in()
    with pytest.raises(Unknown):
        desk.site.support("revoke_consent", email="nobody@example.com")
    with pytest.raises(Unknown):
        desk.site.support("revoke_consent", client_id="nothing")
    assert desk.site.support("revoke_consent", email=desk.credentials["email"])["revoked"] == 2
