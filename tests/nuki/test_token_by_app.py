"""The token that the owner sets in the app."""

from __future__ import annotations

import pytest

from locksim.engine.errors import Refused
from tests.nuki.caller import Caller


def test_it_is_set_and_the_api_is_enabled(bridge: Caller) -> None:
    bridge.site.support("set_token", token="")
    assert bridge.site.support("set_token", token="secret42") == {"token": "secret42", "apiEnabled": True}
    assert bridge.get("/list", token="secret42").status == 200
    assert bridge.get("/list").status == 401


def test_without_an_argument_it_is_a_new_random_one(bridge: Caller) -> None:
    new = bridge.site.support("set_token")["token"]
    assert new != bridge.token
    assert bridge.site.credentials == {"token": new}


@pytest.mark.rule("NK-R43")
@pytest.mark.parametrize("token", ["short", "x" * 21, "with space", "umläut-", "tab\tbed", "123456\n"])
def test_a_token_has_six_to_twenty_printable_characters(bridge: Caller, token: str) -> None:
    with pytest.raises(Refused, match="6 to 20"):
        bridge.site.support("set_token", token=token)
    assert bridge.site.credentials == {"token": bridge.token}


@pytest.mark.parametrize("token", ["123456", "&=#+%20", "!~" * 10])
def test_a_token_of_any_characters_works_when_it_is_encoded(bridge: Caller, token: str) -> None:
    bridge.site.support("set_token", token=token)
    assert bridge.get("/list", token=token).status == 200
