"""The forward proxy hands the vendors' real hosts to the simulators, and refuses all others."""

from __future__ import annotations

import base64
import http.server
import json
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from locksim.engine.errors import Refused
from locksim.server import proxy as module
from locksim.server.config import ProxyConfig, ServerConfig
from locksim.server.proxy_environment import merged
from tests.server.served import ServedToy, drain, serve_toy, until

API, LAN = "https://api.toy.example", "http://192.0.2.50:8080"


class Proxied:
    """A served toy, and clients behind its proxy."""

    def __init__(self, toy: ServedToy) -> None:
        self.toy = toy
        self.info = toy.ready["proxy"]
        self.trusted = ssl.create_default_context(cafile=self.info["ca"])

    @contextmanager
    def client(self, user: str = "") -> Iterator[httpx.Client]:
        url = self.info["url"].replace("://", f"://{user}@" if user else "://")
        with httpx.Client(proxy=url, verify=self.trusted, trust_env=False, timeout=20) as client:
            yield client

    def get(self, url: str) -> httpx.Response:
        with self.client() as client:
            return client.get(url)

    def connect(self) -> socket.socket:
        url = urlsplit(self.info["url"])
        return socket.create_connection((url.hostname or "", url.port or 0), timeout=20)

    def send(self, data: bytes) -> bytes:
        with self.connect() as connection:
            connection.sendall(data)
            return drain(connection)

    def tunnel(self, place: str = "api.toy.example:443") -> ssl.SSLSocket:
        connection = self.connect()
        connection.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += connection.recv(1)
        assert head == b"HTTP/1.1 200 Connection established\r\n\r\n"
        return self.trusted.wrap_socket(connection, server_hostname=place.partition(":")[0])

    def journal(self) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.toy.sim("GET", "/journal")["entries"]
        return entries


@contextmanager
def proxied(folder: Path, server: ServerConfig | None = None, **options: Any) -> Iterator[Proxied]:
    config = replace(server or ServerConfig(), proxy=ProxyConfig(folder / "proxy", **options))
    with serve_toy(config=config, clock="manual") as toy:
        yield Proxied(toy)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[Proxied]:
    with proxied(tmp_path) as one:
        yield one


