"""Revocation, by the application and by the user."""

from __future__ import annotations

import pytest

from locksim.engine.errors import Unknown
from tests.remotelock.caller import Caller


@pytest.mark.rule("RL-R15")
def test_a_revoked_access_token_is_refused_at_once(caller: Caller) -> None:
    assert caller.get("/user").status == 200
    reply = caller.form("/oauth/revoke", **caller.application, token=caller.token)
    assert (reply.status, reply.json) == (200, {})
    refused = caller.get("/user")
    assert refused.status == 401
    assert "The access token was revoked" in refused.headers["WWW-Authenticate"]


@pytest.mark.rule("RL-R528")
@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_either_token_of_a_pair_takes_the_other_along(caller: Caller, which: str) -> None:
    pair = caller.sign_in()
    caller.form("/oauth/revoke", **caller.application, token=pair[which])
    caller.token = pair["access_token"]
    assert caller.get("/user").status == 401
    assert caller.grant(grant_type="refresh_token", refresh_token=pair["refresh_token"]).status == 400


@pytest.mark.rule("RL-R16")
def test_an_unknown_token_is_no_error_but_an_unknown_application_is(caller: Caller) -> None:
    assert caller.form("/oauth/revoke", **caller.application, token="never").status == 200
    assert caller.form("/oauth/revoke", **caller.application).status == 200
    assert caller.form("/oauth/revoke", token=caller.token).status == 401
    assert caller.get("/user").status == 200


@pytest.mark.rule("RL-R16")
def test_another_applications_token_stays(caller: Caller) -> None:
    caller.world.core.strict = False
    caller.state.oauth.tokens[caller.token].client_id = "other"
    assert caller.form("/oauth/revoke", **caller.application, token=caller.token).status == 400
    assert caller.get("/user").status == 200


@pytest.mark.rule("RL-R14", "RL-R527")
def test_the_user_withdraws_consent(caller: Caller) -> None:
    pair, code = caller.sign_in(), caller.code()
    assert caller.site.support("revoke_consent")["revoked"] == 3
    caller.token = pair["access_token"]
    assert caller.get("/user").status == 401
    assert (
        caller.grant(grant_type="refresh_token", refresh_token=pair["refresh_token"]).json["error"] == "invalid_grant"
    )
    uri = caller.credentials["redirect_uri"]
    assert caller.grant(grant_type="authorization_code", code=code, redirect_uri=uri).json["error"] == "invalid_grant"
    assert caller.sign_in()


@pytest.mark.rule("RL-R14")
def test_the_applications_own_tokens_need_no_consent(caller: Caller) -> None:
    assert caller.token
    caller.site.support("revoke_consent")
    assert caller.get("/user").status == 200


def test_consent_is_withdrawn_from_the_named_application(caller: Caller) -> None:
    caller.sign_in()
    with pytest.raises(Unknown):
        caller.site.support("revoke_consent", email="nobody@example.com")
    with pytest.raises(Unknown):
        caller.site.support("revoke_consent", client_id="nothing")
    assert caller.site.support("revoke_consent", email=caller.credentials["email"])["revoked"] == 2
