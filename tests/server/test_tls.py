"""`--tls`: every port speaks https, with a certificate of an authority that only this machine knows."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx
import pytest

from locksim.engine.errors import Refused
from locksim.server.config import ServerConfig
from tests.engine.toy import TOY
from tests.server.served import ServedToy, drain, serve_toy


def test_a_client_that_trusts_the_authority_trusts_every_port_and_name(tmp_path: Path) -> None:
    with serve_toy(config=ServerConfig(tls=tmp_path / "tls"), clock="manual") as toy:
        apart = toy.api("POST", "/worlds", {"name": "apart", "ports": True}, status=201)["vendors"]["toy"]["url"]
        for url in (toy.url, apart, toy.control):
            assert url.startswith("https://127.0.0.1:")
            for host in ("127.0.0.1", "localhost"):
                with httpx.Client(verify=ssl.create_default_context(cafile=toy.ready["ca"]), trust_env=False) as client:
                    target = url if url == toy.control else f"{url}/count"
                    answer = client.get(target, headers={"Host": host}, extensions={"sni_hostname": host})
                    assert answer.status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(toy.url + "/count", trust_env=False)


def test_a_vendors_own_host_name_is_on_the_certificate(tmp_path: Path) -> None:
    """So that an entry in /etc/hosts is all that a client needs."""
    host = TOY.sites[0].hosts[0].partition(":")[0]
    with serve_toy(config=ServerConfig(tls=tmp_path), clock="manual") as toy:
        answer = toy.http.get(f"{toy.url}/count", headers={"Host": host}, extensions={"sni_hostname": host})
        assert answer.json() == {"count": 0}


def test_a_restarted_server_is_still_trusted(tmp_path: Path) -> None:
    with serve_toy(config=ServerConfig(tls=tmp_path), clock="manual") as first:
        kept = Path(first.ready["ca"]).read_text()
    with serve_toy(config=ServerConfig(tls=tmp_path), clock="manual") as again:
        assert Path(again.ready["ca"]).read_text() == kept
        assert again.get("/count").status_code == 200
    assert (tmp_path / "locksim-ca.key").stat().st_mode & 0o077 == 0


def test_an_unusable_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "locksim-ca.pem").write_text("nonsense")
    (tmp_path / "locksim-ca.key").write_text("nonsense")
    with pytest.raises(Refused, match=str(tmp_path)), serve_toy(config=ServerConfig(tls=tmp_path)):
        pass


def test_faults_on_the_connection_strike_here_too(tmp_path: Path) -> None:
    with serve_toy(config=ServerConfig(tls=tmp_path), clock="manual") as toy:
        for effect in ({"kind": "reset", "when": "before"}, {"kind": "truncate", "bytes": 3}):
            toy.sim("POST", "/faults", {"effect": effect, "times": 1}, status=201)
            with pytest.raises(httpx.TransportError):
                toy.get("/count")
        assert toy.get("/count").json() == {"count": 0}


def test_plain_http_is_refused_on_a_tls_port(tmp_path: Path) -> None:
    with serve_toy(config=ServerConfig(tls=tmp_path), clock="manual") as toy:
        assert b"HTTP/1.1 200" not in plainly(toy)
        assert toy.get("/count").status_code == 200


def plainly(toy: ServedToy) -> bytes:
    with toy.connect() as connection:
        connection.sendall(b"GET /count HTTP/1.1\r\nHost: localhost\r\n\r\n")
        try:
            return drain(connection)
        except ConnectionResetError:
            return b""