@contextmanager
def own_server(host: str = "127.0.0.1") -> Iterator[tuple[int, list[str]]]:
    """A server that is no simulator. Yields its port, and a list of what it was asked for."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            asked.append(f"{self.path} {sorted(self.headers.keys())} {body.decode()}")
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"own")

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer((host, 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port, asked
        finally:
            server.shutdown()
            thread.join()


# ---- what is simulated


def test_a_tunnel_leads_to_the_vendor_and_is_a_turn_like_any_other(proxy: Proxied) -> None:
    with proxy.client() as client:
        assert client.post(f"{API}/count?a=1", content=b"x").json() == {"count": 1}
        assert client.get("https://toy.example/site").json() == {"site": "api"}
    first, second = proxy.journal()
    assert (first["method"], first["target"], first["site"], first["body"]) == ("POST", "/count?a=1", "api", "x")
    assert dict(map(tuple, first["headers"]))["Host"] == "api.toy.example"
    assert second["target"] == "/site"


def test_a_host_without_tls_is_reached_in_both_ways(proxy: Proxied) -> None:
    assert proxy.get(f"{LAN}/site").json() == {"site": "lan"}
    with proxy.connect() as connection:
        connection.sendall(b"CONNECT 192.0.2.50:8080 HTTP/1.1\r\nHost: 192.0.2.50:8080\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"GET /site HTTP/1.1\r\nHost: 192.0.2.50:8080\r\nConnection: close\r\n\r\n")
        assert drain(connection).endswith(b'{"site":"lan"}')


def test_a_request_in_absolute_form_is_journaled_as_the_host_would_get_it(proxy: Proxied) -> None:
    answer = proxy.send(
        b"GET http://192.0.2.50:8080?x=1 HTTP/1.1\r\nHost: other\r\nProxy-Authorization: Basic Og==\r\nA: b\r\n"
        b"Proxy-Connection: keep-alive\r\nConnection: close\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 404 ")
    (entry,) = proxy.journal()
    assert entry["target"] == "/?x=1"
    assert entry["headers"] == [["Host", "192.0.2.50:8080"], ["A", "b"], ["Connection", "close"]]


def test_https_in_absolute_form_is_taken_as_some_clients_send_it(proxy: Proxied) -> None:
    answer = proxy.send(b"GET https://api.toy.example/site HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    assert answer.endswith(b'{"site":"api"}')


def test_many_requests_and_faults_of_the_connection_pass_a_tunnel(proxy: Proxied) -> None:
    with proxy.client() as client:
        for number in range(1, 4):
            assert client.post(f"{API}/count").json() == {"count": number}
        for effect in ({"kind": "reset", "when": "before"}, {"kind": "truncate", "bytes": 3}):
            proxy.toy.sim("POST", "/faults", {"effect": effect, "times": 1}, status=201)
            with pytest.raises(httpx.TransportError):
                client.get(f"{API}/count")
        assert client.get(f"{API}/count").json() == {"count": 3}


def test_a_caller_who_leaves_a_tunnel_is_noticed(proxy: Proxied) -> None:
    with proxy.tunnel() as tunnel:
        tunnel.sendall(b"GET /wait HTTP/1.1\r\nHost: api.toy.example\r\n\r\n")
        proxy.toy.wait_for_pending(1)
    proxy.toy.wait_for_pending(0)


def test_a_tunnel_is_for_its_host_only(proxy: Proxied) -> None:
    with proxy.tunnel() as tunnel:
        tunnel.sendall(b"GET /count HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        assert b"HTTP/1.1 421 " in drain(tunnel)
    assert proxy.journal() == []


def test_the_user_of_the_proxy_names_the_world(proxy: Proxied) -> None:
    proxy.toy.api("POST", "/worlds", {"name": "apart"}, status=201)
    with proxy.client("apart") as client:
        assert client.post(f"{API}/count").json() == {"count": 1}
        assert client.post(f"{LAN}/count").json() == {"count": 2}
    assert proxy.get(f"{API}/count").json() == {"count": 0}
    with proxy.client("nobody") as client:
        assert "there is no world 'nobody'" in client.get(f"{LAN}/count").json()["error"]
        with pytest.raises(httpx.ProxyError, match="403 no such world"):
            client.get(f"{API}/count")


def test_another_host_can_be_simulated_too(tmp_path: Path) -> None:
    with proxied(tmp_path, hosts={"192.168.7.20:8080": "toy/lan", "toy.test": "toy"}) as proxy:
        assert proxy.get("http://192.168.7.20:8080/site").json() == {"site": "lan"}
        assert proxy.get("https://toy.test/site").json() == {"site": "api"}
    for host, site in (("toy.test", "toy/none"), ("toy.test", "none"), ("a b", "toy")):
        with pytest.raises(Refused, match=host), proxied(tmp_path, hosts={host: site}):
            pass


# ---- what is refused


def test_any_other_host_is_refused_and_the_client_learns_the_option(proxy: Proxied) -> None:
    with pytest.raises(httpx.ProxyError, match=r"403 other\.example is not simulated; see --proxy-pass other\.example"):
        proxy.get("https://other.example/")
    answer = proxy.get("http://other.example:81/secret?token=1")
    assert answer.status_code == 403
    assert answer.json()["error"] == (
        "other.example:81 is not simulated, and not let through; to reach it on the network: --proxy-pass other.example"
    )
    assert "there is https://api.toy.example" in proxy.get("http://api.toy.example/").json()["error"]


def test_the_log_names_a_refused_host_once_without_secrets(proxy: Proxied, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(2):
        proxy.get("http://user:pass@other.example/secret?token=1")
    (line,) = caplog.messages
    assert line.startswith("proxy: other.example is not simulated")
    assert "pass" not in line.replace("--proxy-pass", "")


@pytest.mark.parametrize("target", ["/count", "*", "ftp://api.toy.example/", "http:///x", "http://a b/"])
def test_what_names_no_host_is_no_request_for_a_proxy(proxy: Proxied, target: str) -> None:
    answer = proxy.send(f"GET {target} HTTP/1.1\r\nHost: api.toy.example\r\nConnection: close\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert proxy.journal() == []


@pytest.mark.parametrize("place", ["api.toy.example:0", "api.toy.example:65536", "[::1", "a/b:443", "x" * 300])
def test_a_connect_to_no_host_is_refused(proxy: Proxied, place: str) -> None:
    assert proxy.send(f"CONNECT {place} HTTP/1.1\r\nHost: x\r\n\r\n".encode()).startswith(b"HTTP/1.1 400 ")


def test_a_connect_with_bytes_behind_it_is_refused(proxy: Proxied) -> None:
    answer = proxy.send(b"CONNECT api.toy.example:443 HTTP/1.1\r\nHost: x\r\n\r\n\x16\x03\x01")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"send nothing after CONNECT" in answer


def test_connect_to_a_vendors_own_port_is_a_method_like_any_other(proxy: Proxied) -> None:
    answer = proxy.toy.send(b"CONNECT api.toy.example:443 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert b"200 Connection established" not in answer
    assert [entry["method"] for entry in proxy.journal()] == ["CONNECT"]


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    with proxied(tmp_path_factory.mktemp("lasting")) as one:
        yield one


PIECES = [
    "CONNECT",
    "GET",
    "http://",
    "https://",
    "api.toy.example",
    ":443",
    ":",
    "@",
    "[::1]",
    "/",
    "%0d%0a",
    " ",
    "\r",
    "é",
    "*",
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join))
def test_no_target_makes_it_fail_or_write_a_header_of_the_callers(lasting: Proxied, target: str) -> None:
    for method in ("CONNECT", "GET"):
        request = f"{method} {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode("latin-1")
        with lasting.connect() as connection:
            connection.sendall(request)
            head = connection.recv(65536).partition(b"\r\n\r\n")[0].split(b"\r\n")
        assert re.fullmatch(rb"HTTP/1\.1 (200|4\d\d|50[235]) .*", head[0]), head
        assert all(re.match(rb"[A-Za-z-]+: ", line) for line in head[1:]), head


# ---- what is let through


def test_loopback_is_let_through_in_both_ways(proxy: Proxied) -> None:
    with own_server() as (port, asked):
        with proxy.client() as client:
            assert client.post(f"http://127.0.0.1:{port}/hook?a=1", content=b"body").text == "own"
        with proxy.connect() as connection:
            connection.sendall(f"CONNECT localhost:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            assert connection.recv(1000) == b"HTTP/1.1 200 Connection established\r\n\r\n"
            connection.sendall(b"GET /in HTTP/1.0\r\n\r\n")
            assert drain(connection).endswith(b"own")
    assert [line.partition(" ")[0] for line in asked] == ["/hook?a=1", "/in"]
    assert asked[0].endswith(" body")
    assert "Proxy" not in asked[0]


def test_a_proxy_for_other_machines_lets_only_named_hosts_through(tmp_path: Path) -> None:
    exposed = ServerConfig("0.0.0.0", admin_token="x")
    with own_server() as (port, asked):
        for passes, status in (((), 403), ((f"127.0.0.1:{port}",), 200), (("127.0.0.1:1",), 403)):
            with proxied(tmp_path, exposed, passes=passes) as proxy:
                assert proxy.get(f"http://127.0.0.1:{port}/").status_code == status
    assert len(asked) == 1


@pytest.mark.parametrize(("passes", "host", "status"), [
    ("*.invalid", "a.invalid", 502),
    ("*.invalid", "invalid", 403),
    ("*.invalid", "a.invalid.example", 403),
    ("b.invalid", "B.invalid.", 502),
    ("b.invalid", "a.b.invalid", 403),
    ("b.invalid:81", "b.invalid", 403),
])  # fmt: skip
def test_hosts_are_named_whole_with_a_port_or_by_their_domain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passes: str, host: str, status: int
) -> None:
    """No name has an address here, so a host that may be reached is a 502."""
    resolve = socket.getaddrinfo

    def getaddrinfo(name: Any, *rest: Any, **options: Any) -> Any:
        if str(name).strip(".").lower().endswith("invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return resolve(name, *rest, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with proxied(tmp_path, passes=(passes,)) as proxy:
        assert proxy.get(f"http://{host}/").status_code == status


def test_a_host_that_is_let_through_and_refuses_is_a_502(proxy: Proxied) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    answer = proxy.get(f"http://127.0.0.1:{port}/")
    assert (answer.status_code, "cannot be reached" in answer.json()["error"]) == (502, True)
    with pytest.raises(httpx.ProxyError, match=f"502 no way to 127.0.0.1:{port}"):
        proxy.get(f"https://127.0.0.1:{port}/")


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket that listens on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        yield server


def through(proxy: Proxied, server: socket.socket) -> tuple[socket.socket, socket.socket]:
    """Both ends of a tunnel to a server on loopback."""
    caller = proxy.connect()
    caller.sendall(f"CONNECT 127.0.0.1:{server.getsockname()[1]} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    assert caller.recv(1000) == b"HTTP/1.1 200 Connection established\r\n\r\n"
    upstream, _ = server.accept()
    upstream.settimeout(20)
    return caller, upstream


def test_each_end_of_a_tunnel_may_end_its_half_first(proxy: Proxied) -> None:
    with listening() as server:
        for first_is_caller in (True, False):
            ends = through(proxy, server)
            first, second = ends if first_is_caller else reversed(ends)
            with first, second:
                first.sendall(b"question")
                first.shutdown(socket.SHUT_WR)
                assert drain(second) == b"question"
                second.sendall(b"answer" * 100_000)
                second.shutdown(socket.SHUT_WR)
                assert drain(first) == b"answer" * 100_000
    until(lambda: not proxy_busy(proxy))


def proxy_busy(proxy: Proxied) -> bool:
    """Whether the proxy still has a place taken: with room for one, another tunnel is refused."""
    with pytest.MonkeyPatch.context() as patch, listening() as server:
        patch.setattr(module, "MOST_PASSED", 1)
        place = f"127.0.0.1:{server.getsockname()[1]}"
        with proxy.connect() as caller:
            caller.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            return not caller.recv(1000).startswith(b"HTTP/1.1 200 ")


def test_so_many_connections_are_let_through_and_no_more(proxy: Proxied) -> None:
    with listening() as server:
        caller, upstream = through(proxy, server)
        with caller, upstream:
            assert proxy_busy(proxy)
        until(lambda: not proxy_busy(proxy))


def test_what_follows_a_request_that_was_let_through_does_not_reach_the_same_host(proxy: Proxied) -> None:
    with listening() as server, proxy.connect() as caller:
        place = f"127.0.0.1:{server.getsockname()[1]}"
        caller.sendall(f"GET http://{place}/one HTTP/1.1\r\nHost: {place}\r\n\r\n".encode())
        upstream, _ = server.accept()
        with upstream:
            upstream.settimeout(20)
            assert upstream.recv(1000).startswith(b"GET /one HTTP/1.1\r\n")
            upstream.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            assert caller.recv(1000) == b"HTTP/1.1 200 OK\r\n\r\n"
            caller.sendall(b"GET http://other.example/ HTTP/1.1\r\nHost: x\r\n\r\n")
            upstream.sendall(b"one")
            upstream.shutdown(socket.SHUT_WR)
            assert drain(caller) == b"one"
            assert drain(upstream) == b""


def test_a_server_that_ends_cuts_tunnels_off(tmp_path: Path) -> None:
    with listening() as server:
        with proxied(tmp_path) as proxy:
            caller, upstream = through(proxy, server)
        with caller, upstream:
            for end in (caller, upstream):
                with suppress(ConnectionResetError):
                    assert drain(end) == b""


# ---- certificates, and what programs need


def test_no_file_has_the_key_unless_a_folder_is_to_keep_it(tmp_path: Path) -> None:
    keys: list[Path] = []
    for kept in (None, tmp_path / "kept"):
        with proxied(tmp_path, authority=kept) as proxy:
            proxy.get(f"{API}/count")
            files = [file for file in tmp_path.rglob("*") if file.is_file()]
            keys = [file for file in files if b"PRIVATE KEY" in file.read_bytes()]
            assert (tmp_path / "proxy").stat().st_mode & 0o077 == 0
        assert keys == ([] if kept is None else [kept / "locksim-ca.key"])
    assert keys[0].stat().st_mode & 0o077 == 0
    with proxied(tmp_path, authority=tmp_path / "kept") as again:
        assert ssl.create_default_context(cafile=str(tmp_path / "kept" / "locksim-ca.pem")).get_ca_certs() == (
            again.trusted.get_ca_certs()
        )


def test_idle_tunnels_and_handshakes_hold_up_no_end(tmp_path: Path) -> None:
    with proxied(tmp_path) as proxy:
        tunnel, handshake = proxy.tunnel(), proxy.connect()
        handshake.sendall(b"CONNECT api.toy.example:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert handshake.recv(1000)
    with tunnel, handshake:
        assert drain(tunnel) == b""
        assert drain(handshake) == b""


def test_the_connection_info_has_what_a_programs_environment_needs(proxy: Proxied) -> None:
    variables = proxy.info["environment"]
    assert proxy.info["hosts"] == ["https://api.toy.example", "https://toy.example", LAN]
    assert variables["https_proxy"] == variables["HTTPS_PROXY"] == proxy.info["url"]
    bundle = Path(variables["SSL_CERT_FILE"]).read_text()
    assert bundle.endswith(Path(proxy.info["ca"]).read_text())
    assert bundle.count("BEGIN CERTIFICATE") > 1, "the system's certificates are there, too"
    assert json.dumps(variables)


def test_options_of_the_user_stay_and_exceptions_from_the_proxy_do_not() -> None:
    given = {"NODE_OPTIONS": "--max-old-space-size=9", "NO_PROXY": "api.toy.example", "HOME": "/h"}
    ours = {"NODE_OPTIONS": "--require x", "NO_PROXY": "localhost", "JAVA_TOOL_OPTIONS": "-Da=b"}
    assert merged(ours, given) == {
        "NODE_OPTIONS": "--max-old-space-size=9 --require x",
        "NO_PROXY": "localhost",
        "JAVA_TOOL_OPTIONS": "-Da=b",
        "HOME": "/h",
    }


def test_a_wrong_user_is_taken_for_none(proxy: Proxied) -> None:
    for shown in ("Basic !", "Bearer x", f"Basic {base64.b64encode(b':').decode()}"):
        answer = proxy.send(
            f"GET {LAN}/site HTTP/1.1\r\nHost: x\r\nProxy-Authorization: {shown}\r\nConnection: close\r\n\r\n".encode()
        )
        assert answer.endswith(b'{"site":"lan"}')


def test_a_client_that_does_not_trust_the_authority_is_no_error_of_ours(
    proxy: Proxied, caplog: pytest.LogCaptureFixture
) -> None:
    with httpx.Client(proxy=proxy.info["url"], trust_env=False) as client, pytest.raises(httpx.ConnectError):
        client.get(f"{API}/count")
    until(lambda: proxy.get(f"{API}/count").status_code == 200)
    assert caplog.messages == []
