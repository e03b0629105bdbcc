"""With an admin token, only its bearer can use the control API; without one, only this machine can call it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from locksim.engine.errors import Refused
from locksim.server.config import ServerConfig
from tests.server.served import ServedToy, serve_toy

TOKEN = "a token of letters and digits 123"


@pytest.fixture(scope="module")
def locked() -> Iterator[ServedToy]:
    """A server that listens on every address of the machine."""
    with serve_toy(config=ServerConfig("0.0.0.0", names=("locks.test",), admin_token=TOKEN), clock="manual") as toy:
        yield toy


@pytest.mark.parametrize("headers", [
    {}, {"Authorization": TOKEN}, {"Authorization": "Bearer"}, {"Authorization": "Bearer wrong"},
    {"Authorization": f"Bearer {TOKEN[:-1]}"}, {"Authorization": "Basic !!!"}, {"Authorization": f"Digest {TOKEN}"},
])  # fmt: skip
@pytest.mark.parametrize("path", ["/_sim", "/_sim/worlds", "/", "/_sim/worlds/default/reset", "/_sim/openapi.json"])
def test_a_request_without_the_token_is_refused_and_nothing_happens(
    locked: ServedToy, path: str, headers: dict[str, str]
) -> None:
    before = journal(locked)
    for method in ("GET", "POST"):
        refused = locked.http.request(method, here(locked) + path, headers=headers)
        assert refused.status_code == 401
        assert "Bearer" in refused.json()["error"]
        assert refused.headers.get_list("WWW-Authenticate")[0].startswith("Bearer")
    assert journal(locked) == before


@pytest.mark.parametrize("auth", [None, ("", TOKEN), ("anyone", TOKEN)])
def test_the_token_is_accepted_as_a_bearer_and_as_a_password(locked: ServedToy, auth: tuple[str, str] | None) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"} if auth is None else {}
    for path in ("/_sim", "/", "/_sim/worlds"):
        answer = locked.http.get(here(locked) + path, headers=headers, auth=auth)
        assert answer.status_code == 200


def test_vendors_need_no_admin_token(locked: ServedToy) -> None:
    port = locked.url.rpartition(":")[2]
    assert locked.http.get(f"http://127.0.0.1:{port}/count").json() == {"count": 0}


@pytest.mark.parametrize(("host", "status"), [
    ("192.0.2.7:8705", 200), ("[2001:db8::1]", 200), ("locks.test", 200), ("LOCKS.test:1", 200), ("localhost", 200),
    ("evil.example", 421), ("192.0.2.7.evil.example", 421),
])  # fmt: skip
def test_any_address_is_accepted_but_only_its_own_names(locked: ServedToy, host: str, status: int) -> None:
    port = locked.url.rpartition(":")[2]
    assert locked.http.get(f"http://127.0.0.1:{port}/count", headers={"Host": host}).status_code == status


def test_the_connection_info_has_addresses_that_can_be_called(locked: ServedToy) -> None:
    assert locked.url.startswith("http://locks.test:")
    with serve_toy(config=ServerConfig("0.0.0.0", admin_token=TOKEN), clock="manual") as toy:
        assert toy.url.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.org"])
def test_other_machines_need_a_token(host: str) -> None:
    with pytest.raises(Refused, match="admin-token"):
        ServerConfig(host)


@pytest.mark.parametrize("token", ["", "schlüssel"])
def test_a_token_that_does_not_fit_in_a_header_is_refused(token: str) -> None:
    with pytest.raises(Refused, match="ASCII"):
        ServerConfig(admin_token=token)


def here(locked: ServedToy) -> str:
    """Return the base URL of the control port, with an address."""
    control: str = locked.control
    return control.replace("locks.test", "127.0.0.1").removesuffix("/_sim")


def journal(locked: ServedToy) -> int:
    """Return the number of the last entry in the journal."""
    answer = locked.http.get(
        f"{here(locked)}/_sim/worlds/default/journal", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    return int(answer.json()["last"])
