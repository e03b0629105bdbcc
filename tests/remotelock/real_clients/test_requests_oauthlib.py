"""requests-oauthlib 2.0.0 through all three grants, unmodified."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from oauthlib.oauth2 import BackendApplicationClient, InvalidClientError, InvalidGrantError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from tests.remotelock.real_clients.reached import Reached

Make = Callable[..., OAuth2Session]


@pytest.fixture
def make() -> Iterator[Make]:
    """Makes sessions, and closes them."""
    with ExitStack() as opened:
        yield lambda *given, **options: opened.enter_context(OAuth2Session(*given, **options))


def signed_in(make: Make, remotelock: Reached, **options: Any) -> OAuth2Session:
    """A session whose user has signed in."""
    keys = remotelock.keys
    session = make(keys["client_id"], redirect_uri=keys["redirect_uri"], **options)
    url, _ = session.authorization_url(f"{remotelock.oauth}/oauth/authorize")
    session.fetch_token(
        f"{remotelock.oauth}/oauth/token",
        authorization_response=remotelock.comes_back(url),
        client_secret=keys["client_secret"],
        include_client_id=True,
    )
    return session


def email(session: OAuth2Session, remotelock: Reached) -> Any:
    return session.get(f"{remotelock.api}/v1/user").json()["data"]["attributes"]["email"]


def test_a_code_becomes_a_token_for_the_signed_in_user(make: Make, remotelock: Reached) -> None:
    session = signed_in(make, remotelock)
    assert email(session, remotelock) == remotelock.keys["email"]
    assert session.token["expires_in"] == 7200
    assert session.token["token_type"] == "Bearer"


def test_a_code_is_good_once(make: Make, remotelock: Reached) -> None:
    keys = remotelock.keys
    session = make(keys["client_id"], redirect_uri=keys["redirect_uri"])
    back = remotelock.comes_back(session.authorization_url(f"{remotelock.oauth}/oauth/authorize")[0])
    redeem: dict[str, Any] = {
        "authorization_response": back,
        "client_secret": keys["client_secret"],
        "include_client_id": True,
    }
    session.fetch_token(f"{remotelock.oauth}/oauth/token", **redeem)
    with pytest.raises(InvalidGrantError):
        session.fetch_token(f"{remotelock.oauth}/oauth/token", **redeem)


def test_an_expired_token_is_refreshed_on_the_way_and_the_used_refresh_token_is_dead(
    make: Make, remotelock: Reached
) -> None:
    keys, kept = remotelock.keys, list[dict[str, Any]]()
    own = {"client_id": keys["client_id"], "client_secret": keys["client_secret"]}
    token_url = f"{remotelock.oauth}/oauth/token"
    session = signed_in(
        make, remotelock, auto_refresh_url=token_url, auto_refresh_kwargs=own, token_updater=kept.append
    )
    before = dict(session.token)
    remotelock.advance(7200)
    session.token = {**before, "expires_at": 1}

    assert email(session, remotelock) == keys["email"]
    assert len(kept) == 1
    assert kept[0]["refresh_token"] != before["refresh_token"]
    with pytest.raises(InvalidGrantError):
        session.refresh_token(token_url, refresh_token=before["refresh_token"], **own)
    assert session.refresh_token(token_url, refresh_token=kept[0]["refresh_token"], **own)["expires_in"] == 7200


def test_a_token_that_expired_unnoticed_is_a_401_that_says_so(make: Make, remotelock: Reached) -> None:
    session = signed_in(make, remotelock)
    remotelock.advance(7200)
    answer = session.get(f"{remotelock.api}/v1/user")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_without_consent_the_refresh_token_is_dead(make: Make, remotelock: Reached) -> None:
    session = signed_in(make, remotelock)
    remotelock.support("revoke_consent")
    with pytest.raises(InvalidGrantError):
        session.refresh_token(
            f"{remotelock.oauth}/oauth/token",
            client_id=remotelock.keys["client_id"],
            client_secret=remotelock.keys["client_secret"],
        )


@pytest.mark.parametrize("basic", [True, False])
def test_client_credentials_by_basic_or_in_the_body_speak_for_the_applications_account(
    basic: bool, make: Make, remotelock: Reached
) -> None:
    keys = remotelock.keys
    session = make(client=BackendApplicationClient(keys["client_id"]))
    how: dict[str, Any] = (
        {"auth": HTTPBasicAuth(keys["client_id"], keys["client_secret"])}
        if basic
        else {"client_secret": keys["client_secret"], "include_client_id": True}
    )
    token = session.fetch_token(f"{remotelock.oauth}/oauth/token", **how)
    assert "refresh_token" not in token
    assert email(session, remotelock) not in (None, keys["email"])


def test_a_wrong_secret_is_an_invalid_client(make: Make, remotelock: Reached) -> None:
    session = make(client=BackendApplicationClient(remotelock.keys["client_id"]))
    with pytest.raises(InvalidClientError):
        session.fetch_token(f"{remotelock.oauth}/oauth/token", client_secret="of another", include_client_id=True)
