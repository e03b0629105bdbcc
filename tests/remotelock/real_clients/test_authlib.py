"""Authlib 1.9.8 through all three grants, unmodified: on requests, and on httpx."""

from __future__ import annotations

import warnings
from contextlib import closing
from typing import Any

import pytest
from authlib.integrations.base_client.errors import OAuthError as ClientError
from authlib.integrations.requests_client import OAuth2Session

from tests.remotelock.real_clients.reached import Reached

with warnings.catch_warnings(record=True):  # it says that it will leave httpx, where it works as ever
    from authlib.integrations.httpx_client import OAuth2Client

CLIENTS = [OAuth2Session, OAuth2Client]


@pytest.fixture(params=CLIENTS, ids=["requests", "httpx"])
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


def signed_in(kind: Any, remotelock: Reached, **options: Any) -> Any:
    """A client whose user has signed in."""
    keys = remotelock.keys
    client = kind(
        keys["client_id"],
        keys["client_secret"],
        redirect_uri=keys["redirect_uri"],
        token_endpoint=f"{remotelock.oauth}/oauth/token",
        **options,
    )
    url, state = client.create_authorization_url(f"{remotelock.oauth}/oauth/authorize")
    client.fetch_token(authorization_response=remotelock.comes_back(url), state=state)
    return client


def email(client: Any, remotelock: Reached) -> Any:
    return client.get(f"{remotelock.api}/v1/user").json()["data"]["attributes"]["email"]


def test_a_code_becomes_a_token_for_the_signed_in_user(kind: Any, remotelock: Reached) -> None:
    with closing(signed_in(kind, remotelock)) as client:
        assert email(client, remotelock) == remotelock.keys["email"]


def test_an_expired_token_is_refreshed_on_the_way_and_the_used_refresh_token_is_dead(
    kind: Any, remotelock: Reached
) -> None:
    kept: list[tuple[Any, str]] = []

    def update(token: Any, refresh_token: str | None = None, access_token: str | None = None) -> None:
        kept.append((token, str(refresh_token)))

    with closing(signed_in(kind, remotelock, update_token=update)) as client:
        used = client.token["refresh_token"]
        remotelock.advance(7200)
        client.token = {**client.token, "expires_at": 1}
        assert email(client, remotelock) == remotelock.keys["email"]
        assert [(new["refresh_token"] != used, old) for new, old in kept] == [(True, used)]
        with pytest.raises(ClientError, match="invalid_grant"):
            client.refresh_token(refresh_token=used)


def test_without_consent_the_refresh_token_is_dead(kind: Any, remotelock: Reached) -> None:
    with closing(signed_in(kind, remotelock)) as client:
        remotelock.support("revoke_consent")
        with pytest.raises(ClientError, match="invalid_grant"):
            client.refresh_token()


def test_a_revoked_token_is_refused(kind: Any, remotelock: Reached) -> None:
    with closing(signed_in(kind, remotelock)) as client:
        answer = client.revoke_token(f"{remotelock.oauth}/oauth/revoke", token=client.token["access_token"])
        assert answer.status_code == 200
        assert client.get(f"{remotelock.api}/v1/user").status_code == 401


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_client_credentials_by_basic_or_in_the_body_speak_for_the_applications_account(
    method: str, kind: Any, remotelock: Reached
) -> None:
    keys = remotelock.keys
    with kind(
        keys["client_id"],
        keys["client_secret"],
        token_endpoint=f"{remotelock.oauth}/oauth/token",
        token_endpoint_auth_method=method,
        grant_type="client_credentials",
    ) as client:
        token = client.fetch_token()
        assert "refresh_token" not in token
        assert email(client, remotelock) not in (None, keys["email"])


def test_client_credentials_are_asked_again_when_the_token_has_expired(kind: Any, remotelock: Reached) -> None:
    keys = remotelock.keys
    with kind(
        keys["client_id"],
        keys["client_secret"],
        token_endpoint=f"{remotelock.oauth}/oauth/token",
        grant_type="client_credentials",
    ) as client:
        first = dict(client.fetch_token())
        remotelock.advance(7200)
        client.token = {**first, "expires_at": 1}
        assert email(client, remotelock)
        assert client.token["access_token"] != first["access_token"]
