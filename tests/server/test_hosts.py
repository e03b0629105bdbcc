"""A page that lets its own name point to this machine gets nowhere (DNS rebinding), nor does one that posts across."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from locksim.server.config import ServerConfig, is_address, is_loopback
from locksim.server.listener import HostCheck
from tests.server.served import ServedToy, serve_toy

HOSTS = st.from_regex(r"([a-z0-9-]{1,10}\.){0,3}[a-z0-9-]{1,10}(:[0-9]{1,5})?", fullmatch=True)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1", "127.9.9.9:80", "[::1]:8700", "a.localhost."]
)
def test_loopback_names_are_accepted(toy: ServedToy, host: str) -> None:
    for url in (toy.url + "/count", toy.control):
        assert toy.http.get(url, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["api.toy.example", "Toy.example", "192.0.2.50:8080"])
def test_a_vendors_real_host_is_accepted_for_the_vendor_only(toy: ServedToy, host: str) -> None:
    assert toy.get("/count").status_code == 200
    assert toy.http.get(f"{toy.url}/count", headers={"Host": host}).status_code == (
        200 if host != "192.0.2.50:8080" else 421
    )
    assert toy.http.get(toy.control, headers={"Host": host}).status_code == 421


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil.example:8700"]
)
def test_any_other_host_is_misdirected_and_reaches_no_world(toy: ServedToy, host: str) -> None:
    for url in (toy.url + "/count", toy.control, toy.ready["console"]):
        refused = toy.http.post(url, headers={"Host": host})
        assert refused.status_code == 421
        assert host in refused.json()["error"]
    assert toy.sim("GET", "/journal")["last"] == 0


@given(HOSTS)
def test_only_loopback_names_and_addresses_count_as_loopback(host: str) -> None:
    name = host.partition(":")[0]
    mine = name == "localhost" or name.endswith(".localhost") or (name.startswith("127.") and is_loopback(name))
    assert HostCheck(ServerConfig()).accepts(host) == mine
    assert HostCheck(ServerConfig("0.0.0.0", admin_token="x")).accepts(host) == (mine or is_address(name))


@pytest.mark.parametrize(("origin", "status"), [
    ("https://evil.example", 403),
    ("null", 403),
    ("http://localhost.evil.example", 403),
    ("http://localhost:3000", 403),
    ("http://127.0.0.1:1", 403),
    ("https://{own}", 403),
    ("HTTP://{own}", 200),
    ("http://{own}", 200),
])  # fmt: skip
def test_a_page_of_another_site_may_not_use_the_control_api(toy: ServedToy, origin: str, status: int) -> None:
    headers = {"Origin": origin.format(own=toy.control.split("/")[2])}
    assert toy.http.post(f"{toy.control}/worlds/default/reset", headers=headers).status_code == status


def test_vendors_check_origins_themselves(toy: ServedToy) -> None:
    answer = httpx.get(f"{toy.url}/count", headers={"Origin": "https://evil.example"}, trust_env=False, verify=False)
    assert answer.json() == {"count": 0}


def test_a_page_that_came_through_a_proxy_has_the_proxys_origin() -> None:
    config = ServerConfig(names=("locks.test",))
    with serve_toy(config=config, clock="manual") as toy:
        port = toy.control.split("/")[2].rpartition(":")[2]
        for origin, status in (("https://locks.test", 200), ("https://other.test", 403), ("https://locks.test:1", 403)):
            url = f"http://127.0.0.1:{port}/_sim"
            assert toy.http.get(url, headers={"Host": "locks.test", "Origin": origin}).status_code == status
