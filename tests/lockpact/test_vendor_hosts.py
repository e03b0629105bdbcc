"""A test that forgets its transport does not dial a vendor's real host."""

from __future__ import annotations

import asyncio
import http.client
import socket
from collections.abc import Callable

import aiohttp
import httpx
import pytest
import requests

from lockpact.core.pact import PACTS, load
from lockpact.core.vendor_hosts import ADDRESSES, DOMAINS, VendorHostBlocked, block
from locksim import registry

pytest_plugins = ["pytester"]
HOSTS = [host for vendor in registry.NAMES for site in registry.load(vendor).sites for host in site.hosts]


def by_http_client(url: str) -> None:
    where = httpx.URL(url)
    connect = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    connect(where.host, where.port, timeout=1).request("GET", "/")


def by_aiohttp(url: str) -> None:
    async def get() -> None:
        async with aiohttp.ClientSession() as session:
            await session.get(url)

    asyncio.run(get())


def by_httpx_async(url: str) -> None:
    async def get() -> None:
        async with httpx.AsyncClient(trust_env=False) as client:
            await client.get(url)

    try:
        asyncio.run(get())
    except ExceptionGroup as group:  # anyio connects in a task group
        raise group.exceptions[0] from None


def by_connect_ex(url: str) -> None:
    where = httpx.URL(url)
    with socket.socket() as one:
        one.connect_ex((where.host, where.port or 443))


CLIENTS: list[Callable[[str], object]] = [
    lambda url: httpx.get(url, trust_env=False), requests.get, by_http_client, by_aiohttp, by_httpx_async, by_connect_ex,
]  # fmt: skip


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("url", ["https://api.remotelock.com/devices", "http://192.168.1.50:8080/list"])
def test_no_client_reaches_a_vendor(client: Callable[[str], object], url: str) -> None:
    with pytest.raises(VendorHostBlocked, match="a vendor's real host"):
        client(url)


@pytest.mark.parametrize("host", HOSTS)
def test_every_host_that_a_simulator_answers_for_is_blocked(host: str) -> None:
    name, _, port = host.partition(":")
    with pytest.raises(VendorHostBlocked):
        socket.getaddrinfo(name, int(port or 443))


@pytest.mark.parametrize("vendor", PACTS)
def test_every_production_host_is_blocked(vendor: str) -> None:
    hosts = load(vendor).live.production
    assert hosts
    assert [host for host in hosts if host not in DOMAINS] == []


@pytest.mark.parametrize("host", ["API.Remotelock.com", "x.y.nuki.io", "nuki.io."])
def test_subdomains_and_other_spellings_are_blocked(host: str) -> None:
    with pytest.raises(VendorHostBlocked):
        socket.create_connection((host, 443))


def test_other_hosts_and_other_ports_of_the_bridges_address_are_not() -> None:
    assert socket.getaddrinfo("127.0.0.1", 80)
    assert socket.getaddrinfo("192.168.1.50", 80)
    assert ("192.168.1.50", 8080) in ADDRESSES


def test_it_ends_with_the_block() -> None:
    before = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex
    with block():
        assert socket.getaddrinfo is not before[0]
    assert (socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex) == before


def test_the_plugin_blocks_unless_the_test_opts_out(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
import socket
import pytest

DIALLED = []
socket.getaddrinfo = lambda host, *rest, **options: DIALLED.append(host)  # this test must not dial either

def test_forgets_its_transport():
    socket.getaddrinfo("api.remotelock.com", 443)

@pytest.mark.vendor_hosts
def test_opts_out():
    socket.getaddrinfo("api.remotelock.com", 443)
    assert DIALLED == ["api.remotelock.com"]
""")
    result = pytester.runpytest_subprocess(
        "--strict-markers", "-p", "no:randomly", "-p", "no:faker", "-p", "no:schemathesis"
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*VendorHostBlocked: a test dialled api.remotelock.com:443*@pytest.mark.vendor_hosts*"]
    )
